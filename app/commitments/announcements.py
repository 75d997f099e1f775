"""Telling the ledger what time decided: that a commitment is due soon, and that it is overdue.

Once for each commitment and each due it has. What to announce is a range of rows, never an instant that could be
missed: a worker that was away catches up with whatever is overdue by now.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby
from operator import attrgetter

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from app.commitments.models import Announcement, Commitment
from app.commitments.rules import OPEN_STATES
from app.core.db import Tx, workspace_of
from app.ledger import log
from app.ledger.events import Change

BATCH = 50
"""Rows of one transaction: their lock and that of the ledger's head are held for so many events."""


class Moment(StrEnum):
    """What is announced."""

    DUE_SOON = "due_soon"
    OVERDUE = "overdue"


def announce(tx: Tx, moment: Moment, *, at: datetime, ahead: timedelta) -> int:
    """Announce the next commitments that are overdue, or due within *ahead*, oldest due first; return how many.

    The caller comes back while it is as many as a batch has. A commitment that somebody is changing is left for the
    next time. Two workers may pick the same one: the primary key lets one of them announce it.
    """
    rows = _picked(tx, moment, at=at, ahead=ahead)
    if not rows:
        return 0
    values = [
        {"workspace_id": row.workspace_id, "commitment_id": row.id, "kind": moment, "due_at": row.due_at, "at": at}
        for row in rows
    ]
    noted = insert(Announcement).values(values).on_conflict_do_nothing().returning(col(Announcement.commitment_id))
    mine = set(tx.execute(noted).scalars())
    _append(tx, moment, (row for row in rows if row.id in mine), at=at)
    return len(rows)


def _append(tx: Tx, moment: Moment, rows: Iterable[Commitment], *, at: datetime) -> None:
    by_plan = attrgetter("plan_id")
    for plan, group in groupby(sorted(rows, key=by_plan), by_plan):
        changes = [Change(type=f"commitment.{moment}", subject=row.id, data=row.facts()) for row in group]
        # Nobody did it: the actor is the workspace itself.
        log.append(tx, changes, plan=plan, actor=workspace_of(tx), at=at)


def _picked(tx: Tx, moment: Moment, *, at: datetime, ahead: timedelta) -> list[Commitment]:
    """Return the next commitments to announce, locked: as with every write, they come before the ledger's head."""
    told = (
        select(Announcement.commitment_id)
        .where(
            Announcement.workspace_id == Commitment.workspace_id,
            Announcement.commitment_id == Commitment.id,
            Announcement.kind == moment,
            Announcement.due_at == Commitment.due_at,
        )
        .exists()
    )
    due = col(Commitment.due_at)
    when = due <= at if moment is Moment.OVERDUE else (due > at) & (due <= at + ahead)
    query = select(Commitment).where(
        Commitment.workspace_id == workspace_of(tx), col(Commitment.state).in_(OPEN_STATES), when, ~told
    )
    return list(tx.exec(query.order_by(due, col(Commitment.id)).limit(BATCH).with_for_update(skip_locked=True)))
