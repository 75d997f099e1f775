"""When a digest is due: any zone, any clock change."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.digests import rules
from app.digests.rules import Days, State

BERLIN = "Europe/Berlin"
YEARS = datetime(2020, 1, 1), datetime(2035, 1, 1)  # noqa: DTZ001 - Hypothesis adds the zone


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def slot(text: str, *, hour: int, zone: str = BERLIN, days: Days = Days.EVERY_DAY) -> tuple[date, datetime] | None:
    found = rules.last_slot(at(text), hour=hour, zone=zone, days=days)
    return found and (found.day, found.at.astimezone(UTC))


def test_an_hour_that_the_day_does_not_have_comes_an_hour_later() -> None:
    """In Berlin, 29 March 2026 has no two o'clock."""
    assert slot("2026-03-29T00:59:59Z", hour=2) is None
    assert slot("2026-03-29T01:00:00Z", hour=2) == (date(2026, 3, 29), at("2026-03-29T01:00:00Z"))


def test_an_hour_that_comes_twice_counts_the_first_time() -> None:
    """In Berlin, 25 October 2026 has two o'clock at 00:00 and at 01:00 UTC."""
    first = slot("2026-10-25T00:00:00Z", hour=2)

    assert first == (date(2026, 10, 25), at("2026-10-25T00:00:00Z"))
    assert slot("2026-10-25T01:00:00Z", hour=2) == first


def test_what_was_missed_is_made_up_for_unless_the_next_is_near() -> None:
    assert slot("2026-03-04T02:59:00Z", hour=8) == (date(2026, 3, 3), at("2026-03-03T07:00:00Z"))
    assert slot("2026-03-04T03:01:00Z", hour=8) is None


def test_the_last_hour_of_a_day_is_made_up_for_on_the_next() -> None:
    assert slot("2026-03-03T23:10:00Z", hour=23) == (date(2026, 3, 3), at("2026-03-03T22:00:00Z"))


def test_on_sunday_nothing_is_made_up_for_from_friday() -> None:
    assert slot("2026-03-08T09:00:00Z", hour=8, days=Days.WEEKDAYS) is None


@given(
    st.datetimes(YEARS[0], YEARS[1], timezones=st.just(UTC)),
    st.integers(0, 23),
    st.sampled_from([BERLIN, "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia", "UTC"]),
)
def test_each_local_day_has_one_instant_and_it_has_passed(now: datetime, hour: int, zone: str) -> None:
    found = rules.last_slot(now, hour=hour, zone=zone, days=Days.EVERY_DAY)

    if found is not None:
        assert found.at <= now <= found.at.astimezone(UTC) + rules.MADE_UP
        assert found == rules.last_slot(found.at.astimezone(UTC), hour=hour, zone=zone, days=Days.EVERY_DAY)
        local = found.at.astimezone(UTC).astimezone(ZoneInfo(zone))
        assert local.date() == found.day
        assert local.hour in {hour, hour + 1}


@pytest.mark.parametrize("state", [State.EMPTY, State.HANDING, State.SENT, State.LOST])
def test_what_may_have_gone_out_is_never_tried_again(state: State) -> None:
    assert not rules.may_try(state, 1, at("2026-03-03T08:00:00Z"), at=at("2026-04-03T08:00:00Z"))


def test_what_was_refused_is_tried_after_longer_and_longer_pauses_and_then_given_up() -> None:
    last = at("2026-03-03T08:00:00Z")

    for attempts, pause in enumerate(rules.PAUSES, 1):
        assert not rules.may_try(State.REFUSED, attempts, last, at=last + pause - timedelta(seconds=1))
        assert rules.may_try(State.REFUSED, attempts, last, at=last + pause)
    assert not rules.may_try(State.REFUSED, len(rules.PAUSES) + 1, last, at=last + timedelta(days=1))
