"""What a reviewer would ask about a plan before it is sent: soft gaps, each with what to do. Pure.

None of these keeps a plan from being approved: what does is in `rules.gaps`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from app.core.problems import Fault
from app.notices.rules import ENDED, NoticeState
from app.plans.rules import Content, PlanState

NEAR = timedelta(days=3)
"""How long before a deadline it is said to be near."""
LAST = 1
"""How many attempts are left when they are said to run out."""

_NAME = 80
"""How much of a name is repeated in a hint, which is one line of at most 200 characters."""
_MANY = 500
"""How many uncovered items are named: as many as a plan can list. And as many faults of the evidence."""

_PENDING = frozenset({PlanState.DRAFT, PlanState.DENIED, PlanState.MORE_INFO_REQUESTED})
"""States in which it is still to be sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a notice asks of the plan that answers it."""

    title: str
    state: NoticeState
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
    """What is left: the nearest deadline and the fewest attempts of all open notices, whichever comes first."""

    respond_by: datetime | None
    attempts_allowed: int | None
    attempts_left: int | None


def budget(notices: Sequence[Asked]) -> Budget:
    """Return the tightest of what the notices allow; those that were closed or dismissed are over."""
    still = [one for one in notices if one.state not in ENDED]
    counted = [(one.attempts_allowed - one.attempts, one.attempts_allowed) for one in still if one.attempts_allowed]
    left, allowed = min(counted, default=(None, None))
    nearest = min((one.respond_by for one in still if one.respond_by), default=None)
    return Budget(nearest, allowed, None if left is None else max(left, 0))


def hints(case: Case, *, at: datetime) -> list[Fault]:
    """Return what a reviewer would ask about, each with its JSON pointer into the plan, and what to do."""
    found = [*_causes(case.content), *islice(_items(case), _MANY), *islice(_evidence(case), _MANY)]
    if case.state not in _PENDING:
        return found
    left = budget(case.notices)
    if case.state is PlanState.MORE_INFO_REQUESTED:
        # The answer belongs to the attempt that is under way: it needs neither another one nor a sign-off.
        return [*found, *_running_out(replace(left, attempts_left=None), at)]
    return [*found, *_ended(case), *_running_out(left, at), *_unsigned(case)]


def _causes(content: Content) -> Iterator[Fault]:
    if not content["root_causes"]:
        yield Fault("/root_causes", "No root cause is named: say why it happened.", "no_root_cause")
    for index, cause in enumerate(content["root_causes"]):
        kinds = {one["kind"] for one in content["commitments"] if cause["key"] in one["root_causes"]}
        for kind in sorted({"corrective", "preventive"} - kinds):
            detail = f"No {kind} commitment addresses `{cause['key']}`: add one that lists it in its `root_causes`."
            yield Fault(f"/root_causes/{index}", detail, f"no_{kind}")


def _items(case: Case) -> Iterator[Fault]:
    """Each item of the notices is covered: by a commitment, or by evidence."""
    said = " ".join(promise["text"] for promise in case.content["commitments"])
    covered = _promised(case.content) | {item for piece in case.evidence for item in piece.items}
    wanted = {item: index for index, asked in reversed(list(enumerate(case.notices))) for item in asked.items}
    for item, index in sorted(wanted.items(), key=lambda one: (one[1], one[0])):
        if item not in covered and not _names(said, item.partition(":")[2]):
            detail = (
                f"`{_short(item)}` of the notice is covered by no commitment and no evidence: add one that names it."
            )
            yield Fault(_place(case, index), detail, "item_not_covered")


def _names(text: str, ref: str) -> bool:
    """Say whether *text* names *ref* itself, and not only something longer, as `A-12` is in `A-123`."""
    return ref in text and re.search(rf"(?<![\w-]){re.escape(ref)}(?![\w-])", text) is not None


def _place(case: Case, index: int) -> str:
    """Return the pointer to a notice; those that a plan has answered without naming them come last."""
    return f"/notices/{index}" if index < len(case.content["notices"]) else "/notices"


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
            detail = f"{_short(piece.name)} bears no day: add it once more, with `document_on`."
            yield Fault(f"/evidence/{index}", detail, "evidence_undated")
        elif piece.document_on < first:
            detail = (
                f"{_short(piece.name)} is of {piece.document_on}: the notice asks for {first} or later, so add newer."
            )
            yield Fault(f"/evidence/{index}", detail, "evidence_too_old")


def _ended(case: Case) -> Iterator[Fault]:
    """A notice that is over cannot be answered: sending the plan would be refused."""
    for index, asked in enumerate(case.notices):
        if asked.state in ENDED:
            detail = f"{_short(asked.title)} is {asked.state}: take it out of `notices` before you send the plan."
            yield Fault(_place(case, index), detail, "notice_ended")


def _running_out(left: Budget, at: datetime) -> Iterator[Fault]:
    """The deadline and the attempts are watched together."""
    attempts = "" if left.attempts_left is None else f", {left.attempts_left} of {left.attempts_allowed} attempts left"
    if left.respond_by is not None and left.respond_by <= at:
        detail = f"The deadline was {_when(left.respond_by)}{attempts}: send it now, and say why it is late."
        yield Fault("/notices", detail, "deadline_passed")
    elif left.respond_by is not None and left.respond_by <= at + NEAR:
        detail = f"The deadline is {_when(left.respond_by)}{attempts}: send it before."
        yield Fault("/notices", detail, "deadline_near")
    if left.attempts_left == 0:
        detail = "No attempt is left of those that the notice allows: ask the authority for another before you send it."
        yield Fault("/notices", detail, "no_attempts_left")
    elif left.attempts_left is not None and left.attempts_left <= LAST:
        detail = "This is the last attempt that the notice allows: let somebody read it once more."
        yield Fault("/notices", detail, "last_attempt")


def _unsigned(case: Case) -> Iterator[Fault]:
    if case.four_eyes and not case.is_signed_off:
        detail = "Somebody else than the authors signs it off first: POST /v1/plans/{plan}/sign-off."
        yield Fault("/", detail, "not_signed_off")


def _short(text: str) -> str:
    """Return what names something, fit for one line."""
    line = " ".join(text.split())
    return line if len(line) <= _NAME else f"{line[: _NAME - 1]}…"


def _when(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
