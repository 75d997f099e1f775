"""Lists and counts of commitments, as SQL: one shape of item, one predicate, one keyset, any instant.

A page is one statement whose JSON text PostgreSQL writes and the server passes on: turning fifty rows into Python
objects and those into JSON costs more than everything else (docs/decisions/0004).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import Any
from uuid import UUID

from app.commitments.queries import days_overdue, overdue, still_open
from app.core.fields import EARLIEST, LATEST
from app.core.paging import CursorUnreadable, format_cursor, parse_cursor
from app.followthrough.json_sql import Sql, escaped, instant_text, quoted, written

CSV_COLUMNS = (
    "reference", "text", "kind", "state", "plan", "plan_title", "owner", "owner_email", "due_on", "due_at", "timezone",
    "days_overdue", "original_due_on", "extensions", "extension_pending", "id",
)  # fmt: skip


class What(StrEnum):
    """Which commitments a list is of."""

    OVERDUE = "overdue"
    DUE_SOON = "due_soon"
    ALL = "all"
    LIKELY_OVERDUE = "likely_overdue"
    """By reasons that `likely` knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question about commitments. None: not asked for."""

    what: What
    as_of: datetime
    past: bool
    """Whether `as_of` lies before now, so that the answer is in the spans and not in the rows as they stand."""
    until: datetime | None = None
    """The end of "soon"."""
    owner: UUID | None = None
    plan: UUID | None = None
    account: UUID | None = None
    kind: str | None = None
    state: str | None = None
    item_type: str | None = None
    item_ref: str | None = None
    min_days: int | None = None
    due_before: date | None = None
    due_after: date | None = None
    limit: int = 50
    after_due: datetime | None = None
    after_id: UUID | None = None

    def parameters(self) -> dict[str, Any]:
        """Return the values that the statement takes, by name."""
        return {name: value for name in self.__slots__ if (value := getattr(self, name)) is not None}


_EXTENSION = (
    "FROM request r WHERE r.workspace_id = c.workspace_id AND r.commitment_id = c.id AND r.kind = 'extension' AND"
)
# Now by its state, as the rows stand: a clock that was put back makes nothing undone. Before, by when it was recorded.
_GRANTED = {
    False: f"{_EXTENSION} r.state = 'granted'",
    True: f"{_EXTENSION} r.state = 'granted' AND r.decided_at <= :as_of",
}
_PENDING = {
    False: f"{_EXTENSION} r.state = 'requested'",
    True: f"{_EXTENSION} r.requested_at <= :as_of AND (r.decided_at IS NULL OR r.decided_at > :as_of)",
}

_ITEM: dict[str, Any] = {
    "id": quoted("c.id"),
    "reference": ['"POA-', Sql("c.plan_number"), ".", Sql("c.number"), Sql("'.' || c.occurrence"), '"'],
    "text": escaped("c.text"),
    "kind": quoted("c.kind"),
    "state": quoted("c.state"),
    "plan": {"id": quoted("p.id"), "reference": ['"POA-', Sql("p.number"), '"'], "title": escaped("p.title")},
    "owner": {"id": quoted("m.id"), "name": escaped("m.name"), "email": escaped("m.email")},
    "due_on": quoted("c.due_on"),
    "due_at": quoted(instant_text("c.due_at")),
    "timezone": quoted("c.timezone"),
    "days_overdue": [Sql(f"CASE WHEN {overdue('c')} THEN {days_overdue('c')} ELSE 0 END")],
    "original_due_on": quoted("c.original_due_on"),
}


def extension_pending(*, past: bool) -> str:
    """Return the SQL for "an extension of it is asked for". Most were never: nobody looks for requests of those."""
    return f"c.requests > 0 AND EXISTS (SELECT {_PENDING[past]})"


@cache
def item(*, past: bool) -> Mapping[str, Any]:
    """Return an item of a list: its keys, and what their values are made of: literal JSON and SQL."""
    extensions = f"CASE WHEN c.requests = 0 THEN 0 ELSE (SELECT count(*) {_GRANTED[past]}) END"
    pending = f"CASE WHEN {extension_pending(past=past)} THEN 'true' ELSE 'false' END"
    return _ITEM | {"extensions": [Sql(extensions)], "extension_pending": [Sql(pending)]}


_FILTERS = {
    "owner": "c.owner_id = :owner",
    "plan": "c.plan_id = :plan",
    "account": "p.account_id = :account",
    "kind": "c.kind = :kind",
    "state": "c.state = :state",
    "item_ref": "EXISTS (SELECT FROM plan_item i WHERE i.workspace_id = c.workspace_id AND i.plan_id = c.plan_id "
    "AND i.type = :item_type AND i.ref = :item_ref)",
    "min_days": "(CAST(:as_of AS timestamptz) AT TIME ZONE c.timezone)::date - c.due_on >= :min_days",
    "due_before": "c.due_on < :due_before",
    "due_after": "c.due_on > :due_after",
}
_SELECTED = {
    What.OVERDUE: overdue("c"),
    What.DUE_SOON: f"{still_open('c')} AND c.due_at > :as_of AND c.due_at <= :until",
    What.ALL: "true",
}
_COLUMNS = (
    *("workspace_id", "id", "plan_id", "plan_number", "number", "occurrence"),
    *("text", "kind", "timezone", "original_due_on", "requests"),
)
_STANDS = ("state", "owner_id", "due_on", "due_at")


QUIET = "(SELECT h.last_at FROM ledger_head h WHERE h.workspace_id = :ws) <= :as_of"
"""Whether nothing was written since that instant. PostgreSQL asks once, and leaves out what it then does not need."""


def sources(*, past: bool) -> tuple[str, ...]:
    """Return where commitments are read from, as they stood: the rows, for now and later; for earlier, three sources.

    While nothing has been written since, all are in the rows, as for now: so it is for most second pages. Else, what
    still stands as it did is in the rows, what has changed since is in the spans. Each is in the order of an index; as
    one, with OR, or as a union that is sorted afterwards, they would be read to the end for every page.
    """
    if not past:
        return ("commitment c",)
    fixed = ", ".join(f"c.{name}" for name in _COLUMNS)
    joined = (
        "FROM commitment c JOIN commitment_span s ON s.workspace_id = c.workspace_id AND s.commitment_id = c.id "
        f"AND s.since <= :as_of AND NOT {QUIET}"
    )
    still, ended = (", ".join(f"{alias}.{name}" for name in _STANDS) for alias in "cs")
    return (
        f"(SELECT {fixed}, {still} FROM commitment c WHERE {QUIET}) c",
        f"(SELECT {fixed}, {still} {joined} AND s.version = c.version) c",
        f"(SELECT {fixed}, {ended} {joined} AND s.until > :as_of) c",
    )


JOINS = (
    "JOIN plan p ON p.workspace_id = c.workspace_id AND p.id = c.plan_id "
    "JOIN member m ON m.workspace_id = c.workspace_id AND m.id = c.owner_id"
)


@cache
def page_sql(what: What, asked: frozenset[str], *, past: bool) -> str:
    """Return the statement of one page: its JSON items, whether there are more, the last row's key, the next change."""
    changes = [change for source in sources(past=past) for change in changes_in(what, asked, source)]
    return page_of(_SELECTED[what], item(past=past), asked, changes, past=past)


def page_of(
    selected: str, shape: Mapping[str, Any], asked: frozenset[str], changes: Iterable[str], *, past: bool
) -> str:
    """Return the statement of one page of the *selected*, each of that *shape*; it changes at one of *changes*."""
    keyset = " AND (c.due_at, c.id) > (:after_due, :after_id)" if "after_id" in asked else ""
    rows = " UNION ALL ".join(
        f"(SELECT c.due_at, c.id, {written(shape)} AS item FROM {source} {JOINS} "
        f"WHERE {_common(asked)} AND {selected}{keyset} ORDER BY c.due_at, c.id LIMIT :limit + 1)"
        for source in sources(past=past)
    )
    return paged(rows, f"least({', '.join(f'({change})' for change in changes)})")


def paged(rows: str, next_change_at: str = "CAST(NULL AS timestamptz)") -> str:
    """Return the statement of one page of the *rows*, which are `due_at`, `id` and the `item` as JSON text."""
    return (
        "SELECT coalesce(string_agg(i.item, ',') FILTER (WHERE i.n <= :limit), '') AS items, "
        "count(*) > :limit AS more, max(i.due_at) FILTER (WHERE i.n = :limit) AS last_due, "
        "max(CAST(i.id AS text)) FILTER (WHERE i.n = :limit) AS last_id, "
        f"{next_change_at} AS next_change_at "
        f"FROM (SELECT row_number() OVER (ORDER BY r.due_at, r.id) AS n, r.* FROM ({rows}) r "
        "ORDER BY r.due_at, r.id LIMIT :limit + 1) i"
    )


def _common(asked: frozenset[str]) -> str:
    return " AND ".join(["c.workspace_id = :ws", *(sql for name, sql in _FILTERS.items() if name in asked)])


def changes_in(what: What, asked: frozenset[str], source: str) -> Iterator[str]:
    """Yield the SELECTs of instants at which a list changes without anyone writing, each the next of its kind."""
    among = f"FROM {source} {_joins_for(asked)} WHERE {_common(asked - {'min_days'})} AND {still_open('c')}"
    if "min_days" in asked:
        # It joins the list with the beginning of a local day, some days after it is overdue.
        joins = "greatest(c.due_at, CAST(c.due_on + CAST(:min_days AS integer) AS timestamp) AT TIME ZONE c.timezone)"
        yield f"SELECT min(j.at) FROM (SELECT {joins} AS at {among}) j WHERE j.at > :as_of"
        return
    yield f"SELECT c.due_at {among} AND c.due_at > :as_of ORDER BY c.due_at LIMIT 1"
    if what is What.DUE_SOON:
        # What is further ahead than "soon" comes within reach: at its due, less the reach.
        reach = "(CAST(:until AS timestamptz) - CAST(:as_of AS timestamptz))"
        yield f"SELECT c.due_at - {reach} {among} AND c.due_at > :until ORDER BY c.due_at LIMIT 1"


def _joins_for(asked: frozenset[str]) -> str:
    """Only a filter by account needs the plan's row to find the next change."""
    return JOINS.split(" JOIN member", maxsplit=1)[0] if "account" in asked else ""


_AGES = {"days_1_7": "1 AND 7", "days_8_30": "8 AND 30", "days_31_90": "31 AND 90", "days_over_90": "91 AND 2147483647"}


@cache
def summary_sql(asked: frozenset[str], *, past: bool) -> str:
    """Return the statement that counts: in all, by owner, by plan, by account. The three counts partition the open."""
    rows = " UNION ALL ".join(f"SELECT {', '.join((*_COLUMNS, *_STANDS))} FROM {one}" for one in sources(past=past))
    today = "(CAST(:as_of AS timestamptz) AT TIME ZONE c.timezone)::date"
    ages = ", ".join(
        f"count(*) FILTER (WHERE {overdue('c')} AND {days_overdue('c')} BETWEEN {between}) AS {age}"
        for age, between in _AGES.items()
    )
    return (
        "SELECT CASE WHEN grouping(m.id) = 0 THEN 'owners' WHEN grouping(p.id) = 0 THEN 'plans' "
        "WHEN grouping(a.id) = 0 THEN 'accounts' ELSE 'all' END AS by, "
        "coalesce(m.id, p.id, a.id) AS id, coalesce(m.name, 'POA-' || p.number, a.name) AS name, "
        f"count(*) AS open, count(*) FILTER (WHERE {overdue('c')}) AS overdue, "
        f"count(*) FILTER (WHERE c.due_at > :as_of AND c.due_on <= {today}) AS due_today, "
        f"count(*) FILTER (WHERE c.due_at > :as_of AND c.due_on > {today}) AS not_yet_due, {ages}, "
        "min(c.due_at) FILTER (WHERE c.due_at > :as_of) AS next_change_at "
        f"FROM ({rows}) c {JOINS} "
        "LEFT JOIN account a ON a.workspace_id = p.workspace_id AND a.id = p.account_id "
        f"WHERE {_common(asked)} AND {still_open('c')} "
        "GROUP BY GROUPING SETS ((), (m.id, m.name), (p.id, p.number), (a.id, a.name)) "
        "ORDER BY overdue DESC, open DESC, name"
    )


def cursor_after(as_of: datetime, last_due: datetime, last_id: str) -> str:
    """Return the cursor of the next page. It carries the instant of the first, so that pages stay of one answer."""
    return format_cursor(as_of.isoformat(), last_due.isoformat(), last_id)


def read_cursor(cursor: str) -> tuple[datetime, datetime, UUID]:
    """Return a cursor's instant and the key of the row that it continues after; refuse one that we did not write."""
    as_of, due_at, id_ = parse_cursor(cursor, str, str, str)
    try:
        instants = datetime.fromisoformat(as_of), datetime.fromisoformat(due_at)
        key = UUID(id_)
    except ValueError:
        raise CursorUnreadable from None
    if any(one.tzinfo is None or not EARLIEST <= one <= LATEST for one in instants):
        raise CursorUnreadable
    return *instants, key
