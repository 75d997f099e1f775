"""Wire shapes of extensions, waivers and amendments."""

from typing import Annotated, Any

import orjson
from pydantic import Field

from app.changes.models import Amendment, Request
from app.changes.rules import Outcome, RequestKind, RequestState
from app.commitments.rules import Kind
from app.commitments.schemas import Reference
from app.core.fields import Day, Id, In, Instant, Line, Out, Positive, Said, Second, Sha256, Slug, Text, number
from app.core.items import ItemName
from app.plans.schemas import Exceptions, PromiseIn, Recurrence, RuleOut


class ExtensionIn(In):
    """A later due is asked for: a local day in the plan's zone, or an instant."""

    due_on: Day | None = Field(None, examples=["2026-12-15"])
    due_at: Second | None = None
    reason: Said = Field(examples=["The carrier collects the units on the 10th only."])


class WaiverIn(In):
    """That the commitment be dropped, or one time of a recurring one be skipped."""

    reason: Said = Field(examples=["The product is no longer sold."])


class RequestDecision(In):
    """What somebody else than who asked decided, and why."""

    outcome: Outcome
    reason: Said = Field(examples=["The collection is confirmed in writing."])


class Withdrawn(In):
    """What was asked for is taken back. The body may be left out."""

    reason: Said | None = None


class RequestOut(Out):
    """That a commitment be due later, or be dropped. Until it is granted, it moves nothing."""

    id: Id
    kind: RequestKind
    commitment: Id
    plan: Id
    state: RequestState
    reason: Text
    due_on: Day | None = Field(description="The due that is asked for; of a waiver null.")
    due_at: Instant | None
    from_due_on: Day = Field(description="The due when it was asked.")
    from_due_at: Instant
    asked_late: bool = Field(description="It was asked for when the due had passed.")
    requested_by: Id
    requested_at: Instant
    decided_by: Id | None = Field(description="Who granted or refused it, or withdrew it.")
    decided_at: Instant | None
    decision_reason: Text | None

    @classmethod
    def of(cls, row: Request) -> "RequestOut":
        return cls.model_validate(
            row.model_dump()
            | {
                "commitment": row.commitment_id,
                "plan": row.plan_id,
                "asked_late": row.requested_at >= row.from_due_at,
            }
        )


class AmendedPromise(PromiseIn):
    """A commitment that is added to an approved plan, and why."""

    why: Said = Field(examples=["The authority asked for a check of returns, too."])


class Ending(In):
    """That a recurring commitment ends: times scheduled from that day on, and still open, are waived."""

    number: Annotated[Positive, number] = Field(description="Its number in the plan: 2 of `POA-7.2`.")
    from_on: Day = Field(description="The first day that it no longer holds for; not in the past.")
    why: Said
    recurrence: Recurrence | None = Field(
        None, description="What it recurs by from that day on: added as a commitment of its own."
    )


class AmendmentIn(In):
    """What is added to an approved plan, or ended in it. The text that was approved stays as it is."""

    commitments: Annotated[list[AmendedPromise], Field(max_length=200)] = []
    ends: Annotated[list[Ending], Field(max_length=200)] = []


class AmendmentDecision(In):
    """What was decided on an amendment, by somebody else than who asked."""

    outcome: Outcome
    reason: Said
    received_at: Instant | None = Field(
        None, description="When the approval arrived: what `due_after_approval` counts from. Now if left out."
    )
    authority: Line | None = Field(None, description="Who agreed, if it went to the authority.", examples=["Amazon"])
    reference: Line | None = Field(None, examples=["case 12345678901"])


class AmendedPromiseOut(Out):
    """A commitment as the amendment has it."""

    kind: Kind
    text: Text
    owner: Id | None
    due_on: Day | None
    due_at: Instant | None
    due_after_approval: Line | None
    recurrence: RuleOut | None
    except_on: Exceptions
    root_causes: Annotated[list[Slug], Field(max_length=50)]
    items: Annotated[list[ItemName], Field(max_length=500)]
    why: Text


class EndingOut(Out):
    number: Positive
    from_on: Day
    why: Text


class AmendmentOut(Out):
    """What was added to an approved plan, or ended in it. Until it is granted, it changes nothing."""

    id: Id
    plan: Id
    reference: Reference = Field(description="The plan's.")
    number: Positive = Field(description="Its number among the plan's amendments.")
    state: RequestState
    commitments: Annotated[list[AmendedPromiseOut], Field(max_length=400)]
    ends: Annotated[list[EndingOut], Field(max_length=200)]
    content_sha256: Sha256 = Field(description="Of the canonical JSON (RFC 8785) of what is amended.")
    requested_by: Id
    requested_at: Instant
    decided_by: Id | None
    decided_at: Instant | None
    decision_reason: Text | None
    received_at: Instant | None
    authority: Line | None
    decision_reference: Line | None

    @classmethod
    def of(cls, row: Amendment, reference: str) -> "AmendmentOut":
        content: dict[str, Any] = {"ends": []} | orjson.loads(row.content)
        return cls.model_validate(
            row.model_dump()
            | {
                "plan": row.plan_id,
                "reference": reference,
                "commitments": [{"why": "", "items": [], "except_on": []} | one for one in content["commitments"]],
                "ends": content["ends"],
            }
        )
