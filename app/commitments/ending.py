"""Ending what recurs, from a day on."""

from datetime import date, datetime
from uuid import UUID

from sqlmodel import col, select

from app.commitments import standing
from app.commitments.models import Commitment, Series
from app.commitments.rules import OPEN_STATES, State
from app.core.db import Read, Tx, workspace_of
from app.ledger.events import Change


def series_of(session: Read, plan: UUID) -> dict[int, Series]:
    """Return what recurs in a plan, by its number there."""
    query = select(Series).where(Series.workspace_id == workspace_of(session), Series.plan_id == plan)
    return {one.number: one for one in session.exec(query)}


def end(tx: Tx, series: UUID, *, from_on: date, at: datetime) -> list[Change]:
    """End a series, waive what is open of it from that day on, and return what happened, for the caller's append.

    A time that was extended keeps the day that the rule gave it. What was missed before stays missed.
    """
    mine = workspace_of(tx)
    query = select(Series).where(Series.workspace_id == mine, Series.id == series).with_for_update()
    row = tx.exec(query.execution_options(populate_existing=True)).one()
    row.ended_on = from_on
    tx.add(row)
    tx.flush()
    times = select(Commitment).where(
        Commitment.workspace_id == mine,
        Commitment.series_id == series,
        col(Commitment.original_due_on) >= from_on,
        col(Commitment.state).in_(OPEN_STATES),
    )
    changes = [standing.series_change("series.ended", row)]
    for time in tx.exec(times.order_by(col(Commitment.id)).with_for_update()).all():
        standing.turn(tx, time, state=State.WAIVED.value, at=at)
        changes.append(standing.change("commitment.waived", time))
    return changes
