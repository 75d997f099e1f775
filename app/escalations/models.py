"""Tables of escalation: the rules, and what the ledger was told about them."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from app.commitments.rules import Kind
from app.core.table import Row, instant, within, words
from app.escalations.rules import LEVELS


class EscalationRule(Row, table=True):
    """What has to be overdue, and for how long, for somebody else to be told. Switched off, never deleted."""

    __tablename__ = "escalation_rule"
    __table_args__ = (
        within("owner_id", of="member"),
        within("account_id", of="account"),
        words("kind", *Kind),
        sa.CheckConstraint(f"level BETWEEN 1 AND {LEVELS}", name="level"),
        sa.CheckConstraint("count >= 1", name="count"),
        sa.CheckConstraint("older_than_days >= 0", name="older_than_days"),
    )

    id: UUID = Field(primary_key=True)
    name: str
    count: int | None = None
    """None: each commitment by itself. Else at least so many together."""
    older_than_days: int
    """Overdue by more local days than that."""
    kind: str | None = None
    owner_id: UUID | None = None
    account_id: UUID | None = None
    level: int
    tell: list[UUID] = Field(sa_type=ARRAY(sa.Uuid()))
    """Members. Who of them has left is told nothing; if they all have, others are: `queries.STANDING_IN`."""
    active: bool = True
    created_at: datetime = instant()

    def facts(self) -> dict[str, object]:
        return {
            "count": self.count,
            "older_than_days": self.older_than_days,
            "kind": self.kind,
            "owner": self.owner_id,
            "account": self.account_id,
            "level": self.level,
            "tell": self.tell,
            "active": self.active,
        }


class Escalation(Row, table=True):
    """That the ledger was told that something stands escalated, and that it does no longer. No answer is made of it."""

    __table_args__ = (
        within("rule_id", of="escalation_rule"),
        within("commitment_id", of="commitment"),
        # Entered once, also when two workers find it at once.
        sa.Index(
            "uq_escalation_standing",
            *("workspace_id", "rule_id", "commitment_id"),
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=sa.text("left_at IS NULL"),
        ),
    )

    id: UUID = Field(primary_key=True)
    rule_id: UUID
    commitment_id: UUID | None = None
    """None: the rule counts several together."""
    level: int
    """The rule's when it was entered."""
    entered_at: datetime = instant()
    left_at: datetime | None = instant(nullable=True, default=None)

    def facts(self) -> dict[str, object]:
        return {
            "rule": self.rule_id,
            "commitment": self.commitment_id,
            "level": self.level,
            "entered_at": self.entered_at,
            "left_at": self.left_at,
        }
