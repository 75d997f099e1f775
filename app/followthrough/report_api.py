"""`/v1/follow-through`: what was promised for a period, and what became of it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any

import orjson
from anyio import to_thread
from fastapi import APIRouter, Query, Request, Response

from app.core import contract
from app.core.accept import preferred
from app.core.components import ETAGGED, errors
from app.core.fields import format_instant
from app.core.http import CACHE, IfNoneMatch, etag, matches, present
from app.core.paging import CursorUnreadable, cut, next_link
from app.core.problems import NotAcceptable
from app.followthrough import lists, one_page, polled, report, sheet
from app.followthrough.polled import Reading
from app.followthrough.polled_route import PolledRoute
from app.followthrough.report_schemas import (
    SHOWN,
    TABLED,
    By,
    Drilled,
    DrilledPlans,
    Figure,
    FollowThrough,
    FollowThroughQuery,
    JudgedPlan,
    ReportQuery,
)
from app.followthrough.report_sql import PLAN_COUNTS

JSON = "application/json"
CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PDF = "application/pdf"
_SUFFIX = {CSV: "csv", XLSX: "xlsx", PDF: "pdf"}

router = APIRouter(
    prefix="/v1", route_class=PolledRoute, generate_unique_id_function=contract.operation_id, tags=["follow-through"]
)

_TEXT = {"schema": {"type": "string", "maxLength": 100_000_000, "pattern": r"^[\s\S]*$"}}
_FILE = {"schema": {"type": "string", "format": "binary", "maxLength": 100_000_000}}
_CONTENT: dict[str, Any] = {CSV: _TEXT, XLSX: _FILE, PDF: _FILE}


def _answers(*forms: str, description: str) -> dict[int | str, Any]:
    return {
        200: {
            **ETAGGED[200],
            "description": description,
            "content": {form: _CONTENT[form] for form in forms},
        },
        **errors(400, 406),
    }


_ALL = _answers(CSV, XLSX, PDF, description="The figures, or a page of what is behind one of them.")


@router.get("/follow-through", response_model=FollowThrough | Drilled | DrilledPlans, responses=_ALL)
async def get_follow_through(
    request: Request, query: Annotated[FollowThroughQuery, Query()], _: IfNoneMatch = None
) -> Response:
    """Tell what was promised for a period and what became of it; with `drill`, what is behind a figure."""
    offered = (JSON,) if query.drill else (JSON, *_SUFFIX)
    form = preferred(request.headers.get("accept", "*/*"), *offered)
    if form is None:
        raise NotAcceptable(f"It is there as {', '.join(offered)}.")
    if query.cursor and not query.drill:
        # The figures are one answer; pages are of what is behind one of them.
        raise CursorUnreadable
    if form != JSON:
        return await _file(request, query, form)

    async def figures(read: Reading, _: str) -> tuple[bytes, dict[str, str]]:
        question = await report.asked(read, query, at=present(request))
        return (await report.report(read, question)).model_dump_json(by_alias=True).encode(), {}

    async def behind(read: Reading, _: str) -> tuple[bytes, dict[str, str]]:
        figure = query.drill or Figure.PROMISED
        return await (_plans if figure in PLAN_COUNTS else _commitments)(request, read, query, figure)

    return await polled.poll(request, behind if query.drill else figures, watch=polled.Watch.ORIGINALS)


@router.get(
    "/follow-through.csv",
    response_class=Response,
    responses=_answers(CSV, description=f"All, and then each group, up to {TABLED:,}."),
)
async def get_follow_through_as_csv(
    request: Request, query: Annotated[ReportQuery, Query()], _: IfNoneMatch = None
) -> Response:
    """The same as a table (RFC 4180)."""
    return await _file(request, query, CSV)


@router.get(
    "/follow-through.xlsx",
    response_class=Response,
    responses=_answers(XLSX, description="The table, and the definitions of its columns."),
)
async def get_follow_through_as_xlsx(
    request: Request, query: Annotated[ReportQuery, Query()], _: IfNoneMatch = None
) -> Response:
    """The same as a workbook."""
    return await _file(request, query, XLSX)


@router.get(
    "/follow-through.pdf",
    response_class=Response,
    responses=_answers(PDF, description="By owner, if not asked for otherwise."),
)
async def get_follow_through_as_pdf(
    request: Request, query: Annotated[ReportQuery, Query()], _: IfNoneMatch = None
) -> Response:
    """The same as one page for a person, with plots and definitions."""
    return await _file(request, query, PDF)


async def _file(request: Request, query: ReportQuery, form: str) -> Response:
    """Answer with the report as a file. It is made outside of the loop that answers polls."""
    _, make = await polled.admit(request, lambda read: _made(read, request, query, form))
    body = await to_thread.run_sync(make)
    headers = {"ETag": etag(body), "Cache-Control": CACHE, "Vary": "Accept"}
    if matches(request.headers.get("if-none-match"), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    kind = "inline" if form == PDF else "attachment"
    name = {"Content-Disposition": f'{kind}; filename="follow-through.{_SUFFIX[form]}"'}
    return Response(body, 200, headers | name, form)


async def _made(read: Reading, request: Request, query: ReportQuery, form: str) -> Callable[[], bytes]:
    """Read what the file is made of, and return how."""
    if form != PDF:
        question = await report.asked(read, query, at=present(request))
        told = await report.report(read, question, groups=TABLED)
        return lambda: (sheet.as_csv if form == CSV else sheet.as_xlsx)(told)
    by_others = query.model_copy(update={"by": query.by or By.OWNER})
    question = await report.asked(read, by_others, at=present(request))
    told = await report.report(read, question, groups=SHOWN)
    months = await report.report(read, replace(question, query=query.model_copy(update={"by": By.MONTH})))
    about = await report.about(read, question, at=present(request))
    return lambda: one_page.page(told, months, about, fonts=request.app.state.font_dir)


async def _commitments(
    request: Request, read: Reading, query: FollowThroughQuery, figure: Figure
) -> tuple[bytes, dict[str, str]]:
    now = present(request)
    question, after = await report.asked(read, query, at=now), {}
    if query.cursor:
        as_of, after_due, after_id = lists.read_cursor(query.cursor)
        question = replace(question, as_of=as_of, past=as_of < now)
        after = {"after_due": after_due, "after_id": after_id}
    page = await report.drilled(read, question, figure, after, query.limit)
    cursor = lists.cursor_after(question.as_of, page["last_due"], page["last_id"]) if page["more"] else None
    envelope = {
        "as_of": format_instant(question.as_of),
        "figure": figure,
        "has_more": page["more"],
        "next_cursor": cursor,
    }
    text = orjson.dumps(envelope)[:-1] + b',"data":[' + page["items"].encode() + b"]}"
    return text, next_link(request, cursor)


async def _plans(
    request: Request, read: Reading, query: FollowThroughQuery, figure: Figure
) -> tuple[bytes, dict[str, str]]:
    now = present(request)
    question, after = await report.asked(read, query, at=now), 0
    if query.cursor:
        as_of, after = report.read_plans_after(query.cursor)
        question = replace(question, as_of=as_of, past=as_of < now)
    rows = await report.drilled_plans(read, question, figure, after=after, limit=query.limit)
    page, more = cut(rows, query.limit)
    cursor = report.plans_after(question, page[-1]["plan_number"]) if more else None
    told = DrilledPlans(
        as_of=question.as_of,
        figure=figure,
        has_more=more,
        next_cursor=cursor,
        data=[JudgedPlan.of(row) for row in page],
    )
    return told.model_dump_json().encode(), next_link(request, cursor)
