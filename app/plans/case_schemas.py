"""Wire shapes of a case: the draft that a notice asks for, the plan's evidence and readiness, what changed since."""

from typing import Annotated

from pydantic import Field, StringConstraints

from app.commitments.models import Evidence
from app.commitments.schemas import PieceOut
from app.core.fields import Count, Flag, Id, In, Instant, Line, Out, Positive, Sha256, Slug, Zone
from app.core.problems import Fault
from app.plans.changes import Op


class Draft(In):
    """What to take over from the notice, or not. The body may be left out."""

    title: Line | None = Field(None, description="The notice's if left out.")
    timezone: Zone | None = Field(None, description="The account's if left out, else the workspace's.")
    root_causes: Flag = Field(
        default=True, description="Whether to take over the root causes that earlier plans about these items named."
    )


class PlanEvidenceOut(PieceOut):
    """What goes to the authority along with a plan."""

    plan: Id

    @classmethod
    def of(cls, row: Evidence) -> "PlanEvidenceOut":
        return cls.model_validate({**row.model_dump(), "plan": row.plan_id, "items": row.items or []})


class Version(Out):
    """One side of a comparison."""

    submission: Positive | None = Field(description="Null: the plan as it is written now.")
    content_sha256: Sha256


class ChangedLine(Out):
    op: Op
    text: Annotated[str, StringConstraints(max_length=200_000, pattern=r"^[^\x00]*$")]


class ChangesOut(Out):
    """What changed between two attempts, line by line."""

    before: Version | None
    after: Version
    lines: Annotated[list[ChangedLine], Field(max_length=20_000)]


class Gap(Out):
    """One place in the plan that needs work."""

    pointer: Annotated[str, StringConstraints(max_length=500, pattern=r"^/[a-z0-9_/]*$")] = Field(
        examples=["/commitments/1/owner"]
    )
    detail: Line
    code: Slug

    @classmethod
    def of(cls, fault: Fault) -> "Gap":
        return cls(pointer=fault.pointer, detail=fault.detail, code=fault.code)


class Budget(Out):
    """What is left of what the notices allow: the nearest deadline and the fewest attempts, whichever comes first."""

    respond_by: Instant | None
    attempts_allowed: Positive | None
    attempts_left: Count | None


class Readiness(Out):
    """Whether the plan could be approved as it is, and what a reviewer would ask about."""

    ready: bool
    gaps: Annotated[list[Gap], Field(max_length=1000)] = Field(description="What keeps it from being approved.")
    hints: Annotated[list[Gap], Field(max_length=2000)] = Field(
        description="What a reviewer would ask about; none of it keeps the plan from being approved."
    )
    budget: Budget
