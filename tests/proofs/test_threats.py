"""What a dishonest operator can try who has the database and the key: one test for each line of docs/proof.md.

Those about what follows an approval are in test_threats_to_changes.py.
"""

import base64
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.ledger import marks, merkle, note
from app.ledger.marks import Mark
from app.ledger.merkle import ProofInvalid
from app.ledger.note import Checkpoint, Signer
from app.ledger.signer import Keyring, WillNotSign
from app.ledger.stored import LedgerDamaged
from app.ledger.verify import Report, verify_bundle
from app.witness import witness
from app.witness.witness import OldSizeDiffers, Refused
from tests import tsa
from tests.client import Client
from tests.conftest import Tenant
from tests.given import Given
from tests.ledger import proving
from tests.ledger.proving import POLICY, SIGNER, Maker
from tests.proofs import test_threats_to_changes
from tests.proofs.conftest import Seal

DOCS = Path(__file__).parents[2] / "docs" / "proof.md"
AT = datetime(2026, 4, 1, tzinfo=UTC)


def refused(document: dict[str, Any], **files: bytes) -> str:
    """Return which check refused a bundle, and why."""
    report = verify_bundle(
        proving.to_bytes(document), POLICY, evidence={f"{name}.txt": of for name, of in files.items()}
    )
    assert not report.valid
    return f"{report.checks[-1].name}: {report.checks[-1].sentence}"


def accepted(document: dict[str, Any]) -> Report:
    report = verify_bundle(proving.to_bytes(document), POLICY)
    assert report.valid, report.checks[-1].sentence
    return report


def rewritten(maker: Maker) -> list[bytes]:
    """Return the leaves of a log in which an event of the past is another."""
    bodies = [body.replace(b'"days_late":3', b'"days_late":0') for body in maker.bodies]
    assert bodies != maker.bodies
    return [merkle.leaf_hash(body) for body in bodies]


def signed(leaves: list[bytes]) -> str:
    return note.sign_note(note.format_checkpoint(Checkpoint(SIGNER.name, len(leaves), merkle.root(leaves))), SIGNER)


def request(old: int, leaves: list[bytes]) -> bytes:
    lines = "".join(
        f"{proving.b64(one)}\n" for one in (merkle.consistency_path(leaves, old, len(leaves)) if old else ())
    )
    return f"old {old}\n{lines}\n{signed(leaves)}".encode()


def test_1_an_event_that_was_changed_in_the_database_is_not_signed(
    given: Given, owner: psycopg.Connection[Any], tenant: Tenant, seal: Seal
) -> None:
    given.plan()
    seal()
    given.done("POA-1.1")
    owner.execute("SET LOCAL session_replication_role = replica")
    last = "(SELECT max(seq) FROM ledger_event WHERE workspace_id = %(ws)s)"
    change = f"UPDATE ledger_event SET body = set_bit(body, 99, 1 - get_bit(body, 99)) WHERE seq = {last}"
    owner.execute(f"{change} AND workspace_id = %(ws)s", {"ws": tenant.workspace_id})
    owner.commit()

    with pytest.raises(LedgerDamaged, match="is not what was appended"):
        seal()


def test_1_nor_does_a_proof_of_it_verify() -> None:
    document = proving.kept_and_late().bundle()
    document["events"][-1]["event"] = document["events"][-1]["event"].replace('"days_late":3', '"days_late":0')

    assert "inclusion" in refused(document)


def test_2_a_rewritten_history_is_inconsistent_with_every_checkpoint_that_was_kept(tmp_path: Path) -> None:
    maker = proving.kept_and_late()
    kept = [merkle.leaf_hash(body) for body in maker.bodies]
    watching = witness.opened(tmp_path, name="example.com/witness", logs=[SIGNER.key])
    witness.add_checkpoint(watching, request(0, kept), at=AT)
    maker.stranger()
    forged = rewritten(maker)

    path = merkle.consistency_path(forged, len(kept), len(forged))

    with pytest.raises(ProofInvalid):
        merkle.check_consistency(len(kept), len(forged), merkle.root(kept), merkle.root(forged), path)
    with pytest.raises(Refused, match=r".") as caught:
        witness.add_checkpoint(watching, request(len(kept), forged), at=AT)
    assert caught.value.status == 422


def test_3_a_commitment_that_is_left_out_is_missed() -> None:
    maker = proving.kept_and_late()
    second = [place for place, index in enumerate(maker.own) if str(proving.SECOND).encode() in maker.bodies[index]]

    shown = [index for place, index in enumerate(maker.own) if place not in second]

    assert refused(maker.bundle(shown=shown)).startswith("chain")


def test_4_an_ending_that_is_left_out_is_missed() -> None:
    maker = proving.kept_and_late()

    assert refused(maker.bundle(shown=maker.own[:-1])).startswith("complete")


def test_5_other_words_than_those_approved_are_refused() -> None:
    maker = proving.approved()
    text = proving.TEXT.replace("Check the settings", "Think about settings")
    honest = next(digest for digest, one in maker.said.items() if proving.TEXT in opened(one))
    document = maker.bundle()
    lie = Maker()
    lie.stranger()
    lie.append("plan.drafted", proving.PLAN, proving.plan_facts("draft"), title="Late shipments", content=text)
    for state, outcome in (("submitted", None), ("approved", "approved")):
        lie.append(f"plan.{state}", proving.PLAN, proving.plan_facts(state, outcome))

    swapped = document | {"disclosures": document["disclosures"] | {honest: next(iter(lie.said.values()))}}

    assert refused(swapped).startswith("disclosures")
    assert refused(lie.bundle()).startswith("approved text")


def opened(disclosure: str) -> str:
    return str(json.loads(base64.urlsafe_b64decode(disclosure + "=" * (-len(disclosure) % 4)))[2])


def test_6_other_evidence_than_what_was_recorded_is_refused() -> None:
    maker = proving.kept_and_late()
    recorded = sha256(proving.NOTE.encode()).hexdigest()

    assert refused(maker.bundle(), **{recorded: b"A much better photo."}).startswith("evidence")


def test_7_a_late_completion_that_is_recorded_as_on_time_is_refused() -> None:
    maker = proving.approved()
    proving.complete(maker, days=13, late=0)

    assert refused(maker.bundle()).startswith("replay")


def test_8_a_clock_that_was_set_back_proves_nothing_to_who_asks_for_an_outside_time() -> None:
    maker = proving.approved()
    proving.complete(maker, days=3, late=0)
    document = maker.bundle()
    root = tsa.root()
    honest_clock = proving.START + timedelta(days=30)
    imprint = sha256(document["checkpoint"].encode()).digest()
    stamp = tsa.Token(tsa.stamper(root), imprint, time=f"{honest_clock:%Y%m%d%H%M%S}Z".encode()).reply()
    document["timestamps"] = [{"type": "rfc3161", "tsr": proving.b64(stamp)}]

    report = verify_bundle(proving.to_bytes(document), POLICY, "P3", tsa_roots=[root.pem])

    assert report.outside_time == honest_clock
    assert [one.sentence for one in report.verdicts if one.outcome == "on time"] == [
        "Commitment 1, due 2026-03-10: done on time, by the server's clock."
    ]
    assert not any(one.is_proven for one in report.verdicts)
    assert verify_bundle(proving.to_bytes(document), POLICY, "P3").exit_code == 3


def test_9_two_histories_of_one_size_are_found_by_comparing_and_by_every_witness(tmp_path: Path) -> None:
    maker = proving.kept_and_late()
    one, other = [merkle.leaf_hash(body) for body in maker.bodies], rewritten(maker)
    watching = witness.opened(tmp_path, name="example.com/witness", logs=[SIGNER.key])
    witness.add_checkpoint(watching, request(0, one), at=AT)

    with pytest.raises(ProofInvalid, match="two trees of one size"):
        merkle.check_consistency(len(one), len(one), merkle.root(one), merkle.root(other), [])
    with pytest.raises((Refused, OldSizeDiffers)):
        witness.add_checkpoint(watching, f"old {len(one)}\n\n{signed(other)}".encode(), at=AT)


def test_10_a_database_that_forgot_is_not_signed(given: Given, seal: Seal, ring: Keyring, tenant: Tenant) -> None:
    given.plan()
    first = seal()
    forgotten = Mark(first.size + 5, bytes(32), (SIGNER.key.public.hex(),))
    found = marks.read_mark(ring.folder, first.workspace_id, 1)
    assert found
    marks.write_mark(ring.folder, first.workspace_id, 1, replace(forgotten, keys=found.keys))
    given.done("POA-1.1")

    with pytest.raises(WillNotSign, match=f"epoch open --workspace {tenant.workspace_id}"):
        seal()


def test_10_and_a_signer_that_forgot_too_contradicts_what_was_kept() -> None:
    maker = proving.kept_and_late()
    kept = [merkle.leaf_hash(body) for body in maker.bodies]
    restored = [*kept[:-2], *(merkle.leaf_hash(b"since then %d" % number) for number in range(5))]

    path = merkle.consistency_path(restored, len(kept), len(restored))

    with pytest.raises(ProofInvalid):
        merkle.check_consistency(len(kept), len(restored), merkle.root(kept), merkle.root(restored), path)


def test_11_another_key_is_not_in_the_readers_policy() -> None:
    mallory = Signer(SIGNER.name, Ed25519PrivateKey.generate())

    assert refused(proving.kept_and_late().bundle(signer=mallory)).startswith("signature")


def test_12_a_plan_that_is_never_shown_is_counted(given: Given, seal: Seal, api: Client) -> None:
    for _ in range(3):
        given.plan()
    seal()

    heads = json.loads(api.get("/v1/plans/POA-3/proof").json()["heads"]["event"])

    assert heads["data"]["count"] == 3


def test_an_honest_proof_of_the_same_is_accepted() -> None:
    report = accepted(proving.kept_and_late().bundle())

    assert [one.outcome for one in report.verdicts] == ["on time", "late"]


def test_every_threat_of_the_page_is_tried() -> None:
    listed = re.findall(r"^\| (\d+) \| .+ \| .+ \|$", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    tried = {one.split("_")[1] for one in {*globals(), *vars(test_threats_to_changes)} if re.match(r"test_\d", one)}

    assert set(listed) == tried == {str(number) for number in range(1, 21)}
