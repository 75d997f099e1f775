"""A plan that does not name a notice may answer it too: whenever that is said, the proof of the plan holds."""

from uuid import UUID

from app.ledger import note, signer
from app.ledger.policy import of_key
from app.ledger.signer import Keyring
from app.ledger.verify import verify_bundle
from tests.client import Client
from tests.conftest import Tenant
from tests.given import Given
from tests.proofs.conftest import Seal

DECISION = {"authority": "Amazon", "received_at": "2026-03-02T08:00:00Z"}


def test_an_answer_is_proven_whenever_it_was_linked(
    api: Client, given: Given, seal: Seal, ring: Keyring, tenant: Tenant
) -> None:
    denied, sent, approved, named = (given.notice()["id"] for _ in range(4))
    given.draft(notices=[named])
    given.submit("POA-1")
    given.post("/v1/plans/POA-1/decision", DECISION | {"outcome": "denied"})
    given.post(f"/v1/notices/{denied}/response", {"plan": "POA-1"})
    api.patch("/v1/plans/POA-1", json={"title": "Better"})
    given.submit("POA-1")
    given.post(f"/v1/notices/{sent}/response", {"plan": "POA-1"})
    given.post(f"/v1/notices/{sent}/response", {"note": "And a photo."})
    given.post("/v1/plans/POA-1/decision", DECISION | {"outcome": "approved"})
    given.post(f"/v1/notices/{approved}/response", {"plan": "POA-1"})
    api.patch(f"/v1/notices/{approved}", json={"category": "condition"})
    seal()

    (key,) = signer.verifier_keys(ring, UUID(tenant.workspace_id))
    report = verify_bundle(api.get("/v1/plans/POA-1/proof").content, of_key(note.format_vkey(key)))

    assert report.valid, report.checks[-1]
    said = sorted((one.attempts, one.facts["state"]) for one in report.notices)
    assert said == [([1], "acknowledged"), ([1, 2], "closed"), ([2], "closed"), ([2], "closed")]


def test_a_plan_that_no_longer_names_what_was_answered_in_words_is_proven(
    api: Client, given: Given, seal: Seal, ring: Keyring, tenant: Tenant
) -> None:
    owed = given.notice()["id"]
    given.draft(notices=[owed])
    given.submit("POA-1")
    given.post("/v1/plans/POA-1/decision", DECISION | {"outcome": "denied"})
    given.post(f"/v1/notices/{owed}/response", {"note": "By telephone."})
    api.patch("/v1/plans/POA-1", json={"notices": []})
    given.submit("POA-1")
    given.post("/v1/plans/POA-1/decision", DECISION | {"outcome": "approved"})
    seal()

    (key,) = signer.verifier_keys(ring, UUID(tenant.workspace_id))
    report = verify_bundle(api.get("/v1/plans/POA-1/proof").content, of_key(note.format_vkey(key)))

    assert report.valid, report.checks[-1]
    assert [(one.attempts, one.facts["state"]) for one in report.notices] == [([1], "acknowledged")]
