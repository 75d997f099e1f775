"""Telling the ledger that something has come to stand escalated, and that it does no longer: once each.

What has crossed a line is the difference between what stands now and what the ledger was told, never an instant that
could be missed: a worker that was away catches up. What came and went meanwhile, nobody is told of any more.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from app.core.db import Tx, workspace_of
from app.core.ids import new_id
from app.escalations.models import Escalation
from app.escalations.queries import APPLIES
from app.ledger import log
from app.ledger.events import Change

BATCH = 200
"""Rows of one transaction: their locks and that of the ledger's head are held for so many events."""

BATCHES = 10
"""Of one workspace in one round of the worker."""

_TOLD = (
    "EXISTS (SELECT FROM escalation e WHERE e.workspace_id = r.workspace_id AND e.rule_id = r.id "
    "AND e.left_at IS NULL AND e.commitment_id {of})"
)
_TOGETHER = f"(SELECT count(*) FROM commitment c WHERE c.workspace_id = r.workspace_id AND {APPLIES}) >= r.count"

# What somebody is changing is left for the next time; nobody changes the rest until this has been told.
_NEW_SINGLES = (
    f"SELECT r.id AS rule_id, r.level, c.id AS commitment_id FROM commitment c "
    "JOIN escalation_rule r ON r.workspace_id = c.workspace_id "
    f"WHERE c.workspace_id = :ws AND r.active AND r.count IS NULL AND {APPLIES} AND NOT {_TOLD.format(of='= c.id')} "
    "LIMIT :batch FOR SHARE OF c, r SKIP LOCKED"
)
_NEW_TOGETHER = (
    "SELECT r.id AS rule_id, r.level, CAST(NULL AS uuid) AS commitment_id FROM escalation_rule r "
    f"WHERE r.workspace_id = :ws AND r.active AND r.count IS NOT NULL AND {_TOGETHER} "
    f"AND NOT {_TOLD.format(of='IS NULL')} ORDER BY r.id LIMIT :batch FOR SHARE OF r SKIP LOCKED"
)
_STANDS = (
    "r.active AND r.level = e.level AND CASE WHEN e.commitment_id IS NULL "
    f"THEN r.count IS NOT NULL AND {_TOGETHER} "
    f"ELSE r.count IS NULL AND EXISTS (SELECT FROM commitment c WHERE c.workspace_id = e.workspace_id "
    f"AND c.id = e.commitment_id AND {APPLIES}) END"
)
_OVER = (
    "SELECT e.id FROM escalation e JOIN escalation_rule r ON r.workspace_id = e.workspace_id AND r.id = e.rule_id "
    f"WHERE e.workspace_id = :ws AND e.left_at IS NULL AND NOT ({_STANDS}) "
    "ORDER BY e.id LIMIT :batch FOR UPDATE OF e SKIP LOCKED"
)


def leave(tx: Tx, *, at: datetime) -> int:
    """Tell the ledger of the next that do not stand any more, or not on that level; return how many."""
    ids = tx.scalars(sa.text(_OVER), {"ws": workspace_of(tx), "as_of": at, "batch": BATCH}).all()
    query = select(Escalation).where(Escalation.workspace_id == workspace_of(tx), col(Escalation.id).in_(ids))
    rows = tx.exec(query.order_by(col(Escalation.id))).all() if ids else []
    for row in rows:
        row.left_at = at
        tx.add(row)
    tx.flush()
    _append(tx, "escalation.left", rows, at=at)
    return len(rows)


def enter(tx: Tx, *, at: datetime) -> int:
    """Tell the ledger of the next that have come to stand; return how many.

    Two workers may find the same: the index lets one of them tell it. The caller comes back while there are as many
    as a batch has. What changed its level leaves one before it enters the other.
    """
    values = {"ws": workspace_of(tx), "as_of": at, "batch": BATCH}
    found: list[Any] = list(tx.execute(sa.text(_NEW_SINGLES), values))
    if len(found) < BATCH:
        # Counting reads all that is overdue, so it waits for the last batch.
        found += tx.execute(sa.text(_NEW_TOGETHER), values | {"batch": BATCH - len(found)})
    if not found:
        return 0
    rows = [
        {"workspace_id": workspace_of(tx), "id": new_id(), "entered_at": at, **row._mapping}  # noqa: SLF001 - public, by SQLAlchemy's documentation
        # In one order, so that two workers wait for each other and not in a circle.
        for row in sorted(found, key=lambda row: (row.rule_id, row.commitment_id or row.rule_id))
    ]
    mine = set(tx.scalars(insert(Escalation).values(rows).on_conflict_do_nothing().returning(col(Escalation.id))))
    _append(tx, "escalation.entered", [Escalation(**row) for row in rows if row["id"] in mine], at=at)
    return len(found)


def _append(tx: Tx, type_: str, rows: Sequence[Escalation], *, at: datetime) -> None:
    if rows:
        # Nobody did it: the actor is the workspace itself.
        changes = [Change(type=type_, subject=row.id, data=row.facts()) for row in rows]
        log.append(tx, changes, actor=workspace_of(tx), at=at)
