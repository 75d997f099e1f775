"""What became of a plan is played again: whatever its events say that cannot be is refused, whoever signed it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from app.ledger.events import plain
from app.ledger.verify import verify_bundle
from tests.ledger.forging import forge, later, refused
from tests.ledger.proving import (
    ADA,
    BO,
    FIRST,
    PIECE,
    PLAN,
    POLICY,
    SECOND,
    START,
    Maker,
    approved,
    commitment_facts,
    complete,
    kept_and_late,
    plan_facts,
    to_bytes,
)

OTHER = UUID(int=0x77)


def drafted(*further: tuple[str, dict[str, Any]]) -> Maker:
    maker = Maker()
    maker.append("plan.drafted", PLAN, plan_facts("draft"))
    for kind, facts in further:
        maker.append(kind, PLAN, facts)
    return maker


def submission(outcome: str | None = None, **changed: Any) -> dict[str, Any]:
    facts: dict[str, Any] = plan_facts("submitted", outcome)["submission"]
    return facts | changed


SUBMITTED = ("plan.submitted", plan_facts("submitted"))
ASKED = ("plan.more_info_requested", plan_facts("more_info_requested", "more_info_requested"))
DENIED = ("plan.denied", plan_facts("denied", "denied"))


def test_what_was_asked_is_answered_and_a_denied_plan_is_submitted_again() -> None:
    maker = drafted(
        SUBMITTED,
        ASKED,
        ("plan.answered", plan_facts("submitted", None) | {"submission": submission(None, received_at=START)}),
        DENIED,
        ("plan.redrafted", plan_facts("draft") | {"submission": submission("denied")}),
        ("plan.submitted", plan_facts("submitted", attempt=2)),
        ("plan.denied", plan_facts("denied", "denied", attempt=2)),
        ("plan.withdrawn", plan_facts("withdrawn", "denied", attempt=2)),
    )

    report = verify_bundle(to_bytes(maker.bundle()), POLICY)

    assert (report.valid, report.state) == (True, "withdrawn")
    assert report.self_decided == ["more_info_requested", "denied", "denied"]
    assert next(one.sentence for one in report.checks if one.name == "approved text") == "Nothing was approved yet."


def test_who_answers_and_then_decides_is_said_to_have_decided_on_their_own() -> None:
    maker = drafted(SUBMITTED)
    maker.append(*("plan.more_info_requested", PLAN, ASKED[1]), actor=OTHER)
    answered = plan_facts("submitted") | {"submission": submission(None, received_at=START)}
    maker.append("plan.answered", PLAN, answered, actor=BO)
    maker.append("plan.approved", PLAN, plan_facts("approved", "approved"), actor=BO)

    assert verify_bundle(to_bytes(maker.bundle()), POLICY).self_decided == ["approved"]


def test_nothing_comes_before_the_draft() -> None:
    maker = Maker()
    maker.append("commitment.opened", FIRST, commitment_facts(1, "2026-03-10"))

    refused(maker, "replay", "event 0 (commitment.opened): the plan is not drafted yet")


def test_an_event_of_a_plan_is_about_that_plan() -> None:
    maker = Maker()
    maker.append("plan.drafted", OTHER, plan_facts("draft"))

    refused(maker, "replay", "it is about another plan")


@pytest.mark.parametrize(
    ("further", "reason"),
    [
        ([("plan.drafted", plan_facts("draft"))], "a plan that is draft does not become draft"),
        ([("plan.withdrawn", plan_facts("draft"))], "a plan that is draft does not become draft"),
        ([("plan.redrafted", plan_facts("draft", number=2))], "changes what only a draft may change"),
        ([("plan.submitted", plan_facts("submitted", timezone="Europe/Paris"))], "only a draft may change"),
        ([("plan.submitted", plan_facts("submitted", account=OTHER))], "only a draft may change"),
        ([("plan.submitted", plan_facts("submitted", content_sha256="0" * 64))], "only a draft may change"),
        ([("plan.submitted", plan_facts("submitted", attempt=2))], "not the one that was submitted"),
        ([("plan.submitted", plan_facts("submitted", submission=None))], "not the one that was submitted"),
        ([("plan.submitted", plan_facts("submitted", approved_at=START))], "not approved when the approval was"),
        (
            [("plan.submitted", plan_facts("submitted", submission=submission(submitted_at=START + timedelta(1))))],
            "submitted later than it was recorded",
        ),
        ([("plan.redrafted", plan_facts("draft", submission=submission()))], "not the one that was submitted"),
        ([SUBMITTED, ("plan.denied", plan_facts("denied", "approved"))], "not the one that was submitted"),
        ([SUBMITTED, ("plan.denied", plan_facts("denied", submission=None))], "not the one that was submitted"),
        ([SUBMITTED, ("plan.denied", plan_facts("denied"))], "received at no time, or later"),
        (
            [SUBMITTED, ("plan.denied", plan_facts("denied", submission=submission("denied", number=7)))],
            "not the one that was submitted",
        ),
        ([SUBMITTED, ASKED, ("plan.answered", ASKED[1] | {"state": "submitted"})], "not the one that was submitted"),
        ([SUBMITTED, ("plan.approved", plan_facts("approved", "approved", approved_at=None))], "not approved when"),
    ],
)
def test_a_plan_that_says_what_nobody_did_is_refused(further: list[tuple[str, dict[str, Any]]], reason: str) -> None:
    refused(drafted(*further), "replay", reason)


@pytest.mark.parametrize(("days", "is_believed"), [(1, True), (1.001, False)])
def test_a_decision_may_seem_to_come_from_a_clock_that_is_ahead_by_a_day_and_no_more(
    days: float, *, is_believed: bool
) -> None:
    received = plain(START + timedelta(days=days))
    facts = plan_facts("denied", "denied", submission=submission("denied", received_at=received))
    maker = drafted(SUBMITTED, ("plan.denied", facts))

    if is_believed:
        assert verify_bundle(to_bytes(maker.bundle()), POLICY).valid
    else:
        refused(maker, "replay", "received at no time, or later than it was recorded")


def test_only_an_approval_binds() -> None:
    maker = drafted(SUBMITTED)
    maker.append("commitment.opened", FIRST, commitment_facts(1, "2026-03-10"))

    refused(maker, "replay", "only an approval binds, and each clause once")


def test_a_clause_is_bound_once() -> None:
    maker = approved()
    maker.append("commitment.opened", OTHER, commitment_facts(2, "2026-03-12"))

    refused(maker, "replay", "only an approval binds, and each clause once")


def test_what_is_bound_is_bound_at_once() -> None:
    maker = approved()
    complete(maker, days=1, late=0)
    maker.append("commitment.opened", OTHER, commitment_facts(3, "2026-03-12"))

    refused(maker, "replay", "only an approval binds, and each clause once")


@pytest.mark.parametrize("kind", ["commitment.started", "evidence.added"])
def test_nothing_happens_to_a_commitment_that_is_not_there(kind: str) -> None:
    maker = approved()
    facts = commitment_facts(1, "2026-03-10") if kind == "commitment.started" else piece(commitment=OTHER)
    maker.append(kind, OTHER, facts)

    refused(maker, "replay", "there is no such commitment")


def test_evidence_is_added_by_who_says_so() -> None:
    maker = approved()
    maker.append("evidence.added", PIECE, piece(added_by=BO), actor=ADA)

    refused(maker, "replay", "it was added by somebody else")


def piece(**changed: Any) -> dict[str, Any]:
    return {"commitment": FIRST, "kind": "link", "sha256": "0" * 64, "document_on": None, "added_by": ADA} | changed


def test_what_was_erased_is_counted_apart_from_what_is_left_out() -> None:
    maker = kept_and_late()
    digest = list(maker.said)[-1]
    maker.append("disclosure.erased", PLAN, {"digests": [digest]})
    document = maker.bundle()

    shown = verify_bundle(to_bytes(document), POLICY)
    del document["disclosures"][digest]
    hidden = verify_bundle(to_bytes(document), POLICY)
    document["disclosures"] = {}
    bare = verify_bundle(to_bytes(document), POLICY)

    assert [(one.erased, one.left_out) for one in (shown, hidden, bare)] == [(0, 0), (1, 0), (1, 5)]


@pytest.mark.parametrize("digests", [[], ["A" * 43]])
def test_what_was_never_there_is_not_erased(digests: list[str]) -> None:
    maker = approved()
    maker.append("disclosure.erased", PLAN, {"digests": digests})

    refused(maker, "replay", "it erases what was never there")


def test_heads_are_no_event_of_a_plan() -> None:
    maker = approved()
    maker.append("ledger.heads", PLAN, {"count": 1, "root": "0" * 64})

    refused(maker, "replay", "it is no event of a plan")


def test_a_time_zone_that_nobody_knows_is_refused() -> None:
    maker = Maker()
    nowhere: dict[str, Any] = {"timezone": "Nowhere/Land"}
    maker.append("plan.drafted", PLAN, plan_facts("draft", **nowhere))
    maker.append("plan.submitted", PLAN, plan_facts("submitted", **nowhere))
    maker.append("plan.approved", PLAN, plan_facts("approved", "approved", **nowhere))
    maker.append("commitment.opened", FIRST, commitment_facts(1, "2026-03-10", **nowhere))

    refused(maker, "replay", "event 3 (commitment.opened): this computer does not know the time zone Nowhere/Land")


@pytest.mark.parametrize(
    ("due_on", "reason"), [("2026-02-30", "event 3 (commitment.opened): "), ("9999-12-31", "beyond the calendar")]
)
def test_a_day_that_no_calendar_has_is_refused(due_on: str, reason: str) -> None:
    maker = drafted(SUBMITTED, ("plan.approved", plan_facts("approved", "approved")))
    facts = commitment_facts(1, "2026-03-10") | {"due_on": due_on, "original_due_on": due_on}
    maker.append("commitment.opened", FIRST, facts)

    refused(maker, "replay", reason)


def test_a_checkpoint_from_the_last_day_there_is_is_refused() -> None:
    maker = approved()
    maker.at = maker.at.replace(year=9999, month=12, day=31, hour=23, minute=30)
    maker.stranger()

    refused(maker, "follow-through", "a time is beyond the calendar")


def test_an_event_with_a_day_that_there_is_not_is_refused() -> None:
    maker = approved()
    later(maker, days=1)
    maker.append("commitment.started", SECOND, commitment_facts(2, "2026-03-12"))
    forge(maker, at="2026-04-31T09:00:00.000000Z")

    refused(maker, "events", "there is no such day")


def test_a_piece_of_evidence_is_added_once() -> None:
    maker = approved()
    maker.append("evidence.added", PIECE, piece())
    maker.append("evidence.added", PIECE, piece())

    refused(maker, "replay", "it is there already")
