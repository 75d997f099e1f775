"""A recurrence is an RFC 5545 rule in local days. What cannot be kept is refused, and says why."""

from datetime import date, datetime, timedelta
from itertools import pairwise
from time import perf_counter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.commitments.schedule import HORIZON, at_same_time, check_rule, has_end, occurrences

BERLIN, LOS_ANGELES, UTC = ZoneInfo("Europe/Berlin"), ZoneInfo("America/Los_Angeles"), ZoneInfo("UTC")


def days(rule: str, first: str, *, zone: ZoneInfo = UTC, until: str = "2027-04-06") -> list[str]:
    check_rule(rule)
    found = occurrences(rule, date.fromisoformat(first), until=date.fromisoformat(until), zone=zone)
    return [day.isoformat() for day in found]


@pytest.mark.parametrize(
    ("rule", "first", "expected"),
    [
        ("FREQ=DAILY;COUNT=3", "2026-02-27", ["2026-02-27", "2026-02-28", "2026-03-01"]),
        ("FREQ=DAILY;COUNT=3", "2028-02-27", ["2028-02-27", "2028-02-28", "2028-02-29"]),
        ("FREQ=WEEKLY;COUNT=2", "2026-12-30", ["2026-12-30", "2027-01-06"]),
        ("FREQ=WEEKLY;BYDAY=FR;COUNT=2", "2026-12-02", ["2026-12-04", "2026-12-11"]),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=MO;COUNT=4", "2026-03-02",
         ["2026-03-02", "2026-03-08", "2026-03-16", "2026-03-22"]),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU;COUNT=4", "2026-03-02",
         ["2026-03-02", "2026-03-15", "2026-03-16", "2026-03-29"]),
        ("FREQ=MONTHLY;BYMONTHDAY=31;COUNT=4", "2026-10-31", ["2026-10-31", "2026-12-31", "2027-01-31", "2027-03-31"]),
        ("FREQ=MONTHLY;COUNT=3", "2026-01-31", ["2026-01-31", "2026-03-31", "2026-05-31"]),
        ("FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3", "2028-01-31", ["2028-01-31", "2028-02-29", "2028-03-31"]),
        ("FREQ=MONTHLY;BYDAY=-1WE;COUNT=3", "2026-09-30", ["2026-09-30", "2026-10-28", "2026-11-25"]),
        ("FREQ=MONTHLY;BYDAY=2TU;COUNT=2", "2026-03-11", ["2026-04-14", "2026-05-12"]),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=3", "2026-01-01",
         ["2026-01-30", "2026-02-27", "2026-03-31"]),
        ("FREQ=YEARLY;COUNT=3", "2028-02-29", ["2028-02-29", "2032-02-29", "2036-02-29"]),
        ("FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU;COUNT=2", "2026-01-01", ["2026-03-29", "2027-03-28"]),
        ("FREQ=YEARLY;BYYEARDAY=-1;COUNT=2", "2026-01-01", ["2026-12-31", "2027-12-31"]),
        ("FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO;COUNT=1", "2026-01-01", ["2026-12-28"]),
        ("FREQ=DAILY;BYMONTH=6;BYDAY=MO;COUNT=2", "2026-03-01", ["2026-06-01", "2026-06-08"]),
    ],
)  # fmt: skip
def test_a_rule_names_these_days(rule: str, first: str, expected: list[str]) -> None:
    assert days(rule, first) == expected


def test_an_until_that_is_a_day_counts() -> None:
    assert days("FREQ=DAILY;UNTIL=20260303", "2026-03-02") == ["2026-03-02", "2026-03-03"]


@pytest.mark.parametrize(
    ("until", "last"),
    [("20261201T075959Z", "2026-11-30"), ("20261201T080000Z", "2026-12-01"), ("20261201T235959Z", "2026-12-01")],
)
def test_of_an_until_in_utc_the_local_day_counts(until: str, last: str) -> None:
    found = days(f"FREQ=DAILY;UNTIL={until}", "2026-11-29", zone=LOS_ANGELES)

    assert found[-1] == last


def test_a_rule_without_an_end_is_followed_to_the_day_before_the_horizon() -> None:
    assert not has_end("FREQ=WEEKLY")
    assert has_end("FREQ=WEEKLY;COUNT=2")
    assert has_end("FREQ=WEEKLY;UNTIL=20270101")
    assert days("FREQ=WEEKLY", "2026-03-02", until="2026-03-16") == ["2026-03-02", "2026-03-09"]
    assert days("FREQ=WEEKLY", "2026-03-02", until="2026-03-17") == ["2026-03-02", "2026-03-09", "2026-03-16"]


def test_a_daily_rule_without_an_end_may_begin_on_the_day_of_the_approval() -> None:
    approved = date(2026, 3, 2)

    found = occurrences("FREQ=DAILY", approved, until=approved + HORIZON, zone=UTC)

    assert (len(found), found[-1]) == (400, date(2027, 4, 5))


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("weekly", "RFC 5545 rule such as"),
        ("FREQ=weekly", "RFC 5545 rule such as"),
        ("FREQ=WEEKLY;", "RFC 5545 rule such as"),
        ("FREQ=WEEKLY;BYDAY=", "RFC 5545 rule such as"),
        ("FREQ=WEEKLY;BYDAY=MO;BYDAY=TU", "given twice"),
        ("COUNT=2;FREQ=WEEKLY", "FREQ comes first"),
        ("FREQ=WEEKLY;BYEASTER=1", "FREQ comes first"),
        ("FREQ=HOURLY", "kept by the day"),
        ("FREQ=SECONDLY;COUNT=2", "kept by the day"),
        ("FREQ=DAILY;BYHOUR=9", "without hours: a commitment is kept by the day"),
        ("FREQ=FORTNIGHTLY", "FREQ is DAILY, WEEKLY, MONTHLY or YEARLY$"),
        ("FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY does not go with FREQ=WEEKLY"),
        ("FREQ=DAILY;BYSETPOS=1;BYDAY=MO", "BYSETPOS does not go with FREQ=DAILY"),
        ("FREQ=WEEKLY;COUNT=2;UNTIL=20270101", "COUNT or UNTIL, not both"),
        ("FREQ=WEEKLY;COUNT=0", "COUNT is a number from 1 to 400"),
        ("FREQ=WEEKLY;COUNT=401", "COUNT is a number from 1 to 400"),
        ("FREQ=WEEKLY;COUNT=-1", "COUNT is a number from 1 to 400"),
        ("FREQ=WEEKLY;INTERVAL=0", "INTERVAL is a number from 1 to 1000"),
        ("FREQ=WEEKLY;INTERVAL=1001", "INTERVAL is a number from 1 to 1000"),
        ("FREQ=WEEKLY;UNTIL=2027", "UNTIL is a day such as"),
        ("FREQ=WEEKLY;UNTIL=20270230", "UNTIL is a day such as"),
        ("FREQ=WEEKLY;UNTIL=20270101XYZ", "UNTIL is a day such as"),
        ("FREQ=WEEKLY;UNTIL=20270101T120000", "UNTIL is a day such as"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY is made of numbers"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,", "BYMONTHDAY is made of numbers"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY is made of numbers"),
        ("FREQ=DAILY;BYMONTH=0", "BYMONTH is made of numbers from 1 to 12"),
        ("FREQ=YEARLY;BYMONTH=13", "BYMONTH is made of numbers from 1 to 12"),
        ("FREQ=WEEKLY;BYDAY=XX", "BYDAY is made of days"),
        ("FREQ=WEEKLY;BYDAY=2MO", "BYDAY is made of days"),
        ("FREQ=MONTHLY;BYDAY=6MO", "BYDAY is made of days"),
        ("FREQ=MONTHLY;BYSETPOS=1", "BYSETPOS picks"),
        ("FREQ=WEEKLY;WKST=XX", "WKST is a day such as MO"),
        ("FREQ=YEARLY;BYWEEKNO=20;BYDAY=1MO", "with BYWEEKNO, BYDAY is made of days such as MO, without a number"),
    ],
)
def test_what_cannot_be_kept_is_refused(rule: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        check_rule(rule)


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "no occurrence within 20 years"),
        ("FREQ=DAILY;UNTIL=20260301", "UNTIL, 2026-03-01, lies before the first due, 2026-03-02"),
        ("FREQ=DAILY;UNTIL=20270406", "more than 400 occurrences"),
        ("FREQ=YEARLY;COUNT=22", "COUNT reaches more than 20 years ahead"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;COUNT=6", "COUNT reaches more than 20 years ahead: 5 at most"),
        ("FREQ=YEARLY;UNTIL=20990101", "UNTIL lies more than 20 years ahead"),
    ],
)
def test_what_never_comes_or_never_ends_is_refused(rule: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        days(rule, "2026-03-02")


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2",
        "FREQ=MONTHLY;BYMONTH=4,6,9,11;BYMONTHDAY=31",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;INTERVAL=1000;BYMONTHDAY=31;BYMONTH=2",
        "FREQ=DAILY;INTERVAL=7;BYDAY=TU",
        "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=2",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=9",
        "FREQ=YEARLY;BYDAY=MO,TU,WE;BYSETPOS=366",
        "FREQ=YEARLY;BYYEARDAY=366;BYMONTH=3",
    ],
)
def test_a_day_that_never_comes_is_not_looked_for_long(rule: str) -> None:
    begun = perf_counter()

    with pytest.raises(ValueError, match="no occurrence"):
        days(rule, "2026-03-02")

    assert perf_counter() - begun < 1


@given(
    freq=st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]),
    first=st.dates(date(2020, 1, 1), date(2099, 12, 31)).filter(lambda day: (day.month, day.day) != (2, 29)),
    interval=st.integers(1, 5),
    count=st.integers(1, 3),
)
def test_a_plain_rule_begins_on_its_first_day_and_keeps_its_count(
    freq: str, first: date, interval: int, count: int
) -> None:
    found = occurrences(f"FREQ={freq};INTERVAL={interval};COUNT={count}", first, until=first, zone=UTC)

    steps = {"DAILY": 1, "WEEKLY": 7, "MONTHLY": 28, "YEARLY": 365}
    assert found[0] == first
    assert len(found) == count
    gaps = [later - earlier for earlier, later in pairwise(found)]
    assert all(gap >= timedelta(days=steps[freq] * interval) for gap in gaps)
    if freq in ("DAILY", "WEEKLY"):
        assert set(gaps) <= {timedelta(days=steps[freq] * interval)}
    else:
        assert {day.day for day in found} == {first.day}


@pytest.mark.parametrize(
    ("day", "first", "instant"),
    [
        ("2026-03-02", "2026-03-02T08:00:00Z", "2026-03-02T08:00:00Z"),
        ("2026-03-30", "2026-03-02T08:00:00Z", "2026-03-30T07:00:00Z"),
        ("2026-10-26", "2026-03-02T08:00:00Z", "2026-10-26T08:00:00Z"),
        # Left out by the clock change: read by the offset before it.
        ("2026-03-29", "2026-03-02T01:30:00Z", "2026-03-29T01:30:00Z"),
        # Comes twice: the first.
        ("2026-10-25", "2026-03-02T01:30:00Z", "2026-10-25T00:30:00Z"),
        # The first deadline itself was the second of the two: it stays, and later ones are as above.
        ("2026-10-25", "2026-10-25T01:30:00Z", "2026-10-25T01:30:00Z"),
        ("2027-03-28", "2026-10-25T01:30:00Z", "2027-03-28T01:30:00Z"),
        ("2027-10-31", "2026-10-25T01:30:00Z", "2027-10-31T00:30:00Z"),
    ],
)
def test_deadlines_of_a_series_keep_their_local_time(day: str, first: str, instant: str) -> None:
    found = at_same_time(date.fromisoformat(day), datetime.fromisoformat(first), BERLIN)

    assert found == datetime.fromisoformat(instant)
