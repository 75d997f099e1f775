"""`/v1/plans/{plan}/effectiveness`."""

from datetime import datetime

from fastapi import APIRouter, Request, Response

from app.core.components import ETAGGED, MADE, errors
from app.core.contract import operation_id
from app.core.db import Read
from app.core.http import IfMatch, IfNoneMatch, Now, answer, expect
from app.core.paging import CursorInQuery, LimitInQuery, Page, after_number, next_link
from app.core.route import Route
from app.effectiveness import operations, queries, rules
from app.effectiveness.rules import Effect
from app.effectiveness.schemas import CheckIn, CheckOut, Effectiveness, Recurrence
from app.plans import queries as plans
from app.plans.api import PlanInPath
from app.plans.models import Plan
from app.plans.rules import PlanState
from app.workspaces.access import Approver, Reader, ReadSession, WriteOnceSession

router = APIRouter(prefix="/v1", route_class=Route, generate_unique_id_function=operation_id, tags=["plans"])


@router.get("/plans/{plan}/effectiveness", response_model=Effectiveness, responses=ETAGGED | errors(404))
def get_effectiveness(read: ReadSession, _: Reader, plan: PlanInPath, now: Now, __: IfNoneMatch = None) -> Response:
    """Say how an approved plan is doing, whether the problem came back, and what was judged."""
    return answer(_out(read, plans.plan(read, plan), at=now))


@router.post(
    "/plans/{plan}/effectiveness",
    status_code=201,
    response_model=CheckOut,
    responses=MADE | errors(404, 409, 412),
)
def check_effectiveness(
    tx: WriteOnceSession, actor: Approver, plan: PlanInPath, new: CheckIn, now: Now, if_match: IfMatch = None
) -> Response:
    """Judge whether the problem came back: by somebody else than who completed the plan's commitments.

    `effective` needs the whole observation window; notices that came in since are counted, and have to be named.
    """
    row = plans.held(tx, plan)
    expect(if_match, lambda: _out(tx, row, at=now))
    made = operations.check(tx, row, new, by=actor.id, at=now)
    return answer(CheckOut.of(made), 201, {"Location": f"/v1/plans/{row.id}/effectiveness"})


@router.get("/plans/{plan}/effectiveness/checks", response_model=Page[CheckOut], responses=ETAGGED | errors(400, 404))
def list_effectiveness_checks(
    request: Request,
    read: ReadSession,
    _: Reader,
    plan: PlanInPath,
    limit: LimitInQuery = 50,
    cursor: CursorInQuery = None,
    __: IfNoneMatch = None,
) -> Response:
    """Return what was judged of a plan's effect, oldest first."""
    after = after_number(cursor)
    rows = queries.checks(read, plans.plan(read, plan).id, after=after, limit=limit + 1)
    page = Page[CheckOut].of(rows, limit, shown=CheckOut.of, place=lambda one: (one.number,))
    return answer(page, headers=next_link(request, page.next_cursor))


def _out(session: Read, row: Plan, *, at: datetime) -> Effectiveness:
    known, checks = queries.known(session, row, at=at), queries.newest_checks(session, row.id)
    last = checks[-1] if checks else None
    health = rules.health(
        carried_out=known.carried_out_at is not None,
        overdue=known.overdue,
        next_due_at=known.next_due_at,
        unjudged=queries.unjudged(known, checks),
        last=Effect(last.outcome) if last else None,
        at=at,
    )
    return Effectiveness(
        plan=row.id,
        reference=row.reference,
        health=health if PlanState(row.state) is PlanState.APPROVED else None,
        carried_out_at=known.carried_out_at,
        observation_days=row.observation_days,
        window_ends_at=known.window_ends_at,
        days_observed=known.days_observed(at),
        items=None if row.is_erased else len(row.written()["items"]),
        recurrences=known.recurrences,
        notices=[Recurrence(notice=one.id, title=one.title, received_at=one.received_at) for one in known.notices],
        checks=[CheckOut.of(one) for one in checks],
    )
