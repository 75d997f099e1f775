"""Wire shapes of escalation rules, and of what stands escalated."""

from typing import Annotated, Any

from pydantic import Field

from app.commitments.rules import Kind
from app.commitments.schemas import OwnerOut
from app.core.fields import Count, Email, Flag, Id, In, Instant, Line, Out, Positive, number
from app.core.paging import MAX_LIMIT, Cursor, Limit
from app.escalations.models import EscalationRule
from app.escalations.rules import LEVELS
from app.followthrough.schemas import ListedCommitment

OLDEST = 5
"""Commitments shown of those that are counted together."""

TOLD = 50
"""Members whom one entry names."""

_MANY = {"format": "int32"}
Level = Annotated[
    int,
    Field(ge=1, le=LEVELS, json_schema_extra=_MANY, description="How serious it is; 5 is the highest."),
    number,
]
OlderThan = Annotated[
    int,
    Field(
        ge=0,
        le=3650,
        json_schema_extra=_MANY,
        description="Overdue by more local days than this, as `days_overdue` counts them; 0: whatever is overdue.",
    ),
    number,
]
Together = Annotated[
    int,
    Field(
        ge=1,
        le=100_000,
        json_schema_extra=_MANY,
        description="At least so many together make one entry. null: each commitment by itself.",
    ),
    number,
]
Tell = Annotated[
    list[Id | Email],
    Field(
        min_length=1,
        max_length=TOLD,
        description="Who is told: ids or e-mail addresses of members.",
        examples=[["bo@example.com"]],
    ),
]
_ABSENT: Any = Field(default_factory=lambda: None)
"""Of what every rule has: it may be left out, and is never null. Read it only if it is among `model_fields_set`."""


class EscalationRuleIn(In):
    """What has to be overdue, and for how long, for whom to be told."""

    name: Line = Field(examples=["A week late: tell Bo"])
    level: Level = Field(examples=[2])
    older_than_days: OlderThan = Field(0, examples=[7])
    count: Together | None = Field(None, examples=[3])
    kind: Kind | None = Field(None, description="Only commitments of this kind.")
    owner: Id | Email | None = Field(None, description="Only those of this member: an id or an e-mail address.")
    account: Id | None = Field(None, description="Only those of plans about this account.")
    tell: Tell
    active: Flag = True


class EscalationRuleChange(In):
    """What to change; what is absent stays, what is null is taken away."""

    name: Line = _ABSENT
    level: Level = _ABSENT
    older_than_days: OlderThan = _ABSENT
    count: Together | None = None
    kind: Kind | None = None
    owner: Id | Email | None = None
    account: Id | None = None
    tell: Tell = _ABSENT
    active: Flag = _ABSENT


class EscalationRuleOut(Out):
    id: Id
    name: Line
    level: Level
    older_than_days: OlderThan
    count: Together | None
    kind: Kind | None
    owner: Id | None
    account: Id | None
    tell: Annotated[list[Id], Field(max_length=TOLD, description="Who of them has left is told nothing.")]
    all_left: bool = Field(description="true: all of them have, so others are told instead: `told` of its entries.")
    active: bool
    created_at: Instant

    @classmethod
    def of(cls, row: EscalationRule, *, all_left: bool) -> "EscalationRuleOut":
        return cls(
            id=row.id,
            name=row.name,
            level=row.level,
            older_than_days=row.older_than_days,
            count=row.count,
            kind=Kind(row.kind) if row.kind else None,
            owner=row.owner_id,
            account=row.account_id,
            tell=row.tell,
            all_left=all_left,
            active=row.active,
            created_at=row.created_at,
        )


class EscalationsQuery(In):
    """Which of what stands escalated, and when."""

    as_of: Instant | None = Field(
        None,
        description="By the rules as they are now, and the commitments as they stood then; ahead of now, what will "
        "stand if nobody acts. Now if left out.",
    )
    level: Annotated[int, Field(ge=1, le=LEVELS, json_schema_extra=_MANY)] | None = Field(
        None, description="Only this level."
    )
    rule: Id | None = Field(None, description="Only what this rule escalates.")
    limit: Limit = 50
    cursor: Cursor | None = None


class RuleNamed(Out):
    """The rule by which it is escalated."""

    id: Id
    name: Line


class EscalationOut(Out):
    """One thing that stands escalated: a commitment, or several together."""

    rule: RuleNamed
    level: Level
    older_than_days: OlderThan
    at_least: Positive | None = Field(description="How many together the rule asks for; null: each by itself.")
    since: Instant = Field(
        description="From when it stands there by time alone: since this commitment, or the one that made the number "
        "full, is overdue by more than so many days."
    )
    told: Annotated[
        list[OwnerOut],
        Field(
            max_length=TOLD,
            description="Who of its rule's `tell` are still members. If none is: the admins of the workspace; the "
            "approvers if it has no admin; all members, 50 at most, if it has neither.",
        ),
    ]
    all_left: bool = Field(description="true: so `told` are others. Name somebody else in the rule's `tell`.")
    count: Count = Field(description="How many commitments there are.")
    commitments: Annotated[list[ListedCommitment], Field(max_length=OLDEST, description="The oldest of them.")]
    overdue: Annotated[str, Field(max_length=500, json_schema_extra={"format": "uri-reference"})] | None = Field(
        description="Where all of them are listed; null if it is one by itself.",
        examples=["/v1/overdue?as_of=2026-12-03T09%3A00%3A00Z&min_days=8&kind=corrective"],
    )


class EscalationPage(Out):
    """One page, the highest level first; of a rule, the oldest due first. All pages answer for the same instant."""

    as_of: Instant
    has_more: bool
    next_cursor: Cursor | None
    data: Annotated[list[EscalationOut], Field(max_length=MAX_LIMIT)]
