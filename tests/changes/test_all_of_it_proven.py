"""A plan with all that can follow an approval: the audit finds nothing, and its proof verifies and says who decided."""

from uuid import UUID

from fastapi import FastAPI

from app.ledger import note, signer
from app.ledger.policy import of_key
from app.ledger.signer import Keyring
from app.ledger.verify import verify_bundle
from app.proofs import audit
from tests.changes.given import added, amend, ask_extension, ask_waiver, decide, ended, withdraw
from tests.client import Client
from tests.conftest import Tenant
from tests.effectiveness.given import check
from tests.given import NOTE, Given
from tests.proofs.conftest import Seal, ring, seal

__all__ = ["ring", "seal"]

WEEKLY = {"due_on": "2026-03-06", "recurrence": "FREQ=WEEKLY;BYDAY=FR"}


def live(given: Given) -> None:
    """Let everything happen to POA-1, some of it late, some of it by who had asked."""
    given.plan(
        given.promise(), given.promise(owner="chidi"), given.promise(**WEEKLY), given.promise(owner="chidi", **WEEKLY)
    )
    api, ada, bo, chidi = given.api, given.client_of("ada"), given.client_of("bo"), given.client_of("chidi")
    decide(bo, ask_extension(ada))
    withdraw(ada, ask_extension(ada, due_on="2026-05-01"), reason="Not needed.")
    decide(bo, ask_waiver(ada, "POA-1.3.2"))
    decide(bo, ask_waiver(chidi, "POA-1.2"), "refused")
    api.at("2026-03-10T00:00:00Z")
    asked = amend(
        ada,
        added(owner="chidi@example.com"),
        ends=[ended(4, "2026-03-27"), ended(3, "2026-04-03", recurrence="FREQ=MONTHLY;COUNT=2")],
    )
    decide(bo.at("2026-04-03T12:00:00Z"), asked)
    chidi.post("/v1/commitments/POA-1.2/completion", json={"evidence": NOTE})
    api.patch(f"/v1/members/{given.member('chidi')['id']}", json={"active": False, "hand_over_to": "ada@example.com"})
    rejected = {"outcome": "rejected", "reason": "Empty.", "owner": "ada@example.com"}
    assert bo.post("/v1/commitments/POA-1.2/verification", json=rejected).status_code == 200
    api.patch("/v1/workspace", json={"four_eyes": False})
    decide(ada, ask_waiver(ada, "POA-1.5"))
    for one in api.get("/v1/commitments?state=open&limit=200").json()["data"]:
        ada.post(f"/v1/commitments/{one['reference']}/completion", json={"evidence": NOTE})
    assert ada.post("/v1/commitments/POA-1.2/verification", json={"outcome": "verified"}).status_code == 200
    assert check(ada, "inconclusive").status_code == 201


def test_all_that_follows_an_approval_is_audited_and_proven(
    api: Client, given: Given, app: FastAPI, tenant: Tenant, seal: Seal, ring: Keyring
) -> None:
    live(given)
    seal()
    (key,) = signer.verifier_keys(ring, UUID(tenant.workspace_id))

    found = audit.check(app.state.engine, UUID(tenant.workspace_id), progress=lambda *_: None)
    report = verify_bundle(api.get("/v1/plans/POA-1/proof").content, of_key(note.format_vkey(key)))

    assert found.faults == []
    assert report.valid, report.checks[-1]
    assert report.self_decided == [
        "approved",
        "waiver of commitment 5",
        "verification of commitment 2",
        "effectiveness check 1",
    ]
    assert report.changes == [
        "Extension of commitment 1 from 2026-04-01 to 2026-04-10, asked for on 2026-03-02: granted on 2026-03-02.",
        "Extension of commitment 1 from 2026-04-10 to 2026-05-01, asked for on 2026-03-02: withdrawn on 2026-03-02.",
        "Waiver of commitment 3.2, asked for on 2026-03-02: granted on 2026-03-02.",
        "Waiver of commitment 2, asked for on 2026-03-02: refused on 2026-03-02.",
        "Waiver of commitment 5, asked for on 2026-04-03: granted on 2026-04-03.",
        (
            "Amendment 1, asked for on 2026-03-10: granted on 2026-04-03; it adds commitments 5, 6 and ends "
            "commitment 3 from 2026-04-03 on and ends commitment 4 from 2026-03-27 on."
        ),
        (
            "Effectiveness check 1, 2026-04-03: inconclusive, with 0 notices since by the server's count; carried "
            "out on 2026-04-03, observed until 2026-09-30."
        ),
    ]
