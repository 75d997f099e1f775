"""Who carries how much: what each member owns, at any instant."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import psycopg as dialect

from app.commitments.queries import overdue, still_open
from app.core import db
from app.core.db import Read, workspace_of
from app.followthrough.lists import sources

MAX_MEMBERS = 1000
_DIALECT = dialect.dialect()  # type: ignore[no-untyped-call]


def workload(session: Read, *, as_of: datetime, past: bool) -> Sequence[Any]:
    """Return what each active member owns, and each who has left and still did; the most overdue first."""
    rows: list[Any] = db.run(session, _statement(past=past), {"ws": workspace_of(session), "as_of": as_of})
    return rows


@cache
def _statement(*, past: bool) -> str:
    stood = " UNION ALL ".join(
        f"SELECT c.id, c.owner_id, c.state, c.due_at FROM {source} WHERE c.workspace_id = :ws "
        f"AND ({still_open('c')} OR c.state = 'done')"
        for source in sources(past=past)
    )
    soon = "c.due_at > :as_of AND c.due_at <= CAST(:as_of AS timestamptz) + interval '7 days'"
    text = (
        "SELECT m.id, m.name, m.email, m.role, m.active, "
        f"count(c.id) FILTER (WHERE {still_open('c')}) AS open, "
        "count(c.id) FILTER (WHERE c.state = 'in_progress') AS in_progress, "
        f"count(c.id) FILTER (WHERE {overdue('c')}) AS overdue, "
        f"count(c.id) FILTER (WHERE {still_open('c')} AND {soon}) AS due_soon, "
        "count(c.id) FILTER (WHERE c.state = 'done') AS unverified "
        f"FROM member m LEFT JOIN ({stood}) c ON c.owner_id = m.id WHERE m.workspace_id = :ws "
        "GROUP BY m.id, m.name, m.email, m.role, m.active HAVING m.active OR count(c.id) > 0 "
        f"ORDER BY overdue DESC, open DESC, m.name, m.id LIMIT {MAX_MEMBERS}"
    )
    return str(sa.text(text).compile(dialect=_DIALECT))
