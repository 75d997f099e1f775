"""What a reviewer would ask about a plan before it is sent: soft gaps, each with what to do. Pure.

None of these keeps a plan from being approved: what does is in `rules.gaps`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.core.problems import Fault
from app.plans.rules import Content, PlanState

NEAR = timedelta(days=3)
"""How long before a deadline it is said to be near."""
LAST = 1
"""How many attempts are left when they are said to run out."""

_PENDING = frozenset({PlanState.DRAFT, PlanState.DENIED, PlanState.MORE_INFO_REQUESTED})
"""States in which it is still to be sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a notice asks of the plan that answers it."""

    title: str
    items: tuple[str, ...]
    respond_by: datetime | None
    attempts_allowed: int | None
    attempts: int
    evidence_window_days: int | None
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A piece of evidence that the plan has: what it covers, and the day it bears."""

    name: str
    items: tuple[str, ...]
    document_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """All that a reviewer looks at."""

    content: Content
    state: PlanState
    notices: Sequence[Asked]
    evidence: Sequence[Shown]
    is_signed_off: bool
    four_eyes: bool


@dataclass(frozen=True, slots=True)
class Budget:
    """What is left: the nearest deadline and the fewest attempts of all notices, whichever comes first."""

    respond_by: datetime | None
    attempts_allowed: int | None
    attempts_left: int | None


def budget(notices: Sequence[Asked]) -> Budget:
    """Return the tightest of what the notices allow."""
    counted = [(one.attempts_allowed - one.attempts, one.attempts_allowed) for one in notices if one.attempts_allowed]
    left, allowed = min(counted, default=(None, None))
    nearest = min((one.respond_by for one in notices if one.respond_by), default=None)
    return Budget(nearest, allowed, None if left is None else max(left, 0))


def hints(case: Case, *, at: datetime) -> list[Fault]:
    """Return what a reviewer would ask about, each with its JSON pointer into the plan, and what to do."""
    found = [*_causes(case.content), *_items(case), *_evidence(case)]
    if case.state in _PENDING:
        found += [*_running_out(budget(case.notices), at), *_unsigned(case)]
    return found


def _causes(content: Content) -> Iterator[Fault]:
    if not content["root_causes"]:
        yield Fault("/root_causes", "No root cause is named: say why it happened.", "no_root_cause")
    for index, cause in enumerate(content["root_causes"]):
        kinds = {one["kind"] for one in content["commitments"] if cause["key"] in one["root_causes"]}
        for kind in sorted({"corrective", "preventive"} - kinds):
            detail = f"No {kind} commitment addresses `{cause['key']}`."
            yield Fault(f"/root_causes/{index}", detail, f"no_{kind}")


def _items(case: Case) -> Iterator[Fault]:
    """Each item of the notices is covered: by a commitment, or by evidence."""
    said = " ".join(promise["text"] for promise in case.content["commitments"])
    covered = _promised(case.content) | {item for piece in case.evidence for item in piece.items}
    wanted = {item: index for index, asked in reversed(list(enumerate(case.notices))) for item in asked.items}
    for item, index in sorted(wanted.items(), key=lambda one: (one[1], one[0])):
        if item not in covered and item.partition(":")[2] not in said:
            detail = f"`{item}` of the notice is covered by no commitment and no evidence: add one that names it."
            yield Fault(f"/notices/{index}", detail[:200], "item_not_covered")


def _promised(content: Content) -> set[str]:
    """Return the items that commitments list; one that lists none covers all items of the plan."""
    own = [f"{item['type']}:{item['ref']}" for item in content["items"]]
    return {item for promise in content["commitments"] for item in promise.get("items") or own}


def _evidence(case: Case) -> Iterator[Fault]:
    """Evidence bears a day, and lies within the time that a notice asks for."""
    windows = [(one.evidence_window_days, one.received_at) for one in case.notices if one.evidence_window_days]
    if not windows:
        return
    if not case.evidence:
        days = min(days for days, _ in windows)
        detail = f"The notice asks for evidence of the last {days} days: add it with POST /v1/plans/{{plan}}/evidence."
        yield Fault("/evidence", detail, "no_evidence")
    zone = ZoneInfo(case.content["timezone"])
    first = max(received.astimezone(zone).date() - timedelta(days=days) for days, received in windows)
    for index, piece in enumerate(case.evidence):
        if piece.document_on is None:
            detail = f"{piece.name} says no day of its own: add it with `document_on`."
            yield Fault(f"/evidence/{index}", detail[:200], "evidence_undated")
        elif piece.document_on < first:
            detail = f"{piece.name} is of {piece.document_on}; the notice asks for {first} or later."
            yield Fault(f"/evidence/{index}", detail[:200], "evidence_too_old")


def _running_out(left: Budget, at: datetime) -> Iterator[Fault]:
    """The deadline and the attempts are watched together."""
    attempts = "" if left.attempts_left is None else f", {left.attempts_left} of {left.attempts_allowed} attempts left"
    if left.respond_by is not None and left.respond_by <= at:
        detail = f"The deadline was {_when(left.respond_by)}{attempts}: send it now, and say why it is late."
        yield Fault("/notices", detail, "deadline_passed")
    elif left.respond_by is not None and left.respond_by <= at + NEAR:
        yield Fault("/notices", f"The deadline is {_when(left.respond_by)}{attempts}.", "deadline_near")
    if left.attempts_left == 0:
        detail = "No attempt is left of those that the notice allows: ask the authority for another before you send it."
        yield Fault("/notices", detail, "no_attempts_left")
    elif left.attempts_left is not None and left.attempts_left <= LAST:
        yield Fault("/notices", "This is the last attempt that the notice allows.", "last_attempt")


def _unsigned(case: Case) -> Iterator[Fault]:
    if case.four_eyes and not case.is_signed_off and case.state is not PlanState.MORE_INFO_REQUESTED:
        detail = "Somebody else than the authors signs it off first: POST /v1/plans/{plan}/sign-off."
        yield Fault("/", detail, "not_signed_off")


def _when(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
