"""`audit` is clean on what the application wrote, and finds whatever someone else changed."""

from collections.abc import Callable
from uuid import UUID

import psycopg
import pytest
from fastapi import FastAPI

from app.proofs import audit
from tests.conftest import Tenant
from tests.given import Given

Audit = Callable[[], audit.Report]
Tamper = Callable[[str], None]


@pytest.fixture
def checked(app: FastAPI, tenant: Tenant) -> Audit:
    return lambda: audit.check(app.state.engine, UUID(tenant.workspace_id), progress=lambda *_: None)


@pytest.fixture
def tamper(owner: psycopg.Connection[tuple[object, ...]], tenant: Tenant) -> Tamper:
    """Change rows of the workspace as someone would who owns the server: triggers and keys set aside."""

    def change(statement: str) -> None:
        owner.execute("SET session_replication_role = replica")
        done = owner.execute(statement.encode(), {"ws": tenant.workspace_id})
        assert done.rowcount > 0, "the tampering changed nothing"
        owner.commit()

    return change


@pytest.fixture
def full(given: Given) -> None:
    """A workspace in which everything has happened once."""
    given.plan(given.promise(recurrence="FREQ=WEEKLY;COUNT=3"), given.promise(), given.promise(owner="bo"))
    given.done("POA-1.2")
    given.post("/v1/commitments/POA-1.3/start")
    given.post("/v1/commitments/POA-1.3/reassignment", {"owner": "ada@example.com", "reason": "On leave"})
    given.draft()
    given.submit("POA-2")
    given.post("/v1/plans/POA-2/decision", {"outcome": "denied", **_decision("2026-03-01T00:00:00Z")})
    given.api.patch("/v1/plans/POA-2", json={"title": "Late shipments, second attempt"})
    given.post("/v1/accounts", {"marketplace": "amazon.com", "external_id": "A1", "timezone": "UTC"})
    given.client_of("chidi")
    given.post(f"/v1/notices/{given.notice()['id']}/acknowledgement")
    answered = given.notice(external_id="case 7")["id"]
    given.plan(notices=[answered])
    drafted = given.post(f"/v1/notices/{given.notice()['id']}/plan")["reference"]
    given.post(f"/v1/plans/{drafted}/evidence", {"kind": "note", "text": "Invoice 7", "items": ["asin:B0C7XK2M4P"]})
    given.submit(drafted)
    given.post(f"/v1/plans/{drafted}/decision", {"outcome": "denied", **_decision("2026-03-01T00:00:00Z")})


def _decision(received_at: str) -> dict[str, str]:
    return {"authority": "Amazon", "received_at": received_at}


@pytest.mark.usefixtures("full")
def test_what_the_application_wrote_is_clean(given: Given, checked: Audit) -> None:
    size = given.api.get("/v1/events").json()["size"]

    report = checked()

    assert report.faults == []
    assert report.clean
    assert report.events == size


LAST = "(SELECT max(seq) FROM ledger_event WHERE workspace_id = %(ws)s)"
MINE = "WHERE workspace_id = %(ws)s"
SWAPPED = "convert_to(replace(convert_from({0}, 'UTF8'), '{1}', '{2}'), 'UTF8')".format
REBODIED = SWAPPED("body", "corrective", "preventive")

TAMPERINGS = {
    f"UPDATE ledger_event SET body = set_bit(body, 99, 1 - get_bit(body, 99)) {MINE} AND seq = 7": "event 7: ",
    f"UPDATE ledger_event SET body = {REBODIED}, leaf = sha256('\\x00'::bytea || {REBODIED}) {MINE}": "frontier",
    f"DELETE FROM ledger_event {MINE} AND seq = (SELECT max(seq) FROM ledger_event {MINE})": "the head counts",
    f"DELETE FROM ledger_event {MINE} AND seq = 8": "event 9: 8 should come next",
    "UPDATE ledger_event one SET body = two.body, leaf = two.leaf FROM ledger_event two "
    "WHERE one.workspace_id = %(ws)s AND two.workspace_id = %(ws)s AND one.seq IN (8, 9) "
    "AND two.seq = 17 - one.seq": "`seq` says 9",
    f"UPDATE ledger_event SET plan_id = gen_random_uuid() {MINE} AND seq = 9": "event 9: `plan` says",
    f"UPDATE ledger_plan SET events = events - 1 {MINE}": "its chain does not end",
    f"UPDATE ledger_head SET frontier = frontier || frontier {MINE}": "the head's frontier",
    f"UPDATE disclosure SET disclosure = left(disclosure, -4) || 'AAAA' {MINE}": "a disclosure that it does not know",
    f"UPDATE commitment SET days_late = 3 {MINE} AND state = 'done'": "`days_late` is 3, the ledger says 0",
    f"UPDATE commitment SET due_at = due_at + interval '1 day' {MINE} AND number = 3": "`due_at` is",
    f"UPDATE commitment SET text = 'Remove some units.' {MINE} AND number = 2": "does not say what clause 2",
    f"UPDATE submission SET content = {SWAPPED('content', '212', '12')} {MINE}": "is not the text that was frozen",
    f"UPDATE evidence SET body = 'All fine.' {MINE}": "it is not what was added",
    f"DELETE FROM commitment {MINE} AND occurrence = 3": "commitment: 5 rows, 6 in the ledger",
    "INSERT INTO evidence (workspace_id, id, commitment_id, plan_id, kind, body, sha256, added_by, added_at) "
    "SELECT workspace_id, gen_random_uuid(), commitment_id, plan_id, kind, body, sha256, added_by, added_at "
    f"FROM evidence {MINE}": "no event about it",
    f"UPDATE commitment_span SET state = 'done' {MINE} AND until IS NULL AND state = 'open'": "its history does not",
    f"UPDATE member SET role = 'admin' {MINE} AND role = 'approver'": "`role` is admin",
    f"UPDATE api_key SET scopes = '{{admin}}' {MINE}": "`scopes` is",
    "UPDATE workspace SET evidence_required = false WHERE id = %(ws)s": "`evidence_required` is False",
    f"UPDATE submission SET outcome = NULL {MINE} AND outcome = 'denied'": "`submission` is",
}


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize(("statement", "complaint"), TAMPERINGS.items())
def test_tampering_is_found_and_named(statement: str, complaint: str, checked: Audit, tamper: Tamper) -> None:
    tamper(statement)

    report = checked()

    assert any(complaint in fault for fault in report.faults), report.faults


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize("bit", range(0, 2400, 97))
def test_a_bit_flipped_anywhere_is_found_where_it_is(bit: int, checked: Audit, tamper: Tamper) -> None:
    tamper(
        f"UPDATE ledger_event SET body = set_bit(body, {bit}, 1 - get_bit(body, {bit})) "
        "WHERE workspace_id = %(ws)s AND seq = 10"
    )

    report = checked()

    assert report.faults[0].startswith("event 10: ")
