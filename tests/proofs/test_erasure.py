"""What people wrote can be erased, the ledger says so, and nothing that was proved changes."""

import subprocess
from typing import Any
from uuid import UUID

import psycopg
import pytest
from fastapi import FastAPI

from app.core import db
from app.core.embedded import Cluster
from app.proofs import audit
from tests.client import Client
from tests.conftest import Tenant
from tests.given import Given
from tests.routes import MISSING

WORDS = (
    *("Chidi Park", "chidi@example.com", "Called after Chidi", "Inauthentic complaints on", "B0C7XK2M4P"),
    *("Remove the remaining 212 units", "Check every box by hand", "A supplier that lied", "Seen by a notary"),
    *("notary.example", "The notary's letter", "Buyer of tumblers", "A2EUQ1WTGCTBG2", "case 12345", "We believe you"),
    *("Amazon Seller Support", "Chidi is on leave"),
)
APPROVAL = {
    "authority": "Amazon Seller Support",
    "received_at": "2026-02-20T17:04:00Z",
    "reference": "case 12345",
    "text": "We believe you.",
}


@pytest.fixture
def written(given: Given) -> dict[str, str]:
    """A workspace in which every kind of text was written, with a retry in mind each time; ids by kind."""
    keyed = given.api
    keyed.headers["Idempotency-Key"] = "first"
    chidi = given.member("chidi")["id"]
    keyed.headers["Idempotency-Key"] = "second"
    given.member("ada")
    keyed.headers["Idempotency-Key"] = "third"
    key = given.post("/v1/api-keys", {"name": "Called after Chidi", "member": chidi, "scopes": ["read"]})["id"]
    keyed.headers["Idempotency-Key"] = "fourth"
    causes = [{"key": "supplier", "area": "supplier", "statement": "A supplier that lied"}]
    weekly = given.promise(text="Check every box by hand", recurrence="FREQ=WEEKLY;COUNT=2", root_causes=["supplier"])
    plan = given.plan(given.promise(owner="chidi"), weekly, root_causes=causes, approval=APPROVAL)["id"]
    keyed.headers["Idempotency-Key"] = "fifth"
    link = {"kind": "link", "url": "https://notary.example/1", "title": "The notary's letter"}
    evidence = given.post("/v1/commitments/POA-1.1/evidence", link)["id"]
    keyed.headers["Idempotency-Key"] = "sixth"
    body = {"marketplace": "amazon.com", "external_id": "A2EUQ1WTGCTBG2", "name": "Buyer of tumblers"}
    account = given.post("/v1/accounts", body | {"timezone": "UTC"})["id"]
    keyed.headers["Idempotency-Key"] = "seventh"
    given.post("/v1/commitments/POA-1.1/reassignment", {"owner": "ada@example.com", "reason": "Chidi is on leave"})
    del keyed.headers["Idempotency-Key"]
    given.api.patch(f"/v1/members/{chidi}", json={"active": False})
    commitment = given.api.get("/v1/commitments/POA-1.1").json()["id"]
    return {
        "member": chidi,
        "api_key": key,
        "plan": plan,
        "evidence": evidence,
        "account": account,
        "commitment": commitment,
    }


def events(api: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get("/v1/events?limit=200").json()["data"]
    return found


def faults(app: FastAPI, tenant: Tenant) -> list[str]:
    return audit.check(app.state.engine, UUID(tenant.workspace_id), progress=lambda *_: None).faults


def dumped(cluster: Cluster, tenant: Tenant) -> str:
    """Return what a backup of the database would hold, as far as it is the workspace's."""
    url = cluster.url("postgres", "postgres")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM FULL")
    done = subprocess.run(
        [cluster.bin / "pg_dump", "--data-only", "--no-sync", url],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    rows = [line for line in done.stdout.decode().splitlines() if tenant.workspace_id in line]
    assert rows
    return "\n".join(rows)


def test_no_word_of_what_was_erased_is_in_a_dump(
    api: Client, written: dict[str, str], cluster: Cluster, tenant: Tenant, app: FastAPI
) -> None:
    before = dumped(cluster, tenant)
    disclosures = [one["disclosure"] for event in events(api) for one in event["disclosures"]]
    for subject in written.values():
        assert api.post("/v1/erasures", json={"subject": subject}).status_code == 200

    after = dumped(cluster, tenant)

    readable = [word for word in WORDS if word in before]
    assert len(readable) > 5
    assert [word for word in WORDS if word in after or word.encode().hex() in after] == []
    # The workspace's name, its first key's, and the two of Ada, who is still there.
    assert sum(one in after for one in disclosures) == 4
    assert faults(app, tenant) == []


@pytest.mark.parametrize("kind", ["member", "api_key", "plan", "evidence", "account", "commitment"])
def test_after_an_erasure_the_audit_is_clean_and_everything_can_be_read(
    kind: str, api: Client, written: dict[str, str], app: FastAPI, tenant: Tenant
) -> None:
    answer = api.post("/v1/erasures", json={"subject": written[kind]})

    assert answer.json()["disclosures"] > 0
    assert faults(app, tenant) == []
    paths = ("members", "accounts", "api-keys", "plans", "plans/POA-1", "commitments", "commitments/POA-1.1/evidence")
    assert [path for path in paths if api.get(f"/v1/{path}").status_code != 200] == []


def test_the_event_names_the_digests_of_what_was_there(api: Client, written: dict[str, str]) -> None:
    before = {
        one["digest"]: one["name"]
        for event in events(api)
        if event["subject"] == written["evidence"]
        for one in event["disclosures"]
    }

    answer = api.post("/v1/erasures", json={"subject": written["evidence"]})

    said = events(api)[answer.json()["event"]]
    assert answer.headers["Followthrough-Event"] == str(said["seq"])
    assert (said["type"], said["subject"], said["plan"]) == (
        "disclosure.erased",
        written["evidence"],
        written["plan"],
    )
    assert set(before.values()) == {"body", "title"}
    assert all(digest in said["text"] for digest in before)


def test_the_bytes_of_all_events_stay(api: Client, written: dict[str, str]) -> None:
    before = [(one["text"], one["leaf_hash"]) for one in events(api)]

    api.post("/v1/erasures", json={"subject": written["plan"]})

    assert [(one["text"], one["leaf_hash"]) for one in events(api)][: len(before)] == before


def test_what_is_named_goes_and_the_rest_stays(api: Client, written: dict[str, str]) -> None:
    api.post("/v1/erasures", json={"subject": written["member"], "names": ["email"]})

    member = api.get(f"/v1/members/{written['member']}").json()
    assert member["name"] == "Chidi Park"
    assert member["email"] == f"erased-{written['member']}@invalid"


def test_a_plans_title_takes_its_content_with_it(api: Client, written: dict[str, str]) -> None:
    api.post("/v1/erasures", json={"subject": written["plan"], "names": ["title"]})

    plan = api.get("/v1/plans/POA-1").json()
    assert (plan["title"], plan["items"], plan["commitments"]) == ("[erased]", [], [])
    assert plan["submissions"][0]["decision_text"] == "We believe you."
    assert api.get("/v1/commitments/POA-1.1").json()["text"] == "[erased]"


def test_erasing_twice_is_harmless_and_says_nothing_new(api: Client, written: dict[str, str]) -> None:
    api.post("/v1/erasures", json={"subject": written["plan"]})
    size = len(events(api))

    again = api.post("/v1/erasures", json={"subject": written["plan"]})

    assert (again.json()["disclosures"], again.json()["event"]) == (0, None)
    assert len(events(api)) == size


def test_many_digests_are_several_events(api: Client, given: Given, monkeypatch: pytest.MonkeyPatch) -> None:
    given.plan(given.promise(recurrence="FREQ=WEEKLY;COUNT=9"))
    monkeypatch.setattr("app.proofs.erasure._PER_EVENT", 5)

    answer = api.post("/v1/erasures", json={"subject": api.get("/v1/plans/POA-1").json()["id"]}).json()

    said = [one for one in events(api) if one["type"] == "disclosure.erased"]
    assert len(said) == -(-answer["disclosures"] // 5) > 1


def test_an_active_member_is_not_erased(api: Client, given: Given) -> None:
    answer = api.post("/v1/erasures", json={"subject": given.member("ada")["id"]})

    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/not-erasable-yet")


def test_a_plan_under_way_is_not_erased(api: Client, given: Given) -> None:
    answer = api.post("/v1/erasures", json={"subject": given.draft()["id"]})

    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/not-erasable-yet")


def test_what_is_not_there_cannot_be_erased(api: Client) -> None:
    assert api.post("/v1/erasures", json={"subject": MISSING}).status_code == 404


def test_what_is_anothers_cannot_be_erased(cy: Client, written: dict[str, str]) -> None:
    assert {cy.post("/v1/erasures", json={"subject": one}).status_code for one in written.values()} == {404}


def test_a_field_that_it_does_not_have_is_refused(api: Client, written: dict[str, str]) -> None:
    answer = api.post("/v1/erasures", json={"subject": written["evidence"], "names": ["email"]})

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/body/names")


def test_erasing_needs_the_scope_admin(given: Given, written: dict[str, str]) -> None:
    answer = given.client_of("bo").post("/v1/erasures", json={"subject": written["plan"]})

    assert answer.status_code == 403


@pytest.mark.usefixtures("written")
def test_what_is_written_once_can_be_overwritten_with_the_placeholder_alone(url: str, tenant: Tenant) -> None:
    with psycopg.connect(url, autocommit=True) as application:
        application.execute(db.begin(UUID(tenant.workspace_id), "READ WRITE"))

        with pytest.raises(psycopg.errors.RaiseException, match="can only be erased"):
            application.execute("UPDATE evidence SET body = 'All fine.'")
