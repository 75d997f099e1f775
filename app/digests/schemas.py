"""Wire shapes of digests."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.core.fields import Flag, Id, In, Line, Out, Zone, number
from app.digests.models import Digest
from app.digests.rules import HOUR, Channel, Days

Hour = Annotated[int, Field(ge=0, le=23, json_schema_extra={"format": "int32"}), number]
ChannelUrl = Annotated[
    str, StringConstraints(max_length=2000, pattern=r"^(email|[A-Za-z][A-Za-z0-9+.-]{0,31}://[\x21-\x7e]+)$")
]


class DigestChange(In):
    """What to change; what is absent stays."""

    channel: ChannelUrl | None = Field(
        None,
        description="`email`, or the URL of a service as Apprise writes it. The URL is kept, and never shown again.",
        examples=["email", "ntfys://ntfy.example.com/ada"],
        json_schema_extra={"format": "digest-channel", "writeOnly": True},
    )
    hour: Hour | None = Field(None, description="The local hour from which on it comes.", examples=[8])
    timezone: Zone | None = Field(None, description="Of the hour; null: the workspace's.", examples=["Europe/Berlin"])
    days: Days | None = Field(None, description="On which days.")
    active: Flag | None = Field(None, description="false: it does not come.")


class DigestOut(Out):
    """How a member gets the digest."""

    member: Id
    channel: Channel
    service: Line | None = Field(description="Which service Apprise is asked for, such as `slack`; null: e-mail.")
    hour: Hour
    timezone: Zone | None = Field(description="Of the hour; null: the workspace's.")
    days: Days
    active: bool

    @classmethod
    def of(cls, member: UUID, row: Digest | None) -> "DigestOut":
        """Return what a member chose; what holds for those who chose nothing if *row* is None."""
        if row is None:
            return cls(
                member=member,
                channel=Channel.EMAIL,
                service=None,
                hour=HOUR,
                timezone=None,
                days=Days.EVERY_DAY,
                active=True,
            )
        return cls(
            member=member,
            channel=Channel(row.channel),
            service=row.address and row.address.partition("://")[0].lower(),
            hour=row.hour,
            timezone=row.timezone,
            days=Days(row.days),
            active=row.active,
        )
