"""Choosing how the digest comes, ending it by its link, and the guard that each goes out once.

The guard is a row for each member and local day, whose changes are guarded updates. Whoever hands a digest over has
moved its row from `claimed` to `handing` before, which one worker can do once: so it leaves this machine at most once
for each time that a server said no, and a crash or a lost connection at that moment costs the digest of that day, not
a second copy. What it would have said is in the next one: a digest tells how things stand, not what is new.
"""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

from app.core import db
from app.core.db import Tx, workspace_of
from app.core.ids import new_id
from app.digests import queries
from app.digests.models import Digest
from app.digests.queries import Pending
from app.digests.rules import COMES_FROM, Channel, State
from app.ledger import log
from app.ledger.events import Change

KEPT = timedelta(days=90)
"""How long it is known what became of a day's digest, and its link to unsubscribe works."""

_BEGIN = (
    "INSERT INTO digest_delivery (workspace_id, day, member_id, state, attempts, at, token_hash) "
    "VALUES (%(ws)s, %(day)s, %(member)s, %(state)s, 1, %(at)s, %(token)s) "
    "ON CONFLICT (workspace_id, day, member_id) DO NOTHING RETURNING 1 AS mine"
)
_AGAIN = (
    "UPDATE digest_delivery SET state = %(state)s, attempts = attempts + 1, at = %(at)s, token_hash = %(token)s "
    "WHERE workspace_id = %(ws)s AND day = %(day)s AND member_id = %(member)s "
    "AND state = %(seen)s AND attempts = %(attempts)s RETURNING 1 AS mine"
)
_MARK = (
    "UPDATE digest_delivery SET state = %(to)s, at = %(at)s "
    "WHERE workspace_id = %(ws)s AND day = %(day)s AND member_id = %(member)s "
    "AND state = ANY(%(seen)s) AND attempts = %(attempts)s RETURNING 1 AS mine"
)
_FORGET = "DELETE FROM digest_delivery WHERE workspace_id = %(ws)s AND day < %(before)s"


class Claim(NamedTuple):
    """An attempt at a day's digest."""

    member: UUID
    day: date
    attempt: int


class Overtaken(Exception):
    """Somebody else has this digest by now."""


def choose(tx: Tx, member: UUID, changes: dict[str, Any], *, by: UUID, at: datetime) -> Digest:
    """Change how *member* gets the digest. The caller holds the workspace's lock."""
    row = queries.digest_of(tx, member)
    type_ = "digest.changed"
    if row is None:
        row, type_ = Digest(workspace_id=workspace_of(tx), id=new_id(), member_id=member), "digest.chosen"
    for name, value in changes.items():
        setattr(row, name, value)
    if row.channel == Channel.EMAIL:
        row.address = None
    tx.add(row)
    tx.flush()
    log.append(tx, [Change(type=type_, subject=row.id, data=row.facts())], actor=by, at=at)
    return row


def mint(workspace: UUID) -> str:
    """Return a new token for a link: the workspace's id and 32 random bytes, as API keys have them."""
    return urlsafe_b64encode(workspace.bytes + secrets.token_bytes(32)).decode()


def workspace_in(token: str) -> UUID:
    """Return the workspace that a token of that form claims to be of."""
    return UUID(bytes=urlsafe_b64decode(token)[:16])


def claim(tx: Tx, seen: Pending, token: str | None, *, at: datetime) -> Claim | None:
    """Claim a digest that stood as *seen*; without a *token* there is nothing to say that day. None: others were first.

    A crash before the commit leaves it as it was; one afterwards leaves a claim that ends with its lease.
    """
    values = {
        "ws": workspace_of(tx),
        "day": seen.day,
        "member": seen.member,
        "state": State.EMPTY if token is None else State.CLAIMED,
        "at": at,
        "token": token and sha256(token.encode()).digest(),
        "seen": seen.state,
        "attempts": seen.attempts,
    }
    mine = db.run(tx, _AGAIN if seen.state else _BEGIN, values)
    return Claim(seen.member, seen.day, seen.attempts + 1) if mine else None


def mark(tx: Tx, claim: Claim, to: State, *, at: datetime) -> None:
    """Note what has become of a claimed digest. Raises Overtaken if it is not this attempt's any more."""
    values = {
        "ws": workspace_of(tx),
        "day": claim.day,
        "member": claim.member,
        "attempts": claim.attempt,
        "seen": [str(one) for one in COMES_FROM[to]],
        "to": to,
        "at": at,
    }
    if not db.run(tx, _MARK, values):
        raise Overtaken


def forget(tx: Tx, *, at: datetime) -> None:
    """Forget what became of digests of long ago."""
    db.run(tx, _FORGET, {"ws": workspace_of(tx), "before": at.date() - KEPT})
