"""The figures of the follow-through report, as SQL: what each counts is said once, for the count and for the list.

A million commitments are counted in two steps: first how many there are of each combination of what figures look at,
in one pass, and then the figures of those few. One aggregate for each figure would look at every row twenty times.
"""

from functools import cache

from app.commitments.queries import overdue, still_open
from app.followthrough import lists
from app.followthrough.json_sql import instant, instant_text, optional, quoted, written
from app.followthrough.lists import QUIET
from app.followthrough.report_schemas import NONE, By, Figure

_DONE = "state IN ('done', 'verified')"
_DECIDED = {
    "owner_id": "c.owner_id",
    "due_on": "c.due_on",
    "due_at": "c.due_at",
    "state": "c.state",
    "done_at": "c.done_at",
    "days_late": "c.days_late",
    "days_late_vs_original": "c.days_late_vs_original",
}
_FIXED = (
    *("workspace_id", "id", "plan_id", "plan_number", "number", "occurrence", "series_id"),
    *("text", "kind", "areas", "timezone", "original_due_on", "original_due_at", "requests"),
)


def _late(alias: str, due: str) -> str:
    """Return the SQL twin of `rules.days_late`, for what was done then and may have been done again since.

    The row has the newest completion, which a verification comes after; the span has one that was taken back since.
    """
    recorded, due_on, due_at = "least(c.done_at, s.since)", f"{alias}.{due}_on", f"{alias}.{due}_at"
    days = f"greatest(1, ({recorded} AT TIME ZONE c.timezone)::date - {due_on})"
    return f"CASE WHEN s.{_DONE} THEN CASE WHEN {due_at} <= {recorded} THEN {days} ELSE 0 END END"


_ENDED = {
    **{name: f"s.{name}" for name in ("owner_id", "due_on", "due_at", "state")},
    "done_at": f"CASE WHEN s.{_DONE} THEN least(c.done_at, s.since) END",
    "days_late": _late("s", "due"),
    "days_late_vs_original": _late("c", "original_due"),
}


def _sources(*, past: bool, ordered: bool) -> tuple[str, ...]:
    """Return where commitments are read from, as they stood, with how late what was done then was.

    If they are to be *ordered*, each source is in the order of an index, as `lists` has them.
    """
    fixed = ", ".join(f"c.{name}" for name in _FIXED)
    decided = ", ".join(_DECIDED.values())
    if not past:
        return (f"(SELECT {fixed}, {decided} FROM commitment c) c",)
    ended = ", ".join(f"{sql} AS {name}" for name, sql in _ENDED.items())
    joined = (
        "FROM commitment c JOIN commitment_span s ON s.workspace_id = c.workspace_id AND s.commitment_id = c.id "
        f"AND s.since <= :as_of AND NOT {QUIET}"
    )
    quiet = f"(SELECT {fixed}, {decided} FROM commitment c WHERE {QUIET}) c"
    if not ordered:
        # Where all are read anyway, one join is cheaper than two.
        return quiet, f"(SELECT {fixed}, {ended} {joined} AND (s.until IS NULL OR s.until > :as_of)) c"
    return (
        quiet,
        f"(SELECT {fixed}, {decided} {joined} AND s.version = c.version) c",
        f"(SELECT {fixed}, {ended} {joined} AND s.until > :as_of) c",
    )


_LOOKED_AT = {
    "state": "c.state",
    "overdue": overdue("c"),
    "overdue_originally": f"{still_open('c')} AND c.original_due_at <= :as_of",
    "days_late": "c.days_late",
    "late_originally": "c.days_late_vs_original > 0",
    "moved": "(c.due_on, c.due_at) <> (c.original_due_on, c.original_due_at)",
    "recurs": "c.series_id IS NOT NULL",
}
"""All that figures look at. What is not done has no days late."""

COUNTS = {
    Figure.PROMISED: "true",
    Figure.KEPT_ON_TIME: "f.days_late = 0",
    Figure.KEPT_LATE: "f.days_late > 0",
    Figure.STILL_OVERDUE: "f.overdue",
    Figure.NOT_YET_DUE: f"{still_open('f')} AND NOT f.overdue",
    Figure.WAIVED: "f.state = 'waived'",
    Figure.AWAITING_VERIFICATION: "f.state = 'done'",
    Figure.VERIFIED: "f.state = 'verified'",
    Figure.EXTENDED: "f.moved",
    Figure.EXTENDED_ON_TIME_VS_ORIGINAL: "f.moved AND NOT f.late_originally",
    Figure.ON_TIME_VS_ORIGINAL: "NOT f.late_originally",
    Figure.LATE_VS_ORIGINAL: "f.late_originally",
    Figure.OVERDUE_VS_ORIGINAL: "f.overdue_originally",
    Figure.RECURRING: "f.recurs",
    Figure.RECURRING_KEPT_ON_TIME: "f.recurs AND f.days_late = 0",
    Figure.RECURRING_KEPT_LATE: "f.recurs AND f.days_late > 0",
    Figure.RECURRING_STILL_OVERDUE: "f.recurs AND f.overdue",
}
"""Which commitments a figure counts: the definitions."""

_OUTCOME = f"coalesce(x.outcome, '{Figure.NOT_CHECKED}')"
PLAN_COUNTS = {Figure.PLANS: "true"} | {
    figure: f"{_OUTCOME} = '{figure}'"
    for figure in (Figure.EFFECTIVE, Figure.INEFFECTIVE, Figure.INCONCLUSIVE, Figure.NOT_CHECKED)
}
"""Which of the plans behind `promised` a figure counts, each with its newest check `x`."""

_OF_PLAN = "(SELECT p.account_id FROM plan p WHERE p.workspace_id = c.workspace_id AND p.id = c.plan_id)"
_FILTERS = {
    "first": "c.original_due_on >= :first",
    "last": "c.original_due_on <= :last",
    "owner": "c.owner_id = :owner",
    "plan": "c.plan_id = :plan",
    "account": f"{_OF_PLAN} = :account",
    "no_account": f"{_OF_PLAN} IS NULL",
    "area": "CAST(:area AS text) = ANY (c.areas)",
    "no_area": "c.areas = '{}'",
    "kind": "c.kind = :kind",
    "month": "to_char(c.original_due_on, 'YYYY-MM') = :month",
}
SWITCHES = frozenset({"no_account", "no_area"})
"""Filters without a value."""

_GROUPED = {
    By.ACCOUNT: "p.account_id",
    By.OWNER: "c.owner_id",
    By.PLAN: "c.plan_id",
    By.AREA: "c.areas",
    By.KIND: "c.kind",
    By.MONTH: "date_trunc('month', CAST(c.original_due_on AS timestamp))",
}
_KEYS = {
    By.AREA: f"unnest(CASE WHEN f.grouped = '{{}}' THEN ARRAY['{NONE}'] ELSE CAST(f.grouped AS text[]) END)",
    By.MONTH: "to_char(f.grouped, 'YYYY-MM')",
}
_NAMES = {
    By.ACCOUNT: ("a.name", "LEFT JOIN account a ON a.workspace_id = :ws AND CAST(a.id AS text) = g.key"),
    By.OWNER: ("m.name", "LEFT JOIN member m ON m.workspace_id = :ws AND CAST(m.id AS text) = g.key"),
    By.PLAN: (
        "'POA-' || p.number || ' ' || p.title",
        "LEFT JOIN plan p ON p.workspace_id = :ws AND CAST(p.id AS text) = g.key",
    ),
}


_FIRST = ", ".join(str(number) for number in range(1, len(_LOOKED_AT) + 2))
"""The columns by which is counted: the group, and all that figures look at."""


def _where(asked: frozenset[str]) -> str:
    return " AND ".join(["c.workspace_id = :ws", *(sql for name, sql in _FILTERS.items() if name in asked)])


@cache
def figures_sql(asked: frozenset[str], by: By | None, *, past: bool) -> str:
    """Return the statement of the figures: a row for all, whose key is empty, and one for each group."""
    looked_at = ", ".join(f"{sql} AS {name}" for name, sql in _LOOKED_AT.items())
    grouped = _GROUPED[by] if by else "CAST(NULL AS text)"
    joins = "JOIN plan p ON p.workspace_id = c.workspace_id AND p.id = c.plan_id " if by is By.ACCOUNT else ""
    counted = " UNION ALL ".join(
        f"SELECT {grouped} AS grouped, {looked_at}, count(*) AS n FROM {source} {joins}"
        f"WHERE {_where(asked)} GROUP BY {_FIRST}"
        for source in _sources(past=past, ordered=False)
    )
    columns = ", ".join(f"f.{name}" for name in _LOOKED_AT)
    key = _KEYS.get(by, f"coalesce(CAST(f.grouped AS text), '{NONE}')") if by else ""
    of_groups = f" UNION ALL SELECT {key}, {columns}, f.n FROM counted f" if by else ""
    # A commitment of several areas is in the group of each, unless one is asked for.
    only = " WHERE f.key IN ('', :area)" if by is By.AREA and "area" in asked else ""
    sums = ", ".join(
        f"CAST(coalesce(sum(f.n) FILTER (WHERE {sql}), 0) AS bigint) AS {figure}" for figure, sql in COUNTS.items()
    )
    name, named = _NAMES.get(by, ("NULL", "")) if by else ("NULL", "")
    order = "key" if by is By.MONTH else "still_overdue DESC, promised DESC, key"
    return (
        f"WITH counted AS MATERIALIZED ({counted}), "
        "f AS MATERIALIZED (SELECT f.* FROM ("
        f"SELECT '' AS key, {columns}, sum(f.n) AS n FROM counted f GROUP BY {_FIRST}{of_groups}) f{only}), "
        f"figures AS (SELECT f.key, {sums} FROM f GROUP BY f.key), "
        "g AS MATERIALIZED (SELECT i.*, count(*) OVER () - 1 AS groups FROM figures i "
        f"ORDER BY i.key <> '', {order} LIMIT :limit + 1), "
        # As percentile_disc has them, of days that are counted already.
        "ranked AS (SELECT f.key, f.days_late, sum(sum(f.n)) OVER (PARTITION BY f.key ORDER BY f.days_late) AS upto, "
        "sum(sum(f.n)) OVER (PARTITION BY f.key) AS n FROM f JOIN g ON g.key = f.key WHERE f.days_late > 0 "
        "GROUP BY f.key, f.days_late), "
        "lateness AS (SELECT r.key, min(r.days_late) FILTER (WHERE 2 * r.upto >= r.n) AS median, "
        "min(r.days_late) FILTER (WHERE 10 * r.upto >= 9 * r.n) AS p90 FROM ranked r GROUP BY r.key) "
        f"SELECT g.*, coalesce({name}, g.key) AS name, l.median, l.p90 FROM g "
        f"LEFT JOIN lateness l ON l.key = g.key {named} ORDER BY g.key <> '', {order.replace('key', 'g.key')}"
    )


def _judged(asked: frozenset[str], *, past: bool) -> str:
    """Return the plans of what was promised, and how much of it is theirs, each with its newest check, if any."""
    # Only who owned what has to be looked up as it stood: the rest of it never changes.
    stood = past and "owner" in asked
    known = " AND c.created_at <= :as_of" if past and not stood else ""
    sources = _sources(past=True, ordered=False) if stood else ("commitment c",)
    plans = " UNION ALL ".join(
        f"SELECT c.plan_id, count(*) AS n FROM {source} WHERE {_where(asked)}{known} GROUP BY 1" for source in sources
    )
    return (
        f"(SELECT i.plan_id, sum(i.n) AS promised FROM ({plans}) i GROUP BY 1) c LEFT JOIN LATERAL (SELECT x.* "
        "FROM effectiveness_check x WHERE x.workspace_id = :ws AND x.plan_id = c.plan_id AND x.checked_at <= :as_of "
        "ORDER BY x.number DESC LIMIT 1) x ON true"
    )


@cache
def effects_sql(asked: frozenset[str], *, past: bool) -> str:
    """Return the statement that counts the plans of what was promised by what their newest check came to."""
    return f"SELECT {_OUTCOME} AS outcome, count(*) AS n FROM {_judged(asked, past=past)} GROUP BY 1"


@cache
def plans_sql(asked: frozenset[str], figure: Figure, *, past: bool) -> str:
    """Return the statement of one page of the plans that a figure counts, and one more, by their numbers."""
    return (
        "SELECT p.id AS plan, p.number AS plan_number, p.title, CAST(c.promised AS bigint) AS promised, x.* "
        f"FROM {_judged(asked, past=past)} JOIN plan p ON p.workspace_id = :ws AND p.id = c.plan_id "
        f"WHERE {PLAN_COUNTS[figure]} AND p.number > :after_number ORDER BY p.number LIMIT :limit + 1"
    )


_FIGURES = {
    "original_due_at": quoted(instant_text("c.original_due_at")),
    "done_at": instant("c.done_at"),
    "days_late": optional("c.days_late"),
    "days_late_vs_original": optional("c.days_late_vs_original"),
}


@cache
def drill_sql(asked: frozenset[str], figure: Figure, *, past: bool) -> str:
    """Return the statement of one page of the commitments that a figure counts, oldest due first."""
    looked_at = ", ".join(f"{sql} AS {name}" for name, sql in _LOOKED_AT.items())
    keyset = " AND (c.due_at, c.id) > (:after_due, :after_id)" if "after_id" in asked else ""
    rows = " UNION ALL ".join(
        f"(SELECT c.due_at, c.id, {written({**lists.item(past=past), **_FIGURES})} AS item FROM {source} {lists.JOINS} "
        f"CROSS JOIN LATERAL (SELECT {looked_at}) f "
        f"WHERE {_where(asked)} AND {COUNTS[figure]}{keyset} ORDER BY c.due_at, c.id LIMIT :limit + 1)"
        for source in _sources(past=past, ordered=True)
    )
    return lists.paged(rows)
