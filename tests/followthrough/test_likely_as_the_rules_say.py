"""Why something is likely to become overdue is defined once: PostgreSQL gives the reasons that the rules give."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.changes.models import Request
from app.commitments.models import Commitment, CommitmentSpan, Series
from app.commitments.rules import State
from app.core import db
from app.core.fields import format_instant
from app.core.ids import new_id
from app.followthrough import rules
from app.plans.models import Plan
from app.workspaces.models import Member
from tests.client import Client
from tests.conftest import Clock, new_tenant

NOW = datetime(2026, 3, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
REACH = timedelta(days=3)
NEXT = {
    State.OPEN: [State.OPEN, State.IN_PROGRESS, State.DONE, State.DONE, State.WAIVED],
    State.IN_PROGRESS: [State.IN_PROGRESS, State.OPEN, State.DONE],
    State.DONE: [State.VERIFIED, State.OPEN],
    State.VERIFIED: [State.VERIFIED],
    State.WAIVED: [State.WAIVED],
}
HOURS = st.integers(-120, 120).map(lambda hours: NOW + hours * HOUR)
"""Few enough that instants meet."""


@dataclass(frozen=True)
class Span:
    """How a commitment stood from an instant on."""

    since: datetime
    state: State
    owner: int
    due_at: datetime


@dataclass(frozen=True)
class Promised:
    """A commitment, all that happened to it, and from when to when an extension waited for a decision."""

    number: int
    occurrence: int | None
    spans: tuple[Span, ...]
    asked: tuple[datetime, datetime | None] | None

    def spans_at(self, at: datetime) -> list[Span]:
        return [one for one in self.spans if one.since <= at]

    def at(self, at: datetime) -> rules.Stood:
        spans = self.spans_at(at)
        done = [one.since for one in spans if one.state is State.DONE]
        over = spans[-1].state in (State.DONE, State.VERIFIED)
        return rules.Stood(spans[-1].state, spans[-1].due_at, done[-1] if over else None)


@st.composite
def spans(draw: st.DrawFn) -> tuple[Span, ...]:
    since = sorted(draw(st.lists(st.integers(0, 120), min_size=1, max_size=4, unique=True)), reverse=True)
    state, found = State.OPEN, []
    owner, due_at = draw(st.integers(0, 1)), draw(HOURS)
    for hours in since:
        found.append(Span(NOW - hours * HOUR, state, owner, due_at))
        state = draw(st.sampled_from(NEXT[state]))
        if state is State.OPEN:
            owner, due_at = draw(st.sampled_from([owner, 0, 1])), draw(st.sampled_from([due_at, due_at + 24 * HOUR]))
    return tuple(found)


@st.composite
def worlds(draw: st.DrawFn) -> list[Promised]:
    sizes = draw(st.lists(st.integers(0, 5), min_size=1, max_size=4))
    places = [
        (number, occurrence)
        for number, size in enumerate(sizes, 1)
        for occurrence in ([*range(1, size + 1)] if size else [None])
    ]
    return [
        Promised(*place, draw(spans()), draw(st.none() | st.tuples(HOURS, st.none() | HOURS).map(_in_order)))
        for place in places
    ]


def _in_order(asked: tuple[datetime, datetime | None]) -> tuple[datetime, datetime | None]:
    begins, ends = min(asked[0], NOW), asked[1]
    return begins, None if ends is None or not begins < ends <= NOW else ends


def expected(world: list[Promised], as_of: datetime) -> dict[str, list[str]]:
    """Work it out from the rules, for everything that was there at that instant."""
    at = min(as_of, NOW)
    there = [one for one in world if one.spans_at(at)]
    owner_of = {id(one): one.spans_at(at)[-1].owner for one in there}
    found = {}
    for one in there:
        asked = one.asked is not None and one.asked[0] <= at and (one.asked[1] is None or one.asked[1] > at)
        reasons = rules.reasons(
            one.at(at),
            owned=[other.at(at) for other in there if owner_of[id(other)] == owner_of[id(one)]],
            series=[other.at(at) for other in there if other.number == one.number and other.occurrence],
            extension_pending=asked,
            as_of=as_of,
            reach=REACH,
        )
        if reasons:
            found[f"{one.number}.{one.occurrence}"] = [reason.value for reason in reasons]
    return found


def store(app: FastAPI, workspace: UUID, world: list[Promised]) -> None:
    """Write the rows that all of it would have left."""
    mine: dict[str, Any] = {"workspace_id": workspace}
    with db.writing(app.state.engine, workspace) as tx:
        people = [
            Member(**mine, id=new_id(), name="?", email=f"{one}@example.com", role="admin", created_at=NOW)
            for one in range(2)
        ]
        text = {"title": "?", "content": b"{}", "content_sha256": "0" * 64}
        plan = Plan(**mine, **text, id=new_id(), number=1, timezone="UTC", created_at=NOW, created_by=workspace)
        tx.add_all([*people, plan])
        tx.flush()
        same = mine | {"plan_id": plan.id, "plan_number": 1, "kind": "preventive", "root_causes": [], "timezone": "UTC"}
        recurring = {one.number for one in world if one.occurrence}
        ruled = {"text": "?", "rule": "FREQ=DAILY", "starts_on": NOW.date(), "opened": 9, "except_on": []}
        series = {
            number: Series(**same, **ruled, id=new_id(), number=number, owner_id=people[0].id) for number in recurring
        }
        tx.add_all(series.values())
        tx.flush()
        for one in world:
            of = series[one.number].id if one.occurrence else None
            row = _row(one, same | {"series_id": of}, people)
            tx.add(row)
            tx.flush()
            tx.add_all([*_spans(one, row, people), *_requests(one, row)])
            tx.flush()


def _row(one: Promised, same: dict[str, Any], people: list[Member]) -> Commitment:
    last, stood = one.spans[-1], one.at(NOW)
    return Commitment(
        **same,
        id=new_id(),
        number=one.number,
        occurrence=one.occurrence,
        text=f"{one.number}.{one.occurrence}",
        owner_id=people[last.owner].id,
        state=last.state.value,
        due_on=last.due_at.date(),
        due_at=last.due_at,
        original_due_on=one.spans[0].due_at.date(),
        original_due_at=one.spans[0].due_at,
        done_at=stood.done_at,
        days_late=0 if stood.done_at else None,
        version=len(one.spans),
        requests=1 if one.asked else 0,
        created_at=one.spans[0].since,
    )


def _spans(one: Promised, row: Commitment, people: list[Member]) -> Iterator[CommitmentSpan]:
    for version, (span, after) in enumerate(pairwise([*one.spans, None]), 1):
        assert span
        yield CommitmentSpan(
            workspace_id=row.workspace_id,
            commitment_id=row.id,
            version=version,
            since=span.since,
            until=after and after.since,
            state=span.state.value,
            owner_id=people[span.owner].id,
            due_on=span.due_at.date(),
            due_at=span.due_at,
        )


def _requests(one: Promised, row: Commitment) -> Iterator[Request]:
    if one.asked:
        yield Request(
            workspace_id=row.workspace_id,
            id=new_id(),
            commitment_id=row.id,
            plan_id=row.plan_id,
            kind="extension",
            state="refused" if one.asked[1] else "requested",
            reason="?",
            due_on=row.due_on,
            due_at=row.due_at,
            from_due_on=row.due_on,
            from_due_at=row.due_at,
            requested_by=row.owner_id,
            requested_at=one.asked[0],
            decided_by=row.owner_id if one.asked[1] else None,
            decided_at=one.asked[1],
        )


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(world=worlds(), hours=st.integers(-120, 120))
def test_the_reasons_are_those_of_the_rules(
    running: Client, app: FastAPI, clock: Clock, world: list[Promised], hours: int
) -> None:
    clock.set(NOW)
    tenant = new_tenant(app, "?")
    store(app, UUID(tenant.workspace_id), world)
    api, as_of = running.with_key(tenant.key, clock), NOW + hours * HOUR

    for at in (as_of, NOW):
        answer = api.get("/v1/likely-overdue", params={"limit": 200, "as_of": format_instant(at)})

        assert answer.status_code == 200, answer.text
        assert {one["text"]: one["reasons"] for one in answer.json()["data"]} == expected(world, at)
        change = answer.json()["next_change_at"]
        if change and at >= NOW:
            before = datetime.fromisoformat(change) - timedelta(seconds=1)
            assert expected(world, before) == expected(world, at)
