"""Commitments and all that may happen to them, drawn at random, and the report worked out from them row by row."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from app.commitments import rules
from app.commitments.rules import OPEN_STATES, Kind, State
from app.commitments.schedule import day_of, end_of
from app.plans.rules import Area
from tests.followthrough.test_one_predicate import NEAR, SECOND, WHOLE, ZONES

OWNERS = 2
AREAS = [Area.LISTING, Area.SUPPLIER]
DONE = (State.DONE, State.VERIFIED)


@dataclass(frozen=True)
class Stood:
    """How a commitment stood from an instant on."""

    since: datetime
    state: State
    owner: int
    due_on: date
    due_at: datetime
    done_at: datetime | None


@dataclass(frozen=True)
class Promised:
    """A commitment, and all that happened to it."""

    zone: ZoneInfo
    kind: Kind
    plan: int
    recurs: bool
    areas: tuple[Area, ...]
    spans: tuple[Stood, ...]

    @property
    def original(self) -> Stood:
        return self.spans[0]


@dataclass(frozen=True)
class World:
    """What there is, the instant that is now, the instant that is asked about, and the period."""

    made: tuple[Promised, ...]
    now: datetime
    as_of: datetime
    first: date | None
    last: date | None


_NEXT = {
    State.OPEN: [State.IN_PROGRESS, State.DONE, State.DONE, State.WAIVED, State.OPEN],
    State.IN_PROGRESS: [State.DONE, State.WAIVED, State.IN_PROGRESS],
    State.DONE: [State.VERIFIED, State.OPEN],
}


@st.composite
def dues(draw: st.DrawFn, zone: ZoneInfo, near: date) -> tuple[date, datetime]:
    due_on = draw(st.sampled_from([near, near, *NEAR])) + timedelta(days=draw(st.integers(-3, 3)))
    due_at = end_of(due_on, zone)
    if draw(st.integers(0, 3)) == 0:
        due_at += draw(WHOLE)
        due_on = day_of(due_at, zone)
    return due_on, due_at


@st.composite
def promises(draw: st.DrawFn, now: datetime) -> Promised:
    """Draw a commitment: worked on, extended, given to another, done, rejected and done again, verified, waived."""
    zone = ZoneInfo(draw(st.sampled_from(ZONES)))
    due_on, due_at = draw(dues(zone, now.date()))
    at = now - timedelta(seconds=draw(st.integers(0, 8 * 86400)))
    spans = [Stood(at, State.OPEN, draw(st.integers(0, OWNERS - 1)), due_on, due_at, None)]
    for _ in range(draw(st.integers(0, 5))):
        last = spans[-1]
        at = last.since + timedelta(seconds=draw(st.sampled_from([0, 1, 3600, 86400, 2 * 86400])))
        if last.state not in _NEXT or at > now:
            break
        state, owner, due = draw(st.sampled_from(_NEXT[last.state])), last.owner, (last.due_on, last.due_at)
        if state is last.state:
            owner, due = draw(st.sampled_from([(1 - owner, due), (owner, draw(dues(zone, now.date())))]))
        done_at = at if state is State.DONE else last.done_at if state is State.VERIFIED else None
        spans.append(Stood(at, state, owner, *due, done_at))
    return Promised(
        zone=zone,
        kind=draw(st.sampled_from(Kind)),
        plan=draw(st.integers(0, 1)),
        recurs=draw(st.booleans()),
        areas=draw(st.sampled_from([(), (AREAS[0],), (AREAS[1],), tuple(AREAS)])),
        spans=tuple(spans),
    )


@st.composite
def worlds(draw: st.DrawFn) -> World:
    now = datetime.combine(draw(st.sampled_from(NEAR)), datetime.min.time(), UTC) + draw(WHOLE)
    made = tuple(draw(st.lists(promises(now), min_size=1, max_size=8)))
    edges = [now, *(at for one in made for span in one.spans for at in (span.since, span.due_at))]
    as_of = draw(st.sampled_from(edges)) + draw(st.sampled_from([timedelta(), -SECOND, SECOND, timedelta(days=31)]))
    days = st.none() | st.sampled_from([one.original.due_on for one in made])
    return World(made, now, as_of, draw(days), draw(days))


@dataclass(frozen=True)
class Counted:
    """A commitment as it stood then, and what figures look at."""

    number: int
    one: Promised
    stood: Stood
    as_of: datetime

    def late(self, due: Stood) -> int | None:
        if self.stood.done_at is None:
            return None
        return rules.days_late(due.due_on, due.due_at, self.stood.done_at, self.one.zone)

    def figures(self) -> Iterator[str]:
        state, original = self.stood.state, self.one.original
        yield "promised"
        if state in DONE:
            outcome = "kept_late" if self.late(self.stood) else "kept_on_time"
            yield "verified" if state is State.VERIFIED else "awaiting_verification"
            yield "late_vs_original" if self.late(original) else "on_time_vs_original"
        elif rules.is_overdue(state, self.stood.due_at, self.as_of):
            outcome = "still_overdue"
        else:
            outcome = "not_yet_due" if state in OPEN_STATES else "waived"
        yield outcome
        if state in OPEN_STATES and original.due_at <= self.as_of:
            yield "overdue_vs_original"
        if (self.stood.due_on, self.stood.due_at) != (original.due_on, original.due_at):
            yield "extended"
            if state in DONE and not self.late(original):
                yield "extended_on_time_vs_original"
        if self.one.recurs:
            yield "recurring"
            if outcome in ("kept_on_time", "kept_late", "still_overdue"):
                yield f"recurring_{outcome}"

    def keys(self, by: str, ids: dict[str, list[str]]) -> list[str]:
        """Return the groups that it is in."""
        return {
            "owner": lambda: [ids["owner"][self.stood.owner]],
            "plan": lambda: [ids["plan"][self.number]],
            "account": lambda: ["none"],
            "area": lambda: list(self.one.areas) or ["none"],
            "kind": lambda: [self.one.kind.value],
            "month": lambda: [self.one.original.due_on.isoformat()[:7]],
        }[by]()


def counted(world: World) -> list[Counted]:
    found = []
    for number, one in enumerate(world.made):
        stood = next((span for span in reversed(one.spans) if span.since <= min(world.as_of, world.now)), None)
        day = one.original.due_on
        if stood and (world.first or day) <= day <= (world.last or day):
            found.append(Counted(number, one, stood, world.as_of))
    return found


def expected(rows: list[Counted]) -> tuple[dict[str, int], dict[str, Any]]:
    """Return the figures that are not 0, and how late."""
    late = sorted(days for row in rows if (days := row.late(row.stood)))
    days_late = {
        name: late[ceil(len(late) * tenths / 10) - 1] if late else None for name, tenths in (("median", 5), ("p90", 9))
    }
    return dict(Counter(name for row in rows for name in row.figures())), days_late
