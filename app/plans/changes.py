"""What changed from one attempt at a plan to the next, line by line, as somebody would read both. Pure."""

from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from enum import StrEnum
from typing import NamedTuple

from app.plans.rules import DUES, OBSERVATION_DAYS, Content

_LINES = 30
"""Lines of one text that are compared by themselves."""


class Op(StrEnum):
    """What became of a line."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


class Line(NamedTuple):
    op: Op
    text: str


def compare(before: Content | None, after: Content, *, names: Mapping[str, str]) -> list[Line]:
    """Return the lines of both, in order; *names* are those of members, by id. None: there was nothing before."""
    old, new = (list(_lines(one, names)) if one else [] for one in (before, after))
    found: list[Line] = []
    for op, first, last, start, end in SequenceMatcher(None, old, new).get_opcodes():
        if op == "equal":
            found += [Line(Op.SAME, text) for text in old[first:last]]
        else:
            found += [Line(Op.REMOVED, text) for text in old[first:last]]
            found += [Line(Op.ADDED, text) for text in new[start:end]]
    return found


def _lines(content: Content, names: Mapping[str, str]) -> Iterator[str]:
    yield f"Title: {content['title']}"
    yield f"Time zone: {content['timezone']}"
    if (days := content.get("observation_days", OBSERVATION_DAYS)) != OBSERVATION_DAYS:
        yield f"Observed for: {days} days"
    yield from (f"Notice: {one}" for one in content.get("notices", ()))
    yield from (f"Item: {one['type']}:{one['ref']}" for one in content["items"])
    for cause in content["root_causes"]:
        yield f"Root cause `{cause['key']}` ({cause['area']}):"
        yield from _indented(cause["statement"])
    for number, promise in enumerate(content["commitments"], 1):
        yield f"Commitment {number} ({promise['kind']}):"
        yield from _indented(promise["text"])
        yield f"  Owner: {names.get(promise['owner'], promise['owner']) if promise['owner'] else 'nobody yet'}"
        due = next((f"{promise[name]} ({name})" for name in DUES if promise[name]), "not yet")
        yield f"  Due: {due}"
        if promise["recurrence"]:
            yield f"  Again: {promise['recurrence']}"
        if promise.get("except_on"):
            yield f"  Except on: {', '.join(promise['except_on'])}"
        if promise["root_causes"]:
            yield f"  Against: {', '.join(promise['root_causes'])}"
        if promise.get("items"):
            yield f"  Covers: {', '.join(promise['items'])}"


def _indented(text: str) -> Iterator[str]:
    """Yield the lines of what a person wrote; very many are compared as one, since time grows with their square."""
    lines = text.splitlines()
    yield from (f"  {line}" for line in lines) if len(lines) <= _LINES else (f"  {text}",)
