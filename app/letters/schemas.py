"""Wire shapes of a letter that is read, and of the draft that is proposed."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints

from app.commitments.rules import Kind
from app.core.fields import Day, Email, In, Line, LongText, Out, Positive, Slug, Text, Zone
from app.core.items import ItemsOut
from app.letters.draft import Part, Piece
from app.letters.passages import Passage
from app.plans.case_schemas import Gap
from app.plans.schemas import Duration, Recurrence, RootCauseOut

_LETTER = """\
Subject: Inauthentic complaints on B0C7XK2M4P

Root cause
- The distributor had no authorisation.

Preventive measures
- Ada Okafor will file the letter of authorisation within 14 days of approval.
"""


class LetterIn(In):
    """A plan of action as it was written."""

    model_config = {**In.model_config, "json_schema_extra": {"examples": [{"text": _LETTER}]}}

    text: LongText = Field(description="The letter: plain text, or Markdown.")
    timezone: Zone | None = Field(None, description="Where its days begin and end. The workspace's if left out.")


class ProposedPromise(Out):
    """One commitment as the letter says it."""

    kind: Kind
    text: Text
    owner: Email | None = Field(examples=["ada@example.com"])
    due_on: Day | None
    due_after_approval: Duration | None
    recurrence: Recurrence | None
    root_causes: Annotated[list[Slug], Field(max_length=50)]


class ProposedPlan(Out):
    """A body for `POST /v1/plans`, as it is."""

    title: Line
    timezone: Zone
    items: ItemsOut
    root_causes: Annotated[list[RootCauseOut], Field(max_length=50)]
    commitments: Annotated[list[ProposedPromise], Field(max_length=200)]


class PieceOut(Out):
    """A place in the plan, and the words of the letter that it was made of."""

    pointer: Annotated[str, StringConstraints(max_length=100, pattern=r"^/[a-z0-9_/]+$")] = Field(
        description="Where in the plan.", examples=["/commitments/2"]
    )
    part: Part = Field(
        description="`done` and `promise` are commitments. A draft has no place for what is done already: complete it, "
        "with evidence, once the plan is approved."
    )
    line: Positive
    last_line: Positive
    source: LongText = Field(description="As it stands in the letter.")
    performed_on: Day | None = Field(description="When it was done, if the letter says so.")
    names: Annotated[list[Line], Field(max_length=20)] = Field(
        description="Who is named, but cannot be its owner as it stands: no member, or one of several."
    )
    doubts: Annotated[list[Line], Field(max_length=20)] = Field(description="What whoever reviews it has to decide.")

    @classmethod
    def of(cls, piece: Piece) -> Self:
        return cls(**{name: getattr(piece, name) for name in cls.model_fields})


class Unread(Out):
    """Lines that nothing was made of."""

    line: Positive
    last_line: Positive
    text: LongText

    @classmethod
    def of(cls, passage: Passage) -> Self:
        return cls(line=passage.line, last_line=passage.last_line, text=passage.text)


class LetterOut(Out):
    """What a letter seems to say, for review. Nothing of it is recorded."""

    plan: ProposedPlan
    pieces: Annotated[list[PieceOut], Field(max_length=2000)]
    unread: Annotated[list[Unread], Field(max_length=50_000)]
    gaps: Annotated[list[Gap], Field(max_length=1000)] = Field(
        description="What would keep this plan from being approved, as `GET /v1/plans/{plan}/readiness` says it."
    )
