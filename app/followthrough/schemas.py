"""Wire shapes of lists and counts of commitments."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field, StringConstraints

from app.commitments import schedule
from app.commitments.rules import Kind, State
from app.commitments.schemas import OwnerOut, PlanNamed, Reference
from app.core.fields import Count, Day, Id, In, Instant, Line, Out, Text, Zone, checked
from app.core.items import ItemName
from app.core.paging import MAX_LIMIT, Cursor, Limit
from app.followthrough.rules import Reason

PlanName = Annotated[
    str, StringConstraints(max_length=40, pattern=r"^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|POA-[1-9][0-9]{0,8})$")
]
OwnerName = Annotated[str, StringConstraints(max_length=254, pattern=r"^[^\x00-\x20\x7f-\xa0]+$")]


class Filters(In):
    """What every question about commitments can be narrowed to. A name that names nothing is refused, not empty."""

    as_of: Instant | None = Field(
        None,
        description="The answer as it would have been then, by what was recorded; ahead of now, a forecast of what "
        "will be if nobody acts. Now if left out.",
    )
    owner: OwnerName | None = Field(None, description="A member's id or e-mail address.", examples=["ada@example.com"])
    plan: PlanName | None = Field(None, description="A plan's id or reference.", examples=["POA-7"])
    account: Id | None = Field(None, description="A marketplace account's id.")
    kind: Kind | None = Field(None, description="corrective or preventive.")
    item: ItemName | None = Field(None, description="What the plan is about: `type:ref`.", examples=["asin:B0C7XK2M4P"])


class Paged(Filters):
    limit: Limit = 50
    cursor: Cursor | None = None


class OverdueQuery(Paged):
    min_days: Annotated[int, Field(ge=1, le=100_000, json_schema_extra={"format": "int32"})] | None = Field(
        None, description="Only what is overdue for at least so many local days."
    )


Within = Annotated[
    str,
    StringConstraints(max_length=40, pattern=r"^P([0-9]{1,4}[WD]|T[0-9]{1,5}[HM])$"),
    checked(schedule.parse_duration, "duration"),
]


class DueSoonQuery(Paged):
    within: Within = Field("P7D", description="How soon: `P7D`, `P2W`, `PT36H`.", examples=["P7D"])

    @property
    def reach(self) -> timedelta:
        """How long `within` is; a day is 24 hours here."""
        length = schedule.parse_duration(self.within)
        return length if isinstance(length, timedelta) else timedelta(days=length.days)


class LikelyOverdueQuery(DueSoonQuery):
    within: Within = Field(
        "P3D", description="How soon what is due should have been started: `P3D`, `PT36H`.", examples=["P3D"]
    )


class CommitmentsQuery(Paged):
    state: State | None = Field(None, description="Only commitments in this state.")
    due_before: Day | None = Field(None, description="Only those due on a local day before this.")
    due_after: Day | None = Field(None, description="Only those due on a local day after this.")


class ListedCommitment(Out):
    """A commitment in a list."""

    id: Id
    reference: Reference
    text: Text
    kind: Kind
    state: State
    plan: PlanNamed
    owner: OwnerOut
    due_on: Day
    due_at: Instant = Field(description="The first instant at which it is overdue if still open.")
    timezone: Zone
    days_overdue: Count = Field(description="Local calendar days after `due_on`, at least 1; 0 if not overdue.")
    original_due_on: Day
    extensions: Count
    extension_pending: bool


class LikelyOverdue(ListedCommitment):
    """A commitment that is likely to become overdue, and why."""

    reasons: Annotated[list[Reason], Field(min_length=1, max_length=len(Reason))]


class _Page(Out):
    """One page, oldest due first. All pages answer for the same instant."""

    as_of: Instant
    next_change_at: Instant | None = Field(
        description="The next instant at which the list changes without anyone writing. No need to ask before, unless "
        "something is written."
    )
    has_more: bool
    next_cursor: Cursor | None


class LikelyOverduePage(_Page):
    """One page, the next due first. All pages answer for the same instant."""

    data: Annotated[list[LikelyOverdue], Field(max_length=MAX_LIMIT)]


class CommitmentPage(_Page):
    """One page, oldest due first. All pages answer for the same instant."""

    data: Annotated[list[ListedCommitment], Field(max_length=MAX_LIMIT)]


class Counts(Out):
    """`overdue + due_today + not_yet_due = open`: nothing falls between."""

    open: Count
    overdue: Count
    due_today: Count = Field(description="Their local day has come and is not over.")
    not_yet_due: Count
    days_1_7: Count = Field(description="Overdue for 1 to 7 days; the four ages add up to `overdue`.")
    days_8_30: Count
    days_31_90: Count
    days_over_90: Count


class Group(Counts):
    """The counts of one owner, plan or account."""

    id: Id
    name: Line


class SummaryOut(Out):
    """How many are open, overdue, due today, not yet due. The longest lists come first; at most 1,000 of each."""

    as_of: Instant
    next_change_at: Instant | None
    all: Counts
    owners: Annotated[list[Group], Field(max_length=1000)]
    plans: Annotated[list[Group], Field(max_length=1000)]
    accounts: Annotated[list[Group], Field(max_length=1000)]
