"""Wire shapes of a case: the draft that a notice asks for, evidence of the plan itself, what changed since a denial."""

from typing import Annotated

from pydantic import Field, StringConstraints

from app.commitments.models import Evidence
from app.commitments.rules import EvidenceKind
from app.commitments.schemas import Covered
from app.core.fields import Day, Flag, Id, In, Instant, Line, Out, Positive, Sha256, Text, Zone
from app.plans.changes import Op


class Draft(In):
    """What to take over from the notice, or not. The body may be left out."""

    title: Line | None = Field(None, description="The notice's if left out.")
    timezone: Zone | None = Field(None, description="The account's if left out, else the workspace's.")
    root_causes: Flag = Field(
        default=True, description="Whether to take over the root causes that earlier plans about these items named."
    )


class PlanEvidenceOut(Out):
    """What goes to the authority along with a plan."""

    id: Id
    plan: Id
    kind: EvidenceKind
    body: Text = Field(description="The note, or the link's address.")
    title: Line | None
    sha256: Sha256 = Field(description="SHA-256 of `body` in UTF-8: what the ledger holds.")
    document_on: Day | None
    items: Covered
    added_by: Id
    added_at: Instant

    @classmethod
    def of(cls, row: Evidence) -> "PlanEvidenceOut":
        return cls.model_validate({**row.model_dump(), "plan": row.plan_id, "items": row.items or []})


class PlanEvidenceList(Out):
    data: Annotated[list[PlanEvidenceOut], Field(max_length=1000)]


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
