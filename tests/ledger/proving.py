"""Bundles made by hand: a plan with two commitments and a log of the test's own, without a database."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.ledger import bundle, merkle, note
from app.ledger.bundle import Ending, Proved
from app.ledger.events import Change, digest, disclose, format_event, plain
from app.ledger.note import Checkpoint, Signer
from app.ledger.policy import Policy, of_key

WS, PLAN, ADA, BO = (UUID(int=one) for one in (0xA, 0xB, 0xC, 0xD))
FIRST, SECOND, PIECE = (UUID(int=one) for one in (0x11, 0x12, 0x13))
ORIGIN = f"log.example/w/{WS}"
SIGNER = Signer(ORIGIN, Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
POLICY: Policy = of_key(note.format_vkey(SIGNER.key))
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
NOTE = "The settings were checked: see the photo."
CONTENT = {
    "account": None,
    "commitments": [
        {
            "due_after_approval": None,
            "due_at": None,
            "due_on": due_on,
            "kind": "corrective",
            "owner": str(ADA),
            "recurrence": None,
            "root_causes": [],
            "text": text,
        }
        for due_on, text in (("2026-03-10", "Check the settings"), ("2026-03-12", "Train the team"))
    ],
    "items": [],
    "root_causes": [],
    "timezone": "Europe/Berlin",
    "title": "Late shipments",
}
TEXT = json.dumps(CONTENT, sort_keys=True, separators=(",", ":"))
CONTENT_HASH = sha256(TEXT.encode()).hexdigest()


@dataclass(frozen=True)
class Parts:
    """A whole bundle as it was read, nothing of it checked."""

    checkpoint: str
    disclosures: dict[str, str]
    events: tuple[Proved, ...]
    ending: Ending


@dataclass
class Maker:
    """A log being written: events go in, a bundle of the plan comes out."""

    at: datetime = START
    bodies: list[bytes] = field(default_factory=list)
    own: list[int] = field(default_factory=list)
    said: dict[str, str] = field(default_factory=dict)
    last: bytes | None = None

    def append(self, type_: str, subject: UUID, data: Mapping[str, Any], *, actor: UUID = ADA, **private: str) -> None:
        """Append an event of the plan."""
        disclosures = [disclose(name, value) for name, value in private.items()]
        self.said |= {digest(one): one for one in disclosures}
        body = format_event(
            Change(type=type_, subject=subject, data=data),
            workspace=WS,
            seq=len(self.bodies),
            at=self.at,
            actor=actor,
            plan=PLAN,
            plan_seq=len(self.own) + 1,
            prev=self.last,
            digests=[digest(one) for one in disclosures],
        )
        self.own.append(len(self.bodies))
        self.last = merkle.leaf_hash(body)
        self.bodies.append(body)

    def stranger(self) -> None:
        """Append an event of no plan."""
        self._aside(Change(type="account.added", subject=UUID(int=9), data={"timezone": "UTC"}))

    def bundle(self, *, signer: Signer = SIGNER, shown: Sequence[int] | None = None) -> dict[str, Any]:
        """Seal and return the bundle, as a document; the heads are of all events, whichever are *shown*."""
        assert self.last is not None
        entry = json.dumps(
            {"last": b64(self.last), "n": len(self.own), "plan": str(PLAN)}, sort_keys=True, separators=(",", ":")
        )
        root = merkle.root([merkle.leaf_hash(entry.encode())])
        self._aside(Change(type="ledger.heads", subject=UUID(int=0), data={"count": 1, "root": root.hex()}))
        leaves = [merkle.leaf_hash(body) for body in self.bodies]
        text = note.format_checkpoint(Checkpoint(signer.name, len(leaves), merkle.root(leaves)))
        entries = [self._entry(leaves, index) for index in (self.own if shown is None else shown)]
        return {
            "format": "followthrough.proof/1",
            "plan": str(PLAN),
            "checkpoint": note.sign_note(text, signer),
            "events": entries,
            "heads": self._entry(leaves, len(leaves) - 1) | {"entry": entry, "entry_index": 0, "entry_proof": []},
            "disclosures": dict(self.said),
            "timestamps": [],
        }

    def _entry(self, leaves: Sequence[bytes], index: int) -> dict[str, Any]:
        path = [b64(one) for one in merkle.inclusion_path(leaves, index)]
        return {"index": index, "event": self.bodies[index].decode(), "proof": path}

    def _aside(self, change: Change) -> None:
        body = format_event(
            change,
            workspace=WS,
            seq=len(self.bodies),
            at=self.at,
            actor=WS,
            plan=None,
            plan_seq=None,
            prev=None,
            digests=[],
        )
        self.bodies.append(body)


def plan_facts(state: str, outcome: str | None = None, *, attempt: int = 1, **changed: object) -> dict[str, Any]:
    received = plain(START) if outcome else None
    submission = {
        "number": attempt,
        "outcome": outcome,
        "content_sha256": CONTENT_HASH,
        "submitted_at": START,
        "received_at": received,
    }
    facts = {
        "number": 1,
        "state": state,
        "timezone": "Europe/Berlin",
        "account": None,
        "content_sha256": CONTENT_HASH,
        "approved_at": received if state == "approved" else None,
        "submission": None if state == "draft" else submission,
    }
    return facts | changed


def commitment_facts(number: int, due_on: str, **changed: object) -> dict[str, Any]:
    due_at = datetime.combine(date.fromisoformat(due_on) + timedelta(days=1), datetime.min.time(), UTC)
    due_at -= timedelta(hours=1)
    facts = {
        "number": number,
        "occurrence": None,
        "series": None,
        "kind": "corrective",
        "state": "open",
        "owner": ADA,
        "timezone": "Europe/Berlin",
        "due_on": due_on,
        "due_at": due_at,
        "original_due_on": due_on,
        "original_due_at": due_at,
        **dict.fromkeys(("started_at", "done_at", "done_by", "performed_on", "days_late", "days_late_vs_original")),
    }
    return facts | changed


def approved() -> Maker:
    """Return a log in which the plan was approved a moment ago, with two commitments."""
    maker = Maker()
    maker.stranger()
    maker.append("plan.drafted", PLAN, plan_facts("draft"), title="Late shipments", content=TEXT)
    maker.append("plan.submitted", PLAN, plan_facts("submitted"))
    maker.append("plan.approved", PLAN, plan_facts("approved", "approved"), actor=BO, authority="Amazon")
    maker.append("commitment.opened", FIRST, commitment_facts(1, "2026-03-10"), text="Check the settings")
    maker.append("commitment.opened", SECOND, commitment_facts(2, "2026-03-12"), text="Train the team")
    return maker


def complete(maker: Maker, *, days: int, late: int, first: bool = True) -> None:
    """Record that a commitment was done, so many days after the start, and say that it was so late."""
    maker.at = START + timedelta(days=days)
    subject, facts = (
        (FIRST, commitment_facts(1, "2026-03-10")) if first else (SECOND, commitment_facts(2, "2026-03-12"))
    )
    done = {
        "state": "done",
        "done_at": maker.at,
        "done_by": ADA,
        "performed_on": maker.at.date(),
        "days_late": late,
        "days_late_vs_original": late,
    }
    maker.append("commitment.completed", subject, facts | done)


def kept_and_late() -> Maker:
    """Return a log in which one commitment was done in time, with evidence, and the other three days late."""
    maker = approved()
    maker.at = START + timedelta(days=3)
    evidence = {
        "commitment": FIRST,
        "kind": "note",
        "sha256": sha256(NOTE.encode()).hexdigest(),
        "document_on": None,
        "added_by": ADA,
    }
    maker.append("evidence.added", PIECE, evidence, body=NOTE)
    maker.stranger()
    complete(maker, days=3, late=0)
    complete(maker, days=13, late=3, first=False)
    return maker


def to_bytes(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def parts(data: bytes) -> Parts:
    """Read a bundle, and keep all of it."""
    document = bundle.opened(data)
    checkpoint, disclosures = bundle.read_checkpoint(document), dict(bundle.read_disclosures(document))
    return Parts(checkpoint, disclosures, tuple(bundle.read_events(document)), bundle.read_ending(document))


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
