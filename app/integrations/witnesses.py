"""Cosignatures: the newest checkpoint is shown to witnesses (c2sp.org/tlog-witness, section "add-checkpoint").

Each witness signs only what grew from what it saw before. So each is sent a proof from its own last size, which is what
we think it is: the size of the last checkpoint it cosigned. If it knows another, it says so.
"""

import re
from base64 import b64encode
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from app.core import db
from app.core.db import Read
from app.integrations import outgoing
from app.integrations.outgoing import Answer, Unusable
from app.ledger import checkpoint, note, tiles
from app.ledger.models import Cosignature, SealedCheckpoint
from app.ledger.note import NoteInvalid
from app.ledger.policy import Witness

_SIZE = re.compile(rb"(0|[1-9][0-9]{0,18})\n")
_SIZE_KIND = "text/x.tlog.size"


class Asked(NamedTuple):
    """What one witness is to cosign."""

    checkpoint: SealedCheckpoint
    old: int
    proof: list[bytes]


def step(engine: sa.Engine, workspace: UUID, witness: Witness, *, at: datetime) -> int | None:
    """Have *witness* cosign the newest checkpoint, unless it has; return its size, or None if there is none.

    Raises Unreachable or Unusable. No transaction is open while the witness is asked.
    """
    with db.reading(engine, workspace) as read:
        newest = checkpoint.latest(read)
        if newest is None:
            return None
        old = _known_size(read, newest, witness)
        if old == newest.size:
            return old
        asked = _asked(read, newest, old)
    answer = _send(witness, asked)
    # It may know the newest one already, if its answer was lost: then there is nothing to prove, and it says it again.
    if answer.status == 409 and (known := _said_size(answer)) is not None and known != old:
        if known > newest.size:
            raise Unusable(f"{witness.key.name} has seen a tree of {known}, larger than ours of {newest.size}")
        with db.reading(engine, workspace) as read:
            asked = _asked(read, newest, known)
        answer = _send(witness, asked)
    line = _checked(witness, newest, answer)
    # A crash here leaves a cosignature that nobody has; the next round asks for it again, from the same size.
    row = {"workspace_id": workspace, "epoch": newest.epoch, "size": newest.size, "key": witness.key.name}
    with db.writing(engine, workspace) as tx:
        tx.execute(insert(Cosignature).values(row | {"line": line, "added_at": at}).on_conflict_do_nothing())
    return newest.size


def _known_size(read: Read, newest: SealedCheckpoint, witness: Witness) -> int:
    query = sa.select(sa.func.max(Cosignature.size)).where(
        col(Cosignature.workspace_id) == newest.workspace_id,
        col(Cosignature.epoch) == newest.epoch,
        col(Cosignature.key) == witness.key.name,
    )
    return read.execute(query).scalar_one() or 0


def _asked(read: Read, newest: SealedCheckpoint, old: int) -> Asked:
    return Asked(newest, old, tiles.consistency_path(read, old, newest.size) if old else [])


def _send(witness: Witness, asked: Asked) -> Answer:
    proof = "".join(f"{b64encode(one).decode()}\n" for one in asked.proof)
    body = f"old {asked.old}\n{proof}\n{asked.checkpoint.note}".encode()
    return outgoing.post(f"{(witness.url or '').rstrip('/')}/add-checkpoint", body, kind="text/plain; charset=utf-8")


def _said_size(answer: Answer) -> int | None:
    match = _SIZE.fullmatch(answer.body)
    return int(match[1]) if match and answer.kind == _SIZE_KIND else None


def _checked(witness: Witness, newest: SealedCheckpoint, answer: Answer) -> str:
    """Return the one line of the answer that is the witness's cosignature of this checkpoint."""
    name = witness.key.name
    if answer.status != 200:
        raise Unusable(f"{name} answered {answer.status}: {answer.body[:200].decode(errors='replace').strip()}")
    try:
        opened = note.open_note(newest.note.encode() + answer.body, [witness.key])
    except NoteInvalid as error:
        raise Unusable(f"{name} answered with a cosignature that is none: {error}") from error
    return note.format_signature(opened.signatures[0])
