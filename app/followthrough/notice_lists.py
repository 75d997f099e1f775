"""Lists of notices, as SQL: which were ignored, whose answer is overdue or soon due, at any instant.

The same shape as `lists`: one statement whose JSON PostgreSQL writes, a keyset, and three sources for an instant that
has passed. Of how a notice stood then, its state and its deadline are known; all else is as it is now.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from app.core.fields import EARLIEST, LATEST
from app.core.paging import CursorUnreadable, format_cursor, parse_cursor
from app.followthrough.json_sql import Sql, escaped, instant, optional, quoted, written
from app.followthrough.lists import QUIET
from app.notices.queries import awaiting, ignored, response_due_soon, response_overdue


class Which(StrEnum):
    """Which notices a list is of."""

    ALL = "all"
    IGNORED = "ignored"
    RESPONSE_OVERDUE = "response_overdue"
    RESPONSE_DUE_SOON = "response_due_soon"


class _Order(NamedTuple):
    """What a list is sorted by, and whether the latest comes first."""

    column: str
    falls: bool = False

    @property
    def by(self) -> str:
        return f"{self.column} DESC, n.id DESC" if self.falls else f"{self.column}, n.id"

    @property
    def after(self) -> str:
        return f"({self.column}, n.id) {'<' if self.falls else '>'} (:after_at, :after_id)"


_SELECTED = {
    Which.ALL: "true",
    Which.IGNORED: ignored("n"),
    Which.RESPONSE_OVERDUE: response_overdue("n"),
    Which.RESPONSE_DUE_SOON: response_due_soon("n"),
}
_ORDERS = {
    Which.ALL: _Order("n.received_at", falls=True),
    Which.IGNORED: _Order("n.received_at"),
    Which.RESPONSE_OVERDUE: _Order("n.respond_by"),
    Which.RESPONSE_DUE_SOON: _Order("n.respond_by"),
}
_ITEMS = (
    "SELECT json_agg(json_build_object('type', i.type, 'ref', i.ref) ORDER BY i.type, i.ref) FROM notice_item i "
    "WHERE i.workspace_id = n.workspace_id AND i.notice_id = n.id"
)
_ITEM: dict[str, Any] = {
    "id": quoted("n.id"),
    "kind": quoted("n.kind"),
    "source": escaped("n.source"),
    "external_id": optional("n.external_id"),
    "account": optional("n.account_id"),
    "category": quoted("n.category"),
    "severity": quoted("n.severity"),
    "title": escaped("n.title"),
    "items": [Sql(f"coalesce(({_ITEMS}), '[]')")],
    "state": quoted("n.state"),
    "received_at": instant("n.received_at"),
    "respond_by": instant("n.respond_by"),
    "response_overdue": [Sql(f"CASE WHEN {response_overdue('n')} THEN 'true' ELSE 'false' END")],
    "plan_requested": [Sql("CASE WHEN n.plan_requested THEN 'true' ELSE 'false' END")],
    "attempts_allowed": optional("n.attempts_allowed"),
    "attempts": [Sql("n.attempts")],
    "plan": optional("n.plan_id"),
}
_FILTERS = {
    "state": "n.state = :state",
    "account": "n.account_id = :account",
    "category": "n.category = :category",
    "severity": "n.severity = :severity",
    "source": "n.source = :source",
    "item_ref": "EXISTS (SELECT FROM notice_item i WHERE i.workspace_id = n.workspace_id AND i.notice_id = n.id "
    "AND i.type = :item_type AND i.ref = :item_ref)",
}
_COLUMNS = (
    *("workspace_id", "id", "kind", "source", "external_id", "account_id", "category", "severity", "title"),
    *("received_at", "plan_requested", "attempts_allowed", "attempts", "plan_id"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedNotices:
    """A question about notices. None: not asked for."""

    which: Which
    as_of: datetime
    past: bool
    """Whether `as_of` lies before now, so that the answer is in the spans and not in the rows as they stand."""
    until: datetime
    """The end of "soon"."""
    state: str | None = None
    account: UUID | None = None
    category: str | None = None
    severity: str | None = None
    source: str | None = None
    item_type: str | None = None
    item_ref: str | None = None
    limit: int = 50
    after_at: datetime | None = None
    after_id: UUID | None = None

    def parameters(self) -> dict[str, Any]:
        """Return the values that the statement takes, by name."""
        return {name: value for name in self.__slots__ if (value := getattr(self, name)) is not None}


def _sources(*, past: bool) -> tuple[str, ...]:
    """Return where notices are read from, as they stood; as `lists` does for commitments."""
    if not past:
        return ("notice n",)
    fixed = ", ".join(f"n.{name}" for name in _COLUMNS)
    joined = (
        "FROM notice n JOIN notice_span s ON s.workspace_id = n.workspace_id AND s.notice_id = n.id "
        f"AND s.since <= :as_of AND NOT {QUIET}"
    )
    return (
        f"(SELECT {fixed}, n.state, n.respond_by FROM notice n WHERE {QUIET}) n",
        f"(SELECT {fixed}, n.state, n.respond_by {joined} AND s.version = n.version) n",
        f"(SELECT {fixed}, s.state, s.respond_by {joined} AND s.until > :as_of) n",
    )


@cache
def page_sql(which: Which, asked: frozenset[str], *, past: bool) -> str:
    """Return the statement of one page: its JSON items, whether there are more, the last row's key, the next change."""
    order = _ORDERS[which]
    keyset = f" AND {order.after}" if "after_id" in asked else ""
    rows = " UNION ALL ".join(
        f"(SELECT {order.column} AS at, n.id, {written(_ITEM)} AS item FROM {source} "
        f"WHERE {_common(asked)} AND {_SELECTED[which]}{keyset} ORDER BY {order.by} LIMIT :limit + 1)"
        for source in _sources(past=past)
    )
    changes = ", ".join(f"({one})" for source in _sources(past=past) for one in _changes(which, asked, source))
    turn = "DESC" if order.falls else "ASC"
    return (
        "SELECT coalesce(string_agg(i.item, ',' ORDER BY i.n) FILTER (WHERE i.n <= :limit), '') AS items, "
        "count(*) > :limit AS more, max(i.at) FILTER (WHERE i.n = :limit) AS last_at, "
        "max(CAST(i.id AS text)) FILTER (WHERE i.n = :limit) AS last_id, "
        f"least({changes}) AS next_change_at "
        f"FROM (SELECT row_number() OVER (ORDER BY r.at {turn}, r.id {turn}) AS n, r.* FROM ({rows}) r "
        f"ORDER BY r.at {turn}, r.id {turn} LIMIT :limit + 1) i"
    )


def _common(asked: frozenset[str]) -> str:
    return " AND ".join(["n.workspace_id = :ws", *(sql for name, sql in _FILTERS.items() if name in asked)])


def _changes(which: Which, asked: frozenset[str], source: str) -> Iterator[str]:
    """Yield the SELECTs of instants at which a list changes without anyone writing, each the next of its kind."""
    among = f"FROM {source} WHERE {_common(asked)} AND {awaiting('n')}"
    yield f"SELECT n.respond_by {among} AND n.respond_by > :as_of ORDER BY n.respond_by LIMIT 1"
    if which is Which.RESPONSE_DUE_SOON:
        reach = "(CAST(:until AS timestamptz) - CAST(:as_of AS timestamptz))"
        yield (f"SELECT n.respond_by - {reach} {among} AND n.respond_by > :until ORDER BY n.respond_by LIMIT 1")


def cursor_after(asked: AskedNotices, last_at: datetime, last_id: str) -> str:
    """Return the cursor of the next page. It carries the instant of the first, so that pages stay of one answer."""
    return format_cursor(asked.which.value, asked.as_of.isoformat(), last_at.isoformat(), last_id)


def read_cursor(cursor: str, which: Which) -> tuple[datetime, datetime, UUID]:
    """Return a cursor's instant and the key of the row that it continues after; refuse one of another list."""
    of, as_of, last_at, id_ = parse_cursor(cursor, str, str, str, str)
    try:
        instants = datetime.fromisoformat(as_of), datetime.fromisoformat(last_at)
        key = UUID(id_)
    except ValueError:
        raise CursorUnreadable from None
    if of != which.value or any(one.tzinfo is None or not EARLIEST <= one <= LATEST for one in instants):
        raise CursorUnreadable
    return *instants, key
