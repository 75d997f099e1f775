"""Reading what was taken in, and what tells whose it is."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from app.core import db
from app.core.db import Read, Tx, workspace_of
from app.ingest.models import Figure, Message, Subscription
from app.ingest.rules import Candidate, MessageNotFound, Status

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('ingest ' || CAST(%(ws)s AS text), 0))"
_CANDIDATES = (
    "SELECT external_id, id, marketplace FROM account WHERE workspace_id = %(ws)s "
    "AND external_id = ANY(CAST(%(sellers)s AS text[])) ORDER BY id"
)
_SUBSCRIBED = (
    "SELECT subscription, account_id FROM subscription WHERE workspace_id = %(ws)s "
    "AND subscription = ANY(CAST(%(subscriptions)s AS text[]))"
)
# Of a page of messages, the bytes may be a hundred times what is shown.
_WITHOUT_BYTES = sa.orm.defer(Message.raw)  # type: ignore[arg-type]
_PLACEABLE = (
    "SELECT id, seller_id, subscription_id, marketplace_id, octet_length(raw) AS size FROM message m "
    "WHERE workspace_id = %(ws)s AND status = 'unresolved' AND (EXISTS (SELECT FROM subscription s "
    "WHERE s.workspace_id = m.workspace_id AND s.subscription = m.subscription_id) OR EXISTS (SELECT FROM account a "
    "WHERE a.workspace_id = m.workspace_id AND a.external_id = m.seller_id)) ORDER BY id LIMIT 100000"
)


def one_at_a_time(tx: Tx) -> None:
    """Wait for whoever takes in messages of this workspace, and keep others waiting: what is known must not change."""
    db.run(tx, _LOCK, {"ws": workspace_of(tx)})


def message(session: Read, id_: UUID) -> Message:
    """Return the message with that id, or refuse."""
    row = session.exec(
        select(Message).where(Message.workspace_id == workspace_of(session), Message.id == id_)
    ).one_or_none()
    if row is None:
        raise MessageNotFound
    return row


def known(session: Read, identities: Collection[str]) -> dict[str, Message]:
    """Return the messages with these identities that came before; without their bytes."""
    mine = sa.text("identity = ANY(CAST(:identities AS text[]))").bindparams(identities=list(identities))
    query = select(Message).where(Message.workspace_id == workspace_of(session), mine)
    return {row.identity: row for row in session.exec(query.options(_WITHOUT_BYTES))}


def messages(session: Read, status: Status | None, *, after: UUID, limit: int) -> list[Message]:
    """Return up to *limit* messages, oldest first (ids grow with time); without their bytes."""
    query = select(Message).where(Message.workspace_id == workspace_of(session), Message.id > after)
    if status is not None:
        query = query.where(Message.status == status.value)
    return list(session.exec(query.order_by(col(Message.id)).limit(limit).options(_WITHOUT_BYTES)))


def placeable(session: Read) -> list[Any]:
    """Return what messages that wait have named, and their sizes, oldest first, where something of it is known now."""
    return db.run(session, _PLACEABLE, {"ws": workspace_of(session)})


def messages_of(session: Read, ids: Collection[UUID]) -> list[Message]:
    """Return these messages, oldest first."""
    query = select(Message).where(Message.workspace_id == workspace_of(session), col(Message.id).in_(ids))
    return list(session.exec(query.order_by(col(Message.id)))) if ids else []


def waiting(session: Read) -> int:
    """Return how many messages wait."""
    query = (
        select(sa.func.count())
        .select_from(Message)
        .where(Message.workspace_id == workspace_of(session), Message.status == Status.UNRESOLVED.value)
    )
    return session.exec(query).one()


def candidates(session: Read, sellers: Collection[str]) -> dict[str, list[Candidate]]:
    """Return the accounts of these sellers."""
    found = defaultdict(list)
    if sellers:
        for row in db.run(session, _CANDIDATES, {"ws": workspace_of(session), "sellers": list(sellers)}):
            found[row.external_id].append(Candidate(row.id, row.marketplace))
    return found


def subscribed(session: Read, subscriptions: Collection[str]) -> dict[str, UUID]:
    """Return whose these subscriptions are, as far as that is known."""
    if not subscriptions:
        return {}
    names = {"ws": workspace_of(session), "subscriptions": list(subscriptions)}
    return {row.subscription: row.account_id for row in db.run(session, _SUBSCRIBED, names)}


def subscription(session: Read, name: str) -> Subscription | None:
    query = select(Subscription).where(
        Subscription.workspace_id == workspace_of(session), Subscription.subscription == name
    )
    return session.exec(query).one_or_none()


def subscriptions(session: Read, *, after: UUID, limit: int) -> list[Subscription]:
    query = select(Subscription).where(Subscription.workspace_id == workspace_of(session), Subscription.id > after)
    return list(session.exec(query.order_by(col(Subscription.id)).limit(limit)))


def figures(session: Read, accounts: Sequence[UUID]) -> list[Figure]:
    """Return how the figures of these accounts stand."""
    if not accounts:
        return []
    query = select(Figure).where(Figure.workspace_id == workspace_of(session), col(Figure.account_id).in_(accounts))
    return list(session.exec(query))
