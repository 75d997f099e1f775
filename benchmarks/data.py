"""Workspaces of any size, filled by SQL: a quarter of the commitments is open and overdue."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

import psycopg

from app.core import db, schema
from app.core.clock import system_clock
from app.core.ids import new_id
from app.workspaces import operations

PER_PLAN = 100

# Nothing falls due for two days, so that no answer changes but by a write.
_FILL = """
INSERT INTO member (workspace_id, id, name, email, role, active, created_at)
SELECT %(ws)s, lpad(to_hex(m), 32, '0')::uuid, 'Member ' || m, 'm' || m || '@example.com', 'contributor', true, now()
FROM generate_series(1, 20) m;

INSERT INTO plan (workspace_id, id, number, state, title, timezone, content, content_sha256, attempts, approved_at,
    created_at, created_by, observation_days)
SELECT %(ws)s, lpad(to_hex(p), 32, '0')::uuid, p, 'approved', 'Inauthentic complaints on B0' || p,
    'America/Los_Angeles', '{}', repeat('0', 64), 1, now() - interval '500 days', now() - interval '500 days', %(ws)s,
    180
FROM generate_series(1, %(plans)s) p;

INSERT INTO ledger_plan (workspace_id, plan_id, number, events)
SELECT workspace_id, id, number, 0 FROM plan WHERE workspace_id = %(ws)s;
UPDATE workspace SET plans = %(plans)s WHERE id = %(ws)s;

INSERT INTO commitment (workspace_id, id, plan_id, plan_number, number, text, kind, root_causes, owner_id, state,
    timezone, due_on, due_at, original_due_on, original_due_at, done_at, done_by, performed_on, days_late,
    days_late_vs_original, version, created_at)
SELECT %(ws)s, ('0193' || lpad(to_hex(p * 256 + n), 8, '0') || '70008000000000000000')::uuid,
    lpad(to_hex(p), 32, '0')::uuid, p, n, 'Check the invoices of every new supplier before they ship, no. ' || n,
    CASE WHEN n %% 2 = 0 THEN 'corrective' ELSE 'preventive' END, '{supplier}',
    lpad(to_hex(n %% 20 + 1), 32, '0')::uuid, state, 'America/Los_Angeles', due_on, due_at, due_on, due_at,
    done_at, CASE WHEN state = 'done' THEN %(ws)s END, done_at::date, CASE WHEN state = 'done' THEN 0 END,
    CASE WHEN state = 'done' THEN 0 END, CASE WHEN state = 'done' THEN 2 ELSE 1 END, now() - interval '500 days'
FROM generate_series(1, %(plans)s) p, generate_series(1, %(per_plan)s) n,
    LATERAL (SELECT CASE WHEN n > %(open)s THEN 'done' ELSE 'open' END AS state,
        CASE WHEN n > 25 AND n <= %(open)s THEN 3 ELSE -400 END + (p * 7919 + n * 104729) %% 397 AS days),
    LATERAL (SELECT current_date + days AS due_on),
    LATERAL (SELECT (due_on + 1)::timestamp AT TIME ZONE 'America/Los_Angeles' AS due_at),
    LATERAL (SELECT CASE WHEN state = 'done' THEN due_at - interval '36 hours' END AS done_at);

INSERT INTO commitment_span (workspace_id, commitment_id, version, since, until, state, owner_id, due_on, due_at)
SELECT workspace_id, id, 1, created_at, done_at, 'open', owner_id, due_on, due_at
FROM commitment WHERE workspace_id = %(ws)s
UNION ALL SELECT workspace_id, id, 2, done_at, NULL, 'done', owner_id, due_on, due_at
FROM commitment WHERE workspace_id = %(ws)s AND state = 'done';
"""
_EVIDENCE = """
INSERT INTO evidence (workspace_id, id, commitment_id, kind, body, sha256, added_by, added_at)
SELECT workspace_id, id, id, 'note', 'Removal order 90-3344 is closed.', repeat('0', 64), workspace_id, now()
FROM commitment WHERE workspace_id = %(ws)s;
"""

_INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
WHERE indrelid IN ('commitment'::regclass, 'commitment_span'::regclass, 'evidence'::regclass)
AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
"""


@dataclass(frozen=True, slots=True)
class Tenant:
    """A workspace and a key that may do everything in it."""

    id: UUID
    key: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    @property
    def hash(self) -> str:
        """What is stored of the key, as PostgreSQL writes it."""
        return f"\\x{sha256(self.key.encode()).hexdigest()}"


def create_database(admin_url: str, name: str) -> None:
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')


def fill(url: str, *sizes: int, open_share: int, evidence: bool) -> list[Tenant]:
    """Migrate the database and return its new workspaces, one of each size, with *open_share* percent still open.

    With *evidence* for each, all that are open can be completed: the spans they stood in and the ends of the plans'
    chains are there. What is said to have happened before a run has no events.
    """
    schema.migrate(url)
    engine = db.make_engine(url)
    tenants = []
    for _ in sizes:
        workspace = new_id()
        with db.writing(engine, workspace) as tx:
            made = operations.create_workspace(tx, name="Bench", timezone="UTC", at=system_clock())
        tenants.append(Tenant(workspace, made.secret))
    engine.dispose()
    with psycopg.connect(url, autocommit=True) as connection, _without_indexes(connection):
        # Checking row by row what refers to what would take longer than everything else.
        connection.execute("SET session_replication_role = replica; SET synchronous_commit = off")
        cursor = psycopg.ClientCursor(connection)
        for tenant, size in zip(tenants, sizes, strict=True):
            shape = {"plans": size // PER_PLAN, "per_plan": PER_PLAN, "open": open_share}
            cursor.execute(_FILL + (_EVIDENCE if evidence else ""), {"ws": tenant.id, **shape})
    return tenants


@contextmanager
def _without_indexes(connection: "psycopg.Connection[tuple[str, ...]]") -> Iterator[None]:
    """Drop the indexes that no constraint needs, and make them again in the end, which is faster than growing them."""
    indexes = connection.execute(_INDEXES).fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    yield
    connection.execute("SET maintenance_work_mem = '512MB'")
    for _, definition in indexes:
        connection.execute(definition)
    connection.execute("VACUUM ANALYZE")
    connection.execute("CHECKPOINT")
