"""Reading extensions, waivers and amendments."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from app.changes.models import Amendment, Request
from app.changes.rules import AmendmentNotFound, RequestKind, RequestNotFound, RequestState
from app.core.db import Read, Tx, workspace_of


def request(session: Read, kind: RequestKind, id_: UUID) -> Request:
    """Return the extension or waiver with that id, or refuse."""
    query = select(Request).where(
        Request.workspace_id == workspace_of(session), Request.id == id_, Request.kind == kind.value
    )
    row = session.exec(query).one_or_none()
    if row is None:
        raise RequestNotFound
    return row


def locked(tx: Tx, row: Request) -> Request:
    """Return the request as it stands now, and keep others from deciding it until this transaction ends."""
    query = select(Request).where(Request.workspace_id == row.workspace_id, Request.id == row.id).with_for_update()
    return tx.exec(query.execution_options(populate_existing=True)).one()


def requests_of(session: Read, commitment: UUID, kind: RequestKind, *, after: UUID, limit: int) -> Sequence[Request]:
    """Return up to *limit* requests that were made of a commitment, oldest first."""
    query = select(Request).where(
        Request.workspace_id == workspace_of(session),
        Request.commitment_id == commitment,
        Request.kind == kind.value,
        Request.id > after,
    )
    return session.exec(query.order_by(col(Request.id)).limit(limit)).all()


def is_asked(session: Read, commitment: UUID) -> bool:
    """Say whether something is asked for of a commitment, and undecided."""
    query = select(Request.id).where(
        Request.workspace_id == workspace_of(session),
        Request.commitment_id == commitment,
        Request.state == RequestState.REQUESTED.value,
    )
    return session.exec(query).first() is not None


def amendment(session: Read, id_: UUID) -> Amendment:
    """Return the amendment with that id, or refuse."""
    query = select(Amendment).where(Amendment.workspace_id == workspace_of(session), Amendment.id == id_)
    row = session.exec(query).one_or_none()
    if row is None:
        raise AmendmentNotFound
    return row


def amendments_of(session: Read, plan: UUID, *, after: int, limit: int) -> Sequence[Amendment]:
    """Return up to *limit* of a plan's amendments, first to last."""
    query = select(Amendment).where(
        Amendment.workspace_id == workspace_of(session), Amendment.plan_id == plan, Amendment.number > after
    )
    return session.exec(query.order_by(col(Amendment.number)).limit(limit)).all()
