"""Reading a bundle: one JSON document, of which every byte is accounted for (PROOF.md, "Bundle").

Reading proves nothing yet. It refuses what `app.proofs.bundles` would not have written. The parts come in the order of
their names: the checkpoint, the disclosures, the events, and what ends it.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from app.ledger import shapes, strict
from app.ledger.document import Document
from app.ledger.merkle import leaf_hash
from app.ledger.strict import Malformed, Shape, is_count, is_text, list_of, one_of, record

FORMAT = "followthrough.proof/1"
MAX_BYTES = 64 * 1024 * 1024
MAX_EVENT_BYTES = 65_535

_NOT_ONE = f"it is not a bundle of format {FORMAT} in canonical form (RFC 8785), with its fields and no others"
_PATH = list_of(is_text)
_ENTRY = {"index": is_count, "event": is_text, "proof": _PATH}
_HEAD = record({"checkpoint": is_text})
_EVENT = record(_ENTRY)
_ENDING = record(
    {
        "format": one_of(FORMAT),
        "heads": record(_ENTRY | {"entry": is_text, "entry_index": is_count, "entry_proof": _PATH}),
        "plan": shapes.is_id,
        "timestamps": list_of(record({"type": one_of("rfc3161"), "tsr": is_text})),
    }
)
_HEADS_ENTRY = record({"last": is_text, "n": is_count, "plan": shapes.is_id})


@dataclass(frozen=True, slots=True)
class Proved:
    """An event, with what should lead from it to the root."""

    index: int
    event: dict[str, Any]
    leaf: bytes
    path: list[bytes]


@dataclass(frozen=True, slots=True)
class Entry:
    """What the heads say of a plan: it has so many events, and this is the last."""

    plan: str
    events: int
    last: bytes
    leaf: bytes
    index: int
    path: list[bytes]


@dataclass(frozen=True, slots=True)
class Ending:
    """What comes after the events."""

    plan: str
    heads: Proved
    entry: Entry
    timestamps: tuple[bytes, ...]


def opened(data: bytes | IO[bytes]) -> Document:
    """Return the bundle, of which nothing was read yet; a stream stands at its beginning."""
    stream = io.BytesIO(data) if isinstance(data, bytes) else data
    return Document(stream, limit=MAX_BYTES, otherwise=_NOT_ONE)


def read_checkpoint(document: Document) -> str:
    """Return the signed note. Malformed, here and below, names the part that is not as it should be."""
    head, _ = document.up_to(b',"disclosures":{')
    said: str = _parse(head + b"}", _HEAD)["checkpoint"]
    return said


def read_disclosures(document: Document) -> Iterator[tuple[str, str]]:
    """Yield each digest with its disclosure."""
    before = None
    for piece in document.pieces(b'"', b'"', end=b'},"events":['):
        ((digest, disclosure),) = _parse(b"{" + piece + b"}", _is_member).items()
        if before is not None and digest <= before:
            raise Malformed("disclosures are sorted, and each is there once")
        before = digest
        yield digest, disclosure


def read_events(document: Document) -> Iterator[Proved]:
    for piece in document.pieces(b'{"event":', b"}", end=b'],"format":'):
        said = _parse(piece, _EVENT)
        yield _proved(said, f"event {said['index']}")


def read_ending(document: Document) -> Ending:
    said = _parse(b'{"format":' + document.rest(), _ENDING)
    return Ending(
        plan=said["plan"],
        heads=_proved(said["heads"], "the heads event"),
        entry=_entry(said["heads"]),
        timestamps=tuple(strict.unbase64(one["tsr"]) for one in said["timestamps"]),
    )


def _parse(piece: bytes, shape: Shape) -> dict[str, Any]:
    said: dict[str, Any] = strict.parse(piece)
    if not shape(said):
        raise Malformed(_NOT_ONE)
    return said


def _is_member(value: Any) -> bool:
    return isinstance(value, dict) and len(value) == 1 and all(map(is_text, value.values()))


def _proved(said: dict[str, Any], name: str) -> Proved:
    raw = said["event"].encode()
    if len(raw) > MAX_EVENT_BYTES:
        raise Malformed(f"{name} is larger than {MAX_EVENT_BYTES} bytes")
    try:
        event, path = strict.parse(raw), _path(said["proof"])
    except Malformed as error:
        raise Malformed(f"{name}: {error}") from error
    if not shapes.is_event(event):
        raise Malformed(f"{name} has not the fields of an event of its type")
    return Proved(said["index"], event, leaf_hash(raw), path)


def _entry(heads: dict[str, Any]) -> Entry:
    raw = heads["entry"].encode()
    said = strict.parse(raw)
    if not _HEADS_ENTRY(said):
        raise Malformed("the entry of the heads has not the fields of one")
    return Entry(
        plan=said["plan"],
        events=said["n"],
        last=strict.unbase64(said["last"]),
        leaf=leaf_hash(raw),
        index=heads["entry_index"],
        path=_path(heads["entry_proof"]),
    )


def _path(hashes: list[str]) -> list[bytes]:
    return [strict.unbase64(one) for one in hashes]
