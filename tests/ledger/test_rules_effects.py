"""Effectiveness checks: of a plan that was carried out, by its window, one after the other."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.ledger.following import AMENDED, After, amended, weekly
from tests.ledger.forging import bound, clause, content, refused
from tests.ledger.proving import ADA, BO, FIRST, PLAN, SECOND, START, WS, Maker, commitment_facts, plan_facts


def carried_out(*, days: int | None = None) -> After:
    """Return a log in which all was done, of a plan that is to be observed for so many days."""
    more = {} if days is None else {"observation_days": days}
    text = content(clause(), clause("Train the team", "2026-03-12"), **more)
    maker = bound(text)
    facts = {FIRST: commitment_facts(1, "2026-03-10"), SECOND: commitment_facts(2, "2026-03-12")}
    for (of, said), words in zip(facts.items(), ("Check the settings", "Train the team"), strict=True):
        maker.append("commitment.opened", of, said, text=words)
    return After(maker, facts).done().at(days=1).done(SECOND)


def test_a_check_is_told_with_what_it_knew() -> None:
    after = carried_out().at(days=10).checks_effect("inconclusive", recurrences=1)
    after.at(days=170).checks_effect("effective")

    assert after.report.valid, after.report.checks[-1]
    assert after.report.changes == [
        (
            "Effectiveness check 1, 2026-03-14: inconclusive, with 1 notice since by the server's count; carried out "
            "on 2026-03-04, observed until 2026-08-31."
        ),
        (
            "Effectiveness check 2, 2026-08-31: effective, with 0 notices since by the server's count; carried out on "
            "2026-03-04, observed until 2026-08-31."
        ),
    ]
    assert after.report.self_decided == []


def test_who_completed_something_and_judges_is_told() -> None:
    after = carried_out().checks_effect("ineffective", actor=ADA)

    assert after.report.self_decided == ["effectiveness check 1"]


def test_of_what_recurs_without_an_end_the_first_time_counts_and_who_did_another_is_told() -> None:
    after = weekly().done(FIRST).checks_effect("inconclusive")
    after.done(SECOND, actor=BO).checks_effect("inconclusive", carried_out_at=START + timedelta(days=1))

    assert after.report.valid, after.report.checks[-1]
    assert after.report.self_decided == ["effectiveness check 2"]
    refused(weekly().done(SECOND).checks_effect("inconclusive").maker, "replay", "the plan was not carried out then")


def test_of_what_was_ended_all_that_is_left_counts() -> None:
    def ended(*, first: bool) -> After:
        after = weekly().done(FIRST) if first else weekly()
        after.amends(amended(ends={1: "2026-03-17"})).decides("granted", AMENDED)
        after.series("ended", ended_on="2026-03-17").becomes("waived", SECOND, state="waived", actor=BO)
        return after.becomes("waived", weekly_third(), state="waived", actor=BO).checks_effect("inconclusive")

    assert ended(first=True).report.valid
    refused(ended(first=False).maker, "replay", "the plan was not carried out then")


def weekly_third() -> Any:
    return list(weekly().facts)[2]


def test_what_is_waived_is_not_left_to_do() -> None:
    after = After().done().asks(None, SECOND).decides("granted").waived(SECOND).checks_effect("inconclusive")

    assert after.report.valid, after.report.checks[-1]


def test_the_window_is_that_of_the_approved_text() -> None:
    def checked(days: int | None) -> After:
        return carried_out(days=days).at(days=200).checks_effect("effective")

    assert checked(180).report.valid
    assert checked(None).report.valid
    refused(checked(90).maker, "approved text", "effectiveness check 1 has another window than the plan")


STORIES: dict[str, tuple[Callable[[], After], str]] = {
    "something is open": (lambda: After().done().checks_effect("ineffective"), "the plan was not carried out then"),
    "something is open again": (
        lambda: After().done().done(SECOND).rejected(SECOND).checks_effect("ineffective"),
        "the plan was not carried out then",
    ),
    "nothing was done": (
        lambda: waived_all().checks_effect("ineffective"),
        "the plan was not carried out then",
    ),
    "carried out earlier": (
        lambda: carried_out().at(days=200).checks_effect(carried_out_at=START, window_ends_at=START + timedelta(180)),
        "the plan was not carried out then",
    ),
    "still observed": (lambda: carried_out().at(days=179).checks_effect(), "it was still observed"),
    "a time that is to come": (
        lambda: carried_out().at(days=179).checks_effect(checked_at=START + timedelta(days=190)),
        "at no time, or later than it was recorded",
    ),
    "still observed since it was recorded": (
        lambda: done_earlier().at(days=178).checks_effect(),
        "it was still observed",
    ),
    "no window": (
        lambda: carried_out().at(days=1).checks_effect(window_ends_at=START + timedelta(days=2)),
        "it was not observed at all",
    ),
    "no count of what came in since": (
        lambda: carried_out().at(days=200).checks_effect(recurrences=None),
        "nobody could tell whether the problem came back",
    ),
    "another number": (lambda: carried_out().checks_effect("ineffective", number=2), "not the check that comes next"),
    "the same number": (
        lambda: carried_out().checks_effect("ineffective").checks_effect("ineffective", number=1),
        "not the check that comes next",
    ),
    "in the name of another": (
        lambda: carried_out().checks_effect("ineffective", checked_by=WS),
        "not the check that comes next",
    ),
}


@pytest.mark.parametrize(("story", "reason"), STORIES.values(), ids=STORIES)
def test_what_cannot_be_judged_is_refused(story: Callable[[], After], reason: str) -> None:
    refused(story().maker, "replay", reason)


@pytest.mark.parametrize(
    ("recurrences", "told"),
    [
        (0, "with 0 notices since by the server's count"),
        (1, "with 1 notice since by the server's count"),
        (None, "with no count of notices since, as the plan's words had been erased"),
    ],
)
def test_how_often_the_problem_came_back_is_told_as_it_was_counted(recurrences: int | None, told: str) -> None:
    after = carried_out().checks_effect("inconclusive", recurrences=recurrences)

    assert after.report.valid
    assert told in after.report.changes[-1]


def test_a_plan_that_is_not_approved_has_no_effect() -> None:
    maker = Maker()
    maker.append("plan.drafted", PLAN, plan_facts("draft"))

    refused(After(maker, {}).checks_effect("ineffective").maker, "replay", "the plan was not carried out then")


def test_clocks_that_differ_by_less_than_a_day_do_not_prolong_the_window() -> None:
    after = done_earlier().at(days=179).checks_effect()

    assert after.report.valid, after.report.checks[-1]


def waived_all() -> After:
    after = After()
    for number, of in enumerate((FIRST, SECOND)):
        request = list(after.facts)[number]
        after.asks(None, of, request).decides("granted", request).waived(of)
    return after


def done_earlier() -> After:
    """Return a log in which the last thing was done two days before it was recorded, as it says."""
    after = After().done().at(days=2)
    said = {"state": "done", "done_by": ADA, "done_at": START + timedelta(days=1), "performed_on": "2026-03-03"}
    return after.becomes("completed", SECOND, days_late=0, days_late_vs_original=0, **said)
