"""What a plan's dues come to once it is approved. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.commitments import schedule
from app.core.problems import Fault
from app.plans.rules import Content

MAX_COMMITMENTS = 2000
"""Of one plan, every occurrence counted."""


@dataclass(frozen=True, slots=True)
class Due:
    """When one clause is due: on a local day or, if `at` is given, at that instant of it."""

    number: int
    on: date
    at: datetime | None


def of(content: Content, approved_at: datetime) -> list[Due]:
    """Return the dues of the clauses that have one, counted from the approval."""
    zone = ZoneInfo(content["timezone"])
    dues = (_due(number, promise, approved_at, zone) for number, promise in enumerate(content["commitments"], 1))
    return [due for due in dues if due]


def resolve(content: Content, approved_at: datetime) -> tuple[list[Due], list[Fault]]:
    """Return the same, and a fault for each that cannot be kept."""
    zone, found = ZoneInfo(content["timezone"]), of(content, approved_at)
    faults: list[Fault] = []
    total = 0
    for due in found:
        index, promise = due.number - 1, content["commitments"][due.number - 1]
        try:
            total += _count(promise, due, approved_at, zone)
        except schedule.NotADay as error:
            faults.append(Fault(f"/commitments/{index}/except_on", f"{error}.", "not_a_day"))
        except ValueError as error:
            faults.append(Fault(f"/commitments/{index}/recurrence", f"{error}.", "recurrence"))
    if total > MAX_COMMITMENTS:
        detail = f"{total} commitments, every time counted: at most {MAX_COMMITMENTS}."
        faults.append(Fault("/commitments", detail, "too_many"))
    return found, faults


def exceptions(promise: Any) -> list[date]:
    """Return the days on which a clause does not recur although its rule names them."""
    # What was written before there were exceptions has none.
    return [date.fromisoformat(day) for day in promise.get("except_on", ())]


def _count(promise: Any, due: Due, approved_at: datetime, zone: ZoneInfo) -> int:
    if promise["recurrence"] is None:
        return 1
    until, except_on = schedule.horizon(approved_at, due.on), exceptions(promise)
    return len(schedule.occurrences(promise["recurrence"], due.on, until=until, zone=zone, except_on=except_on))


def _due(number: int, promise: Any, approved_at: datetime, zone: ZoneInfo) -> Due | None:
    if promise["due_on"]:
        return Due(number, date.fromisoformat(promise["due_on"]), None)
    if promise["due_at"]:
        at = datetime.fromisoformat(promise["due_at"]).astimezone(UTC)
    elif promise["due_after_approval"]:
        length = schedule.parse_duration(promise["due_after_approval"])
        # `PT72H` ends at an instant, `P14D` on a day.
        if not isinstance(length, timedelta):
            return Due(number, schedule.day_after(approved_at, length, zone), None)
        at = schedule.instant_after(approved_at, length)
    else:
        return None
    return Due(number, schedule.day_of(at, zone), at)
