"""Commitments in the model: what was promised, how each stands, how it stood."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.machine import days
from tests.machine.days import Rule
from tests.machine.model import Piece, Refused, World, refuse

OPEN = ("open", "in_progress")


@dataclass(frozen=True)
class Span:
    """How a commitment stood from one change to the next."""

    since: datetime
    until: datetime | None
    state: str
    owner: str
    due_on: date
    due_at: datetime


@dataclass
class Series:
    plan: int
    number: int
    kind: str
    owner: str
    zone: str
    rule: Rule
    first: date
    first_at: datetime | None
    opened: int = 0
    last: date = date.min
    ended_on: date | None = None

    def ahead(self, before: date) -> list[date]:
        """Return the days before that one which were not opened yet."""
        if not self.rule.is_endless:
            return []
        found = self.rule.days(self.first, before=min(before, self.ended_on or before))
        return [day for day in found if day > self.last]

    def due_from(self, day: date) -> tuple[str, date | datetime]:
        """Return the due of what it goes on as: the day, or where it has a deadline, the same time of that day."""
        return ("due_on", day) if self.first_at is None else ("due_at", _same_time(day, self.first_at, self.zone))

    @property
    def goes_on(self) -> bool:
        """Whether further times of it will be opened."""
        return bool(self.ahead(self.last + timedelta(days=4000)))


@dataclass
class Promise:
    """A commitment, or one time of a recurring one."""

    reference: str
    plan: int
    number: int
    occurrence: int | None
    series: str | None
    owner: str
    zone: str
    due_on: date
    due_at: datetime
    created_at: datetime
    state: str = "open"
    pieces: list[Piece] = field(default_factory=list)
    judged: int = 0
    """How many pieces there were when it was judged last."""
    started_at: datetime | None = None
    done_at: datetime | None = None
    done_by: str | None = None
    performed_on: date | None = None
    late: int | None = None
    late_at_first: int | None = None
    recorded_at: datetime | None = None
    """The ledger's time of the completion."""
    granted: list[datetime] = field(default_factory=list)
    """When extensions were granted."""
    spans: list[Span] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.first_on, self.first_at = self.due_on, self.due_at
        self.spans = [Span(self.created_at, None, "open", self.owner, self.due_on, self.due_at)]

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def is_shown(self) -> bool:
        """Whether there is evidence that was not rejected."""
        return len(self.pieces) > self.judged

    @property
    def evidence(self) -> int:
        return sum(not one.is_superseded for one in self.pieces)

    def turn(self, at: datetime, **values: Any) -> None:
        """Change, and keep how it stood. If the clock was put back, it stood so for no time."""
        for name, value in values.items():
            setattr(self, name, value)
        last = self.spans[-1]
        until = max(last.since, at)
        self.spans[-1] = replace(last, until=until)
        self.spans.append(Span(until, None, self.state, self.owner, self.due_on, self.due_at))

    def stood(self, as_of: datetime, now: datetime) -> Span | None:
        """Return how it stood then by what was recorded, or stands; None if it was not there yet."""
        if as_of >= now:
            return self.spans[-1]
        return next(
            (one for one in self.spans if one.since <= as_of and (one.until is None or as_of < one.until)), None
        )


def bind(world: World, plan: int, number: int, promise: dict[str, Any], *, zone: str, approved_at: datetime) -> None:
    """Make one clause of an approved text a commitment, or a series and its times."""
    due_on, due_at = resolved(promise, zone=zone, approved_at=approved_at)
    if promise["rule"] is None:
        _open(world, f"POA-{plan}.{number}", plan, number, promise["owner"], zone, due_on, due_at)
        return
    series = Series(plan, number, promise["kind"], promise["owner"], zone, promise["rule"], due_on, due_at)
    world.series[f"POA-{plan}.{number}"] = series
    before = max(approved_at.date() + days.FAR, due_on + days.AHEAD)
    _open_times(world, series, series.rule.days(due_on, before=before))


def resolved(promise: dict[str, Any], *, zone: str, approved_at: datetime) -> tuple[date, datetime | None]:
    """Return the first due: a day, and the instant of it if it is one."""
    shape, value = promise["due"]
    if shape == "due_on":
        return value, None
    if shape == "days":
        return days.local(approved_at, zone) + timedelta(days=value), None
    # A deadline is a whole second.
    at = value if shape == "due_at" else (approved_at + timedelta(hours=value)).replace(microsecond=0)
    return days.local(at, zone), at


def extend(world: World) -> None:
    """Open further times of what recurs without an end, if less than 300 days of it lie ahead."""
    for series in world.series.values():
        if series.last < world.now.date() + days.AHEAD and (new := series.ahead(world.now.date() + days.FAR)):
            _open_times(world, series, new)
            world.note()


def look(world: World) -> None:
    """Should the worker sleep, whoever asks what is overdue opens them, once a day."""
    if world.now >= world.opened_until:
        extend(world)
        world.opened_until = world.now + timedelta(days=1)


def announce(world: World) -> None:
    """Tell what is due within three days, and what is overdue: once for each due."""
    for promise in world.promises.values():
        if not promise.is_open or promise.due_at > world.now + timedelta(days=3):
            continue
        key = ("overdue" if promise.due_at <= world.now else "due_soon", promise.reference, promise.due_at)
        if key not in world.told:
            world.told.add(key)
            world.note()


def start(world: World, who: str, reference: str) -> None:
    promise = _found(world, who, "write", reference)
    refuse(commitment_cannot_move=promise.state != "open")
    promise.turn(world.now, state="in_progress", started_at=world.now)
    world.note()


def pause(world: World, who: str, reference: str) -> None:
    promise = _found(world, who, "write", reference)
    refuse(commitment_cannot_move=promise.state != "in_progress")
    promise.turn(world.now, state="open")
    world.note()


def complete(world: World, who: str, reference: str, *, performed_on: date | None, shown: bool) -> None:
    promise = _found(world, who, "write", reference)
    today = days.local(world.now, promise.zone)
    refuse(
        commitment_cannot_move=not promise.is_open,
        performed_in_the_future=performed_on and performed_on > today + timedelta(days=1),
        evidence_needed=world.evidence_required and not shown and not promise.is_shown,
    )
    if shown:
        promise.pieces.append(Piece())
    world.note()
    promise.turn(
        world.now,
        state="done",
        done_at=world.now,
        done_by=who,
        performed_on=performed_on or today,
        late=days.days_late(promise.due_on, promise.due_at, world.now, promise.zone),
        late_at_first=days.days_late(promise.first_on, promise.first_at, world.now, promise.zone),
        recorded_at=world.recorded,
    )


def judge(world: World, who: str, reference: str, *, verified: bool, heir: str | None = None) -> None:
    """Verify what was done, or reject it: then it is open again, due when it was, and somebody's who is there."""
    promise = _found(world, who, "approve", reference)
    refuse(
        commitment_cannot_move=promise.state != "done",
        **world.seconds(who, {promise.done_by}, "self_verified"),
        same_owner=not verified and heir == promise.owner,
        invalid=not verified and not world.active[heir or promise.owner],
    )
    undone = dict.fromkeys(("done_at", "done_by", "performed_on", "late", "late_at_first", "recorded_at"))
    promise.turn(world.now, **({"state": "verified"} if verified else {"state": "open", **undone}))
    promise.judged = len(promise.pieces)
    if heir:
        promise.turn(world.now, owner=heir)
    world.note()


def reassign(world: World, who: str, reference: str, *, to: str) -> None:
    promise = _found(world, who, "write", reference)
    refuse(commitment_cannot_move=not promise.is_open, same_owner=promise.owner == to, invalid=not world.active[to])
    promise.turn(world.now, owner=to)
    world.note()


def leave(world: World, who: str, leaver: str, *, heir: str | None, stays: bool = False) -> None:
    """A member leaves, or only hands over; who is accountable for something does not leave without an heir."""
    world.allow(who, "admin")
    owned = [one for one in world.promises.values() if one.is_open and one.owner == leaver]
    lasting = [one for one in world.series.values() if one.goes_on and one.owner == leaver]
    if heir:
        refuse(same_owner=heir == leaver, invalid=not world.active[heir])
        for promise in owned:
            promise.turn(world.now, owner=heir)
        for series in lasting:
            series.owner = heir
    elif not stays:
        refuse(still_accountable=owned or lasting)
    world.active[leaver] = world.active[leaver] and stays
    world.note()


def come_back(world: World, who: str, member: str) -> None:
    world.allow(who, "admin")
    world.active[member] = True
    world.note()


def _found(world: World, who: str, scope: str, reference: str) -> Promise:
    world.allow(who, scope)
    if reference not in world.promises:
        raise Refused("commitment-not-found")
    found: Promise = world.promises[reference]
    return found


def _open_times(world: World, series: Series, found: list[date]) -> None:
    for day in found:
        series.opened, series.last = series.opened + 1, day
        reference = f"POA-{series.plan}.{series.number}"
        at = series.first_at and _same_time(day, series.first_at, series.zone)
        _open(world, f"{reference}.{series.opened}", series.plan, series.number, series.owner, series.zone, day, at)


def _same_time(day: date, first: datetime, zone: str) -> datetime:
    """Return the instant of a day at the local time of *first*: the earlier, where that comes twice (RFC 5545)."""
    there = first.astimezone(ZoneInfo(zone))
    if day == there.date():
        return first
    return datetime.combine(day, time(there.hour, there.minute, there.second), ZoneInfo(zone)).astimezone(UTC)


def _open(
    world: World, reference: str, plan: int, number: int, owner: str, zone: str, due_on: date, due_at: datetime | None
) -> None:
    occurrence = int(reference.split(".")[2]) if reference.count(".") == 2 else None
    series = reference.rpartition(".")[0] if occurrence else None
    due_at = due_at or days.over(due_on, zone)
    world.promises[reference] = Promise(
        reference, plan, number, occurrence, series, owner, zone, due_on, due_at, world.now
    )
