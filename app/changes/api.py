"""`/v1/commitments/{commitment}/extensions`, `/waivers`, and deciding on them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response

from app.changes import operations, queries
from app.changes.models import Request as Asked
from app.changes.rules import RequestKind
from app.changes.schemas import ExtensionIn, RequestDecision, RequestOut, WaiverIn, Withdrawn
from app.commitments import queries as commitments
from app.commitments.api import CommitmentInPath
from app.core.components import DONE, ETAGGED, MADE, errors, leads, links
from app.core.contract import operation_id
from app.core.db import Read, Tx
from app.core.http import IfMatch, IfNoneMatch, Now, answer, expect
from app.core.paging import CursorInQuery, LimitInQuery, Page, after_id, next_link
from app.core.route import Route
from app.workspaces.access import Actor, Approver, Contributor, Reader, ReadSession, WriteOnceSession

router = APIRouter(prefix="/v1", route_class=Route, generate_unique_id_function=operation_id, tags=["changes"])

RequestInPath = Annotated[UUID, Path(description="Its id.", json_schema_extra={"maxLength": 36})]
_EXTENSION = links("getExtension", "decideExtension", "withdrawExtension", extension="$response.body#/id")
_WAIVER = links("getWaiver", "decideWaiver", "withdrawWaiver", waiver="$response.body#/id")
_CLOSED = DONE | errors(404, 409, 412)


@router.post(
    "/commitments/{commitment}/extensions",
    status_code=201,
    response_model=RequestOut,
    responses=MADE | errors(404, 409),
    openapi_extra=leads(201, _EXTENSION),
)
def ask_extension(
    tx: WriteOnceSession, actor: Contributor, commitment: CommitmentInPath, new: ExtensionIn, now: Now
) -> Response:
    """Ask for a later due. Until somebody else grants it, nothing moves: it may become overdue meanwhile."""
    row = commitments.locked(tx, commitment).commitment
    return _made("extensions", operations.ask_extension(tx, row, new, by=actor.id, at=now))


@router.get(
    "/commitments/{commitment}/extensions", response_model=Page[RequestOut], responses=ETAGGED | errors(400, 404)
)
def list_extensions(
    request: Request,
    read: ReadSession,
    _: Reader,
    commitment: CommitmentInPath,
    limit: LimitInQuery = 50,
    cursor: CursorInQuery = None,
    __: IfNoneMatch = None,
) -> Response:
    """Return the extensions that were asked for, whatever became of them, oldest first."""
    page = _page(read, commitment, RequestKind.EXTENSION, limit=limit, cursor=cursor)
    return answer(page, headers=next_link(request, page.next_cursor))


@router.get("/extensions/{extension}", response_model=RequestOut, responses=ETAGGED | errors(404))
def get_extension(read: ReadSession, _: Reader, extension: RequestInPath, __: IfNoneMatch = None) -> Response:
    """Return one extension."""
    return answer(RequestOut.of(queries.request(read, RequestKind.EXTENSION, extension)))


@router.post(
    "/extensions/{extension}/decision",
    response_model=RequestOut,
    responses=_CLOSED,
    openapi_extra=leads(200, _EXTENSION),
)
def decide_extension(
    tx: WriteOnceSession,
    actor: Approver,
    extension: RequestInPath,
    decision: RequestDecision,
    now: Now,
    if_match: IfMatch = None,
) -> Response:
    """Grant or refuse it, with a reason. Granted, the due moves; the original one is kept, and both latenesses."""
    row = _expected(tx, RequestKind.EXTENSION, extension, if_match)
    return answer(RequestOut.of(operations.decide(tx, row, decision, by=actor.id, at=now)))


@router.post("/extensions/{extension}/withdrawal", response_model=RequestOut, responses=_CLOSED)
def withdraw_extension(
    tx: WriteOnceSession,
    actor: Contributor,
    extension: RequestInPath,
    now: Now,
    given: Withdrawn | None = None,
    if_match: IfMatch = None,
) -> Response:
    """Take back what you asked for."""
    return _withdrawn(tx, _expected(tx, RequestKind.EXTENSION, extension, if_match), given, by=actor, at=now)


@router.post(
    "/commitments/{commitment}/waivers",
    status_code=201,
    response_model=RequestOut,
    responses=MADE | errors(404, 409),
    openapi_extra=leads(201, _WAIVER),
)
def ask_waiver(
    tx: WriteOnceSession, actor: Contributor, commitment: CommitmentInPath, new: WaiverIn, now: Now
) -> Response:
    """Ask that it be dropped, or that one time of a recurring one be skipped. It never counts as done."""
    row = commitments.locked(tx, commitment).commitment
    return _made("waivers", operations.ask_waiver(tx, row, new, by=actor.id, at=now))


@router.get("/commitments/{commitment}/waivers", response_model=Page[RequestOut], responses=ETAGGED | errors(400, 404))
def list_waivers(
    request: Request,
    read: ReadSession,
    _: Reader,
    commitment: CommitmentInPath,
    limit: LimitInQuery = 50,
    cursor: CursorInQuery = None,
    __: IfNoneMatch = None,
) -> Response:
    """Return the waivers that were asked for, whatever became of them, oldest first."""
    page = _page(read, commitment, RequestKind.WAIVER, limit=limit, cursor=cursor)
    return answer(page, headers=next_link(request, page.next_cursor))


@router.get("/waivers/{waiver}", response_model=RequestOut, responses=ETAGGED | errors(404))
def get_waiver(read: ReadSession, _: Reader, waiver: RequestInPath, __: IfNoneMatch = None) -> Response:
    """Return one waiver."""
    return answer(RequestOut.of(queries.request(read, RequestKind.WAIVER, waiver)))


@router.post(
    "/waivers/{waiver}/decision", response_model=RequestOut, responses=_CLOSED, openapi_extra=leads(200, _WAIVER)
)
def decide_waiver(
    tx: WriteOnceSession,
    actor: Approver,
    waiver: RequestInPath,
    decision: RequestDecision,
    now: Now,
    if_match: IfMatch = None,
) -> Response:
    """Grant or refuse it, with a reason. Granted, the commitment is waived for good."""
    row = _expected(tx, RequestKind.WAIVER, waiver, if_match)
    return answer(RequestOut.of(operations.decide(tx, row, decision, by=actor.id, at=now)))


@router.post("/waivers/{waiver}/withdrawal", response_model=RequestOut, responses=_CLOSED)
def withdraw_waiver(
    tx: WriteOnceSession,
    actor: Contributor,
    waiver: RequestInPath,
    now: Now,
    given: Withdrawn | None = None,
    if_match: IfMatch = None,
) -> Response:
    """Take back what you asked for."""
    return _withdrawn(tx, _expected(tx, RequestKind.WAIVER, waiver, if_match), given, by=actor, at=now)


def _made(collection: str, row: Asked) -> Response:
    return answer(RequestOut.of(row), 201, {"Location": f"/v1/{collection}/{row.id}"})


def _page(read: Read, commitment: str, kind: RequestKind, *, limit: int, cursor: str | None) -> Page[RequestOut]:
    after = after_id(cursor)
    row = commitments.detailed(read, commitment).commitment
    rows = queries.requests_of(read, row.id, kind, after=after, limit=limit + 1)
    return Page[RequestOut].of(rows, limit, shown=RequestOut.of)


def _expected(tx: Tx, kind: RequestKind, id_: UUID, if_match: str | None) -> Asked:
    row = queries.request(tx, kind, id_)
    expect(if_match, lambda: RequestOut.of(row))
    return row


def _withdrawn(tx: Tx, row: Asked, given: Withdrawn | None, *, by: Actor, at: Now) -> Response:
    reason = given.reason if given else None
    return answer(RequestOut.of(operations.withdraw(tx, row, reason=reason, by=by.id, at=at)))
