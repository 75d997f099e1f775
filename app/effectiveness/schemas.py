"""Wire shapes of effectiveness checks and of a plan's health."""

from typing import Annotated

from pydantic import Field

from app.commitments.schemas import Reference
from app.core.fields import Count, Id, In, Instant, Line, Out, Positive, Said, Text, number
from app.effectiveness.models import EffectivenessCheck
from app.effectiveness.rules import Effect, Health


class CheckIn(In):
    """Did the problem come back?"""

    outcome: Effect
    reason: Said = Field(examples=["No complaint about the 14 orders that were shipped since."])
    recurrences_seen: Annotated[Count, number] | None = Field(
        None, description="How many notices came in since; needed to call the plan effective although some did."
    )


class CheckOut(Out):
    """What somebody judged, and what was known then."""

    id: Id
    number: Positive
    outcome: Effect
    reason: Text
    recurrences: Count | None = Field(description="null: the plan's words had been erased, so nobody could tell.")
    carried_out_at: Instant
    window_ends_at: Instant
    checked_by: Id
    checked_at: Instant

    @classmethod
    def of(cls, row: EffectivenessCheck) -> "CheckOut":
        return cls.model_validate(row, from_attributes=True)


class Recurrence(Out):
    """A notice on the same items and of the same category, after the plan was carried out."""

    notice: Id
    title: Line
    received_at: Instant


class Effectiveness(Out):
    """How an approved plan is doing, and whether the problem came back."""

    plan: Id
    reference: Reference
    health: Health | None = Field(description="Of an approved plan; null before.")
    carried_out_at: Instant | None = Field(
        description="When the last action was recorded as done; null while something is left to do."
    )
    observation_days: Positive
    window_ends_at: Instant | None
    days_observed: Count = Field(description="Whole days since it was carried out, at most the window's.")
    items: Count | None = Field(
        description="How many items it is about: with the days, how exposed it was. Null once its words were erased."
    )
    recurrences: Count | None = Field(
        description="How many notices came in since. Null once the plan's words were erased: nobody can tell any more."
    )
    notices: Annotated[list[Recurrence], Field(max_length=50)] = Field(description="The newest of them.")
    checks: Annotated[list[CheckOut], Field(max_length=50)] = Field(
        description="The newest of them, oldest first; all are at `/v1/plans/{plan}/effectiveness/checks`."
    )
