"""JSON that PostgreSQL writes: an object's keys, and the SQL that its values are made of (docs/decisions/0004)."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any


class Sql(str):
    """SQL of a value, whose text stands in the JSON as it is."""

    __slots__ = ()


def quoted(sql: str) -> list[str]:
    """Return a value that needs no escaping: a word, an id, a day."""
    return ['"', Sql(sql), '"']


def escaped(sql: str) -> list[str]:
    """Return a text of any kind."""
    return [Sql(f"to_json({sql})")]


def _parts(shape: Any) -> Iterator[str]:
    if isinstance(shape, list):
        yield from shape
        return
    for index, (key, value) in enumerate(shape.items()):
        yield f'{"," if index else "{"}"{key}":'
        yield from _parts(value)
    yield "}"


def written(shape: Mapping[str, Any]) -> str:
    """Return the SQL that writes an object of this *shape* as JSON text: `concat` skips NULL and copies once.

    A colon before a word is how parameters are named, so those of the JSON are escaped.
    """
    parts = [
        "'" + "".join(run).replace(":", r"\:") + "'" if literal else ", ".join(run)
        for literal, run in groupby(_parts(shape), lambda part: not isinstance(part, Sql))
    ]
    return f"concat({', '.join(parts)})"


def instant(sql: str) -> list[str]:
    """Return an instant as answers have it, in UTC with a fraction only where there is one, or null."""
    text = f"to_char({sql} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US')"
    return optional(f"replace({text}, '.000000', '') || 'Z'")


def optional(sql: str) -> list[str]:
    """Return a text, number or JSON, or null."""
    return [Sql(f"coalesce(CAST(to_json({sql}) AS text), 'null')")]


def instant_text(sql: str) -> str:
    """Return the SQL of an instant to the second, as dues are."""
    return f"to_char({sql} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
