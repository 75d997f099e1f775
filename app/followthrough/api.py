"""`/v1/overdue`, its summary, `/v1/due-soon` and `/v1/commitments`: polled, so asynchronous and thin."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from app.core import contract
from app.core.accept import preferred
from app.core.components import ETAGGED, HEADERS, errors, header, leads, links
from app.core.fields import format_instant
from app.core.http import IfNoneMatch, present
from app.core.paging import MAX_LIMIT, next_link
from app.core.problems import NotAcceptable
from app.followthrough import likely, lists, polled, table
from app.followthrough.filters import asked
from app.followthrough.lists import CSV_COLUMNS, Asked, What
from app.followthrough.pages import Rows
from app.followthrough.polled import Reading
from app.followthrough.polled_route import PolledRoute
from app.followthrough.schemas import (
    CommitmentPage,
    CommitmentsQuery,
    Counts,
    DueSoonQuery,
    Filters,
    Group,
    LikelyOverduePage,
    LikelyOverdueQuery,
    OverdueQuery,
    Paged,
    SummaryOut,
)

JSON = "application/json"
CSV = "text/csv"


router = APIRouter(
    prefix="/v1",
    route_class=PolledRoute,
    generate_unique_id_function=contract.operation_id,
)

_LISTED: dict[int | str, Any] = {
    200: {
        # The table is made anew each time, and has no ETag.
        "headers": {"ETag": {**HEADERS["ETag"], "required": False}, "Cache-Control": header("Cache-Control")},
        "description": "One page; as `text/csv`, all of it.",
        "content": {CSV: {"schema": {"type": "string", "maxLength": 100_000_000, "pattern": r"^[\s\S]*$"}}},
    },
    **errors(400, 406),
}
_FIRST = leads(
    200,
    links(
        *("getCommitment", "startCommitment", "addEvidence", "completeCommitment", "reassignCommitment"),
        commitment="$response.body#/data/0/id",
    ),
)
_TABLE: dict[int | str, Any] = {200: {"description": "All of it.", "content": _LISTED[200]["content"]}, **errors(400)}


@router.get("/overdue", response_model=CommitmentPage, responses=_LISTED, openapi_extra=_FIRST, tags=["overdue"])
async def list_overdue(request: Request, query: Annotated[OverdueQuery, Query()], _: IfNoneMatch = None) -> Response:
    """List what is overdue, oldest due first: open, and the due has passed.

    Poll it with `If-None-Match`; a 304 costs next to nothing and counts towards no quota.
    """
    return await _list(request, What.OVERDUE, query)


@router.get("/overdue.csv", response_class=Response, responses=_TABLE, tags=["overdue"])
async def list_overdue_as_csv(request: Request, query: Annotated[OverdueQuery, Query()]) -> Response:
    """The same as a table (RFC 4180), all pages in one."""
    return await _table(request, What.OVERDUE, query)


@router.get("/overdue/summary", response_model=SummaryOut, responses=ETAGGED, tags=["overdue"])
async def summarise_overdue(request: Request, query: Annotated[Filters, Query()], _: IfNoneMatch = None) -> Response:
    """Count what is open, overdue, due today and not yet due: in all, by owner, plan, account and age."""

    async def body(read: Reading, _: str) -> tuple[bytes, dict[str, str]]:
        question = await asked(read, What.OVERDUE, query, at=present(request))
        values = question.parameters()
        rows = await read.fetch(lists.summary_sql(frozenset(values), past=question.past), values)
        groups: dict[str, list[Group]] = {"owners": [], "plans": [], "accounts": []}
        for row in rows:
            if row["by"] != "all" and row["id"] is not None and len(groups[row["by"]]) < 1000:
                groups[row["by"]].append(Group.model_validate(dict(row)))
        total = next(row for row in rows if row["by"] == "all")
        summary = SummaryOut(
            as_of=question.as_of,
            next_change_at=total["next_change_at"],
            all=Counts.model_validate(dict(total)),
            **groups,
        )
        return summary.model_dump_json().encode(), {}

    return await polled.poll(request, body)


@router.get("/due-soon", response_model=CommitmentPage, responses=_LISTED, tags=["overdue"])
async def list_due_soon(request: Request, query: Annotated[DueSoonQuery, Query()], _: IfNoneMatch = None) -> Response:
    """List what is open and not overdue yet, but will be within that time."""
    return await _list(request, What.DUE_SOON, query)


@router.get("/due-soon.csv", response_class=Response, responses=_TABLE, tags=["overdue"])
async def list_due_soon_as_csv(request: Request, query: Annotated[DueSoonQuery, Query()]) -> Response:
    """The same as a table (RFC 4180), all pages in one."""
    return await _table(request, What.DUE_SOON, query)


@router.get("/likely-overdue", response_model=LikelyOverduePage, responses=ETAGGED | errors(400), tags=["overdue"])
async def list_likely_overdue(
    request: Request, query: Annotated[LikelyOverdueQuery, Query()], _: IfNoneMatch = None
) -> Response:
    """List what is open, not overdue, and likely to become so, with the reasons.

    `not_started`: due within that time, and nobody has begun. `extension_pending`: somebody has asked for more time.
    `owner_behind`: its owner has more overdue commitments than open ones that are not overdue yet. `series_missed`: the
    last two of its series that came due or were done are overdue or were completed late; waived ones are passed over.
    """
    return await _json(request, What.LIKELY_OVERDUE, query)


@router.get(
    "/commitments", response_model=CommitmentPage, responses=_LISTED, openapi_extra=_FIRST, tags=["commitments"]
)
async def list_commitments(
    request: Request, query: Annotated[CommitmentsQuery, Query()], _: IfNoneMatch = None
) -> Response:
    """List commitments in any state, oldest due first."""
    return await _list(request, What.ALL, query)


@router.get("/commitments.csv", response_class=Response, responses=_TABLE, tags=["commitments"])
async def list_commitments_as_csv(request: Request, query: Annotated[CommitmentsQuery, Query()]) -> Response:
    """The same as a table (RFC 4180), all pages in one."""
    return await _table(request, What.ALL, query)


async def _list(request: Request, what: What, query: Paged) -> Response:
    form = preferred(request.headers.get("accept", "*/*"), JSON, CSV)
    if form is None:
        raise NotAcceptable(f"It is there as {JSON} and as {CSV}.")
    if form == CSV:
        return await _table(request, what, query)
    return await _json(request, what, query)


async def _json(request: Request, what: What, query: Paged) -> Response:
    async def body(read: Reading, tag: str) -> tuple[bytes, dict[str, str]]:
        question = await asked(read, what, query, at=present(request))
        key = (read.workspace_id, tag, what, request.url.query)
        rows = await request.app.state.pages.get(key, lambda: _page(read, question))
        cursor = lists.cursor_after(question.as_of, rows.last_due, rows.last_id) if rows.more else None
        envelope = {
            "as_of": format_instant(question.as_of),
            "next_change_at": rows.next_change_at and format_instant(rows.next_change_at),
            "has_more": rows.more,
            "next_cursor": cursor,
        }
        text = orjson.dumps(envelope)[:-1] + b',"data":[' + rows.items + b"]}"
        return text, next_link(request, cursor)

    return await polled.poll(request, body, reach=query.reach if isinstance(query, DueSoonQuery) else timedelta())


async def _page(read: Reading, question: Asked) -> Rows:
    values = question.parameters()
    if question.what is What.LIKELY_OVERDUE:
        sql = likely.page_sql(frozenset(values), past=question.past)
    else:
        sql = lists.page_sql(question.what, frozenset(values), past=question.past)
    row = (await read.fetch(sql, values))[0]
    return Rows(row["items"].encode(), row["more"], row["last_due"], row["last_id"], row["next_change_at"])


async def _table(request: Request, what: What, query: Paged) -> Response:
    """Answer with all rows as CSV. Each page is read in a short transaction of its own, all for one instant."""
    credential, question = await polled.admit(request, lambda read: asked(read, what, query, at=present(request)))
    connections = request.app.state.connections

    async def lines() -> AsyncIterator[str]:
        yield table.written([CSV_COLUMNS])
        # Rows change while the table is read; how they stood at that instant does not.
        page: Asked | None = replace(question, limit=MAX_LIMIT, past=question.as_of <= present(request))
        while page:
            async with Reading(connections, credential.workspace_id) as read:
                rows = await _page(read, page)
            yield table.written(_cells(item) for item in orjson.loads(b"[" + rows.items + b"]"))
            page = _after(page, rows)

    name = f'attachment; filename="{what.value.replace("_", "-")}.csv"'
    return StreamingResponse(
        lines(), headers={"Content-Disposition": name, "Cache-Control": "no-store", "Vary": "Accept"}, media_type=CSV
    )


def _after(page: Asked, rows: Rows) -> Asked | None:
    return replace(page, after_due=rows.last_due, after_id=UUID(rows.last_id)) if rows.more else None


def _cells(item: dict[str, Any]) -> list[str]:
    plan, owner = item["plan"], item["owner"]
    flat = item | {
        "plan": plan["reference"],
        "plan_title": plan["title"],
        "owner": owner["name"],
        "owner_email": owner["email"],
        "extension_pending": str(item["extension_pending"]).lower(),
    }
    return [table.harmless(str(flat[column])) for column in CSV_COLUMNS]
