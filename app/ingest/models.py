"""Tables of what was taken in: messages as they came, whose subscriptions are, how the figures of reports stand."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from app.core.table import Row, instant, within, words
from app.ingest.metrics import Metric
from app.ingest.metrics import Status as Standing
from app.ingest.rules import ERASED, Fate, Status, Why

_WAITING = sa.text("status = 'unresolved'")


class Message(Row, table=True):
    """A record as it was delivered, and what became of it."""

    __table_args__ = (
        within("account_id", of="account"),
        words("status", *Status),
        words("why", *Why),
        # Delivered twice, it is there once.
        sa.UniqueConstraint("workspace_id", "identity"),
        sa.Index(None, "workspace_id", "status", "id"),
        sa.Index("ix_message_waiting", "workspace_id", "received_at", "id", postgresql_where=_WAITING),
        sa.Index("ix_message_subscription", "workspace_id", "subscription_id", postgresql_where=_WAITING),
        sa.Index("ix_message_seller", "workspace_id", "seller_id", postgresql_where=_WAITING),
        # From a notice to what it was made of: most messages become one, and reports are few.
        sa.Index("ix_message_notice", "workspace_id", sa.text("(notices[1])")),
        sa.Index("ix_message_notices", "workspace_id", "id", postgresql_where=sa.text("cardinality(notices) > 1")),
    )

    id: UUID = Field(primary_key=True)
    identity: str
    """What two deliveries of the same thing have in common, hashed."""
    fingerprint: str
    """The hash of what it says."""
    sha256: str
    """Of `raw`, as it came."""
    raw: bytes
    type: str
    status: str
    why: str | None = None
    """Why it waits."""
    account_id: UUID | None = None
    notices: list[UUID] = Field(sa_type=ARRAY(sa.Uuid))
    flags: list[str] = Field(sa_type=ARRAY(sa.String))
    remarks: list[str] = Field(sa_type=ARRAY(sa.String))
    notification_id: str | None = None
    subscription_id: str | None = None
    seller_id: str | None = None
    marketplace_id: str | None = None
    event_at: datetime | None = instant(nullable=True, default=None)
    published_at: datetime | None = instant(nullable=True, default=None)
    received_at: datetime = instant()
    resolved_at: datetime | None = instant(nullable=True, default=None)
    deliveries: int = 1
    """How often it came. Not in the ledger: that it came again says nothing new."""

    @property
    def said(self) -> str:
        return said_of(self)

    def facts(self) -> dict[str, object]:
        return facts_of(self)


@dataclass(slots=True, kw_only=True)
class Arrival:
    """A message before it is a row, with the columns of one: making rows of the ORM takes longer than storing them."""

    workspace_id: UUID
    id: UUID
    identity: str
    fingerprint: str
    sha256: str
    raw: bytes
    type: str
    status: str
    why: str | None
    account_id: UUID | None
    notices: list[UUID]
    flags: list[str]
    remarks: list[str]
    notification_id: str | None
    subscription_id: str | None
    seller_id: str | None
    marketplace_id: str | None
    event_at: datetime | None
    published_at: datetime | None
    received_at: datetime
    resolved_at: None = None
    deliveries: int = 1

    @property
    def said(self) -> str:
        return said_of(self)

    def facts(self) -> dict[str, object]:
        return facts_of(self)

    def columns(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in _COLUMNS}


_COLUMNS = tuple(Arrival.__dataclass_fields__)


def said_of(message: "Message | Arrival") -> str:
    """Return a message's words, as one text that events disclose."""
    if message.type == ERASED:
        return ERASED
    return json.dumps({name: getattr(message, name) for name in SAID}, ensure_ascii=False, sort_keys=True)


def facts_of(message: "Message | Arrival") -> dict[str, object]:
    return {"account": message.account_id} | {name: getattr(message, name) for name in _FACTS}


SAID = ("type", "notification_id", "subscription_id", "seller_id", "marketplace_id", "remarks")
_FACTS = (
    *("identity", "fingerprint", "sha256", "status", "why", "notices", "flags"),
    *("event_at", "published_at", "resolved_at"),
)


class Taken(NamedTuple):
    """A message, and what became of this delivery of it."""

    message: Message | Arrival
    fate: Fate


class Subscription(Row, table=True):
    """Which account the messages of a subscription are about: some name nothing else."""

    __table_args__ = (within("account_id", of="account"), sa.UniqueConstraint("workspace_id", "subscription"))

    id: UUID = Field(primary_key=True)
    subscription: str
    """What Amazon calls it."""
    account_id: UUID
    created_at: datetime = instant()

    def facts(self) -> dict[str, object]:
        return {"account": self.account_id}


class Figure(Row, table=True):
    """How a figure of an account's reports stands, as the newest of them has it."""

    __table_args__ = (
        within("account_id", of="account"),
        within("message_id", of="message"),
        words("metric", *Metric),
        words("status", *Standing),
        sa.UniqueConstraint("workspace_id", "account_id", "marketplace", "metric", "name"),
    )

    id: UUID = Field(primary_key=True)
    account_id: UUID
    marketplace: str
    metric: str
    name: str
    """Of a warning, or of a figure that is not known here, what Amazon calls it."""
    status: str
    count: int | None = None
    rate_millionths: int | None = None
    beyond: bool = False
    """The rate misses its target."""
    until: datetime | None = instant(nullable=True, default=None)
    message_id: UUID
    """The report that it is from."""

    @property
    def said(self) -> str:
        """Its words, as one text that events disclose."""
        if self.marketplace == ERASED:
            return ERASED
        return json.dumps({"marketplace": self.marketplace, "name": self.name}, ensure_ascii=False, sort_keys=True)

    def facts(self) -> dict[str, object]:
        return {"account": self.account_id, "message": self.message_id} | {
            name: getattr(self, name) for name in ("metric", "status", "count", "rate_millionths", "beyond", "until")
        }
