"""Wire shapes of commitments and their evidence."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.commitments.models import CommitmentSpan, Detailed, Evidence, Verification
from app.commitments.rules import EvidenceKind, Kind, State, Verdict
from app.core.fields import (
    Count,
    Day,
    Email,
    Id,
    In,
    Instant,
    Line,
    Out,
    Positive,
    Said,
    SaidLine,
    Sha256,
    Slug,
    Text,
    Url,
    Zone,
)
from app.core.items import ItemName
from app.files.rules import MediaType
from app.files.schemas import FileName, Size

Reference = Annotated[
    str,
    StringConstraints(max_length=40, pattern=r"^POA-[1-9][0-9]{0,8}(\.[1-9][0-9]{0,8}){0,2}$"),
    Field(examples=["POA-7.3"]),
]


class OwnerOut(Out):
    id: Id
    name: Line
    email: Email


class PlanNamed(Out):
    """The plan a commitment belongs to."""

    id: Id
    reference: Reference
    title: Line


class CommitmentOut(Out):
    """One promise, as it stands. Whether it is overdue depends on when you ask: `GET /v1/overdue` says."""

    id: Id
    reference: Reference
    plan: PlanNamed
    clause: Annotated[str, StringConstraints(max_length=40, pattern=r"^/commitments/[0-9]+$")] = Field(
        description="Where the promise stands in the approved text, or the amendment's, as a JSON pointer."
    )
    kind: Kind
    text: Text
    root_causes: Annotated[list[Slug], Field(max_length=50)]
    amendment: Id | None = Field(description="What added it, if the text approved first did not.")
    occurrence: Positive | None = Field(description="Of a recurring commitment, which time this is.")
    scheduled_on: Day | None = Field(description="The day on which the rule put this time. It never moves.")
    state: State
    owner: OwnerOut
    due_on: Day
    due_at: Instant = Field(description="The first instant at which it is overdue if still open.")
    timezone: Zone
    original_due_on: Day
    original_due_at: Instant
    extensions: Count = Field(description="How many were granted.")
    started_at: Instant | None
    performed_on: Day | None = Field(description="The day on which it was done, as claimed.")
    done_at: Instant | None = Field(description="When that was recorded. Lateness is judged by this.")
    done_by: Id | None
    days_late: Count | None = Field(description="Frozen when completed: local days after `due_on`; 0 is on time.")
    days_late_vs_original: Count | None
    evidence: Count = Field(description="How many pieces there are that were not superseded.")
    created_at: Instant

    @classmethod
    def of(cls, row: Detailed) -> "CommitmentOut":
        commitment = row.commitment
        return cls.model_construct(
            **{name: getattr(commitment, name) for name in _SAME},
            plan=PlanNamed.model_construct(
                id=commitment.plan_id, reference=f"POA-{commitment.plan_number}", title=row.plan_title
            ),
            kind=Kind(commitment.kind),
            state=State(commitment.state),
            clause=f"/commitments/{commitment.number - 1 if commitment.clause is None else commitment.clause}",
            amendment=commitment.amendment_id,
            scheduled_on=commitment.original_due_on if commitment.series_id else None,
            owner=OwnerOut.model_construct(id=commitment.owner_id, name=row.owner_name, email=row.owner_email),
            evidence=row.evidence,
        )


_DERIVED = ("plan", "clause", "amendment", "scheduled_on", "owner", "evidence", "kind", "state")
_SAME = tuple(name for name in CommitmentOut.model_fields if name not in _DERIVED)


Covered = Annotated[
    list[ItemName], Field(max_length=500, description="The items that it covers.", examples=[["asin:B0C7XK2M4P"]])
]


class NoteIn(In):
    """Evidence in words."""

    kind: Literal[EvidenceKind.NOTE]
    text: Said = Field(examples=["Removal order 90-3344: 212 units destroyed, confirmed by the fulfilment centre."])
    document_on: Day | None = Field(None, description="The day the evidence itself bears.")
    items: Covered = []


class LinkIn(In):
    """Evidence that lies elsewhere. What it shows is not stored, only where it is."""

    kind: Literal[EvidenceKind.LINK]
    url: Url = Field(examples=["https://files.example.com/loa-2026.pdf"])
    title: Line | None = None
    document_on: Day | None = Field(None, description="The day the evidence itself bears.")
    items: Covered = []


class FileIn(In):
    """A file that was uploaded with `POST /v1/files`."""

    kind: Literal[EvidenceKind.FILE]
    sha256: Sha256 = Field(description="As the upload answered.")
    name: FileName = Field(examples=["invoice-2026-11.pdf"], description="What people see; no folders.")
    document_on: Day | None = Field(None, description="The day the evidence itself bears.")
    items: Covered = []


EvidenceIn = Annotated[NoteIn | LinkIn | FileIn, Field(discriminator="kind")]


class PieceOut(Out):
    """A piece of evidence, whatever it belongs to."""

    id: Id
    kind: EvidenceKind
    body: Text = Field(description="The note, or the address of the link or, on this server, of the file.")
    title: Line | None = Field(description="Of a link; a file's name.")
    sha256: Sha256 = Field(description="SHA-256 of `body` in UTF-8, or of the file's bytes: what the ledger holds.")
    size: Size | None = Field(description="Bytes, of a file.")
    media_type: MediaType | None = Field(description="Of a file.")
    document_on: Day | None
    items: Covered
    added_by: Id
    added_at: Instant
    superseded_by: Id | None = Field(description="The piece that took its place: this one counts no more.")
    superseded_at: Instant | None
    supersession_reason: Text | None


class EvidenceOut(PieceOut):
    commitment: Id

    @classmethod
    def of(cls, row: Evidence) -> "EvidenceOut":
        return cls.model_validate({**row.model_dump(), "commitment": row.commitment_id, "items": row.items or []})


class Supersession(In):
    """The piece was wrong. It stays, and says that another took its place."""

    reason: Said = Field(examples=["The invoice of another supplier was attached."])
    evidence: EvidenceIn = Field(description="The piece that takes its place.")


class Start(In):
    """Work begins. The body may be left out."""


class Pause(In):
    """Work stops for now. The body may be left out."""


class Completion(In):
    """It is done."""

    performed_on: Day | None = Field(None, description="The day it was done, in the plan's zone. Today if left out.")
    evidence: EvidenceIn | None = Field(None, description="Evidence to add with the same request.")


class Judgement(In):
    """What somebody else found in the evidence."""

    outcome: Verdict
    reason: Said | None = Field(None, description="Needed to reject.", examples=["The order is still open."])
    owner: Id | Email | None = Field(
        None, description="Who is accountable from now on, if it is rejected: needed if its owner has left."
    )


class VerificationOut(Out):
    """One look at the evidence of what was done."""

    number: Positive
    outcome: Verdict
    reason: Text | None
    by: Id
    at: Instant

    @classmethod
    def of(cls, row: Verification) -> "VerificationOut":
        return cls.model_validate(row, from_attributes=True)


class Reassignment(In):
    """A new accountable owner."""

    owner: Id | Email = Field(description="A member's id or e-mail address.", examples=["bo@example.com"])
    reason: SaidLine | None = None


class SpanOut(Out):
    """How a commitment stood from one change to the next."""

    since: Instant
    until: Instant | None
    state: State
    owner: Id
    due_on: Day
    due_at: Instant

    @classmethod
    def of(cls, row: CommitmentSpan) -> "SpanOut":
        return cls(
            since=row.since,
            until=row.until,
            state=State(row.state),
            owner=row.owner_id,
            due_on=row.due_on,
            due_at=row.due_at,
        )
