"""Who else saw a checkpoint, as far as the reader trusts them, and what a reader is told."""

import io
import json
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.ledger import note, reader
from app.ledger.note import COSIGNATURE, Signer
from app.ledger.policy import Policy, parse_policy
from app.ledger.reader import Question
from app.ledger.verify import verify_bundle
from tests import tsa
from tests.ledger.forging import later, refused
from tests.ledger.proving import PLAN, POLICY, SIGNER, START, approved, b64, complete, kept_and_late, to_bytes

LOG = f"log {note.format_vkey(SIGNER.key)}\n"
ADA, BO = (
    Signer(f"w.example/{name}", Ed25519PrivateKey.from_private_bytes(name[:1].encode() * 32), COSIGNATURE)
    for name in ("ada", "bo")
)
WITNESSES = "".join(f"witness {one.name[-2:]} {note.format_vkey(one.key)}\n" for one in (ADA, BO))
ROOT = tsa.root()
TSA = tsa.stamper(ROOT)
Document = dict[str, Any]


def asking(quorum: str) -> Policy:
    return parse_policy(f"{LOG}{WITNESSES}group both all da bo\nquorum {quorum}\n")


def cosigned(document: Document, *by: tuple[Signer, datetime]) -> Document:
    text = note.open_note(document["checkpoint"], [SIGNER.key]).text
    for witness, at in by:
        document["checkpoint"] += note.format_signature(note.cosign(text, witness, at=at)) + "\n"
    return document


def stamped(document: Document, *at: datetime, party: tsa.Party = TSA, over: bytes | None = None) -> Document:
    imprint = sha256(document["checkpoint"].encode() if over is None else over).digest()
    document["timestamps"] += [
        {
            "type": "rfc3161",
            "tsr": b64(tsa.Token(party, imprint, time=one.strftime("%Y%m%d%H%M%SZ").encode()).reply()),
        }
        for one in at
    ]
    return document


def said(document: Document, name: str, policy: Policy = POLICY, **more: Any) -> str:
    report = verify_bundle(to_bytes(document), policy, **more)
    assert report.valid
    return next(one.sentence for one in report.checks if one.name == name)


def test_a_policy_whose_quorum_is_not_met_is_exit_code_3_whatever_level_is_asked_for() -> None:
    document = kept_and_late().bundle()

    for policy in (asking("da"), asking("both")):
        for level in ("P0", "P2", "P4"):
            report = verify_bundle(to_bytes(document), policy, level)

            assert (report.valid, report.level, report.required, report.exit_code) == (True, "P2", "P4", 3)
    assert verify_bundle(to_bytes(document), asking("both"), "P5").required == "P5"
    assert verify_bundle(to_bytes(document), asking("none")).exit_code == 0


def test_the_quorum_is_complete_when_the_last_that_it_needs_has_cosigned() -> None:
    early, late = START + timedelta(hours=1), START + timedelta(hours=5)
    both = cosigned(kept_and_late().bundle(), (ADA, late), (BO, early))
    one = cosigned(kept_and_late().bundle(), (BO, early))

    assert verify_bundle(to_bytes(both), asking("both")).outside_time == late
    assert verify_bundle(to_bytes(both), asking("da")).outside_time == late
    assert verify_bundle(to_bytes(both), asking("bo")).outside_time == early
    assert verify_bundle(to_bytes(one), asking("both")).exit_code == 3
    assert said(one, "witnesses", asking("both")) == "Fewer witnesses have cosigned than your policy asks for."


def test_a_witness_from_beyond_the_calendar_is_refused() -> None:
    document = kept_and_late().bundle()
    text = note.open_note(document["checkpoint"], [SIGNER.key]).text
    seconds = 2**62
    made = ADA.private_key.sign(f"cosignature/v1\ntime {seconds}\n{text}".encode())
    signature = note.Signature(ADA.name, ADA.key.key_id, seconds.to_bytes(8) + made)
    document["checkpoint"] += note.format_signature(signature) + "\n"

    refused(document, "witnesses", "a witness cosigned at a time beyond the calendar", asking("da"))


def test_the_earliest_timestamp_by_an_authority_that_is_trusted_is_level_p3() -> None:
    document = stamped(kept_and_late().bundle(), START + timedelta(hours=2), START + timedelta(hours=1))

    report = verify_bundle(to_bytes(document), POLICY, "P3", tsa_roots=[ROOT.der])

    assert (report.level, report.outside_time, report.exit_code) == ("P3", START + timedelta(hours=1), 0)
    assert [one.sentence for one in report.verdicts] == [
        "Commitment 1, due 2026-03-10: done on time, proven by an outside time.",
        "Commitment 2, due 2026-03-12: done 3 days late.",
    ]
    assert "you trust saw the checkpoint at 2026-03-02 10:00:00 UTC" in said(
        document, "outside time", tsa_roots=[ROOT.der]
    )


def test_a_timestamp_that_came_after_the_due_proves_nothing_of_it() -> None:
    document = stamped(kept_and_late().bundle(), START + timedelta(days=9))

    report = verify_bundle(to_bytes(document), POLICY, tsa_roots=[ROOT.der])

    assert report.level == "P3"
    assert report.verdicts[0].sentence == "Commitment 1, due 2026-03-10: done on time, by the server's clock."


def test_a_timestamp_is_of_the_checkpoint_as_the_log_signed_it_and_the_earlier_time_counts() -> None:
    document = stamped(kept_and_late().bundle(), START + timedelta(hours=1))
    cosigned(document, (ADA, START + timedelta(hours=3)))

    report = verify_bundle(to_bytes(document), asking("da"), tsa_roots=[ROOT.der])

    assert (report.level, report.outside_time) == ("P4", START + timedelta(hours=1))


def test_a_timestamp_that_is_not_trusted_is_no_outside_time() -> None:
    document = stamped(kept_and_late().bundle(), START)
    of_other = stamped(kept_and_late().bundle(), START, over=b"something else")
    by_other = stamped(kept_and_late().bundle(), START, party=tsa.stamper(tsa.root("Other")))

    assert said(document, "outside time").startswith("1 timestamps were not checked: name whom you trust")
    for one in (of_other, by_other):
        assert said(one, "outside time", tsa_roots=[ROOT.der]).startswith("No timestamp is by an authority")
        assert verify_bundle(to_bytes(one), POLICY, "P3", tsa_roots=[ROOT.der]).exit_code == 3


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "policy.txt").write_text(f"{LOG}quorum none\n")
    (tmp_path / "root.pem").write_bytes(ROOT.pem)
    (tmp_path / "junk.pem").write_bytes(b"-----BEGIN CERTIFICATE-----\njunk\n")
    return tmp_path


def ask(files: Path, document: Document, **more: Any) -> int:
    (files / "b.proof.json").write_bytes(to_bytes(document))
    return reader.answer(Question(files / "b.proof.json", files / "policy.txt", **more))


def test_the_root_of_an_authority_is_a_file(files: Path) -> None:
    document = stamped(kept_and_late().bundle(), START)

    assert ask(files, document, require="P3", tsa_roots=[files / "root.pem"]) == 0
    assert ask(files, document, require="P3", tsa_roots=[files / "junk.pem"]) == reader.USAGE


def test_a_reader_is_told_what_is_overdue_and_what_was_erased(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    maker = approved()
    complete(maker, days=3, late=0, first=False)
    later(maker, days=7)
    digest = next(iter(maker.said))
    maker.append("disclosure.erased", PLAN, {"digests": [digest]})
    document = maker.bundle()
    del document["disclosures"][digest]

    code = ask(files, document)

    told = capsys.readouterr().out
    assert code == 0
    assert "Commitment 1, due 2026-03-10: not done, 2 days overdue." in told
    assert "Texts that are not shown: 1 erased, 0 left out or erased unsaid." in told


def test_an_invalid_file_is_said_to_prove_nothing(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = kept_and_late().bundle()
    document["events"] = []
    monkeypatch.setattr(sys, "stdout", io.StringIO())

    code = ask(files, document)

    told = sys.stdout.getvalue()
    assert code == 1
    assert "FAIL  chain           Refused: a plan has at least one event." in told
    assert told.endswith("INVALID. Nothing in this file is proven.\n")


def test_the_answer_for_programs_has_its_times_as_text(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ask(files, kept_and_late().bundle(), as_json=True)

    told = json.loads(capsys.readouterr().out)
    assert (told["exit_code"], told["as_of"]) == (0, datetime(2026, 3, 15, 9, tzinfo=UTC).isoformat())


@pytest.mark.parametrize("names", [[], ["a.proof.json", "b.proof.json"], ["a.proof.json", "evidence/1", "evidence/1"]])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_archive_holds_one_proof_and_each_file_once(files: Path, names: list[str]) -> None:
    with zipfile.ZipFile(files / "a.zip", "w") as archive:
        for name in names:
            archive.writestr(name, to_bytes(kept_and_late().bundle()))

    with reader.opened(files / "a.zip") as (stream, hashed):
        assert (stream.read(2), hashed) == (b"PK", {})
    assert reader.answer(Question(files / "a.zip", files / "policy.txt")) == 1


def test_an_archive_that_is_too_large_is_not_unpacked(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MAX_BYTES", 1000)
    with zipfile.ZipFile(files / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.proof.json", b"[]")
        archive.writestr("evidence/", b"")
        archive.writestr("evidence/1", bytes(6000))

    with reader.opened(files / "a.zip") as (stream, hashed):
        assert (stream.read(2), hashed) == (b"PK", {})
