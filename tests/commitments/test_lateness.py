"""Lateness is counted in local calendar days, by what was recorded."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from app.commitments import rules
from app.commitments.rules import OPEN_STATES, State
from app.commitments.schedule import end_of

AT = datetime.fromisoformat
LOS_ANGELES = "America/Los_Angeles"


@pytest.mark.parametrize(
    ("due_on", "zone", "as_of", "days"),
    [
        ("2026-03-02", LOS_ANGELES, "2026-03-03T08:00:00Z", 1),
        ("2026-03-02", LOS_ANGELES, "2026-03-04T07:59:59Z", 1),
        ("2026-03-02", LOS_ANGELES, "2026-03-04T08:00:00Z", 2),
        ("2026-03-07", LOS_ANGELES, "2026-03-09T06:59:59Z", 1),
        ("2026-03-07", LOS_ANGELES, "2026-03-09T07:00:00Z", 2),
        ("2026-10-31", LOS_ANGELES, "2026-11-02T07:59:59Z", 1),
        ("2026-10-31", LOS_ANGELES, "2026-11-02T08:00:00Z", 2),
        ("2028-02-28", "UTC", "2028-03-01T00:00:00Z", 2),
        ("2026-02-28", "UTC", "2026-03-01T00:00:00Z", 1),
        ("2026-12-31", "Pacific/Kiritimati", "2026-12-31T10:00:00Z", 1),
        ("2011-12-29", "Pacific/Apia", "2011-12-30T10:00:00Z", 2),
    ],
)
def test_days_overdue_are_local_days_since_the_due_day(due_on: str, zone: str, as_of: str, days: int) -> None:
    assert rules.days_overdue(date.fromisoformat(due_on), AT(as_of), ZoneInfo(zone)) == days


@pytest.mark.parametrize(
    ("due_at", "as_of", "days"),
    [
        ("2026-03-02T20:00:00Z", "2026-03-02T20:00:00Z", 1),
        ("2026-03-02T20:00:00Z", "2026-03-03T07:59:59Z", 1),
        ("2026-03-02T20:00:00Z", "2026-03-03T08:00:00Z", 1),
        ("2026-03-02T20:00:00Z", "2026-03-04T08:00:00Z", 2),
    ],
)
def test_a_missed_instant_is_a_day_overdue_at_least(due_at: str, as_of: str, days: int) -> None:
    zone = ZoneInfo(LOS_ANGELES)
    due_on = AT(due_at).astimezone(zone).date()

    assert rules.days_overdue(due_on, AT(as_of), zone) == days
    assert rules.days_late(due_on, AT(due_at), AT(as_of), zone) == days


@pytest.mark.parametrize(
    ("recorded", "days"),
    [
        ("2026-02-01T00:00:00Z", 0),
        ("2026-03-03T07:59:59Z", 0),
        ("2026-03-03T08:00:00Z", 1),
        ("2026-03-12T08:00:00Z", 10),
    ],
)
def test_days_late_are_0_until_the_due_has_passed(recorded: str, days: int) -> None:
    zone, due_on = ZoneInfo(LOS_ANGELES), date(2026, 3, 2)

    assert rules.days_late(due_on, end_of(due_on, zone), AT(recorded), zone) == days


def test_what_is_still_to_be_done_is_overdue_from_its_due_on() -> None:
    due = AT("2026-03-03T08:00:00Z")

    overdue = {
        (state, as_of)
        for state in State
        for as_of in ("07:59:59", "08:00:00")
        if rules.is_overdue(state, due, AT(f"2026-03-03T{as_of}Z"))
    }

    assert overdue == {(State.OPEN, "08:00:00"), (State.IN_PROGRESS, "08:00:00")}
    assert {State.OPEN, State.IN_PROGRESS} == OPEN_STATES


@pytest.mark.parametrize(
    ("as_of", "states"),
    [
        ("2026-03-02T07:59:59Z", set()),
        ("2026-03-02T08:00:00Z", OPEN_STATES),
        ("2026-03-03T07:59:59Z", OPEN_STATES),
        ("2026-03-03T08:00:00Z", set()),
    ],
)
def test_it_is_due_today_while_its_local_day_lasts(as_of: str, states: set[State]) -> None:
    zone, due_on = ZoneInfo(LOS_ANGELES), date(2026, 3, 2)
    due_at = end_of(due_on, zone)

    assert {state for state in State if rules.is_due_today(state, due_at, due_on, AT(as_of), zone)} == states


MOVES = {
    (State.OPEN, State.IN_PROGRESS),
    (State.OPEN, State.DONE),
    (State.IN_PROGRESS, State.OPEN),
    (State.IN_PROGRESS, State.DONE),
    (State.DONE, State.VERIFIED),
    (State.DONE, State.OPEN),
    (State.OPEN, State.WAIVED),
    (State.IN_PROGRESS, State.WAIVED),
}


@pytest.mark.parametrize(("now", "to"), sorted(MOVES))
def test_a_commitment_moves_so(now: State, to: State) -> None:
    assert rules.move(now, to) is to


@pytest.mark.parametrize(("now", "to"), sorted({(now, to) for now in State for to in State} - MOVES))
def test_a_commitment_moves_in_no_other_way(now: State, to: State) -> None:
    with pytest.raises(rules.CommitmentCannotMove, match=f"It is `{now}` and cannot become `{to}`"):
        rules.move(now, to)
