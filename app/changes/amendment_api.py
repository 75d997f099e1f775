"""`/v1/plans/{plan}/amendments`, and deciding on them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response

from app.changes import amending, queries
from app.changes.amending import Amended
from app.changes.schemas import AmendmentDecision, AmendmentIn, AmendmentOut, Withdrawn
from app.core.components import DONE, ETAGGED, MADE, errors, leads, links
from app.core.contract import operation_id
from app.core.http import IfMatch, IfNoneMatch, Now, answer, expect
from app.core.paging import CursorInQuery, LimitInQuery, Page, after_number, next_link
from app.core.route import Route
from app.plans import queries as plans
from app.plans.api import PlanInPath
from app.workspaces.access import Approver, Contributor, Reader, ReadSession, WriteOnceSession

router = APIRouter(prefix="/v1", route_class=Route, generate_unique_id_function=operation_id, tags=["changes"])

AmendmentInPath = Annotated[UUID, Path(description="Its id.", json_schema_extra={"maxLength": 36})]
_AMENDMENT = links("getAmendment", "decideAmendment", "withdrawAmendment", amendment="$response.body#/id")


@router.post(
    "/plans/{plan}/amendments",
    status_code=201,
    response_model=AmendmentOut,
    responses=MADE | errors(404, 409),
    openapi_extra=leads(201, _AMENDMENT),
)
def amend_plan(tx: WriteOnceSession, actor: Contributor, plan: PlanInPath, new: AmendmentIn, now: Now) -> Response:
    """Ask for new commitments in an approved plan, or for an end of recurring ones, each with its reason.

    What was approved stays as it was approved. Nothing changes until somebody else grants it.
    """
    row = plans.held(tx, plan)
    made = amending.ask(tx, row, new, by=actor.id, at=now)
    return answer(AmendmentOut.of(made, row.reference), 201, {"Location": f"/v1/amendments/{made.id}"})


@router.get("/plans/{plan}/amendments", response_model=Page[AmendmentOut], responses=ETAGGED | errors(400, 404))
def list_amendments(
    request: Request,
    read: ReadSession,
    _: Reader,
    plan: PlanInPath,
    limit: LimitInQuery = 50,
    cursor: CursorInQuery = None,
    __: IfNoneMatch = None,
) -> Response:
    """Return a plan's amendments, whatever became of them, first to last."""
    after = after_number(cursor)
    row = plans.plan(read, plan)
    rows = queries.amendments_of(read, row.id, after=after, limit=limit + 1)
    page = Page[AmendmentOut].of(
        rows, limit, shown=lambda one: AmendmentOut.of(one, row.reference), place=lambda one: (one.number,)
    )
    return answer(page, headers=next_link(request, page.next_cursor))


@router.get("/amendments/{amendment}", response_model=AmendmentOut, responses=ETAGGED | errors(404))
def get_amendment(read: ReadSession, _: Reader, amendment: AmendmentInPath, __: IfNoneMatch = None) -> Response:
    """Return one amendment."""
    row = queries.amendment(read, amendment)
    return answer(AmendmentOut.of(row, plans.plan(read, str(row.plan_id)).reference))


@router.post(
    "/amendments/{amendment}/decision",
    response_model=AmendmentOut,
    responses=DONE | errors(404, 409, 412),
    openapi_extra=leads(200, _AMENDMENT),
)
def decide_amendment(
    tx: WriteOnceSession,
    actor: Approver,
    amendment: AmendmentInPath,
    decision: AmendmentDecision,
    now: Now,
    if_match: IfMatch = None,
) -> Response:
    """Grant or refuse it, with a reason. Granted, its commitments bind at once, and what it ends is waived."""
    amended = amending.locked(tx, amendment)
    expect(if_match, lambda: _out(amended))
    amending.decide(tx, amended, decision, by=actor.id, at=now)
    return answer(_out(amended))


@router.post("/amendments/{amendment}/withdrawal", response_model=AmendmentOut, responses=DONE | errors(404, 409, 412))
def withdraw_amendment(
    tx: WriteOnceSession,
    actor: Contributor,
    amendment: AmendmentInPath,
    now: Now,
    given: Withdrawn | None = None,
    if_match: IfMatch = None,
) -> Response:
    """Take back what you asked for."""
    amended = amending.locked(tx, amendment)
    expect(if_match, lambda: _out(amended))
    amending.withdraw(tx, amended, reason=given.reason if given else None, by=actor.id, at=now)
    return answer(_out(amended))


def _out(amended: Amended) -> AmendmentOut:
    return AmendmentOut.of(amended.row, amended.plan.reference)
