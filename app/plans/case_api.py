"""What makes up a case: the notices a plan answers, the evidence that goes with it, what changed since a denial."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Request, Response

from app.commitments import evidence
from app.commitments import queries as commitments
from app.commitments.api import PieceInPath
from app.commitments.schemas import EvidenceIn, Supersession
from app.core.components import DONE, ETAGGED, MADE, errors, leads
from app.core.contract import operation_id
from app.core.db import Tx
from app.core.http import IfMatch, IfNoneMatch, Now, answer, expect
from app.core.paging import CursorInQuery, LimitInQuery, Page, after_id, next_link
from app.core.problems import Fault, Invalid
from app.core.route import Route
from app.notices import operations as notice_operations
from app.notices import queries as notices
from app.notices.api import NOTICE, NoticeInPath, shown
from app.notices.schemas import NoticeOut, ResponseIn
from app.plans import answers, operations, queries
from app.plans.api import PLAN, PlanInPath, plan_out
from app.plans.case_schemas import (
    ChangedLine,
    ChangesOut,
    Draft,
    PlanEvidenceOut,
    Version,
)
from app.plans.changes import compare
from app.plans.models import Plan
from app.plans.rules import PlanNotFound
from app.plans.schemas import PlanOut
from app.workspaces.access import Contributor, Reader, ReadSession, WriteOnceSession

router = APIRouter(prefix="/v1", route_class=Route, generate_unique_id_function=operation_id, tags=["plans"])

_BEFORE = "The attempt to compare with: the newest, or the one before `after`, if left out."
_AFTER = "The later attempt; the plan as it is written now if left out."
_INT = {"format": "int32"}


@router.get("/plans/{plan}/changes", response_model=ChangesOut, responses=ETAGGED | errors(404))
def get_plan_changes(
    read: ReadSession,
    _: Reader,
    plan: PlanInPath,
    before: Annotated[int | None, Query(ge=1, le=10_000, description=_BEFORE, json_schema_extra=_INT)] = None,
    after: Annotated[int | None, Query(ge=1, le=10_000, description=_AFTER, json_schema_extra=_INT)] = None,
    __: IfNoneMatch = None,
) -> Response:
    """Show what changed from one attempt to the next, line by line: after a denial, what is different now."""
    row = queries.plan(read, plan)
    if before and after and before >= after:
        detail = f"`before` is an earlier attempt than `after`: at most {after - 1}."
        raise Invalid(detail, errors=[Fault("/query/before", detail, "not_before")])
    new = queries.submission(read, row, after) if after else None
    number = before or (after - 1 if after else row.attempts)
    old = queries.submission(read, row, number) if number else None
    lines = compare(
        orjson.loads(old.content) if old else None,
        orjson.loads(new.content if new else row.content),
        names=queries.names_of_members(read),
    )
    sha256 = new.content_sha256 if new else row.content_sha256
    return answer(
        ChangesOut(
            before=Version(submission=old.number, content_sha256=old.content_sha256) if old else None,
            after=Version(submission=after, content_sha256=sha256),
            lines=[ChangedLine(op=one.op, text=one.text) for one in lines],
        )
    )


@router.get("/plans/{plan}/evidence", response_model=Page[PlanEvidenceOut], responses=ETAGGED | errors(400, 404))
def list_plan_evidence(
    request: Request,
    read: ReadSession,
    _: Reader,
    plan: PlanInPath,
    limit: LimitInQuery = 50,
    cursor: CursorInQuery = None,
    __: IfNoneMatch = None,
) -> Response:
    """Return the evidence that goes along with the plan itself, oldest first."""
    after = after_id(cursor)
    row = queries.plan(read, plan)
    pieces = commitments.evidence_of_plan(read, row.id, after=after, limit=limit + 1)
    page = Page[PlanEvidenceOut].of(pieces, limit, shown=PlanEvidenceOut.of)
    return answer(page, headers=next_link(request, page.next_cursor))


@router.post(
    "/plans/{plan}/evidence", status_code=201, response_model=PlanEvidenceOut, responses=MADE | errors(404, 409)
)
def add_plan_evidence(
    tx: WriteOnceSession, actor: Contributor, plan: PlanInPath, new: EvidenceIn, now: Now
) -> Response:
    """Add evidence that goes to the authority with the plan: an invoice, a letter. It is never changed or deleted."""
    row = queries.locked(tx, plan)
    piece = evidence.add_to_plan(tx, row.id, new, by=actor.id, at=now)
    return answer(PlanEvidenceOut.of(piece), 201, {"Location": f"/v1/plans/{row.id}/evidence"})


@router.post(
    "/plans/{plan}/evidence/{piece}/supersession",
    status_code=201,
    response_model=PlanEvidenceOut,
    responses=MADE | errors(404, 409),
)
def supersede_plan_evidence(
    tx: WriteOnceSession, actor: Contributor, plan: PlanInPath, piece: PieceInPath, given: Supersession, now: Now
) -> Response:
    """Put another piece in the place of a wrong one, which stays and says so."""
    row = queries.locked(tx, plan)
    old = commitments.piece(tx, piece, plan=row.id)
    new = evidence.supersede(tx, old, given, plan=row.id, by=actor.id, at=now)
    return answer(PlanEvidenceOut.of(new), 201, {"Location": f"/v1/plans/{row.id}/evidence"})


@router.post(
    "/notices/{notice}/plan",
    status_code=201,
    response_model=PlanOut,
    responses=MADE | errors(404, 409),
    openapi_extra=leads(201, PLAN),
    tags=["notices"],
)
def draft_plan_from_notice(
    tx: WriteOnceSession, actor: Contributor, notice: NoticeInPath, now: Now, given: Draft | None = None
) -> Response:
    """Start the plan that answers a notice: a draft with its items, its account and zone, and earlier root causes."""
    given = given or Draft()
    proposed = answers.proposed(tx, notices.notice(tx, notice))
    kept = {name: value for name in ("title", "timezone") if (value := getattr(given, name))}
    if not given.root_causes:
        kept["root_causes"] = []
    row = operations.draft(tx, proposed.model_copy(update=kept), by=actor.id, at=now)
    return answer(plan_out(tx, row), 201, {"Location": f"/v1/plans/{row.id}"})


@router.post(
    "/notices/{notice}/response",
    response_model=NoticeOut,
    responses=DONE | errors(404, 409, 412),
    openapi_extra=leads(200, NOTICE),
    tags=["notices"],
)
def answer_notice(
    tx: WriteOnceSession,
    actor: Contributor,
    notice: NoticeInPath,
    given: ResponseIn,
    now: Now,
    if_match: IfMatch = None,
) -> Response:
    """Record that it was answered: in words, or by a submitted plan that does not name it. A plan that does has."""
    if (given.note is None) == (given.plan is None) or (given.note and given.submission):
        detail = "Say one: the `note` that was sent, or the `plan`, and which `submission`."
        raise Invalid(detail, errors=[Fault("/body", detail, "one_of")])
    # A plan is locked before its notices, here as everywhere.
    plan = _named(tx, given.plan) if given.plan else None
    row = notices.locked_one(tx, notice)
    expect(if_match, lambda: shown(tx, row))
    if plan:
        answers.respond(tx, row, plan, submission=given.submission, by=actor.id, at=now)
    else:
        notice_operations.respond(tx, row, note=given.note or "", by=actor.id, at=now)
    return answer(shown(tx, row))


def _named(tx: Tx, name: str) -> Plan:
    """Return the plan that a body names, locked, or refuse."""
    try:
        return queries.locked(tx, name)
    except PlanNotFound as unknown:
        raise Invalid(unknown.detail, errors=[Fault("/body/plan", unknown.detail, "unknown_plan")]) from None
