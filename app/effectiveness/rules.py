"""Whether the problem came back: when that can be judged, by whom, and how a plan is doing meanwhile. Pure."""

from datetime import datetime, timedelta
from enum import StrEnum

from app.core.problems import Conflict


class Effect(StrEnum):
    """What an effectiveness check comes to."""

    EFFECTIVE = "effective"
    """The problem did not come back."""
    INEFFECTIVE = "ineffective"
    INCONCLUSIVE = "inconclusive"


class Health(StrEnum):
    """How an approved plan is doing, worst first: derived from its commitments and checks, never stored."""

    RECURRED = "recurred"
    """The problem came back after the plan was carried out."""
    OVERDUE = "overdue"
    DUE_SOON = "due_soon"
    """Something is due within 7 days."""
    ON_TRACK = "on_track"
    VERIFIED_EFFECTIVE = "verified_effective"
    FULFILLED = "fulfilled"
    """Carried out: nothing is left to do."""


class NotCarriedOut(Conflict):
    """The plan is not carried out yet, so there is no effect to judge.

    Every action is done or waived first, at least one of them done. Of a recurring commitment without an end, the first
    time counts.
    """


class StillObserved(Conflict):
    """It is too early to call the plan effective.

    `effective` needs the whole observation window without the problem. `ineffective` and `inconclusive` can be said at
    any time after the plan was carried out.
    """


class ProblemCameBack(Conflict):
    """Notices on the same items and of the same category came in after the plan was carried out.

    Look at them: `GET /v1/plans/{plan}/effectiveness` lists them. If they have another cause, send their number as
    `recurrences_seen` along with the reason; the ledger keeps both.
    """


class PlanErased(Conflict):
    """The words of this plan were erased, so nobody can tell any more whether its problem came back.

    Which items and notices it was about went with them. `ineffective` and `inconclusive` can still be said.
    """


class ActorsDoNotJudge(Conflict):
    """Who completed one of the plan's commitments does not judge its effect.

    Let another approver do so. The workspace setting `four_eyes` switches this rule off; every proof then says so.
    """


def check(
    effect: Effect,
    *,
    carried_out_at: datetime | None,
    window_ends_at: datetime | None,
    recurrences: int | None,
    seen: int | None,
    at: datetime,
) -> tuple[datetime, datetime]:
    """Return when the plan was carried out and when its window ends; refuse an effect that cannot be said yet, or that
    overlooks that the problem came back, or of which nobody can tell: then *recurrences* is None.
    """
    if effect is Effect.EFFECTIVE and recurrences is None:
        raise PlanErased
    if carried_out_at is None or window_ends_at is None:
        raise NotCarriedOut
    if effect is Effect.EFFECTIVE and at < window_ends_at:
        raise StillObserved(f"It is observed until {window_ends_at:%Y-%m-%dT%H:%M:%SZ}.")
    if effect is Effect.EFFECTIVE and recurrences and seen != recurrences:
        raise ProblemCameBack(f"{recurrences} came in since.")
    return carried_out_at, window_ends_at


SOON = timedelta(days=7)


def health(
    *, carried_out: bool, overdue: bool, next_due_at: datetime | None, unjudged: int, last: Effect | None, at: datetime
) -> Health:
    """Return how an approved plan is doing at that instant: the worst that holds.

    *last* is what the newest check came to, *unjudged* how many notices have come in that it did not know of.
    """
    if last is Effect.INEFFECTIVE or unjudged:
        return Health.RECURRED
    if overdue:
        return Health.OVERDUE
    if next_due_at is not None and next_due_at <= at + SOON:
        return Health.DUE_SOON
    if carried_out:
        return Health.VERIFIED_EFFECTIVE if last is Effect.EFFECTIVE else Health.FULFILLED
    return Health.ON_TRACK
