"""What a commitment may become, and when it is overdue. Pure: data and an instant in, answer or refusal out."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.core.problems import Conflict, Invalid, NotFound


class State(StrEnum):
    OPEN = "open"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    VERIFIED = "verified"
    WAIVED = "waived"


class Kind(StrEnum):
    """CAPA: undo what happened, or keep it from happening again."""

    CORRECTIVE = "corrective"
    PREVENTIVE = "preventive"


class Verdict(StrEnum):
    """What somebody found who looked at the evidence."""

    VERIFIED = "verified"
    REJECTED = "rejected"


class EvidenceKind(StrEnum):
    NOTE = "note"
    LINK = "link"
    FILE = "file"


OPEN_STATES = frozenset({State.OPEN, State.IN_PROGRESS})
"""The states in which something is still to be done, and so may be overdue."""

_MOVES: dict[State, frozenset[State]] = {
    State.OPEN: frozenset({State.IN_PROGRESS, State.DONE, State.WAIVED}),
    State.IN_PROGRESS: frozenset({State.OPEN, State.DONE, State.WAIVED}),
    State.DONE: frozenset({State.VERIFIED, State.OPEN}),
    State.VERIFIED: frozenset(),
    State.WAIVED: frozenset(),
}


class CommitmentNotFound(NotFound):
    """There is no such commitment.

    Name it by its id or its reference, such as `POA-7.3`; an occurrence of a recurring one as `POA-7.3.4`.
    """


class CommitmentCannotMove(Conflict):
    """The commitment is not in a state that allows this.

    It may have been completed already, perhaps by someone else a moment ago. Read it to see who did what.
    """


class EvidenceNeeded(Conflict):
    """Completing needs evidence.

    Action is proof: add a note, a link or a file with `POST /v1/commitments/{commitment}/evidence`, or send `evidence`
    along with the completion. After a rejection it takes another piece: what was there did not show it. The workspace
    setting `evidence_required` switches this rule off.
    """


class UnknownFile(Invalid):
    """No such file was uploaded here.

    `POST /v1/files` takes the bytes and answers with the `sha256` to name. What no evidence names within a day goes.
    """


class EvidenceNotFound(NotFound):
    """There is no such piece of evidence here.

    The list of a commitment's or a plan's evidence has their ids.
    """


class SupersededAlready(Conflict):
    """This piece of evidence was superseded before.

    `superseded_by` names the piece that took its place: supersede that one.
    """


class SelfVerified(Conflict):
    """Who completed a commitment does not verify it.

    Let another approver look at the evidence. The workspace setting `four_eyes` switches this rule off; every proof
    then says what was verified by who had done it.
    """


class PerformedInTheFuture(Invalid):
    """It cannot have been performed on a day that has not come yet."""


class SameOwner(Conflict):
    """This member owns the commitment already."""


class StillAccountable(Conflict):
    """This member is accountable for something that is still open.

    Somebody is at every instant. Let the member hand over by the same call, with `hand_over_to`, or reassign what they
    own before: `GET /v1/commitments?owner=` lists it. A recurring commitment without an end is handed over as a whole.
    """


def move(now: State, to: State) -> State:
    """Return *to* if a commitment in state *now* may become it, else refuse."""
    if to not in _MOVES[now]:
        raise CommitmentCannotMove(f"It is `{now}` and cannot become `{to}`.")
    return to


def is_overdue(state: State, due_at: datetime, as_of: datetime) -> bool:
    """Say whether a commitment is overdue: still open, and its due has passed or passes at this instant.

    The only definition. `overdue()` in queries is its SQL twin; a property test holds the two together.
    """
    return state in OPEN_STATES and due_at <= as_of


def is_due_today(state: State, due_at: datetime, due_on: date, as_of: datetime, zone: ZoneInfo) -> bool:
    """Say whether a commitment is due today where its plan lives: open, not overdue, and its day has come."""
    return state in OPEN_STATES and as_of < due_at and due_on <= as_of.astimezone(zone).date()


def days_overdue(due_on: date, as_of: datetime, zone: ZoneInfo) -> int:
    """Return the local calendar days from the due day to *as_of*, at least 1, of a commitment that is overdue."""
    return max(1, (as_of.astimezone(zone).date() - due_on).days)


def days_late(due_on: date, due_at: datetime, recorded_at: datetime, zone: ZoneInfo) -> int:
    """Return by how many local calendar days a completion recorded at that instant is late; 0 is on time.

    Judged on when it was recorded, never on when it is said to have been done. A deadline that is an instant and was
    missed within its own day is 1 day late.
    """
    return days_overdue(due_on, recorded_at, zone) if due_at <= recorded_at else 0


def check_performed(performed_on: date, *, recorded_at: datetime, zone: ZoneInfo) -> None:
    """Refuse a claimed day that has not come yet where the plan lives; a day's slack for those east of it."""
    if performed_on > recorded_at.astimezone(zone).date() + timedelta(days=1):
        raise PerformedInTheFuture(f"{performed_on} is still to come in {zone.key}.")
