"""Notices against the events: how each stood over time, what it is about, what was said about its end."""

from collections.abc import Collection, Iterator, Mapping
from hashlib import sha256
from typing import Any
from uuid import UUID

from app.core.db import Read
from app.ledger.events import plain
from app.notices import operations, queries
from app.notices.models import Notice
from app.proofs.audit_history import Said, last_words
from app.proofs.audit_rows import rows
from app.proofs.placeholders import MARK

_SPANS = (
    "SELECT notice_id, version, since, until, state, respond_by FROM notice_span "
    "WHERE workspace_id = %(ws)s AND notice_id = ANY(CAST(%(ids)s AS uuid[])) ORDER BY notice_id, version"
)
_DECIDED = {"response": "notice.responded", "reason": "notice.dismissed"}
"""Columns that hold what was said with the last event of a type."""


def notice_faults(
    read: Read, found: list[Notice], said: Mapping[UUID, list[Said]], *, erased: Collection[str]
) -> Iterator[str]:
    """Compare some notices with the events about them; *erased* are the subjects that the ledger says are erased."""
    ids = [row.id for row in found]
    spans: dict[UUID, list[Any]] = {}
    for span in rows(read, _SPANS, {"ids": ids}):
        spans.setdefault(span.notice_id, []).append(span)
    items = queries.items_of(read, ids)
    for row in found:
        history = said.get(row.id, [])
        if not history:
            continue
        is_erased = str(row.id) in erased
        yield from _own_faults(row, history, is_erased=is_erased)
        yield from _span_faults(row, spans.get(row.id, []), history)
        listed = last_words(history).get("items")
        about = sorted((one.type, one.ref) for one in items[row.id])
        if about != (sorted(operations.items_said(listed)) if listed else []) and not is_erased:
            yield f"notice_item of notice {row.id}: they are not those that were recorded"


def _own_faults(row: Notice, history: list[Said], *, is_erased: bool) -> Iterator[str]:
    where = f"notice {row.id}"
    if str(row.created_by) != history[0].actor:
        yield f"{where}: `created_by` is not who recorded it"
    if sha256(row.text.encode()).hexdigest() != row.text_sha256 and not (is_erased and row.text == MARK):
        yield f"{where}: its text is not the one that was recorded"
    for name, type_ in _DECIDED.items():
        expected = next((one.words.get(name) for one in reversed(history) if one.type == type_), None)
        if name == "reason" and row.state != "dismissed":
            expected = None
        value = getattr(row, name)
        if value != expected and not (is_erased and value == MARK):
            yield f"{where}: `{name}` is not what was disclosed"


def _span_faults(row: Notice, spans: list[Any], history: list[Said]) -> Iterator[str]:
    """A span for each change, each beginning when the one before it ends, the last being how the notice stands."""
    expected = [[n, one.data["state"], one.data["respond_by"]] for n, one in enumerate(history, 1)]
    stored = [[span.version, span.state, plain(span.respond_by)] for span in spans]
    ends = [span.until for span in spans]
    if stored != expected or ends != [*(span.since for span in spans[1:]), None] or row.version != len(spans):
        yield f"notice_span of notice {row.id}: its history does not lead to how it stands"
