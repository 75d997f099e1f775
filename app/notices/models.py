"""Tables of what came in: notices, what they are about, how they stood over time."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from app.core.table import Row, instant, within, words
from app.notices.rules import Category, NoticeKind, NoticeState, Severity

_AWAITING = sa.text("state IN ('received', 'acknowledged')")


class Notice(Row, table=True):
    """A performance notification or complaint, as it stands now."""

    __table_args__ = (
        within("account_id", of="account"),
        within("plan_id", of="plan"),
        words("kind", *NoticeKind),
        words("category", *Category),
        words("severity", *Severity),
        words("state", *NoticeState),
        # Recording the same one twice is one notice; one without an id of its own is never the same as another.
        sa.UniqueConstraint("workspace_id", "source", "external_id"),
        sa.Index("ix_notice_respond_by", "workspace_id", "respond_by", "id", postgresql_where=_AWAITING),
        sa.Index(
            "ix_notice_ignored", "workspace_id", "received_at", "id", postgresql_where=sa.text("state = 'received'")
        ),
        sa.Index(None, "workspace_id", "received_at", "id"),
        sa.Index(None, "workspace_id", "account_id", "received_at", "id"),
        sa.Index(None, "workspace_id", "category", "received_at"),
        sa.Index(None, "workspace_id", "plan_id"),
    )

    id: UUID = Field(primary_key=True)
    kind: str
    source: str
    """Who sent it or where it was found, in one word."""
    external_id: str | None = None
    """What the source calls it."""
    account_id: UUID | None = None
    category: str
    severity: str
    title: str
    text: str
    """Its words. Never changed."""
    text_sha256: str
    received_at: datetime = instant()
    """When it came in, as claimed."""
    respond_by: datetime | None = instant(nullable=True, default=None)
    """Quoted from the notice. An answer is overdue from then on."""
    attempts_allowed: int | None = None
    attempts: int = 0
    """How many submissions have answered it."""
    evidence_window_days: int | None = None
    """How old evidence may be."""
    plan_requested: bool = False
    state: str = NoticeState.RECEIVED.value
    acknowledged_at: datetime | None = instant(nullable=True, default=None)
    responded_at: datetime | None = instant(nullable=True, default=None)
    """When it was last answered."""
    ended_at: datetime | None = instant(nullable=True, default=None)
    """When it was closed or dismissed."""
    plan_id: UUID | None = None
    """The plan that answers it."""
    submission: int | None = None
    """The attempt at that plan which answered it last."""
    response: str | None = None
    """What was answered, where it was no plan."""
    reason: str | None = None
    """Why it was dismissed."""
    version: int = 1
    """Counts its changes; the newest span has the same."""
    created_at: datetime = instant()
    """When it was recorded."""
    created_by: UUID

    def facts(self) -> dict[str, object]:
        return facts_of(self)


def facts_of(notice: Any) -> dict[str, object]:
    """Return a notice's facts, as its events have them, from its columns."""
    return {"account": notice.account_id, "plan": notice.plan_id} | {name: getattr(notice, name) for name in _FACTS}


_FACTS = (
    "kind",
    "category",
    "severity",
    "text_sha256",
    "received_at",
    "respond_by",
    "attempts_allowed",
    "attempts",
    "evidence_window_days",
    "plan_requested",
    "state",
    "acknowledged_at",
    "responded_at",
    "ended_at",
    "submission",
)


class NoticeItem(Row, table=True):
    """What a notice is about."""

    __tablename__ = "notice_item"
    __table_args__ = (within("notice_id", of="notice"), sa.Index(None, "workspace_id", "notice_id"))

    type: str = Field(primary_key=True)
    ref: str = Field(primary_key=True)
    notice_id: UUID = Field(primary_key=True)


class NoticeSpan(Row, table=True):
    """How a notice stood from one change to the next: what `as_of` asks."""

    __tablename__ = "notice_span"
    __table_args__ = (
        within("notice_id", of="notice"),
        sa.Index("ix_notice_span_ended", "workspace_id", "until", "respond_by"),
    )

    notice_id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    since: datetime = instant()
    until: datetime | None = instant(nullable=True, default=None)
    """None: it still stands so."""
    state: str
    respond_by: datetime | None = instant(nullable=True, default=None)
