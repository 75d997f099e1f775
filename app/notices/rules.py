"""What a notice may become, and when its answer is overdue. Pure: data and an instant in, answer or refusal out."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from app.core.problems import Conflict, Fault, NotFound

SLACK = timedelta(days=1)
"""How far what came in may seem to come from the future: clocks differ."""


class NoticeState(StrEnum):
    RECEIVED = "received"
    ACKNOWLEDGED = "acknowledged"
    RESPONDED = "responded"
    CLOSED = "closed"
    DISMISSED = "dismissed"


class NoticeKind(StrEnum):
    """What came in."""

    NOTIFICATION = "notification"
    COMPLAINT = "complaint"


class Category(StrEnum):
    """What it is about; two notices of one category on one item are the same problem."""

    AUTHENTICITY = "authenticity"
    CONDITION = "condition"
    SAFETY = "safety"
    INTELLECTUAL_PROPERTY = "intellectual_property"
    RESTRICTED_PRODUCT = "restricted_product"
    LISTING_POLICY = "listing_policy"
    LISTING_ISSUE = "listing_issue"
    ORDER_PERFORMANCE = "order_performance"
    CUSTOMER_SERVICE = "customer_service"
    DOCUMENTATION = "documentation"
    ACCOUNT_STATUS = "account_status"
    OTHER = "other"


class Severity(StrEnum):
    """How bad it is."""

    INFO = "info"
    WARNING = "warning"
    SERIOUS = "serious"
    CRITICAL = "critical"


AWAITING = frozenset({NoticeState.RECEIVED, NoticeState.ACKNOWLEDGED})
"""The states in which an answer may still be owed, and so may be overdue."""

ENDED = frozenset({NoticeState.CLOSED, NoticeState.DISMISSED})
"""The states in which nothing is owed any more."""

ASKED = ("respond_by", "attempts_allowed", "evidence_window_days", "plan_requested")
"""What a notice asks for."""

_MOVES: dict[NoticeState, frozenset[NoticeState]] = {
    NoticeState.RECEIVED: frozenset({NoticeState.ACKNOWLEDGED, NoticeState.RESPONDED, NoticeState.DISMISSED}),
    NoticeState.ACKNOWLEDGED: frozenset({NoticeState.RESPONDED, NoticeState.DISMISSED}),
    # Answered again by the next attempt; owed again once the attempt is denied.
    NoticeState.RESPONDED: frozenset({NoticeState.RESPONDED, NoticeState.ACKNOWLEDGED, NoticeState.CLOSED}),
    NoticeState.CLOSED: frozenset(),
    # A notice that was dismissed by mistake is taken up again.
    NoticeState.DISMISSED: frozenset({NoticeState.ACKNOWLEDGED}),
}


_NEXT = {
    NoticeState.RECEIVED: "Answer it first, or dismiss it.",
    NoticeState.ACKNOWLEDGED: "Answer it first, or dismiss it.",
    NoticeState.RESPONDED: "Close it once the marketplace takes it as settled.",
    NoticeState.CLOSED: "When the problem comes back, record a new notice.",
    NoticeState.DISMISSED: "Acknowledge it again first.",
}


class NoticeNotFound(NotFound):
    """There is no such notice."""


class NoticeCannotMove(Conflict):
    """The notice is not in a state that allows this.

    A notice is acknowledged, answered or dismissed while it is open; one that was dismissed can be acknowledged again;
    one that is closed stays closed: when the problem comes back, record a new one.
    """


class NoticeDiffers(Conflict):
    """A notice with this source and external id is recorded already, in other words.

    Recording the same notice twice is one notice. If the first was mistaken, change it with `PATCH /v1/notices/{id}`;
    its text stays as it was recorded. If this is another notice, give it its own `external_id`.
    """


def move(now: NoticeState, to: NoticeState) -> NoticeState:
    """Return *to* if a notice in state *now* may become it, else refuse."""
    if to not in _MOVES[now]:
        raise NoticeCannotMove(f"It is `{now}` and cannot become `{to}`. {_NEXT[now]}")
    return to


def check_change(now: NoticeState, names: Collection[str]) -> None:
    """Refuse to change what a notice asked for once it has ended; what it is about can be corrected at any time."""
    if now in ENDED and (asked := next((name for name in ASKED if name in names), None)):
        raise NoticeCannotMove(f"It is `{now}`, so `{asked}` stays as it was. {_NEXT[now]}")


def is_ignored(state: NoticeState) -> bool:
    """Say whether nobody has taken note of it yet."""
    return state is NoticeState.RECEIVED


def is_response_overdue(state: NoticeState, respond_by: datetime | None, as_of: datetime) -> bool:
    """Say whether an answer is overdue: still owed, and the deadline has passed or passes at this instant.

    The same rule as for commitments: open, and due at or before *as_of*. `response_overdue()` in queries is its SQL
    twin; a property test holds the two together.
    """
    return state in AWAITING and respond_by is not None and respond_by <= as_of


def is_response_due_soon(state: NoticeState, respond_by: datetime | None, as_of: datetime, within: timedelta) -> bool:
    """Say whether an answer is owed and not overdue yet, but will be within that time."""
    return state in AWAITING and respond_by is not None and as_of < respond_by <= as_of + within


def contradictions(
    items: Sequence[tuple[str, str]], *, received_at: datetime, respond_by: datetime | None, at: datetime
) -> list[Fault]:
    """Return what is wrong in a notice, each with its JSON pointer."""
    found = []
    if received_at > at + SLACK:
        found.append(Fault("/received_at", "This is still to come.", "future"))
    if respond_by is not None and respond_by < received_at:
        came = f"{received_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
        detail = f"The notice came in at {came}, after this deadline: one of the two is wrong."
        found.append(Fault("/respond_by", detail, "before_received"))
    for index, item in enumerate(items):
        if item in items[:index]:
            found.append(Fault(f"/items/{index}", "This item is listed already.", "item_twice"))
    return found
