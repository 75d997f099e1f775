"""A due may lie some time after the approval: in local days, or in hours."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.relativedelta import relativedelta

from app.commitments.schedule import day_after, instant_after, parse_duration


@pytest.mark.parametrize(
    ("approved", "length", "zone", "day"),
    [
        ("2026-11-20T17:04:00Z", "P14D", "America/Los_Angeles", "2026-12-04"),
        ("2026-11-21T07:59:59Z", "P14D", "America/Los_Angeles", "2026-12-04"),
        ("2026-11-21T08:00:00Z", "P14D", "America/Los_Angeles", "2026-12-05"),
        ("2026-01-31T12:00:00Z", "P1M", "UTC", "2026-02-28"),
        ("2028-01-31T12:00:00Z", "P1M", "UTC", "2028-02-29"),
        ("2028-02-29T12:00:00Z", "P1Y", "UTC", "2029-02-28"),
        ("2026-03-01T12:00:00Z", "P1Y2M3W4D", "UTC", "2027-05-26"),
        ("2026-03-01T12:00:00Z", "P20Y", "UTC", "2046-03-01"),
        ("2026-10-24T12:00:00Z", "P1D", "Europe/Berlin", "2026-10-25"),
    ],
)
def test_days_are_counted_from_the_local_day_of_the_approval(approved: str, length: str, zone: str, day: str) -> None:
    after = parse_duration(length)

    assert isinstance(after, relativedelta)
    assert day_after(datetime.fromisoformat(approved), after, ZoneInfo(zone)) == date.fromisoformat(day)


@pytest.mark.parametrize(
    ("approved", "length", "instant"),
    [
        ("2026-03-07T10:00:00Z", "PT72H", "2026-03-10T10:00:00Z"),
        ("2026-03-07T10:00:00.999Z", "PT90M", "2026-03-07T11:30:00Z"),
        ("2026-10-24T22:30:00Z", "PT36H", "2026-10-26T10:30:00Z"),
        ("2026-03-07T10:00:00Z", "PT24H", "2026-03-08T10:00:00Z"),
        ("2026-03-07T10:00:00Z", "PT1H59M", "2026-03-07T11:59:00Z"),
        ("2026-03-07T10:00:00Z", "PT8760H", "2027-03-07T10:00:00Z"),
    ],
)
def test_hours_pass_whatever_clocks_show(approved: str, length: str, instant: str) -> None:
    after = parse_duration(length)

    assert isinstance(after, timedelta)
    assert instant_after(datetime.fromisoformat(approved), after) == datetime.fromisoformat(instant)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "ISO 8601"),
        ("P", "ISO 8601"),
        ("PT", "ISO 8601"),
        ("14D", "ISO 8601"),
        ("P14", "ISO 8601"),
        ("p14d", "ISO 8601"),
        ("P-14D", "ISO 8601"),
        ("P1.5D", "ISO 8601"),
        ("P14D ", "ISO 8601"),
        ("P\N{ARABIC-INDIC DIGIT ONE}D", "ISO 8601"),
        ("P1D1M", "ISO 8601"),
        ("P1DT1H", "not both"),
        ("P0D", "longer than nothing"),
        ("PT0H0M", "longer than nothing"),
        ("P21Y", "at most 20 years"),
        ("P20Y1M", "at most 20 years"),
        ("P7301D", "at most 20 years"),
        ("PT8761H", "at most 20 years, or a year in hours"),
    ],
)
def test_what_is_no_duration_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_duration(text)
