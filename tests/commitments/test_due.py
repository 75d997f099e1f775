"""A day is over at one instant, whatever clocks do around midnight."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.commitments.schedule import day_of, end_of

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
ZONES = sorted(available_timezones())
DAYS = st.dates(date(1970, 1, 1), date(2100, 12, 31))


@pytest.mark.parametrize(
    ("day", "zone", "over"),
    [
        ("2026-03-02", "UTC", "2026-03-03T00:00:00Z"),
        ("2026-03-02", "America/Los_Angeles", "2026-03-03T08:00:00Z"),
        ("2026-03-07", "America/Los_Angeles", "2026-03-08T08:00:00Z"),
        ("2026-03-08", "America/Los_Angeles", "2026-03-09T07:00:00Z"),
        ("2026-11-01", "America/Los_Angeles", "2026-11-02T08:00:00Z"),
        ("2026-03-02", "Asia/Kathmandu", "2026-03-02T18:15:00Z"),
        ("2026-03-02", "Pacific/Kiritimati", "2026-03-02T10:00:00Z"),
        ("2026-03-02", "Etc/GMT+12", "2026-03-03T12:00:00Z"),
        ("2028-02-28", "Europe/Berlin", "2028-02-28T23:00:00Z"),
        ("2028-02-29", "Europe/Berlin", "2028-02-29T23:00:00Z"),
    ],
)
def test_a_day_is_over_at_its_midnight(day: str, zone: str, over: str) -> None:
    assert end_of(date.fromisoformat(day), ZoneInfo(zone)) == datetime.fromisoformat(over)


@pytest.mark.parametrize(
    ("day", "zone", "over"),
    [
        ("2026-09-05", "America/Santiago", "2026-09-06T04:00:00Z"),
        ("2026-04-23", "Africa/Cairo", "2026-04-23T22:00:00Z"),
        ("2026-03-28", "Asia/Beirut", "2026-03-28T22:00:00Z"),
        ("1972-01-06", "Africa/Monrovia", "1972-01-07T00:44:30Z"),
    ],
)
def test_where_clocks_skip_midnight_the_day_is_over_when_they_do(day: str, zone: str, over: str) -> None:
    assert end_of(date.fromisoformat(day), ZoneInfo(zone)) == datetime.fromisoformat(over)


@pytest.mark.parametrize(
    ("day", "zone", "over"),
    [
        ("2006-10-28", "America/St_Johns", "2006-10-29T03:30:00Z"),
        ("2026-10-24", "Asia/Beirut", "2026-10-24T22:00:00Z"),
        ("2026-10-29", "Africa/Cairo", "2026-10-29T22:00:00Z"),
        ("2010-03-04", "Antarctica/Casey", "2010-03-04T16:00:00Z"),
    ],
)
def test_where_clocks_go_back_over_midnight_the_day_is_over_after_the_second(day: str, zone: str, over: str) -> None:
    assert end_of(date.fromisoformat(day), ZoneInfo(zone)) == datetime.fromisoformat(over)


@pytest.mark.parametrize(
    ("day", "zone", "over"),
    [
        ("2026-10-31", "America/Havana", "2026-11-01T04:00:00Z"),
        ("2026-10-24", "Atlantic/Azores", "2026-10-25T00:00:00Z"),
    ],
)
def test_where_clocks_go_back_to_midnight_the_day_before_stays_over(day: str, zone: str, over: str) -> None:
    assert end_of(date.fromisoformat(day), ZoneInfo(zone)) == datetime.fromisoformat(over)


def test_a_day_that_was_left_out_is_over_when_the_day_before_is() -> None:
    apia = ZoneInfo("Pacific/Apia")

    ends = [end_of(date(2011, 12, day), apia) for day in (29, 30, 31)]

    assert ends == [
        datetime(2011, 12, 30, 10, tzinfo=UTC),
        datetime(2011, 12, 30, 10, tzinfo=UTC),
        datetime(2011, 12, 31, 10, tzinfo=UTC),
    ]


@settings(max_examples=1500)
@example(day=date(2011, 12, 29), zone="Pacific/Apia")
@example(day=date(2011, 12, 30), zone="Pacific/Apia")
@example(day=date(1993, 8, 20), zone="Pacific/Kwajalein")
@example(day=date(2006, 10, 28), zone="America/St_Johns")
@example(day=date(2010, 3, 4), zone="Antarctica/Casey")
@example(day=date(1972, 1, 6), zone="Africa/Monrovia")
@example(day=date(2026, 10, 31), zone="America/Havana")
@example(day=date(2026, 9, 5), zone="America/Santiago")
@given(day=DAYS, zone=st.sampled_from(ZONES))
def test_a_day_is_over_at_its_end_and_not_one_second_before(day: date, zone: str) -> None:
    place = ZoneInfo(zone)

    over = end_of(day, place)

    assert over.tzinfo is UTC
    assert over.astimezone(place).date() > day
    assert (over - SECOND).astimezone(place).date() <= day


@settings(max_examples=300)
@given(day=DAYS, zone=st.sampled_from(ZONES), later=st.integers(0, 2 * 24 * 60))
def test_once_over_a_day_never_comes_back(day: date, zone: str, later: int) -> None:
    place = ZoneInfo(zone)

    after = end_of(day, place) + timedelta(minutes=later)

    assert after.astimezone(place).date() > day


def changes(zone: ZoneInfo) -> Iterator[date]:
    """Yield the local days from 2000 to 2040 on which clocks change, found by halving months."""
    months = [datetime(2000 + month // 12, month % 12 + 1, 1, tzinfo=UTC) for month in range(40 * 12)]
    for early, late in pairwise(months):
        before, after = early, late
        if before.astimezone(zone).utcoffset() == after.astimezone(zone).utcoffset():
            continue
        while after - before > SECOND:
            middle = (before + (after - before) // 2).replace(microsecond=0)
            same = middle.astimezone(zone).utcoffset() == before.astimezone(zone).utcoffset()
            before, after = (middle, after) if same else (before, middle)
        yield before.astimezone(zone).date()


@pytest.mark.slow
def test_no_day_on_which_clocks_change_is_over_too_early_or_too_late() -> None:
    wrong = [
        (zone.key, day)
        for zone in map(ZoneInfo, ZONES)
        for change in changes(zone)
        for day in (change - DAY, change, change + DAY)
        if not ((over := end_of(day, zone)) - SECOND).astimezone(zone).date() <= day < over.astimezone(zone).date()
    ]

    assert wrong == []


@pytest.mark.parametrize(
    ("instant", "zone", "day"),
    [
        ("2026-10-24T22:30:00Z", "Europe/Berlin", "2026-10-25"),
        ("2026-11-24T01:00:00Z", "America/Los_Angeles", "2026-11-23"),
        ("2026-09-26T11:00:00Z", "Pacific/Auckland", "2026-09-26"),
        ("2026-09-26T12:00:00Z", "Pacific/Auckland", "2026-09-27"),
    ],
)
def test_a_deadline_that_is_an_instant_belongs_to_its_local_day(instant: str, zone: str, day: str) -> None:
    assert day_of(datetime.fromisoformat(instant), ZoneInfo(zone)) == date.fromisoformat(day)
