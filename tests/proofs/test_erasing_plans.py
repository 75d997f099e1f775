"""The words of a plan are also in its amendments, and go with it; nothing that was asked for is erased unheard."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import psycopg
import pytest
from fastapi import FastAPI

from app.core import db
from app.ledger import note, signer
from app.ledger.policy import of_key
from app.ledger.signer import Keyring
from app.ledger.verify import verify_bundle
from app.proofs import audit
from tests.changes.given import added, amend, decide, ended, refusal, withdraw
from tests.client import Client
from tests.conftest import Tenant
from tests.given import Given
from tests.proofs.conftest import Seal

WEEKLY = {"due_on": "2026-03-06", "recurrence": "FREQ=WEEKLY;BYDAY=FR"}
WORDS = ("complaints on", "B0C7XK2M4P", "212 units", "Check returns", "They asked for it", "The supplier is gone")
BUSY = (409, "not-erasable-yet", "An amendment of the plan is not decided yet.")


@pytest.fixture
def plan(given: Given) -> str:
    """The id of a plan that was amended three times: granted, refused, withdrawn; its words are in each."""
    plan: str = given.plan(given.promise(**WEEKLY))["id"]
    ada, bo = given.client_of("ada"), given.client_of("bo")
    end = ended(1, "2026-04-03", recurrence="FREQ=MONTHLY;COUNT=2")
    withdraw(ada, amend(ada, added(), ends=[end]))
    decide(bo, amend(ada, added(), ends=[end]), "refused")
    assert decide(bo, amend(ada, added(), ends=[end])).status_code == 200
    return plan


def read(api: Client, owner: psycopg.Connection[tuple[object, ...]], tenant: Tenant) -> str:
    """Return all that is stored in the workspace, and all that its events disclose."""
    listed = (
        "SELECT table_name::text FROM information_schema.columns WHERE table_schema = 'public' AND column_name = %s"
    )
    tables = [str(table) for (table,) in owner.execute(listed, ("workspace_id",)).fetchall()]
    assert {"plan", "submission", "amendment", "series", "commitment", "idempotency"} <= {*tables}
    rows = [
        str(row)
        for table in tables
        for (row,) in owner.execute(
            psycopg.sql.SQL("SELECT t::text FROM {} t WHERE workspace_id = %s").format(psycopg.sql.Identifier(table)),
            (tenant.workspace_id,),
        )
    ]
    return "\n".join([*rows, api.get("/v1/events?limit=200").text])


def faults(app: FastAPI, tenant: Tenant) -> list[str]:
    return audit.check(app.state.engine, UUID(tenant.workspace_id), progress=lambda *_: None).faults


def test_no_word_of_a_plan_stays_in_its_amendments(
    api: Client, plan: str, owner: psycopg.Connection[tuple[object, ...]], tenant: Tenant, app: FastAPI
) -> None:
    before = read(api, owner, tenant)

    assert api.post("/v1/erasures", json={"subject": plan}).is_success

    after = read(api, owner, tenant)
    assert [word for word in WORDS if word not in before] == []
    assert [word for word in WORDS if word in after or word.encode().hex() in after] == []
    assert "Confirmed in writing." in after, "why it was granted is the amendment's own"
    assert faults(app, tenant) == []


def test_the_amendments_of_an_erased_plan_can_be_read_and_erased(
    api: Client, plan: str, app: FastAPI, tenant: Tenant
) -> None:
    api.post("/v1/erasures", json={"subject": plan})

    found = api.get("/v1/plans/POA-1/amendments").json()["data"]
    more = {one["state"]: api.post("/v1/erasures", json={"subject": one["id"]}).json()["disclosures"] for one in found}

    assert [(one["commitments"], one["ends"]) for one in found] == [([], [])] * 3
    assert more == {"granted": 1, "refused": 1, "withdrawn": 0}, "why each was decided so"
    assert faults(app, tenant) == []


def test_a_proof_of_an_amended_plan_verifies_without_its_words(
    api: Client, plan: str, seal: Seal, ring: Keyring, tenant: Tenant
) -> None:
    api.post("/v1/erasures", json={"subject": plan})
    seal()
    (key,) = signer.verifier_keys(ring, UUID(tenant.workspace_id))

    report = verify_bundle(api.get("/v1/plans/POA-1/proof").content, of_key(note.format_vkey(key)))

    assert report.valid, report.checks[-1]
    assert report.erased > 0


def test_what_is_asked_for_is_decided_before_the_words_go(api: Client, given: Given, plan: str) -> None:
    ada = given.client_of("ada")
    asked = amend(ada, added())

    refused = api.post("/v1/erasures", json={"subject": plan})
    withdraw(ada, asked)

    assert refusal(refused) == BUSY
    assert api.post("/v1/erasures", json={"subject": plan}).is_success


def test_an_amendment_that_is_asked_for_meanwhile_is_seen(api: Client, given: Given, url: str, tenant: Tenant) -> None:
    plan = given.plan()["id"]
    asked = (
        "INSERT INTO amendment (workspace_id, id, plan_id, number, state, content, content_sha256, requested_by, "
        "requested_at) SELECT workspace_id, gen_random_uuid(), id, 1, 'requested', '{}', '', id, now() FROM plan"
    )
    with psycopg.connect(url, autocommit=True) as other, ThreadPoolExecutor() as threads:
        other.execute(db.begin(UUID(tenant.workspace_id), "READ WRITE"))
        other.execute("SELECT FROM plan FOR NO KEY UPDATE")
        erasing = threads.submit(api.post, "/v1/erasures", json={"subject": plan})
        with psycopg.connect(url, autocommit=True) as watching:
            while not watching.execute("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'").fetchall():
                pass
        other.execute(asked)
        other.execute("COMMIT")

        assert refusal(erasing.result()) == BUSY


def test_an_amendment_is_not_erased_while_a_later_one_may_repeat_its_words(
    api: Client, given: Given, app: FastAPI, tenant: Tenant
) -> None:
    given.plan()
    ada, bo = given.client_of("ada"), given.client_of("bo")
    first = amend(ada, added(**WEEKLY, text="Call Jane Doe."))
    decide(bo, first)
    erase = {"subject": first.json()["id"]}
    second = amend(ada, ends=[ended(2, "2026-04-03", recurrence="FREQ=MONTHLY;COUNT=2")])

    refused = [api.post("/v1/erasures", json=erase)]
    decide(bo, second)
    refused.append(api.post("/v1/erasures", json=erase))
    withdrawn = amend(ada, ends=[ended(3, "2026-05-01")])
    withdraw(ada, withdrawn)
    api.post("/v1/erasures", json={"subject": second.json()["id"]})

    why = "A later amendment may repeat its words: erase those of the plan."
    assert [refusal(one) for one in refused] == [(409, "not-erasable-yet", why)] * 2
    assert api.post("/v1/erasures", json=erase).is_success
    assert "Jane Doe" not in api.get("/v1/commitments?limit=200").text + api.get("/v1/events?limit=200").text
    assert faults(app, tenant) == []


def test_what_is_added_to_an_erased_plan_is_due_in_the_plans_zone(api: Client, given: Given) -> None:
    plan = given.plan(zone="Australia/Lord_Howe")
    api.post("/v1/erasures", json={"subject": plan["id"]})

    asked = amend(given.client_of("ada"), added(**WEEKLY), added(due_after_approval="P1D"))
    assert decide(given.client_of("bo"), asked).status_code == 200

    dues = {one["reference"]: one["due_at"] for one in api.get("/v1/commitments?limit=200").json()["data"]}
    assert (dues["POA-1.2.1"], dues["POA-1.3"]) == ("2026-03-06T13:00:00Z", "2026-03-03T13:00:00Z")
