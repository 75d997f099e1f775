"""What stands escalated at any instant, worked out from rows each time: no answer depends on the worker having run."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from orjson import Fragment

from app.core.fields import EARLIEST, LATEST, format_instant
from app.core.paging import CursorUnreadable, format_cursor, parse_cursor
from app.escalations.queries import APPLIES, SINCE, STANDING_IN
from app.escalations.schemas import OLDEST
from app.followthrough.json_sql import written
from app.followthrough.lists import JOINS, item, sources
from app.followthrough.polled import Reading

_RULE = "r.id, r.level, r.name, r.count, r.older_than_days, r.kind, r.owner_id, r.account_id, r.tell"
_FILTERS = {
    "level": "r.level = :level",
    "rule": "r.id = :rule",
    "after_rule": "(r.level < :after_level OR (r.level = :after_level AND r.id >= :after_rule))",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question about what stands escalated. None: not asked for."""

    as_of: datetime
    past: bool
    level: int | None = None
    rule: UUID | None = None
    limit: int = 50
    after_level: int | None = None
    after_rule: UUID | None = None
    after_due: datetime | None = None
    after_id: UUID | None = None

    def parameters(self) -> dict[str, Any]:
        """Return the values that the statement takes, by name."""
        return {name: value for name in self.__slots__ if (value := getattr(self, name)) is not None}


@cache
def page_sql(asked: frozenset[str], *, past: bool) -> str:
    """Return the statement of one page and one entry more: each rule's own columns, and what it escalates."""
    rules = " AND ".join(
        ["r.workspace_id = :ws", "r.active", *(sql for name, sql in _FILTERS.items() if name in asked)]
    )
    return (
        f"SELECT * FROM ({_singles(rules, asked, past=past)} UNION ALL {_together(rules, asked, past=past)}) e "
        "ORDER BY e.level DESC, e.id, e.after_due, e.after_id LIMIT :limit + 1"
    )


def _singles(rules: str, asked: frozenset[str], *, past: bool) -> str:
    """Return the entries of the rules that take each commitment by itself, as many of each as may be on the page."""
    later = "(r.id <> :after_rule OR (c.due_at, c.id) > (:after_due, :after_id))" if "after_rule" in asked else "true"
    rows = _applied(f" AND {later} ORDER BY c.due_at, c.id LIMIT :limit + 1", past=past)
    return (
        f"SELECT {_RULE}, c.due_at AS after_due, c.id AS after_id, c.since, 1 AS n, ARRAY[c.id] AS shown "
        f"FROM escalation_rule r CROSS JOIN LATERAL (SELECT * FROM ({rows}) u ORDER BY due_at, id LIMIT :limit + 1) c "
        f"WHERE {rules} AND r.count IS NULL"
    )


def _together(rules: str, asked: frozenset[str], *, past: bool) -> str:
    """Return the entries of the rules that count: one for each, so the rule is all of its key."""
    later = "r.id <> :after_rule" if "after_rule" in asked else "true"
    # Whichever made the number full is due within days of the one whose due did: only for those it is worked out when.
    near = _applied(" AND c.due_at <= t.dues[r.count] + interval '3 days'", past=past)
    return (
        f"SELECT {_RULE}, CAST('epoch' AS timestamptz), r.id, "
        f"(SELECT (array_agg(n.since ORDER BY n.since))[r.count] FROM ({near}) n), cardinality(t.dues), t.shown "
        "FROM escalation_rule r CROSS JOIN LATERAL (SELECT array_agg(c.due_at ORDER BY c.due_at) AS dues, "
        f"(array_agg(c.id ORDER BY c.due_at, c.id))[1\\:{OLDEST}] AS shown "
        f"FROM ({_applied('', past=past, since=False)}) c) t "
        f"WHERE {rules} AND r.count IS NOT NULL AND cardinality(t.dues) >= r.count AND {later}"
    )


def _applied(more: str, *, past: bool, since: bool = True) -> str:
    """Return the commitments to which the rule `r` applies, as they stood, and since when it does."""
    columns = f"c.due_at, c.id, {SINCE} AS since" if since else "c.due_at, c.id"
    return " UNION ALL ".join(
        f"(SELECT {columns} FROM {source} WHERE c.workspace_id = :ws AND {APPLIES}{more})"
        for source in sources(past=past)
    )


@cache
def _items_sql(*, past: bool) -> str:
    return " UNION ALL ".join(
        f"SELECT c.id, {written(item(past=past))} AS item FROM {source} {JOINS} "
        "WHERE c.workspace_id = :ws AND c.id = ANY(CAST(:ids AS uuid[]))"
        for source in sources(past=past)
    )


_TOLD = "SELECT id, name, email FROM member WHERE workspace_id = :ws AND active AND id = ANY(CAST(:ids AS uuid[]))"


async def entries(read: Reading, rows: Sequence[Any], asked: Asked) -> list[dict[str, Any]]:
    """Return what answers show of these rows, with their commitments as they stood and whoever is told."""
    shown = {"ids": [id_ for row in rows for id_ in row["shown"]]}
    items = await read.fetch(_items_sql(past=asked.past), {"as_of": asked.as_of, **shown}) if rows else []
    told = await read.fetch(_TOLD, {"ids": list({id_ for row in rows for id_ in row["tell"]})}) if rows else []
    written_of = {one["id"]: Fragment(one["item"].encode()) for one in items}
    here = {one["id"]: _member(one) for one in told}
    named = [[here[id_] for id_ in row["tell"] if id_ in here] for row in rows]
    # Nothing stands escalated in silence because people have left.
    standing_in = [] if all(named) else [_member(one) for one in await read.fetch(STANDING_IN.format(ws=":ws"), {})]
    return [
        {
            "rule": {"id": str(row["id"]), "name": row["name"]},
            "level": row["level"],
            "older_than_days": row["older_than_days"],
            "at_least": row["count"],
            "since": format_instant(row["since"]),
            "told": still or standing_in,
            "all_left": not still,
            "count": row["n"],
            "commitments": [written_of[id_] for id_ in row["shown"]],
            "overdue": _address(row, asked.as_of) if row["count"] else None,
        }
        for row, still in zip(rows, named, strict=True)
    ]


def _member(row: Any) -> dict[str, str]:
    return {"id": str(row["id"]), "name": row["name"], "email": row["email"]}


def _address(row: Any, as_of: datetime) -> str:
    """Return where all are listed to which the rule applies."""
    filters = {"kind": row["kind"], "owner": row["owner_id"], "account": row["account_id"]}
    when = {"as_of": format_instant(as_of), "min_days": row["older_than_days"] + 1}
    return f"/v1/overdue?{urlencode(when | {name: value for name, value in filters.items() if value})}"


def cursor_after(row: Any, asked: Asked) -> str:
    """Return the cursor of the page after *row*. It carries the instant of the first, so that all are of one answer."""
    last_due = row["after_due"].isoformat()
    return format_cursor(asked.as_of.isoformat(), row["level"], str(row["id"]), last_due, str(row["after_id"]))


def read_cursor(cursor: str) -> dict[str, Any]:
    """Return a cursor's instant and the key that it continues after; refuse one that we did not write."""
    as_of, level, rule, due_at, id_ = parse_cursor(cursor, str, int, str, str, str)
    try:
        instants = datetime.fromisoformat(as_of), datetime.fromisoformat(due_at)
        ids = UUID(rule), UUID(id_)
    except ValueError:
        raise CursorUnreadable from None
    if any(one.tzinfo is None or not EARLIEST <= one <= LATEST for one in instants) or not 0 <= level <= 5:
        raise CursorUnreadable
    return {
        "as_of": instants[0],
        "after_level": level,
        "after_rule": ids[0],
        "after_due": instants[1],
        "after_id": ids[1],
    }
