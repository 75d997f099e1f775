"""A new key, and a new epoch: the two ways in which the name or the key that signs may change, each an event."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from app.core import db
from app.core.db import Read, Tx, workspace_of
from app.ledger import checkpoint, log, marks, signer
from app.ledger.events import LEDGER, Change
from app.ledger.models import SealedCheckpoint
from app.ledger.signer import Keyring
from app.ledger.stored import LedgerDamaged

_SAID = (
    "SELECT 1 FROM ledger_event WHERE workspace_id = %(ws)s AND subject = %(ledger)s "
    "AND position(%(new)s::bytea IN body) > 0 LIMIT 1"
)
_OPEN = "UPDATE ledger_head SET epoch = %(epoch)s WHERE workspace_id = %(ws)s"
_EPOCH = "SELECT epoch FROM ledger_head WHERE workspace_id = %(ws)s FOR UPDATE"


class CannotRotate(Exception):
    """The old key cannot say of every workspace that the new one follows it."""


def rotate(engine: sa.Engine, ring: Keyring, *, at: datetime) -> str:
    """Make a new key sign from now on, and return its public half in hex.

    In every workspace that the old key has signed for, an event names both, under a last signature of the old one.
    Refused, and nothing is switched, if one of them cannot be sealed. A crash anywhere in between leaves the next key
    in its file and the old one in use: called again, this goes on with the same two keys.
    """
    with marks.locked(ring.folder):
        if not ring.next_path.exists():
            signer.make_key(ring.next_path)
    old, new = signer.public_key(ring.key_path), signer.public_key(ring.next_path)
    told: set[UUID] = set()
    while True:
        for workspace in sorted(_signed(engine, ring) - told):
            _hand_over(engine, workspace, ring, old=old, new=new, at=at)
            told.add(workspace)
        with marks.locked(ring.folder):
            # A workspace that was first sealed meanwhile has to be told, too.
            if not _signed(engine, ring) - told:
                signer.switch_keys(ring)
                return new


def open_epoch(engine: sa.Engine, ring: Keyring, workspace: UUID, *, at: datetime) -> SealedCheckpoint | None:
    """Start a new epoch after a restore, and seal: its first event names the last checkpoint that is known.

    That is the signer's mark, which may know more than the database; without one, the database's last checkpoint. The
    checkpoints of the new epoch have a name of their own, so nobody takes them for a continuation.
    """
    with db.writing(engine, workspace) as tx:
        before = db.run(tx, _EPOCH, {"ws": workspace})[0].epoch
        last = max([before, *marks.epochs(ring.folder, workspace)])
        known = marks.read_mark(ring.folder, workspace, last) or checkpoint.latest(tx)
        size, root = (known.size, known.root) if known else (0, b"\0" * 32)
        data = {"epoch": last + 1, "size": size, "root": root.hex()}
        _append(tx, "ledger.epoch_opened", data, at=at)
        db.run(tx, _OPEN, {"ws": workspace, "epoch": last + 1})
    # A crash here leaves an epoch without a checkpoint; whoever seals next makes it.
    return checkpoint.seal(engine, workspace, ring, at=at)


def _hand_over(engine: sa.Engine, workspace: UUID, ring: Keyring, *, old: str, new: str, at: datetime) -> None:
    try:
        # First what is there already: who cannot sign that has nothing to add.
        checkpoint.seal(engine, workspace, ring, at=at)
        with db.writing(engine, workspace) as tx:
            if not _is_said(tx, new):
                _append(tx, "ledger.key_rotated", {"old": old, "new": new}, at=at)
        checkpoint.seal(engine, workspace, ring, at=at)
    except (signer.WillNotSign, LedgerDamaged) as refusal:
        raise CannotRotate(f"workspace {workspace} cannot be sealed: {refusal}") from refusal


def _signed(engine: sa.Engine, ring: Keyring) -> set[UUID]:
    return marks.workspaces(ring.folder) & set(db.workspace_ids(engine))


def _is_said(read: Read, new: str) -> bool:
    return bool(db.run(read, _SAID, {"ws": workspace_of(read), "ledger": LEDGER, "new": f'"new":"{new}"'.encode()}))


def _append(tx: Tx, type_: str, data: dict[str, Any], *, at: datetime) -> None:
    # Nobody's member or key did it: the actor is the workspace itself.
    log.append(tx, [Change(type=type_, subject=LEDGER, data=data)], actor=workspace_of(tx), at=at)
