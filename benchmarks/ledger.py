"""A ledger of any size, written as the server would have written it, only faster: COPY instead of transactions.

Plan 1 has a thousand events and plan 2 ten thousand, both spread over the whole ledger; the others share the rest. All
but the first events of each plan add evidence to its one commitment. The tables agree with the events, so that an audit
finds nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

import psycopg
from data import Tenant

from app.core import db, schema
from app.core.ids import new_id
from app.ledger import merkle
from app.ledger.events import Change, format_event
from app.plans import operations as plans
from app.plans.schemas import PlanIn
from app.workspaces import operations as workspaces
from app.workspaces.schemas import MemberIn

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
BODY = "Invoice 90-3344 was checked against the supplier's list: complete."
_HASH = sha256(BODY.encode()).hexdigest()

_COPY_EVENTS = "COPY ledger_event (workspace_id, seq, body, leaf, subject, plan_id) FROM STDIN"
_COPY_EVIDENCE = "COPY evidence (workspace_id, id, commitment_id, kind, body, sha256, added_by, added_at) FROM STDIN"


@dataclass(slots=True)
class Chain:
    """A plan, and where its chain has come to."""

    plan: UUID
    commitment: UUID
    events: int
    last: bytes


@dataclass(frozen=True, slots=True)
class Ledger:
    """A workspace with a large ledger."""

    tenant: Tenant
    size: int


def make_ledger(url: str, size: int, *, others: int) -> Ledger:
    """Fill the empty database at *url* with a workspace of *size* events and *others* plans beside the two."""
    schema.migrate(url)
    engine = db.make_engine(url, pool_size=1)
    workspace = new_id()
    with db.writing(engine, workspace) as tx:
        key = workspaces.create_workspace(tx, name="Large", timezone="UTC", at=START).secret
        member = workspaces.add_member(tx, MemberIn(name="Ada", email="ada@example.com"), by=workspace, at=START)
    for _ in range(others + 2):
        with db.writing(engine, workspace) as tx:
            new = _plan(str(member.id))
            assert new.approval
            plans.record_approved(tx, new, new.approval, by=workspace, at=START)
    engine.dispose()
    with psycopg.connect(url) as connection:
        _extend(connection, workspace, member.id, size)
    return Ledger(Tenant(workspace, key), size)


def _plan(owner: str) -> PlanIn:
    promise = {"kind": "preventive", "text": "Check every invoice.", "owner": owner, "due_on": "2030-01-15"}
    approval = {"authority": "Amazon", "received_at": START.isoformat()}
    return PlanIn.model_validate({"title": "Invoices", "commitments": [promise], "approval": approval})


def _extend(connection: psycopg.Connection[tuple[object, ...]], workspace: UUID, by: UUID, size: int) -> None:
    found = connection.execute("SELECT size, frontier FROM ledger_head WHERE workspace_id = %s", [workspace]).fetchone()
    assert found
    first, stored = found
    assert isinstance(first, int)
    assert isinstance(stored, bytes)
    frontier = tuple(stored[start : start + 32] for start in range(0, len(stored), 32))
    chains = [
        Chain(*row)  # type: ignore[arg-type]
        for row in connection.execute(
            "SELECT l.plan_id, c.id, l.events, l.last_leaf FROM ledger_plan l JOIN commitment c "
            "ON c.workspace_id = l.workspace_id AND c.plan_id = l.plan_id WHERE l.workspace_id = %s ORDER BY l.number",
            [workspace],
        )
    ]
    evidence: list[tuple[object, ...]] = []
    with connection.cursor().copy(_COPY_EVENTS) as copy:
        for seq, chain in _turns(chains, first, size):
            change = Change(
                type="evidence.added",
                subject=new_id(),
                data={
                    "commitment": chain.commitment,
                    "kind": "note",
                    "sha256": _HASH,
                    "document_on": None,
                    "added_by": by,
                },
            )
            body = format_event(
                change,
                workspace=workspace,
                seq=seq,
                at=START + timedelta(seconds=seq),
                actor=by,
                plan=chain.plan,
                plan_seq=chain.events + 1,
                prev=chain.last,
                digests=[],
            )
            chain.events, chain.last = chain.events + 1, merkle.leaf_hash(body)
            frontier = merkle.push(frontier, seq, chain.last)
            copy.write_row((workspace, seq, body, chain.last, change.subject, chain.plan))
            at = START + timedelta(seconds=seq)
            evidence.append((workspace, change.subject, chain.commitment, "note", BODY, _HASH, by, at))
    with connection.cursor().copy(_COPY_EVIDENCE) as copy:
        for row in evidence:
            copy.write_row(row)
    connection.execute(
        "UPDATE ledger_head SET size = %s, frontier = %s, last_at = %s WHERE workspace_id = %s",
        [size, b"".join(frontier), START + timedelta(seconds=size), workspace],
    )
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE ledger_plan SET events = %s, last_leaf = %s WHERE workspace_id = %s AND plan_id = %s",
            [(chain.events, chain.last, workspace, chain.plan) for chain in chains],
        )
    connection.commit()
    connection.autocommit = True
    connection.execute("VACUUM ANALYZE")


def _turns(chains: list[Chain], first: int, size: int) -> Iterator[tuple[int, Chain]]:
    """Yield each number and whose turn it is."""
    thousand, ten_thousand, *others = chains
    every, ten_times_as_often = size // 1000, size // 10_000
    for seq in range(first, size):
        if seq % every == 0:
            yield seq, thousand
        elif seq % max(2, ten_times_as_often) == 1:
            yield seq, ten_thousand
        else:
            yield seq, others[seq % len(others)]
