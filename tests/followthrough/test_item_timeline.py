"""What happened about an item, newest first."""

from typing import Any

import pytest

from tests.client import Client
from tests.followthrough.test_items import ITEM, history
from tests.given import APPROVAL, Given


def told(api: Client, **query: Any) -> list[tuple[str, str, str | None]]:
    """Return the day, the kind and the reference of each entry."""
    return [(one["at"][:10], one["kind"], one["reference"]) for one in history(api, **query)["events"]["data"]]


def test_a_case_is_told_from_the_notice_to_the_promise_that_was_kept(api: Client, given: Given) -> None:
    notice = given.notice(received_at="2026-03-01T17:04:00Z")["id"]
    api.at("2026-03-03T09:00:00Z")
    given.post(f"/v1/notices/{notice}/acknowledgement")
    given.draft(notices=[notice], items=[{"type": "asin", "ref": "B0C7XK2M4P"}])
    api.at("2026-03-04T09:00:00Z")
    given.submit("POA-1")
    api.at("2026-03-06T09:00:00Z")
    given.post("/v1/plans/POA-1/decision", APPROVAL | {"outcome": "approved", "received_at": "2026-03-06T08:00:00Z"})
    api.at("2026-03-10T09:00:00Z")
    given.done("POA-1.1")

    assert told(api) == [
        ("2026-03-10", "commitment.kept", "POA-1.1"),
        ("2026-03-06", "notice.closed", None),
        ("2026-03-06", "plan.approved", "POA-1"),
        ("2026-03-04", "notice.responded", None),
        ("2026-03-04", "plan.submitted", "POA-1"),
        ("2026-03-03", "notice.acknowledged", None),
        ("2026-03-03", "plan.drafted", "POA-1"),
        ("2026-03-01", "notice.received", None),
    ]


def test_a_denial_and_the_answer_that_is_owed_again_are_told(api: Client, given: Given) -> None:
    notice = given.notice()["id"]
    given.draft(notices=[notice], items=[{"type": "asin", "ref": "B0C7XK2M4P"}])
    given.submit("POA-1")
    api.at("2026-03-05T09:00:00Z")
    given.post("/v1/plans/POA-1/decision", APPROVAL | {"outcome": "denied", "received_at": "2026-03-05T08:00:00Z"})

    assert told(api)[:2] == [("2026-03-05", "notice.reopened", None), ("2026-03-05", "plan.denied", "POA-1")]


def test_a_promise_becomes_overdue_once_whatever_is_done_with_it(api: Client, given: Given) -> None:
    given.plan(given.promise(due_at="2026-03-04T00:00:00Z"))
    api.at("2026-03-03T09:00:00Z")
    given.post("/v1/commitments/POA-1.1/start")
    api.at("2026-03-07T09:00:00Z")
    given.member("bo")
    given.post("/v1/commitments/POA-1.1/reassignment", {"owner": "bo@example.com"})
    api.at("2026-03-09T09:00:00Z")
    given.done("POA-1.1")

    entries = [one for one in told(api) if one[1].startswith("commitment.")]

    assert entries == [
        ("2026-03-09", "commitment.late", "POA-1.1"),
        ("2026-03-04", "commitment.overdue", "POA-1.1"),
    ]


def test_a_promise_recorded_after_its_due_is_overdue_from_when_it_was_recorded(api: Client, given: Given) -> None:
    given.plan(given.promise(due_at="2026-02-25T00:00:00Z"))

    assert ("2026-03-02", "commitment.overdue", "POA-1.1") in told(api)


def test_a_promise_done_before_its_due_never_was_overdue(api: Client, given: Given) -> None:
    given.plan(given.promise(due_at="2026-03-04T00:00:00Z"))
    given.done("POA-1.1")
    api.at("2026-04-01T00:00:00Z")

    assert [kind for _, kind, _ in told(api) if kind.startswith("commitment.")] == ["commitment.kept"]


def test_an_approval_recorded_afterwards_stands_where_it_was_received(api: Client, given: Given) -> None:
    given.notice(received_at="2026-02-01T00:00:00Z")
    given.plan()
    given.notice(received_at="2026-02-25T00:00:00Z")

    assert told(api) == [
        ("2026-02-25", "notice.received", None),
        ("2026-02-20", "plan.approved", "POA-1"),
        ("2026-02-20", "plan.submitted", "POA-1"),
        ("2026-02-20", "plan.drafted", "POA-1"),
        ("2026-02-01", "notice.received", None),
    ]


def test_an_entry_is_a_sentence(api: Client, given: Given) -> None:
    given.notice(kind="complaint", title="It leaks")
    given.plan(given.promise(text="Remove the\nunits. " + "x" * 400, due_on="2026-02-01"))

    said = [one["sentence"] for one in history(api)["events"]["data"]]

    assert "Complaint received: It leaks" in said
    assert "POA-1 approved: Inauthentic complaints on B0C7XK2M4P" in said
    assert said[0].startswith("POA-1.1 overdue: Remove the\nunits. xxx")
    assert said[0].endswith("x…")


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 200])
def test_it_is_paged_to_its_beginning_without_gaps(api: Client, given: Given, limit: int) -> None:
    for day in range(1, 6):
        given.notice(received_at=f"2026-02-0{day}T00:00:00Z")
    given.notice(received_at="2026-02-05T00:00:00Z")
    given.plan(given.promise(), given.promise())
    given.done("POA-1.2")
    whole = history(api, limit=200)["events"]["data"]
    found: list[Any] = []
    path = f"{ITEM}?limit={limit}"

    while path:
        answer = api.get(path)
        events = answer.json()["events"]
        assert len(events["data"]) == limit or not events["has_more"]
        found += events["data"]
        path = answer.links["next"]["url"] if events["has_more"] else ""

    assert found == whole
    assert len(found) == 10


def test_what_comes_in_meanwhile_moves_no_page(api: Client, given: Given) -> None:
    for day in range(1, 5):
        given.notice(received_at=f"2026-02-0{day}T00:00:00Z")
    first = history(api, limit=2)["events"]
    given.notice(received_at="2026-02-20T00:00:00Z")

    second = history(api, limit=2, cursor=first["next_cursor"])["events"]

    assert [one["at"][:10] for one in first["data"] + second["data"]] == [f"2026-02-0{day}" for day in (4, 3, 2, 1)]
