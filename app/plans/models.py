"""Tables of plans and of the attempts to get them approved."""

from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from app.core.table import Row, instant, within, words
from app.plans.rules import OBSERVATION_DAYS, Outcome, PlanState


class Submission(Row, table=True):
    """One numbered attempt, frozen when it was made, with what the authority decided."""

    __table_args__ = (within("plan_id", of="plan"), words("outcome", *Outcome))

    plan_id: UUID = Field(primary_key=True)
    number: int = Field(primary_key=True)
    content: bytes
    """The plan as submitted: canonical JSON (RFC 8785). Never changed."""
    content_sha256: str
    text: str | None = None
    """The words that were sent, where they are not the plan itself."""
    answers: list[str] = Field(sa_type=sa.JSON)
    """What was answered when more information was requested, in order."""
    submitted_at: datetime = instant()
    submitted_by: UUID
    outcome: str | None = None
    authority: str | None = None
    decision_reference: str | None = None
    decision_text: str | None = None
    received_at: datetime | None = instant(nullable=True, default=None)
    """When the decision arrived, as claimed."""
    decided_at: datetime | None = instant(nullable=True, default=None)
    """When it was recorded."""
    decided_by: UUID | None = None

    def facts(self) -> dict[str, object]:
        return {
            "number": self.number,
            "outcome": self.outcome,
            "content_sha256": self.content_sha256,
            "submitted_at": self.submitted_at,
            "received_at": self.received_at,
        }


_PENDING = sa.text("state IN ('draft', 'submitted', 'more_info_requested', 'denied')")


class Plan(Row, table=True):
    """The answer to notices: what went wrong, what is done about it, by whom, by when."""

    __table_args__ = (
        within("account_id", of="account"),
        words("state", *PlanState),
        sa.UniqueConstraint("workspace_id", "number"),
        sa.CheckConstraint("(approved_at IS NOT NULL) = (state = 'approved')", name="approved_iff_dated"),
        sa.CheckConstraint("(signed_off_at IS NULL) = (signed_off_by IS NULL)", name="signed_off_by_someone"),
        sa.CheckConstraint("observation_days BETWEEN 1 AND 1000", name="observation_days"),
        sa.Index(None, "workspace_id", "account_id"),
        sa.Index("ix_plan_pending", "workspace_id", "state", postgresql_where=_PENDING),
    )

    id: UUID = Field(primary_key=True)
    number: int
    state: str = PlanState.DRAFT.value
    title: str
    timezone: str
    account_id: UUID | None = None
    content: bytes
    """The plan as it stands: canonical JSON (RFC 8785)."""
    content_sha256: str
    observation_days: int = OBSERVATION_DAYS
    """A copy from the content: how long its effect is observed is known also after its words were erased."""
    attempts: int = 0
    """How many submissions there are; the newest has this number."""
    approved_at: datetime | None = instant(nullable=True, default=None)
    """When the approval was received: what `due_after_approval` counts from."""
    signed_off_at: datetime | None = instant(nullable=True, default=None)
    """When somebody signed off the plan as it stands; every change of it takes that back."""
    signed_off_by: UUID | None = None
    authors: list[UUID] = Field(default_factory=list, sa_type=ARRAY(sa.Uuid), sa_column_kwargs={"server_default": "{}"})
    """Who has written it, in order of their first words."""
    created_at: datetime = instant()
    created_by: UUID

    @property
    def reference(self) -> str:
        return f"POA-{self.number}"

    def written(self) -> dict[str, Any]:
        """Return the content, parsed."""
        content: dict[str, Any] = orjson.loads(self.content)
        # What was frozen before there were such fields says nothing of them, and what was erased, nothing true.
        return {"notices": []} | content | {"timezone": self.timezone, "observation_days": self.observation_days}

    @property
    def is_erased(self) -> bool:
        """Whether the content is gone: what stands in its place is not what was hashed."""
        return sha256(self.content).hexdigest() != self.content_sha256

    def facts(self, submission: Submission | None) -> dict[str, object]:
        return {
            "number": self.number,
            "state": self.state,
            "timezone": self.timezone,
            "account": self.account_id,
            "content_sha256": self.content_sha256,
            "approved_at": self.approved_at,
            "submission": submission and submission.facts(),
        }


class PlanItem(Row, table=True):
    """What a plan is about: an ASIN, SKU, order or listing. A copy from the content, to search by."""

    __tablename__ = "plan_item"
    __table_args__ = (within("plan_id", of="plan"), sa.Index(None, "workspace_id", "plan_id"))

    type: str = Field(primary_key=True)
    ref: str = Field(primary_key=True)
    plan_id: UUID = Field(primary_key=True)


class PlanNotice(Row, table=True):
    """A notice that a plan answers. A copy from the content, to search by."""

    __tablename__ = "plan_notice"
    __table_args__ = (
        within("plan_id", of="plan"),
        within("notice_id", of="notice"),
        sa.Index(None, "workspace_id", "notice_id"),
    )

    plan_id: UUID = Field(primary_key=True)
    notice_id: UUID = Field(primary_key=True)
