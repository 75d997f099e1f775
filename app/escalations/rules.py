"""When something is escalated. Pure: data in, answer or refusal out."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.commitments.schedule import end_of
from app.core.problems import Conflict, NotFound

MAX_ACTIVE = 100
"""Rules at work in one workspace: each is asked for every answer."""

LEVELS = 5


class EscalationRuleNotFound(NotFound):
    """There is no such escalation rule."""


class TooManyRules(Conflict):
    """There are as many escalation rules at work as there can be.

    Switch one off that is not needed any more (`active: false`), or let one do the work of several.
    """


def stands_since(due_on: date, due_at: datetime, zone: ZoneInfo, *, older_than_days: int) -> datetime:
    """Return the instant from which an open commitment is overdue by more than so many days.

    More than none: from its due on. Else from the first instant of the local day on which it is one day more.
    `since` in queries is its SQL twin.
    """
    return end_of(due_on + timedelta(days=older_than_days), zone) if older_than_days else due_at
