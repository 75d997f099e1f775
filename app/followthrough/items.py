"""What is known about an item: how often something came in, and what was promised. Reads, as SQL.

Each statement begins at the item's own rows, so it does not matter how much else there is. All read how things stood
at `as_of` from the spans: what is asked about now is as long ago as anything else.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import psycopg as dialect

from app.commitments.queries import overdue, still_open
from app.core import db
from app.core.db import Read, workspace_of

OPEN_LISTED = 50
"""Open promises that an answer lists; it counts them all."""

MINE = "i.workspace_id = :ws AND i.type = :type AND i.ref = :ref"
NOTICES = (
    "notice_item i JOIN notice n ON n.workspace_id = i.workspace_id AND n.id = i.notice_id "
    "JOIN notice_span s ON s.workspace_id = n.workspace_id AND s.notice_id = n.id AND s.since <= :as_of"
)
"""`i`, `n` and `s`: an item's notices, and how each stood from one change to the next."""
THEN = "(s.until IS NULL OR s.until > :as_of)"
"""Of these, how it stood at `as_of`."""

# A promise that names items is about those; one that names none, or that the text does not have, about all of them.
PLANS = (
    "plans AS MATERIALIZED (SELECT p.workspace_id, p.id, p.number, p.title, p.created_at, "
    "ARRAY(SELECT o.number FROM jsonb_array_elements(CAST(convert_from(p.content, 'UTF8') AS jsonb)->'commitments') "
    "WITH ORDINALITY o(said, number) "
    "WHERE jsonb_array_length(o.said->'items') > 0 AND NOT o.said->'items' @> to_jsonb(CAST(:name AS text))) AS others "
    "FROM plan_item i JOIN plan p ON p.workspace_id = i.workspace_id AND p.id = i.plan_id "
    f"WHERE {MINE} AND p.created_at <= :as_of)"
)
"""The plans about an item; `others` are their promises that are not."""
PROMISES = (
    "plans p JOIN commitment c ON c.workspace_id = p.workspace_id AND c.plan_number = p.number "
    "AND c.number <> ALL (p.others) "
    "JOIN commitment_span s ON s.workspace_id = c.workspace_id AND s.commitment_id = c.id AND s.since <= :as_of"
)
"""`p`, `c` and `s`: what those have promised about it, and how each stood."""
REFERENCE = "concat('POA-', c.plan_number, '.', c.number, '.' || c.occurrence)"

_DONE = "s.state IN ('done', 'verified')"
# The row has the newest completion, which a verification comes after; the span has one that was taken back since.
_DONE_AT = "least(c.done_at, s.since)"
_PROMISED = (
    f"WITH {PLANS} SELECT (SELECT count(*) FROM plans) AS plans, (SELECT min(created_at) FROM plans) AS first_at, "
    f'count(*) AS "all", count(*) FILTER (WHERE {still_open("s")}) AS open, '
    f"count(*) FILTER (WHERE {overdue('s')}) AS overdue, "
    f"count(*) FILTER (WHERE {_DONE} AND {_DONE_AT} < s.due_at) AS kept, "
    f"count(*) FILTER (WHERE {_DONE} AND {_DONE_AT} >= s.due_at) AS late, "
    "count(*) FILTER (WHERE s.state = 'waived') AS waived, "
    f"max({_DONE_AT}) FILTER (WHERE {_DONE}) AS last_done_at FROM {PROMISES} WHERE {THEN}"
)
_OPEN = (
    f"WITH {PLANS} SELECT c.id, {REFERENCE} AS reference, c.text, c.kind, s.state, s.due_on, s.due_at, "
    f"{overdue('s')} AS overdue, m.id AS owner_id, m.name AS owner_name, m.email AS owner_email "
    f"FROM {PROMISES} JOIN member m ON m.workspace_id = c.workspace_id AND m.id = s.owner_id "
    f"WHERE {THEN} AND {still_open('s')} ORDER BY s.due_at, c.plan_number, c.number, c.occurrence "
    f"LIMIT {OPEN_LISTED}"
)
_DAYS = ", ".join(
    f"count(*) FILTER (WHERE n.received_at > CAST(:as_of AS timestamptz) - interval '{days} days') AS last_{days}_days"
    for days in (30, 90, 180)
)
_COUNTS = (
    f'SELECT n.kind, n.category, count(*) AS "all", {_DAYS}, min(n.received_at) AS first_at, '
    "count(*) FILTER (WHERE s.state = 'dismissed') AS dismissed, "
    "count(*) FILTER (WHERE n.received_at > CAST(:done_at AS timestamptz)) AS since_done "
    f"FROM {NOTICES} WHERE {MINE} AND {THEN} GROUP BY n.kind, n.category ORDER BY 3 DESC, n.category, n.kind"
)
_DIALECT = dialect.dialect()  # type: ignore[no-untyped-call]


class About(NamedTuple):
    """An item, and the instant for which is asked: all that was recorded by then."""

    type: str
    ref: str
    as_of: datetime

    @property
    def name(self) -> str:
        return f"{self.type}:{self.ref}"


class Known(NamedTuple):
    """What is known: rows, as the statements above name their columns."""

    counts: Sequence[Any]
    """Of each kind and category of notices."""
    promised: Any
    still_open: Sequence[Any]

    @property
    def first_at(self) -> datetime | None:
        """When something was first heard of it; None: nothing was."""
        return min((row.first_at for row in (*self.counts, self.promised) if row.first_at), default=None)


def known(session: Read, about: About) -> Known:
    """Return what came in about an item, and what was promised."""
    promised = ask(session, _PROMISED, about)[0]
    counts = ask(session, _COUNTS, about, done_at=promised.last_done_at)
    return Known(counts, promised, ask(session, _OPEN, about) if promised.open else ())


def ask(session: Read, sql: str, about: About, **more: Any) -> list[Any]:
    """Run a statement with `:named` parameters about an item."""
    mine = {"ws": workspace_of(session), "name": about.name, **about._asdict()}
    return db.run(session, _named(sql), mine | more)


@cache
def _named(sql: str) -> str:
    return str(sa.text(sql).compile(dialect=_DIALECT))
