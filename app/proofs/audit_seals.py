"""What was signed: each checkpoint, against the tree as it was at that size; cosignatures and timestamps of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from app.core.db import Read
from app.ledger import merkle, note, timestamp
from app.ledger.note import NoteInvalid, VerifierKey
from app.ledger.timestamp import TimestampInvalid
from app.proofs.audit_events import Walk
from app.proofs.audit_rows import rows, stream

_CHECKPOINTS = "SELECT epoch, size, root, note FROM checkpoint WHERE workspace_id = %(ws)s ORDER BY size, epoch"
_SIZE = "SELECT coalesce(max(size), 0) AS size FROM checkpoint WHERE workspace_id = %(ws)s"
_BESIDE = "LEFT JOIN checkpoint c ON (c.workspace_id, c.epoch, c.size) = (x.workspace_id, x.epoch, x.size)"
_COSIGNATURES = (
    f"SELECT x.epoch, x.size, x.key, x.line, c.note FROM cosignature x {_BESIDE} "  # noqa: S608 - all of it is ours
    "WHERE x.workspace_id = %(ws)s ORDER BY x.size"
)
_TOKENS = (
    f"SELECT x.epoch, x.size, x.tsa, x.token, c.note FROM timestamp_token x {_BESIDE} "  # noqa: S608 - all of it is ours
    "WHERE x.workspace_id = %(ws)s ORDER BY x.size"
)


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose signatures are believed."""

    keys: Sequence[VerifierKey] = ()
    """Of the log, in all its epochs, and of witnesses."""
    roots: Sequence[bytes] = ()
    """Certificates of time stamping authorities, PEM or DER."""
    signed: Mapping[int, tuple[int, bytes]] = field(default_factory=dict)
    """By epoch, size and root of the largest tree that the signer remembers to have signed."""


def sealed_size(read: Read) -> int:
    """Return the size of the largest checkpoint; 0: there is none."""
    return int(rows(read, _SIZE)[0].size)


class Checkpoints:
    """The checkpoints, in the order of their sizes."""

    def __init__(self, read: Read, trust: Trust | None) -> None:
        self._trust = trust
        self._stored = stream(read, "checkpoints", _CHECKPOINTS)
        self._next: Any = next(self._stored, None)
        self._signed = dict(trust.signed.values()) if trust else {}
        """What the signer remembers and the walk has not met."""

    def faults(self, walk: Walk, last: str | None) -> Iterator[str]:
        """Check those of the tree as it is now, whose last event is of the type *last*."""
        if walk.size in self._signed and self._signed[walk.size] == merkle.frontier_root(walk.frontier):
            del self._signed[walk.size]
        while self._next is not None and self._next.size <= walk.size:
            row, self._next = self._next, next(self._stored, None)
            where = f"checkpoint {row.size} of epoch {row.epoch}"
            if row.size != walk.size or row.epoch != walk.epoch or last != "ledger.heads":
                yield f"{where}: the ledger has no end of its plans there"
            root = merkle.frontier_root(walk.frontier)
            if row.root != root:
                yield f"{where}: its root is {row.root.hex()}, that of the events is {root.hex()}"
            if fault := self._note_fault(row, walk.workspace):
                yield f"{where}: {fault}"

    def last_faults(self, walk: Walk) -> Iterator[str]:
        """Name those that are larger than the ledger, and what the signer knows and the ledger does not."""
        signed = self._trust.signed if self._trust else {}
        for epoch, (size, _) in signed.items():
            # What an older epoch signed may be lost: that is what the newer one was opened for.
            if epoch >= walk.epoch and size in self._signed:
                yield f"a tree of {size} events was signed in epoch {epoch}, which the ledger does not have"
        while self._next is not None:
            yield f"checkpoint {self._next.size} of epoch {self._next.epoch}: the ledger has fewer events"
            self._next = next(self._stored, None)

    def _note_fault(self, row: Any, workspace: str) -> str | None:
        text = row.note.rpartition("\n\n")[0] + "\n"
        name = f"/w/{workspace}" + (f"/e{row.epoch}" if row.epoch > 1 else "")
        try:
            said = note.parse_checkpoint(text)
            if not said.origin.endswith(name) or (said.size, said.root) != (row.size, row.root):
                return "its note says something else"
            if self._trust is not None:
                signed = note.open_note(row.note, [key for key in self._trust.keys if key.name == said.origin])
                if note.format_note(signed) != row.note:
                    return "its note has signatures that are not the log's"
        except NoteInvalid as error:
            return f"its note is not good: {error}"
        return None


def vouched_faults(read: Read, trust: Trust | None) -> Iterator[str]:
    """Check what others signed of checkpoints, as far as *trust* knows them."""
    for row in stream(read, "cosignatures", _COSIGNATURES):
        if fault := _cosignature_fault(row, trust):
            yield f"cosignature of checkpoint {row.size} of epoch {row.epoch} by {row.key}: {fault}"
    for row in stream(read, "timestamp_tokens", _TOKENS):
        if fault := _token_fault(row, trust):
            yield f"timestamp of checkpoint {row.size} of epoch {row.epoch} by {row.tsa}: {fault}"


def _cosignature_fault(row: Any, trust: Trust | None) -> str | None:
    if row.note is None:
        return "there is no such checkpoint"
    if not row.line.startswith(f"\N{EM DASH} {row.key} "):
        return "it is not by the key that it is kept under"
    known = [key for key in trust.keys if key.name == row.key] if trust else []
    if not known:
        return None
    text = row.note.rpartition("\n\n")[0] + "\n"
    try:
        note.open_note(f"{text}\n{row.line}\n", known)
    except NoteInvalid as error:
        return str(error)
    return None


def _token_fault(row: Any, trust: Trust | None) -> str | None:
    if row.note is None:
        return "there is no such checkpoint"
    imprint = sha256(row.note.encode()).digest()
    if imprint not in row.token:
        return "it is of something else"
    if trust is None or not trust.roots:
        return None
    try:
        timestamp.check_timestamp(row.token, imprint=imprint, roots=trust.roots)
    except TimestampInvalid as error:
        return str(error)
    return None
