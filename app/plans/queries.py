"""Reading plans."""

import re
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from app.core.db import Read, Tx, workspace_of
from app.plans.models import Plan, Submission
from app.plans.rules import PlanNotFound, PlanState

_REFERENCE = re.compile(r"POA-(\d{1,9})", re.ASCII)


def named(name: str) -> sa.ColumnElement[bool]:
    """Return the condition that a plan has this id or reference, or refuse."""
    if found := _REFERENCE.fullmatch(name):
        return col(Plan.number) == int(found[1])
    try:
        return col(Plan.id) == UUID(name)
    except ValueError:
        raise PlanNotFound(f"{name} is neither an id nor a reference such as POA-7.") from None


def plan(session: Read, name: str) -> Plan:
    """Return the plan with that id or reference, or refuse."""
    return _one(session, select(Plan).where(col(Plan.workspace_id) == workspace_of(session), named(name)), name)


def locked(tx: Tx, name: str) -> Plan:
    """Return the same, and keep others from changing it until this transaction ends."""
    query = select(Plan).where(col(Plan.workspace_id) == workspace_of(tx), named(name)).with_for_update()
    return _one(tx, query.execution_options(populate_existing=True), name)


def _one(session: Read, query: SelectOfScalar[Plan], name: str) -> Plan:
    row = session.exec(query).one_or_none()
    if row is None:
        raise PlanNotFound(f"Nothing here is called {name}.")
    return row


def plans(session: Read, *, state: PlanState | None, before: int | None, limit: int) -> list[Plan]:
    """Return up to *limit* plans, newest first."""
    query = (
        select(Plan).where(Plan.workspace_id == workspace_of(session)).order_by(col(Plan.number).desc()).limit(limit)
    )
    if state is not None:
        query = query.where(Plan.state == state.value)
    if before is not None:
        query = query.where(col(Plan.number) < before)
    return list(session.exec(query))


def submissions(session: Read, row: Plan) -> list[Submission]:
    """Return the attempts of a plan, first to last."""
    query = select(Submission).where(Submission.workspace_id == row.workspace_id, Submission.plan_id == row.id)
    return list(session.exec(query.order_by(col(Submission.number))))


def latest_submission(session: Read, row: Plan) -> Submission | None:
    query = select(Submission).where(
        Submission.workspace_id == row.workspace_id, Submission.plan_id == row.id, Submission.number == row.attempts
    )
    return session.exec(query).one_or_none()
