"""Days in words: "5 March", "03/04/2026", "end of June". Pure.

Only what looks like a day is given to the parser, which would find one in "212 units" as well.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice

from dateutil import parser
from dateutil.relativedelta import relativedelta

from app.core.fields import EARLIEST, LATEST
from app.letters.pattern import Pattern


@dataclass(frozen=True, slots=True)
class Calendar:
    """What a letter's days are read by."""

    on: date
    """Where "tomorrow" and a day without a year are counted from."""
    day_first: bool | None = None
    """How 03/04/2026 is read; None if nothing tells."""


@dataclass(frozen=True, slots=True)
class Mention:
    """Words that name a day; *on* is None if they leave open which."""

    start: int
    end: int
    words: str
    on: date | None
    doubt: str = ""


_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|(?-i:May|MAY)|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY = Pattern(
    rf"(?P<iso>(?<![\d-])\d{{4}}-\d\d-\d\d(?![\d-]))"
    rf"|(?P<numbers>(?<![\d./-])\d{{1,2}}(?P<mark>[./-])\d{{1,2}}(?P=mark)(?:\d{{4}}|\d\d)(?![\d/-]|\.\d))"
    rf"|(?P<named>(?<![\d.,])\b(?:\d{{1,2}}(?:st|nd|rd|th)?[\s.-]+(?:day\s+)?(?:of\s+)?{_MONTH}(?:[\s,-]+(?P<dmy>\d{{4}}))?"
    rf"|{_MONTH}[\s-]*\d{{1,2}}(?:st|nd|rd|th)?(?![\d:%])(?:[\s,]+(?P<mdy>\d{{4}}))?)(?!\d))"
    rf"|(?P<end>\bend\s+of\s+(?P<span>(?:the|this|next)\s+(?:week|month|quarter|year)|{_MONTH}(?:[\s,]+\d{{4}})?))"
    rf"|(?P<month>\b{_MONTH}[\s,]+(?:of\s+)?\d{{4}})(?!\d)"
    rf"|(?P<near>(?<!from )\b(?:today|tomorrow|yesterday)\b|\b(?:next|this|last|by|on)\s+(?:{'|'.join(_WEEKDAYS)})\b)",
    re.IGNORECASE,
)


_MOST = 12
"""Days of one passage: what names more is not read to its end."""


def show(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def quoted(words: str) -> str:
    """Return words of a letter as a doubt names them: one line, not too long."""
    one = " ".join(words.split())
    return f"\u201c{one if len(one) <= 60 else one[:59] + '…'}\u201d"


def order(text: str) -> bool | None:
    """Say whether a letter writes the day before the month, by those of its dates that can be read in one way only."""
    pairs = [
        [int(one) for one in re.split(r"[./-]", found["numbers"])[:2]]
        for found in _DAY.finditer(text)
        if found["numbers"]
    ]
    first, second = any(a > 12 >= b for a, b in pairs), any(b > 12 >= a for a, b in pairs)
    return None if first == second else first


def mentions(text: str, calendar: Calendar, *, past: bool) -> Iterator[Mention]:
    """Return the days that a text names; where a year is left out, the nearest day in the past or else to come."""
    for found in islice(_DAY.finditer(text), _MOST):
        try:
            on, doubt = _read(found, calendar, past=past)
        except (ValueError, OverflowError):
            on, doubt = None, f"{quoted(found[0])} is no day of the calendar."
        if on and not EARLIEST.date() <= on <= LATEST.date():
            on, doubt = None, f"{quoted(found[0])} is not a year for a plan."
        yield Mention(found.start(), found.end(), found[0], on, doubt)


def _read(found: re.Match[str], calendar: Calendar, *, past: bool) -> tuple[date | None, str]:
    words = found[0]
    if found["numbers"]:
        return _numbers(words, found["mark"], calendar, past=past)
    if found["end"]:
        return _end(found["span"].lower(), calendar, past=past)
    if found["month"]:
        first = _parse(f"1 {words}", calendar.on.year)
        last = first.replace(day=monthrange(first.year, first.month)[1])
        return (None if past else last), f"{quoted(words)} names no day" + ("." if past else ": read as its last.")
    if found["near"]:
        return _near(words.lower().split(), calendar.on), f"{quoted(words)} is counted from {show(calendar.on)}."
    if found["iso"] or found["dmy"] or found["mdy"]:
        return _parse(words, calendar.on.year), ""
    return _nearest(words, calendar.on, past=past), ""


def _parse(words: str, year: int, *, day_first: bool = False) -> date:
    plain = re.sub(r"\b(?:of|day)\b|(?<=\d)(?:st|nd|rd|th)\b|[.,]", " ", words, flags=re.IGNORECASE)
    # Without a default it would ask what day it is.
    return parser.parse(plain, dayfirst=day_first, default=datetime(year, 1, 1, tzinfo=UTC), ignoretz=True).date()


def _numbers(words: str, mark: str, calendar: Calendar, *, past: bool) -> tuple[date | None, str]:
    first, second, year = (int(one) for one in words.split(mark))
    # A year of two digits would be read by what century it is.
    year = year if year > 99 else 2000 + year
    if first > 12 or second > 12 or first == second:
        return (date(year, second, first) if first > 12 else date(year, first, second)), ""
    by_day, by_month = date(year, second, first), date(year, first, second)
    if mark == ".":
        return by_day, ""  # with dots, the day is first wherever that is written
    if calendar.day_first is not None:
        on = by_day if calendar.day_first else by_month
        return on, f"{quoted(words)} is read in the order of the letter's other dates."
    likely = [one for one in (by_day, by_month) if (one <= calendar.on if past else one >= calendar.on)]
    if len(likely) == 1:
        other = "is still to come" if past else "has passed"
        return likely[0], f"{quoted(words)} is read as {show(likely[0])}: the other reading {other}."
    return None, f"{quoted(words)} is {show(by_month)} or {show(by_day)}: say which."


def _nearest(words: str, on: date, *, past: bool) -> date:
    day = _parse(words, 2000)  # a year that has every day
    years = (year for year in range(on.year - 8, on.year + 9) if day.day <= monthrange(year, day.month)[1])
    found = [day.replace(year=year) for year in years]
    return max(one for one in found if one <= on) if past else min(one for one in found if one >= on)


def _end(span: str, calendar: Calendar, *, past: bool) -> tuple[date, str]:
    on, words = calendar.on, span.replace(",", " ").split()
    if words[0][:3] in _MONTHS:
        month = _MONTHS.index(words[0][:3]) + 1
        if words[-1].isdecimal():
            year = int(words[-1])
        else:
            year = on.year + (month < on.month and not past) - (month > on.month and past)
        return date(year, month, monthrange(year, month)[1]), ""
    ahead = words[0] == "next"
    if words[1] == "week":
        last = on + timedelta(days=6 - on.weekday() + 7 * ahead)
    else:
        months = {"month": 1, "quarter": 3, "year": 12}[words[1]]
        start = date(on.year, (on.month - 1) // months * months + 1, 1)
        last = start + relativedelta(months=months * (1 + ahead)) - timedelta(days=1)
    return last, f"The {' '.join(['end of', *words])} is counted from {show(on)}."


def _near(words: list[str], on: date) -> date:
    if len(words) == 1:
        return on + timedelta(days={"today": 0, "tomorrow": 1, "yesterday": -1}[words[0]])
    away = (_WEEKDAYS.index(words[1]) - on.weekday()) % 7
    return on + timedelta(days=away - 7 if words[0] == "last" else away or 7)
