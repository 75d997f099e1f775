"""Why a commitment that is not overdue yet is likely to become so. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.commitments.rules import OPEN_STATES, State, is_overdue

LAST = 2
"""How many times of a series in a row have to be missed."""


class Reason(StrEnum):
    """Why."""

    NOT_STARTED = "not_started"
    EXTENSION_PENDING = "extension_pending"
    OWNER_BEHIND = "owner_behind"
    SERIES_MISSED = "series_missed"


@dataclass(frozen=True, slots=True)
class Stood:
    """How a commitment stood."""

    state: State
    due_at: datetime
    done_at: datetime | None = None
    """When its completion was recorded, if it stood as done or verified."""


def is_missed(one: Stood, as_of: datetime) -> bool:
    """Say whether a commitment whose due has passed was not kept: overdue, or completed late."""
    return is_overdue(one.state, one.due_at, as_of) or (one.done_at is not None and one.due_at <= one.done_at)


def is_behind(owned: Sequence[Stood], as_of: datetime) -> bool:
    """Say whether somebody has more overdue commitments than open ones that are not overdue yet."""
    overdue = sum(is_overdue(one.state, one.due_at, as_of) for one in owned)
    return overdue > sum(one.state in OPEN_STATES for one in owned) - overdue


def is_slipping(series: Sequence[Stood], as_of: datetime) -> bool:
    """Say whether the last two times of a series that came due or were done were both missed.

    What is done ahead of its due counts at once, so that nothing changes when that passes. A waived one is passed over.
    """
    over = [one for one in series if one.done_at is not None or is_overdue(one.state, one.due_at, as_of)]
    return len(over) >= LAST and all(is_missed(one, as_of) for one in over[-LAST:])


def reasons(
    one: Stood,
    *,
    owned: Sequence[Stood],
    series: Sequence[Stood],
    extension_pending: bool,
    as_of: datetime,
    reach: timedelta,
) -> list[Reason]:
    """Return why a commitment is likely to become overdue; none if it is overdue or no longer open.

    *owned* are all commitments of its owner, *series* those of its series in the order of their numbers, as they all
    stood at *as_of*. `likely` is the SQL twin; a property test holds the two together.
    """
    if one.state not in OPEN_STATES or is_overdue(one.state, one.due_at, as_of):
        return []
    found = {
        Reason.NOT_STARTED: one.state is State.OPEN and one.due_at <= as_of + reach,
        Reason.EXTENSION_PENDING: extension_pending,
        Reason.OWNER_BEHIND: is_behind(owned, as_of),
        Reason.SERIES_MISSED: is_slipping(series, as_of),
    }
    return [reason for reason, applies in found.items() if applies]
