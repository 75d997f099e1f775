"""What a report holds, field by field, and what it means when only one of its conditions fails."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.ledger import note, outside
from app.ledger.events import digest, disclose
from app.ledger.note import COSIGNATURE, Signer
from app.ledger.policy import Policy, parse_policy
from app.ledger.verify import LEVELS, Check, Report, verify_bundle
from tests.ledger.proving import (
    NOTE,
    ORIGIN,
    PLAN,
    POLICY,
    SIGNER,
    START,
    Maker,
    approved,
    kept_and_late,
    plan_facts,
    to_bytes,
)

WITNESS = Signer("w.example/ada", Ed25519PrivateKey.from_private_bytes(b"w" * 32), COSIGNATURE)
ASKED = parse_policy(
    f"log {note.format_vkey(SIGNER.key)}\nwitness ada {note.format_vkey(WITNESS.key)}\nquorum ada\n",
)
NAMES = [
    *("format", "signature", "events", "inclusion", "chain", "complete", "disclosures", "replay"),
    *("amendments", "approved text"),
    *("attempts", "evidence", "outside time", "witnesses", "follow-through"),
]


def verified(document: dict[str, Any], policy: Policy = POLICY, **more: Any) -> Report:
    return verify_bundle(to_bytes(document), policy, **more)


def sentence(report: Report, name: str) -> str:
    (found,) = [one.sentence for one in report.checks if one.name == name]
    return found


def cosigned(document: dict[str, Any], at: datetime = START) -> dict[str, Any]:
    text = note.open_note(document["checkpoint"], [SIGNER.key]).text
    line = note.format_signature(note.cosign(text, WITNESS, at=at))
    return document | {"checkpoint": f"{document['checkpoint']}{line}\n"}


def seen_at(monkeypatch: pytest.MonkeyPatch, at: datetime) -> None:
    """Let an authority have stamped the checkpoint then."""
    monkeypatch.setattr(outside, "stamped", lambda *_: at)


def test_a_report_holds_what_the_proof_is_of() -> None:
    maker = kept_and_late()
    document = maker.bundle()

    report = verified(document)

    assert [one.name for one in report.checks] == NAMES
    assert (report.plan, report.number, report.state) == (str(PLAN), 1, "approved")
    assert (report.log, report.size, report.events) == (ORIGIN, len(maker.bodies), 8)
    assert (report.as_of, report.outside_time) == (START + timedelta(days=13), None)
    assert (report.required, report.reached, report.erased, report.left_out) == ("P2", "P2", 0, 0)


def test_each_check_says_how_much_it_looked_at() -> None:
    maker = kept_and_late()

    report = verified(maker.bundle())

    assert f"Signed by {ORIGIN}" in sentence(report, "signature")
    assert f"as of {len(maker.bodies)} events" in sentence(report, "signature")
    assert "All 8 events" in sentence(report, "inclusion")
    assert "from 1 to 8" in sentence(report, "chain")
    assert "as of 2026-03-15 09:00:00 UTC" in sentence(report, "complete")
    assert sentence(report, "disclosures") == "6 texts are those that were hashed; 0 are not shown."
    assert sentence(report, "evidence").startswith("1 pieces were recorded; 1 can be read here")
    assert sentence(report, "approved text").startswith("The approved text is the one whose hash was approved")
    assert sentence(report, "follow-through") == ("Follow-through: 1 of 2 commitments that were due were done on time.")


def test_a_refusal_ends_the_report_and_keeps_what_was_known_before() -> None:
    document = kept_and_late().bundle()
    name = sha256(NOTE.encode()).hexdigest()

    report = verified(document, evidence={name: b"better"})

    assert [one.name for one in report.checks] == NAMES[: NAMES.index("evidence") + 1]
    assert [one.ok for one in report.checks] == [True] * 11 + [False]
    assert report.checks[-1].sentence.startswith("Refused: the file")
    assert (report.valid, report.level, report.exit_code) == (False, None, 1)
    assert (report.plan, report.number, report.size) == (str(PLAN), 1, 11)
    assert report.verdicts == []


def test_bytes_that_are_no_bundle_fail_the_first_check() -> None:
    report = verify_bundle(b"{}", POLICY)

    assert report.checks == [Check("format", ok=False, sentence=report.checks[0].sentence)]
    assert (report.plan, report.events, report.log, report.exit_code) == (None, 0, None, 1)
    assert (report.number, report.state, report.size, report.as_of) == (None, None, None, None)
    assert (report.reached, report.outside_time, report.followthrough) == ("P0", None, None)
    assert (report.verdicts, report.self_decided, report.erased, report.left_out) == ([], [], 0, 0)


@pytest.mark.parametrize(
    ("valid", "level", "code"), [(False, "P5", 1), (True, None, 1), (False, None, 1), (True, "P1", 3), (True, "P2", 0)]
)
def test_only_what_is_valid_and_has_a_level_is_verified(*, valid: bool, level: str | None, code: int) -> None:
    assert Report("P2", valid=valid, level=level).exit_code == code


def test_a_refused_report_tells_how_far_it_got() -> None:
    unsigned, gap, cut = (kept_and_late().bundle() for _ in range(3))
    unsigned["checkpoint"] = ""
    del gap["events"][1]
    del cut["events"][-1]

    reports = [verified(one) for one in (unsigned, gap, cut)]

    assert [(one.checks[-1].name, one.reached) for one in reports] == [
        ("signature", "P0"),
        ("chain", "P0"),
        ("complete", "P1"),
    ]
    assert all(one.level is None for one in reports)


def test_a_plan_that_was_not_approved_says_so() -> None:
    maker = Maker()
    maker.append("plan.drafted", PLAN, plan_facts("draft"))

    report = verified(maker.bundle())

    assert (report.valid, report.state) == (True, "draft")
    assert sentence(report, "approved text") == "Nothing was approved yet."
    assert sentence(report, "follow-through") == "No commitment was due yet."


def test_what_was_erased_is_told_from_what_is_only_not_shown() -> None:
    maker = kept_and_late()
    first, *rest = maker.said
    maker.append("disclosure.erased", PLAN, {"digests": [first, rest[0]]})
    document = maker.bundle()
    # One that was erased is shown all the same; one that was not erased is left out.
    del document["disclosures"][first]
    del document["disclosures"][rest[-1]]

    report = verified(document)

    assert (report.valid, report.erased, report.left_out) == (True, 1, 1)
    assert sentence(report, "disclosures") == "4 texts are those that were hashed; 2 are not shown."


@pytest.mark.parametrize("level", LEVELS)
def test_a_level_is_enough_up_to_the_one_that_was_reached(level: str) -> None:
    asked = verified(kept_and_late().bundle(), require=level)

    assert (asked.level, asked.exit_code) == ("P2", 0 if level in {"P0", "P1", "P2"} else 3)


@pytest.mark.parametrize(("require", "needed"), [("P0", "P4"), ("P2", "P4"), ("P4", "P4"), ("P5", "P5")])
def test_a_policy_that_names_a_quorum_asks_for_witnesses_at_least(require: str, needed: str) -> None:
    without = verified(kept_and_late().bundle(), ASKED, require=require)
    witnessed = verified(cosigned(kept_and_late().bundle()), ASKED, require=require)

    assert (without.required, without.level, without.exit_code) == (needed, "P2", 3)
    assert (witnessed.level, witnessed.exit_code) == ("P4", 0 if needed == "P4" else 3)


def test_without_a_level_asked_for_it_is_completeness() -> None:
    assert verify_bundle(to_bytes(kept_and_late().bundle()), POLICY).required == "P2"


def test_a_timestamp_is_level_p3_and_an_outside_time(monkeypatch: pytest.MonkeyPatch) -> None:
    seen_at(monkeypatch, START)

    report = verified(kept_and_late().bundle(), require="P3")

    assert (report.level, report.outside_time, report.exit_code) == ("P3", START, 0)
    assert report.verdicts[0].is_proven
    assert "saw the checkpoint at 2026-03-02 09:00:00 UTC" in sentence(report, "outside time")


@pytest.mark.parametrize("hours", [-1, 0, 1])
def test_the_earlier_of_a_timestamp_and_the_witnesses_counts(monkeypatch: pytest.MonkeyPatch, hours: int) -> None:
    stamped = START + timedelta(hours=hours)
    seen_at(monkeypatch, stamped)

    report = verified(cosigned(kept_and_late().bundle()), ASKED)

    assert (report.level, report.outside_time) == ("P4", min(START, stamped))


def test_an_authority_is_only_asked_with_the_certificates_of_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []
    monkeypatch.setattr(outside, "stamped", lambda *given: seen.append(given[-1]))

    verified(kept_and_late().bundle())
    verified(kept_and_late().bundle(), tsa_roots=(b"root",))

    assert seen == [(), (b"root",)]


def test_a_checkpoint_at_the_end_of_the_calendar_is_refused_not_raised() -> None:
    maker = approved()
    maker.at = datetime(9999, 12, 31, 23, 30, tzinfo=UTC)

    report = verified(maker.bundle())

    assert (report.valid, report.checks[-1].name) == (False, "follow-through")
    assert report.checks[-1].sentence == "Refused: a time is beyond the calendar."


def test_a_disclosure_of_nothing_that_was_said_is_refused() -> None:
    document = kept_and_late().bundle()
    stranger = disclose("text", "Something else")
    document["disclosures"][digest(stranger)] = stranger

    report = verified(document)

    assert (report.valid, report.checks[-1].name) == (False, "disclosures")
