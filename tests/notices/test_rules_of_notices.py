"""The rules of notices by themselves: every move there is and is not, when an answer is overdue, what is wrong."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.notices import rules
from app.notices.rules import Category, NoticeCannotMove, NoticeKind, NoticeState, Severity

MAY = {
    ("received", "acknowledged"),
    ("received", "responded"),
    ("received", "dismissed"),
    ("acknowledged", "responded"),
    ("acknowledged", "dismissed"),
    ("responded", "responded"),
    ("responded", "acknowledged"),
    ("responded", "closed"),
    ("dismissed", "acknowledged"),
}
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
OWED = {NoticeState.RECEIVED, NoticeState.ACKNOWLEDGED}
states = st.sampled_from(NoticeState)
instants = st.integers(0, 30_000_000).map(lambda seconds: AT + seconds * SECOND)
deadlines = st.none() | instants


@pytest.mark.parametrize("now", NoticeState)
@pytest.mark.parametrize("to", NoticeState)
def test_a_notice_moves_as_written_here_and_in_no_other_way(now: NoticeState, to: NoticeState) -> None:
    if (now.value, to.value) in MAY:
        assert rules.move(now, to) is to
    else:
        with pytest.raises(NoticeCannotMove) as refused:
            rules.move(now, to)
        assert str(refused.value).startswith(f"It is `{now.value}` and cannot become `{to.value}`. ")


@pytest.mark.parametrize(
    ("now", "to", "advice"),
    [
        ("received", "closed", "Answer it first, or dismiss it."),
        ("acknowledged", "closed", "Answer it first, or dismiss it."),
        ("responded", "dismissed", "Close it once the marketplace takes it as settled."),
        ("closed", "acknowledged", "When the problem comes back, record a new notice."),
        ("dismissed", "responded", "Acknowledge it again first."),
    ],
)
def test_a_refusal_says_what_to_do(now: str, to: str, advice: str) -> None:
    with pytest.raises(NoticeCannotMove) as refused:
        rules.move(NoticeState(now), NoticeState(to))

    assert str(refused.value).endswith(f". {advice}")


def test_the_words_that_clients_send_and_get_are_these() -> None:
    assert [one.value for one in NoticeState] == ["received", "acknowledged", "responded", "closed", "dismissed"]
    assert [one.value for one in NoticeKind] == ["notification", "complaint"]
    assert [one.value for one in Severity] == ["info", "warning", "serious", "critical"]
    assert [one.value for one in Category] == [
        *("authenticity", "condition", "safety", "intellectual_property", "restricted_product", "listing_policy"),
        *("listing_issue", "order_performance", "customer_service", "documentation", "account_status", "other"),
    ]


def test_an_answer_is_owed_until_it_is_given_and_nothing_after_the_end() -> None:
    assert rules.AWAITING == OWED
    assert {NoticeState.CLOSED, NoticeState.DISMISSED} == rules.ENDED
    assert [one for one in NoticeState if rules.is_ignored(one)] == [NoticeState.RECEIVED]


def test_an_answer_is_overdue_from_the_deadline_itself() -> None:
    overdue = [rules.is_response_overdue(NoticeState.RECEIVED, AT, AT + one) for one in (-SECOND, 0 * SECOND, SECOND)]

    assert overdue == [False, True, True]


def test_soon_ends_with_its_last_instant_and_begins_after_now() -> None:
    soon = [
        rules.is_response_due_soon(NoticeState.ACKNOWLEDGED, AT + one, AT, DAY)
        for one in (-SECOND, 0 * SECOND, SECOND, DAY, DAY + SECOND)
    ]

    assert soon == [False, False, True, True, False]


@given(states, deadlines, instants, st.timedeltas(timedelta(0), timedelta(days=30)))
def test_nothing_is_overdue_and_due_soon_at_once(
    state: NoticeState, respond_by: datetime | None, as_of: datetime, within: timedelta
) -> None:
    overdue = rules.is_response_overdue(state, respond_by, as_of)
    soon = rules.is_response_due_soon(state, respond_by, as_of, within)
    later = respond_by is not None and respond_by > as_of + within

    owed = state in OWED and respond_by is not None
    assert [overdue, soon, owed and later].count(True) == (1 if owed else 0)


@given(states, deadlines, instants, st.timedeltas(timedelta(0), timedelta(days=30)))
def test_what_is_due_soon_becomes_overdue_within_that_time_if_nobody_acts(
    state: NoticeState, respond_by: datetime | None, as_of: datetime, within: timedelta
) -> None:
    if rules.is_response_due_soon(state, respond_by, as_of, within):
        assert rules.is_response_overdue(state, respond_by, as_of + within)


@pytest.mark.parametrize("now", NoticeState)
@pytest.mark.parametrize("name", ["respond_by", "attempts_allowed", "evidence_window_days", "plan_requested"])
def test_what_was_asked_for_is_changed_until_the_end(now: NoticeState, name: str) -> None:
    if now in {NoticeState.CLOSED, NoticeState.DISMISSED}:
        with pytest.raises(NoticeCannotMove) as refused:
            rules.check_change(now, {"title", name})
        assert str(refused.value).startswith(f"It is `{now}`, so `{name}` stays as it was. ")
        assert len(str(refused.value).partition("was. ")[2]) > 20
    else:
        rules.check_change(now, {"title", name})


@pytest.mark.parametrize("now", NoticeState)
def test_what_it_is_about_is_corrected_at_any_time(now: NoticeState) -> None:
    rules.check_change(now, {"account", "category", "severity", "title", "items"})


def wrong(
    *items: tuple[str, str], received_at: datetime = AT, respond_by: datetime | None = None
) -> list[tuple[str, str]]:
    faults = rules.contradictions(items, received_at=received_at, respond_by=respond_by, at=AT)
    return [(one.pointer, one.code) for one in faults]


def test_a_notice_may_seem_to_come_from_tomorrow_and_not_from_later() -> None:
    assert wrong(received_at=AT + DAY) == []
    assert wrong(received_at=AT + DAY + SECOND) == [("/received_at", "future")]


def test_a_deadline_is_not_before_the_notice() -> None:
    assert wrong(respond_by=AT) == []
    assert wrong(respond_by=AT - SECOND) == [("/respond_by", "before_received")]


def test_when_it_came_in_is_said_in_utc() -> None:
    there = AT.astimezone(timezone(timedelta(hours=-8)))

    (fault,) = rules.contradictions([], received_at=there, respond_by=AT - SECOND, at=AT)

    expected = "The notice came in at 2026-03-02 09:00:00 UTC, after this deadline: one of the two is wrong."
    assert fault.detail == expected


def test_every_item_that_is_there_already_is_named() -> None:
    assert wrong(("asin", "B0"), ("sku", "B0"), ("asin", "B1")) == []
    assert wrong(("asin", "B0"), ("sku", "B0"), ("asin", "B0"), ("sku", "B0"), respond_by=AT - SECOND) == [
        ("/respond_by", "before_received"),
        ("/items/2", "item_twice"),
        ("/items/3", "item_twice"),
    ]


def test_each_fault_says_what_is_wrong() -> None:
    faults = rules.contradictions([("a", "1")] * 2, received_at=AT + 2 * DAY, respond_by=None, at=AT)

    assert [one.detail for one in faults] == ["This is still to come.", "This item is listed already."]
