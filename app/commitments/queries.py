"""Reading commitments one at a time. Lists and counts are `followthrough`'s."""

import re
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from app.commitments import schedule
from app.commitments.models import Commitment, CommitmentSpan, Evidence, Series
from app.commitments.rules import OPEN_STATES, CommitmentNotFound, State
from app.core.db import Read, Tx, workspace_of
from app.workspaces.models import Member

_REFERENCE = re.compile(r"POA-(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?", re.ASCII)

_open = ", ".join(f"'{state}'" for state in State if state in OPEN_STATES)


def overdue(alias: str) -> str:
    """Return the SQL twin of `rules.is_overdue`, over the columns of *alias* and the parameter `as_of`."""
    return f"{still_open(alias)} AND {alias}.due_at <= :as_of"


def still_open(alias: str) -> str:
    """Return the SQL for "something is still to be done", as the partial indexes have it."""
    return f"{alias}.state IN ({_open})"


# How people name a commitment: by its id, by its place in a plan, or as one time of a recurring one. The statements are
# built once, since building one costs more than running it.
_PLACE = sa.and_(
    col(Commitment.plan_number) == sa.bindparam("plan"),
    col(Commitment.number) == sa.bindparam("number", type_=sa.Integer),
)
_BY: dict[str, sa.ColumnElement[bool]] = {
    "id": col(Commitment.id) == sa.bindparam("id"),
    "place": sa.and_(_PLACE, col(Commitment.occurrence).is_(None)),
    "time": sa.and_(_PLACE, col(Commitment.occurrence) == sa.bindparam("occurrence")),
}


def _named(session: Read, name: str) -> tuple[str, dict[str, Any]]:
    """Return which of the ways *name* names a commitment, and the parameters of that; or refuse."""
    mine: dict[str, Any] = {"ws": workspace_of(session)}
    if found := _REFERENCE.fullmatch(name):
        plan, number, occurrence = (None if part is None else int(part) for part in found.groups())
        place = mine | {"plan": plan, "number": number}
        return ("time", place | {"occurrence": occurrence}) if occurrence else ("place", place)
    try:
        return "id", mine | {"id": UUID(name)}
    except ValueError:
        raise CommitmentNotFound(f"{name} is neither an id nor a reference such as POA-7.3.") from None


def _detailed() -> sa.Select[tuple[object, ...]]:
    evidence = sa.select(sa.func.count()).where(
        col(Evidence.workspace_id) == col(Commitment.workspace_id), col(Evidence.commitment_id) == col(Commitment.id)
    )
    # The plan's table is above this package; its title is all that is needed of it.
    plan = sa.table("plan", sa.column("workspace_id"), sa.column("id"), sa.column("title"), sa.column("account_id"))
    return (
        sa.select(
            Commitment,
            plan.c.title.label("plan_title"),
            col(Member.name).label("owner_name"),
            col(Member.email).label("owner_email"),
            evidence.scalar_subquery().label("evidence"),
        )
        .join(plan, sa.and_(plan.c.workspace_id == col(Commitment.workspace_id), plan.c.id == col(Commitment.plan_id)))
        .join(
            Member,
            sa.and_(
                col(Member.workspace_id) == col(Commitment.workspace_id), col(Member.id) == col(Commitment.owner_id)
            ),
        )
    )


_MINE = col(Commitment.workspace_id) == sa.bindparam("ws")
_DETAILED = {
    way: _detailed().where(_MINE, named).execution_options(populate_existing=True) for way, named in _BY.items()
}
_LOCK = {way: sa.select(col(Commitment.id)).where(_MINE, named).with_for_update() for way, named in _BY.items()}


def detailed(session: Read, name: str) -> sa.Row[tuple[object, ...]]:
    """Return the commitment called *name* with what its answer shows beside it: plan, owner, evidence."""
    way, parameters = _named(session, name)
    row = session.execute(_DETAILED[way], parameters).one_or_none()
    if row is None:
        recurs = way == "place" and _recurs(session, name)
        hint = f"{name} recurs: name one time, such as {name}.1." if recurs else f"Nothing here is called {name}."
        raise CommitmentNotFound(hint)
    return row


def locked(tx: Tx, name: str) -> sa.Row[tuple[object, ...]]:
    """Return the same, and keep others from changing the commitment until this transaction ends."""
    # Locked first and read afterwards: a statement that waited sees the row as it is now, and its owner as of before.
    way, parameters = _named(tx, name)
    tx.execute(_LOCK[way], parameters)
    return detailed(tx, name)


def _recurs(session: Read, reference: str) -> bool:
    plan, number = (int(part) for part in reference.removeprefix("POA-").split(".")[:2])
    query = select(Series.id).where(
        Series.workspace_id == workspace_of(session), Series.plan_number == plan, Series.number == number
    )
    return session.exec(query).first() is not None


def evidence_of(session: Read, commitment: UUID) -> list[Evidence]:
    """Return a commitment's evidence, oldest first."""
    query = (
        select(Evidence)
        .where(Evidence.workspace_id == workspace_of(session), Evidence.commitment_id == commitment)
        .order_by(col(Evidence.id))
        .limit(1000)
    )
    return list(session.exec(query))


def history_of(session: Read, commitment: UUID) -> list[CommitmentSpan]:
    """Return how a commitment stood over time, oldest first."""
    query = (
        select(CommitmentSpan)
        .where(CommitmentSpan.workspace_id == workspace_of(session), CommitmentSpan.commitment_id == commitment)
        .order_by(col(CommitmentSpan.version))
        .limit(1000)
    )
    return list(session.exec(query))


def series_to_extend(session: Read, *, before: date) -> list[Series]:
    """Return the series without an end whose last opened occurrence was due before that day."""
    last = sa.select(col(Commitment.original_due_on)).where(
        col(Commitment.workspace_id) == col(Series.workspace_id),
        col(Commitment.series_id) == col(Series.id),
        col(Commitment.occurrence) == col(Series.opened),
    )
    query = (
        select(Series)
        .where(Series.workspace_id == workspace_of(session), last.scalar_subquery() < before)
        .order_by(col(Series.id))
    )
    return [one for one in session.exec(query) if not schedule.has_end(one.rule)]


def locked_series(tx: Tx, series: UUID) -> Series:
    """Return a series, and keep others from extending it until this transaction ends."""
    query = select(Series).where(Series.workspace_id == workspace_of(tx), Series.id == series).with_for_update()
    return tx.exec(query).one()


def last_opened(session: Read, series: Series) -> date:
    """Return the day that the newest occurrence was due on at first."""
    query = sa.select(col(Commitment.original_due_on)).where(
        col(Commitment.workspace_id) == series.workspace_id,
        col(Commitment.series_id) == series.id,
        col(Commitment.occurrence) == series.opened,
    )
    last: date = session.execute(query).scalar_one()
    return last
