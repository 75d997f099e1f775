"""What is overdue is defined once. Every answer that PostgreSQL gives is the one that the rules in Python give."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.commitments import rules
from app.commitments.models import Commitment, CommitmentSpan
from app.commitments.rules import OPEN_STATES, Kind, State
from app.commitments.schedule import day_of, end_of
from app.core import db
from app.core.fields import format_instant
from app.core.ids import new_id
from app.plans.models import Plan
from app.workspaces.models import Member
from tests.client import Client
from tests.conftest import Clock, new_tenant

pytestmark = pytest.mark.both_versions

ZONES = (
    "UTC", "America/Los_Angeles", "Europe/Berlin", "Pacific/Auckland", "Pacific/Kiritimati", "Etc/GMT+12",
    "America/Santiago", "America/Havana", "Africa/Cairo", "Asia/Beirut", "Australia/Lord_Howe", "America/St_Johns",
    "Africa/Casablanca", "Asia/Kathmandu", "Pacific/Chatham", "Atlantic/Azores", "Pacific/Apia",
)  # fmt: skip
NEAR = [
    date(2026, 3, 8), date(2026, 3, 29), date(2026, 4, 5), date(2026, 9, 6), date(2026, 9, 27), date(2026, 10, 25),
    date(2026, 11, 1), date(2028, 2, 29), date(2027, 1, 1), date(2011, 12, 30),
]  # fmt: skip
SECOND = timedelta(seconds=1)
OWNERS = 2
WHOLE = st.integers(-3 * 86400, 3 * 86400).map(lambda seconds: timedelta(seconds=seconds))


@dataclass(frozen=True)
class Stood:
    """How a commitment stood from an instant on."""

    since: datetime
    state: State
    owner: int


@dataclass(frozen=True)
class Promised:
    """A commitment, and all that happened to it."""

    zone: ZoneInfo
    kind: Kind
    plan: int
    due_on: date
    due_at: datetime
    spans: tuple[Stood, ...]

    def at(self, as_of: datetime, now: datetime) -> Stood | None:
        """Return how it stood: then or, ahead of now, as it stands."""
        return next((one for one in reversed(self.spans) if one.since <= min(as_of, now)), None)


@st.composite
def promises(draw: st.DrawFn, now: datetime) -> Promised:
    zone = ZoneInfo(draw(st.sampled_from(ZONES)))
    due_on = draw(st.sampled_from([now.date(), now.date(), *NEAR])) + timedelta(days=draw(st.integers(-2, 2)))
    due_at = end_of(due_on, zone)
    if draw(st.booleans()):
        due_at += draw(WHOLE)
        due_on = day_of(due_at, zone)
    since = sorted(draw(st.lists(WHOLE, min_size=1, max_size=3)))
    latest = max(since[-1], timedelta())
    return Promised(
        zone=zone,
        kind=draw(st.sampled_from(Kind)),
        plan=draw(st.integers(0, 1)),
        due_on=due_on,
        due_at=due_at,
        spans=tuple(
            Stood(now + one - latest, draw(st.sampled_from(State)), draw(st.integers(0, OWNERS - 1))) for one in since
        ),
    )


@st.composite
def situations(draw: st.DrawFn) -> tuple[datetime, datetime, list[Promised]]:
    """Draw the instant that is now, the instant that is asked about, and the commitments."""
    now = datetime.combine(draw(st.sampled_from(NEAR)), datetime.min.time(), UTC) + draw(WHOLE)
    made = draw(st.lists(promises(now), min_size=1, max_size=6))
    edges = [now, *(one.due_at for one in made), *(span.since for one in made for span in one.spans)]
    as_of = draw(st.sampled_from(edges)) + draw(st.sampled_from([timedelta(), -SECOND, SECOND, timedelta(days=31)]))
    return now, as_of, made


def store(app: FastAPI, workspace: UUID, made: list[Promised], at: datetime) -> None:
    """Write the rows that these commitments would have left, one plan for each zone and number."""
    numbers = count(1)
    with db.writing(app.state.engine, workspace) as tx:
        members = [_member(workspace, index, at) for index in range(OWNERS)]
        plans = {
            key: _plan(workspace, next(numbers), key[1], at)
            for key in dict.fromkeys((one.plan, one.zone) for one in made)
        }
        tx.add_all([*members, *plans.values()])
        tx.flush()
        rows = [_row(workspace, index, one, plans[one.plan, one.zone], members) for index, one in enumerate(made, 1)]
        tx.add_all(rows)
        tx.flush()
        tx.add_all(span for row, one in zip(rows, made, strict=True) for span in _spans(row, one, members))
        tx.flush()


def _member(workspace: UUID, index: int, at: datetime) -> Member:
    address = f"{index}@example.com"
    return Member(workspace_id=workspace, id=new_id(), name=address, email=address, role="contributor", created_at=at)


def _plan(workspace: UUID, number: int, zone: ZoneInfo, at: datetime) -> Plan:
    return Plan(
        workspace_id=workspace,
        id=new_id(),
        number=number,
        title="?",
        timezone=zone.key,
        content=b"{}",
        content_sha256="0" * 64,
        created_at=at,
        created_by=workspace,
    )


def _row(workspace: UUID, number: int, one: Promised, plan: Plan, members: list[Member]) -> Commitment:
    last = one.spans[-1]
    done = last.state in (State.DONE, State.VERIFIED)
    return Commitment(
        workspace_id=workspace,
        id=new_id(),
        plan_id=plan.id,
        plan_number=plan.number,
        number=number,
        text=str(number),
        kind=one.kind.value,
        root_causes=[],
        owner_id=members[last.owner].id,
        state=last.state.value,
        timezone=one.zone.key,
        due_on=one.due_on,
        due_at=one.due_at,
        original_due_on=one.due_on,
        original_due_at=one.due_at,
        done_at=last.since if done else None,
        days_late=0 if done else None,
        version=len(one.spans),
        created_at=one.spans[0].since,
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
            due_on=one.due_on,
            due_at=one.due_at,
        )


@dataclass(frozen=True)
class Model:
    """What should be answered, worked out row by row from the rules."""

    now: datetime
    as_of: datetime
    made: list[Promised]

    def standing(self) -> Iterator[tuple[str, Promised, Stood]]:
        for number, one in enumerate(self.made, 1):
            if stood := one.at(self.as_of, self.now):
                yield str(number), one, stood

    def overdue(self) -> dict[str, int]:
        return {
            text: rules.days_overdue(one.due_on, self.as_of, one.zone)
            for text, one, stood in self.standing()
            if rules.is_overdue(stood.state, one.due_at, self.as_of)
        }

    def soon(self, reach: timedelta) -> set[str]:
        return {
            text
            for text, one, stood in self.standing()
            if stood.state in OPEN_STATES and self.as_of < one.due_at <= self.as_of + reach
        }

    def next_change(self) -> str | None:
        ahead = [one.due_at for _, one, stood in self.standing() if stood.state in OPEN_STATES]
        return min((format_instant(due) for due in ahead if due > self.as_of), default=None)

    def counts(self) -> Counter[str]:
        """Count by the three words that partition what is open."""
        found: Counter[str] = Counter()
        for _, one, stood in self.standing():
            if stood.state in OPEN_STATES:
                late = rules.is_overdue(stood.state, one.due_at, self.as_of)
                today = rules.is_due_today(stood.state, one.due_at, one.due_on, self.as_of, one.zone)
                assert not (late and today)
                found.update(["open", "overdue" if late else "due_today" if today else "not_yet_due"])
        return found

    def ages(self) -> Counter[str]:
        edges = {"days_1_7": (1, 7), "days_8_30": (8, 30), "days_31_90": (31, 90), "days_over_90": (91, 10**6)}
        return Counter(
            name for days in self.overdue().values() for name, (low, high) in edges.items() if low <= days <= high
        )


def texts(answer: Any) -> dict[str, int]:
    assert answer.status_code == 200, answer.text
    return {one["text"]: one["days_overdue"] for one in answer.json()["data"]}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(situation=situations())
def test_every_answer_is_that_of_the_rules(
    running: Client, app: FastAPI, clock: Clock, situation: tuple[datetime, datetime, list[Promised]]
) -> None:
    now, as_of, made = situation
    clock.set(now)
    tenant = new_tenant(app, "?")
    store(app, UUID(tenant.workspace_id), made, now)
    api, model = running.with_key(tenant.key, clock), Model(now, as_of, made)
    when = {"as_of": format_instant(as_of)}

    page = api.get("/v1/overdue", params=when)
    overdue = model.overdue()
    assert texts(page) == overdue
    assert page.json()["next_change_at"] == model.next_change()
    ordered = [made[int(one["text"]) - 1].due_at for one in page.json()["data"]]
    assert ordered == sorted(ordered)

    assert len(api.get("/v1/overdue.csv", params=when).text.splitlines()) == 1 + len(overdue)
    for days in (1, 2, 8):
        expected = {text: late for text, late in overdue.items() if late >= days}
        assert texts(api.get("/v1/overdue", params={**when, "min_days": str(days)})) == expected
    for owner in range(OWNERS):
        mine = {text for text, _, stood in model.standing() if stood.owner == owner}
        narrowed = api.get("/v1/overdue", params={**when, "owner": f"{owner}@example.com"})
        assert texts(narrowed) == {text: late for text, late in overdue.items() if text in mine}

    soon = texts(api.get("/v1/due-soon", params={**when, "within": "P3D"}))
    assert (set(soon), set(soon.values())) == (model.soon(timedelta(days=3)), {0} if soon else set())

    for state in State:
        listed = texts(api.get("/v1/commitments", params={**when, "state": state.value}))
        assert listed == {text: overdue.get(text, 0) for text, _, stood in model.standing() if stood.state is state}

    said, counts, ages = api.get("/v1/overdue/summary", params=when).json(), model.counts(), model.ages()
    assert said["all"] == {name: (counts + ages)[name] for name in said["all"]}
    assert said["all"]["overdue"] + said["all"]["due_today"] + said["all"]["not_yet_due"] == said["all"]["open"]
    for groups in (said["owners"], said["plans"]):
        assert {name: sum(one[name] for one in groups) for name in said["all"]} == said["all"]


def test_now_asked_for_and_now_left_out_are_the_same(running: Client, app: FastAPI, clock: Clock) -> None:
    at = datetime(2026, 3, 30, tzinfo=UTC)
    clock.set(at)
    tenant = new_tenant(app, "?")
    due = [end_of(day, ZoneInfo("Europe/Berlin")) for day in (date(2026, 3, 28), date(2026, 3, 29), date(2026, 3, 30))]
    spans = (Stood(at, State.OPEN, 0),)
    berlin = ZoneInfo("Europe/Berlin")
    made = [Promised(berlin, Kind.CORRECTIVE, 0, day_of(one - SECOND, berlin), one, spans) for one in due]
    store(app, UUID(tenant.workspace_id), made, at)

    api = running.with_key(tenant.key, clock)

    assert texts(api.get("/v1/overdue")) == {"1": 2, "2": 1}
    assert texts(api.get("/v1/overdue", params={"as_of": format_instant(at)})) == {"1": 2, "2": 1}
