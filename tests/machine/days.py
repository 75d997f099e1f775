"""When something is due, worked out a second time: by looking at the calendar, not by the server's arithmetic."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import count, islice, takewhile
from zoneinfo import ZoneInfo

ZONES = (
    "Europe/Berlin",
    "America/Los_Angeles",
    "America/Havana",
    "America/Santiago",
    "Africa/Cairo",
    "Asia/Beirut",
    "Australia/Lord_Howe",
    "UTC",
)
"""Clocks change at 02:00, at midnight forwards and backwards, by half an hour, and not at all."""

FAR = timedelta(days=400)
AHEAD = timedelta(days=300)
"""What recurs without an end is opened so far ahead, and further once less than that is left (docs/recurrence.md)."""


def local(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()


@cache
def over(day: date, zone: str) -> datetime:
    """Return the first instant from which on it is never again *day* there, looking back from long after."""
    at = datetime.combine(day, time(), UTC) + timedelta(days=3)
    while local(at - timedelta(minutes=1), zone) > day:
        at -= timedelta(minutes=1)
    return at


def days_late(due_on: date, due_at: datetime, at: datetime, zone: str) -> int:
    """Return the local days after the due day, at least 1, if the due had passed at that instant; else 0."""
    return max(1, (local(at, zone) - due_on).days) if due_at <= at else 0


@dataclass(frozen=True)
class Rule:
    """A way to recur: what RFC 5545 calls it, which days it names, and how many of them at most."""

    text: str
    step: str
    every: int = 1
    count: int | None = None
    until: date | None = None
    excepted: frozenset[date] = frozenset()
    """Days that are left out; they count all the same."""

    @property
    def is_endless(self) -> bool:
        return self.count is None and self.until is None

    def named(self, first: date) -> Iterator[date]:
        """Yield the days from *first* on, without an end."""
        if self.step == "days":
            yield from (first + timedelta(days=self.every * n) for n in count())
        elif self.step == "mo,fr":
            yield from (day for n in count() if (day := first + timedelta(days=n)).weekday() in (0, 4))
        else:
            months = (divmod(first.year * 12 + first.month - 1 + self.every * n, 12) for n in count())
            lasts = ((year, month + 1, monthrange(year, month + 1)[1]) for year, month in months)
            if self.step == "ends of months":
                yield from (date(*last) for last in lasts)
            else:  # A month that has no such day is left out.
                yield from (date(year, month, first.day) for year, month, last in lasts if first.day <= last)

    def days(self, first: date, *, before: date) -> list[date]:
        """Return the days of a commitment that is due on *first*; one without an end as far as the day *before*."""
        named = self.named(first)
        limit = before if self.until is None else self.until + timedelta(days=1)
        found = islice(named, self.count) if self.count else takewhile(lambda day: day < limit, named)
        return [day for day in found if day not in self.excepted]


RULES = (
    Rule("FREQ=WEEKLY;COUNT=4", "days", every=7, count=4),
    Rule("FREQ=DAILY;INTERVAL=3;COUNT=5", "days", every=3, count=5),
    Rule("FREQ=WEEKLY;BYDAY=MO,FR;COUNT=5", "mo,fr", count=5),
    Rule("FREQ=MONTHLY;COUNT=3", "months", count=3),
    Rule("FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3", "ends of months", count=3),
    Rule("FREQ=WEEKLY;INTERVAL=2;UNTIL=20261231", "days", every=14, until=date(2026, 12, 31)),
    Rule("FREQ=MONTHLY", "months"),
    Rule("FREQ=MONTHLY;INTERVAL=2", "months", every=2),
    Rule("FREQ=DAILY;INTERVAL=45", "days", every=45),
)
