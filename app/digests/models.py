"""Tables of digests: what members chose, and what became of each day's."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from app.core.table import Row, instant, within, words
from app.digests.rules import HOUR, Channel, Days, State


class Digest(Row, table=True):
    """How a member wants the digest. Without a row: by e-mail, at eight in the workspace's zone, every day."""

    __table_args__ = (
        words("channel", *Channel),
        words("days", *Days),
        within("member_id", of="member"),
        sa.UniqueConstraint("workspace_id", "member_id"),
        sa.CheckConstraint("hour BETWEEN 0 AND 23", name="hour"),
        sa.CheckConstraint("(address IS NULL) = (channel = 'email')", name="address"),
    )

    id: UUID = Field(primary_key=True)
    member_id: UUID
    channel: str = Channel.EMAIL
    address: str | None = None
    """An Apprise URL. It holds secrets: it is not in the ledger, not in any answer, not in the log."""
    hour: int = HOUR
    timezone: str | None = None
    """None: the workspace's."""
    days: str = Days.EVERY_DAY
    active: bool = True

    def facts(self) -> dict[str, object]:
        return {
            "member": self.member_id,
            "channel": self.channel,
            "hour": self.hour,
            "timezone": self.timezone,
            "days": self.days,
            "active": self.active,
        }


class DigestDelivery(Row, table=True):
    """What became of a member's digest of one local day: the guard that it goes out once."""

    __tablename__ = "digest_delivery"
    __table_args__ = (
        words("state", *State),
        within("member_id", of="member"),
        sa.UniqueConstraint("workspace_id", "token_hash"),
        sa.CheckConstraint("octet_length(token_hash) = 32", name="hash_size"),
    )

    day: date = Field(primary_key=True)
    member_id: UUID = Field(primary_key=True)
    state: str
    attempts: int
    """Which attempt is the newest: who still works on an older one has lost it."""
    at: datetime = instant()
    """When its state changed last."""
    token_hash: bytes | None = None
    """SHA-256 of what the link to unsubscribe carries."""
