"""`/v1/notices/{notice}` and what can be done with one. Lists are `followthrough`'s; answering, by a plan, `plans`'."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response

from app.core.components import DONE, ETAGGED, MADE, errors, leads, links
from app.core.contract import operation_id
from app.core.db import Read
from app.core.http import IfMatch, IfNoneMatch, Now, answer, expect
from app.core.paging import CursorInQuery, LimitInQuery, Page, after_number, next_link
from app.core.route import Route
from app.notices import operations, queries
from app.notices.models import Notice
from app.notices.schemas import (
    Acknowledgement,
    Closure,
    Dismissal,
    NoticeChange,
    NoticeIn,
    NoticeOut,
    NoticeSpanOut,
)
from app.workspaces.access import Contributor, Reader, ReadSession, WriteOnceSession, WriteSession

router = APIRouter(prefix="/v1", route_class=Route, generate_unique_id_function=operation_id, tags=["notices"])

NoticeInPath = Annotated[UUID, Path(description="Its id.", json_schema_extra={"maxLength": 36})]

NOTICE = links(
    *("getNotice", "getNoticeHistory", "changeNotice", "acknowledgeNotice", "dismissNotice", "closeNotice"),
    *("answerNotice", "draftPlanFromNotice"),
    notice="$response.body#/id",
) | links("getItemHistory", type="$response.body#/items/0/type", ref="$response.body#/items/0/ref")
_SAME = {
    200: {"model": NoticeOut, "description": "It was recorded before: this is that notice.", **DONE[200]},
}


@router.post(
    "/notices",
    status_code=201,
    response_model=NoticeOut,
    responses=MADE | _SAME | errors(409),
    openapi_extra=leads(201, NOTICE),
)
def record_notice(tx: WriteOnceSession, actor: Contributor, new: NoticeIn, now: Now) -> Response:
    """Record a performance notification or a complaint. The same one again is answered 200, with the first."""
    row, is_new = operations.record(tx, new, by=actor.id, at=now)
    location = {"Location": f"/v1/notices/{row.id}"} if is_new else {}
    return answer(shown(tx, row), 201 if is_new else 200, location)


@router.get("/notices/{notice}", response_model=NoticeOut, responses=ETAGGED | errors(404))
def get_notice(read: ReadSession, _: Reader, notice: NoticeInPath, __: IfNoneMatch = None) -> Response:
    """Return one notice as it stands."""
    return answer(shown(read, queries.notice(read, notice)))


@router.get("/notices/{notice}/history", response_model=Page[NoticeSpanOut], responses=ETAGGED | errors(400, 404))
def get_notice_history(
    request: Request,
    read: ReadSession,
    _: Reader,
    notice: NoticeInPath,
    limit: LimitInQuery = 50,
    cursor: CursorInQuery = None,
    __: IfNoneMatch = None,
) -> Response:
    """Return how it stood over time: state and deadline, from one change to the next."""
    after = after_number(cursor)
    row = queries.notice(read, notice)
    rows = queries.history_of(read, row.id, after=after, limit=limit + 1)
    page = Page[NoticeSpanOut].of(rows, limit, shown=NoticeSpanOut.of, place=lambda one: (one.version,))
    return answer(page, headers=next_link(request, page.next_cursor))


@router.patch("/notices/{notice}", response_model=NoticeOut, responses=ETAGGED | errors(404, 409, 412))
def change_notice(
    tx: WriteSession, actor: Contributor, notice: NoticeInPath, change: NoticeChange, now: Now, if_match: IfMatch = None
) -> Response:
    """Correct or complete what was recorded about a notice: its deadline, its items. Its text stays.

    What a closed or dismissed notice asked for stays, too; what it is about can be corrected at any time.
    """
    row = queries.locked_one(tx, notice)
    expect(if_match, lambda: shown(tx, row))
    operations.change(tx, row, change, by=actor.id, at=now)
    return answer(shown(tx, row))


@router.post(
    "/notices/{notice}/acknowledgement",
    response_model=NoticeOut,
    responses=DONE | errors(404, 409, 412),
    openapi_extra=leads(200, NOTICE),
)
def acknowledge_notice(
    tx: WriteOnceSession,
    actor: Contributor,
    notice: NoticeInPath,
    now: Now,
    _: Acknowledgement | None = None,
    if_match: IfMatch = None,
) -> Response:
    """Record that somebody has taken note of it. Its deadline goes on; one that was dismissed is taken up again."""
    row = queries.locked_one(tx, notice)
    expect(if_match, lambda: shown(tx, row))
    operations.acknowledge(tx, row, by=actor.id, at=now)
    return answer(shown(tx, row))


@router.post("/notices/{notice}/dismissal", response_model=NoticeOut, responses=DONE | errors(404, 409, 412))
def dismiss_notice(
    tx: WriteOnceSession,
    actor: Contributor,
    notice: NoticeInPath,
    given: Dismissal,
    now: Now,
    if_match: IfMatch = None,
) -> Response:
    """Record that nothing has to be done about it, and why. It stays in the history of its items."""
    row = queries.locked_one(tx, notice)
    expect(if_match, lambda: shown(tx, row))
    operations.dismiss(tx, row, reason=given.reason, by=actor.id, at=now)
    return answer(shown(tx, row))


@router.post("/notices/{notice}/closure", response_model=NoticeOut, responses=DONE | errors(404, 409, 412))
def close_notice(
    tx: WriteOnceSession,
    actor: Contributor,
    notice: NoticeInPath,
    now: Now,
    _: Closure | None = None,
    if_match: IfMatch = None,
) -> Response:
    """Record that the marketplace takes an answered notice as settled. An approved plan closes those it answers."""
    row = queries.locked_one(tx, notice)
    expect(if_match, lambda: shown(tx, row))
    operations.close(tx, row, by=actor.id, at=now)
    return answer(shown(tx, row))


def shown(session: Read, row: Notice) -> NoticeOut:
    """Return a notice as answers show it."""
    return NoticeOut.of(row, queries.items_of(session, [row.id])[row.id])
