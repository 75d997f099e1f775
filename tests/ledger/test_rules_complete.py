"""A log that its own key signed is refused all the same if its events are not in order, or not all there are."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.ledger import bundle, merkle, note, strict
from app.ledger.events import Change
from app.ledger.note import COSIGNATURE, Signer
from app.ledger.policy import parse_policy
from app.ledger.strict import Malformed
from tests.ledger.forging import forge, later, refused
from tests.ledger.proving import (
    FIRST,
    ORIGIN,
    PLAN,
    SECOND,
    SIGNER,
    START,
    Maker,
    approved,
    b64,
    commitment_facts,
    kept_and_late,
    plan_facts,
)

OTHER = str(UUID(int=0x77))
STARTED = {"state": "in_progress", "started_at": START}


@dataclass
class Headless(Maker):
    """A log whose event that says where plans end says something else."""

    heads: dict[str, Any] = field(default_factory=dict)

    def _aside(self, change: Change) -> None:
        super()._aside(change)
        if change.type == "ledger.heads":
            last = self.last
            forge(self, **self.heads)
            self.last = last


def headless(**heads: Any) -> Headless:
    maker = approved()
    return Headless(**vars(maker), heads=heads)


def last(**changed: Any) -> Maker:
    """Return a log whose last event of the plan says otherwise."""
    maker = approved()
    later(maker, days=1)
    maker.append("commitment.started", FIRST, commitment_facts(1, "2026-03-10") | STARTED)
    forge(maker, **changed)
    return maker


@pytest.mark.parametrize(
    ("changed", "check", "reason"),
    [
        ({"ws": OTHER}, "events", "event 6 is of another workspace"),
        ({"at": "2026-03-02T08:59:59.999999Z"}, "events", "event 6 is earlier than the one before it"),
        ({"at": "2026-02-30T09:00:00.000000Z"}, "events", "event 6 is earlier than the one before it"),
        ({"seq": 7}, "events", "event 7 is shown as event 6"),
        ({"sd": ["B" * 43, "A" * 43]}, "events", "event 6: digests are sorted, and each is there once"),
        ({"sd": ["A" * 43, "A" * 43]}, "events", "event 6: digests are sorted, and each is there once"),
        ({"plan": OTHER}, "chain", "event 6 is of another plan"),
        ({"plan": None}, "chain", "event 6 is of another plan"),
        ({"plan_seq": 7}, "chain", "event 6 is number 7 of the plan, where 6 is missing"),
        ({"plan_seq": None}, "chain", "event 6 is number None of the plan, where 6 is missing"),
        ({"prev": None}, "chain", "event 6 does not follow the one before it"),
        ({"prev": b64(bytes(32))}, "chain", "event 6 does not follow the one before it"),
        ({"prev": "A" * 42 + "B="}, "chain", "it is not base64 as it would be written"),
        ({"type": "account.added"}, "format", "event 6 has not the fields of an event of its type"),
        ({"v": True}, "format", "event 6 has not the fields of an event of its type"),
    ],
)
def test_an_event_that_is_not_in_its_place_is_refused(changed: dict[str, Any], check: str, reason: str) -> None:
    refused(last(**changed), check, reason)


def test_the_first_event_of_a_plan_follows_none() -> None:
    maker = Maker()
    maker.append("plan.drafted", PLAN, plan_facts("draft"))
    forge(maker, prev=b64(bytes(32)))

    refused(maker, "chain", "event 0 does not follow the one before it")


def test_an_event_does_not_stand_before_the_one_that_it_follows() -> None:
    maker = approved()
    maker.append("commitment.started", FIRST, commitment_facts(1, "2026-03-10") | STARTED)
    forge(maker, seq=7)
    maker.append("commitment.started", SECOND, commitment_facts(2, "2026-03-12") | STARTED)
    forge(maker, seq=6)
    maker.bodies[6:], maker.own[5:] = maker.bodies[:5:-1], [7, 6]

    refused(maker, "chain", "event 6 stands before the one that it follows")


def test_a_bundle_names_the_plan_that_its_events_are_of() -> None:
    refused(kept_and_late().bundle() | {"plan": OTHER}, "chain", "event 1 is of another plan")


@pytest.mark.parametrize(
    ("heads", "check", "reason"),
    [
        ({"plan": str(PLAN)}, "complete", "the event that should say where plans end does not"),
        (
            {"type": "disclosure.erased", "data": {"digests": []}},
            "complete",
            "the event that should say where plans end does not",
        ),
        ({"data": {"count": 1, "root": "0" * 64}}, "complete", "the plan's end: the path does not lead to the root"),
        ({"data": {"count": 0, "root": "0" * 64}}, "complete", "the plan's end: a tree of that size has no such leaf"),
        ({"at": "2026-03-02T08:59:59.999999Z"}, "events", "event 6 is earlier than the one before it"),
        ({"ws": OTHER}, "events", f"workspace {OTHER} is not the one of {ORIGIN}"),
        ({"type": "account.added"}, "format", "the heads event has not the fields of an event of its type"),
    ],
)
def test_the_event_that_says_where_plans_end_is_one(heads: dict[str, Any], check: str, reason: str) -> None:
    refused(headless(**heads), check, reason)


def test_where_plans_ended_once_is_not_where_they_end() -> None:
    maker = approved()
    before = maker.bundle()["heads"]["index"]
    document = maker.bundle()
    leaves = [merkle.leaf_hash(body) for body in maker.bodies]
    document["heads"] |= maker._entry(leaves, before)

    refused(document, "complete", "the event that says where plans end is not the checkpoint's last")


def test_the_end_of_a_plan_is_at_its_number() -> None:
    maker = Maker()
    maker.append("plan.drafted", PLAN, plan_facts("draft", number=2))

    refused(maker, "complete", "the plan's end is that of a plan of another number")


@pytest.mark.parametrize(
    ("where", "said", "reason"),
    [
        ("entry", "{}", "the entry of the heads has not the fields of one"),
        ("entry", "[", "it is not JSON"),
        ("entry_proof", ["A"], "it is not base64"),
        ("event", '{"a":1,"a":1}', "the heads event: a key is there twice"),
        ("event", '{"b":1,"a":1}', "the heads event: it is not in canonical form (RFC 8785)"),
        ("event", '{"a":1.0}', "the heads event: 1.0 is not an integer"),
        ("event", '{"a":9007199254740992}', "the heads event: an integer is beyond 2^53 - 1"),
        ("event", f'{{"a":{"9" * 5000}}}', "the heads event: an integer is beyond 2^53 - 1"),
        ("event", '{"a":NaN}', "the heads event: NaN is not an integer"),
        ("event", "[" * 60_000, "the heads event: it is nested too deep"),
        ("event", " " * 65_536, "the heads event is larger than 65535 bytes"),
        ("proof", ["A==="], "the heads event: it is not base64"),
    ],
)
def test_a_part_of_a_bundle_that_cannot_be_read_is_refused(where: str, said: Any, reason: str) -> None:
    document = kept_and_late().bundle()
    document["heads"][where] = said

    refused(document, "format", reason)


@pytest.mark.parametrize("raw", [b"\xff", b'"\xed\xa0\x80"', rb'"\ud800"'])
def test_what_is_not_unicode_is_refused(raw: bytes) -> None:
    with pytest.raises(Malformed, match="not UTF-8"):
        strict.parse(raw)


def test_a_bundle_that_is_too_large_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "MAX_BYTES", 1000)

    refused(kept_and_late(), "format", "a bundle has at most 1000 bytes")


def test_a_checkpoint_is_signed_by_the_log_that_it_names() -> None:
    document = kept_and_late().bundle()
    text = note.open_note(document["checkpoint"], [SIGNER.key]).text
    other = Signer("log.example/w/other", Ed25519PrivateKey.from_private_bytes(b"x" * 32))
    witness = Signer("w.example/ada", Ed25519PrivateKey.from_private_bytes(b"w" * 32), COSIGNATURE)
    trusted = parse_policy(
        f"log {note.format_vkey(SIGNER.key)}\nlog {note.format_vkey(other.key)}\n"
        f"witness ada {note.format_vkey(witness.key)}\nquorum none\n"
    )
    by_witness = f"{text}\n{note.format_signature(note.cosign(text, witness, at=START))}\n"

    for checkpoint in (note.sign_note(text, other), by_witness):
        document["checkpoint"] = checkpoint

        refused(document, "signature", f"no key of {ORIGIN} that is in your policy has signed", trusted)


@pytest.mark.parametrize(
    ("epoch", "is_one"), [("/e2", True), ("/e10", True), ("/e1", False), ("/e02", False), ("/e", False), ("x", False)]
)
def test_the_origin_names_the_workspace_and_perhaps_the_epoch(epoch: str, *, is_one: bool) -> None:
    signer = Signer(ORIGIN + epoch, SIGNER.private_key)
    policy = parse_policy(f"log {note.format_vkey(signer.key)}\nquorum none\n")
    document = kept_and_late().bundle(signer=signer)

    if is_one:
        document["events"] = []
        refused(document, "chain", "a plan has at least one event", policy)
    else:
        refused(document, "events", "is not the one of", policy)
