"""Reading commitments one at a time. Lists and counts are `followthrough`'s."""

import re
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from app.commitments import schedule
from app.commitments.models import Commitment, CommitmentSpan, Detailed, Evidence, Series
from app.commitments.rules import OPEN_STATES, CommitmentNotFound, EvidenceNotFound, State
from app.core import db
from app.core.db import Read, Tx, workspace_of
from app.core.ids import BEFORE_ALL

_REFERENCE = re.compile(r"POA-(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?", re.ASCII)

_open = ", ".join(f"'{state}'" for state in State if state in OPEN_STATES)


def overdue(alias: str) -> str:
    """Return the SQL twin of `rules.is_overdue`, over the columns of *alias* and the parameter `as_of`."""
    return f"{still_open(alias)} AND {alias}.due_at <= :as_of"


def days_overdue(alias: str) -> str:
    """Return the SQL twin of `rules.days_overdue`, of a commitment that is overdue at `as_of`."""
    return f"greatest(1, (CAST(:as_of AS timestamptz) AT TIME ZONE {alias}.timezone)::date - {alias}.due_on)"


def still_open(alias: str) -> str:
    """Return the SQL for "something is still to be done", as the partial indexes have it."""
    return f"{alias}.state IN ({_open})"


# How people name a commitment: by its id, by its place in a plan, or as one time of a recurring one.
_BY = {
    "id": "c.workspace_id = %(ws)s AND c.id = %(id)s",
    "place": "c.workspace_id = %(ws)s AND c.plan_number = %(plan)s AND c.number = %(number)s AND c.occurrence IS NULL",
    "time": "c.workspace_id = %(ws)s AND c.plan_number = %(plan)s AND c.number = %(number)s "
    "AND c.occurrence = %(occurrence)s",
}
_COLUMNS = tuple(Commitment.model_fields)
_DETAILED = (
    f"SELECT {', '.join(f'c.{name}' for name in _COLUMNS)}, "  # noqa: S608 - the names are ours
    "p.title AS plan_title, m.name AS owner_name, m.email AS owner_email, "
    "(SELECT count(*) FROM evidence e WHERE e.workspace_id = c.workspace_id AND e.commitment_id = c.id "
    "AND e.superseded_by IS NULL) AS evidence, "
    "(SELECT coalesce(max(v.evidence), 0) FROM verification v WHERE v.workspace_id = c.workspace_id "
    "AND v.commitment_id = c.id) AS judged "
    "FROM commitment c JOIN plan p ON p.workspace_id = c.workspace_id AND p.id = c.plan_id "
    "JOIN member m ON m.workspace_id = c.workspace_id AND m.id = c.owner_id WHERE "
)
_LOCK = "SELECT c.id FROM commitment c WHERE "


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


def detailed(session: Read, name: str) -> Detailed:
    """Return the commitment called *name* with what its answer shows beside it: plan, owner, evidence."""
    way, values = _named(session, name)
    rows = db.run(session, _DETAILED + _BY[way], values)
    if not rows:
        recurs = way == "place" and _recurs(session, name)
        hint = f"{name} recurs: name one time, such as {name}.1." if recurs else f"Nothing here is called {name}."
        raise CommitmentNotFound(hint)
    own, beside = rows[0][: len(_COLUMNS)], rows[0][len(_COLUMNS) :]
    return Detailed(Commitment(**dict(zip(_COLUMNS, own, strict=True))), *beside)


def locked(tx: Tx, name: str) -> Detailed:
    """Return the same, and keep others from changing the commitment until this transaction ends."""
    # Locked first and read afterwards: a statement that waited sees the row as it is now, and its owner as of before.
    way, values = _named(tx, name)
    db.run(tx, f"{_LOCK}{_BY[way]} FOR UPDATE", values)
    return detailed(tx, name)


def _recurs(session: Read, reference: str) -> bool:
    plan, number = (int(part) for part in reference.removeprefix("POA-").split(".")[:2])
    query = select(Series.id).where(
        Series.workspace_id == workspace_of(session), Series.plan_number == plan, Series.number == number
    )
    return session.exec(query).first() is not None


def evidence_of(session: Read, commitment: UUID, *, after: UUID, limit: int) -> list[Evidence]:
    """Return up to *limit* pieces of a commitment's evidence, oldest first."""
    query = (
        select(Evidence)
        .where(
            Evidence.workspace_id == workspace_of(session), Evidence.commitment_id == commitment, Evidence.id > after
        )
        .order_by(col(Evidence.id))
        .limit(limit)
    )
    return list(session.exec(query))


def piece(session: Read, name: UUID, *, commitment: UUID | None = None, plan: UUID | None = None) -> Evidence:
    """Return that piece of the commitment's evidence, or of the plan's own, or refuse."""
    query = select(Evidence).where(
        Evidence.workspace_id == workspace_of(session),
        Evidence.id == name,
        Evidence.commitment_id == commitment,
        Evidence.plan_id == plan,
    )
    found = session.exec(query).first()
    if found is None:
        raise EvidenceNotFound
    return found


def evidence_of_plan(
    session: Read, plan: UUID, *, after: UUID = BEFORE_ALL, limit: int | None = None
) -> list[Evidence]:
    """Return what was added to a plan itself, oldest first; all of it unless a *limit* is given."""
    query = (
        select(Evidence)
        .where(Evidence.workspace_id == workspace_of(session), Evidence.plan_id == plan, Evidence.id > after)
        .order_by(col(Evidence.id))
        .limit(limit)
    )
    return list(session.exec(query))


def history_of(session: Read, commitment: UUID, *, after: int, limit: int) -> list[CommitmentSpan]:
    """Return up to *limit* spans of how a commitment stood over time, oldest first."""
    query = (
        select(CommitmentSpan)
        .where(
            CommitmentSpan.workspace_id == workspace_of(session),
            CommitmentSpan.commitment_id == commitment,
            CommitmentSpan.version > after,
        )
        .order_by(col(CommitmentSpan.version))
        .limit(limit)
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
        .where(
            Series.workspace_id == workspace_of(session),
            last.scalar_subquery() < before,
            # One that ends far ahead is kept until then.
            last.scalar_subquery() < sa.func.coalesce(col(Series.ended_on), before),
        )
        .order_by(col(Series.id))
    )
    return [one for one in session.exec(query) if not schedule.has_end(one.rule)]


def locked_series(tx: Tx, series: UUID) -> Series:
    """Return a series, and keep others from extending it until this transaction ends."""
    query = (
        select(Series)
        .where(Series.workspace_id == workspace_of(tx), Series.id == series)
        .with_for_update(key_share=True)
    )
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
