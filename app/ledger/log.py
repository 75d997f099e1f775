"""Appending to the ledger: the last thing a write does."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from app.core import db
from app.core.db import Read, Tx, workspace_of
from app.ledger import merkle
from app.ledger.events import Change, digest, disclose, format_event
from app.ledger.models import LedgerHead, LedgerPlan

_LOCK = (
    "SELECT size, frontier, last_at, 0 AS events, NULL::bytea AS last_leaf FROM ledger_head "
    "WHERE workspace_id = %(ws)s FOR UPDATE"
)
# The head is locked first, and the chain's row is then read as it is after the wait, not as it was before.
_LOCK_WITH_CHAIN = (
    "SELECT h.size, h.frontier, h.last_at, p.events, p.last_leaf FROM ledger_head h JOIN ledger_plan p "
    "ON p.workspace_id = h.workspace_id AND p.plan_id = %(plan)s WHERE h.workspace_id = %(ws)s FOR UPDATE"
)
# One statement, so that the head is held for one round trip and the commit.
_WRITE = (
    "WITH head AS (UPDATE ledger_head SET size = %(size)s, frontier = %(frontier)s, last_at = %(at)s "
    "WHERE workspace_id = %(ws)s), "
    "chain AS (UPDATE ledger_plan SET events = %(events)s, last_leaf = %(last_leaf)s "
    "WHERE workspace_id = %(ws)s AND plan_id = %(plan)s) "
)
_ONE = _WRITE + (
    "INSERT INTO ledger_event (workspace_id, seq, body, leaf, subject, plan_id) "
    "VALUES (%(ws)s, %(seq)s, %(body)s, %(leaf)s, %(subject)s, %(plan)s)"
)
_MANY = _WRITE + (  # noqa: S608 - all of it is our text
    ", private AS (INSERT INTO disclosure (workspace_id, seq, digest, disclosure) SELECT %(ws)s, d.* FROM "
    "unnest(CAST(%(of)s AS bigint[]), CAST(%(digests)s AS text[]), CAST(%(disclosures)s AS text[])) d) "
    "INSERT INTO ledger_event (workspace_id, seq, body, leaf, subject, plan_id) SELECT %(ws)s, e.*, %(plan)s FROM "
    "unnest(CAST(%(seqs)s AS bigint[]), CAST(%(bodies)s AS bytea[]), CAST(%(leaves)s AS bytea[]), "
    "CAST(%(subjects)s AS uuid[])) e"
)


def open_ledger(tx: Tx) -> None:
    """Start the ledger of a new workspace."""
    tx.execute(sa.insert(LedgerHead).values(workspace_id=workspace_of(tx), size=0, frontier=b""))


def open_chain(tx: Tx, plan: UUID, number: int) -> None:
    """Start the chain of a new plan, which has the next *number*."""
    tx.execute(sa.insert(LedgerPlan).values(workspace_id=workspace_of(tx), plan_id=plan, number=number, events=0))


def append(tx: Tx, changes: Sequence[Change], *, plan: UUID | None = None, actor: UUID, at: datetime) -> int:
    """Append *changes*, in order, and return the sequence number of the first.

    All of them concern *plan*, or none does. The change and its evidence commit together or not at all, which is why
    this takes a transaction and never opens one. Writers queue at the head's row until commit, so numbers are dense,
    in commit order, and a crash before the commit gives them back. An event is never earlier than the one before it:
    where clocks differ, the later reading is kept.
    """
    workspace = workspace_of(tx)
    names = {"ws": workspace, "plan": plan}
    head = db.run(tx, _LOCK_WITH_CHAIN if plan else _LOCK, names)[0]
    at = at if head.last_at is None else max(at, head.last_at)
    frontier = tuple(head.frontier[i : i + merkle.HASH_SIZE] for i in range(0, len(head.frontier), merkle.HASH_SIZE))
    events, last_leaf = head.events, head.last_leaf
    bodies, leaves, private = [], [], []
    for seq, change in enumerate(changes, head.size):
        said = [disclose(name, value) for name, value in change.private.items()]
        digests = [digest(one) for one in said]
        private += [(seq, *pair) for pair in zip(digests, said, strict=True)]
        events += 1
        body = format_event(
            change,
            workspace=workspace,
            seq=seq,
            at=at,
            actor=actor,
            plan=plan,
            plan_seq=events if plan else None,
            prev=last_leaf,
            digests=digests,
        )
        last_leaf = merkle.leaf_hash(body)
        frontier = merkle.push(frontier, seq, last_leaf)
        bodies.append(body)
        leaves.append(last_leaf)
        last_leaf = last_leaf if plan else None
    moved = names | {
        "size": head.size + len(changes),
        "frontier": b"".join(frontier),
        "at": at,
        "events": events,
        "last_leaf": last_leaf,
    }
    if len(changes) == 1 and not private:
        # Most writes. Arrays of one would cost the driver more than all the rest.
        one = {"seq": head.size, "body": bodies[0], "leaf": leaves[0], "subject": changes[0].subject}
        db.run(tx, _ONE, moved | one)
    else:
        many = {
            "seqs": list(range(head.size, head.size + len(changes))),
            "bodies": bodies,
            "leaves": leaves,
            "subjects": [change.subject for change in changes],
            "of": [seq for seq, _, _ in private],
            "digests": [one for _, one, _ in private],
            "disclosures": [one for _, _, one in private],
        }
        db.run(tx, _MANY, moved | many)
    tx.info["event"] = head.size + len(changes) - 1
    return int(head.size)


def last_appended(session: Read) -> int | None:
    """Return the number of the last event that this transaction appended; None if it appended none."""
    last: int | None = session.info.get("event")
    return last
