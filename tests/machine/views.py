"""What the model answers to questions: lists, counts, verdicts, figures. All of it of an instant."""

from collections import Counter
from datetime import date, datetime
from typing import Any

from tests.machine import changes, days
from tests.machine.model import World
from tests.machine.promises import OPEN, Promise, Span


def listed(world: World, as_of: datetime) -> dict[str, dict[str, Any]]:
    """Return what was, is, or will be there at that instant if nobody acts, as lists show it, by reference."""
    return {
        one.reference: _shown(world, one, span, as_of)
        for one in world.promises.values()
        if (span := one.stood(as_of, world.now))
    }


def next_change(world: World, as_of: datetime) -> datetime | None:
    """Return when the list of what is overdue changes next if nobody acts."""
    stood = [one.stood(as_of, world.now) for one in world.promises.values()]
    return min((one.due_at for one in stood if one and one.state in OPEN and one.due_at > as_of), default=None)


def summary(world: World, as_of: datetime) -> dict[str, dict[str, int]]:
    """Count the open ones: in all, by owner and by plan."""
    counts: dict[str, Counter[str]] = {"all": Counter()}
    for promise in world.promises.values():
        span = promise.stood(as_of, world.now)
        if span is None or span.state not in OPEN:
            continue
        late = days.days_late(span.due_on, span.due_at, as_of, promise.zone)
        if late:
            age = (
                next(f"days_{low}_{high}" for low, high in ((1, 7), (8, 30), (31, 90)) if late <= high)
                if late < 91
                else "days_over_90"
            )
            found = {"overdue", age}
        else:
            found = {"due_today" if span.due_on <= days.local(as_of, promise.zone) else "not_yet_due"}
        for group in ("all", span.owner, f"POA-{promise.plan}"):
            counts.setdefault(group, Counter()).update({"open", *found})
    return {group: dict(found) for group, found in counts.items()}


def verdict(promise: Promise, as_of: datetime) -> tuple[str, int, str, str, bool]:
    """Return what a proof says of a commitment: its outcome, days late, both dues, and whether it was verified."""
    days_late = days.days_late(promise.due_on, promise.due_at, promise.recorded_at or as_of, promise.zone)
    if promise.state == "waived":
        outcome, days_late = "waived", 0
    elif promise.recorded_at:
        outcome = "late" if days_late else "on time"
    else:
        outcome = "overdue" if days_late else "open"
    return outcome, days_late, f"{promise.due_on}", f"{promise.first_on}", promise.state == "verified"


def figures(world: World, period: tuple[date, date], as_of: datetime) -> Counter[str]:
    """Count what was due at first on a day of the period (both days in it): what became of it, as of an instant.

    `promised` is the sum of `on_time`, `late`, `overdue`, `waived` and `open`. Lateness is by the due as it stands.
    """
    found: Counter[str] = Counter()
    for promise in world.promises.values():
        span = promise.stood(as_of, world.now)
        if span and period[0] <= promise.first_on <= period[1]:
            found.update({"promised", _became(promise, span, as_of)})
    return found


def _became(promise: Promise, span: Span, as_of: datetime) -> str:
    if span.state == "waived":
        return "waived"
    if span.state in OPEN:
        return "overdue" if span.due_at <= as_of else "open"
    # A verification begins a span of its own: what counts is when it was done. If the clock was put back, the span
    # begins later than that.
    done_at = min(promise.done_at or span.since, span.since)
    return "late" if days.days_late(span.due_on, span.due_at, done_at, promise.zone) else "on_time"


def _shown(world: World, promise: Promise, span: Span, as_of: datetime) -> dict[str, Any]:
    is_now = as_of >= world.now
    asked = [one for one in world.requests.values() if one.reference == promise.reference and one.kind == "extension"]
    waiting = changes.pending(world, promise.reference)
    return {
        "state": span.state,
        "owner": span.owner,
        "due_on": span.due_on,
        "due_at": span.due_at,
        "original_due_on": promise.first_on,
        "days_overdue": days.days_late(span.due_on, span.due_at, as_of, promise.zone) if span.state in OPEN else 0,
        "extensions": len(promise.granted) if is_now else sum(one <= as_of for one in promise.granted),
        "extension_pending": bool(waiting and waiting.kind == "extension")
        if is_now
        else any(one.is_pending(as_of) for one in asked),
    }
