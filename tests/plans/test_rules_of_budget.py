"""Deadline and attempts by themselves: when they run out, and of which notices they are."""

from datetime import timedelta

import pytest

from app.notices.rules import NoticeState
from app.plans import readiness
from app.plans.readiness import Budget
from app.plans.rules import PlanState
from tests.plans.reviewing import AT, SECOND, asked, case, detail, promise, told


def test_a_deadline_is_near_three_days_before_and_passed_when_it_comes() -> None:
    one = case(asked(respond_by=AT))
    three = timedelta(days=3)

    seen = [told(one, at) for at in (AT - three - SECOND, AT - three, AT - SECOND, AT, AT + SECOND)]

    near, passed = [("/notices", "deadline_near")], [("/notices", "deadline_passed")]
    assert seen == [[], near, near, passed, passed]
    assert detail(one, AT - SECOND) == "The deadline is 2026-03-02 09:00 UTC: send it before."
    assert detail(one, AT) == "The deadline was 2026-03-02 09:00 UTC: send it now, and say why it is late."


def test_the_attempts_are_said_with_the_deadline() -> None:
    one = case(asked(respond_by=AT, attempts_allowed=4, attempts=1))

    assert detail(one, AT - SECOND) == "The deadline is 2026-03-02 09:00 UTC, 3 of 4 attempts left: send it before."
    assert "UTC, 3 of 4 attempts left: send it now" in detail(one, AT)


NONE_LEFT = "No attempt is left of those that the notice allows: ask the authority for another before you send it."


@pytest.mark.parametrize(
    ("attempts", "code", "says"),
    [
        (0, None, ""),
        (1, "last_attempt", "This is the last attempt that the notice allows: let somebody read it once more."),
        (2, "no_attempts_left", NONE_LEFT),
        (3, "no_attempts_left", NONE_LEFT),
    ],
)
def test_attempts_run_out(attempts: int, code: str | None, says: str) -> None:
    one = case(asked(attempts_allowed=2, attempts=attempts))

    assert told(one) == ([("/notices", code)] if code else [])
    assert not code or says == detail(one)


def test_the_answer_to_a_question_needs_neither_attempt_nor_sign_off() -> None:
    notice = asked(respond_by=AT, attempts_allowed=1, attempts=1, state=NoticeState.RESPONDED)
    one = case(notice, state=PlanState.MORE_INFO_REQUESTED, is_signed_off=False)
    unfinished = case(notice, state=PlanState.MORE_INFO_REQUESTED, is_signed_off=False, promises=(promise(),))

    assert detail(one, AT - SECOND) == "The deadline is 2026-03-02 09:00 UTC: send it before."
    assert [code for _, code in told(unfinished)] == ["no_preventive", "deadline_passed"]


@pytest.mark.parametrize("state", [PlanState.SUBMITTED, PlanState.APPROVED, PlanState.WITHDRAWN])
def test_what_is_not_to_be_sent_any_more_is_not_hurried(state: PlanState) -> None:
    late = asked(respond_by=AT, attempts_allowed=1, attempts=1)
    over = asked(state=NoticeState.CLOSED)

    assert told(case(late, over, state=state, is_signed_off=False)) == []


@pytest.mark.parametrize("state", [PlanState.DRAFT, PlanState.DENIED])
def test_what_is_still_to_be_sent_is(state: PlanState) -> None:
    late = asked(respond_by=AT, attempts_allowed=1, attempts=1)

    assert told(case(late, state=state)) == [("/notices", "deadline_passed"), ("/notices", "no_attempts_left")]


@pytest.mark.parametrize("state", [NoticeState.CLOSED, NoticeState.DISMISSED])
def test_a_notice_that_is_over_keeps_the_plan_from_being_sent_and_limits_nothing(state: NoticeState) -> None:
    over = asked(title="Case 7", state=state, respond_by=AT, attempts_allowed=1, attempts=1)
    one = case(asked(), over)

    assert told(one) == [("/notices/1", "notice_ended")]
    assert detail(one) == f"Case 7 is {state}: take it out of `notices` before you send the plan."
    assert readiness.budget(one.notices) == Budget(None, None, None)


def test_the_tightest_of_several_notices_is_what_is_left() -> None:
    assert readiness.budget([]) == Budget(None, None, None)
    notices = [
        asked(respond_by=AT + 2 * SECOND, attempts_allowed=3, attempts=2),
        asked(respond_by=AT + SECOND, attempts_allowed=5),
        asked(),
    ]
    assert readiness.budget(notices) == Budget(AT + SECOND, 3, 1)
    assert readiness.budget([asked(attempts_allowed=1, attempts=4)]) == Budget(None, 1, 0)
    assert readiness.budget([asked(attempts_allowed=7, attempts=6), asked(attempts_allowed=1)]) == Budget(None, 1, 1)
