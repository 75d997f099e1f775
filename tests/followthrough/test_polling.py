"""A poll is answered 304 while nothing can have changed, and never longer."""

from typing import Any

import pytest
from httpx2 import Response

from tests.client import Client
from tests.given import Given

PATHS = [
    "/v1/overdue",
    "/v1/overdue/summary",
    "/v1/due-soon",
    "/v1/commitments",
    "/v1/escalations",
    "/v1/likely-overdue",
]
POLLED = [*PATHS, "/v1/notices", "/v1/attention", "/v1/attention/summary"]
NOTE = {"kind": "note", "text": "Done."}
BODY = {"marketplace": "amazon.de", "external_id": "A1", "name": "Shop", "timezone": "Europe/Berlin"}


def poll(api: Client, tag: str | None, path: str = "/v1/overdue", **query: str) -> Response:
    """Ask again with the ETag of the last answer."""
    answer = api.get(path, params=query, headers={"If-None-Match": tag} if tag else {})
    assert answer.status_code in (200, 304), answer.text
    return answer


@pytest.mark.parametrize("path", POLLED)
def test_the_same_state_is_answered_304(api: Client, given: Given, path: str) -> None:
    given.commitment(due_on="2026-03-03")

    first = poll(api.at("2026-03-02T10:01:00Z"), None, path)
    again = poll(api.at("2026-03-02T10:14:59Z"), first.headers["etag"], path)

    assert (first.status_code, again.status_code) == (200, 304)
    assert again.content == b""
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["cache-control"] == first.headers["cache-control"] == "private, no-cache"


@pytest.mark.parametrize("header", ["*", "W/{tag}", '"other", {tag}', '{tag} , "x"'])
def test_any_form_of_the_header_is_understood(api: Client, header: str) -> None:
    tag = poll(api, None).headers["etag"]

    assert poll(api, header.format(tag=tag)).status_code == 304


def test_another_etag_is_answered_in_full(api: Client) -> None:
    assert poll(api, '"other"').status_code == 200


def _complete(_: Client, given: Given) -> None:
    given.done("POA-1.1")


def _start(api: Client, _: Given) -> None:
    api.post("/v1/commitments/POA-1.1/start")


def _reassign(api: Client, given: Given) -> None:
    given.member("bo")
    api.post("/v1/commitments/POA-1.1/reassignment", json={"owner": "bo@example.com"})


def _record(_: Client, given: Given) -> None:
    given.plan()


def _rename(api: Client, given: Given) -> None:
    api.patch(f"/v1/members/{given.member('ada')['id']}", json={"name": "Ada Okafor-Lind"})


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("write", [_complete, _start, _reassign, _record, _rename])
def test_after_a_write_it_is_answered_in_full(api: Client, given: Given, write: Any, path: str) -> None:
    given.commitment(due_on="2026-02-27")
    tag = poll(api, None, path).headers["etag"]

    write(api, given)

    assert poll(api, tag, path).status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_after_a_due_has_passed_it_is_answered_in_full(api: Client, given: Given, path: str) -> None:
    given.plan(given.promise(due_at="2026-03-02T10:05:00Z"), given.promise(due_at="2026-03-06T10:00:00Z"))
    tag = poll(api.at("2026-03-02T10:04:59Z"), None, path).headers["etag"]

    answer = poll(api.at("2026-03-02T10:05:00Z"), tag, path)

    assert answer.status_code == 200
    assert answer.headers["etag"] != tag


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("zone", "midnight"),
    [("America/Los_Angeles", "08:00:00"), ("Asia/Kathmandu", "18:15:00"), ("Australia/Lord_Howe", "13:00:00")],
)
def test_after_a_local_midnight_it_is_answered_in_full(
    api: Client, given: Given, path: str, zone: str, midnight: str
) -> None:
    given.commitment(due_on="2026-02-27", zone=zone)
    hour = int(midnight[:2])
    before = midnight.replace(f"{hour:02}:15:00", f"{hour:02}:14:59").replace(
        f"{hour:02}:00:00", f"{hour - 1:02}:59:59"
    )
    first = poll(api.at(f"2026-03-03T{before}Z"), None, path)

    second = poll(api.at(f"2026-03-03T{midnight}Z"), first.headers["etag"], path)

    assert second.status_code == 200
    if path in {"/v1/overdue", "/v1/commitments"}:
        days = [one.json()["data"][0]["days_overdue"] for one in (first, second)]
        assert days[1] == days[0] + 1


@pytest.mark.parametrize(
    ("within", "before", "reached"),
    [
        ("P7D", "2026-03-02T10:04:59Z", "2026-03-02T10:05:00Z"),
        ("P1W", "2026-03-02T10:04:59Z", "2026-03-02T10:05:00Z"),
        ("PT36H", "2026-03-07T22:04:59Z", "2026-03-07T22:05:00Z"),
        ("PT30M", "2026-03-09T09:34:59Z", "2026-03-09T09:35:00Z"),
        ("PT90M", "2026-03-09T08:34:59Z", "2026-03-09T08:35:00Z"),
    ],
)
def test_what_comes_within_reach_is_answered_in_full(
    api: Client, given: Given, within: str, before: str, reached: str
) -> None:
    given.commitment(due_at="2026-03-09T10:05:00Z")
    first = poll(api.at(before), None, "/v1/due-soon", within=within)

    second = poll(api.at(reached), first.headers["etag"], "/v1/due-soon", within=within)

    assert first.json()["data"] == []
    assert first.json()["next_change_at"] == reached
    assert [one["reference"] for one in second.json()["data"]] == ["POA-1.1"]


def test_what_leaves_the_list_of_what_is_soon_is_answered_in_full(api: Client, given: Given) -> None:
    given.commitment(due_at="2026-03-02T10:05:00Z")
    first = poll(api.at("2026-03-02T10:04:00Z"), None, "/v1/due-soon")

    second = poll(api.at("2026-03-02T10:06:00Z"), first.headers["etag"], "/v1/due-soon")

    assert (len(first.json()["data"]), second.json()["data"]) == (1, [])


def test_no_poll_of_a_whole_day_is_stale(api: Client, given: Given) -> None:
    given.plan(*(given.promise(due_at=f"2026-03-02T{hour:02}:{7 * hour % 60:02}:00Z") for hour in range(10, 20)))
    tag, kept, full = None, None, 0

    for minute in range(10 * 60, 20 * 60, 5):
        at = f"2026-03-02T{minute // 60:02}:{minute % 60:02}:00Z"
        answer = poll(api.at(at), tag)
        truth = api.get("/v1/overdue").json()["data"]
        if answer.status_code == 200:
            tag, kept, full = answer.headers["etag"], answer.json()["data"], full + 1
        assert kept == truth

    assert full < 60


def test_a_head_is_a_get_without_its_body(api: Client, given: Given) -> None:
    given.commitment(due_on="2026-02-27")

    get, head = api.get("/v1/overdue"), api.head("/v1/overdue")

    assert (head.status_code, head.content) == (200, b"")
    for name in ("etag", "content-type", "content-length", "cache-control", "vary"):
        assert head.headers[name] == get.headers[name]
    unchanged = api.head("/v1/overdue", headers={"If-None-Match": get.headers["etag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")


def test_another_workspaces_writes_change_nothing_here(api: Client, cy: Client) -> None:
    tag = poll(api, None).headers["etag"]

    cy.post("/v1/accounts", json=BODY)

    assert poll(api, tag).status_code == 304


@pytest.mark.parametrize("path", PATHS)
def test_a_304_needs_a_valid_key_too(api: Client, path: str) -> None:
    tag = poll(api, None, path).headers["etag"]

    stranger = api.with_key("ft_nobody").get(path, headers={"If-None-Match": tag})

    assert stranger.status_code == 401
