"""The stored events, read for signing: what is vouched for is recomputed from the bytes, never believed."""

from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

from app.core import db
from app.core.db import Read, workspace_of
from app.ledger import merkle

_BATCH = 2048

_EVENTS = (
    "SELECT seq, body, leaf, plan_id FROM ledger_event "
    "WHERE workspace_id = %(ws)s AND seq >= %(start)s AND seq < %(end)s ORDER BY seq"
)


class LedgerDamaged(Exception):
    """What is stored does not agree with itself. Nothing is signed until it does; `followthrough audit` says more."""


class Event(NamedTuple):
    """An event whose leaf is the hash of its bytes."""

    seq: int
    body: bytes
    leaf: bytes
    plan_id: UUID | None


def events(read: Read, start: int, end: int) -> Iterator[list[Event]]:
    """Yield the events from *start* up to *end*, not included, in batches.

    A missing event and one that does not hash to its leaf are refused by name.
    """
    for first in range(start, end, _BATCH):
        last = min(first + _BATCH, end)
        rows = db.run(read, _EVENTS, {"ws": workspace_of(read), "start": first, "end": last})
        if [row.seq for row in rows] != list(range(first, last)):
            raise LedgerDamaged(f"events are missing between {first} and {last - 1}")
        for row in rows:
            if merkle.leaf_hash(row.body) != row.leaf:
                raise LedgerDamaged(f"event {row.seq} is not what was appended: its bytes do not hash to its leaf")
        yield [Event(*row) for row in rows]
