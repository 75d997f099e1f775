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
    given.post(f"/v1/notices/{given.notice()['id']}/dismissal", {"reason": "Not ours"})
    given.post(f"/v1/notices/{given.notice()['id']}/response", {"note": "It is in stock"})


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
    f"UPDATE notice SET respond_by = respond_by + interval '1 day' {MINE}": "`respond_by` is",
    f"UPDATE notice SET state = 'closed' {MINE} AND state = 'acknowledged'": "the ledger says acknowledged",
    f"UPDATE notice SET text = 'Nothing to do.' {MINE}": "its text is not the one that was recorded",
    f"UPDATE notice SET text = '[erased]' {MINE}": "its text is not the one that was recorded",
    f"UPDATE notice SET text = 'Nothing', text_sha256 = encode(sha256('Nothing'), 'hex') {MINE}": "`text_sha256` is",
    f"UPDATE notice SET title = 'Nothing' {MINE}": "`title` is not what was disclosed",
    f"UPDATE notice SET reason = 'Ours' {MINE} AND state = 'dismissed'": "`reason` is not what was disclosed",
    f"UPDATE notice SET reason = 'Ours' {MINE} AND state = 'closed'": "`reason` is not what was disclosed",
    f"UPDATE notice SET response = NULL {MINE} AND response IS NOT NULL": "`response` is not what was disclosed",
    f"UPDATE notice SET attempts = 0 {MINE} AND attempts = 1": "`attempts` is 0",
    f"UPDATE notice SET plan_id = NULL, submission = NULL {MINE} AND plan_id IS NOT NULL": "`plan` is None",
    f"UPDATE notice SET created_by = workspace_id {MINE}": "`created_by` is not who recorded it",
    f"UPDATE notice_item SET ref = 'B0OTHER' {MINE}": "they are not those that were recorded",
    f"DELETE FROM notice_item {MINE}": "they are not those that were recorded",
    f"UPDATE notice_span SET respond_by = NULL {MINE} AND version = 1": "its history does not lead to how it stands",
    f"DELETE FROM notice_span {MINE} AND version = 2": "its history does not lead to how it stands",
    f"UPDATE notice_span SET until = until + interval '1 hour' {MINE} AND until IS NOT NULL": "its history does not",
    f"DELETE FROM notice {MINE} AND state = 'dismissed'": "notice: 4 rows, 5 in the ledger",
    f"INSERT INTO notice SELECT n.* FROM notice o, json_populate_record(o, json_build_object('id', gen_random_uuid(), "
    f"'external_id', gen_random_uuid())) n {MINE.replace('workspace_id', 'o.workspace_id')}": "no event about it",
    f"UPDATE plan SET signed_off_by = workspace_id {MINE} AND signed_off_by IS NOT NULL": "is not who signed it off",
    f"UPDATE plan SET signed_off_by = NULL, signed_off_at = NULL {MINE} AND signed_off_by IS NOT NULL": "signed it off",
    f"UPDATE plan SET (signed_off_by, signed_off_at) = (created_by, now()) {MINE} AND state = 'draft'": "signed it off",
    f"UPDATE plan SET observation_days = 1 {MINE}": "`observation_days` are not those of its content",
    f"UPDATE plan SET authors = '{{}}' {MINE}": "`authors` are not those who wrote it",
    f"DELETE FROM plan_notice {MINE}": "plan_notice of plan",
    f"UPDATE plan_notice SET notice_id = (SELECT min(id::text)::uuid FROM notice {MINE}) {MINE}": "plan_notice of plan",
    f"UPDATE evidence SET items = NULL {MINE} AND plan_id IS NOT NULL": "`items` are not what was disclosed",
    f"UPDATE evidence SET plan_id = (SELECT min(id::text)::uuid FROM plan {MINE}) {MINE} "
    "AND plan_id IS NOT NULL": "it is not of the plan that it says",
}


@pytest.mark.slow
@pytest.mark.usefixtures("full")
@pytest.mark.parametrize(("statement", "complaint"), TAMPERINGS.items())
def test_tampering_is_found_and_named(statement: str, complaint: str, checked: Audit, tamper: Tamper) -> None:
    tamper(statement)

    report = checked()

    assert any(complaint in fault for fault in report.faults), report.faults


@pytest.mark.slow
@pytest.mark.usefixtures("full")
@pytest.mark.parametrize("bit", range(0, 2400, 97))
def test_a_bit_flipped_anywhere_is_found_where_it_is(bit: int, checked: Audit, tamper: Tamper) -> None:
    tamper(
        f"UPDATE ledger_event SET body = set_bit(body, {bit}, 1 - get_bit(body, {bit})) "
        "WHERE workspace_id = %(ws)s AND seq = 10"
    )

    report = checked()

    assert report.faults[0].startswith("event 10: ")
