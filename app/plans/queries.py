"""Reading plans."""

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from app.core.db import Read, Tx, workspace_of
from app.notices.models import Notice
from app.plans.models import Plan, PlanItem, Submission
from app.plans.rules import Content, PlanNotFound, PlanState, SubmissionNotFound
from app.workspaces import four_eyes
from app.workspaces import queries as workspaces
from app.workspaces.models import Member

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


def held(tx: Tx, name: str) -> Plan:
    """Return a plan, and keep others from amending or judging it until this transaction ends.

    Not as a plan is locked that is changed: commitments that are written meanwhile refer to it, and go on.
    """
    query = select(Plan).where(col(Plan.workspace_id) == workspace_of(tx), named(name))
    return _one(tx, query.with_for_update(key_share=True).execution_options(populate_existing=True), name)


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


def submission(session: Read, row: Plan, number: int) -> Submission:
    """Return one attempt at a plan, or refuse."""
    query = select(Submission).where(
        Submission.workspace_id == row.workspace_id, Submission.plan_id == row.id, Submission.number == number
    )
    found = session.exec(query).one_or_none()
    if found is None:
        raise SubmissionNotFound(f"{row.reference} has {row.attempts} submissions.")
    return found


def names_of_members(session: Read) -> dict[str, str]:
    """Return the names of all members, by id."""
    query = select(Member.id, Member.name).where(Member.workspace_id == workspace_of(session))
    return {str(id_): name for id_, name in session.exec(query)}


def latest_submission(session: Read, row: Plan) -> Submission | None:
    query = select(Submission).where(
        Submission.workspace_id == row.workspace_id, Submission.plan_id == row.id, Submission.number == row.attempts
    )
    return session.exec(query).one_or_none()


def notices_of(session: Read, row: Plan, content: Content) -> list[Notice]:
    """Return the notices that a plan names, in its order, and after them those that it has answered all the same."""
    named = [UUID(one) for one in content["notices"]]
    query = select(Notice).where(
        Notice.workspace_id == workspace_of(session), sa.or_(col(Notice.id).in_(named), col(Notice.plan_id) == row.id)
    )
    place = {one: index for index, one in enumerate(named)}
    return sorted(session.exec(query), key=lambda one: (place.get(one.id, len(named)), one.id))


def staying_owners(tx: Tx, content: Content) -> set[str]:
    """Return the same, and keep those from leaving until this transaction ends."""
    owners = {UUID(one["owner"]) for one in content["commitments"] if one["owner"]}
    return {str(one) for one in workspaces.staying(tx, owners)}


def active_owners(session: Read, content: Content) -> set[str]:
    """Return which of the plan's owners are active members, by id."""
    owners = {UUID(one["owner"]) for one in content["commitments"] if one["owner"]}
    query = select(Member.id).where(
        Member.workspace_id == workspace_of(session), col(Member.id).in_(owners), col(Member.active)
    )
    return {str(one) for one in session.exec(query)}


def earlier_causes(session: Read, items: Sequence[tuple[str, str]], *, limit: int) -> list[dict[str, Any]]:
    """Return the root causes that plans about these items have named, those of the newest plan first."""
    mine = select(PlanItem.plan_id).where(
        PlanItem.workspace_id == workspace_of(session), sa.tuple_(col(PlanItem.type), col(PlanItem.ref)).in_(items)
    )
    query = (
        select(Plan)
        .where(Plan.workspace_id == workspace_of(session), col(Plan.id).in_(mine))
        .order_by(col(Plan.number).desc())
        .limit(limit)
    )
    return [cause for row in session.exec(query) for cause in row.written()["root_causes"]] if items else []


def is_read(session: Read, row: Plan) -> bool:
    """Say whether somebody else than its authors has signed a plan off: they may have, while `four_eyes` was off."""
    return row.signed_off_by is not None and four_eyes.is_second(session, row.signed_off_by, first=row.authors)
