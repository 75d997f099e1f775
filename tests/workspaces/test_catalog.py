"""What the database's catalogue must say of every table, those to come included."""

import psycopg
import pytest

from app.core import db

pytestmark = pytest.mark.both_versions

Owner = psycopg.Connection[tuple[object, ...]]

TENANTS = (
    "SELECT c.oid, c.relname FROM pg_class c WHERE c.relkind IN ('r', 'p') "
    "AND c.relnamespace = 'public'::regnamespace AND c.relname NOT IN ('alembic_version')"
)


def test_row_level_security_is_forced_on_every_table(owner: Owner) -> None:
    loose = owner.execute(
        f"SELECT t.relname FROM ({TENANTS}) t JOIN pg_class c ON c.oid = t.oid "
        "WHERE NOT (c.relrowsecurity AND c.relforcerowsecurity) "
        "OR NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polwithcheck IS NOT NULL)"
    )

    assert loose.fetchall() == []


def test_every_table_says_whose_its_rows_are(owner: Owner) -> None:
    nobodys = owner.execute(
        f"SELECT relname FROM ({TENANTS}) t WHERE NOT EXISTS (SELECT FROM pg_attribute a "
        "WHERE a.attrelid = t.oid AND a.attname = 'workspace_id' AND a.attnotnull)"
    )

    assert nobodys.fetchall() == [("workspace",)]


def test_the_workspace_leads_every_key_and_index(owner: Owner) -> None:
    led_by_others = owner.execute(
        f"SELECT t.relname, i.indexrelid::regclass FROM ({TENANTS}) t JOIN pg_index i ON i.indrelid = t.oid "
        "JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = i.indkey[0] WHERE a.attname <> 'workspace_id'"
    )
    without_a_column = owner.execute(
        f"SELECT i.indexrelid::regclass FROM ({TENANTS}) t JOIN pg_index i ON i.indrelid = t.oid WHERE i.indkey[0] = 0"
    )

    assert led_by_others.fetchall() == [("workspace", "pk_workspace")]
    assert without_a_column.fetchall() == []


def test_no_foreign_key_leaves_the_workspace(owner: Owner) -> None:
    leaving = owner.execute(
        "SELECT conname FROM pg_constraint k WHERE contype = 'f' AND 'workspace_id' <> ALL (ARRAY["
        "(SELECT attname::text FROM pg_attribute WHERE attrelid = k.conrelid AND attnum = k.conkey[1]), "
        "(SELECT attname::text FROM pg_attribute WHERE attrelid = k.confrelid AND attnum = k.confkey[1])])"
    )

    assert leaving.fetchall() == []


def test_the_roles_of_requests_own_nothing_and_are_bound_by_everything(owner: Owner) -> None:
    roles = [db.APP_ROLE, db.WORKER_ROLE]
    powerful = owner.execute(
        "SELECT rolname FROM pg_roles WHERE rolname = ANY(%s) "
        "AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication OR rolcanlogin)",
        [roles],
    )
    owned = owner.execute(
        "SELECT count(*) FROM pg_shdepend d JOIN pg_roles r ON r.oid = d.refobjid "
        "WHERE d.deptype = 'o' AND r.rolname = ANY(%s)",
        [roles],
    )
    inherited = owner.execute(
        "SELECT count(*) FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member WHERE r.rolname = ANY(%s)", [roles]
    )

    assert powerful.fetchall() == []
    assert (owned.fetchone(), inherited.fetchone()) == ((0,), (0,))


def test_requests_delete_little_and_truncate_nothing(owner: Owner) -> None:
    granted = owner.execute(
        f"SELECT t.relname, p FROM ({TENANTS}) t, unnest(ARRAY['DELETE', 'TRUNCATE', 'TRIGGER', 'REFERENCES']) p "
        "WHERE has_table_privilege(%s, t.oid, p) ORDER BY 1",
        [db.APP_ROLE],
    )

    copies = ("digest_delivery", "disclosure", "file", "idempotency", "notice_item", "plan_item", "plan_notice")
    assert granted.fetchall() == [(table, "DELETE") for table in copies]


@pytest.mark.parametrize(
    "column",
    [
        *("ledger_event.body", "ledger_event.leaf", "disclosure.disclosure", "evidence.kind", "evidence.sha256"),
        *("file.size", "file.media_type", "evidence.size", "evidence.media_type"),
        *("submission.content_sha256", "submission.submitted_at"),
        *("commitment.original_due_at", "commitment.original_due_on", "commitment.plan_id"),
        *("series.rule", "commitment_span.since", "commitment_span.due_at", "commitment_span.state"),
        *("checkpoint.root", "checkpoint.note", "heads_node.hash", "cosignature.line", "timestamp_token.token"),
        *("escalation.rule_id", "escalation.commitment_id", "escalation.level", "escalation.entered_at"),
        *("api_key.hash", "api_key.scopes", "api_key.expires_at", "plan.number", "idempotency.body"),
    ],
)
def test_what_is_written_once_cannot_be_rewritten_by_requests(owner: Owner, column: str) -> None:
    table, _, name = column.partition(".")

    allowed = owner.execute("SELECT has_column_privilege(%s, %s, %s, 'UPDATE')", [db.APP_ROLE, table, name])

    assert allowed.fetchone() == (False,)
