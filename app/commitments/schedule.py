"""When something is due: days in the plan's zone, instants, time after approval, and recurrence (RFC 5545)."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from app.commitments import recurrence

HORIZON = timedelta(days=400)
"""How far ahead of a plan's approval a series without an end is opened, and how far it is extended."""

AHEAD = timedelta(days=300)
"""A series without an end is extended when less than this lies ahead: no delay of that job can hide an overdue one."""

MAX_OCCURRENCES = 400
"""Of one series at one time: a daily check for more than a year."""

_LONGEST = timedelta(days=7305)

_DURATION = re.compile(
    r"P(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,5})M)?)?",
    re.ASCII,
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
_TIMES = frozenset({"BYHOUR", "BYMINUTE", "BYSECOND"})
_FREQUENT = frozenset({"HOURLY", "MINUTELY", "SECONDLY"})
# What RFC 5545 (3.3.10) leaves out; and of the one day of a daily rule there is nothing to pick.
_MEANINGLESS = {
    "DAILY": frozenset({"BYYEARDAY", "BYWEEKNO", "BYSETPOS"}),
    "WEEKLY": frozenset({"BYMONTHDAY", "BYYEARDAY", "BYWEEKNO"}),
    "MONTHLY": frozenset({"BYYEARDAY", "BYWEEKNO"}),
    "YEARLY": frozenset[str](),
}
_MOST = {"BYMONTH": 12, "BYMONTHDAY": 31, "BYYEARDAY": 366, "BYWEEKNO": 53, "BYSETPOS": 366}
_WEEKDAY = re.compile(r"([+-]?[1-9][0-9]?)?(MO|TU|WE|TH|FR|SA|SU)")
_NTH = {"MONTHLY": 5, "YEARLY": 53}
"""The highest N of `BYDAY=NMO`; there is none in a week."""
_UNTIL = re.compile(r"[0-9]{8}(T[0-9]{6}Z)?")


class NotADay(ValueError):
    """A day was excepted that the rule does not name, so that excepting it changes nothing."""


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant from which *day* is over in *zone*: the first of the next local day.

    Not always midnight: clocks go forward over it in some zones (the day starts at 01:00), and back over it in others,
    where midnight comes twice and the day is only over after the second. Clocks that go back to midnight, as in Havana,
    leave the day before over.
    """
    midnight = datetime.combine(day + timedelta(days=1), time(), zone)
    first, second = (midnight.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    if second >= first:
        return second if (second - timedelta(seconds=1)).astimezone(zone).date() <= day else first
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


Length = relativedelta | timedelta
"""Days, months and years of a calendar; or hours and minutes, however long the days are meanwhile."""


def parse_duration(text: str) -> Length:
    """Return an ISO 8601 duration (`P14D`, `P1M`, `PT72H`); ValueError says what is wrong with another."""
    found = _DURATION.fullmatch(text)
    if not found or not any(found.groups()):
        raise ValueError("a duration is text such as P14D or PT72H (ISO 8601)")
    years, months, weeks, days, hours, minutes = (int(part or 0) for part in found.groups())
    if (hours or minutes) and (years or months or weeks or days):
        raise ValueError("either days, as in P14D, or hours, as in PT72H: not both")
    if not any((years, months, weeks, days, hours, minutes)):
        raise ValueError("longer than nothing")
    if years * 12 + months > 240 or weeks * 7 + days > 7300 or hours * 60 + minutes > 525_600:
        raise ValueError("at most 20 years, or a year in hours")
    if hours or minutes:
        return timedelta(hours=hours, minutes=minutes)
    return relativedelta(years=years, months=months, weeks=weeks, days=days)


def day_after(approved_at: datetime, length: relativedelta, zone: ZoneInfo) -> date:
    """Return the local day that lies *length* after the approval's local day."""
    return approved_at.astimezone(zone).date() + length


def instant_after(approved_at: datetime, length: timedelta) -> datetime:
    """Return the instant that lies *length* after the approval, to the second."""
    return (approved_at + length).replace(microsecond=0)


def check_rule(rule: str) -> None:
    """Raise ValueError, saying why, unless *rule* is a recurrence that can be kept: RFC 5545, daily at most."""
    if not _RULE.fullmatch(rule):
        raise ValueError("a recurrence is an RFC 5545 rule such as FREQ=WEEKLY;BYDAY=FR;COUNT=26")
    parts = _parts(rule)
    if len(parts) != rule.count("="):
        raise ValueError("a part of the rule is given twice")
    if parts.keys() & _TIMES or parts.get("FREQ") in _FREQUENT:
        raise ValueError("FREQ is DAILY, WEEKLY, MONTHLY or YEARLY, without hours: a commitment is kept by the day")
    if not rule.startswith("FREQ=") or parts.keys() - _PARTS:
        raise ValueError(f"FREQ comes first, then any of {', '.join(sorted(_PARTS - {'FREQ'}))}")
    if parts["FREQ"] not in _MEANINGLESS:
        raise ValueError("FREQ is DAILY, WEEKLY, MONTHLY or YEARLY")
    if misplaced := parts.keys() & _MEANINGLESS[parts["FREQ"]]:
        raise ValueError(f"{min(misplaced)} does not go with FREQ={parts['FREQ']}; try MONTHLY or YEARLY")
    _check_length(parts)
    _check_numbers(parts)


def horizon(approved_at: datetime, first: date) -> date:
    """Return the day before which a series without an end is opened when it is approved."""
    return max(approved_at.date() + HORIZON, first + AHEAD)


def has_end(rule: str) -> bool:
    return not _parts(rule).keys().isdisjoint({"COUNT", "UNTIL"})


def occurrences(rule: str, first: date, *, until: date, zone: ZoneInfo, except_on: Sequence[date] = ()) -> list[date]:
    """Return the local days of a recurrence in *zone*, from *first* on, without those *except_on* (EXDATE).

    A rule with COUNT or UNTIL is followed to its end, one without to the day before *until*. A first day that the rule
    does not name is no occurrence; an excepted day counts towards COUNT (RFC 5545, 3.8.5.1). ValueError if there is
    none, more than can be opened at once, or no end in sight; NotADay if the rule does not name an excepted one.
    """
    parts = _parts(rule)
    end = _until(parts["UNTIL"], zone) if "UNTIL" in parts else None
    if end and end < first:
        raise ValueError(f"UNTIL, {end}, lies before the first due, {first}")
    if end and end > first + _LONGEST:
        raise ValueError("UNTIL lies more than 20 years ahead: give an earlier one")
    named = recurrence.days(parts, first, end or first + _LONGEST)
    if has_end(rule):
        days = list(islice(named, int(parts.get("COUNT", MAX_OCCURRENCES + 1))))
    else:
        # The first is opened however far ahead it is: from there on the series is extended.
        named = (day for day in named if day not in except_on)
        days = [*islice(named, 1), *islice(takewhile(lambda day: day < until, named), MAX_OCCURRENCES)]
    if len(days) > MAX_OCCURRENCES:
        raise ValueError(f"more than {MAX_OCCURRENCES} occurrences: give a COUNT, or an earlier UNTIL")
    if 0 < len(days) < int(parts.get("COUNT", 0)):
        raise ValueError(f"COUNT reaches more than 20 years ahead: {len(days)} at most")
    if except_on:
        _check_exceptions(rule, first, days, except_on)
        days = [day for day in days if day not in except_on]
    if not days:
        why = "is excepted on every day of it" if except_on else "has no occurrence within 20 years"
        raise ValueError(f"this recurrence {why}")
    return days


def first_due(rule: str, first: date, deadline: datetime | None, *, zone: ZoneInfo) -> datetime | None:
    """Return when a recurrence from *first* on is due for the first time, perhaps at the local time of *deadline*.

    None if there is no such day within 20 years.
    """
    day = next(iter(recurrence.days(_parts(rule), first, first + _LONGEST)), None)
    if day is None:
        return None
    return at_same_time(day, deadline, zone) if deadline else end_of(day, zone)


def further(rule: str, first: date, *, after: date, until: date, except_on: Sequence[date] = ()) -> list[date]:
    """Return the days of a recurrence from *first* on that lie after *after* and before *until*, or as many as fit."""
    found = recurrence.days(_parts(rule), first, until - timedelta(days=1))
    return list(islice((day for day in found if day > after and day not in except_on), MAX_OCCURRENCES))


def at_same_time(day: date, first: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant on *day* at the local time of *first*.

    A local time that a clock change leaves out is read by the offset before it, one that comes twice is the first
    (RFC 5545, 3.3.5).
    """
    local = first.astimezone(zone)
    if day == local.date():
        return first
    return datetime.combine(day, local.time().replace(fold=0), zone).astimezone(UTC)


def _parts(rule: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in rule.split(";"))


def _until(text: str, zone: ZoneInfo) -> date:
    """Return the last local day of an UNTIL. With a time it is in UTC (RFC 5545), and its day in *zone* counts."""
    shape = "%Y%m%dT%H%M%SZ" if "T" in text else "%Y%m%d"
    try:
        found = datetime.strptime(text if _UNTIL.fullmatch(text) else "", shape)
        return found.replace(tzinfo=UTC).astimezone(zone).date() if "T" in text else found.date()
    except (ValueError, OverflowError):
        raise ValueError("UNTIL is a day such as 20270930, or an instant such as 20270930T220000Z") from None


def _check_length(parts: dict[str, str]) -> None:
    if "COUNT" in parts and "UNTIL" in parts:
        raise ValueError("COUNT or UNTIL, not both (RFC 5545, 3.3.10)")
    for name, most in (("COUNT", MAX_OCCURRENCES), ("INTERVAL", 1000)):
        if name in parts and not (parts[name].isdecimal() and 1 <= int(parts[name]) <= most):
            raise ValueError(f"{name} is a number from 1 to {most}")
    if "UNTIL" in parts:
        _until(parts["UNTIL"], ZoneInfo("UTC"))


def _check_numbers(parts: dict[str, str]) -> None:
    """Raise ValueError at a number or a weekday that no day has, and at one that is counted within nothing."""
    for name in parts.keys() & _MOST.keys():
        numbers = parts[name].split(",")
        least = 1 if name == "BYMONTH" else -_MOST[name]
        if not all(
            re.fullmatch(r"[+-]?[0-9]{1,3}", one) and int(one) and least <= int(one) <= _MOST[name] for one in numbers
        ):
            raise ValueError(f"{name} is made of numbers from {least} to {_MOST[name]}, without 0")
    most = _NTH.get(parts["FREQ"], 0)
    for one in parts["BYDAY"].split(",") if "BYDAY" in parts else ():
        found = _WEEKDAY.fullmatch(one)
        if not found or abs(int(found[1] or 0)) > most:
            raise ValueError("BYDAY is made of days such as MO, and where FREQ is MONTHLY or YEARLY, of -1MO or 2TU")
    if "BYWEEKNO" in parts and re.search("[0-9]", parts.get("BYDAY", "")):
        raise ValueError("with BYWEEKNO, BYDAY is made of days such as MO, without a number (RFC 5545, 3.3.10)")
    if parts.get("WKST", "MO") not in recurrence.WEEKDAYS:
        raise ValueError("WKST is a day such as MO: where a week begins")
    if "BYSETPOS" in parts and not any(name.startswith("BY") for name in parts.keys() - {"BYSETPOS"}):
        raise ValueError("BYSETPOS picks from what another BY... names (RFC 5545, 3.3.10)")


def _check_exceptions(rule: str, first: date, opened: Sequence[date], except_on: Sequence[date]) -> None:
    """Raise NotADay unless the rule names each of them: among those *opened*, if it has an end."""
    last = max(except_on)
    if last > first + _LONGEST:
        raise NotADay(f"{last} lies more than 20 years ahead")
    named = opened if has_end(rule) else recurrence.days(_parts(rule), first, last)
    for day in sorted(set(except_on).difference(named)):
        raise NotADay(f"{day} is no day of this recurrence, so there is nothing to except")
