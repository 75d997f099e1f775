"""Nobody rewrites the past: neither the application's role nor, by accident, the owner of the tables."""

from collections.abc import Iterator
from uuid import UUID

import psycopg
import pytest
from psycopg import errors

from app.core import db
from app.ledger import merkle
from tests.client import Client
from tests.conftest import Tenant
from tests.given import Given
from tests.routes import operations

pytestmark = pytest.mark.both_versions

Connection = psycopg.Connection[tuple[object, ...]]

CHANGES = [
    "UPDATE ledger_event SET body = '{}'",
    "UPDATE ledger_event SET seq = seq + 1",
    "DELETE FROM ledger_event",
    "TRUNCATE ledger_event",
    "UPDATE checkpoint SET note = 'x'",
    "DELETE FROM checkpoint",
    "TRUNCATE checkpoint",
]


@pytest.fixture
def application(url: str, tenant: Tenant) -> Iterator[Connection]:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(db.begin(UUID(tenant.workspace_id), "READ WRITE"))
        yield connection


@pytest.mark.parametrize("change", CHANGES)
def test_the_application_may_not_change_an_event(application: Connection, change: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        application.execute(change)


@pytest.mark.parametrize("change", CHANGES)
def test_a_trigger_stops_the_owner(owner: Connection, tenant: Tenant, change: str) -> None:
    sealed = "INSERT INTO checkpoint VALUES (%s, 1, 1, decode(repeat('00', 32), 'hex'), 'note', now())"
    owner.execute(sealed, [tenant.workspace_id])

    with pytest.raises(errors.RaiseException, match="append-only"):
        owner.execute(change)


def test_the_application_may_not_drop_the_trigger(application: Connection) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        application.execute("DROP TRIGGER append_only ON ledger_event")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE evidence SET body = 'x'",
        "DELETE FROM evidence",
        "UPDATE submission SET content = 'x'",
        "UPDATE commitment SET original_due_on = '2030-01-01'",
        "DELETE FROM commitment",
        "UPDATE commitment_span SET since = now()",
        "UPDATE disclosure SET disclosure = 'x'",
        "DELETE FROM plan",
    ],
)
def test_the_application_may_not_rewrite_what_was_said(application: Connection, given: Given, change: str) -> None:
    given.plan()
    given.evidence("POA-1.1")

    with pytest.raises((errors.InsufficientPrivilege, errors.RaiseException)):
        application.execute(change)


def test_nothing_is_changed_over_http_but_what_stands_now_and_nothing_deleted_but_a_key_revoked() -> None:
    changing = {str(one) for one in operations() if one.method not in {"GET", "POST"}}

    assert changing == {
        "PATCH /v1/workspace",
        "PATCH /v1/members/{member}",
        "PATCH /v1/notices/{notice}",
        "PATCH /v1/plans/{plan}",
        "PATCH /v1/digests/{member}",
        "PATCH /v1/escalation-rules/{rule}",
        "DELETE /v1/api-keys/{key}",
    }


def test_the_owner_can_erase_what_a_person_wrote_and_no_leaf_changes(
    api: Client, given: Given, owner: Connection, tenant: Tenant
) -> None:
    given.plan()
    before = api.get("/v1/events").json()["data"]
    assert any(one["disclosures"] for one in before)

    erased = owner.execute("DELETE FROM disclosure WHERE workspace_id = %s", [tenant.workspace_id]).rowcount
    owner.commit()

    after = api.get("/v1/events").json()["data"]
    assert erased > 0
    assert after == [one | {"disclosures": []} for one in before]
    leaves = owner.execute(
        "SELECT body, leaf FROM ledger_event WHERE workspace_id = %s ORDER BY seq", [tenant.workspace_id]
    )
    assert all(merkle.leaf_hash(body) == leaf for body, leaf in leaves)  # type: ignore[arg-type]
