"""Whatever happened, the report is what the rules say of each commitment, and each figure is what its drill lists."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, example, given, settings

from app.commitments import rules
from app.commitments.models import Commitment, CommitmentSpan, Series
from app.commitments.rules import State
from app.commitments.schedule import end_of
from app.core import db
from app.core.fields import format_instant
from app.core.ids import new_id
from app.followthrough.report_schemas import By, Figures
from app.plans.models import Plan
from app.workspaces.models import Member
from tests.client import Client
from tests.conftest import Clock, new_tenant
from tests.followthrough.worlds import AREAS, OWNERS, Promised, Stood, World, counted, expected, worlds

BERLIN = ZoneInfo("Europe/Berlin")


def march(day: int) -> datetime:
    return datetime(2026, 3, day, 12, tzinfo=UTC)


def stood(since: datetime, state: State, due: int, done_at: datetime | None = None) -> Stood:
    due_on = date(2026, 3, due)
    return Stood(since, state, 0, due_on, end_of(due_on, BERLIN), done_at)


REDONE = World(
    made=(
        # Done 2 days late, rejected, extended over the change of clocks, done again on time, verified.
        Promised(
            zone=BERLIN,
            kind=rules.Kind.CORRECTIVE,
            plan=0,
            recurs=True,
            areas=(AREAS[1],),
            spans=(
                stood(march(1), State.OPEN, 10),
                stood(march(12), State.DONE, 10, march(12)),
                stood(march(14), State.OPEN, 10),
                stood(march(15), State.OPEN, 29),
                stood(march(29), State.DONE, 29, march(29)),
                stood(march(30), State.VERIFIED, 29, march(29)),
            ),
        ),
        # Taken back, and not done again: the row has no completion any more.
        Promised(
            zone=BERLIN,
            kind=rules.Kind.PREVENTIVE,
            plan=0,
            recurs=False,
            areas=(),
            spans=(
                stood(march(1), State.OPEN, 11),
                stood(march(11), State.DONE, 11, march(11)),
                stood(march(14), State.OPEN, 11),
            ),
        ),
    ),
    now=march(31),
    as_of=march(13),
    first=None,
    last=None,
)


def store(app: FastAPI, workspace: UUID, world: World) -> dict[str, list[str]]:
    """Write the rows that all of this would have left; return the ids of owners, and of each commitment's plan."""
    numbers = count(1)
    with db.writing(app.state.engine, workspace) as tx:
        members = [_member(workspace, index, world) for index in range(OWNERS)]
        keys = dict.fromkeys((one.plan, one.zone.key) for one in world.made)
        plans = {key: _plan(workspace, next(numbers), key[1], world) for key in keys}
        tx.add_all([*members, *plans.values()])
        tx.flush()
        mine = [plans[one.plan, one.zone.key] for one in world.made]
        rows = [_row(index, one, mine[index], members) for index, one in enumerate(world.made)]
        tx.add_all(_series(row) for row in rows if row.series_id)
        tx.flush()
        tx.add_all(rows)
        tx.flush()
        tx.add_all(span for row, one in zip(rows, world.made, strict=True) for span in _spans(row, one, members))
        tx.flush()
    return {"owner": [str(one.id) for one in members], "plan": [str(one.id) for one in mine]}


def _member(workspace: UUID, index: int, world: World) -> Member:
    name = f"{index}@example.com"
    return Member(workspace_id=workspace, id=new_id(), name=name, email=name, role="contributor", created_at=world.now)


def _plan(workspace: UUID, number: int, zone: str, world: World) -> Plan:
    return Plan(
        workspace_id=workspace,
        id=new_id(),
        number=number,
        title="?",
        timezone=zone,
        content=b"{}",
        content_sha256="0" * 64,
        created_at=world.now,
        created_by=workspace,
    )


def _row(index: int, one: Promised, plan: Plan, members: list[Member]) -> Commitment:
    first, last = one.original, one.spans[-1]
    late = {}
    if last.done_at:
        late = {
            name: rules.days_late(due.due_on, due.due_at, last.done_at, one.zone)
            for name, due in (("days_late", last), ("days_late_vs_original", first))
        }
    return Commitment(
        workspace_id=plan.workspace_id,
        id=new_id(),
        plan_id=plan.id,
        plan_number=plan.number,
        number=index + 1,
        occurrence=1 if one.recurs else None,
        series_id=new_id() if one.recurs else None,
        text=str(index),
        kind=one.kind.value,
        root_causes=[],
        areas=list(one.areas),
        owner_id=members[last.owner].id,
        state=last.state.value,
        timezone=one.zone.key,
        due_on=last.due_on,
        due_at=last.due_at,
        original_due_on=first.due_on,
        original_due_at=first.due_at,
        done_at=last.done_at,
        version=len(one.spans),
        created_at=first.since,
        **late,
    )


def _series(row: Commitment) -> Series:
    same = {name: getattr(row, name) for name in ("plan_id", "plan_number", "number", "text", "kind", "root_causes")}
    return Series(
        workspace_id=row.workspace_id,
        id=row.series_id,
        owner_id=row.owner_id,
        timezone=row.timezone,
        rule="FREQ=DAILY;COUNT=1",
        starts_on=row.original_due_on,
        opened=1,
        **same,
    )


def _spans(row: Commitment, one: Promised, members: list[Member]) -> Iterator[CommitmentSpan]:
    ends = [*(later.since for later in one.spans[1:]), None]
    for version, (span, until) in enumerate(zip(one.spans, ends, strict=True), 1):
        yield CommitmentSpan(
            workspace_id=row.workspace_id,
            commitment_id=row.id,
            version=version,
            since=span.since,
            until=until,
            state=span.state.value,
            owner_id=members[span.owner].id,
            due_on=span.due_on,
            due_at=span.due_at,
        )


def told(api: Client, **query: Any) -> Any:
    answer = api.get("/v1/follow-through", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def figures(one: Any) -> tuple[dict[str, int], dict[str, int | None]]:
    counts = one["counts"]
    parts = ("kept_on_time", "kept_late", "still_overdue", "not_yet_due", "waived")
    assert counts["promised"] == sum(counts[name] for name in parts)
    assert counts["kept_on_time"] + counts["kept_late"] == counts["awaiting_verification"] + counts["verified"]
    assert counts["kept_on_time"] + counts["kept_late"] == counts["on_time_vs_original"] + counts["late_vs_original"]
    return {name: count for name, count in counts.items() if count}, one["days_late"]


@pytest.mark.slow
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(world=worlds())
@example(world=REDONE)
@example(world=replace(REDONE, as_of=REDONE.now))
@example(world=replace(REDONE, as_of=REDONE.now + timedelta(days=60)))
def test_the_report_is_what_the_rules_say(running: Client, app: FastAPI, clock: Clock, world: World) -> None:
    clock.set(world.now)
    tenant = new_tenant(app, "?")
    ids = store(app, UUID(tenant.workspace_id), world)
    api, rows = running.with_key(tenant.key, clock), counted(world)
    period = {"from": world.first and str(world.first), "to": world.last and str(world.last)}
    query = {name: day for name, day in period.items() if day} | {"as_of": format_instant(world.as_of)}

    for by in By:
        found = told(api, by=by, **query)
        assert figures(found["all"]) == expected(rows)
        keys = {key for row in rows for key in row.keys(by, ids)}
        assert {one["key"] for one in found["groups"]} == keys
        for group in found["groups"]:
            assert figures(group) == expected([row for row in rows if group["key"] in row.keys(by, ids)])

    for figure in Figures.model_fields:
        page = told(api, drill=figure, limit=200, **query)
        assert {int(one["text"]) for one in page["data"]} == {row.number for row in rows if figure in row.figures()}
        assert len(page["data"]) == found["all"]["counts"][figure]
        for one in page["data"]:
            row = next(row for row in rows if row.number == int(one["text"]))
            late = (row.late(row.stood), row.late(row.one.original))
            assert (one["days_late"], one["days_late_vs_original"]) == late
            assert one["done_at"] == (row.stood.done_at and format_instant(row.stood.done_at))
