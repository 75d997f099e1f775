"""`/v1/plans`."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.core.components import DONE, ETAGGED, MADE, errors, leads, links
from app.core.contract import operation_id
from app.core.db import Read
from app.core.http import IfMatch, IfNoneMatch, Now, answer, expect
from app.core.items import ItemOut
from app.core.paging import CursorInQuery, LimitInQuery, Page, after_number, next_link
from app.core.route import Route
from app.plans import cases, dues, operations, queries, readiness
from app.plans.case_schemas import Budget, Gap, Readiness
from app.plans.models import Plan
from app.plans.rules import PlanState
from app.plans.schemas import (
    Decision,
    PlanBrief,
    PlanChange,
    PlanIn,
    PlanOut,
    PromiseOut,
    RootCauseOut,
    SignOff,
    SubmissionIn,
    SubmissionOut,
    Withdrawal,
)
from app.workspaces.access import Approver, Contributor, Reader, ReadSession, WriteOnceSession, WriteSession
from app.workspaces.rules import Scope, demand

router = APIRouter(prefix="/v1", route_class=Route, generate_unique_id_function=operation_id, tags=["plans"])

PlanInPath = Annotated[
    str,
    Path(
        pattern=r"^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|POA-[1-9][0-9]{0,8})$",
        max_length=40,
        description="Its id, or its reference: `POA-7`.",
        examples=["POA-7"],
    ),
]
PLAN = links(
    *("getPlan", "getPlanReadiness", "changePlan", "signOffPlan", "submitPlan", "decidePlan", "withdrawPlan"),
    *("amendPlan", "checkEffectiveness", "getEffectiveness", "listEffectivenessChecks"),
    plan="$response.body#/id",
)


@router.post("/plans", status_code=201, response_model=PlanOut, responses=MADE, openapi_extra=leads(201, PLAN))
def create_plan(tx: WriteOnceSession, actor: Contributor, new: PlanIn, now: Now) -> Response:
    """Write a plan down: as a draft or, with `approval`, as approved, which binds its commitments at once."""
    if new.approval:
        demand(Scope.APPROVE, of=actor.powers)
        row = operations.record_approved(tx, new, new.approval, by=actor.id, at=now)
    else:
        row = operations.draft(tx, new, by=actor.id, at=now)
    return answer(plan_out(tx, row), 201, {"Location": f"/v1/plans/{row.id}"})


@router.get("/plans", response_model=Page[PlanBrief], responses=ETAGGED | errors(400))
def list_plans(
    request: Request,
    read: ReadSession,
    _: Reader,
    state: Annotated[PlanState | None, Query(description="Only plans in this state.")] = None,
    limit: LimitInQuery = 50,
    cursor: CursorInQuery = None,
    __: IfNoneMatch = None,
) -> Response:
    """List the plans, newest first."""
    before = after_number(cursor) or None
    rows = queries.plans(read, state=state, before=before, limit=limit + 1)
    page = Page[PlanBrief].of(rows, limit, shown=PlanBrief.of, place=lambda row: (row.number,))
    return answer(page, headers=next_link(request, page.next_cursor))


@router.get("/plans/{plan}", response_model=PlanOut, responses=ETAGGED | errors(404))
def get_plan(read: ReadSession, _: Reader, plan: PlanInPath, __: IfNoneMatch = None) -> Response:
    """Return a plan with its clauses and attempts."""
    return answer(plan_out(read, queries.plan(read, plan)))


@router.get("/plans/{plan}/readiness", response_model=Readiness, responses=ETAGGED | errors(404))
def get_plan_readiness(read: ReadSession, _: Reader, plan: PlanInPath, now: Now, __: IfNoneMatch = None) -> Response:
    """Say what keeps the plan from being approved, what a reviewer would ask about, and what is left of the budget."""
    row = queries.plan(read, plan)
    gaps, case = cases.gaps(read, row), cases.case_of(read, row)
    hints = [Gap.of(one) for one in readiness.hints(case, at=now)]
    left = Budget.model_validate(readiness.budget(case.notices), from_attributes=True)
    return answer(Readiness(ready=not gaps, gaps=[Gap.of(one) for one in gaps], hints=hints, budget=left))


@router.patch("/plans/{plan}", response_model=PlanOut, responses=ETAGGED | errors(404, 409, 412))
def change_plan(
    tx: WriteSession, actor: Contributor, plan: PlanInPath, change: PlanChange, now: Now, if_match: IfMatch = None
) -> Response:
    """Change a draft. Changing a denied plan begins the next attempt; an approved one stays as it was approved."""
    row = queries.locked(tx, plan)
    expect(if_match, lambda: plan_out(tx, row))
    return answer(plan_out(tx, operations.redraft(tx, row, change, by=actor.id, at=now)))


@router.post(
    "/plans/{plan}/sign-off",
    response_model=PlanOut,
    responses=DONE | errors(404, 409, 412),
    openapi_extra=leads(200, PLAN),
)
def sign_off_plan(
    tx: WriteOnceSession,
    actor: Approver,
    plan: PlanInPath,
    now: Now,
    given: SignOff | None = None,
    if_match: IfMatch = None,
) -> Response:
    """Record that somebody else than its authors finds the draft ready to be sent. Every change takes that back.

    Send the `ETag` of the draft that was read as `If-Match`: if it was changed since, this is refused (412). Without,
    the sign-off is of the text as it stands when it arrives.
    """
    row = queries.locked(tx, plan)
    expect(if_match, lambda: plan_out(tx, row))
    note = given.note if given else None
    return answer(plan_out(tx, operations.sign_off(tx, row, note=note, by=actor.id, at=now)))


@router.post(
    "/plans/{plan}/submissions",
    response_model=PlanOut,
    responses=DONE | errors(404, 409, 412),
    openapi_extra=leads(200, PLAN),
)
def submit_plan(
    tx: WriteOnceSession, actor: Contributor, plan: PlanInPath, new: SubmissionIn, now: Now, if_match: IfMatch = None
) -> Response:
    """Send the plan: freeze it as the next numbered attempt, or answer what was asked about the last one."""
    row = queries.locked(tx, plan)
    expect(if_match, lambda: plan_out(tx, row))
    return answer(plan_out(tx, operations.submit(tx, row, new, by=actor.id, at=now)))


@router.post(
    "/plans/{plan}/decision",
    response_model=PlanOut,
    responses=DONE | errors(404, 409, 412),
    openapi_extra=leads(200, PLAN),
)
def decide_plan(
    tx: WriteOnceSession, actor: Approver, plan: PlanInPath, decision: Decision, now: Now, if_match: IfMatch = None
) -> Response:
    """Record the authority's decision; an approval binds the plan's commitments."""
    row = queries.locked(tx, plan)
    expect(if_match, lambda: plan_out(tx, row))
    return answer(plan_out(tx, operations.decide(tx, row, decision, by=actor.id, at=now)))


@router.post("/plans/{plan}/withdrawal", response_model=PlanOut, responses=DONE | errors(404, 409, 412))
def withdraw_plan(
    tx: WriteOnceSession, actor: Contributor, plan: PlanInPath, given: Withdrawal, now: Now, if_match: IfMatch = None
) -> Response:
    """Give up a draft or a denied plan. What was sent, and why it was denied, stays."""
    row = queries.locked(tx, plan)
    expect(if_match, lambda: plan_out(tx, row))
    return answer(plan_out(tx, operations.withdraw(tx, row, reason=given.reason, by=actor.id, at=now)))


def plan_out(session: Read, row: Plan) -> PlanOut:
    """Return the plan as answers show it: once approved, with the dues that were resolved then."""
    content = row.written()
    resolved = dues.of(content, row.approved_at) if row.approved_at else []
    known = {due.number: {"due_on": due.on, "due_at": due.at} for due in resolved}
    promises = [
        PromiseOut.model_validate(
            {"items": [], "except_on": []}
            | one
            | {"number": number, "reference": f"{row.reference}.{number}"}
            | known.get(number, {})
        )
        for number, one in enumerate(content["commitments"], 1)
    ]
    return PlanOut(
        **PlanBrief.of(row).model_dump(),
        notices=content["notices"],
        items=[ItemOut(**one) for one in content["items"]],
        root_causes=[RootCauseOut(**one) for one in content["root_causes"]],
        commitments=promises,
        observation_days=row.observation_days,
        submissions=[SubmissionOut.of(one) for one in queries.submissions(session, row)],
        signed_off_by=row.signed_off_by,
        signed_off_at=row.signed_off_at,
    )
