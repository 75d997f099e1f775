"""`Idempotency-Key`: a retry of a POST has one effect and gets the same answer.

As in draft-ietf-httpapi-idempotency-key-header. The answer is stored by the transaction that made it, so a lost reply
and a lost commit look different to a retry.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

import psycopg
import sqlalchemy as sa
from sqlmodel import col

from app.core import db
from app.core.db import Tx, workspace_of
from app.core.problems import Conflict, Invalid
from app.workspaces.models import Idempotency

KEPT = timedelta(days=7)

_FIND = (
    "SELECT pg_try_advisory_xact_lock(hashtextextended(%(key)s || CAST(%(key_id)s AS text), 0)) AS mine, "
    "fingerprint, status, headers, body FROM (SELECT 1) one "
    "LEFT JOIN idempotency i ON i.workspace_id = %(ws)s AND i.key_id = %(key_id)s AND i.key = %(key)s"
)

_KEEP = (
    "INSERT INTO idempotency (workspace_id, key_id, key, fingerprint, status, headers, body, created_at) VALUES "
    "(%(ws)s, %(key_id)s, %(key)s, %(fingerprint)s, %(status)s, %(headers)s, %(body)s, %(at)s)"
)


class IdempotencyKeyReused(Invalid):
    """This Idempotency-Key was used for another request.

    A key names one request for 7 days: the same method, address and body get the stored answer. Use a new key for
    a new request.
    """


class StillRunning(Conflict):
    """The first request with this Idempotency-Key is still running.

    Wait as long as `Retry-After` says and send it again: the answer will be the first one's.
    """


@dataclass(frozen=True, slots=True)
class Once:
    """The name a client gave to its request, and what the request is."""

    key: str
    fingerprint: bytes


class Replay(Exception):
    """The answer to this request is known already."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body


def fingerprint(*parts: bytes) -> bytes:
    """Return a hash of *parts* that no other division into parts has."""
    return sha256(b"".join(len(part).to_bytes(8, "big") + part for part in parts)).digest()


def claim(tx: Tx, once: Once, *, key_id: UUID) -> None:
    """Go on if this is the first request of that name; else raise its answer as a Replay, or refuse.

    A second request that looks while the first commits may miss its row, and then fails on the row's key in `keep`.
    """
    found = db.run(tx, _FIND, {"ws": workspace_of(tx), "key_id": key_id, "key": once.key})[0]
    if found.fingerprint is not None:
        if found.fingerprint != once.fingerprint:
            raise IdempotencyKeyReused
        raise Replay(found.status, found.headers, found.body)
    if not found.mine:
        raise StillRunning(Retry_After="1")


def keep(
    tx: Tx, once: Once, *, key_id: UUID, status: int, headers: Mapping[str, str], body: bytes, at: datetime
) -> None:
    """Store the answer to the request *once*, in its own transaction."""
    values = {
        "ws": workspace_of(tx),
        "key_id": key_id,
        "key": once.key,
        "fingerprint": once.fingerprint,
        "status": status,
        "headers": json.dumps(dict(headers)),
        "body": body,
        "at": at,
    }
    try:
        db.run(tx, _KEEP, values)
    except psycopg.errors.UniqueViolation:
        raise StillRunning(Retry_After="1") from None


def forget(tx: Tx, *, at: datetime) -> int:
    """Delete the answers that have been kept long enough; return how many."""
    old = sa.delete(Idempotency).where(
        col(Idempotency.workspace_id) == workspace_of(tx), col(Idempotency.created_at) < at - KEPT
    )
    return tx.execute(old).rowcount  # type: ignore[attr-defined,no-any-return]
