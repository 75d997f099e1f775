"""Lists of notices: narrowed, in stable pages, as of any instant."""

from typing import Any

import pytest

from tests.client import Client
from tests.given import Given


def titles(api: Client, **query: Any) -> list[str]:
    answer = api.get("/v1/notices", params=query)
    assert answer.status_code == 200, answer.text
    return [one["title"] for one in answer.json()["data"]]


def test_all_are_listed_newest_first_and_what_is_urgent_oldest_first(api: Client, given: Given) -> None:
    for day in (1, 2, 3):
        given.notice(title=f"{day}", received_at=f"2026-02-0{day}T00:00:00Z", respond_by=f"2026-02-1{day}T00:00:00Z")

    assert titles(api) == ["3", "2", "1"]
    assert titles(api, which="ignored") == ["1", "2", "3"]
    assert titles(api, which="response_overdue") == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"category": "safety"}, ["b"]),
        ({"severity": "critical"}, ["b"]),
        ({"source": "letter"}, ["c"]),
        ({"item": "sku:7"}, ["c"]),
        ({"state": "acknowledged"}, ["a"]),
        ({"category": "safety", "source": "letter"}, []),
    ],
)
def test_a_list_is_narrowed(api: Client, given: Given, query: dict[str, str], expected: list[str]) -> None:
    first = given.notice(title="a")
    given.post(f"/v1/notices/{first['id']}/acknowledgement")
    given.notice(title="b", category="safety", severity="critical")
    given.notice(title="c", source="letter", items=[{"type": "sku", "ref": "7"}])

    assert titles(api, **query) == expected


def test_the_notices_of_one_account(api: Client, given: Given) -> None:
    body = {"marketplace": "amazon.com", "external_id": "A1", "timezone": "UTC"}
    account = given.post("/v1/accounts", body)["id"]
    given.notice(title="ours", account=account)
    given.notice(title="nobody's")

    assert titles(api, account=account) == ["ours"]


def test_an_account_of_somebody_else_is_refused(api: Client, cy: Client) -> None:
    body = {"marketplace": "amazon.com", "external_id": "A1", "timezone": "UTC"}
    theirs = Given(cy).post("/v1/accounts", body)["id"]

    for path in ("/v1/notices", "/v1/attention"):
        refused = api.get(path, params={"account": theirs})
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "unknown_account")


@pytest.mark.parametrize("which", ["all", "ignored", "response_overdue", "response_due_soon"])
def test_pages_follow_each_other_without_a_gap(api: Client, given: Given, which: str) -> None:
    due = "2026-03-03T00:00:00Z" if which == "response_due_soon" else "2026-03-01T00:00:00Z"
    for number in range(5):
        given.notice(title=f"{number}", received_at="2026-02-01T00:00:00.250000Z", respond_by=due)
    query = {"which": which, "limit": 2}
    found, cursor = [], None
    while True:
        page = api.get("/v1/notices", params=query | ({"cursor": cursor} if cursor else {})).json()
        found += [one["title"] for one in page["data"]]
        cursor = page["next_cursor"]
        if not page["has_more"]:
            break
        # What comes in meanwhile belongs to a later answer.
        api.at("2026-03-02T09:00:01Z")
        given.notice(title="later", respond_by=due)

    assert sorted(found) == ["0", "1", "2", "3", "4"]


def test_a_cursor_of_another_list_is_refused(api: Client, given: Given) -> None:
    for _ in range(2):
        given.notice()
    cursor = api.get("/v1/notices?limit=1").json()["next_cursor"]

    for refused in (
        api.get("/v1/notices", params={"which": "ignored", "cursor": cursor}),
        api.get("/v1/attention", params={"cursor": cursor}),
        api.get("/v1/notices", params={"cursor": f"{cursor}x"}),
    ):
        assert (refused.status_code, refused.json()["type"]) == (400, "/problems/cursor-unreadable")


def test_the_past_is_as_it_was_recorded(api: Client, given: Given) -> None:
    notice = given.notice(title="a", respond_by="2026-03-03T00:00:00Z")
    api.at("2026-03-04T00:00:00Z")
    given.post(f"/v1/notices/{notice['id']}/response", {"note": "It is in stock."})
    api.at("2026-03-05T00:00:00Z")

    assert titles(api, which="response_overdue") == []
    assert titles(api, which="response_overdue", as_of="2026-03-03T12:00:00Z") == ["a"]
    assert titles(api, which="ignored", as_of="2026-03-03T12:00:00Z") == ["a"]
    assert titles(api, as_of="2026-03-02T08:59:59Z") == []


def test_the_list_says_when_it_changes_by_itself(api: Client, given: Given) -> None:
    given.notice(respond_by="2026-03-09T00:00:00Z")

    soon = api.get("/v1/notices", params={"which": "response_due_soon", "within": "P2D"}).json()

    assert (soon["data"], soon["next_change_at"]) == ([], "2026-03-07T00:00:00Z")
    assert api.get("/v1/notices").json()["next_change_at"] == "2026-03-09T00:00:00Z"


def test_a_poll_is_answered_anew_when_a_deadline_passes(api: Client, given: Given) -> None:
    given.notice(respond_by="2026-03-02T09:05:00Z")
    query = {"which": "response_overdue"}
    tag = api.get("/v1/notices", params=query).headers["etag"]

    early = api.at("2026-03-02T09:04:59Z").get("/v1/notices", params=query, headers={"If-None-Match": tag})
    late = api.at("2026-03-02T09:05:00Z").get("/v1/notices", params=query, headers={"If-None-Match": tag})

    assert (early.status_code, late.status_code) == (304, 200)
    assert len(late.json()["data"]) == 1
