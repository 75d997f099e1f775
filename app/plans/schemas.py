"""Wire shapes of plans, submissions and decisions."""

from hashlib import sha256
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints

from app.commitments import schedule
from app.commitments.rules import Kind
from app.commitments.schemas import Reference
from app.core.fields import (
    Count,
    Day,
    Email,
    Id,
    In,
    Instant,
    Line,
    LongSaid,
    LongText,
    Out,
    Positive,
    Said,
    SaidLine,
    Second,
    Sha256,
    Slug,
    Text,
    Zone,
    checked,
    number,
)
from app.core.items import ItemName, Items, ItemsOut
from app.plans.models import Plan, Submission
from app.plans.rules import OBSERVATION_DAYS, Area, Outcome, PlanState

_DURATION = r"^P(([0-9]{1,4}Y)?([0-9]{1,4}M)?([0-9]{1,4}W)?([0-9]{1,4}D)?|T([0-9]{1,5}H)?([0-9]{1,5}M)?)$"
_RULE = r"^FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)(;[A-Z]+=[A-Z0-9,+-]+)*$"

Duration = Annotated[
    str,
    StringConstraints(max_length=40, pattern=_DURATION),
    checked(schedule.parse_duration, "duration"),
    Field(
        description="After the approval, ISO 8601: `P14D` is a day, `PT72H` an instant.",
        examples=["P14D"],
        json_schema_extra={"format": "duration"},
    ),
]
Recurrence = Annotated[
    str,
    StringConstraints(max_length=500),
    checked(schedule.check_rule, "recurrence"),
    Field(
        description="RFC 5545, in local days from the due on.",
        examples=["FREQ=WEEKLY;BYDAY=FR;COUNT=26"],
        # Not a constraint: what is wrong with a rule is said in words.
        json_schema_extra={"format": "rfc5545-recur", "pattern": _RULE},
    ),
]

Exceptions = Annotated[
    list[Day],
    Field(max_length=schedule.MAX_OCCURRENCES, description="Days that the recurrence names and that are left out."),
]


RuleOut = Annotated[str, StringConstraints(max_length=500, pattern=_RULE)]


class RootCause(In):
    """Why it happened."""

    key: Slug = Field(description="What commitments call it by.", examples=["supplier"])
    area: Area
    statement: Said = Field(examples=["Units came from a distributor without a letter of authorisation."])


class PromiseIn(In):
    """One commitment as written: what, who, by when. Exactly one due, at the latest when it is approved."""

    kind: Kind
    text: Said = Field(examples=["Remove the remaining 212 units from fulfilment."])
    owner: Id | Email | None = Field(None, description="A member's id or e-mail address.", examples=["ada@example.com"])
    due_on: Day | None = Field(None, description="A local day in the plan's zone. Overdue when that day is over.")
    due_at: Second | None = Field(None, description="An instant: overdue from then on.")
    due_after_approval: Duration | None = None
    recurrence: Recurrence | None = None
    except_on: Annotated[Exceptions, AfterValidator(lambda days: sorted(set(days)))] = []
    root_causes: Annotated[list[Slug], Field(max_length=50)] = []
    items: Annotated[
        list[ItemName], Field(max_length=500, description="Which of the plan's items it covers. All if left out.")
    ] = []


class Approval(In):
    """The authority's approval."""

    authority: Line = Field(examples=["Amazon"])
    received_at: Instant = Field(description="When it arrived.")
    reference: Line | None = Field(None, examples=["case 12345678901"])
    text: LongText | None = Field(None, description="Its words.")


RootCauses = Annotated[list[RootCause], Field(max_length=50)]
Notices = Annotated[
    list[Id],
    Field(
        max_length=100, description="The notices that it answers. Submitting it answers them, its approval closes them."
    ),
]
Promises = Annotated[list[PromiseIn], Field(max_length=200)]
ObservationDays = Annotated[
    int,
    Field(
        ge=1,
        le=1000,
        description="For how long after the last action it is watched whether the problem comes back.",
        json_schema_extra={"format": "int32"},
    ),
    number,
]

_EXAMPLE: dict[str, Any] = {
    "title": "Inauthentic complaints on B0C7XK2M4P",
    "timezone": "America/Los_Angeles",
    "items": [{"type": "asin", "ref": "B0C7XK2M4P"}],
    "root_causes": [{"key": "supplier", "area": "supplier", "statement": "The distributor had no authorisation."}],
    "commitments": [{"kind": "corrective", "text": "Remove the remaining 212 units.", "due_on": "2026-12-01"}],
}


class PlanIn(In):
    """A plan: a draft, or, with `approval`, one that is approved already."""

    model_config = {**In.model_config, "json_schema_extra": {"examples": [_EXAMPLE]}}

    title: SaidLine
    timezone: Zone | None = Field(None, description="Where its days begin and end. The workspace's if left out.")
    account: Id | None = None
    notices: Notices = []
    items: Items = []
    root_causes: RootCauses = []
    commitments: Promises = []
    observation_days: ObservationDays = OBSERVATION_DAYS
    approval: Approval | None = None


class PlanChange(In):
    """What to change in a draft; what is absent stays. A list replaces the whole list.

    `"account": null` takes the account away.
    """

    title: SaidLine | None = None
    timezone: Zone | None = None
    account: Id | None = None
    notices: Notices | None = None
    items: Items | None = None
    root_causes: RootCauses | None = None
    commitments: Promises | None = None
    observation_days: ObservationDays | None = None


class SubmissionIn(In):
    """The plan goes to the authority, or the answer to its question."""

    text: LongSaid | None = Field(None, description="The words sent. Needed to answer a request for more information.")


class SignOff(In):
    """Somebody else than its authors has read the draft and finds it ready to be sent."""

    note: Said | None = Field(None, examples=["Invoices checked against the 14 orders."])


class Decision(In):
    """What the authority decided."""

    outcome: Outcome
    authority: Line = Field(examples=["Amazon"])
    received_at: Instant = Field(description="When it arrived.")
    reference: Line | None = None
    text: LongText | None = Field(None, description="Its words.")


class Withdrawal(In):
    """The plan is given up."""

    reason: SaidLine


class RootCauseOut(Out):
    key: Slug
    area: Area
    statement: Text


class PromiseOut(Out):
    """One commitment as written. Once approved, `due_on` and `due_at` are what was resolved then."""

    number: Positive
    reference: Reference
    kind: Kind
    text: Text
    owner: Id | None
    due_on: Day | None
    due_at: Instant | None
    due_after_approval: Annotated[str, StringConstraints(max_length=40, pattern=_DURATION)] | None
    recurrence: RuleOut | None
    except_on: Exceptions
    root_causes: Annotated[list[Slug], Field(max_length=50)]
    items: Annotated[list[ItemName], Field(max_length=500)] = Field(
        description="Which of the plan's items it covers; all if none is named."
    )


class SubmissionOut(Out):
    """One attempt."""

    number: Positive
    content_sha256: Sha256 = Field(description="Of the canonical JSON (RFC 8785) that was submitted.")
    text: LongText | None = Field(description="The words that were sent, where they are not the plan itself.")
    text_sha256: Sha256 | None = Field(description="Of `text` in UTF-8.")
    answers: Annotated[list[LongText], Field(max_length=100)]
    submitted_at: Instant
    submitted_by: Id
    outcome: Outcome | None
    authority: Line | None
    decision_reference: Line | None
    decision_text: LongText | None
    received_at: Instant | None
    decided_at: Instant | None

    @classmethod
    def of(cls, row: Submission) -> "SubmissionOut":
        same = {name: getattr(row, name) for name in cls.model_fields if name != "text_sha256"}
        text_sha256 = None if row.text is None else sha256(row.text.encode()).hexdigest()
        return cls.model_validate(same | {"text_sha256": text_sha256})


class PlanBrief(Out):
    """A plan in a list."""

    id: Id
    reference: Reference
    title: Line
    state: PlanState
    timezone: Zone
    account: Id | None
    content_sha256: Sha256
    attempts: Count
    approved_at: Instant | None
    created_at: Instant

    @classmethod
    def of(cls, row: Plan) -> "PlanBrief":
        same = {name: getattr(row, name) for name in cls.model_fields if name != "account"}
        return cls.model_validate(same | {"account": row.account_id})


class PlanOut(PlanBrief):
    """A plan as it stands. How its commitments stand now: `GET /v1/commitments?plan=`."""

    notices: Annotated[list[Id], Field(max_length=100)]
    items: ItemsOut
    root_causes: Annotated[list[RootCauseOut], Field(max_length=50)]
    commitments: Annotated[list[PromiseOut], Field(max_length=200)]
    observation_days: Positive
    submissions: Annotated[list[SubmissionOut], Field(max_length=1000)]
    signed_off_by: Id | None = Field(description="Who signed off the draft as it stands, before it is submitted.")
    signed_off_at: Instant | None
