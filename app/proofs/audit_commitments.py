"""How commitments stood over time, against the events; what was announced."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from app.commitments.models import Commitment
from app.core.db import Read
from app.ledger.events import plain
from app.proofs.audit_history import Said
from app.proofs.audit_rows import rows

_SPANS = (
    "SELECT commitment_id, version, since, until, state, owner_id, due_on, due_at FROM commitment_span "
    "WHERE workspace_id = %(ws)s AND commitment_id = ANY(CAST(%(ids)s AS uuid[])) ORDER BY commitment_id, version"
)
_ANNOUNCED = (
    "SELECT commitment_id, kind, due_at FROM announcement "
    "WHERE workspace_id = %(ws)s AND commitment_id = ANY(CAST(%(ids)s AS uuid[]))"
)
ANNOUNCEMENTS = ("commitment.due_soon", "commitment.overdue")


def commitment_faults(read: Read, found: list[Commitment], said: Mapping[UUID, list[Said]]) -> Iterator[str]:
    """Compare the spans and announcements of some commitments with the events about them."""
    ids = {"ids": [row.id for row in found]}
    spans: dict[UUID, list[Any]] = {}
    for span in rows(read, _SPANS, ids):
        spans.setdefault(span.commitment_id, []).append(span)
    announced = {(row.commitment_id, row.kind, plain(row.due_at)) for row in rows(read, _ANNOUNCED, ids)}
    for row in found:
        history = said.get(row.id, [])
        yield from _span_faults(row, spans.get(row.id, []), history)
        for one in history:
            key = row.id, one.type.removeprefix("commitment."), one.data.get("due_at")
            if one.type in ANNOUNCEMENTS and key not in announced:
                yield f"announcement of commitment {row.id}: event {one.seq} is not there"
        if history and str(row.plan_id) != history[0].plan:
            yield f"commitment {row.id}: it is not of the plan that it says"


def _span_faults(row: Commitment, spans: list[Any], history: list[Said]) -> Iterator[str]:
    """A span for each change, each beginning when the one before it ends, the last being how the commitment stands."""
    changes = [one for one in history if one.type not in ANNOUNCEMENTS]
    expected = [[n, *(one.data.get(key) for key in _STANDS)] for n, one in enumerate(changes, 1)]
    stored = [[span.version, *plain([span.state, span.owner_id, span.due_on, span.due_at])] for span in spans]
    ends = [span.until for span in spans]
    if stored != expected or ends != [*(span.since for span in spans[1:]), None] or row.version != len(spans):
        yield f"commitment_span of commitment {row.id}: its history does not lead to how it stands"


_STANDS = ("state", "owner", "due_on", "due_at")
