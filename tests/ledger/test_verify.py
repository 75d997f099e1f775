"""What a proof must be to be believed, and the reason that is given for one that is not."""

import copy
import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.ledger import note
from app.ledger.note import COSIGNATURE, Signer
from app.ledger.policy import Policy, parse_policy
from app.ledger.verify import Report, verify_bundle
from tests.ledger.proving import (
    BO,
    FIRST,
    NOTE,
    ORIGIN,
    PLAN,
    POLICY,
    SECOND,
    SIGNER,
    START,
    Maker,
    approved,
    commitment_facts,
    complete,
    kept_and_late,
    plan_facts,
    to_bytes,
)

Document = dict[str, Any]


def verified(document: Document, policy: Policy = POLICY, **more: Any) -> Report:
    return verify_bundle(to_bytes(document), policy, **more)


def refusal(report: Report) -> tuple[str, str]:
    assert not report.valid
    assert report.exit_code == 1
    assert report.level is None
    return report.checks[-1].name, report.checks[-1].sentence


def test_a_proof_says_what_was_done_in_time_and_what_late() -> None:
    report = verified(kept_and_late().bundle())

    assert (report.valid, report.level, report.exit_code) == (True, "P2", 0)
    assert [(one.outcome, one.days_late, one.is_proven) for one in report.verdicts] == [
        ("on time", 0, False),
        ("late", 3, False),
    ]
    assert report.followthrough is not None
    assert (report.followthrough.on_time, report.followthrough.due) == (1, 2)
    assert all(one.ok for one in report.checks)


def test_what_was_never_done_is_overdue_as_of_the_checkpoint() -> None:
    maker = approved()
    complete(maker, days=10, late=2)

    report = verified(maker.bundle())

    assert [(one.outcome, one.days_late) for one in report.verdicts] == [("late", 2), ("open", 0)]
    assert report.followthrough is not None
    assert (report.followthrough.on_time, report.followthrough.due) == (0, 1)


def test_a_level_that_is_not_reached_is_exit_code_3() -> None:
    assert verified(kept_and_late().bundle(), require="P3").exit_code == 3


def test_a_level_that_does_not_exist_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="level"):
        verified(kept_and_late().bundle(), require="P6")


def test_the_quorum_of_witnesses_is_level_p4_and_an_outside_time() -> None:
    document = kept_and_late().bundle()
    witness = Signer("w.example/ada", Ed25519PrivateKey.from_private_bytes(b"w" * 32), COSIGNATURE)
    text = note.open_note(document["checkpoint"], [SIGNER.key]).text
    document["checkpoint"] += note.format_signature(note.cosign(text, witness, at=START)) + "\n"
    asked = f"log {note.format_vkey(SIGNER.key)}\nwitness ada {note.format_vkey(witness.key)}\nquorum ada\n"

    report = verified(document, parse_policy(asked), require="P4")

    assert (report.level, report.outside_time, report.exit_code) == ("P4", START, 0)
    assert report.verdicts[0].is_proven


def test_too_few_witnesses_are_below_p4() -> None:
    witness = Signer("w.example/ada", Ed25519PrivateKey.from_private_bytes(b"w" * 32), COSIGNATURE)
    asked = f"log {note.format_vkey(SIGNER.key)}\nwitness ada {note.format_vkey(witness.key)}\nquorum ada\n"

    report = verified(kept_and_late().bundle(), parse_policy(asked), require="P4")

    assert (report.valid, report.level, report.exit_code) == (True, "P2", 3)


def test_a_bundle_without_names_still_verifies_and_says_so() -> None:
    document = kept_and_late().bundle()
    document["disclosures"] = {}

    report = verified(document)

    assert (report.valid, report.left_out, report.erased) == (True, 6, 0)
    assert "not shown" in next(one.sentence for one in report.checks if one.name == "approved text")


def test_an_approval_recorded_by_who_submitted_is_said_to_be_self_decided() -> None:
    alone = Maker()
    alone.append("plan.drafted", PLAN, plan_facts("draft"))
    alone.append("plan.submitted", PLAN, plan_facts("submitted"), actor=BO)
    alone.append("plan.approved", PLAN, plan_facts("approved", "approved"), actor=BO)

    assert verified(alone.bundle()).self_decided == ["approved"]
    assert verified(approved().bundle()).self_decided == []


def _dropped(place: int) -> Callable[[Document], None]:
    def drop(document: Document) -> None:
        del document["events"][place]

    return drop


def _swapped(document: Document) -> None:
    events = document["events"]
    events[2], events[3] = events[3], events[2]


def _doubled(document: Document) -> None:
    document["events"].insert(3, document["events"][3])


def _emptied(document: Document) -> None:
    document["events"] = []


def _renumbered(document: Document) -> None:
    document["events"][2]["index"] += 1


def _reworded(document: Document) -> None:
    one = document["events"][-1]
    one["event"] = one["event"].replace('"days_late":3', '"days_late":0')


def _extra_key(document: Document) -> None:
    document["events"][0]["note"] = "hello"


def _other_heads(document: Document) -> None:
    document["heads"]["index"] -= 1


def _fewer(document: Document) -> None:
    document["heads"]["entry"] = document["heads"]["entry"].replace('"n":8', '"n":7')
    del document["events"][-1]


def _invented(document: Document) -> None:
    document["disclosures"]["A" * 43] = "e30"


def _forged(document: Document) -> None:
    digest = next(iter(document["disclosures"]))
    document["disclosures"][digest] += "AA"


TRICKS: list[tuple[Callable[[Document], None], str, str]] = [
    (_dropped(-1), "complete", "not all"),
    (_dropped(0), "chain", "1 is missing"),
    (_dropped(3), "chain", "4 is missing"),
    (_swapped, "events", "earlier|"),
    (_doubled, "chain", "is missing"),
    (_emptied, "chain", "at least one"),
    (_renumbered, "events", "is shown as"),
    (_reworded, "inclusion", "does not lead to the root"),
    (_extra_key, "format", "no others"),
    (_other_heads, "events", "is shown as"),
    (_fewer, "complete", "not all, or others|plan's end"),
    (_invented, "disclosures", "none of the events"),
    (_forged, "disclosures", "not what was hashed"),
]


@pytest.mark.parametrize(("trick", "check", "reason"), TRICKS, ids=lambda one: getattr(one, "__name__", ""))
def test_a_bundle_that_was_tampered_with_is_refused_with_the_reason(
    trick: Callable[[Document], None], check: str, reason: str
) -> None:
    document = copy.deepcopy(kept_and_late().bundle())

    trick(document)

    name, sentence = refusal(verified(document))
    if trick is _swapped:
        assert name in {"events", "chain"}
    else:
        assert name == check
        assert any(one in sentence for one in reason.split("|")), sentence


def test_a_signature_by_a_key_that_is_not_in_the_policy_is_refused() -> None:
    stranger = Signer(ORIGIN, Ed25519PrivateKey.from_private_bytes(b"x" * 32))

    assert refusal(verified(kept_and_late().bundle(signer=stranger)))[0] == "signature"


def test_a_log_of_another_workspace_is_refused() -> None:
    other = Signer("log.example/w/other", Ed25519PrivateKey.from_private_bytes(b"x" * 32))
    trusted = parse_policy(f"log {note.format_vkey(other.key)}\nquorum none\n")

    assert refusal(verified(kept_and_late().bundle(signer=other), trusted))[0] == "events"


def test_lateness_that_the_server_made_up_is_refused() -> None:
    maker = approved()
    complete(maker, days=10, late=0)

    name, sentence = refusal(verified(maker.bundle()))

    assert name == "replay"
    assert "commitment.completed" in sentence


def test_a_commitment_is_not_completed_twice() -> None:
    maker = approved()
    complete(maker, days=3, late=0)
    complete(maker, days=4, late=0)

    assert "cannot be completed" in refusal(verified(maker.bundle()))[1]


def test_a_plan_is_not_approved_before_it_was_submitted() -> None:
    maker = approved()
    maker.append("plan.denied", PLAN, plan_facts("denied", "denied"))

    assert "does not become" in refusal(verified(maker.bundle()))[1]


def test_a_commitment_that_was_not_in_the_approved_text_is_refused() -> None:
    maker = approved()
    facts = commitment_facts(3, "2026-03-12")
    maker.append("commitment.opened", PLAN, facts, text="Something else")

    assert refusal(verified(maker.bundle()))[0] == "approved text"


def test_a_due_that_is_not_the_approved_one_is_refused() -> None:
    maker = approved()
    maker.bodies, maker.own = maker.bodies[:4], maker.own[:3]
    maker.last = sha256(b"\0" + maker.bodies[-1]).digest()
    facts = commitment_facts(1, "2026-03-10")
    maker.append("commitment.opened", FIRST, facts)
    maker.append("commitment.opened", SECOND, commitment_facts(2, "2026-03-20"))
    digests = {digest for body in maker.bodies for digest in json.loads(body)["sd"]}
    maker.said = {digest: one for digest, one in maker.said.items() if digest in digests}

    name, sentence = refusal(verified(maker.bundle()))

    assert (name, "another day" in sentence) == ("approved text", True)


def test_evidence_files_are_what_was_recorded() -> None:
    document = kept_and_late().bundle()
    name = sha256(NOTE.encode()).hexdigest() + ".txt"

    assert verified(document, evidence={name: NOTE.encode()}).valid
    assert refusal(verified(document, evidence={name: b"better"}))[0] == "evidence"


def test_a_subject_is_not_opened_twice() -> None:
    maker = approved()
    maker.append("commitment.opened", FIRST, commitment_facts(1, "2026-03-10"))

    assert "open already" in refusal(verified(maker.bundle()))[1]
