"""The follow-through report: what is asked, and the figures that answer it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.core.fields import EARLIEST, LATEST
from app.core.paging import CursorUnreadable, format_cursor, parse_cursor
from app.followthrough import filters
from app.followthrough.polled import Reading
from app.followthrough.report_schemas import (
    LISTED,
    NONE,
    DaysLate,
    Effects,
    Figure,
    Figures,
    FollowedThrough,
    FollowThrough,
    Rate,
    Rates,
    ReportGroup,
    ReportQuery,
)
from app.followthrough.report_sql import SWITCHES, drill_sql, effects_sql, figures_sql, plans_sql

_SETTINGS = ("SET LOCAL max_parallel_workers_per_gather = 2", "SET LOCAL work_mem = '32MB'")
"""A million commitments are the one question that is worth more than one worker (`db.begin` says one)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about a period, with names as ids. Only filters that were asked for are among them."""

    query: ReportQuery
    as_of: datetime
    past: bool
    """Whether `as_of` lies before now, so that the answer is in the spans and not in the rows as they stand."""
    filters: dict[str, Any]

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self.filters)

    @property
    def values(self) -> dict[str, Any]:
        """What the statements take."""
        given = {name: value for name, value in self.filters.items() if name not in SWITCHES}
        return given | {"as_of": self.as_of}


async def asked(read: Reading, query: ReportQuery, *, at: datetime) -> Asked:
    """Return the question that *query* asks at the instant *at*, or refuse a name that names nothing."""
    as_of = query.as_of or at
    found: dict[str, Any] = {"first": query.from_, "last": query.to, "kind": query.kind, "month": query.month}
    if query.owner:
        found["owner"] = await filters.owner(read, query.owner)
    if query.plan:
        found["plan"] = await filters.plan(read, query.plan)
    if query.account == NONE:
        found["no_account"] = True
    elif query.account:
        found["account"] = await filters.account(read, UUID(query.account))
    if query.area == NONE:
        found["no_area"] = True
    elif query.area:
        found["area"] = query.area
    return Asked(query, as_of, as_of < at, {name: value for name, value in found.items() if value is not None})


@dataclass(frozen=True, slots=True)
class About:
    """What a page says of its report."""

    workspace: str
    zone: str
    """The workspace's."""
    forecast: bool
    """Whether its instant is still to come."""
    filters: list[str]


_NAMED = {
    "owner": "SELECT name FROM member WHERE workspace_id = :ws AND id = :it",
    "plan": "SELECT 'POA-' || number || ' ' || title AS name FROM plan WHERE workspace_id = :ws AND id = :it",
    "account": "SELECT name FROM account WHERE workspace_id = :ws AND id = :it",
}


async def about(read: Reading, question: Asked, *, at: datetime) -> About:
    """Return whose report it is, and what it was narrowed to, in words."""
    mine = (await read.fetch("SELECT name, timezone FROM workspace WHERE id = :ws", {}))[0]
    said = []
    for name, value in question.filters.items():
        if name in _NAMED:
            said.append(f"{name}: {(await read.fetch(_NAMED[name], {'it': value}))[0]['name']}")
        elif name in SWITCHES:
            said.append(name.replace("_", " "))
        elif name not in ("first", "last"):
            said.append(f"{name}: {str(value).replace('_', ' ')}")
    return About(mine["name"], mine["timezone"], question.as_of > at, said)


async def report(read: Reading, question: Asked, *, groups: int = LISTED) -> FollowThrough:
    """Return the figures of all, and of the first *groups* of what is asked by."""
    for setting in _SETTINGS:
        await read.fetch(setting, {})
    sql = figures_sql(question.names, question.query.by, past=question.past)
    rows: Sequence[Any] = await read.fetch(sql, question.values | {"limit": groups})
    whole = [row for row in rows if not row["key"]]
    effects = await read.fetch(effects_sql(question.names, past=question.past), question.values)
    return FollowThrough.model_construct(
        from_=question.query.from_,
        to=question.query.to,
        as_of=question.as_of,
        by=question.query.by,
        all=_followed(whole[0] if whole else _NOTHING),
        effectiveness=_effects({row["outcome"]: row["n"] for row in effects}),
        groups=[_group(row) for row in rows if row["key"]],
        groups_in_all=rows[0]["groups"] if rows else 0,
    )


async def drilled(read: Reading, question: Asked, figure: Figure, after: dict[str, Any], limit: int) -> Any:
    """Return one page of the commitments that a figure counts, as `lists.paged` has it."""
    names = frozenset({*question.names, *after})
    sql = drill_sql(names, figure, past=question.past)
    return (await read.fetch(sql, question.values | after | {"limit": limit}))[0]


async def drilled_plans(
    read: Reading, question: Asked, figure: Figure, *, after: int, limit: int
) -> Sequence[Mapping[str, Any]]:
    """Return up to *limit* plans that a figure counts, and one more, in the order of their numbers."""
    sql = plans_sql(question.names, figure, past=question.past)
    return await read.fetch(sql, question.values | {"after_number": after, "limit": limit})


def plans_after(question: Asked, number: int) -> str:
    """Return the cursor of the page after a plan. It carries the instant of the first: all are of one answer."""
    return format_cursor(question.as_of.isoformat(), number)


def read_plans_after(cursor: str) -> tuple[datetime, int]:
    """Return a cursor's instant and the number that it continues after; refuse one that we did not write."""
    text, number = parse_cursor(cursor, str, int)
    try:
        as_of = datetime.fromisoformat(text)
    except ValueError:
        raise CursorUnreadable from None
    if as_of.tzinfo is None or not EARLIEST <= as_of <= LATEST or not 0 < number < 2**31:
        raise CursorUnreadable
    return as_of, number


_NOTHING: dict[str, Any] = {"median": None, "p90": None} | dict.fromkeys(Figures.model_fields, 0)


def _group(row: Any) -> ReportGroup:
    followed = _followed(row)
    return ReportGroup.model_construct(
        key=row["key"],
        name=row["name"][:200],
        counts=followed.counts,
        days_late=followed.days_late,
        rates=followed.rates,
    )


def _effects(counts: dict[str, int]) -> Effects:
    parts = {name: counts.get(name, 0) for name in Effects.model_fields if name != "plans"}
    return Effects(plans=sum(parts.values()), **parts)


def _followed(row: Any) -> FollowedThrough:
    counts = Figures.model_construct(**{name: row[name] for name in Figures.model_fields})
    return FollowedThrough.model_construct(
        counts=counts, days_late=DaysLate.model_construct(median=row["median"], p90=row["p90"]), rates=_rates(counts)
    )


def _rates(one: Figures) -> Rates:
    decided = one.kept_on_time + one.kept_late + one.still_overdue
    recurring = one.recurring_kept_on_time + one.recurring_kept_late + one.recurring_still_overdue
    originally = one.on_time_vs_original + one.late_vs_original + one.overdue_vs_original
    return Rates.model_construct(
        on_time=rate(one.kept_on_time, decided),
        kept=rate(one.kept_on_time + one.kept_late, decided),
        on_time_vs_original=rate(one.on_time_vs_original, originally),
        recurring_on_time=rate(one.recurring_kept_on_time, recurring),
        recurring_kept=rate(one.recurring_kept_on_time + one.recurring_kept_late, recurring),
    )


def rate(numerator: int, denominator: int) -> Rate:
    """Return a share in whole numbers: those cannot drift."""
    millionths = (2_000_000 * numerator + denominator) // (2 * denominator) if denominator else None
    return Rate.model_construct(numerator=numerator, denominator=denominator, millionths=millionths)
