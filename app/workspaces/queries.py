"""Reading the workspace, its members, accounts and keys."""

from collections.abc import Collection
from typing import TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from app.core.db import Read, Tx, workspace_of
from app.core.problems import NotFound
from app.core.table import Row
from app.workspaces.models import Account, ApiKey, Member, Workspace


class MemberNotFound(NotFound):
    """There is no such member."""


class AccountNotFound(NotFound):
    """There is no such account."""


class KeyNotFound(NotFound):
    """There is no such key."""


_MISSING: dict[type[Row], type[NotFound]] = {Member: MemberNotFound, Account: AccountNotFound, ApiKey: KeyNotFound}
T = TypeVar("T", Member, Account, ApiKey)


def workspace(session: Read) -> Workspace:
    return session.exec(select(Workspace).where(Workspace.id == workspace_of(session))).one()


def one(session: Read, table: type[T], id_: UUID) -> T:
    """Return the row of *table* with that id, or refuse: other workspaces' rows are as if they did not exist."""
    row = session.exec(select(table).where(table.workspace_id == workspace_of(session), table.id == id_)).one_or_none()
    if row is None:
        raise _MISSING[table]
    return row


def locked_member(tx: Tx, id_: UUID) -> Member:
    """Return a member, or refuse; and keep others from changing them until this transaction ends.

    Not as a row is locked that goes away: whoever holds what is theirs, such as a series, goes on referring to them.
    """
    query = select(Member).where(Member.workspace_id == workspace_of(tx), Member.id == id_)
    row = tx.exec(query.with_for_update(key_share=True)).one_or_none()
    if row is None:
        raise MemberNotFound
    return row


def is_member(session: Read, id_: UUID) -> bool:
    """Say whether that id is a member's of this workspace."""
    query = select(Member.id).where(Member.workspace_id == workspace_of(session), Member.id == id_)
    return session.exec(query).first() is not None


def is_account(session: Read, id_: UUID) -> bool:
    """Say whether there is an account with that id here."""
    query = select(Account.id).where(Account.workspace_id == workspace_of(session), Account.id == id_)
    return session.exec(query).first() is not None


def listed(session: Read, table: type[T], *, after: UUID, limit: int) -> list[T]:
    """Return up to *limit* rows, oldest first (ids grow with time)."""
    query = select(table).where(table.workspace_id == workspace_of(session), col(table.id) > after)
    return list(session.exec(query.order_by(col(table.id)).limit(limit)))


def members_by_name(session: Read, names: set[str]) -> dict[str, Member]:
    """Return the active members whom *names* name, by the name used: an id, or an e-mail address in any case."""
    folded = {name.lower() for name in names}
    query = select(Member).where(
        Member.workspace_id == workspace_of(session),
        sa.or_(sa.func.lower(Member.email).in_(folded), sa.cast(Member.id, sa.String).in_(folded)),
        col(Member.active),
    )
    found = {key: row for row in session.exec(query) for key in (str(row.id), row.email.lower())}
    return {name: found[name.lower()] for name in names if name.lower() in found}


def staying(tx: Tx, ids: Collection[UUID]) -> set[UUID]:
    """Return which of the members are active, and keep those from leaving until this transaction ends."""
    query = select(Member.id).where(
        Member.workspace_id == workspace_of(tx), col(Member.id).in_(ids), col(Member.active)
    )
    return set(tx.exec(query.order_by(col(Member.id)).with_for_update(read=True)))


def admins(session: Read) -> int:
    """Return how many working keys can administer the workspace."""
    query = sa.text(
        "SELECT count(*) FROM api_key k LEFT JOIN member m ON m.workspace_id = k.workspace_id AND m.id = k.member_id "
        "WHERE k.workspace_id = :ws AND 'admin' = ANY(k.scopes) AND k.revoked_at IS NULL AND k.expires_at IS NULL "
        "AND (k.member_id IS NULL OR (m.active AND m.role = 'admin'))"
    )
    return int(session.execute(query, {"ws": workspace_of(session)}).scalar_one())
