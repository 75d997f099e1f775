"""Reading a bundle: one JSON document, of which every byte is accounted for (PROOF.md, "Bundle").

Reading proves nothing yet. It refuses what `app.proofs.bundles` would not have written.
"""

from dataclasses import dataclass
from typing import Any

from app.ledger import shapes, strict
from app.ledger.merkle import leaf_hash
from app.ledger.strict import Malformed, is_count, is_text, list_of, one_of, record

FORMAT = "followthrough.proof/1"
MAX_BYTES = 64 * 1024 * 1024
MAX_EVENT_BYTES = 65_535

_PATH = list_of(is_text)
_ENTRY = {"index": is_count, "event": is_text, "proof": _PATH}
_SHAPE = record(
    {
        "format": one_of(FORMAT),
        "plan": shapes.is_id,
        "checkpoint": is_text,
        "events": list_of(record(_ENTRY)),
        "heads": record(_ENTRY | {"entry": is_text, "entry_index": is_count, "entry_proof": _PATH}),
        "disclosures": lambda value: isinstance(value, dict) and all(map(is_text, value.values())),
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
class Bundle:
    """A bundle as it was read, nothing of it checked."""

    plan: str
    checkpoint: str
    events: tuple[Proved, ...]
    heads: Proved
    entry: Entry
    disclosures: dict[str, str]
    timestamps: tuple[bytes, ...]


def parse_bundle(data: bytes) -> Bundle:
    """Return the bundle; Malformed names the part that is not as it should be."""
    if len(data) > MAX_BYTES:
        raise Malformed(f"a bundle has at most {MAX_BYTES} bytes")
    document = strict.parse(data)
    if not _SHAPE(document):
        raise Malformed(f"it is not a bundle of format {FORMAT}, with its fields and no others")
    heads = document["heads"]
    return Bundle(
        plan=document["plan"],
        checkpoint=document["checkpoint"],
        events=tuple(_proved(one, f"event {one['index']}") for one in document["events"]),
        heads=_proved(heads, "the heads event"),
        entry=_entry(heads),
        disclosures=document["disclosures"],
        timestamps=tuple(strict.unbase64(one["tsr"]) for one in document["timestamps"]),
    )


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
