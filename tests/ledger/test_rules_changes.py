"""Extensions, waivers and verdicts: what moves or drops a commitment was asked for and decided."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.ledger.following import ASKED, After, end_of
from tests.ledger.forging import refused
from tests.ledger.proving import ADA, BO, FIRST, SECOND, START

OTHER = UUID(int=0x42)


def sentences(after: After) -> list[str]:
    report = after.report
    assert report.valid, report.checks[-1]
    return [*(one.sentence for one in report.verdicts), *report.changes, *report.self_decided]


def test_what_is_granted_moves_the_due_and_both_dues_are_told() -> None:
    after = After().asks().at(days=1).decides("granted").extended().at(days=10).done(late=0, first=4)

    assert sentences(after) == [
        "Commitment 1, due 2026-03-20 (at first 2026-03-10): done on time, by the server's clock.",
        "Commitment 2, due 2026-03-12: not done, 2 days overdue.",
        "Extension of commitment 1 from 2026-03-10 to 2026-03-20, asked for on 2026-03-03: granted on 2026-03-04.",
    ]


def test_what_is_refused_or_withdrawn_moves_nothing_and_is_told() -> None:
    after = After().asks().decides("refused").at(days=8).asks(id_=OTHER).decides("withdrawn", OTHER, actor=ADA)
    after.asks("2026-03-25", SECOND, UUID(int=0x43))

    assert sentences(after) == [
        "Commitment 1, due 2026-03-10: not done, 1 day overdue.",
        "Commitment 2, due 2026-03-12: open, not due yet.",
        "Extension of commitment 1 from 2026-03-10 to 2026-03-20, asked for on 2026-03-03: refused on 2026-03-03.",
        (
            "Extension of commitment 1 from 2026-03-10 to 2026-03-20, asked for on 2026-03-11, after the due had "
            "passed: withdrawn on 2026-03-11."
        ),
        "Extension of commitment 2 from 2026-03-12 to 2026-03-25, asked for on 2026-03-11: undecided.",
    ]


def test_asking_is_late_if_the_ledger_knew_of_it_late_whatever_it_says() -> None:
    after = After().at(days=8).asks(requested_at=START + timedelta(days=1))

    assert "asked for on 2026-03-11, after the due had passed" in sentences(after)[-1]


def test_what_is_waived_counts_neither_as_due_nor_as_done() -> None:
    after = After().asks(None).decides("granted").waived().at(days=20)

    assert sentences(after) == [
        "Commitment 1, due 2026-03-10: waived, and so not done.",
        "Commitment 2, due 2026-03-12: not done, 11 days overdue.",
        "Waiver of commitment 1, asked for on 2026-03-03: granted on 2026-03-03.",
    ]
    assert after.report.followthrough
    assert after.report.followthrough.sentence == (
        "Follow-through: 0 of 1 commitments that were due were done on time. 1 more was waived."
    )


def test_if_all_that_was_due_is_waived_nothing_was_due() -> None:
    after = After()
    for number, of in enumerate((FIRST, SECOND)):
        request = UUID(int=0x44 + number)
        after.asks(None, of, request).decides("granted", request).waived(of)
    after.at(days=20)

    assert after.report.followthrough
    assert after.report.followthrough.sentence == "No commitment was due yet. 2 more were waived."


def test_what_is_verified_is_told_and_a_rejection_opens_again_with_its_due() -> None:
    after = After().done().rejected().at(days=8).done(late=1).at(hours=1).verified()
    after.done(SECOND).rejected(SECOND).done(SECOND).rejected(SECOND)

    assert sentences(after) == [
        "Commitment 1, due 2026-03-10: done 1 day late, verified; said to be done once before, and rejected.",
        "Commitment 2, due 2026-03-12: open, not due yet; said to be done 2 times before, and rejected.",
    ]


def test_a_rejected_completion_does_not_count() -> None:
    after = After().done().rejected().at(days=10)

    assert sentences(after)[0] == (
        "Commitment 1, due 2026-03-10: not done, 3 days overdue; said to be done once before, and rejected."
    )
    assert after.report.followthrough
    assert (after.report.followthrough.on_time, after.report.followthrough.due) == (0, 2)


def test_who_decides_alone_is_told_and_withdrawing_is_no_decision() -> None:
    after = After().asks().decides("withdrawn", actor=ADA).asks(id_=OTHER).decides("refused", OTHER, actor=ADA)
    after.asks(None, SECOND, UUID(int=0x43)).decides("granted", UUID(int=0x43), actor=ADA).waived(SECOND)
    after.done().rejected(actor=ADA).done().verified(actor=ADA)

    assert after.report.self_decided == [
        "extension of commitment 1",
        "waiver of commitment 2",
        "rejection of commitment 1",
        "verification of commitment 1",
    ]


def test_an_extension_may_be_granted_when_its_day_is_over_and_to_an_instant() -> None:
    noon = end_of("2026-03-20") - timedelta(hours=12)
    after = After().asks("2026-03-20", due_at=noon).at(days=30).decides("granted").extended(due_at=noon)

    assert after.report.valid, after.report.checks[-1]


def test_a_request_may_stay_undecided_when_it_is_done_and_be_closed_then() -> None:
    assert After().asks().done().decides("refused").report.valid
    assert After().asks().done().rejected().decides("granted").extended().report.valid


MOVED = {"due_on": "2026-03-20", "due_at": end_of("2026-03-20")}
STORIES: dict[str, tuple[Callable[[], After], str]] = {
    "a due that nobody granted": (lambda: After().extended(), "nobody has granted that"),
    "a due that is only asked for": (lambda: After().asks().extended(), "nobody has granted that"),
    "a due that was refused": (lambda: After().asks().decides("refused").extended(), "nobody has granted that"),
    "a due granted once, moved twice": (
        lambda: After().asks().decides("granted").extended().extended("2026-03-25"),
        "nobody has granted that",
    ),
    "a waiver that nobody granted": (lambda: After().waived(), "nobody has granted that"),
    "a waiver of another": (lambda: After().asks(None).decides("granted").waived(SECOND), "not what was granted"),
    "a waiver in place of an extension": (lambda: After().asks().decides("granted").waived(), "not what was granted"),
    "an extension in place of a waiver": (
        lambda: After().asks(None).decides("granted").extended(),
        "not what was granted",
    ),
    "a later due than was granted": (
        lambda: After().asks().decides("granted").extended("2026-03-21"),
        "not the due that was granted",
    ),
    "a later instant than was granted": (
        lambda: After().asks().decides("granted").extended(due_at=end_of("2026-03-21")),
        "not the due that was granted",
    ),
    "another first due": (
        lambda: After().asks().decides("granted").extended(original_due_on="2026-03-20"),
        "what nobody did, or what does not follow",
    ),
    "a due moved by reassigning": (lambda: After().becomes("reassigned", owner=BO, **MOVED), "what nobody did"),
    "something else before what was granted": (
        lambda: After().asks().decides("granted").done(),
        "what was granted before was not done",
    ),
    "granted, and nothing more": (lambda: After().asks().decides("granted"), "what was granted last was not done"),
    "two at a time": (lambda: After().asks().asks(None, id_=OTHER), "one at a time is asked for"),
    "one twice": (lambda: After().asks().decides("refused").asks(), "one at a time is asked for"),
    "of what is done": (lambda: After().done().asks(), "one at a time is asked for, of what is open"),
    "of what is not in the plan": (lambda: After().asks(commitment=OTHER), "there is no such commitment"),
    "granted for another": (
        lambda: After().asks().decides("granted", commitment=SECOND),
        "closed already, or is not what was asked for",
    ),
    "granted for what is not in the plan": (
        lambda: After().asks().decides("granted", commitment=OTHER),
        "there is no such commitment",
    ),
    "granted for another due": (
        lambda: After().asks().decides("granted", due_on="2026-03-25"),
        "is not what was asked for",
    ),
    "granted when it is done": (lambda: After().asks().done().decides("granted"), "there is nothing to extend"),
    "decided twice": (lambda: After().asks().decides("refused").decides("granted"), "it was closed already"),
    "granted twice": (
        lambda: After().asks().decides("granted").extended().decides("granted"),
        "it was closed already",
    ),
    "withdrawn by another": (lambda: After().asks().decides("withdrawn"), "only who asked withdraws it"),
    "decided in the name of another": (lambda: After().asks().decides("refused", decided_by=ADA), "not what was asked"),
    "decided later than it was recorded": (
        lambda: After().asks().decides("refused", decided_at=START + timedelta(days=2)),
        "at no time, or later than it was recorded",
    ),
    "an extension decided as a waiver": (
        lambda: After().asks().decides("granted", kind="waiver"),
        "nobody has asked for it",
    ),
    "another state than happened": (
        lambda: After().asks(state="granted"),
        "its state is not what happened",
    ),
}


@pytest.mark.parametrize(("story", "reason"), STORIES.values(), ids=STORIES)
def test_what_nobody_asked_for_or_granted_is_refused(story: Callable[[], After], reason: str) -> None:
    refused(story().maker, "replay", reason)


def test_what_nobody_asked_for_cannot_be_decided() -> None:
    after = After().asks()
    after.asked[OTHER] = after.asked[ASKED]

    refused(after.decides("granted", OTHER).maker, "replay", "nobody has asked for it")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"requested_by": BO}, "not asked for as the commitment stands"),
        ({"requested_at": START + timedelta(days=2)}, "at no time, or later than it was recorded"),
        ({"decided_by": BO}, "not asked for as the commitment stands"),
        ({"decided_at": START}, "not asked for as the commitment stands"),
        ({"from_due_on": "2026-03-11"}, "not asked for as the commitment stands"),
        ({"from_due_at": START}, "not asked for as the commitment stands"),
        ({"due_at": None}, "not asked for as the commitment stands"),
        ({"due_on": "2026-03-22"}, "not later, or not on its day"),
        ({"due_on": "2026-03-10", "due_at": end_of("2026-03-10")}, "not later, or not on its day"),
        ({"due_on": None, "due_at": None}, "an extension has a due, a waiver none"),
    ],
)
def test_what_is_not_asked_for_as_it_stands_is_refused(said: dict[str, Any], reason: str) -> None:
    refused(After().asks(**said).maker, "replay", reason)


def test_a_waiver_has_no_due() -> None:
    refused(After().asks(None, **MOVED).maker, "replay", "an extension has a due, a waiver none")


@pytest.mark.parametrize("asked_at", [None, START])
def test_nobody_asks_for_a_due_that_is_over(asked_at: Any) -> None:
    after = After().at(days=20)

    refused(after.asks(requested_at=asked_at or after.maker.at).maker, "replay", "asked for is over already")


STATES: dict[str, tuple[Callable[[], After], str]] = {
    "verifying what is not done": (lambda: After().verified(), "that is open cannot be verified"),
    "verifying twice": (lambda: After().done().verified().verified(), "that is verified cannot be verified"),
    "rejecting what is not done": (lambda: After().rejected(), "that is open cannot be rejected"),
    "rejecting what is verified": (lambda: After().done().verified().rejected(), "that is verified cannot be rejected"),
    "a rejection that keeps it done": (lambda: After().done().rejected(state="done"), "what nobody did"),
    "a rejection that keeps its lateness": (lambda: After().done().rejected(days_late=0), "what nobody did"),
    "a rejection that moves the due": (lambda: After().done().rejected(**MOVED), "what nobody did"),
    "lateness as it was before the rejection": (
        lambda: After().done().rejected().at(days=10).done(late=0),
        "what nobody did, or what does not follow",
    ),
    "an on-time against a due that was not granted": (
        lambda: After().asks().at(days=10).done(late=0),
        "what nobody did, or what does not follow",
    ),
    "doing what is waived": (lambda: After().asks(None).decides("granted").waived().done(), "waived cannot be"),
    "reopening what is waived": (lambda: After().asks(None).decides("granted").waived().rejected(), "waived cannot be"),
}


@pytest.mark.parametrize(("story", "reason"), STATES.values(), ids=STATES)
def test_what_cannot_follow_is_refused(story: Callable[[], After], reason: str) -> None:
    refused(story().maker, "replay", reason)
