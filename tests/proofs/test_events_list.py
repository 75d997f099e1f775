"""`GET /v1/events`: everything that happened, in order, and never something behind one's back."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.ledger import merkle
from app.ledger.events import digest
from tests.client import Client
from tests.given import Given


def add_members(api: Client, *numbers: int) -> None:
    for number in numbers:
        answer = api.post("/v1/members", json={"name": f"Dee {number}", "email": f"{number}@example.com"})
        assert answer.status_code == 201


def page(api: Client, **query: int) -> Any:
    answer = api.get("/v1/events", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_list_begins_with_the_workspace(api: Client) -> None:
    listed = page(api)

    assert [one["type"] for one in listed["data"]] == ["workspace.created", "key.created"]
    assert (listed["has_more"], listed["next_after"], listed["size"]) == (False, 1, 2)


def test_an_event_is_shown_byte_by_byte_with_what_it_discloses(api: Client, given: Given) -> None:
    member = given.member("ada")

    shown = page(api)["data"][-1]

    event = json.loads(shown["text"])
    assert shown["leaf_hash"] == base64.b64encode(merkle.leaf_hash(shown["text"].encode())).decode()
    assert (shown["seq"], shown["type"], shown["at"]) == (2, "member.added", "2026-03-02T09:00:00Z")
    assert (shown["subject"], shown["plan"], shown["actor"]) == (member["id"], None, event["actor"])
    assert {one["name"]: one["value"] for one in shown["disclosures"]} == {
        "name": "Ada Okafor",
        "email": "ada@example.com",
    }
    assert sorted(digest(one["disclosure"]) for one in shown["disclosures"]) == event["sd"]


def test_pages_follow_each_other_without_gap_or_overlap(api: Client) -> None:
    add_members(api, *range(5))
    seen: list[int] = []
    after, more = -1, True

    while more:
        listed = page(api, after=after, limit=3)
        seen += [one["seq"] for one in listed["data"]]
        after, more = listed["next_after"], listed["has_more"]

    assert seen == list(range(7))


def test_a_page_links_to_the_next_one(api: Client) -> None:
    answer = api.get("/v1/events?limit=1")

    assert answer.headers["link"] == '</v1/events?after=0&limit=1>; rel="next"'
    assert [one["seq"] for one in api.get("/v1/events?after=0&limit=1").json()["data"]] == [1]
    assert "link" not in api.get("/v1/events?after=0&limit=1").headers


def test_who_has_everything_is_told_that_nothing_follows(api: Client) -> None:
    listed = page(api, after=1)

    assert listed == {"data": [], "has_more": False, "next_after": None, "size": 2}


@pytest.mark.parametrize("query", ["after=-2", "after=x", "after=1.5", "limit=0", "limit=201", "aftr=3"])
def test_a_wrong_question_is_refused(api: Client, query: str) -> None:
    answer = api.get(f"/v1/events?{query}")

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == f"/query/{query.split('=', maxsplit=1)[0]}"


def test_nothing_new_is_answered_304(api: Client) -> None:
    tag = api.get("/v1/events").headers["etag"]

    assert api.get("/v1/events", headers={"If-None-Match": tag}).status_code == 304
    add_members(api, 1)
    assert api.get("/v1/events", headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.both_versions
def test_a_poller_misses_nothing_while_others_write(api: Client) -> None:
    seen: list[int] = []

    with ThreadPoolExecutor(8) as pool:
        writing = [pool.submit(add_members, api, *range(10 * writer, 10 * writer + 6)) for writer in range(8)]
        while len(seen) < 50:
            done = all(one.done() for one in writing)
            new = page(api, after=seen[-1] if seen else -1, limit=7)["data"]
            seen += [one["seq"] for one in new]
            assert new or not done, f"only {seen}"

    assert seen == list(range(50))
