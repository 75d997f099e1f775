"""What the history of an item costs in a workspace of many notices, beside the same statements and the same bytes."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from http.client import HTTPConnection
from itertools import cycle

import psycopg
from data import Tenant
from floors import Statement
from load import Server
from proofs import compare

ITEMS = 5_000
HOT = 1_000
"""Notices about the first item; the others have some twenty each."""
ASKED = 100
GOAL = 10
"""Milliseconds."""

# Every second item has an approved plan with four promises, half of them kept. Complaints are of three sentences.
_FILL = """
CREATE TEMP TABLE said AS SELECT ARRAY[
    'The bottle leaked all over the box and half of the shampoo was gone.',
    'The cap was cracked when it arrived and the seal under it was missing.',
    'This is not the original product, the label is misprinted and the smell is different.',
    'There is no batch code on the bottle, so I think that it is counterfeit.',
    'The package came nine days late and nobody answered my messages.',
    'I ordered the blue one in 500 ml and got a green one in 250 ml.',
    'My scalp burned after using it and I had a rash for two days.',
    'It was described as new and had clearly been opened and used before.',
    'The charger became so hot that the cable melted, this should be recalled.',
    'The manual is only in a language that I cannot read and the plug does not fit.',
    'We removed your listing after complaints about the authenticity of this product.',
    'Send a plan of action with invoices of the last 365 days within 72 hours.',
    'Several buyers report that the expiry date had passed when the parcel was delivered.',
    'The rights owner reports that the pictures on this page are theirs.',
    'Your rate of late shipments is above four percent and your account is at risk.',
    'The zip broke on the second day and the seam at the side came apart.'] AS words;

INSERT INTO notice (workspace_id, id, kind, source, category, severity, title, text, text_sha256, received_at, attempts,
    plan_requested, state, version, created_at, created_by)
SELECT %(ws)s, ('0193' || lpad(to_hex(n), 8, '0') || '70008000000000000000')::uuid,
    CASE WHEN n %% 3 = 0 THEN 'notification' ELSE 'complaint' END, 'amazon',
    (ARRAY['authenticity', 'condition', 'safety', 'order_performance'])[1 + n %% 4], 'serious',
    'Complaint about B0' || item, words[1 + n * 7919 %% 16] || ' ' || words[1 + n * 104729 / 16 %% 16] || ' '
    || words[1 + n * 1299709 / 256 %% 16] || ' Order 302-' || n, repeat('0', 64), at, 0, false,
    CASE WHEN n %% 10 = 0 THEN 'acknowledged' ELSE 'received' END, CASE WHEN n %% 10 = 0 THEN 2 ELSE 1 END, at, %(ws)s
FROM said, generate_series(1, %(notices)s::bigint) n, LATERAL (SELECT now() - n * interval '5 minutes' AS at) t,
    LATERAL (SELECT CASE WHEN n <= %(hot)s THEN 1 ELSE 1 + n * 7 %% %(items)s END AS item) i;

INSERT INTO notice_item (workspace_id, type, ref, notice_id)
SELECT workspace_id, 'asin', split_part(title, ' ', 3), id FROM notice WHERE workspace_id = %(ws)s;

INSERT INTO notice_span (workspace_id, notice_id, version, since, until, state)
SELECT workspace_id, id, 1, created_at, CASE WHEN version = 2 THEN created_at + interval '1 hour' END, 'received'
FROM notice WHERE workspace_id = %(ws)s
UNION ALL SELECT workspace_id, id, 2, created_at + interval '1 hour', NULL, state
FROM notice WHERE workspace_id = %(ws)s AND version = 2;

INSERT INTO plan (workspace_id, id, number, state, title, timezone, content, content_sha256, attempts, approved_at,
    created_at, created_by, observation_days)
SELECT %(ws)s, lpad(to_hex(p), 32, '0')::uuid, p, 'approved', 'Complaints about B0' || p * 2 - 1, 'UTC',
    convert_to(json_build_object('commitments', (SELECT json_agg(json_build_object('text', repeat('Check. ', 40),
        'items', '[]'::json)) FROM generate_series(1, 4)))::text, 'UTF8'), repeat('0', 64), 1,
    now() - interval '100 days', now() - interval '100 days', %(ws)s, 180
FROM generate_series(1, %(items)s / 2) p;

INSERT INTO plan_item (workspace_id, type, ref, plan_id)
SELECT workspace_id, 'asin', split_part(title, ' ', 3), id FROM plan WHERE workspace_id = %(ws)s;

INSERT INTO submission (workspace_id, plan_id, number, content, content_sha256, answers, submitted_at, submitted_by,
    outcome, received_at, decided_at)
SELECT workspace_id, id, 1, content, content_sha256, '[]', created_at, created_by, 'approved', approved_at, created_at
FROM plan WHERE workspace_id = %(ws)s;

INSERT INTO commitment (workspace_id, id, plan_id, plan_number, number, text, kind, root_causes, owner_id, state,
    timezone, due_on, due_at, original_due_on, original_due_at, done_at, days_late, days_late_vs_original, version,
    created_at)
SELECT workspace_id, ('0193' || lpad(to_hex(number * 256 + n), 8, '0') || '70008000000000000000')::uuid, id, number, n,
    'Check the invoices of every new supplier before they ship, no. ' || n, 'corrective', '{}',
    lpad(to_hex(n), 32, '0')::uuid, CASE WHEN n < 3 THEN 'done' ELSE 'open' END, 'UTC', due_at::date - 1, due_at,
    due_at::date - 1, due_at, CASE WHEN n < 3 THEN due_at - interval '1 hour' END, CASE WHEN n < 3 THEN 0 END,
    CASE WHEN n < 3 THEN 0 END, CASE WHEN n < 3 THEN 2 ELSE 1 END, created_at
FROM plan, generate_series(1, 4) n,
    LATERAL (SELECT current_date::timestamptz + (n - 4) * interval '20 days' AS due_at) d
WHERE workspace_id = %(ws)s;

INSERT INTO commitment_span (workspace_id, commitment_id, version, since, until, state, owner_id, due_on, due_at)
SELECT workspace_id, id, 1, created_at, done_at, 'open', owner_id, due_on, due_at
FROM commitment WHERE workspace_id = %(ws)s
UNION ALL SELECT workspace_id, id, 2, done_at, NULL, 'done', owner_id, due_on, due_at
FROM commitment WHERE workspace_id = %(ws)s AND state = 'done';
"""


def fill(url: str, tenant: Tenant, *, notices: int) -> None:
    """Give the workspace so many notices about 5,000 items, from now back, one in five minutes."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica; SET synchronous_commit = off")
        shape = {"notices": notices, "items": ITEMS, "hot": HOT}
        psycopg.ClientCursor(connection).execute(_FILL, {"ws": tenant.id, **shape})
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def measure(
    server: Server,
    tenant: Tenant,
    url: str,
    floor: Callable[[bytes], AbstractContextManager[Server]],
    sent: Callable[[Callable[[], object]], list[Statement]],
    *,
    notices: int,
    rounds: int,
) -> None:
    """Print what one client waits for the history of an item like most, and of the one with most notices.

    *floor* serves bytes from memory, *sent* says which statements a request sends.
    """
    most = notices // ITEMS
    some = cycle(range(2, ITEMS))
    for what, goal, one, items in (
        (f"history of an item with {most} of {notices:,} notices", GOAL, 2, some),
        (f"history of an item with {HOT:,} of {notices:,}", 5 * GOAL, 1, cycle([1])),
    ):
        ask = _asking(server, tenant, items)
        body = server.ask(_path(one), tenant.headers)[2]
        statements = sent(lambda one=one: server.ask(_path(one), tenant.headers))  # type: ignore[misc]
        with floor(body) as plain, psycopg.connect(url, autocommit=True) as connection:
            same_bytes = _from_memory(plain)
            compare(what, ask, "FastAPI, same bytes", same_bytes, goal=goal, rounds=rounds)
            same_sql = _sending(connection, statements)
            compare(what, ask, "the same statements", same_sql, goal=goal, rounds=rounds)


def _path(item: int) -> str:
    return f"/v1/items/asin/B0{item}"


def _asking(server: Server, tenant: Tenant, items: Iterator[int]) -> Callable[[], object]:
    client = HTTPConnection("127.0.0.1", server.port)

    def ask() -> None:
        client.request("GET", _path(next(items)), headers=tenant.headers)
        answer = client.getresponse()
        body = answer.read()
        assert answer.status == 200, body

    return ask


def _from_memory(plain: Server) -> Callable[[], object]:
    client = HTTPConnection("127.0.0.1", plain.port)

    def ask() -> None:
        client.request("GET", "/page")
        client.getresponse().read()

    return ask


def _sending(connection: "psycopg.Connection[tuple[object, ...]]", statements: list[Statement]) -> Callable[[], object]:
    """Send each as the server does, prepared, with its values as text; the answers are not looked at."""
    cursor = psycopg.RawCursor(connection)

    def send() -> None:
        for one in statements:
            cursor.execute(one.sql.encode(), one.values or None, prepare=bool(one.values))

    return send
