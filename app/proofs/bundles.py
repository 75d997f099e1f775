"""The proof bundle of a plan: all that a stranger needs to check it, in one document (PROOF.md, "Bundle").

Everything is as of one checkpoint. What came later is not in it, so the same checkpoint gives the same bytes, until a
witness or a time stamping authority adds its word to it, or somebody's words are erased.
"""

import base64
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlmodel import col, select

from app.core import db
from app.core.db import Read, workspace_of
from app.core.problems import Conflict, NotFound
from app.ledger import checkpoint, heads, tiles
from app.ledger.events import opened
from app.ledger.models import Cosignature, SealedCheckpoint, TimestampToken

FORMAT = "followthrough.proof/1"

PERSONAL = frozenset({"authority", "decision_reason", "email", "name", "reason"})
"""Names of disclosures that tell of people. The plan's own words stay: without them nothing is proved."""

Redaction = Literal["names"]

Voucher = Literal["timestamp", "witness"]
"""Who outside may have vouched for a checkpoint."""

_EVENTS = (
    "SELECT seq, body, leaf FROM ledger_event "
    "WHERE workspace_id = %(ws)s AND plan_id = %(plan)s AND seq < %(size)s ORDER BY seq"
)
_HEADS = "SELECT body FROM ledger_event WHERE workspace_id = %(ws)s AND seq = %(seq)s"
_DISCLOSED = (
    "SELECT digest, disclosure FROM disclosure WHERE workspace_id = %(ws)s AND seq = ANY(CAST(%(seqs)s AS bigint[]))"
)


class NotSealedYet(Conflict):
    """No checkpoint covers this yet.

    What is written is signed about a second later, by the worker. Ask again after `Retry-After`; if this stays, no
    worker is running, or it says in its log why it does not sign.
    """


class CheckpointNotFound(NotFound):
    """There is no checkpoint of that size.

    `GET /v1/ledger/checkpoint` returns the newest one; proofs can be had for every size that was signed.
    """


class NobodyVouches(Conflict):
    """No checkpoint of this ledger has what was asked for: a timestamp, or a witness's cosignature.

    Somebody outside is asked by the worker, as `FOLLOWTHROUGH_TSA_URL` and `FOLLOWTHROUGH_WITNESS_POLICY` say.
    """


class Bundle(NamedTuple):
    """A proof, and the checkpoint that it is of."""

    text: bytes
    epoch: int
    size: int


class Choice(NamedTuple):
    """Which proof of a plan: the checkpoint, the newest if nothing is said, and what to leave out."""

    size: int | None = None
    vouched_by: Voucher | None = None
    redact: Redaction | None = None


class _End(NamedTuple):
    """Where a plan's chain ends as of a checkpoint."""

    plan: UUID
    number: int
    events: int
    last: bytes


def make(
    read: Read,
    plan: UUID,
    *,
    number: int,
    choice: Choice | None = None,
) -> Bundle:
    """Return the bundle of a plan and its number; RFC 8785.

    It is complete as of its checkpoint. NotSealedYet: the plan has no event below it.
    """
    choice = choice or Choice()
    sealed = _vouched(read, choice.vouched_by) if choice.vouched_by else _checkpoint(read, choice.size)
    events = db.run(read, _EVENTS, {"ws": workspace_of(read), "plan": plan, "size": sealed.size})
    if not events:
        raise NotSealedYet(f"The plan has no event below the checkpoint of size {sealed.size}.", Retry_After="1")
    last = sealed.size - 1
    paths = tiles.inclusion_paths(read, [*(row.seq for row in events), last], sealed.size)
    end = _End(plan, number, len(events), events[-1].leaf)
    document = {
        "format": FORMAT,
        "plan": str(plan),
        "checkpoint": cosigned(read, sealed),
        "events": [_entry(row.seq, row.body, paths[row.seq]) for row in events],
        "heads": _heads(read, sealed, end, paths[last]),
        "disclosures": _disclosures(read, [row.seq for row in events], choice.redact),
        "timestamps": _timestamps(read, sealed),
    }
    return Bundle(to_text(document), sealed.epoch, sealed.size)


def to_text(document: Mapping[str, Any]) -> bytes:
    """Return a bundle's bytes, RFC 8785: its names are ASCII and it has no floats, so sorted and compact will do."""
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


def _vouched(read: Read, by: Voucher) -> SealedCheckpoint:
    """Return the newest checkpoint with a timestamp, or with a cosignature."""
    vouching: Any = TimestampToken if by == "timestamp" else Cosignature
    same = (
        vouching.workspace_id == col(SealedCheckpoint.workspace_id),
        vouching.epoch == col(SealedCheckpoint.epoch),
        vouching.size == col(SealedCheckpoint.size),
    )
    query = select(SealedCheckpoint).where(
        SealedCheckpoint.workspace_id == workspace_of(read), sa.exists().where(*same)
    )
    newest = query.order_by(col(SealedCheckpoint.epoch).desc(), col(SealedCheckpoint.size).desc()).limit(1)
    found = read.exec(newest).first()
    if found is None:
        raise NobodyVouches(f"No checkpoint has a {by} yet." if by == "timestamp" else "No witness has cosigned yet.")
    return found


def _checkpoint(read: Read, size: int | None) -> SealedCheckpoint:
    if size is None:
        found = checkpoint.latest(read)
        if found is None:
            raise NotSealedYet("Nothing is sealed yet.", Retry_After="1")
        return found
    query = select(SealedCheckpoint).where(
        SealedCheckpoint.workspace_id == workspace_of(read), SealedCheckpoint.size == size
    )
    # After a restore the same size may have been signed again, under the new name.
    of_that_size = read.exec(query.order_by(col(SealedCheckpoint.epoch).desc()).limit(1)).first()
    if of_that_size is None:
        raise CheckpointNotFound(f"No checkpoint has the size {size}.")
    return of_that_size


def cosigned(read: Read, sealed: SealedCheckpoint) -> str:
    """Return the note with all its signatures: the log's first, then the witnesses', by the names of their keys."""
    query = select(Cosignature.line).where(
        Cosignature.workspace_id == sealed.workspace_id,
        Cosignature.epoch == sealed.epoch,
        Cosignature.size == sealed.size,
    )
    return sealed.note + "".join(f"{line}\n" for line in read.exec(query.order_by(col(Cosignature.key))))


def _timestamps(read: Read, sealed: SealedCheckpoint) -> list[dict[str, str]]:
    query = select(TimestampToken.token).where(
        TimestampToken.workspace_id == sealed.workspace_id,
        TimestampToken.epoch == sealed.epoch,
        TimestampToken.size == sealed.size,
    )
    return [{"type": "rfc3161", "tsr": _base64(token)} for token in read.exec(query.order_by(col(TimestampToken.tsa)))]


def _heads(read: Read, sealed: SealedCheckpoint, end: _End, path: Sequence[bytes]) -> dict[str, Any]:
    """Return the proof that the plan's events end there as of the checkpoint."""
    index = sealed.size - 1
    (row,) = db.run(read, _HEADS, {"ws": workspace_of(read), "seq": index})
    count = orjson.loads(row.body)["data"]["count"]
    entry = heads.path(read, number=end.number, count=count, size=sealed.size)
    return _entry(index, row.body, path) | {
        "entry": heads.entry(end.plan, end.events, end.last).decode(),
        "entry_index": end.number - 1,
        "entry_proof": [_base64(one) for one in entry.path],
    }


def _disclosures(read: Read, seqs: list[int], redact: Redaction | None) -> dict[str, str]:
    """Return what these events disclose, by digest, except what was erased or is left out."""
    rows = db.run(read, _DISCLOSED, {"ws": workspace_of(read), "seqs": seqs})
    left_out = PERSONAL if redact else frozenset()
    return {row.digest: row.disclosure for row in rows if opened(row.disclosure)[0] not in left_out}


def _entry(index: int, body: bytes, path: Sequence[bytes]) -> dict[str, Any]:
    return {"index": index, "event": body.decode(), "proof": [_base64(one) for one in path]}


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
