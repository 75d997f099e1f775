"""The table of effectiveness checks."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from app.core.table import Row, instant, within, words
from app.effectiveness.rules import Effect


class EffectivenessCheck(Row, table=True):
    """That somebody judged whether the problem came back. A later check does not undo an earlier one."""

    __tablename__ = "effectiveness_check"
    __table_args__ = (
        within("plan_id", of="plan"),
        words("outcome", *Effect),
        sa.UniqueConstraint("workspace_id", "plan_id", "number"),
    )

    id: UUID = Field(primary_key=True)
    plan_id: UUID
    number: int
    outcome: str
    reason: str
    recurrences: int | None
    """How many notices had come in since on the same items and of the same category; None if nobody could tell."""
    carried_out_at: datetime = instant()
    window_ends_at: datetime = instant()
    checked_by: UUID
    checked_at: datetime = instant()

    def facts(self) -> dict[str, object]:
        return {
            "number": self.number,
            "outcome": self.outcome,
            "recurrences": self.recurrences,
            "carried_out_at": self.carried_out_at,
            "window_ends_at": self.window_ends_at,
            "checked_by": self.checked_by,
            "checked_at": self.checked_at,
        }
