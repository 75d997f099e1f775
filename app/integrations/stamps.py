"""Time from outside: the newest checkpoint is stamped by an authority now and then (RFC 3161).

One stamp covers all that was written before it. So it is not made for each checkpoint but once an interval, and only if
something was sealed since.
"""

from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

import sqlalchemy as sa
from rfc3161_client import HashAlgorithm, TimeStampRequest, TimestampRequestBuilder, decode_timestamp_response
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from app.core import db
from app.core.db import Read, workspace_of
from app.integrations import outgoing
from app.integrations.outgoing import Unusable
from app.ledger import checkpoint
from app.ledger.models import TimestampToken
from app.ledger.timestamp import TimestampInvalid, check_timestamp

_QUERY, _REPLY = "application/timestamp-query", "application/timestamp-reply"


def step(engine: sa.Engine, workspace: UUID, tsa: str, *, interval: timedelta, at: datetime) -> int | None:
    """Stamp the newest checkpoint, unless it is or the last stamp is not an interval old; return the stamped size.

    None: it is not stamped yet. Raises Unreachable or Unusable. No transaction is open while the authority is asked.
    """
    with db.reading(engine, workspace) as read:
        newest = checkpoint.latest(read)
        last = _last(read, tsa)
    if newest is None:
        return None
    if last and (last.epoch, last.size) == (newest.epoch, newest.size):
        return newest.size
    if last and last.added_at > at - interval:
        return None
    token = ask(tsa, newest.note.encode())
    # A crash here leaves a stamp that nobody has; the next round asks for another.
    row = {"workspace_id": workspace, "epoch": newest.epoch, "size": newest.size, "tsa": tsa, "token": token}
    with db.writing(engine, workspace) as tx:
        tx.execute(insert(TimestampToken).values(row | {"added_at": at}).on_conflict_do_nothing())
    return newest.size


def ask(tsa: str, note: bytes) -> bytes:
    """Return the authority's answer about *note*, a TimeStampResp in DER, checked all but for whom to trust."""
    builder = TimestampRequestBuilder().data(note).hash_algorithm(HashAlgorithm.SHA256)
    request = builder.nonce(nonce=True).cert_request(cert_request=True).build()
    answer = outgoing.post(tsa, request.as_bytes(), kind=_QUERY)
    if (answer.status, answer.kind) != (200, _REPLY):
        raise Unusable(f"{tsa} answered {answer.status} {answer.kind}")
    try:
        _check(request, answer.body, sha256(note).digest())
    except (TimestampInvalid, ValueError) as error:
        raise Unusable(f"{tsa} answered with a timestamp that is none: {error}") from error
    return answer.body


def _check(request: TimeStampRequest, token: bytes, imprint: bytes) -> None:
    reply = decode_timestamp_response(token)
    if reply.status != 0:
        raise TimestampInvalid(f"not granted: {' '.join(reply.status_string)}")
    # Whom to trust is for those to say who verify: here the authority vouches for itself.
    check_timestamp(token, imprint=imprint, roots=sorted(reply.signed_data.certificates))
    if reply.tst_info.nonce != request.nonce:
        raise TimestampInvalid("it answers another request")


def _last(read: Read, tsa: str) -> TimestampToken | None:
    mine = select(TimestampToken).where(
        col(TimestampToken.workspace_id) == workspace_of(read), col(TimestampToken.tsa) == tsa
    )
    return read.exec(mine.order_by(col(TimestampToken.added_at).desc()).limit(1)).first()
