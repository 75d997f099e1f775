"""What becomes of a commitment or a series: each event must follow from those before it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from app.ledger.verify import verify_bundle
from tests.ledger.forging import SERIES, bound, clause, content, due, later, occurrence, refused, repeating
from tests.ledger.proving import (
    ADA,
    BO,
    FIRST,
    POLICY,
    SECOND,
    START,
    WS,
    Maker,
    approved,
    commitment_facts,
    complete,
    to_bytes,
)

DUE = START.replace(day=10, hour=23)
WEEKLY = content(clause(recurrence="FREQ=WEEKLY;COUNT=2"))
THIRD = UUID(int=0x14)


def opening(**changed: Any) -> Maker:
    """Return a log in which the first commitment is opened, but as *changed*."""
    maker = bound(content(clause()))
    maker.append("commitment.opened", FIRST, commitment_facts(1, "2026-03-10") | changed)
    return maker


def recurring(*occurrences: dict[str, Any], **changed: Any) -> Maker:
    """Return a log with a series and its occurrences."""
    maker = bound(WEEKLY)
    maker.append("series.opened", SERIES, repeating(**changed))
    for subject, facts in zip((FIRST, SECOND, THIRD), occurrences, strict=False):
        maker.append("commitment.opened", subject, facts)
    return maker


def then(kind: str, *, actor: UUID = ADA, maker: Maker | None = None, **changed: Any) -> Maker:
    """Return the log with one more event of the first commitment, by default a day after it was approved."""
    if maker is None:
        maker = approved()
        later(maker, days=1)
    maker.append(f"commitment.{kind}", FIRST, commitment_facts(1, "2026-03-10") | changed, actor=actor)
    return maker


def done(**changed: Any) -> dict[str, Any]:
    at = START + timedelta(days=1)
    said = {"state": "done", "done_at": at, "done_by": ADA, "performed_on": at.date()}
    return said | {"days_late": 0, "days_late_vs_original": 0} | changed


TENTH, SEVENTEENTH = occurrence(1, "2026-03-10"), occurrence(2, "2026-03-17")


def test_a_commitment_is_started_handed_over_announced_and_done() -> None:
    maker = approved()
    later(maker, days=1)
    started: dict[str, Any] = {"state": "in_progress", "started_at": maker.at}
    then("started", maker=maker, **started)
    then("paused", maker=maker, **(started | {"state": "open"}))
    then("started", maker=maker, **started)
    then("reassigned", maker=maker, owner=BO, **started)
    then("due_soon", maker=maker, actor=WS, owner=BO, **started)
    maker.at = DUE
    then("overdue", maker=maker, actor=WS, owner=BO, **started)
    late = done(done_at=DUE, performed_on=START.date(), days_late=1, days_late_vs_original=1)
    then("completed", maker=maker, owner=BO, **(started | late))

    report = verify_bundle(to_bytes(maker.bundle()), POLICY)

    assert [one.sentence for one in report.verdicts] == [
        "Commitment 1, due 2026-03-10: done 1 day late.",
        "Commitment 2, due 2026-03-12: open, not due yet.",
    ]


def test_what_was_done_after_its_time_is_recorded_as_late_whatever_is_said_of_when_it_was_done() -> None:
    maker = approved()
    maker.at = DUE + timedelta(days=2)
    then("completed", maker=maker, **done())

    report = verify_bundle(to_bytes(maker.bundle()), POLICY)

    assert [one.sentence for one in report.verdicts] == [
        "Commitment 1, due 2026-03-10: done 3 days late.",
        "Commitment 2, due 2026-03-12: not done, 1 day overdue.",
    ]


def test_the_occurrences_of_a_series_come_one_after_the_other_and_more_may_follow() -> None:
    maker = recurring(TENTH, opened=1)
    maker.append("series.extended", SERIES, repeating(2))
    maker.append("commitment.opened", SECOND, SEVENTEENTH)

    report = verify_bundle(to_bytes(maker.bundle()), POLICY)

    assert report.valid
    assert [one.reference for one in report.verdicts] == ["1.1", "1.2"]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"state": "in_progress"}, "what begins has not been touched"),
        ({"started_at": START}, "what begins has not been touched"),
        ({"days_late": 0}, "what begins has not been touched"),
        ({"timezone": "Europe/Paris"}, "what begins has not been touched"),
        ({"original_due_on": "2026-03-09"}, "its due is its first"),
        ({"original_due_at": START}, "its due is its first"),
        ({"number": 0}, "what begins has not been touched"),
        ({"occurrence": 1}, "an occurrence is of a series"),
        ({"series": SERIES}, "an occurrence is of a series"),
        ({"series": SERIES, "occurrence": 1}, "not the occurrence that comes next"),
        (due(DUE + timedelta(hours=1)), "its due is not on its day"),
        (due(DUE - timedelta(days=1, seconds=1)), "its due is not on its day"),
    ],
)
def test_what_begins_otherwise_than_it_can_is_refused(changed: dict[str, Any], reason: str) -> None:
    refused(opening(**changed), "replay", reason)


@pytest.mark.parametrize(
    ("occurrences", "reason"),
    [
        ([TENTH, TENTH | {"occurrence": 2}], "occurrences come one after the other"),
        ([TENTH, occurrence(2, "2026-03-09")], "occurrences come one after the other"),
        ([occurrence(1, "2026-03-09")], "occurrences come one after the other"),
        ([SEVENTEENTH], "not the occurrence that comes next"),
        ([TENTH, SEVENTEENTH, occurrence(3, "2026-03-24")], "not the occurrence that comes next"),
        ([TENTH | {"number": 2}], "it is not what the series says"),
        ([TENTH | {"kind": "preventive"}], "it is not what the series says"),
        ([TENTH | {"owner": BO}], "it is not what the series says"),
        ([TENTH | due(DUE - timedelta(hours=12))], "its due is not on its day"),
        ([TENTH], "clause 1 opened 2 times, 1 are there"),
    ],
)
def test_an_occurrence_that_the_series_does_not_have_is_refused(occurrences: list[dict[str, Any]], reason: str) -> None:
    refused(recurring(*occurrences), "replay", reason)


def test_nothing_else_happens_before_all_occurrences_are_there() -> None:
    maker = recurring(TENTH)
    maker.append("commitment.started", FIRST, TENTH | {"state": "in_progress", "started_at": START})

    refused(maker, "replay", "(commitment.started): clause 1 opened 2 times, 1 are there")


@pytest.mark.parametrize("kind", ["series.opened", "series.extended"])
def test_a_series_is_opened_once_and_by_an_approval(kind: str) -> None:
    again = recurring(TENTH, SEVENTEENTH)
    again.append("series.opened", SERIES, repeating(3))
    twin = recurring(TENTH, SEVENTEENTH)
    twin.append("series.opened", THIRD, repeating(1))
    unheard = approved()
    complete(unheard, days=1, late=0)
    unheard.append(kind, SERIES, repeating(number=3))

    refused(again, "replay", "only an approval binds, and each clause once")
    refused(twin, "replay", "only an approval binds, and each clause once")
    refused(unheard, "replay", "only an approval binds" if kind == "series.opened" else "extended as it was opened")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"owner": BO}, "extended as it was opened"),
        ({"rule": "FREQ=DAILY"}, "extended as it was opened"),
        ({"starts_at": START}, "extended as it was opened"),
        ({"opened": 2}, "it opens nothing"),
        ({"opened": 1}, "it opens nothing"),
    ],
)
def test_a_series_is_extended_as_it_was_opened(changed: dict[str, Any], reason: str) -> None:
    maker = recurring(TENTH, SEVENTEENTH)
    maker.append("series.extended", SERIES, repeating(3) | changed)

    refused(maker, "replay", reason)


def test_a_series_without_occurrences_is_refused() -> None:
    refused(recurring(opened=0), "replay", "it opens nothing")


@pytest.mark.parametrize(
    ("kind", "changed", "reason"),
    [
        ("started", {"state": "in_progress"}, "it happened at no time, or later"),
        ("started", {"state": "in_progress", "started_at": DUE}, "it happened at no time, or later"),
        ("started", {"started_at": START}, "what nobody did, or what does not follow"),
        ("completed", done(done_at=None), "it happened at no time, or later"),
        ("completed", done(done_at=DUE), "it happened at no time, or later"),
        ("completed", done(performed_on=None), "performed on no day, or on one that had not come"),
        ("completed", done(performed_on="2026-03-05"), "performed on no day, or on one that had not come"),
        ("completed", done(done_by=BO), "what nobody did, or what does not follow"),
        ("completed", done(state="verified"), "what nobody did, or what does not follow"),
        ("completed", done(days_late=1), "what nobody did, or what does not follow"),
        ("completed", done(days_late_vs_original=1), "what nobody did, or what does not follow"),
        ("completed", done(due_on="2026-03-11"), "what nobody did, or what does not follow"),
        ("reassigned", {}, "it had this owner before"),
        ("reassigned", {"owner": BO, "number": 2}, "what nobody did, or what does not follow"),
        ("due_soon", {}, "time itself says so, and once"),
    ],
)
def test_an_event_that_does_not_follow_is_refused(kind: str, changed: dict[str, Any], reason: str) -> None:
    refused(then(kind, **changed), "replay", reason)


def test_only_what_somebody_works_on_is_paused() -> None:
    refused(then("paused"), "replay", "that is open cannot be paused")


def test_only_what_is_open_is_started() -> None:
    started: dict[str, Any] = {"state": "in_progress", "started_at": START}
    maker = then("started", **started)

    refused(then("started", maker=maker, **started), "replay", "that is in_progress cannot be started")


@pytest.mark.parametrize(
    ("kind", "words"), [("started", "started"), ("reassigned", "reassigned"), ("due_soon", "due soon")]
)
def test_what_is_done_stays_as_it_is(kind: str, words: str) -> None:
    maker = then("completed", **done())

    refused(then(kind, maker=maker, **done()), "replay", f"a commitment that is done cannot be {words}")


def test_what_is_due_is_announced_once_and_overdue_not_before_it_is() -> None:
    twice = then("due_soon", actor=WS)
    then("due_soon", actor=WS, maker=twice)
    early = approved()
    early.at = DUE - timedelta(seconds=1)
    then("overdue", actor=WS, maker=early)

    refused(twice, "replay", "time itself says so, and once")
    refused(early, "replay", "it was not due yet")


def test_it_may_have_been_performed_tomorrow_where_the_owner_is() -> None:
    assert verify_bundle(to_bytes(then("completed", **done(performed_on="2026-03-04")).bundle()), POLICY).valid
