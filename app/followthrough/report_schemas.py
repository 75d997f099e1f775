"""Wire shapes of the follow-through report."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from app.commitments.rules import Kind
from app.commitments.schemas import PlanNamed
from app.core.fields import Count, Day, In, Instant, Line, Out, Positive
from app.core.paging import MAX_LIMIT, Cursor, Limit
from app.effectiveness.schemas import CheckOut
from app.followthrough.schemas import ListedCommitment, OwnerName, PlanName
from app.plans.rules import Area

NONE = "none"
"""The key of those that have none: no account, no area."""
LISTED = 1000
"""Groups of an answer in JSON."""
TABLED = 10_000
"""Rows of a table."""
SHOWN = 12
"""Groups on a page for a person; the others are one row."""

_UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
AccountKey = Annotated[str, StringConstraints(max_length=36, pattern=f"^({_UUID}|{NONE})$")]
AreaKey = Annotated[str, StringConstraints(max_length=20, pattern=f"^({'|'.join(Area)}|{NONE})$")]
Month = Annotated[str, StringConstraints(max_length=7, pattern=r"^(19[7-9][0-9]|2[01][0-9]{2})-(0[1-9]|1[0-2])$")]


class By(StrEnum):
    """What the figures are grouped by. Each is a filter, too, which takes a group's key."""

    ACCOUNT = "account"
    OWNER = "owner"
    PLAN = "plan"
    AREA = "area"
    KIND = "kind"
    MONTH = "month"


class Figure(StrEnum):
    """A figure of the report. `docs/follow-through.md` defines each."""

    PROMISED = "promised"
    KEPT_ON_TIME = "kept_on_time"
    KEPT_LATE = "kept_late"
    STILL_OVERDUE = "still_overdue"
    NOT_YET_DUE = "not_yet_due"
    WAIVED = "waived"
    AWAITING_VERIFICATION = "awaiting_verification"
    VERIFIED = "verified"
    EXTENDED = "extended"
    EXTENDED_ON_TIME_VS_ORIGINAL = "extended_on_time_vs_original"
    ON_TIME_VS_ORIGINAL = "on_time_vs_original"
    LATE_VS_ORIGINAL = "late_vs_original"
    OVERDUE_VS_ORIGINAL = "overdue_vs_original"
    RECURRING = "recurring"
    RECURRING_KEPT_ON_TIME = "recurring_kept_on_time"
    RECURRING_KEPT_LATE = "recurring_kept_late"
    RECURRING_STILL_OVERDUE = "recurring_still_overdue"
    PLANS = "plans"
    """From here on of plans, by what their newest check came to."""
    EFFECTIVE = "effective"
    INEFFECTIVE = "ineffective"
    INCONCLUSIVE = "inconclusive"
    NOT_CHECKED = "not_checked"


class ReportQuery(In):
    """A period, an instant, and what to narrow both to."""

    from_: Day | None = Field(
        None, alias="from", description="The first day of the period, of original due days.", examples=["2026-10-01"]
    )
    to: Day | None = Field(None, description="Its last day.", examples=["2026-12-31"])
    as_of: Instant | None = Field(
        None,
        description="The figures as they would have been then, by what was recorded; ahead of now, a forecast of what "
        "they will be if nobody acts. Now if left out.",
    )
    by: By | None = Field(None, description="Give the figures of each group, too.", examples=["owner"])
    owner: OwnerName | None = Field(None, description="A member's id or e-mail address.", examples=["ada@example.com"])
    plan: PlanName | None = Field(None, description="A plan's id or reference.", examples=["POA-7"])
    account: AccountKey | None = Field(None, description="A marketplace account's id; `none`: of no account.")
    area: AreaKey | None = Field(None, description="Where a root cause lies; `none`: nowhere.", examples=["supplier"])
    kind: Kind | None = Field(None, description="corrective or preventive.")
    month: Month | None = Field(None, description="Of original due days.", examples=["2026-11"])


class FollowThroughQuery(ReportQuery):
    drill: Figure | None = Field(
        None, description="List the commitments, or the plans, that this figure counts instead.", examples=["kept_late"]
    )
    limit: Limit = 50
    cursor: Cursor | None = None


class Figures(Out):
    """How many commitments. `promised = kept_on_time + kept_late + still_overdue + not_yet_due + waived`."""

    promised: Count = Field(description="Their original due day is in the period.")
    kept_on_time: Count = Field(description="Done, and recorded before it was overdue.")
    kept_late: Count = Field(description="Done, and recorded when it was overdue already.")
    still_overdue: Count = Field(description="Open, and the due has passed.")
    not_yet_due: Count = Field(description="Open, and the due has not passed.")
    waived: Count = Field(description="Dropped by a decision. Never counts as done.")
    awaiting_verification: Count = Field(description="Of those kept: nobody else has looked at it yet.")
    verified: Count = Field(description="Of those kept: somebody else has verified it.")
    extended: Count = Field(description="The due is another than it was originally.")
    extended_on_time_vs_original: Count = Field(description="Of those: kept, and on time by the original due.")
    on_time_vs_original: Count = Field(description="Of those kept: on time by the original due.")
    late_vs_original: Count = Field(description="Of those kept: late by the original due.")
    overdue_vs_original: Count = Field(description="Open, and the original due has passed.")
    recurring: Count = Field(description="Of those promised: occurrences of something recurring.")
    recurring_kept_on_time: Count = Field(description="Of those: kept on time.")
    recurring_kept_late: Count = Field(description="Of those: kept late.")
    recurring_still_overdue: Count = Field(description="Of those: still overdue. Keeping the next one heals none.")


class DaysLate(Out):
    """How late those kept late were, in local days; null if there are none."""

    median: Count | None
    p90: Count | None


class Rate(Out):
    """A share. Its denominator is what is decided: kept or overdue, and neither waived nor still ahead."""

    numerator: Count
    denominator: Count
    millionths: Annotated[int, Field(ge=0, le=1_000_000, json_schema_extra={"format": "int32"})] | None = Field(
        description="Rounded to the nearest, a half upwards; null if nothing is decided."
    )


class Rates(Out):
    """Shares of what is decided."""

    on_time: Rate = Field(description="`kept_on_time` of `kept_on_time + kept_late + still_overdue`.")
    kept: Rate = Field(description="`kept_on_time + kept_late` of the same.")
    on_time_vs_original: Rate = Field(
        description="`on_time_vs_original` of `on_time_vs_original + late_vs_original + overdue_vs_original`."
    )
    recurring_on_time: Rate = Field(description="`on_time`, of occurrences only.")
    recurring_kept: Rate = Field(description="`kept`, of occurrences only.")


class FollowedThrough(Out):
    """The figures of all, or of a group."""

    counts: Figures
    days_late: DaysLate
    rates: Rates


class ReportGroup(FollowedThrough):
    """The figures of one group."""

    key: Annotated[str, StringConstraints(max_length=40, pattern=r"^[a-z0-9_-]+$")] = Field(
        description="What the filter named like `by` takes.", examples=["2026-11"]
    )
    name: Line = Field(examples=["Ada Okafor"])


class Effects(Out):
    """How many of the plans behind `promised` kept the problem away, by the newest check of each."""

    plans: Count = Field(description="Plans that promised something of it; the other four add up to this.")
    effective: Count = Field(description="The problem did not come back.")
    ineffective: Count = Field(description="It did.")
    inconclusive: Count = Field(description="Nobody can say.")
    not_checked: Count = Field(description="Nobody has judged it yet.")


class FollowThrough(Out):
    """What was promised for a period, and what became of it."""

    from_: Day | None = Field(serialization_alias="from")
    to: Day | None
    as_of: Instant = Field(description="Ask with this one to drill into the same figures later.")
    by: By | None
    all: FollowedThrough = Field(description="Each commitment once, whatever it is grouped by.")
    effectiveness: Effects
    groups: Annotated[list[ReportGroup], Field(max_length=LISTED)] = Field(
        description=f"Most overdue first; months in their order. At most {LISTED:,}."
    )
    groups_in_all: Count


class DrilledCommitment(ListedCommitment):
    """A commitment that a figure counts."""

    original_due_at: Instant
    done_at: Instant | None = Field(description="When it was recorded as done.")
    days_late: Count | None = Field(description="Null if it is not done; 0: on time.")
    days_late_vs_original: Count | None


class Drilled(Out):
    """The commitments that a figure counts, oldest due first. All pages answer for the same instant."""

    as_of: Instant
    figure: Figure
    has_more: bool
    next_cursor: Cursor | None
    data: Annotated[list[DrilledCommitment], Field(max_length=MAX_LIMIT)]


class JudgedPlan(Out):
    """A plan that a figure counts, and the check that counts for it."""

    plan: PlanNamed
    promised: Positive = Field(description="Commitments of it that `promised` counts: why the plan is counted.")
    check: CheckOut | None = Field(description="The newest by then; null if nobody had judged.")

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "JudgedPlan":
        plan = PlanNamed(id=row["plan"], reference=f"POA-{row['plan_number']}", title=row["title"])
        check = CheckOut.model_validate(dict(row)) if row["outcome"] else None
        return cls(plan=plan, promised=row["promised"], check=check)


class DrilledPlans(Out):
    """The plans that a figure counts, by their numbers. All pages answer for the same instant."""

    as_of: Instant
    figure: Figure
    has_more: bool
    next_cursor: Cursor | None
    data: Annotated[list[JudgedPlan], Field(max_length=MAX_LIMIT)]
