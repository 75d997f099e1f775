"""A draft made of a letter: what it found, where, and what it leaves to whoever reviews it. Pure; records nothing."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any

from app.letters import days, passages, timing, wording
from app.letters.days import Calendar
from app.letters.headings import CAUSES, TAKEN, TO_PREVENT, TO_TAKE, Holds, Section
from app.letters.owners import Known, Members
from app.letters.passages import Letter, Passage
from app.letters.wording import Tense
from app.plans.rules import Area

MOST_CAUSES, MOST_COMMITMENTS, MOST_ITEMS = 50, 200, 500
_LONGEST_LINE, _LONGEST_TEXT = 200, 10_000


class Part(StrEnum):
    """What a piece of a letter became."""

    TITLE = "title"
    ITEM = "item"
    ROOT_CAUSE = "root_cause"
    DONE = "done"
    PROMISE = "promise"
    DUE = "due"
    RECURRENCE = "recurrence"
    OWNER = "owner"


@dataclass(slots=True)
class Piece:
    """A place in the plan, and the words of the letter that it was made of."""

    pointer: str
    part: Part
    line: int
    last_line: int
    source: str
    performed_on: date | None = None
    names: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Proposal:
    """A plan as a draft, the pieces that it was made of, and the passages that nothing was made of."""

    plan: dict[str, Any]
    pieces: list[Piece]
    unread: list[Passage]


def propose(text: str, *, timezone: str, on: date, members: Iterable[Known]) -> Proposal:
    """Return the draft of a plan that a letter describes; *on* is the day it is read, local to *timezone*."""
    return _Draft(passages.take_apart(text), text, timezone, on, Members(members)).made()


class _Draft:
    def __init__(self, parts: Letter, text: str, timezone: str, on: date, members: Members) -> None:
        self._letter, self._text, self._members = parts, text, members
        self._unread = list(parts.unread)
        self._calendar = Calendar(self._written_on(on), days.order(wording.without_items(text)))
        self._pieces: list[Piece] = []
        self._areas: list[Area] = []
        self._plan: dict[str, Any] = {
            "title": "",
            "timezone": timezone,
            "items": [],
            "root_causes": [],
            "commitments": [],
        }

    def made(self) -> Proposal:
        self._add_items()
        self._add_title()
        read = [one for passage in self._letter.passages for one in self._clauses(passage)]
        causes = [one for one in read if _tells_why(one)]
        for passage in _told_together(causes):
            self._add_cause(passage)
        for passage in [one for one in read if not _tells_why(one)]:
            self._add_commitment(passage)
        order = {pointer: place for place, pointer in enumerate(("/title", "/items", "/root_causes", "/commitments"))}
        self._pieces.sort(key=lambda one: order["/" + one.pointer.split("/")[1]])
        return Proposal(self._plan, self._pieces, sorted(self._unread, key=lambda one: one.line))

    def _written_on(self, on: date) -> date:
        """Return the day that a line of its own above the letter says, else the day it is read."""
        first = min((one.line for one in self._letter.passages), default=0)
        for passage in [one for one in self._unread if one.line <= first]:
            for line in passage.text.splitlines():
                plain = re.sub(r"^\s*dated?\s*:\s*", "", line, flags=re.IGNORECASE)
                for one in days.mentions(plain, Calendar(on), past=True):
                    if one.on and one.on <= on and len(one.words) > len(plain.strip()) - 12:
                        return one.on
        return on

    def _add_title(self) -> None:
        found, refs = self._letter.title, [one["ref"] for one in self._plan["items"][:3]]
        if not found:
            self._plan["title"] = f"Plan of action for {', '.join(refs)}"[:_LONGEST_LINE] if refs else "Plan of action"
            return
        title = " ".join(found.text.split())
        self._plan["title"] = title[:_LONGEST_LINE]
        self._pieces.append(_piece("/title", Part.TITLE, found, _cut(title, _LONGEST_LINE)))

    def _add_items(self) -> None:
        whole = Passage(self._text, tuple(_starts(self._text)))
        seen: set[tuple[str, str]] = set()
        for one in wording.items(self._text):
            if (one.type, one.ref) in seen:
                continue
            if len(seen) == MOST_ITEMS:
                self._pieces[-1].doubts.append(f"It names more than {MOST_ITEMS} items: the rest is left out.")
                break
            seen.add((one.type, one.ref))
            pointer = f"/items/{len(self._plan['items'])}"
            self._plan["items"].append({"type": one.type, "ref": one.ref})
            self._pieces.append(_piece(pointer, Part.ITEM, whole.cut(one.start, one.end)))

    def _clauses(self, passage: Passage) -> Iterator[Passage]:
        """Return what a passage says that belongs in a plan, each with what it is; the rest is unread."""
        if passage.section and (passage.listed or passage.section.holds is Holds.CAUSES):
            yield passage
            return
        group: tuple[int, int, Section] | None = None
        spans = [(0, len(passage.text))] if passage.listed else passages.sentences(passage.text)
        for begin, end in spans:
            text = passage.text[begin:end].strip()
            section = _guessed(text) if passage.section is None else passage.section
            courteous = wording.is_courtesy(text)
            if section and not courteous and (section == CAUSES or _is_clause(text, section)):
                yield from _grouped(passage, group)
                group = begin, end, section
            elif group and not courteous:
                # "Responsible: Ada." goes with the sentence before.
                group = group[0], end, group[2]
            else:
                yield from _grouped(passage, group)
                group = None
                self._unread.append(passage.cut(begin, end))
        yield from _grouped(passage, group)

    def _add_cause(self, passage: Passage) -> None:
        causes = self._plan["root_causes"]
        if len(causes) == MOST_CAUSES:
            self._leave(passage, f"/root_causes/{MOST_CAUSES - 1}", f"A plan has at most {MOST_CAUSES} root causes")
            return
        area = wording.area_of(passage.text)
        count = self._areas.count(area) + 1
        stem = "cause" if area is Area.OTHER else area.value
        text = _flat(passage.text)
        pointer = f"/root_causes/{len(causes)}"
        causes.append(
            {"key": stem if count == 1 else f"{stem}-{count}", "area": area.value, "statement": text[:_LONGEST_TEXT]}
        )
        self._areas.append(area)
        doubts = ["Its words do not tell the area."] if area is Area.OTHER else []
        doubts += _without_heading(self._letter)
        self._pieces.append(_piece(pointer, Part.ROOT_CAUSE, passage, [*doubts, *_cut(text, _LONGEST_TEXT)]))

    def _add_commitment(self, passage: Passage) -> None:
        promises = self._plan["commitments"]
        if len(promises) == MOST_COMMITMENTS:
            self._leave(
                passage, f"/commitments/{len(promises) - 1}", f"A plan has at most {MOST_COMMITMENTS} commitments"
            )
            return
        section = passage.section or TO_TAKE
        plain, text = wording.without_items(passage.text), _flat(passage.text)
        done = (wording.tense(plain) or (Tense.DONE if section.done else Tense.PROMISE)) is Tense.DONE
        time = timing.of_done(plain, self._calendar) if done else timing.of_promise(plain, self._calendar)
        owner = self._members.owner_of(passage.text)
        pointer = f"/commitments/{len(promises)}"
        promises.append(
            {
                "kind": section.kind.value,
                "text": text[:_LONGEST_TEXT],
                "owner": owner.email,
                "due_on": time.due_on and time.due_on.isoformat(),
                "due_after_approval": time.due_after_approval,
                "recurrence": time.recurrence,
                "root_causes": self._answers(text),
            }
        )
        both = (
            ["It tells of something done and of something promised: are these two?"] if wording.is_both(plain) else []
        )
        doubts = [*_without_heading(self._letter), *both, *time.doubts, *owner.doubts, *_cut(text, _LONGEST_TEXT)]
        piece = _piece(pointer, Part.DONE if done else Part.PROMISE, passage, doubts)
        piece.performed_on, piece.names = time.performed_on, [one[:_LONGEST_LINE] for one in owner.names[:20]]
        self._pieces.append(piece)
        places = [*time.found, *([("owner", *owner.place)] if owner.place else [])]
        for name, begin, end in places:
            if name != "performed_on":
                part = Part.DUE if name.startswith("due") else Part(name)
                self._pieces.append(
                    _piece(f"{pointer}/{name}", part, passage.cut(begin, end - (passage.text[end - 1] in ".,;)")))
                )

    def _answers(self, text: str) -> list[str]:
        """Return the keys of the root causes that a commitment answers: of several only one that is clearly meant."""
        causes = self._plan["root_causes"]
        if len(causes) == 1:
            return [causes[0]["key"]]
        alike = [wording.likeness(text, one["statement"], Area(one["area"])) for one in causes]
        most = max(alike, default=0)
        return [causes[alike.index(most)]["key"]] if most > 1 and alike.count(most) == 1 else []

    def _leave(self, passage: Passage, pointer: str, why: str) -> None:
        self._unread.append(passage)
        last = next(one for one in self._pieces if one.pointer == pointer)
        last.doubts = list(dict.fromkeys([f"{why}: the rest is unread.", *last.doubts]))[:20]


def _guessed(text: str) -> Section | None:
    tense = wording.tense(text)
    if tense is Tense.PROMISE:
        return (
            TO_PREVENT
            if re.search(r"\b(?:every|each|from\s+now|future|always|never|no\s+longer)\b", text, re.IGNORECASE)
            else TO_TAKE
        )
    if wording.is_cause(text):
        return CAUSES
    return TAKEN if tense else None


def _grouped(passage: Passage, group: tuple[int, int, Section] | None) -> Iterator[Passage]:
    if group:
        begin, end, section = group
        yield replace(passage.cut(begin, end), section=section)


def _is_clause(text: str, section: Section) -> bool:
    return wording.is_deed(text) if section.done else wording.tense(text) is not None


def _tells_why(passage: Passage) -> bool:
    return passage.section is not None and passage.section.holds is Holds.CAUSES


def _told_together(causes: list[Passage]) -> list[Passage]:
    """Return root causes, a paragraph that goes on about the one before as part of it."""
    told: list[Passage] = []
    for one in causes:
        if told and not one.listed and not told[-1].listed and wording.goes_on(one.text):
            told[-1] = _joined(told[-1], one)
        else:
            told.append(one)
    return told


def _joined(one: Passage, other: Passage) -> Passage:
    at = len(one.text) + 1
    starts = [(at + start, line) for start, line in other.starts]
    if starts[0][1] == one.last_line:
        starts = starts[1:]
    return replace(one, text=f"{one.text} {other.text}", starts=(*one.starts, *starts))


def _starts(text: str) -> Iterator[tuple[int, int]]:
    yield 0, 1
    for number, one in enumerate(passages.BREAK.finditer(text), 2):
        yield one.end(), number


def _piece(pointer: str, part: Part, passage: Passage, doubts: Iterable[str] = ()) -> Piece:
    said = list(dict.fromkeys(one[:_LONGEST_LINE] for one in doubts))[:20]
    return Piece(pointer, part, passage.line, passage.last_line, passage.text, doubts=said)


def _without_heading(parts: Letter) -> list[str]:
    return [] if parts.headed else ["The letter has no headings: this is a guess by its words."]


def _flat(text: str) -> str:
    return " ".join(text.split())


def _cut(text: str, most: int) -> list[str]:
    return [f"It is cut after {most:,} characters."] if len(text) > most else []
