"""Wire shapes of an item's history."""

from typing import Annotated, Any

from pydantic import Field

from app.commitments.rules import Kind, State
from app.commitments.schemas import OwnerOut, Reference
from app.core.fields import Count, Day, Id, Instant, Line, Out, Text
from app.core.items import ItemOut
from app.core.paging import Page
from app.followthrough.items import OPEN_LISTED
from app.followthrough.neighbours import COMPARED, LISTED, Same, Similar
from app.followthrough.timeline import Happened, sentence
from app.notices.rules import Category, NoticeKind, NoticeState

Score = Annotated[
    int,
    Field(
        ge=0,
        le=100,
        description="100: the same words. Rare words weigh more.",
        json_schema_extra={"format": "int32"},
        examples=[64],
    ),
]
Words = Annotated[
    list[Line],
    Field(
        max_length=100,
        description="What both texts have, as the notice compared with writes it; the most telling first.",
        examples=[["cracked", "leaking", "shampoo"]],
    ),
]


class Often(Out):
    """How many notices came in, counted back from `as_of`."""

    last_30_days: Count
    last_90_days: Count
    last_180_days: Count
    all: Count


class OftenOfCategory(Often):
    category: Category


class ItemCounts(Often):
    """How often something came in about the item; a dismissed notice counts like any other."""

    notifications: Often
    complaints: Often
    categories: Annotated[list[OftenOfCategory], Field(max_length=50)]
    dismissed: Count = Field(description="Of all, those that were found to need nothing.")


class OpenPromise(Out):
    """Something promised about the item that is still to be done."""

    id: Id
    reference: Reference
    text: Text
    kind: Kind
    state: State
    owner: OwnerOut
    due_on: Day
    due_at: Instant
    overdue: bool


class Promised(Out):
    """What was promised about the item: `all = kept + late + open + waived`, and `broken = late + overdue`."""

    plans: Count = Field(description="Plans about the item, in any state.")
    all: Count = Field(description="Commitments of approved plans that cover the item.")
    open: Count
    overdue: Count = Field(description="Of those open.")
    kept: Count = Field(description="Done on time.")
    late: Count = Field(description="Done, and too late.")
    broken: Count = Field(description="Overdue now, or done too late.")
    waived: Count
    last_done_at: Instant | None = Field(description="When the last of them was done.")
    notices_since: Count | None = Field(description="How many notices came in since then: did the problem come back?")
    commitments: Annotated[
        list[OpenPromise], Field(max_length=OPEN_LISTED, description="Those open, oldest due first.")
    ]


class HistoryEntry(Out):
    """Something that happened. What came from outside stands where it is said to have happened."""

    at: Instant
    kind: Happened
    id: Id = Field(description="Of the notice, plan or commitment.")
    reference: Reference | None = Field(description="Of the plan or commitment.")
    sentence: Text = Field(examples=["POA-7.3 done late: Remove the remaining 212 units."])

    @classmethod
    def of(cls, row: Any) -> "HistoryEntry":
        kind = Happened(row.kind)
        said = sentence(kind, row.what, row.text)
        return cls(at=row.at, kind=kind, id=row.id, reference=row.reference, sentence=said)


class SimilarNotice(Out):
    """An earlier notice about the item."""

    notice: Id
    kind: NoticeKind
    category: Category
    state: NoticeState
    title: Line
    received_at: Instant
    score: Score
    words: Words

    @classmethod
    def of(cls, one: Similar) -> "SimilarNotice":
        row = one.notice
        return cls(
            notice=row.id,
            kind=row.kind,
            category=row.category,
            state=row.state,
            title=row.title,
            received_at=row.received_at,
            score=one.match.score,
            words=one.match.words[:100],
        )


class SimilarNotices(Out):
    """Earlier notices about the item, most like one of them first."""

    notice: Id | None = Field(description="The one compared with: the newest, or the one asked for.")
    compared: Annotated[int, Field(ge=0, le=COMPARED, json_schema_extra={"format": "int32"})]
    data: Annotated[list[SimilarNotice], Field(max_length=LISTED)]


class OtherItem(Out):
    """Another item that has the same problem, it seems."""

    item: ItemOut
    notices: Count = Field(description="How many of its notices are similar.")
    notice: Id = Field(description="The one most alike.")
    title: Line
    received_at: Instant
    score: Score
    words: Words

    @classmethod
    def of(cls, same: Same) -> "OtherItem":
        row, match = same.best
        return cls(
            item=ItemOut(type=row.type, ref=row.ref),
            notices=same.notices,
            notice=row.id,
            title=row.title,
            received_at=row.received_at,
            score=match.score,
            words=match.words[:100],
        )


class Elsewhere(Out):
    """Is there a bigger issue? Other items with notices of the same category, in similar words, in 180 days."""

    category: Category | None = Field(description="Of the notice compared with.")
    compared: Annotated[int, Field(ge=0, le=COMPARED, json_schema_extra={"format": "int32"})] = Field(
        description=f"Notices of the category about other items, the newest {COMPARED}."
    )
    items: Count
    notices: Count = Field(description="How many of those compared are similar.")
    data: Annotated[list[OtherItem], Field(max_length=LISTED)]


class ItemHistory(Out):
    """Everything known about an item."""

    item: ItemOut
    as_of: Instant | None = Field(description="As asked; null: now.")
    first_seen_at: Instant = Field(description="When something first came in or was planned about it.")
    counts: ItemCounts
    promised: Promised
    similar: SimilarNotices
    elsewhere: Elsewhere
    events: Page[HistoryEntry]
