"""Tables of what somebody asked for and somebody else decides: extensions, waivers, amendments."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlmodel import Field

from app.changes.rules import RequestKind, RequestState
from app.core.table import Row, instant, within, words

_UNDECIDED = sa.text("state = 'requested'")


class Request(Row, table=True):
    """That a commitment be due later, or be dropped: asked with a reason, decided by somebody else, with theirs."""

    __table_args__ = (
        within("commitment_id", of="commitment"),
        within("plan_id", of="plan"),
        words("kind", *RequestKind),
        words("state", *RequestState),
        sa.CheckConstraint("(due_at IS NULL) = (due_on IS NULL)", name="due_is_both"),
        sa.CheckConstraint("(due_at IS NOT NULL) = (kind = 'extension')", name="due_iff_extension"),
        sa.CheckConstraint("(decided_at IS NULL) = (state = 'requested')", name="decided_iff_closed"),
        sa.CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", name="decided_by_someone"),
        sa.Index(None, "workspace_id", "commitment_id", "id"),
        # Never two open for one commitment, also when they come at once.
        sa.Index("uq_request_undecided", "workspace_id", "commitment_id", unique=True, postgresql_where=_UNDECIDED),
        sa.Index("ix_request_waiting", "workspace_id", "requested_at", "id", postgresql_where=_UNDECIDED),
    )

    id: UUID = Field(primary_key=True)
    commitment_id: UUID
    plan_id: UUID
    kind: str
    state: str = RequestState.REQUESTED.value
    reason: str
    due_on: date | None = None
    """The due that is asked for; of a waiver None."""
    due_at: datetime | None = instant(nullable=True, default=None)
    from_due_on: date
    """The due when it was asked; `requested_at` may lie after it."""
    from_due_at: datetime = instant()
    requested_by: UUID
    requested_at: datetime = instant()
    decided_by: UUID | None = None
    """Who granted or refused it, or withdrew it."""
    decided_at: datetime | None = instant(nullable=True, default=None)
    decision_reason: str | None = None

    def facts(self) -> dict[str, object]:
        return {
            "commitment": self.commitment_id,
            "state": self.state,
            "due_on": self.due_on,
            "due_at": self.due_at,
            "from_due_on": self.from_due_on,
            "from_due_at": self.from_due_at,
            "requested_by": self.requested_by,
            "requested_at": self.requested_at,
            "decided_by": self.decided_by,
            "decided_at": self.decided_at,
        }


class Amendment(Row, table=True):
    """What is added to an approved plan, or ended in it, from a day on. The text approved first stays as it is."""

    __table_args__ = (
        within("plan_id", of="plan"),
        words("state", *RequestState),
        sa.UniqueConstraint("workspace_id", "plan_id", "number"),
        sa.CheckConstraint("(decided_at IS NULL) = (state = 'requested')", name="decided_iff_closed"),
        sa.CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", name="decided_by_someone"),
        sa.CheckConstraint("(received_at IS NOT NULL) = (state = 'granted')", name="received_iff_granted"),
        sa.Index("ix_amendment_waiting", "workspace_id", "requested_at", "id", postgresql_where=_UNDECIDED),
    )

    id: UUID = Field(primary_key=True)
    plan_id: UUID
    number: int
    state: str = RequestState.REQUESTED.value
    content: bytes
    """What is amended, and why: canonical JSON (RFC 8785). Never changed."""
    content_sha256: str
    requested_by: UUID
    requested_at: datetime = instant()
    decided_by: UUID | None = None
    decided_at: datetime | None = instant(nullable=True, default=None)
    decision_reason: str | None = None
    received_at: datetime | None = instant(nullable=True, default=None)
    """When the approval was received: what `due_after_approval` counts from."""
    authority: str | None = None
    """Who agreed outside, if it went to the authority."""
    decision_reference: str | None = None

    def written(self) -> dict[str, Any]:
        """Return the content, parsed."""
        content: dict[str, Any] = orjson.loads(self.content)
        return {"ends": []} | content

    def facts(self) -> dict[str, object]:
        return {
            "number": self.number,
            "state": self.state,
            "content_sha256": self.content_sha256,
            "requested_by": self.requested_by,
            "requested_at": self.requested_at,
            "decided_by": self.decided_by,
            "decided_at": self.decided_at,
            "received_at": self.received_at,
        }
