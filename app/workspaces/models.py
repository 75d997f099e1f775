"""Tables of a tenant: the workspace, its people, its marketplace accounts, its keys."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from app.core.table import Row, instant, within, words
from app.workspaces.rules import Role


class Workspace(SQLModel, table=True):
    """A tenant: one seller or one agency."""

    id: UUID = Field(primary_key=True)
    name: str
    timezone: str
    four_eyes: bool = True
    evidence_required: bool = True
    plans: int = 0
    """The number of the newest plan."""
    created_at: datetime = instant()

    def facts(self) -> dict[str, object]:
        return {
            "timezone": self.timezone,
            "four_eyes": self.four_eyes,
            "evidence_required": self.evidence_required,
        }


class Member(Row, table=True):
    """A person who can own commitments."""

    __table_args__ = (
        words("role", *Role),
        sa.Index("uq_member_email", "workspace_id", sa.text("lower(email)"), unique=True),
    )

    id: UUID = Field(primary_key=True)
    name: str
    email: str
    role: str
    active: bool = True
    created_at: datetime = instant()

    def facts(self) -> dict[str, object]:
        return {"role": self.role, "active": self.active}


class Account(Row, table=True):
    """A marketplace account under watch."""

    __table_args__ = (sa.UniqueConstraint("workspace_id", "marketplace", "external_id"),)

    id: UUID = Field(primary_key=True)
    marketplace: str
    external_id: str
    name: str
    timezone: str
    created_at: datetime = instant()

    def facts(self) -> dict[str, object]:
        return {"timezone": self.timezone}


class ApiKey(Row, table=True):
    """What a client presents. The key itself is shown once and never stored."""

    __tablename__ = "api_key"
    __table_args__ = (
        within("member_id", of="member"),
        sa.UniqueConstraint("workspace_id", "hash"),
        sa.CheckConstraint("octet_length(hash) = 32", name="hash_size"),
    )

    id: UUID = Field(primary_key=True)
    name: str
    member_id: UUID | None = None
    """None: a service key."""
    hash: bytes
    scopes: list[str] = Field(sa_type=ARRAY(sa.String))
    created_at: datetime = instant()
    expires_at: datetime | None = instant(nullable=True, default=None)
    revoked_at: datetime | None = instant(nullable=True, default=None)
    """When it stops working; ahead of now while it is being replaced."""
    last_used_at: datetime | None = instant(nullable=True, default=None)
    """To the minute, and not in the ledger."""

    def facts(self) -> dict[str, object]:
        return {
            "member": self.member_id,
            "scopes": self.scopes,
            "expires_at": self.expires_at,
            "revoked_at": self.revoked_at,
        }


class Idempotency(Row, table=True):
    """The answer to a POST with an `Idempotency-Key`, to be given again. Kept 7 days."""

    __table_args__ = (sa.Index(None, "workspace_id", "created_at"),)

    key_id: UUID = Field(primary_key=True)
    key: str = Field(primary_key=True)
    fingerprint: bytes
    """SHA-256 over method, path, query and body."""
    status: int
    headers: dict[str, str] = Field(sa_type=sa.JSON)
    body: bytes
    created_at: datetime = instant()
