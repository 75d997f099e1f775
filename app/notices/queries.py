"""Reading notices one at a time. Lists and counts are `followthrough`'s."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from app.core import db
from app.core.db import Read, Tx, workspace_of
from app.notices.models import Notice, NoticeItem, NoticeSpan
from app.notices.rules import AWAITING, NoticeNotFound, NoticeState

_awaiting = ", ".join(f"'{state}'" for state in NoticeState if state in AWAITING)


def awaiting(alias: str) -> str:
    """Return the SQL for "an answer is still owed", as the partial index has it."""
    return f"{alias}.state IN ({_awaiting})"


def ignored(alias: str) -> str:
    """Return the SQL twin of `rules.is_ignored`."""
    return f"{alias}.state = '{NoticeState.RECEIVED}'"


def response_overdue(alias: str) -> str:
    """Return the SQL twin of `rules.is_response_overdue`, over the columns of *alias* and the parameter `as_of`."""
    return f"{awaiting(alias)} AND {alias}.respond_by <= :as_of"


def response_due_soon(alias: str) -> str:
    """Return the SQL twin of `rules.is_response_due_soon`; `until` is the end of "soon"."""
    return f"{awaiting(alias)} AND {alias}.respond_by > :as_of AND {alias}.respond_by <= :until"


def notice(session: Read, id_: UUID) -> Notice:
    """Return the notice with that id, or refuse."""
    row = session.exec(
        select(Notice).where(Notice.workspace_id == workspace_of(session), Notice.id == id_)
    ).one_or_none()
    if row is None:
        raise NoticeNotFound
    return row


def locked(tx: Tx, ids: Collection[UUID]) -> list[Notice]:
    """Return these notices in the order of their ids, and keep others from changing them; those there are."""
    if not ids:
        return []
    query = (
        select(Notice)
        .where(Notice.workspace_id == workspace_of(tx), col(Notice.id).in_(ids))
        .order_by(col(Notice.id))
        .with_for_update()
    )
    return list(tx.exec(query.execution_options(populate_existing=True)))


def locked_one(tx: Tx, id_: UUID) -> Notice:
    """Return a notice, locked, or refuse."""
    found = locked(tx, [id_])
    if not found:
        raise NoticeNotFound
    return found[0]


def locked_of_plan(tx: Tx, plan: UUID, *, submission: int) -> list[Notice]:
    """Return the notices that the plan's last attempt has answered and that nobody has decided on since, locked."""
    query = (
        select(Notice)
        .where(
            Notice.workspace_id == workspace_of(tx),
            Notice.plan_id == plan,
            Notice.submission == submission,
            Notice.state == NoticeState.RESPONDED.value,
        )
        .order_by(col(Notice.id))
        .with_for_update()
    )
    return list(tx.exec(query.execution_options(populate_existing=True)))


def known(session: Read, ids: Collection[UUID]) -> set[UUID]:
    """Return which of these notices are here."""
    query = select(Notice.id).where(Notice.workspace_id == workspace_of(session), col(Notice.id).in_(ids))
    return set(session.exec(query)) if ids else set()


def by_external_id(session: Read, source: str, external_id: str) -> Notice | None:
    """Return the notice that *source* calls so."""
    query = select(Notice).where(
        Notice.workspace_id == workspace_of(session), Notice.source == source, Notice.external_id == external_id
    )
    return session.exec(query).one_or_none()


def items_of(session: Read, ids: Collection[UUID]) -> dict[UUID, list[NoticeItem]]:
    """Return what each of these notices is about, by type and reference."""
    query = (
        select(NoticeItem)
        .where(NoticeItem.workspace_id == workspace_of(session), col(NoticeItem.notice_id).in_(ids))
        .order_by(col(NoticeItem.type), col(NoticeItem.ref))
    )
    found: dict[UUID, list[NoticeItem]] = {one: [] for one in ids}
    for row in session.exec(query):
        found[row.notice_id].append(row)
    return found


def recorded_in(session: Read, id_: UUID) -> Any:
    """Return number and leaf of the event that recorded a notice."""
    first = "SELECT seq, leaf FROM ledger_event WHERE workspace_id = %(ws)s AND subject = %(id)s ORDER BY seq LIMIT 1"
    return db.run(session, first, {"ws": workspace_of(session), "id": id_})[0]


def history_of(session: Read, id_: UUID, *, after: int, limit: int) -> list[NoticeSpan]:
    """Return up to *limit* spans of how a notice stood over time, oldest first."""
    query = (
        select(NoticeSpan)
        .where(
            NoticeSpan.workspace_id == workspace_of(session),
            NoticeSpan.notice_id == id_,
            NoticeSpan.version > after,
        )
        .order_by(col(NoticeSpan.version))
        .limit(limit)
    )
    return list(session.exec(query))
