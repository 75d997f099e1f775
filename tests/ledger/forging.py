"""Logs that say what cannot be, signed all the same: what the tests of the verifier's rules share."""

import json
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from app.ledger import merkle
from app.ledger.policy import Policy
from app.ledger.verify import verify_bundle
from tests.ledger.proving import ADA, BO, CONTENT, PLAN, POLICY, Maker, commitment_facts, plan_facts, to_bytes

SERIES = UUID(int=0x21)
RULE = "FREQ=WEEKLY;COUNT=2"


def clause(text: str = "Check the settings", due_on: str | None = "2026-03-10", **changed: Any) -> dict[str, Any]:
    """Return a clause of a plan's text."""
    return CONTENT["commitments"][0] | {"text": text, "due_on": due_on} | changed


def content(*clauses: dict[str, Any], **more: Any) -> str:
    """Return the text of a plan with these clauses."""
    return to_bytes(CONTENT | {"commitments": list(clauses)} | more).decode()


def bound(text: str, **private: str) -> Maker:
    """Return a log in which a plan of that text was approved a moment ago, and nothing opened yet."""
    maker = Maker()
    maker.append("plan.drafted", PLAN, hashed("draft", text), **({"content": text} | private))
    maker.append("plan.submitted", PLAN, hashed("submitted", text))
    maker.append("plan.approved", PLAN, hashed("approved", text, "approved"), actor=BO)
    return maker


def hashed(state: str, text: str, outcome: str | None = None) -> dict[str, Any]:
    """Return what an event says of a plan of that text."""
    digest = sha256(text.encode()).hexdigest()
    facts = plan_facts(state, outcome, content_sha256=digest)
    if facts["submission"]:
        facts["submission"] |= {"content_sha256": digest}
    return facts


def repeating(opened: int = 2, **changed: Any) -> dict[str, Any]:
    """Return what an event says of a series."""
    facts = {
        "number": 1,
        "kind": "corrective",
        "owner": ADA,
        "rule": RULE,
        "starts_on": "2026-03-10",
        "starts_at": None,
        "opened": opened,
    }
    return facts | changed


def occurrence(number: int, due_on: str, **changed: Any) -> dict[str, Any]:
    """Return what an event says of an occurrence of the series."""
    return commitment_facts(1, due_on, occurrence=number, series=SERIES) | changed


def due(at: datetime) -> dict[str, datetime]:
    """Return what a commitment's event says of a due that is not the end of its day."""
    return {"due_at": at, "original_due_at": at}


def forge(maker: Maker, **changed: Any) -> None:
    """Make the newest event of the plan say otherwise."""
    body = to_bytes(json.loads(maker.bodies[-1]) | changed)
    maker.bodies[-1], maker.last = body, merkle.leaf_hash(body)


def later(maker: Maker, **passed: float) -> None:
    maker.at += timedelta(**passed)


def refused(bundle: Maker | dict[str, Any], check: str, reason: str, policy: Policy = POLICY, **more: Any) -> None:
    """Assert that it is refused by this check, for this reason, and proves nothing."""
    document = bundle.bundle() if isinstance(bundle, Maker) else bundle

    report = verify_bundle(to_bytes(document), policy, **more)

    last = report.checks[-1]
    assert (report.valid, report.level, report.exit_code) == (False, None, 1)
    assert (last.name, last.ok) == (check, False), last.sentence
    assert reason in last.sentence
