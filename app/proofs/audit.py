"""`followthrough audit`: does what is stored agree with itself?

From the stored bytes, event by event: each is canonical and well-formed, the numbers have no gaps, time does not go
back, each leaf is the hash of its bytes, each plan's chain is whole, each disclosure is one the event knows of; in the
end the frontier and the size are the head's. Then each row of the state tables says what the last event about it says.
Memory stays flat: a batch of events, the frontier, and the end of each plan's chain.
"""

import base64
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
import rfc8785
import sqlalchemy as sa
from sqlmodel import col, select

from app.commitments.models import Commitment, Evidence, Series
from app.core import db
from app.core.db import Read
from app.ledger import merkle
from app.ledger.events import SCHEMAS, digest, plain
from app.ledger.models import LedgerEvent, LedgerHead, LedgerPlan
from app.plans.models import Plan, Submission
from app.plans.rules import Outcome
from app.proofs import queries
from app.proofs.placeholders import MARK, NO_PLAN
from app.workspaces.models import Account, ApiKey, Member, Workspace

BATCH = 1000
MAX_FAULTS = 100
"""Enough to see what is wrong; after as many, the audit stops."""

_BEGIN: dict[Any, str] = {
    Member: "member.added",
    Account: "account.added",
    ApiKey: "key.created",
    Plan: "plan.drafted",
    Series: "series.opened",
    Commitment: "commitment.opened",
    Evidence: "evidence.added",
}
"""Each table whose rows events are about, and the event that begins one."""

_FIELDS = {"v", "ws", "seq", "at", "type", "actor", "plan", "plan_seq", "prev", "subj", "data", "sd"}


@dataclass
class Report:
    """What was looked at and what is wrong."""

    events: int = 0
    root: str = ""
    faults: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not self.faults


@dataclass
class _Walk:
    """Where a walk over the events has come to."""

    workspace: UUID
    size: int = 0
    at: str = ""
    frontier: tuple[bytes, ...] = ()
    chains: dict[UUID, tuple[int, bytes]] = field(default_factory=dict)
    """Of each plan, how many events it has had and the leaf of the last."""
    types: Counter[str] = field(default_factory=Counter)
    """How many events there were of each type."""


def check(engine: sa.Engine, workspace_id: UUID, *, progress: Callable[[int, int], None]) -> Report:
    """Audit one workspace and report; *progress* is called with how many events are done, and of how many.

    Everything is read as of one instant, so writes that go on meanwhile disturb nothing.
    """
    report = Report()
    with db.reading(engine, workspace_id) as read:
        read.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        read.execute(sa.text("SET LOCAL statement_timeout = 0"))
        for fault in _faults(read, workspace_id, report, progress):
            report.faults.append(fault)
            if len(report.faults) == MAX_FAULTS:
                break
    return report


def _faults(read: Read, workspace: UUID, report: Report, progress: Callable[[int, int], None]) -> Iterator[str]:
    head = read.exec(select(LedgerHead).where(LedgerHead.workspace_id == workspace)).one()
    walk = _Walk(workspace)
    while events := queries.events(read, after=walk.size - 1, limit=BATCH):
        said = queries.disclosures(read, events[0].seq, events[-1].seq)
        for event in events:
            yield from _event_faults(walk, event)
            yield from _disclosure_faults(event, [one.disclosure for one in said.get(event.seq, ())])
        read.expunge_all()
        report.events, report.root = walk.size, merkle.frontier_root(walk.frontier).hex()
        progress(walk.size, head.size)
    if walk.size != head.size:
        yield f"the head counts {head.size} events, {walk.size} are stored"
    if b"".join(walk.frontier) != head.frontier:
        yield "the head's frontier is not that of the stored events"
    yield from _chain_faults(read, walk)
    for table, first in _BEGIN.items():
        yield from _table_faults(read, workspace, table, begun=walk.types[first])
    row = read.exec(select(Workspace).where(Workspace.id == workspace)).one()
    yield from _row_faults("workspace", row, row.facts(), _last_said(read, workspace, [workspace]))
    yield from _wording_faults(read, workspace)
    yield from _span_faults(read, workspace)


def _event_faults(walk: _Walk, row: LedgerEvent) -> Iterator[str]:
    """Check one event against those before it, and step on to it."""
    where = f"event {row.seq}"
    if row.seq != walk.size:
        yield f"{where}: {walk.size} should come next"
    event = _parsed(row.body)
    if event.keys() != _FIELDS or rfc8785.dumps(event) != row.body:
        yield f"{where}: its bytes are not an event in canonical form"
        event = dict.fromkeys(_FIELDS)
    elif event["type"] not in SCHEMAS or not SCHEMAS[event["type"]](event["data"]):
        yield f"{where}: its data do not follow the schema of {event['type']}"
    leaf = merkle.leaf_hash(row.body)
    if leaf != row.leaf:
        yield f"{where}: its leaf is not the hash of its bytes"
    copies = {
        "ws": str(walk.workspace),
        "seq": row.seq,
        "subj": str(row.subject),
        "plan": row.plan_id and str(row.plan_id),
    }
    for name, value in copies.items():
        if event[name] != value:
            yield f"{where}: `{name}` says {event[name]}, the row {value}"
    if (event["at"] or "") < walk.at:
        yield f"{where}: earlier than the one before it"
    if row.plan_id:
        events, last = walk.chains.get(row.plan_id, (0, b""))
        if event["plan_seq"] != events + 1 or event["prev"] != (base64.b64encode(last).decode() if last else None):
            yield f"{where}: the chain of its plan is broken"
        walk.chains[row.plan_id] = (events + 1, leaf)
    walk.types[event["type"]] += 1
    walk.frontier = merkle.push(walk.frontier, walk.size, leaf)
    walk.size, walk.at = walk.size + 1, event["at"] or walk.at


def _disclosure_faults(row: LedgerEvent, said: list[str]) -> Iterator[str]:
    """What was erased is absent; what is there must be what the event knows of."""
    known = _parsed(row.body).get("sd") or [] if said else []
    for one in said:
        if digest(one) not in known:
            yield f"event {row.seq}: a disclosure that it does not know of"


def _chain_faults(read: Read, walk: _Walk) -> Iterator[str]:
    ends = {row.plan_id: row for row in read.exec(select(LedgerPlan).where(LedgerPlan.workspace_id == walk.workspace))}
    for plan in ends.keys() | walk.chains.keys():
        events, leaf = walk.chains.get(plan, (0, None))
        end = ends.get(plan)
        if end is None or (end.events, end.last_leaf) != (events, leaf):
            yield f"plan {plan}: its chain does not end where the ledger says"


def _table_faults(read: Read, workspace: UUID, table: Any, *, begun: int) -> Iterator[str]:
    """Compare each row with what the last event about it says, and their number with how many began."""
    after: UUID | None = None
    while True:
        query = select(table).where(table.workspace_id == workspace).order_by(table.id).limit(BATCH)
        rows = read.exec(query if after is None else query.where(table.id > after)).all()
        if not rows:
            break
        said = _last_said(read, workspace, [row.id for row in rows])
        attempts = _attempts(read, workspace, [row.id for row in rows]) if table is Plan else {}
        for row in rows:
            facts = row.facts(attempts.get(row.id)) if table is Plan else row.facts()
            yield from _row_faults(table.__tablename__, row, facts, said)
        after = rows[-1].id
        read.expunge_all()
    count = read.execute(
        sa.select(sa.func.count()).select_from(table).where(table.workspace_id == workspace)
    ).scalar_one()
    if count != begun:
        yield f"{table.__tablename__}: {count} rows, {begun} in the ledger"


def _row_faults(name: str, row: Any, facts: dict[str, object], said: dict[UUID, Any]) -> Iterator[str]:
    expected = said.get(row.id)
    if expected is None:
        yield f"{name} {row.id}: no event about it"
        return
    for key, value in plain(facts).items():
        if expected.get(key) != value:
            yield f"{name} {row.id}: `{key}` is {value}, the ledger says {expected.get(key)}"


def _last_said(read: Read, workspace: UUID, ids: list[UUID]) -> dict[UUID, Any]:
    """Return the data of the last event about each of *ids*."""
    query = sa.text(
        "SELECT id, (SELECT body FROM ledger_event e WHERE e.workspace_id = :ws AND e.subject = id "
        'AND position(\'"type":"disclosure.erased"\' IN e.body) = 0 ORDER BY e.seq DESC LIMIT 1) AS body FROM unnest(CAST(:ids AS uuid[])) id'
    )
    rows = read.execute(query, {"ws": workspace, "ids": ids})
    return {row.id: _parsed(row.body).get("data") or {} for row in rows if row.body is not None}


def _attempts(read: Read, workspace: UUID, plans: list[UUID]) -> dict[UUID, Submission]:
    """Return the newest attempt of each plan."""
    query = (
        select(Submission)
        .where(Submission.workspace_id == workspace, col(Submission.plan_id).in_(plans))
        .order_by(col(Submission.number))
    )
    return {row.plan_id: row for row in read.exec(query)}


def _parsed(body: bytes) -> dict[str, Any]:
    """Return the event in *body*, or nothing if it cannot be one."""
    try:
        event = orjson.loads(body)
        rfc8785.dumps(event)
    except (ValueError, RecursionError):
        return {}
    return event if isinstance(event, dict) else {}


def _wording_faults(read: Read, workspace: UUID) -> Iterator[str]:
    """Compare what people wrote with the hashes of it: plans as frozen, their clauses, evidence."""
    query = select(Submission).where(Submission.workspace_id == workspace).execution_options(yield_per=100)
    for attempt in read.exec(query):
        if attempt.content == NO_PLAN:
            continue
        if sha256(attempt.content).hexdigest() != attempt.content_sha256:
            yield f"plan {attempt.plan_id}: attempt {attempt.number} is not the text that was frozen"
        elif attempt.outcome == Outcome.APPROVED:
            yield from _clause_faults(read, attempt)
    evidence = select(Evidence).where(Evidence.workspace_id == workspace).execution_options(yield_per=BATCH)
    for one in read.exec(evidence):
        if one.body != MARK and sha256(one.body.encode()).hexdigest() != one.sha256:
            yield f"evidence {one.id}: it is not what was added"


def _clause_faults(read: Read, attempt: Submission) -> Iterator[str]:
    """Compare the commitments of a plan with the clauses of the approved text that they stand for."""
    clauses = orjson.loads(attempt.content)["commitments"]
    query = sa.select(col(Commitment.id), col(Commitment.number), col(Commitment.text), col(Commitment.kind)).where(
        col(Commitment.workspace_id) == attempt.workspace_id, col(Commitment.plan_id) == attempt.plan_id
    )
    for row in read.execute(query):
        clause = clauses[row.number - 1] if row.number <= len(clauses) else {}
        if (row.text, row.kind) != (clause.get("text"), clause.get("kind")):
            yield f"commitment {row.id}: it does not say what clause {row.number} of the approved plan says"


_SPANS = sa.text(
    "SELECT c.id FROM commitment c LEFT JOIN commitment_span s ON s.workspace_id = c.workspace_id "
    "AND s.commitment_id = c.id AND s.until IS NULL WHERE c.workspace_id = :ws "
    "AND (s.version, s.state, s.owner_id, s.due_at) IS DISTINCT FROM (c.version, c.state, c.owner_id, c.due_at) "
    "UNION ALL SELECT s.commitment_id FROM commitment_span s LEFT JOIN commitment_span n ON n.workspace_id = "
    "s.workspace_id AND n.commitment_id = s.commitment_id AND n.version = s.version + 1 "
    "WHERE s.workspace_id = :ws AND s.until IS DISTINCT FROM n.since"
)


def _span_faults(read: Read, workspace: UUID) -> Iterator[str]:
    """Check that the spans of a commitment follow each other and end with how it stands."""
    for row in read.execute(_SPANS, {"ws": workspace}):
        yield f"commitment {row.id}: its history does not lead to how it stands"
