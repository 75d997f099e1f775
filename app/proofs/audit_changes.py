"""What follows an approval, against the events: requests, verdicts, amendments, checks, how series ended."""

from collections.abc import Collection, Iterator, Mapping
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
from sqlmodel import col, select

from app.changes.models import Amendment, Request
from app.commitments.models import Commitment, Series
from app.core.db import Read, workspace_of
from app.effectiveness.models import EffectivenessCheck
from app.ledger.events import plain
from app.proofs.audit_history import Said
from app.proofs.audit_rows import rows
from app.proofs.placeholders import MARK, NO_PLAN

_VERDICTS = (
    "SELECT commitment_id, number, outcome, reason, evidence, by FROM verification "
    "WHERE workspace_id = %(ws)s AND commitment_id = ANY(CAST(%(ids)s AS uuid[])) ORDER BY commitment_id, number"
)
_SHOWN = (
    "SELECT e.commitment_id, min(l.seq) AS seq FROM evidence e "
    "JOIN ledger_event l ON l.workspace_id = e.workspace_id AND l.subject = e.id "
    "WHERE e.workspace_id = %(ws)s AND e.commitment_id = ANY(CAST(%(ids)s AS uuid[])) GROUP BY e.commitment_id, e.id"
)
"""When each piece of evidence was added."""
_ASKED = (
    "SELECT commitment_id, count(*) AS n FROM request "
    "WHERE workspace_id = %(ws)s AND commitment_id = ANY(CAST(%(ids)s AS uuid[])) GROUP BY commitment_id"
)
_JUDGED = ("commitment.verified", "commitment.rejected")
_DECIDED = {"decision_reason": "decision_reason", "authority": "authority", "decision_reference": "reference"}
"""Columns that hold what was said with a decision, and under which name."""


def change_faults(row: Request | Amendment | EffectivenessCheck, history: list[Said], *, erased: bool) -> Iterator[str]:
    """Compare what a request, amendment or check says beside its facts with the events about it."""
    if isinstance(row, Request | Amendment):
        yield from _decided_faults(row, history, erased=erased)
    if str(row.plan_id) != history[0].plan:
        yield f"{_where(row)}: it is not of the plan that it says"
    if isinstance(row, Request) and row.kind != history[0].type.partition(".")[0]:
        yield f"{_where(row)}: `kind` is not what was asked for"


def _decided_faults(row: Request | Amendment, history: list[Said], *, erased: bool) -> Iterator[str]:
    words = history[-1].words if len(history) > 1 else {}
    for column, name in _DECIDED.items():
        value = getattr(row, column, None)
        if value != words.get(name) and not (erased and value == MARK and name not in words):
            yield f"{_where(row)}: `{column}` is not what was disclosed"
    if isinstance(row, Amendment) and not _is_whole(row) and not (erased and row.content == NO_PLAN):
        yield f"{_where(row)}: its content is not the text that was asked for"


def verdict_faults(
    read: Read, found: list[Commitment], said: Mapping[UUID, list[Said]], *, erased: Collection[str]
) -> Iterator[str]:
    """Compare what was found in the evidence of some commitments, and what was asked for of them, with the events."""
    ids = {"ids": [row.id for row in found]}
    stored: dict[UUID, list[Any]] = {}
    for one in rows(read, _VERDICTS, ids):
        stored.setdefault(one.commitment_id, []).append(one)
    shown: dict[UUID, list[int]] = {}
    for one in rows(read, _SHOWN, {"ids": list(stored)}) if stored else ():
        shown.setdefault(one.commitment_id, []).append(one.seq)
    asked = {one.commitment_id: one.n for one in rows(read, _ASKED, ids)}
    for row in found:
        history = said.get(row.id, [])
        judged = [one for one in history if one.type in _JUDGED]
        verdicts = stored.get(row.id, [])
        expected = [[n, one.type.partition(".")[2], one.actor] for n, one in enumerate(judged, 1)]
        if [[one.number, one.outcome, str(one.by)] for one in verdicts] != expected:
            yield f"verification of commitment {row.id}: it is not what was found"
        for event, one in zip(judged, verdicts, strict=False):
            gone = one.reason == MARK and str(row.id) in erased and "reason" not in event.words
            if one.reason != event.words.get("reason") and not gone:
                yield f"verification of commitment {row.id}: `reason` is not what was disclosed"
            if one.evidence != sum(seq < event.seq for seq in shown.get(row.id, ())):
                yield f"verification of commitment {row.id}: `evidence` is not how many pieces there were"
        if row.requests != asked.get(row.id, 0):
            yield f"commitment {row.id}: `requests` is not how many there are"
        if row.extensions != sum(one.type == "commitment.extended" for one in history):
            yield f"commitment {row.id}: `extensions` is not how many were granted"


def series_faults(row: Series, history: list[Said]) -> Iterator[str]:
    """Compare the end of a series with the events about it."""
    ended = next((one.data["ended_on"] for one in history if one.type == "series.ended"), None)
    if plain(row.ended_on) != ended:
        yield f"series {row.id}: `ended_on` is {row.ended_on}, the ledger says {ended}"


def clauses_of(read: Read, plan: UUID) -> dict[UUID, list[Any] | None]:
    """Return the clauses of each amendment of a plan that was granted; None: they were erased."""
    query = select(Amendment).where(
        Amendment.workspace_id == workspace_of(read), Amendment.plan_id == plan, col(Amendment.state) == "granted"
    )
    return {
        one.id: None if one.content == NO_PLAN else orjson.loads(one.content)["commitments"]
        for one in read.exec(query)
        if _is_whole(one) or one.content == NO_PLAN
    }


def _is_whole(row: Amendment) -> bool:
    return sha256(row.content).hexdigest() == row.content_sha256


def _where(row: Request | Amendment | EffectivenessCheck) -> str:
    return f"{row.__tablename__} {row.id}"
