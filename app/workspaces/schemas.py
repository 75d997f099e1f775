"""Wire shapes of the workspace, its members, accounts and keys."""

from typing import Annotated

from pydantic import Field

from app.core.fields import Email, Flag, Id, In, Instant, Line, Out, Slug, Zone, number
from app.core.fields import Text as Secret
from app.workspaces.models import Account, ApiKey, Member, Workspace
from app.workspaces.rules import Role, Scope


class WorkspaceOut(Out):
    """The workspace of the key that asks."""

    id: Id
    name: Line
    timezone: Zone
    four_eyes: bool
    evidence_required: bool
    created_at: Instant

    @classmethod
    def of(cls, row: Workspace) -> "WorkspaceOut":
        return cls(
            id=row.id,
            name=row.name,
            timezone=row.timezone,
            four_eyes=row.four_eyes,
            evidence_required=row.evidence_required,
            created_at=row.created_at,
        )


class WorkspaceChange(In):
    """What to change; what is absent stays."""

    name: Line | None = None
    timezone: Zone | None = Field(None, description="Zone of plans that name none. Plans keep the zone they have.")
    four_eyes: Flag | None = Field(None, description="Who asks does not decide; every proof says if this was off.")
    evidence_required: Flag | None = Field(None, description="Completing a commitment needs evidence.")


class MemberIn(In):
    """A person who can own commitments."""

    name: Line = Field(examples=["Ada Okafor"])
    email: Email = Field(examples=["ada@example.com"])
    role: Role = Field(Role.CONTRIBUTOR, description="What the member's keys may do at most.")


class MemberChange(In):
    """What to change; what is absent stays."""

    name: Line | None = None
    role: Role | None = None
    active: Flag | None = Field(None, description="false: the member has left; their keys stop working at once.")
    hand_over_to: Id | Email | None = Field(
        None, description="Who takes over all that the member is accountable for: needed if a member leaves who is."
    )


class MemberOut(Out):
    id: Id
    name: Line
    email: Email
    role: Role
    active: bool
    created_at: Instant

    @classmethod
    def of(cls, row: Member) -> "MemberOut":
        return cls(
            id=row.id, name=row.name, email=row.email, role=Role(row.role), active=row.active, created_at=row.created_at
        )


class AccountIn(In):
    """A marketplace account under watch."""

    marketplace: Slug = Field(examples=["amazon.com"])
    external_id: Line = Field(description="What the marketplace calls it.", examples=["A2EUQ1WTGCTBG2"])
    name: Line | None = Field(None, description="What you call it; else its external id.", examples=["Tumblers US"])
    timezone: Zone = Field(examples=["America/Los_Angeles"])


class AccountOut(Out):
    id: Id
    marketplace: Slug
    external_id: Line
    name: Line
    timezone: Zone
    created_at: Instant

    @classmethod
    def of(cls, row: Account) -> "AccountOut":
        return cls(
            id=row.id,
            marketplace=row.marketplace,
            external_id=row.external_id,
            name=row.name,
            timezone=row.timezone,
            created_at=row.created_at,
        )


Scopes = Annotated[list[Scope], Field(min_length=1, max_length=len(Scope), examples=[["read"]])]


class ApiKeyIn(In):
    """A new key. Without a member it is a service key, which decides nothing while `four_eyes` is on."""

    name: Line = Field(examples=["Overdue bot"])
    scopes: Scopes
    member: Id | Email | None = Field(None, description="The member it acts for: an id or an e-mail address.")
    expires_at: Instant | None = None


class ApiKeyRotation(In):
    """How long the old key goes on working beside the new one."""

    overlap_hours: Annotated[int, Field(ge=0, le=168, json_schema_extra={"format": "int32"}), number] = 24


class ApiKeyOut(Out):
    id: Id
    name: Line
    member: Id | None
    scopes: Scopes
    created_at: Instant
    expires_at: Instant | None
    revoked_at: Instant | None = Field(description="When it stops working; ahead of now while it is being replaced.")
    last_used_at: Instant | None = Field(description="To the minute.")

    @classmethod
    def of(cls, row: ApiKey) -> "ApiKeyOut":
        return cls(
            id=row.id,
            name=row.name,
            member=row.member_id,
            scopes=[Scope(scope) for scope in row.scopes],
            created_at=row.created_at,
            expires_at=row.expires_at,
            revoked_at=row.revoked_at,
            last_used_at=row.last_used_at,
        )


class ApiKeyMade(ApiKeyOut):
    """A new key, with its secret: the only time it is shown. A replay of the request has null instead."""

    secret: Secret | None
