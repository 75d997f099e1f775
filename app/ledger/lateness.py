"""When a day is over somewhere, and by how many days something is late: worked out anew, from the zone's rules.

On purpose not the server's arithmetic (`app.commitments.schedule`): a mistake there is found here.
"""

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_STEP = timedelta(minutes=15)
_SECOND = timedelta(seconds=1)
_DURATION = re.compile(
    r"P(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,5})M)?)?", re.ASCII
)


def instant(text: str) -> datetime:
    """Return an event's instant; ValueError if the calendar has no such day."""
    return datetime.fromisoformat(text)


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """Return the rules of a zone; ValueError if this computer does not know it."""
    try:
        return ZoneInfo(name)
    except (OSError, KeyError, ValueError) as error:
        raise ValueError(f"this computer does not know the time zone {name}") from error


@lru_cache(maxsize=4096)
def end_of(day: date, where: ZoneInfo) -> datetime:
    """Return the instant from which on it is never again *day*, or earlier, there.

    Found by looking: from long after the day backwards, as clocks that go back may bring a day back.
    """
    after = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=3)
    before = after
    while before.astimezone(where).date() > day:
        after, before = before, before - _STEP
    while after - before > _SECOND:
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if middle.astimezone(where).date() > day:
            after = middle
        else:
            before = middle
    return after


def is_on(due_on: str, due_at: str, where: ZoneInfo) -> bool:
    """Say whether a due instant belongs to its day: the end of it, or an instant of it."""
    day, at = date.fromisoformat(due_on), instant(due_at)
    return at == end_of(day, where) or at.astimezone(where).date() == day


def days_late(due_on: date, due_at: datetime, done_at: datetime, where: ZoneInfo) -> int:
    """Return by how many local days what was done then is late; 0 is on time, within the due day is 1."""
    return 0 if done_at < due_at else max(1, (done_at.astimezone(where).date() - due_on).days)


def due_after(length: str, start: datetime, where: ZoneInfo) -> date | datetime:
    """Return the local day, or for hours the instant, that lies so long (ISO 8601) after *start*."""
    found = _DURATION.fullmatch(length)
    years, months, weeks, days, hours, minutes = (int(part or 0) for part in found.groups()) if found else (0,) * 6
    # Days are local, hours are not: a duration has some of one kind and none of the other.
    if bool(hours or minutes) == bool(years or months or weeks or days):
        raise ValueError(f"{length[:20]} is not a duration")
    if hours or minutes:
        return start + timedelta(hours=hours, minutes=minutes)
    first = start.astimezone(where).date()
    year, month = divmod(first.year * 12 + first.month - 1 + years * 12 + months, 12)
    return _clipped(year, month + 1, first.day) + timedelta(weeks=weeks, days=days)


def _clipped(year: int, month: int, day: int) -> date:
    """Return that day, or the month's last if it has none such: a month after 31 January ends in February."""
    following = date(year + month // 12, month % 12 + 1, 1)
    return min(following - timedelta(days=1), date(year, month, 1) + timedelta(days=day - 1))
