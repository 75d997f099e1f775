"""Wire shapes of the ledger."""

from typing import Annotated

from pydantic import Field, StringConstraints

from app.core.fields import Id, Instant, Out, Sequence

Base64 = Annotated[str, StringConstraints(max_length=44, pattern=r"^[A-Za-z0-9+/_-]{43}=?$")]
Exact = Annotated[str, StringConstraints(max_length=65_535, pattern=r"^[\s\S]*$")]
EventType = Annotated[str, StringConstraints(max_length=64, pattern=r"^[a-z_]+\.[a-z_]+$")]


class DisclosureOut(Out):
    """What a person wrote, which the event only holds the digest of."""

    digest: Base64
    name: Annotated[str, StringConstraints(max_length=64, pattern=r"^[a-z_]+$")]
    value: Annotated[str, StringConstraints(max_length=1_100_000, pattern=r"^[\s\S]*$")]
    disclosure: Annotated[str, StringConstraints(max_length=1_500_000, pattern=r"^[A-Za-z0-9_-]+$")] = Field(
        description="base64url of `[salt, name, value]`; its SHA-256 is the digest (RFC 9901)."
    )


class EventOut(Out):
    """One event of the ledger."""

    seq: Sequence
    at: Instant
    type: EventType
    actor: Id
    plan: Id | None
    subject: Id
    text: Exact = Field(description="The event itself, RFC 8785, byte for byte as it was hashed.")
    leaf_hash: Base64 = Field(description="SHA-256 over 00 and the text, base64.")
    disclosures: Annotated[list[DisclosureOut], Field(max_length=100)]


class EventPage(Out):
    """Events in the order in which they were committed."""

    data: Annotated[list[EventOut], Field(max_length=200)]
    has_more: bool
    next_after: Sequence | None = Field(
        description="Ask with `after=` this for what follows; null if there is nothing yet."
    )
    size: Sequence = Field(description="How many events there are.")


class ConsistencyOut(Out):
    """That the older tree is the beginning of the newer one (RFC 9162, section 2.1.4)."""

    old_size: Sequence
    new_size: Sequence
    path: Annotated[list[Base64], Field(max_length=64, description="Hashes, base64, as the RFC orders them.")]
