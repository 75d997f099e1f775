"""Wire shapes of what was taken in."""

from typing import Annotated, Any

from pydantic import Field

from app.core.fields import Count, Flag, Id, In, Instant, Line, Out, Positive, Sha256
from app.ingest.models import Message, Subscription, Taken
from app.ingest.rules import MAX_RECORDS, Fate, Status, Why
from app.ingest.rules import Flag as Oddity

Oddities = Annotated[list[Oddity], Field(max_length=len(Oddity), description="What was odd about it.")]
Notices = Annotated[list[Id], Field(max_length=1000, description="The notices that it became, or is part of.")]


class TakenOut(Out):
    """What became of one message of the request."""

    message: Id = Field(description="Of a duplicate, the one that came first.")
    type: Line
    fate: Fate
    why: Why | None = Field(description="Why it waits.")
    account: Id | None
    notices: Notices
    flags: Oddities

    @classmethod
    def of(cls, one: Taken) -> "TakenOut":
        row = one.message
        return cls.model_construct(
            message=row.id,
            type=row.type,
            fate=one.fate,
            why=Why(row.why) if row.why else None,
            account=row.account_id,
            notices=row.notices,
            flags=[Oddity(flag) for flag in row.flags],
        )


class IngestOut(Out):
    """What became of each message, in the order in which they came, and how many shared each fate."""

    data: Annotated[list[TakenOut], Field(max_length=MAX_RECORDS)]
    recorded: Count
    duplicate: Count
    unresolved: Count
    kept: Count
    nothing_worse: Count

    @classmethod
    def of(cls, taken: list[Taken]) -> "IngestOut":
        counts: dict[str, Any] = {fate.value: sum(one.fate is fate for one in taken) for fate in Fate}
        return cls.model_construct(data=[TakenOut.of(one) for one in taken], **counts)


class MessageOut(Out):
    """A message, as it stands. What was delivered is at `/v1/ingest/messages/{message}/raw`."""

    id: Id
    type: Line
    status: Status
    why: Why | None = Field(description="Why it waits.")
    account: Id | None
    notices: Notices
    flags: Oddities
    remarks: Annotated[list[Line], Field(max_length=50, description="The same in words, with the names of fields.")]
    notification_id: Line | None
    subscription_id: Line | None
    seller_id: Line | None
    marketplace_id: Line | None
    event_at: Instant | None = Field(description="When it happened, as Amazon says; of a report, the end of its time.")
    published_at: Instant | None
    received_at: Instant
    resolved_at: Instant | None = Field(description="When it was said whose it is, if it had to wait for that.")
    deliveries: Positive = Field(description="How often it came.")
    sha256: Sha256 = Field(description="Of the bytes that were delivered: what the ledger holds.")

    @classmethod
    def of(cls, row: Message) -> "MessageOut":
        same = {name: getattr(row, name) for name in cls.model_fields if name != "account"}
        return cls.model_validate(same | {"account": row.account_id})


class Resolution(In):
    """Whose a message is."""

    account: Id
    remember: Flag = Field(default=False, description="Also for all that comes, or waits, with the same subscription.")


class Retry(In):
    """Look again at what waits. The body may be left out."""


class RetryOut(Out):
    resolved: Count
    waiting: Count = Field(description="How many still wait.")


class SubscriptionIn(In):
    """Whose the notifications of a subscription are: `ACCOUNT_STATUS_CHANGED` names nothing else."""

    subscription: Line = Field(description="`subscriptionId`.", examples=["93b098e1-0c42-2f45-93a1-78910a6a8369"])
    account: Id


class SubscriptionOut(Out):
    id: Id
    subscription: Line
    account: Id
    created_at: Instant

    @classmethod
    def of(cls, row: Subscription) -> "SubscriptionOut":
        return cls(id=row.id, subscription=row.subscription, account=row.account_id, created_at=row.created_at)


class SubscriptionMade(SubscriptionOut):
    """A subscription, and how many messages had waited for it: up to 500 are settled at a time."""

    resolved: Count
    waiting: Count = Field(description="How many still wait, for whatever reason.")
