"""Reading everything once, in order, without holding it."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import namedtuple_row

from app.core.db import Read, workspace_of

BATCH = 2000

_EVENTS = (
    "SELECT seq, body, leaf, subject::text AS subject, plan_id::text AS plan FROM ledger_event "
    "WHERE workspace_id = %(ws)s AND seq > %(after)s ORDER BY seq LIMIT %(limit)s"
)
_DISCLOSED = (
    "SELECT seq, digest, disclosure FROM disclosure WHERE workspace_id = %(ws)s AND seq > %(after)s AND seq <= %(last)s"
)


class Event(NamedTuple):
    """An event as stored."""

    seq: int
    body: bytes
    leaf: bytes
    subject: str
    plan: str | None
    said: list[tuple[str, str]]
    """Digest and disclosure, as stored."""


def rows(read: Read, statement: str, values: Mapping[str, Any] | None = None) -> list[Any]:
    """Return the rows of a statement that names the workspace `%(ws)s`. In binary: hashes come as they are."""
    driver: psycopg.Connection[Any] = read.info["driver"]
    cursor = driver.cursor(row_factory=namedtuple_row, binary=True)
    return cursor.execute(statement.encode(), {"ws": workspace_of(read), **(values or {})}).fetchall()


def stream(read: Read, name: str, statement: str) -> Iterator[Any]:
    """Yield the rows of a statement, of which only a few hundred are in memory at once."""
    driver: psycopg.Connection[Any] = read.info["driver"]
    with driver.cursor(name, row_factory=namedtuple_row) as cursor:
        cursor.itersize = 500
        cursor.execute(statement.encode(), {"ws": workspace_of(read)}, binary=True)
        yield from cursor


def events(read: Read) -> Iterator[list[Event]]:
    """Yield all events in batches, in the order of their numbers."""
    after = -1
    while found := rows(read, _EVENTS, {"after": after, "limit": BATCH}):
        last = found[-1].seq
        said: dict[int, list[tuple[str, str]]] = {}
        for one in rows(read, _DISCLOSED, {"after": after, "last": last}):
            said.setdefault(one.seq, []).append((one.digest, one.disclosure))
        after = last
        yield [Event._make([*row, said.pop(row.seq, [])]) for row in found]
