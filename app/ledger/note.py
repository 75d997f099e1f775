"""Signed notes: a text, and who vouches for it.

A note is a text, a blank line, and one line for each signature:

    example.com/w/7
    20852163
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

    — example.com/w/7 Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5...

The text ends in a newline and may hold blank lines: the last one ends it. A
signature line holds an em dash, the name of a key, and base64(key id ||
signature). A text that names a log, a size and a root, like this one, is a
checkpoint. The rules are c2sp.org/signed-note and c2sp.org/tlog-checkpoint.

Each `parse_*` reads leniently, writes what it read with the matching
`format_*`, and refuses if that is not what it was given. So there is one way
to write a thing, and no list of ways to write it wrong.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = 0x01
COSIGNATURE = 0x04

MAX_BYTES = 1_000_000
MAX_SIGNATURES = 100

_HASH_SIZE = _KEY_SIZE = 32
_KEY_ID_SIZE = 4
_TIME_SIZE = 8
_SIZE_LIMIT = _TIME_LIMIT = 1 << 63

_DASH = "\N{EM DASH}"
_TOO_LONG = f"a note has at most {MAX_BYTES} bytes"
# A str may hold half a surrogate pair, which UTF-8 cannot.
_NAME = re.compile(r"[^\s+\x00-\x1f\ud800-\udfff]+")
_NOT_TEXT = re.compile(r"[\x00-\x09\x0b-\x1f\ud800-\udfff]")


class NoteInvalid(Exception):
    """The note, checkpoint or key is malformed, or not signed as it must be."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line. Who made it is a claim until `open_note` has checked it."""

    name: str
    key_id: bytes
    payload: bytes

    def __post_init__(self) -> None:
        _check_name(self.name)
        if len(self.key_id) != _KEY_ID_SIZE or not self.payload:
            raise NoteInvalid("a signature is a key id of 4 bytes and something after it")


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A name that is trusted to sign, the type of its signatures, and its public key."""

    name: str
    kind: int
    public: bytes

    def __post_init__(self) -> None:
        _check_name(self.name)
        if self.kind not in _CHECKS:
            raise NoteInvalid(f"keys of type {self.kind:#04x} are unknown here")
        if len(self.public) != _KEY_SIZE:
            raise NoteInvalid("an Ed25519 key is 32 bytes")

    @property
    def key_id(self) -> bytes:
        """The 4 bytes that tell a name's keys, and their types, apart; signed-note, section "Signatures"."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:_KEY_ID_SIZE]

    def claims(self, signature: Signature) -> bool:
        """Say whether *signature* names this key, by name and id both."""
        return signature.name == self.name and signature.key_id == self.key_id


@dataclass(frozen=True, slots=True)
class Signer:
    """A name and the Ed25519 private key that signs for it, or, if of type COSIGNATURE, witnesses."""

    name: str
    private_key: Ed25519PrivateKey
    kind: int = ED25519

    @property
    def key(self) -> VerifierKey:
        """The key that others check this signer's notes with."""
        return VerifierKey(self.name, self.kind, self.private_key.public_key().public_bytes_raw())


@dataclass(frozen=True, slots=True)
class Note:
    """A text and the signatures under it."""

    text: str
    signatures: tuple[Signature, ...]

    def __post_init__(self) -> None:
        if not self.text.endswith("\n") or _NOT_TEXT.search(self.text):
            raise NoteInvalid("a text ends in a newline and holds no other control characters")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself: its origin, its size, and the root of its tree at that size."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        # The specification lets an origin be any text; ours is the name of the key as well.
        _check_name(self.origin)
        if not 0 <= self.size < _SIZE_LIMIT:
            raise NoteInvalid("a size is at least 0 and below 2^63")
        if len(self.root) != _HASH_SIZE:
            raise NoteInvalid("a root is 32 bytes")


def format_vkey(key: VerifierKey) -> str:
    """Return `name+id+base64(type || public key)`; signed-note, section "Verifier keys"."""
    return f"{key.name}+{key.key_id.hex()}+{_base64(bytes([key.kind]) + key.public)}"


def parse_vkey(text: str) -> VerifierKey:
    """Return the key that *text* is the one way to write."""
    try:
        name, _, encoded = text.split("+", 2)
        raw = _unbase64(encoded)
    except ValueError as error:
        raise NoteInvalid("a verifier key is name+id+key") from error
    key = VerifierKey(name, int.from_bytes(raw[:1]), raw[1:])
    if format_vkey(key) != text:
        raise NoteInvalid("the verifier key is not as it would be written, or its id is not its own")
    return key


def format_skey(signer: Signer) -> str:
    """Return `PRIVATE+KEY+name+id+base64(type || seed)`, the form of Go's sumdb/note. Keep it secret."""
    seed = bytes([signer.kind]) + signer.private_key.private_bytes_raw()
    return f"PRIVATE+KEY+{signer.name}+{signer.key.key_id.hex()}+{_base64(seed)}"


def parse_skey(text: str) -> Signer:
    """Return the signer that *text* is the one way to write. No refusal repeats the text."""
    try:
        _, _, name, _, encoded = text.split("+", 4)
        raw = _unbase64(encoded)
        signer = Signer(name, Ed25519PrivateKey.from_private_bytes(raw[1:]), int.from_bytes(raw[:1]))
    except ValueError as error:
        raise NoteInvalid("a signer key is PRIVATE+KEY+name+id+key") from error
    if format_skey(signer) != text:
        raise NoteInvalid("the signer key is not as it would be written, or its id is not its own")
    return signer


def format_note(note: Note) -> str:
    """Return the note as it is sent; signed-note, section "Format"."""
    if not 1 <= len(note.signatures) <= MAX_SIGNATURES:
        raise NoteInvalid(f"a note has 1 to {MAX_SIGNATURES} signatures")
    text = "\n".join([note.text, *map(format_signature, note.signatures), ""])
    if len(text.encode()) > MAX_BYTES:
        raise NoteInvalid(_TOO_LONG)
    return text


def format_signature(signature: Signature) -> str:
    """Return the signature's line, without its end; signed-note, section "Signatures"."""
    return f"{_DASH} {signature.name} {_base64(signature.key_id + signature.payload)}"


def open_note(text: str | bytes, vkeys: Collection[VerifierKey]) -> Note:
    """Return the note with the signatures of *vkeys* only, one for each key, all checked.

    Well-formed signatures by other keys are ignored. The whole note is refused
    if a key of ours made a bad signature or none made a good one, or if two of
    *vkeys* claim the same signature.
    """
    note = _parse_note(text)
    verified: dict[VerifierKey, Signature] = {}
    for signature in note.signatures:
        match [key for key in vkeys if key.claims(signature)]:
            case []:
                continue
            case [key]:
                _check_signature(key, note.text, signature)
                verified.setdefault(key, signature)
            case _:
                raise NoteInvalid(f"two of the known keys are {signature.name}+{signature.key_id.hex()}")
    if not verified:
        raise NoteInvalid("none of the known keys has signed the note")
    return Note(note.text, tuple(verified.values()))


def sign_note(text: str, signer: Signer) -> str:
    """Return *text* as a note signed by *signer*; signed-note, section "Ed25519 signatures"."""
    unsigned = Note(text, ())
    signature = Signature(signer.name, signer.key.key_id, signer.private_key.sign(unsigned.text.encode()))
    return format_note(Note(text, (signature,)))


def cosign(text: str, signer: Signer, *, at: datetime) -> Signature:
    """Return the statement of a witness that at that time *text* was the largest tree it had seen of its log.

    Tlog-cosignature, section "Format". What is stated must be true: whoever calls this has checked that the tree grew
    from the last one it cosigned.
    """
    time = int(at.timestamp())
    made = signer.private_key.sign(_cosigned(time, Note(text, ()).text.encode()))
    return Signature(signer.name, signer.key.key_id, time.to_bytes(_TIME_SIZE) + made)


def cosigned_at(signature: Signature) -> int:
    """Return the POSIX seconds at which a witness says it cosigned; tlog-cosignature, section "Format"."""
    time = int.from_bytes(signature.payload[:_TIME_SIZE])
    if time >= _TIME_LIMIT:
        raise NoteInvalid("the time of a cosignature is below 2^63")
    return time


def format_checkpoint(checkpoint: Checkpoint) -> str:
    """Return the text of a checkpoint, to be signed; tlog-checkpoint, section "Note text"."""
    return f"{checkpoint.origin}\n{checkpoint.size}\n{_base64(checkpoint.root)}\n"


def parse_checkpoint(text: str) -> Checkpoint:
    """Return the checkpoint that *text* is the one way to write; extension lines are refused."""
    try:
        origin, size, root, _ = text.split("\n")
        checkpoint = Checkpoint(origin, int(size), _unbase64(root))
    except ValueError as error:
        raise NoteInvalid("a checkpoint is an origin, a size and a root, each on its line") from error
    if format_checkpoint(checkpoint) != text:
        raise NoteInvalid("the checkpoint is not as it would be written")
    return checkpoint


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise NoteInvalid("a key name is not empty and has no spaces, control characters or plus")


def _parse_note(text: str | bytes) -> Note:
    # Private, because the text of a note means nothing until a signature under it is checked.
    if len(text) > MAX_BYTES:
        # format_note would refuse it, too, but only after all the work.
        raise NoteInvalid(_TOO_LONG)
    try:
        text = text.decode() if isinstance(text, bytes) else text
    except UnicodeDecodeError as error:
        raise NoteInvalid("a note is UTF-8") from error
    head, _, tail = text.rpartition("\n\n")
    note = Note(head + "\n", tuple(_parse_signature(line) for line in tail.removesuffix("\n").split("\n")))
    if format_note(note) != text:
        raise NoteInvalid("the note is not as it would be written")
    return note


def _parse_signature(line: str) -> Signature:
    try:
        _, name, encoded = line.split(" ")
        raw = _unbase64(encoded)
    except ValueError as error:
        raise NoteInvalid("a signature line is a dash, a name and a signature") from error
    return Signature(name, raw[:_KEY_ID_SIZE], raw[_KEY_ID_SIZE:])


def _check_signature(key: VerifierKey, text: str, signature: Signature) -> None:
    try:
        _CHECKS[key.kind](key.public, text.encode(), signature)
    except InvalidSignature as error:
        raise NoteInvalid(f"the signature by {key.name} is not good") from error


def _check_ed25519(public: bytes, text: bytes, signature: Signature) -> None:
    """Signed-note, section "Ed25519 signatures": over the text."""
    Ed25519PublicKey.from_public_bytes(public).verify(signature.payload, text)


def _check_cosignature(public: bytes, text: bytes, signature: Signature) -> None:
    """Tlog-cosignature, section "Ed25519 signed message": a time, then a signature over it and the text."""
    message = _cosigned(cosigned_at(signature), text)
    Ed25519PublicKey.from_public_bytes(public).verify(signature.payload[_TIME_SIZE:], message)


def _cosigned(time: int, text: bytes) -> bytes:
    return b"cosignature/v1\ntime %d\n%b" % (time, text)


_CHECKS: dict[int, Callable[[bytes, bytes, Signature], None]] = {
    ED25519: _check_ed25519,
    COSIGNATURE: _check_cosignature,
}


def _base64(raw: bytes) -> str:
    return b64encode(raw).decode()


def _unbase64(text: str) -> bytes:
    return b64decode(text, validate=True)
