"""Plans in the model: drafted, read by another, sent, decided; and whether they worked."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.machine import changes, notices, promises
from tests.machine.model import Piece, World, refuse

OBSERVED = timedelta(days=180)


@dataclass
class Plan:
    number: int
    zone: str
    clauses: Sequence[dict[str, Any]]
    notices: Sequence[str]
    items: Sequence[str]
    authors: set[str]
    state: str = "draft"
    read_by: str | None = None
    attempts: int = 0
    approved_at: datetime | None = None
    is_erased: bool = False
    """Whether its words were: what it was about is not known any more."""
    pieces: list[Piece] = field(default_factory=list)
    """Evidence that goes along with it."""
    checks: list[tuple[str, int | None]] = field(default_factory=list)
    """What each effectiveness check came to, and how many notices had come in."""


def draft(
    world: World, who: str, *, zone: str, clauses: Sequence[Any], named: Sequence[str], items: Sequence[str]
) -> Plan:
    world.allow(who, "write")
    refuse(invalid=_names_somebody_who_left(world, clauses))
    plan = Plan(len(world.plans) + 1, zone, clauses, named, items, {who})
    world.plans[plan.number] = plan
    world.note()
    return plan


def redraft(world: World, who: str, number: int, *, clauses: Sequence[Any], named: Sequence[str]) -> None:
    world.allow(who, "write")
    plan = world.plans[number]
    refuse(plan_cannot_move=plan.state not in ("draft", "denied"), invalid=_names_somebody_who_left(world, clauses))
    plan.state, plan.clauses, plan.notices, plan.read_by = "draft", clauses, named, None
    plan.authors.add(who)
    world.note()


def sign_off(world: World, who: str, number: int) -> None:
    world.allow(who, "approve")
    plan = world.plans[number]
    refuse(plan_cannot_move=plan.state != "draft", **world.seconds(who, plan.authors, "self_sign_off"))
    plan.read_by = who
    world.note()


def submit(world: World, who: str, number: int, *, text: str | None) -> None:
    """Send the draft as the next attempt, or answer what was asked about the last one."""
    world.allow(who, "write")
    plan = world.plans[number]
    if plan.state == "more_info_requested":
        refuse(answer_missing=text is None)
    else:
        unread = plan.read_by is None or plan.read_by in plan.authors
        refuse(plan_cannot_move=plan.state != "draft", sign_off_missing=world.four_eyes and unread)
        refuse(notice_cannot_move=not _may_answer(world, plan))
        plan.attempts += 1
        _answer(world, plan)
    plan.state = "submitted"
    world.note()


def decide(world: World, who: str, number: int, *, outcome: str, received_at: datetime) -> None:
    world.allow(who, "approve")
    plan = world.plans[number]
    # What was sent is decided; what is asked about is approved or denied.
    waiting = ("submitted",) if outcome == "more_info_requested" else ("submitted", "more_info_requested")
    refuse(
        plan_cannot_move=plan.state not in waiting,
        plan_has_gaps=outcome == "approved" and _is_lacking(world, plan, received_at),
        invalid=_is_to_come(world, received_at),
    )
    plan.state = outcome
    if outcome == "approved":
        _approve(world, plan, received_at)
    elif outcome == "denied":
        notices.reopen(world, number, plan.attempts)
    world.note()


def record(world: World, who: str, *, received_at: datetime, **written: Any) -> Plan:
    """Write down a plan that is approved already, in one call."""
    world.allow(who, "write")
    world.allow(who, "approve")
    plan = Plan(len(world.plans) + 1, written["zone"], written["clauses"], written["named"], written["items"], {who})
    lacking = _is_lacking(world, plan, received_at) or _is_to_come(world, received_at)
    refuse(invalid=lacking, notice_cannot_move=not _may_answer(world, plan))
    world.plans[plan.number] = plan
    plan.attempts, plan.state = 1, "approved"
    _answer(world, plan)
    _approve(world, plan, received_at)
    world.note()
    return plan


def withdraw(world: World, who: str, number: int) -> None:
    world.allow(who, "write")
    plan = world.plans[number]
    refuse(plan_cannot_move=plan.state not in ("draft", "denied"))
    plan.state = "withdrawn"
    world.note()


def check(world: World, who: str, number: int, *, outcome: str, seen: int | None) -> None:
    """Judge whether the problem came back: once the plan was carried out, by somebody who did none of it."""
    world.allow(who, "approve")
    plan = world.plans[number]
    at, came_back = carried_out(world, number), recurrences(world, number)
    did = {one.done_by for one in world.promises.values() if one.plan == number}
    effective = outcome == "effective"
    refuse(
        not_carried_out=plan.state != "approved" or at is None,
        still_observed=effective and at is not None and world.now < at + OBSERVED,
        plan_erased=effective and came_back is None,
        problem_came_back=effective and came_back and seen != came_back,
        **world.seconds(who, did, "actors_do_not_judge"),
    )
    plan.checks.append((outcome, came_back))
    world.note()


def carried_out(world: World, number: int) -> datetime | None:
    """Return when the last action was recorded as done; None while something is left to do, or nothing was done."""
    actions = []
    for one in world.promises.values():
        series = world.series.get(one.series)
        # Of what recurs without an end, the first time stands for all.
        if one.plan == number and (
            series is None or one.occurrence == 1 or not series.rule.is_endless or series.ended_on
        ):
            actions.append(one)
    done = [one.done_at for one in actions if one.done_at]
    return max(done, default=None) if not any(one.is_open for one in actions) else None


def erase(world: World, who: str, number: int) -> None:
    """Erase the words of what is under way no more."""
    world.allow(who, "admin")
    plan = world.plans[number]
    asked = any(one.plan == number and one.state == "requested" for one in world.amendments.values())
    refuse(not_erasable_yet=plan.state not in ("approved", "denied", "withdrawn") or asked)
    plan.is_erased = True
    world.note()


def recurrences(world: World, number: int) -> int | None:
    """Count the notices on the same items, of the same category, that came in after the plan was carried out."""
    plan, since = world.plans[number], carried_out(world, number)
    if plan.is_erased:
        return None
    categories = {world.notices[one].category for one in plan.notices}
    return sum(
        since is not None
        and since < one.received_at <= world.now
        and one.state != "dismissed"
        and one.item in plan.items
        and (not categories or one.category in categories)
        for one in world.notices.values()
    )


def health(world: World, number: int) -> str | None:
    """Return how an approved plan is doing, the worst that holds."""
    plan = world.plans[number]
    mine = [one for one in world.promises.values() if one.plan == number and one.is_open]
    outcome, known = plan.checks[-1] if plan.checks else (None, 0)
    if plan.state != "approved":
        return None
    if outcome == "ineffective" or (recurrences(world, number) or 0) > (known or 0):
        return "recurred"
    if any(one.due_at <= world.now for one in mine):
        return "overdue"
    if any(one.due_at <= world.now + timedelta(days=7) for one in mine):
        return "due_soon"
    if carried_out(world, number):
        return "verified_effective" if outcome == "effective" else "fulfilled"
    return "on_track"


def _approve(world: World, plan: Plan, received_at: datetime) -> None:
    plan.approved_at = received_at
    for number, clause in enumerate(plan.clauses, 1):
        promises.bind(world, plan.number, number, clause, zone=plan.zone, approved_at=received_at)
    notices.close_answered(world, plan.number, plan.attempts)


def _is_lacking(world: World, plan: Plan, received_at: datetime) -> bool:
    if not plan.clauses or any(changes.is_gap(world, one) for one in plan.clauses):
        return True
    return any(changes.is_empty(one, zone=plan.zone, at=received_at) for one in plan.clauses)


def _names_somebody_who_left(world: World, clauses: Sequence[dict[str, Any]]) -> bool:
    return any(one["owner"] is not None and not world.active[one["owner"]] for one in clauses)


def _is_to_come(world: World, received_at: datetime) -> bool:
    return received_at > world.now + timedelta(days=1)


def _may_answer(world: World, plan: Plan) -> bool:
    return all(notices.may_answer(world, world.notices[one], plan.number) for one in plan.notices)


def _answer(world: World, plan: Plan) -> None:
    for one in plan.notices:
        notices.answer(world, one, plan.number, plan.attempts)
