"""What the follow-through report costs over a million commitments, beside counting the same rows once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection

import psycopg
from data import Tenant
from load import Server
from proofs import compare

from app.core import db

GOAL = 1000
"""Milliseconds."""

# Four in ten of those done were done late, by up to 40 days; a quarter recurs; most have a cause somewhere.
_SPREAD = """
UPDATE commitment SET
    areas = CAST((ARRAY['{supplier}', '{listing,supplier}', '{shipping}', '{}'])[1 + number %% 4] AS varchar[]),
    done_at = CASE WHEN number %% 5 < 2 THEN done_at + interval '37 hours' + number %% 40 * interval '1 day'
        ELSE done_at END,
    days_late = CASE WHEN number %% 5 < 2 THEN 1 + number %% 40 ELSE days_late END,
    days_late_vs_original = CASE WHEN number %% 5 < 2 THEN 1 + number %% 40 ELSE days_late_vs_original END
WHERE workspace_id = %(ws)s AND state = 'done';

UPDATE commitment SET series_id = id, occurrence = 1 WHERE workspace_id = %(ws)s AND number %% 4 = 0;

UPDATE commitment_span s SET since = CASE s.version WHEN 2 THEN c.done_at ELSE s.since END,
    until = CASE s.version WHEN 1 THEN c.done_at END
FROM commitment c WHERE c.workspace_id = %(ws)s AND c.state = 'done'
AND (c.workspace_id, c.id) = (s.workspace_id, s.commitment_id);
"""
_FLOOR = (
    "SELECT count(*), count(*) FILTER (WHERE state IN ('open', 'in_progress') AND due_at <= now()) "
    "FROM commitment WHERE workspace_id = %s"
)


def fill(url: str, tenant: Tenant) -> None:
    """Let a workspace that `data.fill` has filled have kept, late and recurring promises; and write something now."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica; SET synchronous_commit = off")
        psycopg.ClientCursor(connection).execute(_SPREAD, {"ws": tenant.id})
        connection.execute("UPDATE ledger_head SET last_at = now() WHERE workspace_id = %s", [tenant.id])
        for table in ("commitment", "commitment_span"):
            connection.execute(f"VACUUM (FULL, ANALYZE) {table}")
        connection.execute("CHECKPOINT")


def measure(server: Server, tenant: Tenant, url: str, *, commitments: int, rounds: int) -> None:
    """Print what one client waits for the report, as of now and as of 200 days ago, and for a page behind a figure."""
    then = f"{datetime.now(UTC) - timedelta(days=200):%Y-%m-%dT%H:%M:%SZ}"
    with psycopg.connect(url, autocommit=True) as connection:
        counted = _counting(connection, tenant)
        for what, query in (
            ("report", ""),
            ("report by owner", "?by=owner"),
            ("report by area", "?by=area"),
            ("report by month", "?by=month"),
            ("report by plan", "?by=plan"),
            ("report by owner, 200 days ago", f"?by=owner&as_of={then}"),
            ("page of what was kept late", "?drill=kept_late"),
            ("page of what was kept late, 200 days ago", f"?drill=kept_late&as_of={then}"),
            ("one page for a person (PDF)", ".pdf"),
        ):
            ask = _asking(server, tenant, query)
            title = f"{what}, {commitments:,} commitments"
            compare(title, ask, "counting the rows, overdue among them", counted, goal=GOAL, rounds=rounds)


def _asking(server: Server, tenant: Tenant, query: str) -> Callable[[], object]:
    client = HTTPConnection("127.0.0.1", server.port)

    def ask() -> None:
        client.request("GET", f"/v1/follow-through{query}", headers=tenant.headers)
        answer = client.getresponse()
        body = answer.read()
        assert answer.status == 200, body

    return ask


def _counting(connection: "psycopg.Connection[tuple[object, ...]]", tenant: Tenant) -> Callable[[], object]:
    """Count as the application may, in one pass and one process."""

    def count() -> None:
        connection.execute(db.begin(tenant.id, "READ ONLY"))
        connection.execute(_FLOOR, [tenant.id])
        connection.execute("COMMIT")

    return count
