"""When a day is over somewhere, and what lies a month after the 31st: the verifier's own arithmetic."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from app.ledger.lateness import due_after, end_of

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("zone", "day", "end"),
    [
        ("Europe/Berlin", "2026-03-10", "2026-03-10T23:00:00Z"),
        ("Europe/Berlin", "2026-03-29", "2026-03-29T22:00:00Z"),
        # At midnight the clock went back to 23:00 of the same day, which then ended an hour later.
        ("America/Sao_Paulo", "2018-02-17", "2018-02-18T03:00:00Z"),
        # Samoa left out the 30th: it was over with the 29th.
        ("Pacific/Apia", "2011-12-29", "2011-12-30T10:00:00Z"),
        ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"),
        # 44 minutes and a half behind.
        ("Africa/Monrovia", "1971-06-01", "1971-06-02T00:44:30Z"),
        ("Asia/Kathmandu", "2026-03-10", "2026-03-10T18:15:00Z"),
    ],
)
def test_a_day_ends_when_it_never_comes_back(zone: str, day: str, end: str) -> None:
    assert end_of(date.fromisoformat(day), ZoneInfo(zone)) == datetime.fromisoformat(end)


@pytest.mark.parametrize(
    ("length", "start", "due"),
    [
        ("P1M", "2026-01-31T12:00:00Z", "2026-02-28"),
        ("P1M", "2028-01-31T12:00:00Z", "2028-02-29"),
        ("P1M", "2026-12-31T12:00:00Z", "2027-01-31"),
        ("P11M", "2026-01-15T12:00:00Z", "2026-12-15"),
        ("P1Y", "2028-02-29T12:00:00Z", "2029-02-28"),
        ("P1Y2M3W4D", "2026-01-31T12:00:00Z", "2027-04-25"),
        # It is the 3rd in Berlin already.
        ("P1D", "2026-03-02T23:30:00Z", "2026-03-04"),
    ],
)
def test_days_and_months_are_counted_where_the_plan_is(length: str, start: str, due: str) -> None:
    assert due_after(length, datetime.fromisoformat(start), BERLIN) == date.fromisoformat(due)


def test_hours_are_counted_as_they_pass() -> None:
    start = datetime(2026, 3, 28, 12, tzinfo=UTC)

    assert due_after("PT24H30M", start, BERLIN) == datetime(2026, 3, 29, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize("length", ["", "P", "PT", "1D", "P1D ", "P1.5D", "P-1D", "P1H", "PT1S", "P12345D", "P\u0661D"])
def test_what_is_no_duration_is_refused(length: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        due_after(length, datetime(2026, 3, 2, tzinfo=UTC), BERLIN)


@pytest.mark.parametrize("length", ["P8DT1H", "P1MT30M", "P0D", "PT0H"])
def test_what_the_server_refuses_as_a_duration_is_refused(length: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        due_after(length, datetime(2026, 3, 2, tzinfo=UTC), BERLIN)
