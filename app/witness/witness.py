"""A witness: it cosigns what grew from what it cosigned before (c2sp.org/tlog-witness).

It knows logs by their keys, and of each log the last checkpoint that it cosigned. It has a folder and no database, so
that whoever runs the log need not run it.
"""

import re
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.ledger import merkle, note
from app.ledger.marks import locked, write_durably
from app.ledger.merkle import ProofInvalid
from app.ledger.note import Checkpoint, NoteInvalid, Signer, VerifierKey

MAX_BYTES = note.MAX_BYTES + 4096
"""Of a request: a note, and at most 63 hashes before it."""
MAX_PROOF = 63

_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})", re.ASCII)


class Refused(Exception):
    """The checkpoint is not cosigned. The status says why; section "add-checkpoint"."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class OldSizeDiffers(Refused):
    """The client thinks of another checkpoint than the last one that was cosigned here, whose size this is."""

    def __init__(self, size: int) -> None:
        super().__init__(409, f"{size}\n")


@dataclass(frozen=True, slots=True)
class Witness:
    """A folder that holds the key and the last checkpoint of each log, and the keys of the logs it cosigns for."""

    folder: Path
    signer: Signer
    logs: Sequence[VerifierKey] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it was sent, nothing of it believed."""

    old: int
    proof: list[bytes]
    note: str
    checkpoint: Checkpoint


def opened(folder: Path, *, name: str, logs: Sequence[VerifierKey] = ()) -> Witness:
    """Return the witness that lives in *folder*. The first time, that makes its key, which then keeps its name."""
    if any(key.kind != note.ED25519 for key in logs):
        raise NoteInvalid("a log signs notes: the key of a witness is not one of a log")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    path = folder / "key"
    with locked(folder):
        if not path.exists():
            made = Signer(name, Ed25519PrivateKey.generate(), note.COSIGNATURE)
            write_durably(path, f"{note.format_skey(made)}\n".encode())
    return Witness(folder, note.parse_skey(path.read_text(encoding="utf-8").rstrip("\n")), logs)


def add_checkpoint(witness: Witness, body: bytes, *, at: datetime) -> str:
    """Cosign the checkpoint in *body* and return the cosignature's line, or refuse."""
    request = _parse_request(body)
    checkpoint = request.checkpoint
    keys = [key for key in witness.logs if key.name == checkpoint.origin]
    if not keys:
        raise Refused(404, "this log is not known here")
    try:
        text = note.open_note(request.note, keys).text
    except NoteInvalid as error:
        raise Refused(403, str(error)) from error
    if request.old > checkpoint.size:
        raise Refused(400, "the old size is larger than the new one")
    # What is compared and what replaces it are one step: of two that grow from one size, the second finds another size.
    with locked(witness.folder):
        _check_growth(latest(witness, checkpoint.origin), request)
        write_durably(_path(witness, checkpoint.origin), request.note.encode())
    # A crash here leaves a checkpoint that is taken for cosigned; whoever sends it again gets the cosignature.
    return note.format_signature(note.cosign(text, witness.signer, at=at)) + "\n"


def latest(witness: Witness, origin: str) -> Checkpoint:
    """Return the last checkpoint of that log that was cosigned here; the empty tree if none was."""
    try:
        return _checkpoint_of(_path(witness, origin).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Checkpoint(origin, 0, merkle.root([]))


def _check_growth(known: Checkpoint, request: Request) -> None:
    new = request.checkpoint
    if request.old != known.size or (new.size == known.size and new.root != known.root):
        raise OldSizeDiffers(known.size)
    if not known.size:
        if request.proof:
            raise Refused(422, "from the empty tree there is nothing to prove")
        return
    try:
        merkle.check_consistency(known.size, new.size, known.root, new.root, request.proof)
    except ProofInvalid as error:
        raise Refused(422, str(error)) from error


def _parse_request(body: bytes) -> Request:
    try:
        head, _, text = body.decode().partition("\n\n")
        first, *lines = head.split("\n")
        old = _OLD.fullmatch(first)
        proof = [b64decode(line, validate=True) for line in lines]
        checkpoint = _checkpoint_of(text)
    except (ValueError, NoteInvalid) as error:
        raise Refused(400, "this is not an old size, a proof and a checkpoint") from error
    if old is None or len(proof) > MAX_PROOF or any(len(one) != merkle.HASH_SIZE for one in proof):
        raise Refused(400, f"before the checkpoint are an old size and at most {MAX_PROOF} hashes")
    return Request(int(old[1]), proof, text, checkpoint)


def _checkpoint_of(text: str) -> Checkpoint:
    return note.parse_checkpoint(text.rpartition("\n\n")[0] + "\n")


def _path(witness: Witness, origin: str) -> Path:
    return witness.folder / f"{sha256(origin.encode()).hexdigest()}.checkpoint"
