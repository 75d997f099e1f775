"""Wire shapes of notices."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from app.core.fields import (
    Count,
    Flag,
    Id,
    In,
    Instant,
    Line,
    LongSaid,
    LongText,
    Out,
    Positive,
    Said,
    Second,
    Sha256,
    Slug,
    Text,
)
from app.core.items import ItemOut, Items, ItemsOut
from app.notices.models import Notice, NoticeItem, NoticeSpan
from app.notices.rules import Category, NoticeKind, NoticeState, Severity

PlanName = Annotated[
    str,
    StringConstraints(
        min_length=1, max_length=40, pattern=r"^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|POA-[1-9][0-9]{0,8})$"
    ),
]
Attempts = Annotated[int, Field(ge=1, le=100, json_schema_extra={"format": "int32"})]
Window = Annotated[int, Field(ge=1, le=3650, json_schema_extra={"format": "int32"})]

_EXAMPLE: dict[str, Any] = {
    "source": "amazon",
    "external_id": "case 12345678901",
    "category": "authenticity",
    "severity": "critical",
    "title": "Inauthentic complaints on B0C7XK2M4P",
    "text": "We removed B0C7XK2M4P after complaints about its authenticity. Send a plan of action within 72 hours.",
    "received_at": "2026-11-20T17:04:00Z",
    "respond_by": "2026-11-23T17:04:00Z",
    "attempts_allowed": 2,
    "evidence_window_days": 365,
    "plan_requested": True,
    "items": [{"type": "asin", "ref": "B0C7XK2M4P"}],
}


class NoticeIn(In):
    """A notice as it came in. The same source and external id again is the same notice."""

    model_config = {**In.model_config, "json_schema_extra": {"examples": [_EXAMPLE]}}

    kind: NoticeKind = NoticeKind.NOTIFICATION
    source: Slug = Field("manual", description="Who sent it, or where it was found.")
    external_id: Line | None = Field(None, description="What the source calls it.")
    account: Id | None = Field(None, description="The marketplace account that it concerns.")
    category: Category
    severity: Severity = Severity.SERIOUS
    title: Line
    text: LongSaid = Field(description="Its words, as they came. They are kept as they are, with their SHA-256.")
    received_at: Instant | None = Field(None, description="When it came in. Now if left out.")
    respond_by: Second | None = Field(
        None, description="The deadline that the notice names: an answer is overdue from then on. Never derived."
    )
    attempts_allowed: Attempts | None = Field(None, description="How many answers the notice allows.")
    evidence_window_days: Window | None = Field(
        None, description="How old evidence may be: invoices of the last 365 days."
    )
    plan_requested: Flag = Field(default=False, description="Whether a plan of action is asked for.")
    items: Items = []


_ABSENT: Any = Field(default_factory=lambda: None)
"""Of what every notice has: it may be left out, and is never null. Read it only if it is among `model_fields_set`."""


class NoticeChange(In):
    """What to correct; what is absent stays, what is null is taken away. A notice's text stays as it was recorded."""

    account: Id | None = None
    category: Category = _ABSENT
    severity: Severity = _ABSENT
    title: Line = _ABSENT
    respond_by: Second | None = None
    attempts_allowed: Attempts | None = None
    evidence_window_days: Window | None = None
    plan_requested: Flag = _ABSENT
    items: Items = _ABSENT


class Acknowledgement(In):
    """Somebody has taken note of it. The body may be left out."""


class ResponseIn(In):
    """How it was answered: in words, or by a plan that was submitted. One of the two."""

    model_config = {**In.model_config, "json_schema_extra": {"examples": [{"plan": "POA-7", "submission": 1}]}}

    note: Said | None = Field(None, description="What was answered, where it is no plan.")
    plan: PlanName | None = Field(None, description="The plan's id or reference.")
    submission: Positive | None = Field(None, description="Which of its attempts; the newest if left out.")


class Dismissal(In):
    """Nothing has to be done about it."""

    reason: Said = Field(examples=["Sent to the wrong account: Amazon withdrew it in case 12345678901."])


class Closure(In):
    """The marketplace takes it as settled. The body may be left out."""


class NoticeOut(Out):
    """A notice as it stands. Whether its answer is overdue depends on when you ask: `GET /v1/notices` says."""

    id: Id
    kind: NoticeKind
    source: Slug
    external_id: Line | None
    account: Id | None
    category: Category
    severity: Severity
    title: Line
    text: LongText
    text_sha256: Sha256 = Field(description="Of `text` in UTF-8: what the ledger holds.")
    items: ItemsOut
    received_at: Instant
    respond_by: Instant | None
    attempts_allowed: Positive | None
    attempts: Count = Field(description="How many submissions have answered it.")
    evidence_window_days: Positive | None
    plan_requested: bool
    state: NoticeState
    acknowledged_at: Instant | None
    responded_at: Instant | None
    ended_at: Instant | None = Field(description="When it was closed or dismissed.")
    plan: Id | None = Field(description="The plan that answers it.")
    submission: Positive | None = Field(description="The attempt at that plan which answered it last.")
    response: Text | None = Field(description="What was answered, where it was no plan.")
    reason: Text | None = Field(description="Why it was dismissed.")
    created_at: Instant

    @classmethod
    def of(cls, row: Notice, items: list[NoticeItem]) -> "NoticeOut":
        same = {name: getattr(row, name) for name in cls.model_fields if name not in _ELSEWHERE}
        about = [ItemOut(type=one.type, ref=one.ref) for one in items]
        return cls.model_validate(same | {"account": row.account_id, "plan": row.plan_id, "items": about})


_ELSEWHERE = ("account", "plan", "items")


class NoticeSpanOut(Out):
    """How a notice stood from one change to the next."""

    since: Instant
    until: Instant | None
    state: NoticeState
    respond_by: Instant | None

    @classmethod
    def of(cls, row: NoticeSpan) -> "NoticeSpanOut":
        return cls.model_validate(row, from_attributes=True)
