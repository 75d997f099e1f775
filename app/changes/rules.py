"""Who may ask for what to change, and who decides it. Pure."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from app.core.problems import Conflict, Invalid, NotFound


class RequestKind(StrEnum):
    """What is asked for, of a commitment."""

    EXTENSION = "extension"
    """Another due."""
    WAIVER = "waiver"
    """To drop it. What is waived never counts as done."""


class RequestState(StrEnum):
    REQUESTED = "requested"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Outcome(StrEnum):
    """What was decided on a request."""

    GRANTED = "granted"
    REFUSED = "refused"


class RequestNotFound(NotFound):
    """There is no such request.

    An extension is not a waiver: each is decided under its own address. `GET /v1/waiting` lists what is to be decided.
    """


class AmendmentNotFound(NotFound):
    """There is no such amendment."""


class RequestedAlready(Conflict):
    """An extension or a waiver of this commitment is asked for already.

    One at a time: let it be decided, or withdraw it, and ask again.
    """


class RequestIsClosed(Conflict):
    """The request is closed: granted, refused or withdrawn, perhaps by someone else a moment ago.

    What was decided stays. Ask again if something has changed since.
    """


class NothingToChange(Conflict):
    """The commitment is not open, so there is nothing to extend or to waive.

    A request that is still undecided can be refused, or withdrawn.
    """


class SelfDecided(Conflict):
    """Who asks does not decide.

    Let another approver decide it. The workspace setting `four_eyes` switches this rule off; every proof then says
    what was decided by who had asked for it.
    """


class NotTheirRequest(Conflict):
    """Only who asked withdraws a request.

    An approver can refuse it.
    """


class NotLater(Invalid):
    """An extension ends later than the due that it moves, and later than now."""


class PlanNotApproved(Conflict):
    """Only an approved plan is amended.

    A draft is changed with `PATCH /v1/plans/{plan}`.
    """


class NothingAmended(Invalid):
    """An amendment adds commitments, or ends or changes recurring ones."""


class DayHasPassed(Conflict):
    """The first due under the other rule has passed.

    It would be overdue as soon as it is granted: missed under the old rule, and once more under the new one. Refuse the
    amendment, and let it be asked for again from a later day.
    """


class WordsErased(Conflict):
    """The words of this recurring commitment were erased, so it cannot go on under another rule.

    End it without a `recurrence`, and add a commitment that says what is to be done.
    """


class EndedAlready(Conflict):
    """This recurring commitment was ended by another amendment meanwhile."""


def check_open(state: RequestState) -> None:
    """Refuse what was decided or withdrawn already."""
    if state is not RequestState.REQUESTED:
        raise RequestIsClosed(f"It is `{state}`.")


def check_withdrawal(by: UUID, requested_by: UUID) -> None:
    if by != requested_by:
        raise NotTheirRequest


def check_later(due_at: datetime, *, due_on: date, current: datetime, at: datetime) -> None:
    """Refuse a due that is not later than the *current* one, or over already. Asking after the due is possible."""
    if due_at <= current:
        raise NotLater(f"{due_on} is not later than the due it has.")
    if due_at <= at:
        raise NotLater(f"{due_on} is over already.")
