"""What a dishonest operator can try about what follows an approval: one test or more for lines 13 to 20 of the page."""

import base64
import json
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from app.ledger.verify import verify_bundle
from tests.ledger.following import ADDED, AMENDED, After, added, amended, granted, two
from tests.ledger.forging import clause, refused
from tests.ledger.proving import (
    ADA,
    BO,
    FIRST,
    NOTE,
    PIECE,
    POLICY,
    SECOND,
    START,
    Maker,
    kept_and_late,
    to_bytes,
)


def opened(disclosure: str) -> str:
    """Return the words of a disclosure."""
    return str(json.loads(base64.urlsafe_b64decode(disclosure + "=" * (-len(disclosure) % 4)))[2])


def without(after: After, *types: str) -> dict[str, object]:
    """Return the bundle of a log, without the events of these types."""
    maker = after.maker
    shown = [index for index in maker.own if not any(f'"{one}"'.encode() in maker.bodies[index] for one in types)]
    assert len(shown) < len(maker.own)
    return maker.bundle(shown=shown)


def test_13_a_due_that_moves_without_a_request_is_refused() -> None:
    refused(After().extended().maker, "replay", "nobody has granted that")


def test_13_nor_is_a_grant_of_what_nobody_asked_for_believed() -> None:
    after = After().asks()
    after.asked[AMENDED] = after.asked[next(iter(after.asked))]

    refused(after.decides("granted", AMENDED).maker, "replay", "nobody has asked for it")


def test_14_a_grant_that_names_another_than_who_recorded_it_is_refused() -> None:
    refused(After().asks().decides("granted", actor=ADA, decided_by=BO).maker, "replay", "is not what was asked for")
    refused(After().asks(requested_by=BO).maker, "replay", "it is not asked for as the commitment stands")


def test_14_and_who_grants_what_they_asked_for_is_named() -> None:
    after = After().asks().decides("granted", actor=ADA).extended()

    assert after.report.valid
    assert after.report.self_decided == ["extension of commitment 1"]


def waived() -> After:
    return After().asks(None).decides("granted").waived().at(days=20).done(SECOND, late=9)


def test_15_a_waiver_that_is_left_out_is_missed() -> None:
    refused(without(waived(), "waiver.requested", "waiver.granted", "commitment.waived"), "chain", "6 is missing")


def test_15_nor_is_a_waiver_believed_that_nobody_granted() -> None:
    refused(After().waived().maker, "replay", "nobody has granted that")
    refused(After().asks(None).decides("refused").waived().maker, "replay", "nobody has granted that")


def test_16_a_verdict_that_is_left_out_is_missed() -> None:
    refused(without(After().done().rejected(), "commitment.rejected"), "complete", "these are not all")
    refused(without(After().done().verified().done(SECOND), "commitment.verified"), "chain", "7 is missing")


def digest_of(maker: Maker, text: str) -> str:
    """Return the digest by which the events name that text."""
    return next(one for one, said in maker.said.items() if opened(said) == text)


def test_17_an_amendment_is_what_was_hashed_when_it_was_asked_for() -> None:
    other = amended(clause("Think about the supplier", "2026-03-18"))
    honest, lie = added().maker, granted(other, two()).maker
    document, words, lies = honest.bundle(), digest_of(honest, ADDED), lie.said[digest_of(lie, other)]

    refused(document | {"disclosures": document["disclosures"] | {words: lies}}, "disclosures", "not what was hashed")
    refused(two().amends(ADDED, said=other).decides("granted", AMENDED).maker, "amendments", "not in the words")
    rehashed = two().amends(ADDED).decides("granted", AMENDED, content_sha256=sha256(other.encode()).hexdigest())
    refused(rehashed.maker, "replay", "is not what was asked for")


def test_17_and_what_it_adds_is_what_it_says() -> None:
    refused(added(text="Think about the supplier").maker, "approved text", "commitment 3 is not what was approved")


def test_18_a_check_that_says_that_the_plan_was_carried_out_earlier_is_refused() -> None:
    done = After().done().at(days=8).done(SECOND).at(days=172)

    refused(done.checks_effect(carried_out_at=START + timedelta(days=1)).maker, "replay", "not carried out then")


def test_19_the_evidence_of_what_is_done_is_what_was_recorded() -> None:
    document = to_bytes(kept_and_late().bundle())
    recorded = sha256(NOTE.encode()).hexdigest()

    report = verify_bundle(document, POLICY, evidence={f"{recorded}.txt": b"A much better note."})

    assert (report.valid, report.checks[-1].name) == (False, "evidence")


def test_19_nor_is_another_recorded_in_its_place() -> None:
    maker = kept_and_late()
    better = {"commitment": FIRST, "kind": "note", "sha256": sha256(b"Better.").hexdigest(), "document_on": None}
    maker.append("evidence.added", PIECE, better | {"added_by": ADA}, body="Better.")

    refused(maker, "replay", "it is there already")


def test_19_what_takes_its_place_is_told() -> None:
    maker = kept_and_late()
    right = UUID(int=0x88)
    facts = {"commitment": FIRST, "kind": "note", "sha256": sha256(b"Better.").hexdigest(), "document_on": None}
    maker.append("evidence.added", right, facts | {"added_by": ADA}, body="Better.")
    maker.append("evidence.superseded", PIECE, {"superseded_by": right, "superseded_at": maker.at}, reason="Blurred.")

    report = verify_bundle(to_bytes(maker.bundle()), POLICY)

    assert report.valid, report.checks[-1]
    assert "Others took the place of 1." in next(one.sentence for one in report.checks if one.name == "evidence")


def test_20_a_completion_that_was_rejected_is_missed_if_it_is_left_out() -> None:
    after = After().done().rejected().at(days=20).done(late=12)
    own = after.maker.own

    refused(after.maker.bundle(shown=[*own[:-3], own[-1]]), "chain", "6 is missing")


def test_20_nor_does_it_count_if_only_its_rejection_is_kept_from_the_log() -> None:
    refused(After().done().at(days=20).done(late=12).maker, "replay", "cannot be completed")
    refused(After().done().rejected(state="done").maker, "replay", "what nobody did")
