"""Notices in the model: what came in, and whether it was answered."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.machine.model import World, refuse


@dataclass
class Notice:
    item: str
    category: str
    received_at: datetime
    respond_by: datetime | None
    created_at: datetime
    state: str = "received"
    plan: int | None = None
    submission: int | None = None
    attempts: int = 0
    spans: list[tuple[datetime, datetime | None, str, datetime | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.spans = [(self.created_at, None, self.state, self.respond_by)]

    def turn(self, at: datetime, state: str | None = None) -> None:
        self.state = state or self.state
        since, _, *stood = self.spans[-1]
        until = max(since, at)
        self.spans[-1] = (since, until, *stood)
        self.spans.append((until, None, self.state, self.respond_by))

    def is_overdue(self, as_of: datetime) -> bool:
        """An answer is owed, and the deadline has passed."""
        owed = self.state in ("received", "acknowledged")
        return owed and self.respond_by is not None and self.respond_by <= as_of


def record(
    world: World, who: str, *, handle: str, item: str, category: str, received_at: datetime, respond_by: datetime | None
) -> None:
    world.allow(who, "write")
    late = respond_by is not None and respond_by < received_at
    refuse(invalid=late or received_at > world.now + timedelta(days=1))
    world.notices[handle] = Notice(item, category, received_at, respond_by, world.now)
    world.note()


def acknowledge(world: World, who: str, handle: str) -> None:
    _move(world, who, handle, "acknowledged", {"received", "dismissed"})


def dismiss(world: World, who: str, handle: str) -> None:
    _move(world, who, handle, "dismissed", {"received", "acknowledged"})


def close(world: World, who: str, handle: str) -> None:
    _move(world, who, handle, "closed", {"responded"})


def respond(world: World, who: str, handle: str) -> None:
    """It was answered in words that are no plan."""
    _move(world, who, handle, "responded", {"received", "acknowledged", "responded"})


def put_off(world: World, who: str, handle: str, *, respond_by: datetime) -> None:
    """The deadline is corrected, as long as it is not over."""
    world.allow(who, "write")
    notice = world.notices[handle]
    refuse(
        notice_cannot_move=notice.state in ("closed", "dismissed"),
        invalid=respond_by < notice.received_at,
    )
    notice.respond_by = respond_by
    notice.turn(world.now)
    world.note()


def respond_by_plan(world: World, who: str, handle: str, *, plan: int) -> None:
    """The newest attempt at a plan that does not name the notice answers it, too; as what became of it says."""
    world.allow(who, "write")
    notice, by = world.notices[handle], world.plans[plan]
    refuse(
        plan_cannot_move=not by.attempts or by.state == "withdrawn",
        notice_cannot_move=(notice.plan == plan and by.attempts <= (notice.submission or 0))
        or not may_answer(world, notice, plan),
    )
    answer(world, handle, plan, by.attempts)
    if by.state in ("denied", "draft"):
        notice.turn(world.now, "acknowledged")
    elif by.state == "approved":
        notice.turn(world.now, "closed")
    world.note()


def may_answer(world: World, notice: Notice, plan: int) -> bool:
    """An answer is owed or may be given again, and no other plan's is undecided."""
    if notice.state == "responded":
        other = world.plans.get(notice.plan) if notice.plan != plan else None
        undecided = other and other.attempts == notice.submission
        return not (undecided and other.state in ("submitted", "more_info_requested"))
    return notice.state in ("received", "acknowledged")


def answer(world: World, handle: str, plan: int, submission: int) -> None:
    notice = world.notices[handle]
    notice.plan, notice.submission, notice.attempts = plan, submission, notice.attempts + 1
    notice.turn(world.now, "responded")


def reopen(world: World, plan: int, submission: int) -> None:
    for notice in _answered(world, plan, submission):
        notice.turn(world.now, "acknowledged")


def close_answered(world: World, plan: int, submission: int) -> None:
    for notice in _answered(world, plan, submission):
        notice.turn(world.now, "closed")


def _answered(world: World, plan: int, submission: int) -> list[Notice]:
    return [
        one
        for one in world.notices.values()
        if (one.plan, one.submission, one.state) == (plan, submission, "responded")
    ]


def _move(world: World, who: str, handle: str, state: str, allowed: set[str]) -> None:
    world.allow(who, "write")
    notice = world.notices[handle]
    refuse(notice_cannot_move=notice.state not in allowed)
    notice.turn(world.now, state)
    world.note()
