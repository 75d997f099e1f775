"""When a digest is due, and whether one that did not go out is tried again."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.core.problems import Invalid, Unavailable

HOUR = 8
"""When a digest comes if nobody said otherwise."""

MADE_UP = timedelta(hours=20)
"""How late a digest may come. A worker that wakes later than that waits for the next hour, which is near."""

LEASE = timedelta(minutes=5)
"""How long whoever claimed a digest has it alone. Connecting and logging in end long before."""

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180))
"""What is waited after each attempt that was refused; after the last one, the day is given up."""


class ChannelNotUnderstood(Invalid):
    """This is no channel that a digest can take.

    A channel is `email`, or the URL of a service as Apprise writes it, such as `slack://...`, `ntfys://...` or
    `jsons://host/path`. Services of the machine itself (desktops, its system log) are refused, and so are private
    addresses unless the server allows them (`FOLLOWTHROUGH_PRIVATE_CHANNELS`).
    """


class TooManyChannels(Unavailable):
    """Too many channels are being looked at at once.

    Whether the URL of a channel is one takes up to 30 seconds to find out. Send it again after as many seconds as
    `Retry-After` says. Nothing was recorded.
    """


class Channel(StrEnum):
    """How a digest gets to somebody."""

    EMAIL = "email"
    APPRISE = "apprise"


class Days(StrEnum):
    """On which days."""

    EVERY_DAY = "every_day"
    WEEKDAYS = "weekdays"
    """Monday to Friday."""


class State(StrEnum):
    """How far the digest of one day has come."""

    EMPTY = "empty"
    """There was nothing to say at its hour. It is not sent later that day either."""
    CLAIMED = "claimed"
    """Somebody prepares to hand it over. Nothing has left this machine."""
    HANDING = "handing"
    """It may have been handed over. A crash here leaves it so, and it is never sent again."""
    SENT = "sent"
    REFUSED = "refused"
    """It was surely not taken. It is tried again."""
    LOST = "lost"
    """Nobody knows whether it was taken. It is never sent again."""


COMES_FROM: dict[State, tuple[State, ...]] = {
    State.HANDING: (State.CLAIMED,),
    State.SENT: (State.HANDING,),
    State.LOST: (State.HANDING,),
    State.REFUSED: (State.CLAIMED, State.HANDING),
}
"""What an attempt may make of a digest, and of which states."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One time at which a digest is due: the local day that it belongs to, and the instant."""

    day: date
    at: datetime


def last_slot(at: datetime, *, hour: int, zone: str, days: Days) -> Slot | None:
    """Return the newest slot that has come by *at*, None if it is too long ago to be made up.

    An hour that a day does not have (summer time begins) comes where it would have been, so an hour later by the
    clock; one that a day has twice comes the first time.
    """
    for day in _days_back(at, zone):
        if days is Days.WEEKDAYS and day.weekday() >= 5:
            continue
        begins = datetime.combine(day, time(hour), ZoneInfo(zone))
        # Compared as instants: within one zone, Python compares what the clock shows.
        if begins.timestamp() <= at.timestamp():
            late = timedelta(seconds=at.timestamp() - begins.timestamp())
            return Slot(day, begins) if late <= MADE_UP else None
    return None


def _days_back(at: datetime, zone: str) -> Iterator[date]:
    today = at.astimezone(ZoneInfo(zone)).date()
    yield from (today - timedelta(days=back) for back in range(4))


def may_try(state: State | None, attempts: int, last: datetime | None, *, at: datetime) -> bool:
    """Say whether a digest may be claimed that stands so after that many attempts, the last one then."""
    if state is None or last is None:
        return True
    if not 0 < attempts <= len(PAUSES):
        return False
    match state:
        case State.REFUSED:
            return last + PAUSES[attempts - 1] <= at
        case State.CLAIMED:
            # Whoever claimed it is gone, and had not begun to hand it over.
            return last + LEASE <= at
        case _:
            return False
