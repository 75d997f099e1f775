"""When something is due, how often, and when it was done, as people write it. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice

from app.commitments import schedule
from app.letters.days import Calendar, Mention, mentions, quoted, show
from app.letters.pattern import Pattern


@dataclass(slots=True)
class Timing:
    """What a passage says about time. *found* is where it says so: the name of the field, begin, end."""

    due_on: date | None = None
    due_after_approval: str | None = None
    recurrence: str | None = None
    performed_on: date | None = None
    found: list[tuple[str, int, int]] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


_MOST = 12
"""Lengths of one passage."""
_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_NUMBERS = {word: number for number, word in enumerate(_WORDS, 1)}
_NUMBERS |= {
    "a": 1,
    "an": 1,
    "other": 2,
    "fourteen": 14,
    "fifteen": 15,
    "twenty": 20,
    "thirty": 30,
    "sixty": 60,
    "ninety": 90,
}
_N = rf"(?P<n>\d{{1,5}}|{'|'.join(_NUMBERS)})(?:\s*\(\d{{1,5}}\))?"
_LENGTH = rf"{_N}[\s-]+(?P<kind>(?:business|working|calendar)[\s-]+)?(?P<unit>hour|hr|day|week|month|year)s?\b"
_WITHIN = Pattern(
    rf"\b(?P<how>(?:within|in|not?\s+later\s+than)\s+(?:the\s+)?(?:next\s+|first\s+|coming\s+|following\s+)?)?{_LENGTH}"
    r"(?:\s+(?:of|from|after|following|upon)\s+(?P<of>(?:\S+\s*){1,4}))?",
    re.IGNORECASE,
)
_APPROVAL = Pattern(r"\b(?:approv|reinstat|accept|reactivat)|\bplan\b", re.IGNORECASE)
_TODAY = Pattern(r"(?:today|now|this\s+(?:letter|plan)|(?:the\s+)?(?:date|submission))\b", re.IGNORECASE)
_SERVES = Pattern(
    r"\b(?:respon[ds]|repl[yi]|answer|ship|dispatch|hand(?:ed)?\s+over|refund|process|acknowledg|confirm)",
    re.IGNORECASE,
)
_ANY = Pattern(
    r"\b(?:each|every|all|any)\b|(?<!the )(?<!\d )\b(?:orders|messages|inquiries|enquiries|e?-?mails|complaints|"
    r"returns|requests|customers|buyers)\b",
    re.IGNORECASE,
)
_STRONG = Pattern(
    r"\b(?:by|before|due|deadline|date|later\s+than|complet\w+|target)\W{0,3}(?:the\s+)?$",
    re.IGNORECASE,
)
_SPAN = Pattern(r"\s*(?:[\u2013-]|to|and|until|through)\s*", re.IGNORECASE)
_UNTIL = Pattern(r"\b(?:until|till|through)\s+(?:the\s+)?$", re.IGNORECASE)
_BY_DAY = {"mon": "MO", "tue": "TU", "wed": "WE", "thu": "TH", "fri": "FR", "sat": "SA", "sun": "SU"}
_DAYS = r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?"
_OFTEN: tuple[tuple[str, str], ...] = (
    (rf"\b(?:every|each)\s+(?P<days>{_DAYS}(?:(?:\s*,\s*|\s+and\s+|\s*/\s*){_DAYS})*)", "FREQ=WEEKLY;BYDAY="),
    (r"\b(?:every|each)\s+(?:business|working|week)[\s-]?day\b", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
    (rf"\bevery\s+(?:{_N}[\s-]+(?P<unit>day|week|month|year)s?)\b", ""),
    (r"\bbi-?weekly\b|\bfortnightly\b|\bevery\s+(?:fortnight|second\s+week)\b", "FREQ=WEEKLY;INTERVAL=2"),
    (r"(?<!the )(?<!our )\b(?:daily|(?:every|each|per|once\s+a)\s+day)\b", "FREQ=DAILY"),
    (r"(?<!the )(?<!our )\b(?:weekly|(?:every|each|once\s+(?:a|per))\s+week)\b", "FREQ=WEEKLY"),
    (r"(?<!the )(?<!our )\b(?:monthly|(?:every|each|once\s+(?:a|per))\s+month)\b", "FREQ=MONTHLY"),
    (r"\b(?:quarterly|(?:every|each|once\s+(?:a|per))\s+quarter)\b", "FREQ=MONTHLY;INTERVAL=3"),
    (r"\b(?:annually|yearly|(?:every|each|once\s+(?:a|per))\s+year)\b", "FREQ=YEARLY"),
)
_RULES = tuple((Pattern(pattern, re.IGNORECASE), rule) for pattern, rule in _OFTEN)
_FREQUENCY = {"day": "DAILY", "week": "WEEKLY", "month": "MONTHLY", "year": "YEARLY"}
_FOR = Pattern(rf"\bfor\s+(?:the\s+)?(?:next\s+|first\s+|at\s+least\s+)?{_LENGTH}", re.IGNORECASE)
_MANY = Pattern(r"\b(?:twice|(?:two|three|four|[2-9])\s+times)\s+(?:a|per|each|every)\s+\w+", re.IGNORECASE)


def of_done(text: str, calendar: Calendar) -> Timing:
    """Return when something was done: the first day named that is not still to come, of a span its last."""
    timing, last = Timing(), None
    for one in mentions(text, calendar, past=True):
        span = last and _SPAN.fullmatch(text, last.end, one.start)
        if one.on and one.on > calendar.on:
            timing.doubts.append(f"{quoted(one.words)} is still to come.")
        elif one.on and (last is None or span):
            timing.performed_on, last = one.on, one
            timing.found = [("performed_on", one.start, one.end)]
        if one.doubt:
            timing.doubts.append(one.doubt)
    if often := _often(text):
        timing.doubts.append(f"It goes on {quoted(often[0][0])}: is that another commitment?")
    return timing


def of_promise(text: str, calendar: Calendar) -> Timing:
    """Return when something is due, and how often. What two readings are possible of is left open, with a doubt."""
    timing = Timing()
    days = list(mentions(text, calendar, past=False))
    if often := _often(text):
        days = _recur(timing, text, often, days)
    elif many := _MANY.search(text):
        timing.doubts.append(f"{quoted(many[0])} is more than a recurrence says: make it one commitment each.")
    _take_day(timing, text, days, calendar)
    for found in islice(_WITHIN.finditer(text), _MOST):
        _take_length(timing, text, found, calendar)
    return timing


def _take_day(timing: Timing, text: str, days: list[Mention], calendar: Calendar) -> None:
    ahead = [one for one in days if one.on and one.on >= calendar.on]
    chosen = next((one for one in ahead if _STRONG.search(text, max(0, one.start - 30), one.start)), None)
    chosen = chosen or next(iter(ahead), None)
    for one in days:
        if one is chosen:
            timing.due_on = one.on
            timing.found.append(("due_on", one.start, one.end))
        elif one.on and one.on < calendar.on:
            timing.doubts.append(f"{quoted(one.words)} has passed: not taken for the due.")
        elif one.on:
            timing.doubts.append(f"It also names {show(one.on)}.")
        if one.doubt:
            timing.doubts.append(one.doubt)


def _take_length(timing: Timing, text: str, found: re.Match[str], calendar: Calendar) -> None:
    since = found["of"] or ""
    approval = bool(_APPROVAL.search(since))
    if not found["how"] and not approval and not _TODAY.match(since):
        return
    words = quoted(text[found.start() : found.start("of")] if since and not approval else found[0])
    sentence = text[_begin(text, found.start()) : found.end()]
    serves = _SERVES.search(sentence) and _ANY.search(sentence)
    if (serves and not approval) or (since and not approval and not _TODAY.match(since)):
        timing.doubts.append(f"{words} reads like a standard to keep each time, not like a due.")
        return
    if timing.due_on or timing.due_after_approval:
        timing.doubts.append(f"It also says {words}.")
        return
    duration, doubt = _duration(found)
    try:
        length = schedule.parse_duration(duration)
    except ValueError as error:
        timing.doubts.append(f"{words} cannot be a due: {error}.")
        return
    if since and not approval:
        _count(timing, length, words, calendar)
    else:
        timing.due_after_approval = duration
    timing.doubts += [doubt] if doubt else []
    end = found.start("of") + _reach(since) if since else found.end()
    timing.found.append(("due_on" if timing.due_on else "due_after_approval", found.start(), end))


def _begin(text: str, place: int) -> int:
    """Return where the sentence begins that has that place."""
    return max(text.rfind(end, 0, place) for end in (". ", ".\n", "; ", ": ")) + 1


def _reach(since: str) -> int:
    """Return where the words end that a length is counted from."""
    said = _APPROVAL.search(since) or _TODAY.match(since)
    end = said.end() if said else len(since)
    return end + len(since[end:]) - len(since[end:].lstrip("abcdefghijklmnopqrstuvwxyz"))


def _count(timing: Timing, length: schedule.Length, words: str, calendar: Calendar) -> None:
    timing.due_on = calendar.on + (
        timedelta(days=-(-length // timedelta(days=1))) if isinstance(length, timedelta) else length
    )
    timing.doubts.append(f"{words} is counted from {show(calendar.on)}.")


def _duration(found: re.Match[str]) -> tuple[str, str]:
    n = int(found["n"]) if found["n"].isdecimal() else _NUMBERS[found["n"].lower()]
    unit, kind = found["unit"].lower(), (found["kind"] or "").lower()
    if unit in ("hour", "hr"):
        return f"PT{n}H", ""
    if unit == "day" and kind.startswith(("business", "working")):
        days = -(-n * 7 // 5)
        return f"P{days}D", f"{n} working days are taken as {days} days."
    return f"P{n}{unit[0].upper()}", ""


def _often(text: str) -> tuple[re.Match[str], str] | None:
    for pattern, rule in _RULES:
        if found := pattern.search(text):
            return found, rule
    return None


def _recur(timing: Timing, text: str, often: tuple[re.Match[str], str], days: list[Mention]) -> list[Mention]:
    """Take the recurrence, with its end if one is named; return the days that are left for the due."""
    found, rule = often
    if rule.endswith("BYDAY="):
        named = re.findall(r"mon|tue|wed|thu|fri|sat|sun", found["days"].lower())
        rule += ",".join(dict.fromkeys(_BY_DAY[one] for one in named))
    elif not rule:
        n = int(found["n"]) if found["n"].isdecimal() else _NUMBERS[found["n"].lower()]
        rule = f"FREQ={_FREQUENCY[found['unit'].lower()]}" + (f";INTERVAL={n}" if n != 1 else "")
    last = next((one for one in days if one.on and _UNTIL.search(text, max(0, one.start - 20), one.start)), None)
    for ending in _endings(text, rule, last):
        try:
            schedule.check_rule(rule + ending)
        except ValueError as error:
            timing.doubts.append(f"{quoted(found[0])}: {error}.")
            continue
        timing.recurrence = rule + ending
        timing.found.append(("recurrence", found.start(), found.end()))
        if not ending and (_FOR.search(text) or last):
            timing.doubts.append("It says until when: add COUNT or UNTIL to the recurrence.")
        break
    # "on Fridays" or "every Friday" names no single day.
    return [one for one in days if one is not last and not found.start() <= one.start < found.end()]


def _endings(text: str, rule: str, last: Mention | None) -> Iterator[str]:
    if last and last.on:
        yield f";UNTIL={last.on:%Y%m%d}"
    length = _FOR.search(text)
    unit = length and _FREQUENCY.get(length["unit"].lower(), "?")
    # Six months of Fridays are a number that only a calendar knows.
    if (
        length
        and not last
        and rule.startswith(f"FREQ={unit}")
        and not {"INTERVAL", ","} & set(re.findall(r"INTERVAL|,", rule))
    ):
        n = int(length["n"]) if length["n"].isdecimal() else _NUMBERS[length["n"].lower()]
        yield f";COUNT={n}"
    yield ""
