"""With four eyes switched off, who asks may decide, and whoever gets the proof is told each time."""

from collections.abc import Callable
from uuid import UUID

import pytest

from app.ledger import note, reader, signer
from app.ledger.policy import of_key
from app.ledger.signer import Keyring
from app.ledger.verify import Report, verify_bundle
from tests.changes.given import added, amend, ask_extension, ask_waiver, decide
from tests.client import Client
from tests.conftest import Tenant
from tests.effectiveness.given import check
from tests.given import APPROVAL, NOTE, Given
from tests.proofs.conftest import Seal


def look(ada: Client, outcome: str) -> None:
    ada.post("/v1/commitments/POA-1.1/completion", json={"evidence": NOTE})
    body = {"outcome": outcome, "reason": "Seen on site."}
    assert ada.post("/v1/commitments/POA-1.1/verification", json=body).status_code == 200


def judge(ada: Client) -> None:
    ada.post("/v1/commitments/POA-1.1/completion", json={"evidence": NOTE})
    assert check(ada, "inconclusive").status_code == 201


ALONE: dict[str, Callable[[Client], object]] = {
    "extension of commitment 1": lambda ada: decide(ada, ask_extension(ada)),
    "waiver of commitment 1": lambda ada: decide(ada, ask_waiver(ada)),
    "amendment 1": lambda ada: decide(ada, amend(ada, added())),
    "verification of commitment 1": lambda ada: look(ada, "verified"),
    "rejection of commitment 1": lambda ada: look(ada, "rejected"),
    "effectiveness check 1": judge,
}
"""What somebody decides about what they have asked for or done themselves, and how."""


def proven(api: Client, ring: Keyring, tenant: Tenant) -> Report:
    (key,) = signer.verifier_keys(ring, UUID(tenant.workspace_id))
    report = verify_bundle(api.get("/v1/plans/POA-1/proof").content, of_key(note.format_vkey(key)))
    assert report.valid, report.checks[-1]
    return report


@pytest.mark.parametrize("what", ALONE)
def test_what_was_decided_alone_is_told_although_four_eyes_are_asked_for_again(
    api: Client, given: Given, seal: Seal, ring: Keyring, tenant: Tenant, what: str
) -> None:
    given.plan()
    ada = given.client_of("ada")
    api.patch("/v1/workspace", json={"four_eyes": False})
    ALONE[what](ada)
    api.patch("/v1/workspace", json={"four_eyes": True})
    seal()

    report = proven(api, ring, tenant)

    assert report.self_decided == ["approved", what]
    assert f"By the same person who asked for it or did it: {what}." in reader.to_text(report)


@pytest.mark.parametrize(("by", "told"), [("ada", "one of its authors"), ("bo", "somebody else than its authors")])
def test_who_signs_off_their_own_plan_is_told(
    api: Client, given: Given, seal: Seal, ring: Keyring, tenant: Tenant, by: str, told: str
) -> None:
    ada, bo = given.client_of("ada"), given.client_of("bo")
    api.patch("/v1/workspace", json={"four_eyes": False})
    ada.post("/v1/plans", json={"title": "Late shipments", "commitments": [given.promise()]})
    assert {"ada": ada, "bo": bo}[by].post("/v1/plans/POA-1/sign-off", json={}).status_code == 200
    ada.post("/v1/plans/POA-1/submissions", json={})
    api.patch("/v1/workspace", json={"four_eyes": True})
    bo.post("/v1/plans/POA-1/decision", json=APPROVAL | {"outcome": "approved"})
    seal()

    report = proven(api, ring, tenant)

    assert f", signed off by {told}: approved on 2026-02-20." in reader.to_text(report)
    assert report.self_decided == []
