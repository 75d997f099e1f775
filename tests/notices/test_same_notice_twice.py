"""Recording the same notice twice is one notice: by its source and what the source calls it."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from httpx2 import Response

from tests.client import Client
from tests.given import Given

CASE = {
    "source": "amazon",
    "external_id": "case 7",
    "category": "authenticity",
    "title": "Complaint",
    "text": "Send a plan.",
    "items": [{"type": "asin", "ref": "B0"}],
}


def received(api: Client) -> int:
    events: list[dict[str, Any]] = api.get("/v1/events", params={"limit": 200}).json()["data"]
    return sum(one["type"] == "notice.received" for one in events)


def test_the_second_time_it_is_answered_with_the_first(api: Client) -> None:
    first = api.post("/v1/notices", json=CASE)

    second = api.post("/v1/notices", json=CASE)

    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json() == first.json()
    assert second.headers["etag"] == first.headers["etag"]
    assert "location" not in second.headers
    assert "followthrough-event" not in second.headers
    assert received(api) == 1


def test_it_is_answered_as_it_stands_by_now(api: Client) -> None:
    first = api.post("/v1/notices", json=CASE).json()["id"]
    api.post(f"/v1/notices/{first}/acknowledgement")

    again = api.post("/v1/notices", json=CASE)

    assert (again.status_code, again.json()["id"], again.json()["state"]) == (200, first, "acknowledged")


def test_other_facts_about_the_same_words_change_nothing(api: Client) -> None:
    first = api.post("/v1/notices", json=CASE).json()

    again = api.post("/v1/notices", json=CASE | {"severity": "info", "items": [], "respond_by": "2026-03-09T00:00:00Z"})

    assert (again.status_code, again.json()) == (200, first)


def test_in_other_words_it_is_refused_and_the_first_is_named(api: Client) -> None:
    first = api.post("/v1/notices", json=CASE).json()

    refused = api.post("/v1/notices", json=CASE | {"text": "Send another plan."})

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/notice-differs")
    assert first["id"] in refused.json()["detail"]
    assert api.get(f"/v1/notices/{first['id']}").json() == first
    assert received(api) == 1


def test_another_source_may_call_it_the_same(api: Client) -> None:
    first = api.post("/v1/notices", json=CASE)

    second = api.post("/v1/notices", json=CASE | {"source": "walmart"})

    assert (first.status_code, second.status_code) == (201, 201)


def test_those_without_a_name_are_never_the_same(api: Client) -> None:
    nameless = CASE | {"external_id": None}

    answers = [api.post("/v1/notices", json=nameless) for _ in range(2)]

    assert [one.status_code for one in answers] == [201, 201]
    assert received(api) == 2


def test_other_workspaces_have_notices_of_their_own(api: Client, cy: Client) -> None:
    api.post("/v1/notices", json=CASE)

    theirs = cy.post("/v1/notices", json=CASE | {"text": "Other words."})

    assert theirs.status_code == 201


@pytest.mark.both_versions
def test_of_16_who_record_it_at_once_one_is_first(api: Client, given: Given) -> None:
    given.member("ada")

    def record(_: int) -> Response:
        return api.post("/v1/notices", json=CASE)

    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(record, range(16)))

    assert Counter(one.status_code for one in answers) == {201: 1, 200: 15}
    assert len({one.json()["id"] for one in answers}) == 1
    assert received(api) == 1
