"""Extensions, waivers and amendments in the model: asked for by one, decided by another."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from tests.machine import days, promises
from tests.machine.model import Refused, World, refuse


@dataclass
class Request:
    kind: str
    reference: str
    due: tuple[str, Any] | None
    """Of an extension: `due_on` and a day, or `due_at` and an instant."""
    by: str
    at: datetime
    state: str = "requested"
    closed_at: datetime | None = None

    def is_pending(self, as_of: datetime) -> bool:
        return self.at <= as_of and (self.closed_at is None or self.closed_at > as_of)


@dataclass
class Amendment:
    plan: int
    added: list[dict[str, Any]]
    """The last of them are those by which something goes on."""
    went_on: int
    ends: list[tuple[int, date]]
    by: str
    state: str = "requested"


def ask(world: World, who: str, reference: str, *, handle: str, kind: str, due: tuple[str, Any] | None = None) -> None:
    """Ask for a later due, or to drop it: one at a time, of what is open."""
    promise = promises._found(world, who, "write", reference)
    late = False
    if due is not None:
        due_at = _instant(due, promise.zone)
        late = due_at <= promise.due_at or due_at <= world.now
    refuse(
        not_later=late,
        nothing_to_change=not promise.is_open,
        requested_already=promise.is_open and pending(world, reference),
    )
    world.requests[handle] = Request(kind, reference, due, who, world.now)
    world.note()


def pending(world: World, reference: str) -> Request | None:
    """Return what is asked for of a commitment and undecided."""
    mine = (one for one in world.requests.values() if one.reference == reference and one.state == "requested")
    return next(mine, None)


def decide(world: World, who: str, handle: str, *, granted: bool) -> None:
    world.allow(who, "approve")
    request = world.requests[handle]
    promise = world.promises[request.reference]
    refuse(
        request_is_closed=request.state != "requested",
        **world.seconds(who, {request.by}, "self_decided"),
        nothing_to_change=granted and request.state == "requested" and not promise.is_open,
    )
    request.state, request.closed_at = "granted" if granted else "refused", world.now
    if granted and request.due is None:
        promise.turn(world.now, state="waived")
    elif granted:
        due_at = _instant(request.due, promise.zone)
        promise.granted.append(world.now)
        day = request.due[1] if request.due[0] == "due_on" else days.local(due_at, promise.zone)
        promise.turn(world.now, due_on=day, due_at=due_at)
    world.note()


def withdraw(world: World, who: str, handle: str) -> None:
    world.allow(who, "write")
    request = world.requests[handle]
    refuse(request_is_closed=request.state != "requested", not_their_request=request.by != who)
    request.state, request.closed_at = "withdrawn", world.now
    world.note()


def amend(
    world: World,
    who: str,
    plan: int,
    *,
    handle: str,
    added: Sequence[dict[str, Any]],
    ends: Sequence[tuple[int, date, Any]],
) -> None:
    """Ask for new commitments in an approved plan, or for an end of what recurs, perhaps to go on by another rule."""
    world.allow(who, "write")
    refuse(plan_not_approved=world.plans[plan].state != "approved", nothing_amended=not added and not ends)
    zone, known = world.plans[plan].zone, {one.number: one for one in world.series.values() if one.plan == plan}
    refuse(invalid=len({number for number, _, _ in ends}) < len(ends))
    for number, from_on, _ in ends:
        ended = number not in known or known[number].ended_on is not None
        refuse(invalid=ended or from_on < days.local(world.now, zone))
    refuse(words_erased=world.plans[plan].is_erased and any(rule is not None for _, _, rule in ends))
    went_on = [
        {"kind": known[number].kind, "owner": known[number].owner, "due": known[number].due_from(from_on), "rule": rule}
        for number, from_on, rule in ends
        if rule is not None
    ]
    wanted = [*added, *went_on]
    refuse(invalid=any(is_gap(world, one) or is_empty(one, zone=zone, at=world.now) for one in wanted))
    refuse(invalid=any(_first_due(one, zone, world.now) <= world.now for one in went_on))
    world.amendments[handle] = Amendment(plan, wanted, len(went_on), [(number, day) for number, day, _ in ends], who)
    world.note()


def is_gap(world: World, promise: dict[str, Any]) -> bool:
    """Say whether a promise lacks somebody who is accountable, or a due."""
    return promise["owner"] is None or not world.active[promise["owner"]] or promise["due"] is None


def is_empty(promise: dict[str, Any], *, zone: str, at: datetime) -> bool:
    """Say whether a promise recurs on no day at all."""
    if promise["rule"] is None:
        return False
    first = promises.resolved(promise, zone=zone, approved_at=at)[0]
    return not promise["rule"].days(first, before=date(2100, 1, 1)) if promise["rule"].until else False


def decide_amendment(world: World, who: str, handle: str, *, granted: bool, received_at: datetime | None) -> None:
    world.allow(who, "approve")
    amendment = world.amendments[handle]
    closed = amendment.state != "requested"
    refuse(request_is_closed=closed, **world.seconds(who, {amendment.by}, "self_decided"))
    plan, received_at = world.plans[amendment.plan], received_at or world.now
    if granted:
        went_on = amendment.added[len(amendment.added) - amendment.went_on :]
        ending = [world.series[f"POA-{amendment.plan}.{number}"] for number, _ in amendment.ends]
        refuse(
            invalid=received_at > world.now + timedelta(days=1),
            plan_has_gaps=any(is_gap(world, one) for one in amendment.added),
            ended_already=any(one.ended_on is not None for one in ending),
            day_has_passed=any(_first_due(one, plan.zone, received_at) <= world.now for one in went_on),
        )
        numbers = [one.number for one in world.promises.values() if one.plan == amendment.plan]
        for number, promise in enumerate(amendment.added, max(numbers) + 1):
            promises.bind(world, amendment.plan, number, promise, zone=plan.zone, approved_at=received_at)
        for number, day in amendment.ends:
            _end(world, f"POA-{amendment.plan}.{number}", day)
    amendment.state = "granted" if granted else "refused"
    world.note()


def _first_due(promise: dict[str, Any], zone: str, approved_at: datetime) -> datetime:
    first, at = promises.resolved(promise, zone=zone, approved_at=approved_at)
    (day,) = promise["rule"].days(first, before=date(2100, 1, 1))[:1]
    return promises._same_time(day, at, zone) if at else days.over(day, zone)


def withdraw_amendment(world: World, who: str, handle: str) -> None:
    world.allow(who, "write")
    amendment = world.amendments[handle]
    refuse(request_is_closed=amendment.state != "requested", not_their_request=amendment.by != who)
    amendment.state = "withdrawn"
    world.note()


def _end(world: World, reference: str, day: date) -> None:
    world.series[reference].ended_on = day
    for promise in world.promises.values():
        if promise.series == reference and promise.is_open and promise.first_on >= day and promise.due_at > world.now:
            promise.turn(world.now, state="waived")


def _instant(due: tuple[str, Any], zone: str) -> datetime:
    found = days.over(due[1], zone) if due[0] == "due_on" else due[1]
    if not isinstance(found, datetime):
        raise Refused("invalid")
    return found
