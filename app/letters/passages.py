"""A plan of action as people write it, taken apart into passages, each with its lines and its heading. Pure."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise

from app.letters import headings, tables
from app.letters.headings import ASIDE, Holds, Section
from app.letters.pattern import Pattern


@dataclass(frozen=True, slots=True)
class Passage:
    """Words that belong together: an item of a list, a paragraph, or a sentence of one."""

    text: str
    """As it stands, line breaks kept, without the mark of the list."""
    starts: tuple[tuple[int, int], ...]
    """Where in the text each line begins, and the number that the line has in the letter."""
    section: Section | None = None
    listed: bool = False

    @property
    def line(self) -> int:
        return self.starts[0][1]

    @property
    def last_line(self) -> int:
        return self.starts[-1][1]

    def line_of(self, offset: int) -> int:
        return self.starts[bisect_left(self.starts, (offset + 1,)) - 1][1]

    def cut(self, begin: int, end: int) -> "Passage":
        """Return a part of it, with the lines of that part."""
        inside = self.starts[bisect_left(self.starts, (begin + 1,)) : bisect_left(self.starts, (end,))]
        starts = ((0, self.line_of(begin)), *((start - begin, line) for start, line in inside))
        return Passage(self.text[begin:end].rstrip(), starts, self.section, self.listed)


@dataclass(slots=True)
class Letter:
    """What a letter is made of, in its order."""

    title: Passage | None = None
    headed: bool = False
    """Whether it has headings that are known; without, its passages have no section."""
    headings: list[Passage] = field(default_factory=list)
    passages: list[Passage] = field(default_factory=list)
    unread: list[Passage] = field(default_factory=list)
    """What stands outside of all that is known: greeting, closing, headings without a meaning here."""


BREAK = Pattern(r"\r\n|[\n\r\v\f\u0085\u2028\u2029]")
_CONTROL = Pattern(r"[\x00-\x08\x0e-\x1f\x7f]")
_TICK = Pattern(r"\[([ xX\u2713\u2714]?)\]\s*|([\u2610\u2611\u2612\u2705])\ufe0f?\s*")
_DOTS = "-*+\u2022\u00b7\u2023\u2043\u25aa\u25ab\u25cf\u25cb\u25e6\u25a0\u27a2\u2713\u2714\uf0b7\uf0a7"
"""With the private ones that Word's bullets become when they are copied."""
_BULLET = Pattern(
    rf"(?:[{re.escape(_DOTS)}]\ufe0f?|o(?=\t)|[\u2013\u2014](?=\s)|(?=\[[ xX]?\]|[\u2610-\u2612\u2705])|"
    r"\(?(?:\d{1,2}|[a-hA-H]|[ivx]{1,4})[.)](?=\s)|(?:step|action|measure)\s+\d{1,2}\s*[:.)\u2013-])\s*(?=\S)",
    re.IGNORECASE,
)
_NOT_A_BULLET = Pattern(r"\*\*|__|-{2,}|\*\s*\*")
_SUBJECT = Pattern(r"(?:subject|re|title|betreff)\s*:\s*(?=\S)", re.IGNORECASE)
_GREETING = Pattern(r"(?:dear|hello|hi|greetings|to\s+whom|good\s+(?:morning|day|afternoon))\b", re.IGNORECASE)
_CLOSING = Pattern(
    r"(?:(?:yours\s+)?(?:sincerely|faithfully|truly|respectfully)|(?:(?:kind|best|warm)\s+)?regards|best\s+wishes|"
    r"thank\s+you|thanks|many\s+thanks|cheers|signed|respectfully\s+submitted)\b",
    re.IGNORECASE,
)
_LABELLED = Pattern(
    r"(?:owner|responsible|accountable|assigned|assignee|lead|due|deadline|target|timeline|time\s*frame|by\s+when|"
    r"completion|completed|status|frequency|date)\b[^:]{0,25}:",
    re.IGNORECASE,
)
_END = Pattern(r"[.!?][\"'\u201d\u2019)]?\s+(?=[\"'\u201c(]?\w)")
_SHORT = Pattern(
    r"(?:\b(?:no|nos|inc|ltd|co|mr|mrs|ms|dr|st|vs|e\.g|i\.e|etc|approx|resp|"
    r"jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)|\b[A-Z]|^\d{1,2})$",
    re.IGNORECASE,
)


def take_apart(text: str) -> Letter:
    """Return the passages of a letter, and what stands outside of the parts that a plan has."""
    reader = _Reader()
    lines = [_CONTROL.sub(" ", line) for line in tables.as_items(BREAK.split(text))]
    for number, (line, below) in enumerate(zip(lines, [*lines[1:], ""], strict=True), 1):
        reader.read(number, line, below=below.strip())
    reader.end_passage()
    letter = reader.letter
    if letter.headed:
        letter.unread += [one for one in letter.passages if not one.section or one.section.holds is Holds.NOTHING]
        letter.passages = [one for one in letter.passages if one.section and one.section.holds is not Holds.NOTHING]
    letter.unread.sort(key=lambda one: one.line)
    return letter


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Return where the sentences of a text begin and end."""
    ends = [one.end() for one in _END.finditer(text) if not _SHORT.search(text, max(0, one.start() - 8), one.start())]
    return pairwise([0, *ends, len(text)])


class _Reader:
    """Reads line by line: what a line is depends on those above it."""

    def __init__(self) -> None:
        self.letter = Letter()
        self._section: Section | None = None
        self._level = 0
        self._lines: list[tuple[int, str]] = []
        self._listed = False
        self._ticked: bool | None = None

    def read(self, number: int, line: str, *, below: str) -> None:
        words = line.strip()
        apart = not self._lines or (self._listed and not line[:1].isspace())
        if not words:
            self.end_passage()
        elif self._section is None and (subject := _SUBJECT.match(_plain(words))):
            self.end_passage()
            self._name(number, _plain(words)[subject.end() :])
        elif heading := headings.find(words, apart=apart, alone=apart and not below[:1].islower()):
            self._open(number, heading)
        elif (mark := _BULLET.match(words)) and not _NOT_A_BULLET.match(words):
            self._item(number, words[mark.end() :])
        else:
            self._continue(number, words)

    def end_passage(self) -> None:
        if not self._lines:
            return
        starts, at = [], 0
        for number, words in self._lines:
            starts.append((at, number))
            at += len(words) + 1
        section = self._section
        if section and self._ticked is not None:
            section = replace(section, done=self._ticked)
        passage = Passage("\n".join(words for _, words in self._lines), tuple(starts), section, self._listed)
        # "We have taken these steps:" announces; the steps follow.
        announces = passage.text.endswith(":") and (self._listed or self._section)
        (self.letter.unread if announces else self.letter.passages).append(passage)
        self._lines, self._listed, self._ticked = [], False, None

    def _open(self, number: int, heading: headings.Heading) -> None:
        self.end_passage()
        if heading.section is None:
            self._beside(number, heading)
            return
        self.letter.headings.append(Passage(heading.words, ((0, number),)))
        self._section, self._level = heading.section, heading.level
        self.letter.headed = self.letter.headed or heading.section is not ASIDE
        if heading.rest:
            self._lines = [(number, heading.rest)]

    def _beside(self, number: int, heading: headings.Heading) -> None:
        """Take a heading whose words say nothing: the title, a part of the section that is open, or its end."""
        passage = Passage(heading.words, ((0, number),))
        if self._section is None and self.letter.title is None and not self.letter.passages:
            self.letter.title = passage
            return
        self.letter.unread.append(passage)
        if self._section and heading.level and heading.level <= self._level:
            self._section = ASIDE

    def _item(self, number: int, words: str) -> None:
        if _LABELLED.match(words) and self._rejoin(number, words):
            return
        self.end_passage()
        if tick := _TICK.match(words):
            self._ticked = (tick[1] or tick[2] or " ") not in " \u2610"
            words = words[tick.end() :] or words
        self._lines, self._listed = [(number, _plain(words))], True

    def _rejoin(self, number: int, words: str) -> bool:
        """Let "Owner: Ada" below an item be part of the item."""
        last = self.letter.passages[-1] if self.letter.passages else None
        if not self._lines and last and last.listed and _alike(last.section, self._section):
            self.letter.passages.pop()
            self._ticked = last.section.done if last.section else None
            ends = (*(start for start, _ in last.starts[1:]), len(last.text) + 1)
            pieces = zip(last.starts, ends, strict=True)
            self._lines = [(line, last.text[start : end - 1]) for (start, line), end in pieces]
            self._listed = True
        if self._lines:
            self._lines.append((number, _plain(words)))
        return bool(self._lines)

    def _continue(self, number: int, words: str) -> None:
        if not self._lines:
            greets = _GREETING.match(words) and self._section is None
            if greets:
                self.letter.unread.append(Passage(words, ((0, number),)))
            if greets or (_LABELLED.match(words) and self._rejoin(number, words)):
                return
        if _CLOSING.match(words):
            self.end_passage()
            self._section = ASIDE if self._section else None
        self._lines.append((number, _plain(words)))

    def _name(self, number: int, title: str) -> None:
        self.letter.unread += [self.letter.title] if self.letter.title else []
        self.letter.title = Passage(title, ((0, number),))


def _alike(one: Section | None, other: Section | None) -> bool:
    return (one and (one.holds, one.kind)) == (other and (other.holds, other.kind))


def _plain(words: str) -> str:
    return re.sub(r"\*\*|__", "", words).strip() or words
