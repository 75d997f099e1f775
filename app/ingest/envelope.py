"""Taking what was delivered apart: batches into records, and each record out of what it is wrapped in.

EventBridge puts a notification under `detail`, SNS as text under `Message`, SQS as text under `body`, and each of them
can be in another. A batch is a JSON array, several values one after the other (NDJSON), or an array under `Records`.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from app.ingest.letter import folded
from app.ingest.rules import MAX_RECORDS, BodyUnreadable, Flag, TooManyMessages

MAX_DEPTH = 8
"""Envelopes in one another."""

_BATCHES = ("records", "messages", "notifications", "entries", "events")
_WRAPPERS = ("detail", "sns", "message", "body", "notification", "report", "document", "data")
_BESIDE_A_BATCH = {"responsemetadata", "nexttoken", "failedentrycount"}
"""What stands beside a batch, and is of the transport alone."""
_MARKS = {"notificationtype", "notificationmetadata", "accountstatuses", "performancemetrics"}
_SPACE = re.compile(r"[ \t\n\r]*")


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no JSON number")


def _integer(text: str) -> int | float:
    return int(text) if len(text) <= 30 else float(text)


_decode = json.JSONDecoder(parse_int=_integer, parse_constant=_no_number).raw_decode


@dataclass(frozen=True, slots=True)
class Piece:
    """One record: as it was delivered, and what was found in it."""

    raw: str
    inner: Any
    """The innermost JSON value, or text that is not JSON."""
    text: str
    """JSON text in which `inner` stands at `path`, character by character as it came."""
    path: tuple[str, ...] = ()
    hint: str | None = None
    """What an envelope says the type is."""
    trouble: Flag | None = None


def decoded(body: bytes) -> str:
    """Return the text of a request's body, or refuse."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BodyUnreadable("The body is not UTF-8.") from None


def opened(text: str) -> list[Piece]:
    """Return the records that JSON text has; refuse what is not JSON at all, and more than there may be."""
    try:
        found = list(islice(_sequence(text, 0), MAX_RECORDS + 1))
    except RecursionError:
        raise BodyUnreadable("The body is nested too deeply.") from None
    except ValueError as error:
        raise BodyUnreadable(f"The body is not JSON: {error}."[:500]) from None
    if len(found) > MAX_RECORDS:
        raise TooManyMessages(f"There are more than {MAX_RECORDS}.")
    return found


def _sequence(text: str, depth: int) -> Iterator[Piece]:
    """Yield the records of JSON values that stand one after the other; ValueError if it is not JSON to its end."""
    at = _skip(text, 0)
    values: list[tuple[Any, str]] = []
    while at < len(text) or not values:
        value, end = _decode(text, at)
        values.append((value, text[at:end]))
        if len(values) > MAX_RECORDS:
            break
        at = _skip(text, end)
    for value, part in values:
        yield from _records(value, part, depth)


def _records(value: Any, text: str, depth: int) -> Iterator[Piece]:
    """Yield the records of one JSON value, which *text* is."""
    if isinstance(value, list) and depth < MAX_DEPTH:
        for one, part in elements(text):
            yield from _records(one, part, depth + 1)
        return
    if isinstance(value, dict) and depth < MAX_DEPTH and (name := _batch_in(value)) is not None:
        yield from _batch(value, text, name, depth)
        return
    piece = _unwrapped(Piece(text, value, text), depth)
    inner = piece.inner
    if piece.path == () and piece.text == text:
        yield piece
    elif depth < MAX_DEPTH and (isinstance(inner, list) or (isinstance(inner, dict) and _batch_in(inner) is not None)):
        yield from _records(inner, within(piece.text, *piece.path), depth + 1)
    else:
        yield piece


def _batch(value: dict[str, Any], text: str, name: str, depth: int) -> Iterator[Piece]:
    start, end = _span(text, name)
    for one, part in elements(text[start:end]):
        yield from _records(one, part, depth + 1)
    if {folded(key) for key in value} - {folded(name)} - _BESIDE_A_BATCH:
        # What else it says is not lost: the batch without its records.
        rest = f"{text[: start + 1]}{text[end - 1 :]}"
        yield Piece(rest, {key: one for key, one in value.items() if key != name}, rest)


def is_message(value: dict[str, Any]) -> bool:
    return not _MARKS.isdisjoint(map(folded, value))


def _batch_in(value: dict[str, Any]) -> str | None:
    """Return the name under which an object has a batch."""
    if is_message(value):
        return None
    return next((key for key, one in value.items() if isinstance(one, list) and folded(key) in _BATCHES), None)


def _unwrapped(piece: Piece, depth: int) -> Piece:
    """Return *piece* with what is inside its envelopes."""
    inner, text, path, hint = piece.inner, piece.text, piece.path, piece.hint
    for _ in range(depth, MAX_DEPTH):
        if isinstance(inner, str):
            try:
                inner, text, path = json_of(inner), inner, ()
            except (ValueError, RecursionError):
                return Piece(piece.raw, inner, text, path, hint, Flag.NOT_A_MESSAGE)
        if not isinstance(inner, dict) or is_message(inner):
            return Piece(piece.raw, inner, text, path, hint)
        key = _wrapper_in(inner)
        if key is None:
            return Piece(piece.raw, inner, text, path, hint)
        said = inner.get("detail-type", inner.get("DetailType"))
        hint = said if isinstance(said, str) else hint
        inner, path = inner[key], (*path, key)
    return Piece(piece.raw, inner, text, path, hint, Flag.TOO_DEEP)


def _wrapper_in(value: dict[str, Any]) -> str | None:
    """Return the name under which an object has another that may be a message, as an object or as text."""
    names = {folded(key): key for key, one in value.items() if isinstance(one, dict | list | str)}
    for name in _WRAPPERS:
        if name in names:
            return names[name]
    return None


def json_of(text: str) -> Any:
    """Return the value of JSON text; ValueError if it is none."""
    value, end = _decode(text, _skip(text, 0))
    if _skip(text, end) != len(text):
        raise ValueError("there is more after it")
    return value


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def elements(text: str) -> Iterator[tuple[Any, str]]:
    """Yield each element of the JSON array that *text* is known to be, with its text."""
    at = _skip(text, 1)
    while text[at] != "]":
        value, end = _decode(text, at)
        yield value, text[at:end]
        at = _skip(text, end)
        at = _skip(text, at + 1) if text[at] == "," else at


def members(text: str) -> Iterator[tuple[str, Any, int, int]]:
    """Yield each member of the JSON object that *text* is known to be: name, value, and from where to where."""
    at = _skip(text, 1)
    while text[at] != "}":
        name, at = _decode(text, at)
        at = _skip(text, _skip(text, at) + 1)
        value, end = _decode(text, at)
        yield name, value, at, end
        at = _skip(text, end)
        at = _skip(text, at + 1) if text[at] == "," else at


def _span(text: str, name: str) -> tuple[int, int]:
    """Return where the member *name* stands. The last of the same name is the one that counts."""
    return [(start, end) for key, _, start, end in members(text) if key == name][-1]


def within(text: str, *path: str) -> str:
    """Return the text of what stands at *path* in JSON text."""
    text = text.strip(" \t\n\r")
    for name in path:
        start, end = _span(text, name)
        text = text[start:end]
    return text
