"""Ending what recurs, from a day on."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
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


def end(tx: Tx, ends: Mapping[UUID, date], *, at: datetime) -> list[Change]:
    """End each series from its day on, waive what lies ahead of it, and return what happened, for the caller's append.

    A time that was extended keeps the day that the rule gave it. What is overdue by now was missed, and stays so.
    """
    # All series and then all times, each in the order of their ids, as whoever hands over locks them.
    changes = []
    for series in _locked(tx, ends):
        series.ended_on = ends[series.id]
        tx.add(series)
        changes.append(standing.series_change("series.ended", series))
    tx.flush()
    for time in _times(tx, ends, at=at):
        standing.turn(tx, time, state=State.WAIVED.value, at=at)
        changes.append(standing.change("commitment.waived", time))
    return changes


def _locked(tx: Tx, ends: Mapping[UUID, date]) -> Sequence[Series]:
    query = select(Series).where(Series.workspace_id == workspace_of(tx), col(Series.id).in_(ends))
    query = query.order_by(col(Series.id)).with_for_update(key_share=True)
    return tx.exec(query.execution_options(populate_existing=True)).all()


def _times(tx: Tx, ends: Mapping[UUID, date], *, at: datetime) -> Sequence[Commitment]:
    ended = (
        sa.and_(col(Commitment.series_id) == series, col(Commitment.original_due_on) >= from_on)
        for series, from_on in ends.items()
    )
    query = select(Commitment).where(
        Commitment.workspace_id == workspace_of(tx),
        sa.or_(sa.false(), *ended),
        col(Commitment.state).in_(OPEN_STATES),
        col(Commitment.due_at) > at,
    )
    return tx.exec(query.order_by(col(Commitment.id)).with_for_update()).all()
