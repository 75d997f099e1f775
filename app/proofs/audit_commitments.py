"""How commitments stood over time, against the events; what was announced; evidence."""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson

from app.commitments.models import Commitment
from app.core.db import Read
from app.ledger.events import plain
from app.proofs.audit_events import Walk
from app.proofs.audit_history import Said, words_of
from app.proofs.audit_rows import Event, rows
from app.proofs.placeholders import MARK

_SPANS = (
    "SELECT commitment_id, version, since, until, state, owner_id, due_on, due_at FROM commitment_span "
    "WHERE workspace_id = %(ws)s AND commitment_id = ANY(CAST(%(ids)s AS uuid[])) ORDER BY commitment_id, version"
)
_ANNOUNCED = (
    "SELECT commitment_id, kind, due_at FROM announcement "
    "WHERE workspace_id = %(ws)s AND commitment_id = ANY(CAST(%(ids)s AS uuid[]))"
)
_EVIDENCE = (
    "SELECT id::text AS id, commitment_id::text AS commitment, plan_id::text AS plan, kind, sha256, document_on, "
    "added_by::text AS added_by, body, title, items FROM evidence "
    "WHERE workspace_id = %(ws)s AND id = ANY(CAST(%(ids)s AS uuid[]))"
)
_COUNTS = (
    "SELECT (SELECT count(*) FROM evidence WHERE workspace_id = %(ws)s) AS evidence, "
    "(SELECT count(*) FROM announcement WHERE workspace_id = %(ws)s) AS announcement"
)
_UNSAID = (
    "SELECT id FROM evidence e WHERE workspace_id = %(ws)s AND NOT EXISTS (SELECT FROM ledger_event l "
    "WHERE l.workspace_id = e.workspace_id AND l.subject = e.id) LIMIT 100"
)
_ANNOUNCEMENTS = ("commitment.due_soon", "commitment.overdue")


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
            if one.type in _ANNOUNCEMENTS and key not in announced:
                yield f"announcement of commitment {row.id}: event {one.seq} is not there"
        if history and str(row.plan_id) != history[0].plan:
            yield f"commitment {row.id}: it is not of the plan that it says"


def _span_faults(row: Commitment, spans: list[Any], history: list[Said]) -> Iterator[str]:
    """A span for each change, each beginning when the one before it ends, the last being how the commitment stands."""
    changes = [one for one in history if one.type not in _ANNOUNCEMENTS]
    expected = [[n, *(one.data.get(key) for key in _STANDS)] for n, one in enumerate(changes, 1)]
    stored = [[span.version, *plain([span.state, span.owner_id, span.due_on, span.due_at])] for span in spans]
    ends = [span.until for span in spans]
    if stored != expected or ends != [*(span.since for span in spans[1:]), None] or row.version != len(spans):
        yield f"commitment_span of commitment {row.id}: its history does not lead to how it stands"


_STANDS = ("state", "owner", "due_on", "due_at")


class EvidenceCheck:
    """Evidence is written once, so each event is compared with its row as the walk passes it."""

    def __init__(self) -> None:
        self._erased: list[tuple[str, str]] = []
        """Subjects that have to be erased by the end, and the fault if they are not."""

    def faults(self, read: Read, added: list[tuple[Event, dict[str, Any]]]) -> Iterator[str]:
        """Compare the events that *added* evidence with the rows."""
        if not added:
            return
        found = {row.id: row for row in rows(read, _EVIDENCE, {"ids": [event.subject for event, _ in added]})}
        for event, said in added:
            where, row = f"evidence {event.subject}", found.get(event.subject)
            if row is None:
                yield f"{where}: it is not there, but in event {event.seq}"
                continue
            data = said["data"]
            for name in ("commitment", "kind", "sha256", "added_by", "document_on"):
                if data[name] != plain(getattr(row, name)):
                    yield f"{where}: `{name}` is {getattr(row, name)}, the ledger says {data[name]}"
            if sha256(row.body.encode()).hexdigest() != data["sha256"]:
                yield from self._unless_erased(event, row.body, f"{where}: it is not what was added")
            if row.plan != (None if row.commitment else event.plan):
                yield f"{where}: it is not of the plan that it says"
            yield from self._word_faults(event, row, where)

    def _word_faults(self, event: Event, row: Any, where: str) -> Iterator[str]:
        if not event.said and row.title is None and row.items is None:
            return
        words = words_of(one for _, one in event.said)
        if words.get("title") != row.title:
            yield from self._unless_erased(event, row.title, f"{where}: `title` is not what was disclosed")
        if row.items != (orjson.loads(words["items"]) if "items" in words else None):
            gone = MARK if row.items == [] else None
            yield from self._unless_erased(event, gone, f"{where}: `items` are not what was disclosed")

    def _unless_erased(self, event: Event, value: str | None, fault: str) -> Iterator[str]:
        if value == MARK:
            self._erased.append((event.subject, fault))
        else:
            yield fault

    def last_faults(self, read: Read, walk: Walk) -> Iterator[str]:
        """Name what stands there as erased and was not, and count."""
        yield from (fault for subject, fault in self._erased if subject not in walk.erased)
        counts = rows(read, _COUNTS)[0]
        if counts.evidence > walk.types["evidence.added"]:
            for row in rows(read, _UNSAID):
                yield f"evidence {row.id}: no event about it"
        said = sum(walk.types[one] for one in _ANNOUNCEMENTS)
        if counts.announcement != said:
            yield f"announcement: {counts.announcement} rows, {said} in the ledger"
