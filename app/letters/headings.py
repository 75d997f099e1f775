"""Headings as people write them above the parts of a plan of action, and what stands below. Pure."""

import re
from dataclasses import dataclass
from enum import StrEnum

from app.commitments.rules import Kind
from app.letters.pattern import Pattern


class Holds(StrEnum):
    CAUSES = "causes"
    ACTIONS = "actions"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Section:
    """What the passages below a heading are; *done* is what actions are unless their own words say otherwise."""

    holds: Holds
    kind: Kind = Kind.CORRECTIVE
    done: bool = False


CAUSES = Section(Holds.CAUSES)
TAKEN = Section(Holds.ACTIONS, Kind.CORRECTIVE, done=True)
TO_TAKE = Section(Holds.ACTIONS, Kind.CORRECTIVE)
PREVENTED = Section(Holds.ACTIONS, Kind.PREVENTIVE, done=True)
TO_PREVENT = Section(Holds.ACTIONS, Kind.PREVENTIVE)
ASIDE = Section(Holds.NOTHING)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading, and what follows it on its line. Without a *section* its words are not ones that are known."""

    section: Section | None
    words: str
    rest: str = ""
    level: int = 0
    """Of a `#` heading; 0 of any other."""


_ACTS = r"(?:actions?|steps?|measures?|corrections?|changes|improvements|procedures|controls|plans?|strateg(?:y|ies))"
_PREVENT = r"(?:prevent(?:s|ing|ion|ive|ative)?|preventing|avoid(?:s|ing|ance)?)"
_TAKEN = r"(?:taken|took|done|did|implemented|completed|performed|carried\s+out|put\s+in\s+place)"
_KNOWN: tuple[tuple[Section, Pattern], ...] = tuple(
    (section, Pattern(rf"(?:{pattern})\b", re.IGNORECASE))
    for section, pattern in (
        (
            ASIDE,
            (
                r"(?:introduction|background|about\s+(?:us|our)|conclusions?|closing|summary|overview|"
                r"(?:supporting\s+)?(?:documents?|documentation|evidence)|attach(?:ments?|ed)|enclos(?:ures?|ed)|"
                r"(?:point\s+of\s+)?contact|request|acknowledge?ments?|apology)(?:\s+\S+){0,4}$"
            ),
        ),
        (
            CAUSES,
            (
                r"root[\s-]*causes?|causes?(?=$|\s+(?:of|for|analysis))|reasons?\s+(?:for|of|behind|why)|"
                r"what\s+(?:caused|went\s+wrong|led\s+to|happened|(?:was|were|is|are)\s+the\s+(?:root\s+)?causes?)|"
                r"why\s+(?:did\s+)?(?:this|it|the)\b.*\bhappen|(?:issues?|problems?)\s+(?:identified|found)"
            ),
        ),
        (
            PREVENTED,
            (
                rf"{_PREVENT}\s+{_ACTS}\b.*\b(?:have|has|already|were)\b.*\b{_TAKEN}|"
                rf"{_ACTS}\b.*\b(?:have|has|already|were)\b.*\b{_TAKEN}\b.*\b{_PREVENT}"
            ),
        ),
        (
            TO_PREVENT,
            (
                rf"(?:\S+\s+){{0,2}}{_PREVENT}(?:\s+(?:{_ACTS}|plan)|$|\s+(?:of|future|re-?occurr?ences?|this|these|the|it|and))|"
                rf"{_ACTS}\b.*\b{_PREVENT}|what\s+(?:we|i)\b.*\b{_PREVENT}|how\s+(?:we|i)\b.*\b(?:{_PREVENT}|ensure)|(?:going|moving)\s+forward|"
                rf"(?:long[\s-]*term|future|ongoing|systemic|permanent|sustained)\s+(?:\S+\s+)?{_ACTS}|in\s+(?:the\s+)?future"
            ),
        ),
        (
            TO_TAKE,
            (
                rf"(?:corrective\s+)?{_ACTS}\b.*\b(?:will|to\s+be|shall|going\s+to|plan\s+to)\b|what\s+(?:we|i)\s+will|next\s+steps?|"
                rf"(?:planned|upcoming|remaining|pending)\s+{_ACTS}|(?:our\s+)?(?:commitments?|{_ACTS})$"
            ),
        ),
        (
            TAKEN,
            (
                rf"(?:corrective|immediate|remedial|short[\s-]*term)\b.*{_ACTS}|{_ACTS}\b.*\b{_TAKEN}|"
                rf"{_ACTS}\s+(?:to|for)\s+(?:resolve|fix|correct|address|solve|remedy)|(?:corrective|remedial)\s+\S+|"
                rf"what\s+(?:we|i)(?:\s+have)?(?:\s+already)?\s+(?:done|did)|"
                rf"how\s+(?:we|i)(?:\s+have)?\s+(?:resolved|fixed|corrected|addressed|solved)|"
                rf"(?:resolutions?|remediations?|corrections?|solutions?)$"
            ),
        ),
    )
)
_LEAD = Pattern(
    r"(?:(?:the|our|my|a|an|main|primary|identified|detailed|specific|possible|underlying|please\s+(?:provide|describe)|"
    r"(?:explanation|analysis|description|identification|details)\s+of)\s+)*",
    re.IGNORECASE,
)
_NUMBER = Pattern(
    r"(?:(?:(?:section|part|step|question|point)\s+)?\(?(?:\d{1,2}|[A-H]|[IVX]{1,4})(?:[.):]|\s*[\u2013\u2014-]\s)\s*"
    r"|(?:section|part|step)\s+(?:\d{1,2}|[A-H])\s*){1,2}",
    re.IGNORECASE,
)
_MARKS = Pattern(r"(#{1,6})\s+|(\*\*|__)(?=\S)")
_INLINE = Pattern(r"\s*(?::|\s[\u2013\u2014-]\s)\s*")
_WHOLE = Pattern(r"(?:our\s+|my\s+)?(?:plan\s+of\s+action|action\s+plan|poa)", re.IGNORECASE)
_LONGEST = 14
"""Words. What is longer is a sentence."""


def find(line: str, *, apart: bool, alone: bool) -> Heading | None:
    """Return the heading that a line is or begins with.

    *apart*: nothing stands above that the line continues. *alone*: nothing stands below that continues it, either.
    """
    marks = _MARKS.match(line)
    level = len(marks[1]) if marks and marks[1] else 0
    plain = re.sub(r"\*\*|__", "", line[marks.end() :] if level and marks else line).strip().rstrip("#").rstrip()
    words = plain[found.end() :] if (found := _NUMBER.match(plain)) else plain
    marked = bool(marks) and (level > 0 or line.rstrip(" :").endswith(("**", "__")))
    inline = _INLINE.search(words)
    before = words[: inline.start()] if inline else words
    if len(before.split()) > _LONGEST or not before:
        return None
    section = _section(before)
    if not section and inline and _WHOLE.fullmatch(before) and (section := _section(words[inline.end() :])):
        return Heading(section, words, level=level)
    if section and inline:
        # What continues a sentence is no heading, even if it happens to have a colon.
        rest = words[inline.end() :]
        return Heading(section, before, rest, level) if apart or not rest else None
    if section and (marked or words.endswith("?") or (alone and words[-1] not in ".,;!")):
        return Heading(section, words, level=level)
    if marked or _stands_out(words):
        return Heading(None, words.rstrip(" :"), level=level)
    return None


def _section(words: str) -> Section | None:
    lead = _LEAD.match(words)
    start = lead.end() if lead else 0
    return next((section for section, pattern in _KNOWN if pattern.match(words, start)), None)


def _stands_out(words: str) -> bool:
    letters = [one for one in words if one.isalpha()]
    return len(letters) > 3 and words.isupper() and words[-1] not in ".,;!" and len(words.split()) > 1
