"""The ledger's tables. Events are never changed: the application role may not, and triggers stop everyone else."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from app.core.table import Row, instant


class LedgerHead(Row, table=True):
    """The ledger's size and frontier. Whoever appends holds this row until commit, so numbers have no gaps."""

    __tablename__ = "ledger_head"

    size: int = Field(0, sa_type=sa.BigInteger)
    frontier: bytes = b""
    """Roots of the perfect subtrees, largest first, 32 bytes each."""
    last_at: datetime | None = instant(nullable=True, default=None)


class LedgerPlan(Row, table=True):
    """The end of one plan's chain of events."""

    __tablename__ = "ledger_plan"

    plan_id: UUID = Field(primary_key=True)
    events: int = 0
    last_leaf: bytes | None = None


class LedgerEvent(Row, table=True):
    """One event. `body` is the truth and what is hashed; `subject` and `plan_id` are copies, for the indexes."""

    __tablename__ = "ledger_event"
    __table_args__ = (
        sa.Index(None, "workspace_id", "subject", "seq"),
        sa.Index(None, "workspace_id", "plan_id", "seq"),
        sa.CheckConstraint("octet_length(leaf) = 32", name="leaf_size"),
        sa.CheckConstraint("octet_length(body) <= 65535", name="body_size"),
    )

    seq: int = Field(primary_key=True, sa_type=sa.BigInteger)
    body: bytes
    leaf: bytes
    subject: UUID
    plan_id: UUID | None = None


class Disclosure(Row, table=True):
    """What a person wrote, apart from the events, so that it can be erased. The event holds its digest."""

    __tablename__ = "disclosure"

    seq: int = Field(primary_key=True, sa_type=sa.BigInteger)
    digest: str = Field(primary_key=True)
    disclosure: str
