"""When something is due: days in the plan's zone, instants, time after approval, and recurrence (RFC 5545)."""

import re
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from dateutil.rrule import rrule, rrulestr

HORIZON = timedelta(days=400)
"""How far ahead of a plan's approval a series without an end is opened."""

MAX_OCCURRENCES = 400
"""Of one series at one time: a daily check for more than a year."""

_DURATION = re.compile(
    r"P(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,5})M)?)?"
)
_RULE = re.compile(r"[A-Z]+=[A-Z0-9,+-]+(;[A-Z]+=[A-Z0-9,+-]+)*")
_PARTS = frozenset(
    {
        "FREQ",
        "INTERVAL",
        "COUNT",
        "UNTIL",
        "BYDAY",
        "BYMONTHDAY",
        "BYMONTH",
        "BYYEARDAY",
        "BYWEEKNO",
        "BYSETPOS",
        "WKST",
    }
)
# What RFC 5545 (3.3.10) leaves out, and BYMONTHDAY and BYSETPOS of a daily rule, which could search for days that
# never come.
_MEANINGLESS = {
    "DAILY": frozenset({"BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS"}),
    "WEEKLY": frozenset({"BYMONTHDAY", "BYYEARDAY", "BYWEEKNO"}),
    "MONTHLY": frozenset({"BYYEARDAY", "BYWEEKNO"}),
    "YEARLY": frozenset[str](),
}


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant from which *day* is over in *zone*: the first of the next local day.

    Not always midnight: clocks go forward over it in some zones (the day starts at 01:00), and back over it in others,
    where midnight comes twice and the day is only over after the second.
    """
    midnight = datetime.combine(day + timedelta(days=1), time(), zone)
    first, second = (midnight.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    if second >= first:
        return second
    # Midnight does not exist. Reading it by the offset before and after the gap brackets the moment of the change.
    while first - second > timedelta(seconds=1):
        middle = second + (first - second) // 2
        middle = middle.replace(microsecond=0)
        if middle.astimezone(zone).date() > day:
            first = middle
        else:
            second = middle
    return first if second.astimezone(zone).date() <= day else second


def day_of(instant: datetime, zone: ZoneInfo) -> date:
    """Return the local day that a deadline given as an instant belongs to."""
    return instant.astimezone(zone).date()


def parse_duration(text: str) -> relativedelta:
    """Return an ISO 8601 duration (`P14D`, `P1M`, `PT72H`); ValueError says what is wrong with another."""
    found = _DURATION.fullmatch(text)
    if not found or not any(found.groups()):
        raise ValueError("a duration is text such as P14D or PT72H (ISO 8601)")
    years, months, weeks, days, hours, minutes = (int(part or 0) for part in found.groups())
    if (hours or minutes) and (years or months or weeks or days):
        raise ValueError("either days, as in P14D, or hours, as in PT72H: not both")
    length = relativedelta(years=years, months=months, weeks=weeks, days=days, hours=hours, minutes=minutes)
    if not length:
        raise ValueError("longer than nothing")
    if years * 12 + months > 240 or weeks * 7 + days > 7300 or hours * 60 + minutes > 525_600:
        raise ValueError("at most 20 years, or a year in hours")
    return length


def is_in_hours(length: relativedelta) -> bool:
    """Say whether a duration ends at an instant (`PT72H`) and not on a day (`P14D`)."""
    return bool(length.hours or length.minutes)


def day_after(approved_at: datetime, length: relativedelta, zone: ZoneInfo) -> date:
    """Return the local day that lies *length* after the approval's local day."""
    return approved_at.astimezone(zone).date() + length


def instant_after(approved_at: datetime, length: relativedelta) -> datetime:
    """Return the instant that lies *length* after the approval, to the second."""
    later = approved_at + timedelta(hours=length.hours + 24 * length.days, minutes=length.minutes)
    return later.replace(microsecond=0)


def check_rule(rule: str) -> None:
    """Raise ValueError, saying why, unless *rule* is a recurrence that can be kept: RFC 5545, daily at most."""
    if not _RULE.fullmatch(rule):
        raise ValueError("a recurrence is an RFC 5545 rule such as FREQ=WEEKLY;BYDAY=FR;COUNT=26")
    parts = _parts(rule)
    if len(parts) != rule.count("="):
        raise ValueError("a part of the rule is given twice")
    if not rule.startswith("FREQ=") or parts.keys() - _PARTS:
        raise ValueError(f"FREQ comes first, then any of {', '.join(sorted(_PARTS - {'FREQ'}))}")
    if parts["FREQ"] not in _MEANINGLESS:
        raise ValueError("FREQ is DAILY, WEEKLY, MONTHLY or YEARLY: a commitment is kept by the day")
    if misplaced := parts.keys() & _MEANINGLESS[parts["FREQ"]]:
        raise ValueError(f"{min(misplaced)} does not go with FREQ={parts['FREQ']}; try MONTHLY or YEARLY")
    if "COUNT" in parts and "UNTIL" in parts:
        raise ValueError("COUNT or UNTIL, not both (RFC 5545, 3.3.10)")
    for name, most in (("COUNT", MAX_OCCURRENCES), ("INTERVAL", 1000)):
        if name in parts and not (parts[name].isdecimal() and 1 <= int(parts[name]) <= most):
            raise ValueError(f"{name} is a number from 1 to {most}")
    if "UNTIL" in parts:
        _until(parts["UNTIL"])
    _rule(parts, datetime(2026, 1, 1))


def has_end(rule: str) -> bool:
    return not _parts(rule).keys().isdisjoint({"COUNT", "UNTIL"})


def occurrences(rule: str, first: date, *, until: date) -> list[date]:
    """Return the days of a recurrence from *first* on.

    A rule with COUNT or UNTIL is followed to its end, one without to *until*. A first day that the rule does not name
    is no occurrence. ValueError if there is none, or more than can be opened at once.
    """
    parts = _parts(rule)
    wanted = int(parts.get("COUNT", MAX_OCCURRENCES + 1))
    found = islice(_rule(parts, datetime.combine(first, time())), wanted)
    days = [one.date() for one in found if has_end(rule) or one.date() <= until]
    if not days:
        raise ValueError("this recurrence has no occurrence within 20 years")
    if len(days) > MAX_OCCURRENCES:
        raise ValueError(f"more than {MAX_OCCURRENCES} occurrences: give a COUNT, or an earlier UNTIL")
    return days


def at_same_time(day: date, first: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant on *day* at the local time of *first*.

    A local time that a clock change leaves out is read by the offset before it, one that comes twice is the first
    (RFC 5545, 3.3.5).
    """
    local = first.astimezone(zone)
    return datetime.combine(day, local.time(), zone).astimezone(UTC)


def _parts(rule: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in rule.split(";"))


def _until(text: str) -> datetime:
    """Return the last moment of an UNTIL's day. A time in it is in UTC (RFC 5545); days are compared here."""
    try:
        return datetime.combine(datetime.strptime(text[:8], "%Y%m%d").date(), time.max)
    except ValueError:
        raise ValueError("UNTIL is a day such as 20270930") from None


def _rule(parts: dict[str, str], first: datetime) -> rrule:
    """Return the rule from *first* on, in local time without a zone, for 20 years at most.

    COUNT is left to the caller: without an end of its own, a rule that never fires would be searched to the year 9999.
    """
    text = ";".join(f"{name}={value}" for name, value in parts.items() if name not in ("COUNT", "UNTIL"))
    end = min(_until(parts["UNTIL"]) if "UNTIL" in parts else datetime.max, first + timedelta(days=7305))
    try:
        parsed = rrulestr(text, dtstart=first)
    except (ValueError, TypeError, IndexError, KeyError) as error:
        raise ValueError(f"the rule is not understood: {error}") from None
    assert isinstance(parsed, rrule)
    return parsed.replace(until=end)
