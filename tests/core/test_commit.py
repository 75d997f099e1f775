"""A write that the database does not commit is never answered as if it had been."""

from collections.abc import Iterator
from uuid import UUID

import psycopg
import pytest

from tests.client import Client
from tests.conftest import Tenant
from tests.given import Given

pytestmark = pytest.mark.both_versions

DEE = {"name": "Dee Canary", "email": "dee@example.com"}


class Breakage:
    """Makes every commit of one workspace that appends to the ledger fail, until it is mended."""

    def __init__(self, url: str, workspace_id: str) -> None:
        self.connection = psycopg.connect(url, autocommit=True)
        self.connection.execute(
            "CREATE OR REPLACE FUNCTION fail_at_commit() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the disk is full of secrets'; END $$"
        )
        self.connection.execute(
            "CREATE CONSTRAINT TRIGGER fail AFTER INSERT ON ledger_event DEFERRABLE INITIALLY DEFERRED "
            f"FOR EACH ROW WHEN (NEW.workspace_id = '{UUID(workspace_id)}') EXECUTE FUNCTION fail_at_commit()"
        )

    def mend(self) -> None:
        self.connection.execute("DROP TRIGGER IF EXISTS fail ON ledger_event")


@pytest.fixture
def breakage(url: str, tenant: Tenant, given: Given) -> Iterator[Breakage]:
    given.plan()
    made = Breakage(url, tenant.workspace_id)
    yield made
    made.mend()
    made.connection.execute("DROP FUNCTION fail_at_commit")
    made.connection.close()


def test_a_commit_that_fails_is_a_500_and_nothing_is_recorded(api: Client, breakage: Breakage) -> None:
    before = api.get("/v1/events").json()

    answers = [
        api.post("/v1/members", json=DEE),
        api.patch("/v1/workspace", json={"name": "Other"}),
        api.post("/v1/commitments/POA-1.1/completion", json={"evidence": {"kind": "note", "text": "Removed."}}),
        api.post("/v1/plans", json={"title": "Late shipments"}),
    ]

    assert [one.status_code for one in answers] == [500] * 4
    assert {one.json()["type"] for one in answers} == {"/problems/internal-error"}
    breakage.mend()
    assert api.get("/v1/events").json() == before
    assert api.get("/v1/workspace").json()["name"] == "Ada's shop"
    assert api.get("/v1/commitments/POA-1.1").json()["state"] == "open"
    assert len(api.get("/v1/members").json()["data"]) == 1


def test_a_retry_with_the_same_idempotency_key_then_works(api: Client, breakage: Breakage) -> None:
    once = {"Idempotency-Key": "once"}
    broken = api.post("/v1/members", json=DEE, headers=once)
    breakage.mend()

    first = api.post("/v1/members", json=DEE, headers=once)
    again = api.post("/v1/members", json=DEE, headers=once)

    assert (broken.status_code, first.status_code, again.status_code) == (500, 201, 201)
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"


@pytest.mark.usefixtures("breakage")
def test_an_answer_500_tells_nobody_why_and_the_log_tells_us(api: Client, caplog: pytest.LogCaptureFixture) -> None:
    answer = api.post("/v1/members", json=DEE, headers={"X-Request-Id": "mine"})

    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.headers["x-request-id"], answer.json()["request_id"]) == ("mine", "mine")
    assert answer.json()["detail"] == "The request id finds the cause in the log."
    for private in ("secrets", "plpgsql", "Traceback", "psycopg", "ledger_event"):
        assert private not in answer.text
    failed = next(record for record in caplog.records if record.message == "failed")
    assert vars(failed)["request_id"] == "mine"
    assert "the disk is full" in str(failed.exc_info)
    assert "Canary" not in caplog.text


def test_one_workspace_s_trouble_is_not_another_s(cy: Client, breakage: Breakage) -> None:
    assert cy.post("/v1/members", json=DEE).status_code == 201
    breakage.mend()
