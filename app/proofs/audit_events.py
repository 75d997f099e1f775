"""Event by event, from the stored bytes: form, numbers, times, leaves, plan chains, disclosures, erasures."""

import base64
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import orjson

from app.ledger import merkle
from app.ledger.catalogue import SCHEMAS
from app.ledger.events import VERSION, digest
from app.ledger.kinds import DIGEST, ID, INSTANT, list_of
from app.proofs.audit_rows import Event

_FIELDS = {"v", "ws", "seq", "at", "type", "actor", "plan", "plan_seq", "prev", "subj", "data", "sd"}
_DIGESTS = list_of(DIGEST)


@dataclass(slots=True)
class Chain:
    """Where a plan's chain has come to."""

    number: int
    events: int = 0
    last: bytes = b""


@dataclass
class Walk:
    """Where a walk over the events has come to."""

    workspace: str
    size: int = 0
    at: str = ""
    leaf: bytes = b""
    """Of the last event."""
    frontier: tuple[bytes, ...] = ()
    chains: dict[str, Chain] = field(default_factory=dict)
    moved: set[str] = field(default_factory=set)
    """Plans with events since the last heads leaf."""
    types: Counter[str] = field(default_factory=Counter)
    """How many events there were of each type."""
    missing: dict[str, Event] = field(default_factory=dict)
    """By digest, the events whose disclosure is not there: it was erased, which a later event has to say."""
    erased: set[str] = field(default_factory=set)
    """Subjects of events of which disclosures were erased."""
    epoch: int = 1
    key: str = ""
    """The public key that the last rotation switched to."""


def parsed(body: bytes) -> dict[str, Any] | None:
    """Return the event in *body*; None if it is not one in canonical form (RFC 8785).

    Where the fields are ours and no string holds more than ASCII, sorted and compact is all that canonical asks.
    """
    try:
        event = orjson.loads(body)
    except ValueError:
        return None
    if not isinstance(event, dict) or event.keys() != _FIELDS or not _formed(event):
        return None
    return event if orjson.dumps(event, option=orjson.OPT_SORT_KEYS) == body else None


def _formed(event: dict[str, Any]) -> bool:
    plain = (
        type(event["v"]) is int
        and event["v"] == VERSION
        and type(event["seq"]) is int
        and INSTANT(event["at"])
        and ID(event["actor"])
    )
    schema = SCHEMAS.get(event["type"]) if isinstance(event["type"], str) else None
    return plain and schema is not None and schema(event["data"]) and _DIGESTS(event["sd"])


def step(walk: Walk, row: Event, faults: list[str]) -> dict[str, Any] | None:
    """Check one event against those before it, and step on to it. Return it, if it is one."""
    where = f"event {row.seq}"
    if row.seq != walk.size:
        faults.append(f"{where}: {walk.size} should come next")
    event = parsed(row.body)
    leaf = merkle.leaf_hash(row.body)
    if leaf != row.leaf:
        faults.append(f"{where}: its leaf is not the hash of its bytes")
    if event is None:
        faults.append(f"{where}: its bytes are not an event in canonical form")
    else:
        _compare(walk, row, event, leaf, faults)
        walk.types[event["type"]] += 1
        if _NOTED.get(event["type"]):
            _NOTED[event["type"]](walk, row, event["data"], faults)
    walk.leaf, walk.frontier = leaf, merkle.push(walk.frontier, walk.size, leaf)
    walk.size += 1
    return event


def _compare(walk: Walk, row: Event, event: dict[str, Any], leaf: bytes, faults: list[str]) -> None:
    where = f"event {row.seq}"
    if (event["ws"], event["seq"], event["subj"], event["plan"]) != (walk.workspace, row.seq, row.subject, row.plan):
        copies = {"ws": walk.workspace, "seq": row.seq, "subj": row.subject, "plan": row.plan}
        wrong = next(name for name, value in copies.items() if event[name] != value)
        faults.append(f"{where}: `{wrong}` says {event[wrong]}, the row {copies[wrong]}")
    if event["at"] < walk.at:
        faults.append(f"{where}: earlier than the one before it")
    walk.at = max(walk.at, event["at"])
    if row.plan is not None:
        chain = walk.chains.get(row.plan)
        if chain is None:
            # Whoever numbers a plan waits for the one before it, so their first events come in that order.
            chain = walk.chains[row.plan] = Chain(len(walk.chains) + 1)
            if (event["type"], event["data"].get("number")) != ("plan.drafted", chain.number):
                faults.append(f"{where}: it does not begin plan number {chain.number}, as it should")
        prev = base64.b64encode(chain.last).decode() if chain.last else None
        if event["plan_seq"] != chain.events + 1 or event["prev"] != prev:
            faults.append(f"{where}: the chain of its plan is broken")
        chain.events, chain.last = chain.events + 1, leaf
        walk.moved.add(row.plan)
    elif event["plan_seq"] is not None or event["prev"] is not None:
        faults.append(f"{where}: it is in the chain of no plan, and has a place in one")
    _disclosed(walk, row, event["sd"], faults)


def _disclosed(walk: Walk, row: Event, known: list[str], faults: list[str]) -> None:
    """What is disclosed must be what the event knows of; what it knows of must be there, or be said to be erased."""
    if not known and not row.said:
        return
    if known != sorted(set(known)):
        faults.append(f"event {row.seq}: its digests are not in order")
    there = set()
    for name, said in row.said:
        if not said.isascii() or digest(said) != name or name not in known:
            faults.append(f"event {row.seq}: a disclosure that it does not know of")
        there.add(name)
    for one in known:
        if one not in there:
            walk.missing[one] = row._replace(body=b"", said=[])


def _note_erasure(walk: Walk, row: Event, data: dict[str, Any], faults: list[str]) -> None:
    for one in data["digests"]:
        gone = walk.missing.pop(one, None)
        if gone is None:
            faults.append(f"event {row.seq}: it says that {one} was erased, which no earlier event misses")
        else:
            walk.erased.add(gone.subject)


def _note_epoch(walk: Walk, row: Event, data: dict[str, Any], faults: list[str]) -> None:
    # The signer may have opened epochs that a restored database has lost.
    if data["epoch"] <= walk.epoch:
        faults.append(f"event {row.seq}: epoch {data['epoch']} cannot follow epoch {walk.epoch}")
    walk.epoch = data["epoch"]


def _note_rotation(walk: Walk, row: Event, data: dict[str, Any], faults: list[str]) -> None:
    if walk.key and walk.key != data["old"]:
        faults.append(f"event {row.seq}: the key that it puts away is not the one that was in use")
    walk.key = data["new"]


_NOTED = {
    "disclosure.erased": _note_erasure,
    "ledger.epoch_opened": _note_epoch,
    "ledger.key_rotated": _note_rotation,
}
