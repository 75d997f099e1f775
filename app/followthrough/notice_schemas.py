"""Wire shapes of lists of notices, and of what needs someone now."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from app.commitments import schedule
from app.commitments.schemas import OwnerOut
from app.core.fields import Count, Id, In, Instant, Line, Out, Positive, Slug, Text, checked
from app.core.items import ItemName, ItemsOut
from app.core.paging import MAX_LIMIT, Cursor, Limit
from app.followthrough.notice_lists import Which
from app.notices.rules import Category, NoticeKind, NoticeState, Severity

Within = Annotated[
    str,
    StringConstraints(max_length=40, pattern=r"^P([0-9]{1,4}[WD]|T[0-9]{1,5}[HM])$"),
    checked(schedule.parse_duration, "duration"),
]


def reach_of(within: str) -> timedelta:
    """Return how long that is; a day is 24 hours here."""
    length = schedule.parse_duration(within)
    return length if isinstance(length, timedelta) else timedelta(days=length.days)


class NoticesQuery(In):
    """Which notices, as of when."""

    which: Which = Field(
        Which.ALL,
        description="`ignored`: nobody has acknowledged them. `response_overdue`, `response_due_soon`: an answer is "
        "owed and its deadline has passed, or passes `within` that time.",
    )
    within: Within = Field("P3D", description="How soon is soon: `P3D`, `P2W`, `PT36H`.", examples=["P3D"])
    as_of: Instant | None = Field(
        None,
        description="The answer as it would have been then, by what was recorded; ahead of now, a forecast of what "
        "will be if nobody acts. Now if left out.",
    )
    state: NoticeState | None = Field(None, description="Only notices in this state.")
    account: Id | None = Field(None, description="A marketplace account's id.")
    category: Category | None = Field(None, description="Only notices of this category.")
    severity: Severity | None = Field(None, description="Only notices as severe as this.")
    source: Slug | None = Field(None, description="Only notices from this source.", examples=["amazon"])
    item: ItemName | None = Field(None, description="Only those about this item.", examples=["asin:B0C7XK2M4P"])
    limit: Limit = 50
    cursor: Cursor | None = None


class ListedNotice(Out):
    """A notice in a list."""

    id: Id
    kind: NoticeKind
    source: Slug
    external_id: Line | None
    account: Id | None
    category: Category
    severity: Severity
    title: Line
    items: ItemsOut
    state: NoticeState
    received_at: Instant
    respond_by: Instant | None
    response_overdue: bool = Field(description="An answer is owed, and the deadline has passed.")
    plan_requested: bool
    attempts_allowed: Positive | None
    attempts: Count
    plan: Id | None


class NoticePage(Out):
    """One page: the newest first of all, else the most urgent first. All pages answer for the same instant."""

    as_of: Instant
    next_change_at: Instant | None = Field(
        description="The next instant at which the list changes without anyone writing."
    )
    has_more: bool
    next_cursor: Cursor | None
    data: Annotated[list[ListedNotice], Field(max_length=MAX_LIMIT)]


class Reason(StrEnum):
    """Why something needs someone now, most urgent first."""

    RESPONSE_OVERDUE = "response_overdue"
    RESPONSE_DUE_SOON = "response_due_soon"
    NOTICE_IGNORED = "notice_ignored"
    MESSAGE_UNRESOLVED = "message_unresolved"
    COMMITMENT_OVERDUE = "commitment_overdue"
    MORE_INFO_REQUESTED = "more_info_requested"
    PLAN_DENIED = "plan_denied"
    REQUEST_PENDING = "request_pending"
    AMENDMENT_PENDING = "amendment_pending"
    SIGN_OFF_PENDING = "sign_off_pending"
    READY_TO_SEND = "ready_to_send"
    DECISION_PENDING = "decision_pending"
    VERIFICATION_PENDING = "verification_pending"


class AttentionFilters(In):
    """What to narrow it to."""

    reason: Reason | None = Field(None, description="Only what needs someone for this reason.")
    account: Id | None = Field(None, description="A marketplace account's id.")
    within: Within = Field("P3D", description="How soon a response deadline is soon.", examples=["P3D"])


class AttentionQuery(AttentionFilters):
    """Which page of it."""

    limit: Limit = 50
    cursor: Cursor | None = None


class AttentionItem(Out):
    """Something that needs someone now, and why."""

    reason: Reason
    why: Line = Field(examples=["No answer by 2026-03-04T17:04:00Z; 1 of 2 attempts left."])
    at: Instant = Field(description="The deadline or, where there is none, since when it waits.")
    href: Annotated[str, StringConstraints(max_length=200, pattern=r"^/v1/[a-z/]+/[0-9a-f-]{36}$")] = Field(
        description="Where it is.", examples=["/v1/notices/0191d3a0-7b7e-7000-8000-000000000000"]
    )
    id: Id
    reference: Line | None = Field(description="Of a plan or a commitment.", examples=["POA-7.3"])
    title: Text
    account: Id | None
    owner: OwnerOut | None = Field(description="Of a commitment, who is accountable.")


class AttentionPage(Out):
    """One page of what needs someone now, most urgent first."""

    as_of: Instant
    next_change_at: Instant | None = Field(
        description="The next instant at which the list changes without anyone writing."
    )
    has_more: bool
    next_cursor: Cursor | None
    data: Annotated[list[AttentionItem], Field(max_length=MAX_LIMIT)]


class ReasonCount(Out):
    reason: Reason
    count: Count
    first_at: Instant = Field(description="The earliest `at` of them.")


class AttentionSummary(Out):
    """How much needs someone now, by reason, most urgent first; what nothing is there for is left out."""

    as_of: Instant
    data: Annotated[list[ReasonCount], Field(max_length=20)]
