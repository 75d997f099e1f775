"""A proof that was made before an erasure still verifies; one that is made afterwards says what was erased."""

from uuid import UUID

import pytest

from app.ledger import note, signer
from app.ledger.policy import Policy, of_key
from app.ledger.signer import Keyring
from app.ledger.verify import verify_bundle
from tests.conftest import Tenant
from tests.given import Given
from tests.proofs.conftest import Seal


def trusted(ring: Keyring, tenant: Tenant) -> Policy:
    (key,) = signer.verifier_keys(ring, UUID(tenant.workspace_id))
    return of_key(note.format_vkey(key))


@pytest.mark.parametrize("kind", ["evidence", "plan"])
def test_proofs_verify_before_and_after_an_erasure(
    kind: str, given: Given, seal: Seal, ring: Keyring, tenant: Tenant
) -> None:
    plan = given.plan()["id"]
    evidence = given.evidence("POA-1.1")["id"]
    seal()
    before = given.api.get("/v1/plans/POA-1/proof").content
    given.post("/v1/erasures", {"subject": {"evidence": evidence, "plan": plan}[kind]})
    seal()
    after = given.api.get("/v1/plans/POA-1/proof").content
    policy = trusted(ring, tenant)

    old, new = verify_bundle(before, policy), verify_bundle(after, policy)

    assert (old.valid, old.erased) == (True, 0)
    assert new.valid
    assert new.erased > 0
