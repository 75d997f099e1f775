"""Changing the workspace, its members, accounts and keys."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import select

from app.core.db import Read, Tx, workspace_of
from app.core.ids import new_id
from app.core.problems import Fault, Invalid
from app.ledger import log
from app.ledger.events import Change
from app.workspaces import keys, queries
from app.workspaces.models import Account, ApiKey, Member, Workspace
from app.workspaces.rules import (
    AccountExists,
    KeyIsRevoked,
    KeyTooPowerful,
    LastAdmin,
    MemberExists,
    Scope,
    powers,
)
from app.workspaces.schemas import AccountIn, ApiKeyIn, MemberIn


class NewKey(NamedTuple):
    row: ApiKey
    secret: str


def create_workspace(tx: Tx, *, name: str, timezone: str, at: datetime) -> NewKey:
    """Create the workspace that *tx* is bound to, with its ledger and a first service key that may do everything."""
    workspace = Workspace(id=workspace_of(tx), name=name, timezone=timezone, created_at=at)
    tx.add(workspace)
    tx.flush()
    log.open_ledger(tx)
    made = Change(type="workspace.created", subject=workspace.id, data=workspace.facts(), private={"name": name})
    log.append(tx, [made], actor=workspace.id, at=at)
    return create_key(
        tx, ApiKeyIn(name="First key", scopes=list(Scope)), by=workspace.id, powers_of_maker=frozenset(Scope), at=at
    )


def change_workspace(tx: Tx, row: Workspace, changes: dict[str, Any], *, by: UUID, at: datetime) -> Workspace:
    _set(tx, row, changes)
    log.append(
        tx,
        [Change(type="workspace.changed", subject=row.id, data=row.facts(), private={"name": row.name})],
        actor=by,
        at=at,
    )
    return row


def add_member(tx: Tx, new: MemberIn, *, by: UUID, at: datetime) -> Member:
    """Add a member; two with one address are refused, also when they come at once."""
    row = Member(
        workspace_id=workspace_of(tx), id=new_id(), name=new.name, email=new.email, role=new.role.value, created_at=at
    )
    tx.add(row)
    try:
        tx.flush()
    except sa.exc.IntegrityError:
        raise MemberExists(f"{new.email} is a member already.") from None
    log.append(tx, [_member("member.added", row)], actor=by, at=at)
    return row


def change_member(tx: Tx, row: Member, changes: dict[str, Any], *, by: UUID, at: datetime) -> Member:
    _set(tx, row, changes)
    _keep_an_admin(tx)
    log.append(tx, [_member("member.changed", row)], actor=by, at=at)
    return row


def add_account(tx: Tx, new: AccountIn, *, by: UUID, at: datetime) -> Account:
    row = Account(
        workspace_id=workspace_of(tx),
        id=new_id(),
        marketplace=new.marketplace,
        external_id=new.external_id,
        name=new.name or new.external_id,
        timezone=new.timezone,
        created_at=at,
    )
    tx.add(row)
    try:
        tx.flush()
    except sa.exc.IntegrityError:
        raise AccountExists(f"{new.external_id} on {new.marketplace} is recorded already.") from None
    private = {"marketplace": row.marketplace, "external_id": row.external_id, "name": row.name}
    log.append(tx, [Change(type="account.added", subject=row.id, data=row.facts(), private=private)], actor=by, at=at)
    return row


def create_key(tx: Tx, new: ApiKeyIn, *, by: UUID, powers_of_maker: frozenset[Scope], at: datetime) -> NewKey:
    """Create a key. Its maker cannot give it more than both of them may do."""
    member = None if new.member is None else _member_named(tx, str(new.member))
    scopes = frozenset(new.scopes)
    excess = scopes - powers(scopes, member.role if member else None) | scopes - powers_of_maker
    if excess:
        named = ", ".join(f"`{scope}`" for scope in sorted(excess))
        raise KeyTooPowerful(
            f"Leave out {named}.", errors=[Fault("/body/scopes", f"Leave out {named}.", "too_powerful")]
        )
    if new.expires_at is not None and new.expires_at <= at:
        raise Invalid(errors=[Fault("/body/expires_at", "This is in the past.", "past")])
    secret = keys.mint(workspace_of(tx))
    row = ApiKey(
        workspace_id=workspace_of(tx),
        id=new_id(),
        name=new.name,
        member_id=member.id if member else None,
        hash=sha256(secret.encode()).digest(),
        scopes=[scope.value for scope in Scope if scope in scopes],
        created_at=at,
        expires_at=new.expires_at,
    )
    tx.add(row)
    tx.flush()
    log.append(tx, [_key("key.created", row)], actor=by, at=at)
    return NewKey(row, secret)


def rotate_key(
    tx: Tx, row: ApiKey, *, overlap: timedelta, by: UUID, powers_of_maker: frozenset[Scope], at: datetime
) -> NewKey:
    """Replace a key by one that may do the same; the old one works for the *overlap*, so nobody is cut off."""
    if row.revoked_at is not None:
        raise KeyIsRevoked
    if excess := {Scope(scope) for scope in row.scopes} - powers_of_maker:
        named = ", ".join(f"`{scope}`" for scope in sorted(excess))
        raise KeyTooPowerful(f"Whoever replaces it sees the new one; use a key that has {named} too.")
    secret = keys.mint(workspace_of(tx))
    new = ApiKey(
        workspace_id=row.workspace_id,
        id=new_id(),
        name=row.name,
        member_id=row.member_id,
        hash=sha256(secret.encode()).digest(),
        scopes=row.scopes,
        created_at=at,
        expires_at=row.expires_at,
    )
    tx.add(new)
    _set(tx, row, {"revoked_at": at + overlap})
    log.append(tx, [_key("key.rotated", row), _key("key.created", new)], actor=by, at=at)
    return NewKey(new, secret)


def revoke_key(tx: Tx, row: ApiKey, *, by: UUID, at: datetime) -> ApiKey:
    """Stop a key from working, at once. A key that is being replaced can be cut off early."""
    if row.revoked_at is not None and row.revoked_at <= at:
        raise KeyIsRevoked
    _set(tx, row, {"revoked_at": at})
    _keep_an_admin(tx)
    log.append(tx, [_key("key.revoked", row)], actor=by, at=at)
    return row


def note_use(tx: Tx, key_id: UUID, *, at: datetime) -> None:
    """Note when a key was last used. Not an event: it says nothing about what was promised or done."""
    used = {"ws": workspace_of(tx), "id": key_id, "at": at}
    tx.execute(sa.text("UPDATE api_key SET last_used_at = :at WHERE workspace_id = :ws AND id = :id"), used)


def lock_workspace(tx: Tx) -> Workspace:
    """Return the workspace, locked: its settings and counters change one at a time."""
    query = select(Workspace).where(Workspace.id == workspace_of(tx)).with_for_update()
    return tx.exec(query.execution_options(populate_existing=True)).one()


def _set(tx: Tx, row: Any, changes: dict[str, Any]) -> None:
    for name, value in changes.items():
        setattr(row, name, value)
    tx.add(row)
    tx.flush()


def _keep_an_admin(session: Read) -> None:
    if queries.admins(session) == 0:
        raise LastAdmin


def _member_named(session: Read, name: str) -> Member:
    members = queries.members_by_name(session, {name})
    if name not in members:
        raise Invalid(errors=[Fault("/body/member", f"No active member is called {name}.", "unknown_member")])
    return members[name]


def _member(type_: str, row: Member) -> Change:
    return Change(type=type_, subject=row.id, data=row.facts(), private={"name": row.name, "email": row.email})


def _key(type_: str, row: ApiKey) -> Change:
    return Change(type=type_, subject=row.id, data=row.facts(), private={"name": row.name})
