"""Amendments: what they add and end was asked for and granted, and ends from no earlier day on."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from app.ledger import reader
from tests.ledger.following import (
    ADDED,
    AMENDED,
    FOURTH,
    THIRD,
    After,
    added,
    amended,
    ending,
    endless,
    granted,
    two,
    weekly,
)
from tests.ledger.forging import SERIES, clause, refused, repeating
from tests.ledger.proving import (
    ADA,
    BO,
    FIRST,
    PLAN,
    SECOND,
    START,
    Maker,
    plan_facts,
)

SECOND_ONE = UUID(int=0x52)


def ended() -> After:
    return ending().waived(SECOND).waived(THIRD)


def missed() -> After:
    """Return a log in which an end was granted when the first time that it ends was overdue."""
    after = weekly().amends(amended(ends={1: "2026-03-10"})).at(days=9).decides("granted", AMENDED)
    return after.series("ended", ended_on="2026-03-10")


def said(after: After, check: str) -> str:
    return next(one.sentence for one in after.report.checks if one.name == check)


def test_what_was_missed_before_an_end_was_granted_stays_open() -> None:
    after = missed().waived(SECOND).waived(THIRD).at(days=1).done(FIRST, late=3)

    assert after.report.valid, after.report.checks[-1]
    assert [one.outcome for one in after.report.verdicts] == ["late", "waived", "waived"]


def test_what_is_added_binds_with_the_words_of_the_amendment() -> None:
    after = added()

    assert after.report.valid, after.report.checks[-1]
    assert [one.reference for one in after.report.verdicts] == ["1", "2", "3"]
    assert after.report.changes == [
        "Amendment 1, asked for on 2026-03-03: granted on 2026-03-03; it adds commitment 3."
    ]
    assert said(after, "amendments") == "1 were asked for; the words of 1 can be read here."
    assert said(after, "approved text").endswith("each commitment comes from it or an amendment.")


def test_what_recurs_is_ended_and_what_is_open_of_it_from_then_on_is_waived() -> None:
    after = ended()

    assert after.report.valid, after.report.checks[-1]
    assert [one.outcome for one in after.report.verdicts] == ["open", "waived", "waived"]
    assert after.report.changes == [
        "Amendment 1, asked for on 2026-03-03: granted on 2026-03-03; it ends commitment 1 from 2026-03-17 on."
    ]


def test_what_is_done_before_its_end_stays_done_and_what_was_extended_keeps_its_day() -> None:
    after = weekly().done(SECOND).asks("2026-03-25").decides("granted").extended("2026-03-25")
    after.amends(amended(ends={1: "2026-03-17"})).decides("granted", AMENDED)
    after.series("ended", ended_on="2026-03-17").waived(THIRD)

    assert after.report.valid, after.report.checks[-1]
    assert [one.outcome for one in after.report.verdicts] == ["open", "on time", "waived"]


def test_what_recurs_goes_on_under_another_rule_and_is_extended_to_its_end() -> None:
    other = clause("Check the settings", "2026-03-24", recurrence="FREQ=MONTHLY;COUNT=1")
    after = granted(amended(other, ends={1: "2026-03-24"}), weekly())
    monthly = UUID(int=0x22)
    after.maker.append(
        "series.opened", monthly, repeating(1, number=2, rule="FREQ=MONTHLY;COUNT=1", starts_on="2026-03-24")
    )
    after.opens(2, "2026-03-24", FOURTH, series=monthly, occurrence=1)
    after.series("ended", ended_on="2026-03-24").waived(THIRD)

    assert after.report.valid, after.report.checks[-1]
    assert after.report.changes[0].endswith("it adds commitment 2 and ends commitment 1 from 2026-03-24 on.")


def test_who_grants_their_own_amendment_is_told_and_the_others_are_not() -> None:
    after = two().amends(ADDED).decides("refused", AMENDED)
    after.amends(ADDED, SECOND_ONE, actor=BO).decides("withdrawn", SECOND_ONE)
    after.amends(ADDED, THIRD).decides("granted", THIRD, actor=ADA)
    added(after).amends(ADDED, FOURTH)

    assert after.report.valid, after.report.checks[-1]
    assert after.report.self_decided == ["amendment 3"]
    assert [one.rpartition(": ")[2] for one in after.report.changes] == [
        "refused on 2026-03-03.",
        "withdrawn on 2026-03-03.",
        "granted on 2026-03-03; it adds commitment 3.",
        "undecided.",
    ]


def test_a_series_is_reassigned_and_extended_by_what_follows() -> None:
    after = weekly().series("reassigned", owner=BO)
    after.maker.append("series.extended", SERIES, endless(4, owner=BO), text="Check the settings")
    after.opens(1, "2026-03-28", FOURTH, series=SERIES, occurrence=4, owner=BO)

    assert after.report.valid, after.report.checks[-1]


def test_a_time_before_the_end_may_still_be_opened_and_none_after_it() -> None:
    def extending(due_on: str) -> After:
        after = ending("2026-03-27")
        after.maker.append("series.extended", SERIES, endless(4), text="Check the settings")
        return after.opens(1, due_on, FOURTH, series=SERIES, occurrence=4)

    assert extending("2026-03-26").report.valid
    refused(extending("2026-03-27").maker, "replay", "the series has ended")


STORIES: dict[str, tuple[Callable[[], After], str]] = {
    "a clause before it is granted": (lambda: added(two().amends(ADDED)), "only an approval binds"),
    "a clause after it is refused": (
        lambda: added(two().amends(ADDED).decides("refused", AMENDED)),
        "only an approval binds",
    ),
    "a clause later": (lambda: added(granted().at(days=1).done()), "only an approval binds"),
    "a clause twice": (lambda: granted().opens(2, "2026-03-18", THIRD), "only an approval binds, and each clause once"),
    "a clause too far": (lambda: granted().opens(4, "2026-03-18", THIRD), "only an approval binds"),
    "nobody asked": (lambda: unheard("granted"), "nobody has asked for it"),
    "asked twice": (lambda: two().amends(ADDED).amends(ADDED), "not asked for as it should be"),
    "asked by another": (lambda: two().amends(ADDED, requested_by=BO), "not asked for as it should be"),
    "another number": (lambda: two().amends(ADDED, number=2), "not asked for as it should be"),
    "received before it is granted": (lambda: two().amends(ADDED, received_at=START), "not asked for as it should be"),
    "asked for in another state": (lambda: two().amends(ADDED, state="refused"), "its state is not what happened"),
    "decided twice": (
        lambda: two().amends(ADDED).decides("refused", AMENDED).decides("granted", AMENDED),
        "it was closed already",
    ),
    "granted in other words": (
        lambda: two().amends(ADDED).decides("granted", AMENDED, content_sha256="0" * 64),
        "is not what was asked for",
    ),
    "withdrawn by another": (lambda: two().amends(ADDED).decides("withdrawn", AMENDED), "only who asked withdraws it"),
    "granted, and not received": (
        lambda: two().amends(ADDED).decides("granted", AMENDED, received_at=None),
        "what is granted is received at some time",
    ),
    "refused, and received": (
        lambda: two().amends(ADDED).decides("refused", AMENDED, received_at=START),
        "what is granted is received at some time",
    ),
    "received in the future": (
        lambda: two().amends(ADDED).decides("granted", AMENDED, received_at=START + timedelta(days=3)),
        "it was received later than it was recorded",
    ),
    "an end without an amendment": (lambda: weekly().series("ended", ended_on="2026-03-17"), "only an amendment ends"),
    "an end that is only asked for": (
        lambda: weekly().amends(amended(ends={1: "2026-03-17"})).series("ended", ended_on="2026-03-17"),
        "only an amendment ends",
    ),
    "an end twice": (lambda: ending().series("ended", ended_on="2026-03-17"), "only an amendment ends a series, as it"),
    "an end of another series": (lambda: ending(rule="FREQ=DAILY"), "only an amendment ends a series, as it is"),
    "an end in the past": (lambda: ending("2026-03-02"), "what was missed before an end was asked for stays missed"),
    "an end that is told to be asked for in the past": (
        lambda: (
            weekly()
            .at(days=20)
            .amends(amended(ends={1: "2026-03-17"}), requested_at=START)
            .decides("granted", AMENDED)
            .series("ended", ended_on="2026-03-17")
        ),
        "what was missed before an end was asked for stays missed",
    ),
    "a time before the end waived": (lambda: ended().waived(FIRST), "nobody has granted that"),
    "a time waived by an amendment that ends nothing": (
        lambda: granted(amended(), weekly()).waived(THIRD),
        "nobody has granted that",
    ),
    "a time waived by a later amendment": (
        lambda: granted(amended(), ending().waived(SECOND), id_=SECOND_ONE).waived(THIRD),
        "commitment 1.3 was ended, and is still open",
    ),
    "a commitment waived by an amendment": (lambda: added().waived(FIRST), "nobody has granted that"),
    "a time left open": (lambda: ending().waived(SECOND), "commitment 1.3 was ended, and is still open"),
    "a time left open for later": (
        lambda: ending().waived(THIRD).at(days=1).done(SECOND),
        "commitment 1.2 was ended, and is still open",
    ),
    "a time waived later": (
        lambda: ending().done().waived(SECOND),
        "commitment 1.2 was ended, and is still open",
    ),
    "a time waived that was missed": (
        lambda: missed().waived(FIRST),
        "what was missed before an end was granted stays missed",
    ),
    "a reassignment to who has it": (lambda: weekly().series("reassigned"), "it is another series, or had this owner"),
    "a reassignment of another": (
        lambda: weekly().series("reassigned", owner=BO, number=2),
        "it is another series, or had this owner",
    ),
}


@pytest.mark.parametrize(("story", "reason"), STORIES.values(), ids=STORIES)
def test_what_no_amendment_allows_is_refused(story: Callable[[], After], reason: str) -> None:
    refused(story().maker, "replay", reason)


def unheard(state: str) -> After:
    after = two().amends(ADDED)
    after.asked[SECOND_ONE] = after.asked[AMENDED]
    return after.decides(state, SECOND_ONE)


def test_only_an_approved_plan_is_amended() -> None:
    maker = Maker()
    maker.append("plan.drafted", PLAN, plan_facts("draft"))

    refused(After(maker).amends(ADDED).maker, "replay", "only an approved plan is amended")


def test_times_that_are_not_due_yet_are_told_in_one_sentence() -> None:
    text = reader.to_text(weekly().done().report)

    assert (
        "Commitment 1.1, due 2026-03-10: done on time, by the server's clock.\n"
        "Commitments 1.2 to 1.3, due 2026-03-17 to 2026-03-24: all 2 are open, not due yet.\n" in text
    )
