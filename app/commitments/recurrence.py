"""Which local days an RFC 5545 rule names (3.3.10), before its COUNT and UNTIL. Pure.

Not dateutil's `rrule`: it finds nothing for `BYDAY=1MO,TU`, BYSETPOS counts only the rest of a week that has begun, a
fifty-third Monday of March is an IndexError, and it looks for a day that never comes up to the year 9999.
"""

from calendar import isleap, monthrange
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta

Parts = Mapping[str, str]
"""The parts of a rule that was checked, by name."""

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")

_Test = Callable[[date], bool]


def days(parts: Parts, first: date, last: date) -> Iterator[date]:
    """Yield the days from *first* to *last* that the rule names, in order.

    Each day of each period (week, month, year) is asked, so that the search is as long as the time is.
    """
    parts = _completed(parts, first)
    tests = list(_tests(parts))
    positions = _numbers(parts.get("BYSETPOS", ""))
    for period in _periods(parts, first, last):
        found = [day for day in period if all(test(day) for test in tests)]
        if positions:
            found = sorted({found[n - (n > 0)] for n in positions if abs(n) <= len(found)})
        yield from (day for day in found if first <= day <= last)


def _completed(parts: Parts, first: date) -> Parts:
    """Return the rule with what it leaves to its first day."""
    if not parts.keys().isdisjoint({"BYDAY", "BYMONTHDAY", "BYYEARDAY"}):
        return parts
    if parts["FREQ"] == "WEEKLY" or "BYWEEKNO" in parts:
        return {**parts, "BYDAY": WEEKDAYS[first.weekday()]}
    if parts["FREQ"] == "MONTHLY":
        return {**parts, "BYMONTHDAY": str(first.day)}
    if parts["FREQ"] == "YEARLY":
        return {"BYMONTH": str(first.month), **parts, "BYMONTHDAY": str(first.day)}
    return parts


def _periods(parts: Parts, first: date, last: date) -> Iterator[list[date]]:
    """Yield the days of every INTERVAL-th period, from that of *first* to that of *last*."""
    every = int(parts.get("INTERVAL", 1))
    match parts["FREQ"]:
        case "DAILY":
            yield from ([first + timedelta(days=n)] for n in range(0, (last - first).days + 1, every))
        case "WEEKLY":
            start = _week_of(first, parts)
            for n in range(0, (last - start).days + 1, 7 * every):
                yield _run(start + timedelta(days=n), 7)
        case "MONTHLY":
            for n in range(_month(first), _month(last) + 1, every):
                start = date(n // 12, n % 12 + 1, 1)
                yield _run(start, _in_month(start))
        case _:
            months = sorted(_numbers(parts.get("BYMONTH", ""))) or range(1, 13)
            for year in range(first.year, last.year + 1, every):
                starts = [date(year, month, 1) for month in months]
                yield [day for start in starts for day in _run(start, _in_month(start))]


def _tests(parts: Parts) -> Iterator[_Test]:
    """Yield what a day has to be, for each part of the rule that names days."""
    for name, places in _PLACES.items():
        if name in parts:
            yield _is_at(places, parts, _numbers(parts[name]))
    if "BYDAY" in parts:
        yield _is_weekday(parts)


def _is_at(places: Callable[[date, Parts], tuple[int, ...]], parts: Parts, wanted: frozenset[int]) -> _Test:
    return lambda day: not wanted.isdisjoint(places(day, parts))


def _is_weekday(parts: Parts) -> _Test:
    named = {(int(one[:-2] or 0), one[-2:]) for one in parts["BYDAY"].split(",")}
    counted = {one for one in named if one[0]}
    # `2TU` is counted within the month; within the year only if the rule is yearly and names no month.
    by_year = parts["FREQ"] == "YEARLY" and "BYMONTH" not in parts

    def test(day: date) -> bool:
        weekday = WEEKDAYS[day.weekday()]
        if (0, weekday) in named or not counted:
            return (0, weekday) in named
        from_first, from_last = (_of_year if by_year else _of_month)(day, parts)
        nth, nth_last = (from_first + 6) // 7, -((6 - from_last) // 7)
        return not counted.isdisjoint({(nth, weekday), (nth_last, weekday)})

    return test


def _of_month(day: date, _: Parts) -> tuple[int, int]:
    """Return which day of its month it is, counted from the first (1) and from the last (-1)."""
    return day.day, day.day - _in_month(day) - 1


def _of_year(day: date, _: Parts) -> tuple[int, int]:
    passed = day.timetuple().tm_yday
    return passed, passed - _in_year(day) - 1


def _weeks(day: date, parts: Parts) -> tuple[int, int]:
    """Return which week of its year it is in. A week is of the year that most of its days are in (ISO 8601)."""
    middle = _week_of(day, parts) + timedelta(days=3)
    passed = middle.timetuple().tm_yday
    return (passed - 1) // 7 + 1, -((_in_year(middle) - passed) // 7 + 1)


_PLACES: Mapping[str, Callable[[date, Parts], tuple[int, ...]]] = {
    "BYMONTH": lambda day, _: (day.month,),
    "BYWEEKNO": _weeks,
    "BYYEARDAY": _of_year,
    "BYMONTHDAY": _of_month,
}


def _week_of(day: date, parts: Parts) -> date:
    """Return the day on which its week begins."""
    return day - timedelta(days=(day.weekday() - WEEKDAYS.index(parts.get("WKST", "MO"))) % 7)


def _run(start: date, length: int) -> list[date]:
    return [start + timedelta(days=n) for n in range(length)]


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1


def _in_month(day: date) -> int:
    return monthrange(day.year, day.month)[1]


def _in_year(day: date) -> int:
    return 365 + isleap(day.year)


def _numbers(text: str) -> frozenset[int]:
    return frozenset(int(one) for one in text.split(",") if one)
