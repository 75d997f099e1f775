"""Recurrences against a second reading of RFC 5545 (3.3.10): day by day, each asked whether the rule names it."""

import calendar
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby, islice
from time import perf_counter
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrule, rrulestr
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from app.commitments.schedule import MAX_OCCURRENCES, NotADay, at_same_time, check_rule, end_of, further, occurrences

pytestmark = pytest.mark.slow

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
ZONES = (
    *("America/Los_Angeles", "Europe/Berlin", "Australia/Lord_Howe", "America/Havana", "Pacific/Apia"),
    *("America/Sao_Paulo", "Asia/Beirut", "America/Asuncion", "Asia/Kathmandu", "UTC"),
)
"""Clocks that go forward over midnight, back over it, by half an hour, and once over a whole day."""

DAY = timedelta(days=1)


def named(parts: dict[str, str], first: date, last: date) -> Iterator[date]:
    """Yield the days from *first* to *last* that the rule names, before COUNT and UNTIL."""
    rule = defaulted(parts, first)
    around = (first + timedelta(days=n) for n in range(-366, (last - first).days + 367))
    found = [day for day in around if is_due_period(rule, first, day) and is_named(rule, day)]
    picks = [int(n) for n in rule.get("BYSETPOS", "").split(",") if n]
    for _, group in groupby(found, key=lambda day: period(rule, day)):
        days = list(group)
        picked = [n - 1 if n > 0 else n + len(days) for n in picks] or range(len(days))
        yield from (day for place, day in enumerate(days) if place in picked and first <= day <= last)


def period(rule: dict[str, str], day: date) -> object:
    match rule["FREQ"]:
        case "DAILY":
            return day
        case "WEEKLY":
            return week_start(rule, day)
        case "MONTHLY":
            return day.year, day.month
        case _:
            return day.year


def defaulted(parts: dict[str, str], first: date) -> dict[str, str]:
    """Return the rule with what it leaves to its first day made explicit."""
    rule = {"INTERVAL": "1", "WKST": "MO"} | parts
    by = parts.keys() & {"BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO"}
    if rule["FREQ"] == "WEEKLY" and not by:
        rule["BYDAY"] = WEEKDAYS[first.weekday()]
    if rule["FREQ"] == "MONTHLY" and not by:
        rule["BYMONTHDAY"] = str(first.day)
    if rule["FREQ"] == "YEARLY" and not by:
        rule |= {"BYMONTHDAY": str(first.day)}
        rule.setdefault("BYMONTH", str(first.month))
    return rule


def is_due_period(rule: dict[str, str], first: date, day: date) -> bool:
    """Say whether the day, week, month or year of *day* is one of every INTERVAL."""
    interval = int(rule["INTERVAL"])
    match rule["FREQ"]:
        case "DAILY":
            passed = (day - first).days
        case "WEEKLY":
            passed = (week_start(rule, day) - week_start(rule, first)).days // 7
        case "MONTHLY":
            passed = (day.year - first.year) * 12 + day.month - first.month
        case _:
            passed = day.year - first.year
    return passed % interval == 0


def week_start(rule: dict[str, str], day: date) -> date:
    return day - timedelta(days=(day.weekday() - WEEKDAYS.index(rule["WKST"])) % 7)


def is_named(rule: dict[str, str], day: date) -> bool:
    length = calendar.monthrange(day.year, day.month)[1]
    year = 366 if calendar.isleap(day.year) else 365
    in_year = day.timetuple().tm_yday
    checks = {
        "BYMONTH": lambda n: n == day.month,
        "BYMONTHDAY": lambda n: n in (day.day, day.day - length - 1),
        "BYYEARDAY": lambda n: n in (in_year, in_year - year - 1),
    }
    for name, holds in checks.items():
        if name in rule and not any(holds(int(n)) for n in rule[name].split(",")):
            return False
    return "BYDAY" not in rule or any(is_weekday(rule, one, day) for one in rule["BYDAY"].split(","))


def is_weekday(rule: dict[str, str], one: str, day: date) -> bool:
    nth, weekday = int(one[:-2] or 0), one[-2:]
    if weekday != WEEKDAYS[day.weekday()]:
        return False
    if not nth:
        return True
    # Counted within the month, or within the year of a yearly rule that names no month.
    whole_year = rule["FREQ"] == "YEARLY" and "BYMONTH" not in rule
    others = (day + timedelta(weeks=n if nth < 0 else -n) for n in range(1, 54))
    same = (other.year == day.year and (whole_year or other.month == day.month) for other in others)
    return abs(nth) == 1 + sum(same)


@st.composite
def rules(draw: st.DrawFn) -> dict[str, str]:
    """Return the parts of a rule that people might write, and of some that they would not."""
    freq = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    rule = {"FREQ": freq}
    if draw(st.booleans()):
        rule["INTERVAL"] = str(draw(st.integers(1, 6)))
    if draw(st.booleans()):
        rule["WKST"] = draw(st.sampled_from(WEEKDAYS))
    if draw(st.booleans()):
        nth = {"MONTHLY": st.integers(-5, 5), "YEARLY": st.integers(-53, 53)}.get(freq, st.just(0))
        one = st.tuples(nth, st.sampled_from(WEEKDAYS)).map(lambda of: f"{of[0] or ''}{of[1]}")
        rule["BYDAY"] = ",".join(draw(st.lists(one, min_size=1, max_size=4, unique=True)))
    if draw(st.integers(0, 3)) == 0:
        rule["BYMONTH"] = ",".join(
            str(n) for n in draw(st.lists(st.integers(1, 12), min_size=1, max_size=4, unique=True))
        )
    if freq in ("MONTHLY", "YEARLY") and draw(st.booleans()):
        days = st.lists(st.integers(-31, 31).filter(bool), min_size=1, max_size=3, unique=True)
        rule["BYMONTHDAY"] = ",".join(str(n) for n in draw(days))
    if freq == "YEARLY" and "BYMONTHDAY" not in rule and draw(st.booleans()):
        rule["BYYEARDAY"] = ",".join(
            str(n) for n in draw(st.lists(st.integers(-366, 366).filter(bool), min_size=1, max_size=3))
        )
    if freq != "DAILY" and rule.keys() & {"BYDAY", "BYMONTHDAY", "BYYEARDAY"} and draw(st.booleans()):
        rule["BYSETPOS"] = ",".join(
            str(n) for n in draw(st.lists(st.integers(-5, 5).filter(bool), min_size=1, max_size=2))
        )
    return rule


def text(rule: dict[str, str]) -> str:
    return ";".join(f"{name}={value}" for name, value in rule.items())


@given(rules(), st.dates(date(2023, 1, 1), date(2029, 12, 31)), st.integers(1, 800))
@example({"FREQ": "MONTHLY", "BYDAY": "MO,TU,WE,TH,FR", "BYSETPOS": "-1"}, date(2026, 1, 31), 400)
@example({"FREQ": "WEEKLY", "INTERVAL": "2", "BYDAY": "MO,SU", "WKST": "SU"}, date(2026, 3, 2), 60)
@example({"FREQ": "YEARLY"}, date(2028, 2, 29), 800)
@example({"FREQ": "MONTHLY"}, date(2026, 1, 31), 400)
@settings(max_examples=50)
def test_a_rule_names_the_days_that_a_second_reading_finds(rule: dict[str, str], first: date, length: int) -> None:
    check_rule(text(rule))
    until = first + timedelta(days=length)
    expected = list(named(rule, first, until - DAY))
    assume(len(expected) <= MAX_OCCURRENCES)

    if expected:
        assert occurrences(text(rule), first, until=until, zone=ZoneInfo("UTC")) == expected
    else:
        # One is opened however far ahead, if there is any.
        assert further(text(rule), first, after=first - DAY, until=until) == []


@given(rules(), st.dates(date(2023, 1, 1), date(2029, 12, 31)))
@settings(max_examples=40)
def test_where_dateutil_knows_the_rfc_it_finds_the_same(rule: dict[str, str], first: date) -> None:
    counted = {bool(one[:-2]) for one in rule.get("BYDAY", "MO").split(",")}
    assume(counted != {True, False})
    assume(not (rule["FREQ"] == "WEEKLY" and "BYSETPOS" in rule))
    assume(not (rule["FREQ"] == "YEARLY" and counted == {True}))
    until = first + timedelta(days=600)
    theirs = rrulestr(text(rule), dtstart=datetime.combine(first, time()))
    assert isinstance(theirs, rrule)

    found = further(text(rule), first, after=first - DAY, until=until)

    assert found == [one.date() for one in islice(theirs.replace(until=until - DAY), MAX_OCCURRENCES)]


@given(rules(), st.dates(date(2023, 1, 1), date(2029, 12, 31)), st.integers(1, 12), st.data())
@settings(max_examples=50)
def test_count_until_and_exceptions_cut_what_the_rule_names(
    rule: dict[str, str], first: date, count: int, data: st.DataObject
) -> None:
    expected = list(islice(named(rule, first, first + timedelta(days=1500)), count))
    assume(len(expected) == count)
    excepted = data.draw(st.lists(st.sampled_from(expected), unique=True, max_size=count - 1))
    kept = [day for day in expected if day not in excepted]
    zone = ZoneInfo(data.draw(st.sampled_from(ZONES)))
    last_second = end_of(expected[-1], zone) - timedelta(seconds=1)
    ends = (f"COUNT={count}", f"UNTIL={expected[-1]:%Y%m%d}", f"UNTIL={last_second:%Y%m%dT%H%M%SZ}")

    for end in ends:
        found = occurrences(f"{text(rule)};{end}", first, until=first, zone=zone, except_on=excepted)
        assert found == kept, end


@given(rules(), st.dates(date(2023, 1, 1), date(2029, 12, 31)), st.integers(1, 300), st.integers(1, 300))
@settings(max_examples=50)
def test_what_is_opened_later_goes_on_where_the_first_ended(
    rule: dict[str, str], first: date, opened: int, more: int
) -> None:
    expected = list(named(rule, first, first + timedelta(days=opened + more)))
    assume(expected and len(expected) <= MAX_OCCURRENCES)
    seen = [day for day in expected if day <= first + timedelta(days=opened)]
    assume(seen)

    later = further(text(rule), first, after=seen[-1], until=first + timedelta(days=opened + more + 1))

    assert seen + later == expected


@given(rules(), st.dates(date(2023, 1, 1), date(2029, 12, 31)), st.data())
@settings(max_examples=50)
def test_a_day_that_the_second_reading_does_not_find_cannot_be_excepted(
    rule: dict[str, str], first: date, data: st.DataObject
) -> None:
    found = set(named(rule, first, first + timedelta(days=400)))
    assume(0 < len(found) <= MAX_OCCURRENCES and min(found) < first + timedelta(days=300))
    unnamed = sorted({first + timedelta(days=n) for n in range(400)} - found)
    assume(unnamed)
    wrong = data.draw(st.sampled_from(unnamed))

    with pytest.raises(NotADay, match=f"{wrong} is no day of this recurrence"):
        occurrences(text(rule), first, until=first + timedelta(days=400), zone=ZoneInfo("UTC"), except_on=[wrong])


def ended(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant from which on no minute of three days is *day* or earlier there: each is looked at."""
    start = datetime.combine(day, time(), UTC)
    minutes = [start + timedelta(minutes=n) for n in range(-14 * 60, 3 * 24 * 60)]
    last = max(one for one in minutes if one.astimezone(zone).date() <= day)
    return last + timedelta(minutes=1)


@given(st.sampled_from(ZONES), st.dates(date(2010, 1, 1), date(2030, 12, 31)))
@example("America/Havana", date(2026, 3, 7))
@example("America/Havana", date(2026, 10, 31))
@example("Pacific/Apia", date(2011, 12, 29))
@example("Pacific/Apia", date(2011, 12, 30))
@example("America/Sao_Paulo", date(2018, 11, 3))
@example("America/Sao_Paulo", date(2019, 2, 16))
@example("Australia/Lord_Howe", date(2026, 4, 5))
@example("Asia/Beirut", date(2026, 10, 24))
@settings(max_examples=40)
def test_a_day_is_over_when_no_minute_of_it_comes_any_more(zone: str, day: date) -> None:
    assert end_of(day, ZoneInfo(zone)) == ended(day, ZoneInfo(zone))


@given(st.sampled_from(ZONES), st.dates(date(2010, 1, 1), date(2029, 12, 31)), st.times(), st.integers(0, 400))
@settings(max_examples=200)
def test_a_deadline_recurs_at_its_local_time_or_where_that_is_left_out_by_the_offset_before(
    zone: str, day: date, clock: time, ahead: int
) -> None:
    where = ZoneInfo(zone)
    first = datetime.combine(day, clock.replace(microsecond=0), where).astimezone(UTC)
    local = first.astimezone(where)
    later = local.date() + timedelta(days=ahead)

    found = at_same_time(later, first, where)

    wanted = datetime.combine(later, local.time().replace(fold=0))
    if ahead == 0:
        assert found == first
    elif found.astimezone(where).replace(tzinfo=None) == wanted:
        # Where it comes twice, it is the first: nothing earlier within a day has that local time.
        sooner = [found - timedelta(minutes=n) for n in (30, 60, 120)]
        assert all(one.astimezone(where).replace(tzinfo=None) != wanted for one in sooner)
    else:
        # It does not exist, and is as long after the last moment before the gap as it says.
        before = datetime.combine(later, wanted.time(), where).utcoffset()
        assert before is not None
        assert found == (wanted - before).replace(tzinfo=UTC)
        assert (found - timedelta(hours=25)).astimezone(where).utcoffset() == before


@given(rules(), st.dates(date(2023, 1, 1), date(2029, 12, 31)))
@settings(max_examples=40)
def test_no_rule_is_followed_for_long(rule: dict[str, str], first: date) -> None:
    begun = perf_counter()

    with suppress(ValueError):
        occurrences(text(rule), first, until=first + timedelta(days=7000), zone=ZoneInfo("UTC"))

    assert perf_counter() - begun < 1
