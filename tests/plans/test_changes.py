"""What changed from one attempt to the next is shown line by line."""

from typing import Any

import pytest

from app.plans.changes import Line, Op, compare
from tests.client import Client
from tests.given import Given

DENIAL = {"outcome": "denied", "authority": "Amazon", "received_at": "2026-03-02T08:00:00Z"}
EMPTY = {"title": "?", "timezone": "UTC", "items": [], "root_causes": [], "commitments": []}


def changes(api: Client, **query: int) -> Any:
    answer = api.get("/v1/plans/POA-1/changes", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def told(said: Any) -> list[str]:
    """The lines as a diff has them, without those that stayed."""
    signs = {"removed": "-", "added": "+"}
    return [f"{signs[one['op']]} {one['text'].strip()}" for one in said["lines"] if one["op"] != "same"]


def denied(given: Given, **more: Any) -> None:
    given.draft(**more)
    given.submit("POA-1")
    given.post("/v1/plans/POA-1/decision", DENIAL)


def test_after_a_denial_it_is_the_draft_against_what_was_denied(api: Client, given: Given) -> None:
    denied(given)
    cause = {"key": "supplier", "area": "supplier", "statement": "No letter.\nNo invoice."}
    promise = given.promise(owner="bo", root_causes=["supplier"], text="Remove all units.")
    api.patch("/v1/plans/POA-1", json={"commitments": [promise], "root_causes": [cause]})

    said = changes(api)

    assert (said["before"]["submission"], said["after"]["submission"]) == (1, None)
    assert said["after"]["content_sha256"] == api.get("/v1/plans/POA-1").json()["content_sha256"]
    assert told(said) == [
        "+ Root cause `supplier` (supplier):",
        "+ No letter.",
        "+ No invoice.",
        "- Remove the remaining 212 units.",
        "- Owner: Ada Okafor",
        "+ Remove all units.",
        "+ Owner: Bo Lindqvist",
        "+ Against: supplier",
    ]
    same = [one["text"] for one in said["lines"] if one["op"] == "same"]
    assert same == [
        *("Title: Late shipments", "Time zone: Europe/Berlin"),
        *("Commitment 1 (corrective):", "  Due: 2026-04-01 (due_on)"),
    ]


def test_nothing_changed_is_every_line_the_same(api: Client, given: Given) -> None:
    denied(given)

    said = changes(api)

    assert {one["op"] for one in said["lines"]} == {"same"}
    assert said["before"]["content_sha256"] == said["after"]["content_sha256"]


def test_before_anything_was_sent_all_of_it_is_new(api: Client, given: Given) -> None:
    given.draft()

    said = changes(api)

    assert (said["before"], said["after"]["submission"]) == (None, None)
    assert {one["op"] for one in said["lines"]} == {"added"}


def test_any_two_attempts_can_be_compared(api: Client, given: Given) -> None:
    denied(given)
    for title in "Second", "Third":
        api.patch("/v1/plans/POA-1", json={"title": title})
        given.submit("POA-1")
        given.post("/v1/plans/POA-1/decision", DENIAL)
    api.patch("/v1/plans/POA-1", json={"title": "Fourth"})

    assert told(changes(api)) == ["- Title: Third", "+ Title: Fourth"]
    assert told(changes(api, after=3)) == ["- Title: Second", "+ Title: Third"]
    assert told(changes(api, before=1, after=3)) == ["- Title: Late shipments", "+ Title: Third"]
    assert told(changes(api, before=1)) == ["- Title: Late shipments", "+ Title: Fourth"]
    assert changes(api, after=1)["before"] is None
    assert told(changes(api, after=1))[0] == "+ Title: Late shipments"


@pytest.mark.parametrize("query", [{"after": 2}, {"before": 2}, {"before": 2, "after": 3}])
def test_an_attempt_that_was_not_made_is_not_there(api: Client, given: Given, query: dict[str, int]) -> None:
    denied(given)

    missing = api.get("/v1/plans/POA-1/changes", params=query)

    assert (missing.status_code, missing.json()["type"]) == (404, "/problems/submission-not-found")


@pytest.mark.parametrize("before", [1, 2])
def test_the_earlier_attempt_comes_before_the_later(api: Client, given: Given, before: int) -> None:
    denied(given)

    refused = api.get("/v1/plans/POA-1/changes", params={"before": before, "after": 1})

    assert refused.status_code == 422
    assert [(one["pointer"], one["code"]) for one in refused.json()["errors"]] == [("/query/before", "not_before")]


def test_of_an_erased_plan_only_the_placeholder_is_shown(api: Client, given: Given) -> None:
    denied(given)
    given.post("/v1/erasures", {"subject": api.get("/v1/plans/POA-1").json()["id"]})

    said = changes(api)

    assert [one["text"] for one in said["lines"]] == ["Title: [erased]", "Time zone: UTC"]


def test_items_that_one_commitment_covers_are_many_characters(api: Client, given: Given) -> None:
    refs = [f"{n:03}{'x' * 197}" for n in range(500)]
    covered = given.promise(items=[f"sku:{ref}" for ref in refs])
    given.draft(covered, items=[{"type": "sku", "ref": ref} for ref in refs])

    assert max(len(one["text"]) for one in changes(api)["lines"]) > 100_000


def test_every_part_of_a_plan_has_its_line() -> None:
    promise = {
        "kind": "preventive",
        "text": "Check every box.\n\nBy hand.",
        "owner": "m1",
        "due_on": None,
        "due_at": None,
        "due_after_approval": "P14D",
        "recurrence": "FREQ=DAILY;COUNT=3",
        "except_on": ["2026-12-25", "2026-12-26"],
        "root_causes": ["a", "b"],
        "items": ["asin:B0", "sku:1"],
    }
    unsaid = promise | dict.fromkeys(["owner", "due_after_approval", "recurrence"])
    unsaid |= {"except_on": [], "root_causes": [], "items": []}
    content = {
        "title": "Late",
        "timezone": "UTC",
        "notices": ["n1", "n2"],
        "items": [{"type": "asin", "ref": "B0"}],
        "root_causes": [{"key": "a", "area": "other", "statement": "One.\nTwo."}],
        "commitments": [promise, unsaid, promise | {"owner": "m2"}],
    }

    lines = [one.text for one in compare(None, content, names={"m1": "Ada"})]

    assert lines[:14] == [
        *("Title: Late", "Time zone: UTC", "Notice: n1", "Notice: n2", "Item: asin:B0"),
        *("Root cause `a` (other):", "  One.", "  Two.", "Commitment 1 (preventive):"),
        *("  Check every box.", "  ", "  By hand.", "  Owner: Ada", "  Due: P14D (due_after_approval)"),
    ]
    assert lines[14:18] == [
        *("  Again: FREQ=DAILY;COUNT=3", "  Except on: 2026-12-25, 2026-12-26"),
        *("  Against: a, b", "  Covers: asin:B0, sku:1"),
    ]
    assert lines[18] == "Commitment 2 (preventive):"
    assert lines[22:25] == ["  Owner: nobody yet", "  Due: not yet", "Commitment 3 (preventive):"]
    assert "  Owner: m2" in lines


def test_what_was_removed_is_shown_before_what_came_in_its_place() -> None:
    lines = compare(EMPTY, EMPTY | {"title": "!"}, names={})

    assert lines == [
        Line(Op.REMOVED, "Title: ?"),
        Line(Op.ADDED, "Title: !"),
        Line(Op.SAME, "Time zone: UTC"),
    ]


@pytest.mark.parametrize(("many", "lines"), [(30, 30), (31, 1)])
def test_a_very_long_text_is_compared_as_one(many: int, lines: int) -> None:
    cause = {"key": "a", "area": "other", "statement": "\n".join("again" for _ in range(many))}

    said = compare(None, EMPTY | {"root_causes": [cause]}, names={})

    assert len(said) == 3 + lines
