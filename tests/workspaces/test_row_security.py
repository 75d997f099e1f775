"""The second wall: what PostgreSQL itself refuses, whatever the code above it asks."""

from collections.abc import Iterator
from uuid import UUID

import psycopg
import pytest
from psycopg import errors, sql

from app.core import db
from tests.client import Client
from tests.conftest import Tenant
from tests.given import Given
from tests.routes import one_of_each

pytestmark = pytest.mark.both_versions

Connection = psycopg.Connection[tuple[object, ...]]


PROOFS = """
INSERT INTO checkpoint VALUES (%(ws)s, 1, 7, decode(repeat('00', 32), 'hex'), 'note', now());
INSERT INTO heads_node VALUES (%(ws)s, 0, 0, 7, decode(repeat('00', 32), 'hex'));
INSERT INTO tile VALUES (%(ws)s, 0, 0, decode(repeat('00', 32), 'hex'));
INSERT INTO cosignature VALUES (%(ws)s, 1, 7, 'witness', 'line', now());
INSERT INTO timestamp_token VALUES (%(ws)s, 1, 7, 'tsa', '', now());
INSERT INTO digest (workspace_id, id, member_id, channel, hour, days, active)
    SELECT workspace_id, id, id, 'email', 8, 'weekdays', true FROM member WHERE workspace_id = %(ws)s LIMIT 1;
INSERT INTO digest_delivery SELECT workspace_id, now(), id, 'sent', 1, now() FROM member
    WHERE workspace_id = %(ws)s LIMIT 1;
INSERT INTO announcement SELECT workspace_id, id, 'overdue', due_at, now() FROM commitment WHERE workspace_id = %(ws)s;
INSERT INTO escalation SELECT workspace_id, workspace_id, id, NULL, level, now() FROM escalation_rule
    WHERE workspace_id = %(ws)s;
"""
"""What a worker would have made by now."""
CHANGES = """
INSERT INTO verification SELECT workspace_id, id, 1, 'verified', 'Seen.', id, now(), 0 FROM commitment
    WHERE workspace_id = %(ws)s;
INSERT INTO effectiveness_check SELECT workspace_id, gen_random_uuid(), id, 1, 'effective', 'Nothing since.', 0, now(),
    now(), id, now() FROM plan WHERE workspace_id = %(ws)s;
"""
"""What people would have found."""


@pytest.fixture
def theirs(cy: Client, owner: Connection) -> str:
    """The id of Cy's workspace, which has a row in every table."""
    given = Given(cy)
    one_of_each(given)
    given.plan(given.promise(recurrence="FREQ=WEEKLY;COUNT=2"))
    given.evidence("POA-1.1")
    given.post("/v1/commitments/POA-1.1/waivers", {"reason": "No longer sold."})
    more = given.promise() | {"why": "Asked for."}
    given.post("/v1/plans/POA-1/amendments", {"commitments": [more]})
    cy.post("/v1/members", json={"name": "Dee", "email": "dee@example.com"}, headers={"Idempotency-Key": "1"})
    workspace: str = cy.get("/v1/workspace").json()["id"]
    for insert in (*PROOFS.split(";")[:-1], *CHANGES.split(";")[:-1]):
        owner.execute(insert, {"ws": workspace})
    owner.commit()
    return workspace


@pytest.fixture
def mine(url: str, tenant: Tenant) -> Iterator[Connection]:
    """A transaction as requests have it, in Ada's workspace."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(db.begin(UUID(tenant.workspace_id), "READ WRITE"))
        yield connection


def tables(owner: Connection) -> list[tuple[sql.Identifier, sql.Identifier]]:
    """Return every table of tenants, and its column that says whose a row is."""
    found = owner.execute(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace "
        "AND relname <> 'alembic_version' ORDER BY 1"
    )
    names = [str(name) for (name,) in found]
    assert len(names) > 10
    return [(sql.Identifier(name), sql.Identifier("id" if name == "workspace" else "workspace_id")) for name in names]


def test_no_query_sees_the_rows_of_another_workspace(owner: Connection, mine: Connection, theirs: str) -> None:
    for table, column in tables(owner):
        there = sql.SQL("SELECT count(*) FROM {} WHERE {} = %s").format(table, column)

        assert owner.execute(there, [theirs]).fetchone() != (0,), f"give Cy a row in {table}"
        assert mine.execute(there, [theirs]).fetchone() == (0,), table


def test_nothing_can_be_inserted_into_another_workspace(owner: Connection, mine: Connection, theirs: str) -> None:
    for table, column in tables(owner):
        one = sql.SQL("SELECT row_to_json(t)::text FROM {} t WHERE {} = %s LIMIT 1").format(table, column)
        row = owner.execute(one, [theirs]).fetchone()
        insert = sql.SQL("INSERT INTO {0} SELECT * FROM json_populate_record(NULL::{0}, %s)").format(table)

        with pytest.raises(errors.InsufficientPrivilege, match="row-level security"), mine.transaction():
            mine.execute(insert, row)


def test_no_row_can_be_moved_to_another_workspace(owner: Connection, mine: Connection, theirs: str) -> None:
    for table, column in tables(owner):
        with pytest.raises(errors.InsufficientPrivilege), mine.transaction():
            mine.execute(sql.SQL("UPDATE {} SET {} = %s").format(table, column), [theirs])


def test_changes_and_deletions_miss_the_rows_of_another_workspace(mine: Connection, theirs: str) -> None:
    changed = mine.execute("UPDATE member SET name = 'Mallory' WHERE workspace_id = %s", [theirs]).rowcount
    deleted = mine.execute("DELETE FROM idempotency WHERE workspace_id = %s", [theirs]).rowcount

    assert (changed, deleted) == (0, 0)


@pytest.mark.usefixtures("theirs")
def test_without_a_workspace_nothing_is_seen_at_all(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"SET ROLE {db.APP_ROLE}")

        with pytest.raises(errors.UndefinedObject, match=r"followthrough\.workspace_id"):
            connection.execute("SELECT count(*) FROM member")


@pytest.mark.usefixtures("theirs")
def test_a_workspace_does_not_outlive_its_transaction(mine: Connection) -> None:
    mine.execute("COMMIT")
    mine.execute(f"SET ROLE {db.APP_ROLE}")

    with pytest.raises((errors.InvalidTextRepresentation, errors.UndefinedObject)):
        mine.execute("SELECT count(*) FROM member")


def test_the_worker_sees_ids_of_workspaces_and_nothing_else(owner: Connection, theirs: str) -> None:
    owner.execute(f"SET ROLE {db.WORKER_ROLE}")

    assert (UUID(theirs),) in owner.execute("SELECT id FROM workspace").fetchall()
    for forbidden in ("SELECT name FROM workspace", "SELECT id FROM member", "SELECT body FROM ledger_event"):
        with pytest.raises(errors.InsufficientPrivilege), owner.transaction():
            owner.execute(forbidden)
