"""`/v1/escalation-rules`."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response

from app.core.components import ETAGGED, MADE, errors, leads, links
from app.core.contract import operation_id
from app.core.db import Read
from app.core.http import IfMatch, IfNoneMatch, Now, answer, expect
from app.core.paging import CursorInQuery, LimitInQuery, Page, after_id, next_link
from app.core.route import Route
from app.escalations import operations, queries
from app.escalations.models import EscalationRule
from app.escalations.schemas import EscalationRuleChange, EscalationRuleIn, EscalationRuleOut
from app.workspaces.access import Admin, Reader, ReadSession, WriteOnceSession, WriteSession
from app.workspaces.operations import lock_workspace

router = APIRouter(prefix="/v1", route_class=Route, generate_unique_id_function=operation_id, tags=["escalations"])

RuleInPath = Annotated[UUID, Path(description="Its id.", json_schema_extra={"maxLength": 36})]
_RULE = links("getEscalationRule", "changeEscalationRule", rule="$response.body#/id")


@router.post(
    "/escalation-rules",
    status_code=201,
    response_model=EscalationRuleOut,
    responses=MADE | errors(409),
    openapi_extra=leads(201, _RULE),
)
def add_escalation_rule(tx: WriteOnceSession, actor: Admin, new: EscalationRuleIn, now: Now) -> Response:
    """Say what has to be overdue, and for how long, for whom to be told, and how serious that is."""
    lock_workspace(tx)
    row = operations.add_rule(tx, new, by=actor.id, at=now)
    return answer(_shown(tx, row), 201, {"Location": f"/v1/escalation-rules/{row.id}"})


@router.get("/escalation-rules", response_model=Page[EscalationRuleOut], responses=ETAGGED | errors(400))
def list_escalation_rules(
    request: Request,
    read: ReadSession,
    _: Reader,
    limit: LimitInQuery = 50,
    cursor: CursorInQuery = None,
    __: IfNoneMatch = None,
) -> Response:
    """List the rules, oldest first, those that are switched off included."""
    rows = queries.rules_listed(read, after=after_id(cursor), limit=limit + 1)
    alone = queries.nobody_is_here(read, rows)
    page = Page[EscalationRuleOut].of(
        rows, limit, shown=lambda row: EscalationRuleOut.of(row, all_left=row.id in alone)
    )
    return answer(page, headers=next_link(request, page.next_cursor))


@router.get("/escalation-rules/{rule}", response_model=EscalationRuleOut, responses=ETAGGED | errors(404))
def get_escalation_rule(read: ReadSession, _: Reader, rule: RuleInPath, __: IfNoneMatch = None) -> Response:
    """Return one rule."""
    return answer(_shown(read, queries.rule(read, rule)))


@router.patch("/escalation-rules/{rule}", response_model=EscalationRuleOut, responses=ETAGGED | errors(404, 409, 412))
def change_escalation_rule(
    tx: WriteSession, actor: Admin, rule: RuleInPath, change: EscalationRuleChange, now: Now, if_match: IfMatch = None
) -> Response:
    """Change a rule, or switch it off with `active: false`. The ledger keeps what it was."""
    lock_workspace(tx)
    row = queries.rule(tx, rule)
    expect(if_match, lambda: _shown(tx, row))
    return answer(_shown(tx, operations.change_rule(tx, row, change, by=actor.id, at=now)))


def _shown(session: Read, row: EscalationRule) -> EscalationRuleOut:
    return EscalationRuleOut.of(row, all_left=bool(queries.nobody_is_here(session, [row])))
