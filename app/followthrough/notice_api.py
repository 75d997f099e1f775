"""`/v1/notices` and `/v1/attention`: polled, so asynchronous and thin."""

from datetime import timedelta
from typing import Annotated

import asyncpg
import orjson
from fastapi import APIRouter, Query, Request, Response

from app.core import contract
from app.core.components import ETAGGED, errors
from app.core.fields import format_instant
from app.core.http import IfNoneMatch, present
from app.core.items import item_parts
from app.core.paging import next_link
from app.followthrough import attention, filters, notice_lists, polled
from app.followthrough.attention import AskedAttention
from app.followthrough.notice_lists import AskedNotices, Which
from app.followthrough.notice_schemas import (
    AttentionFilters,
    AttentionPage,
    AttentionQuery,
    AttentionSummary,
    NoticePage,
    NoticesQuery,
    reach_of,
)
from app.followthrough.polled import Reading, Watch
from app.followthrough.polled_route import PolledRoute

router = APIRouter(prefix="/v1", route_class=PolledRoute, generate_unique_id_function=contract.operation_id)


@router.get("/notices", response_model=NoticePage, responses=ETAGGED | errors(400), tags=["notices"])
async def list_notices(request: Request, query: Annotated[NoticesQuery, Query()], _: IfNoneMatch = None) -> Response:
    """List notices: all, the ignored ones, or those whose answer is overdue or soon due.

    Poll it with `If-None-Match`; a 304 costs next to nothing and counts towards no quota.
    """

    async def body(read: Reading, _: str) -> tuple[bytes, dict[str, str]]:
        asked = await _asked(request, read, query)
        values = asked.parameters()
        row = (await read.fetch(notice_lists.page_sql(asked.which, frozenset(values), past=asked.past), values))[0]
        cursor = notice_lists.cursor_after(asked, row["last_at"], row["last_id"]) if row["more"] else None
        return _page(request, asked, row, cursor)

    reach = reach_of(query.within) if query.which is Which.RESPONSE_DUE_SOON else timedelta()
    return await polled.poll(request, body, reach=reach, watch=Watch.NOTICES)


@router.get("/attention", response_model=AttentionPage, responses=ETAGGED | errors(400), tags=["overdue"])
async def list_attention(
    request: Request, query: Annotated[AttentionQuery, Query()], _: IfNoneMatch = None
) -> Response:
    """List everything that needs someone now, most urgent first, with why: notices, deadlines, commitments, plans."""

    async def body(read: Reading, _: str) -> tuple[bytes, dict[str, str]]:
        asked = await _asked_attention(request, read, query)
        sql = attention.page_sql(asked.ranks(), asked.after_rank, by_account=asked.account is not None)
        row = (await read.fetch(sql, asked.parameters()))[0]
        more = row["more"]
        cursor = attention.cursor_after(row["last_rank"], row["last_at"], row["last_id"]) if more else None
        return _page(request, asked, row, cursor)

    return await polled.poll(request, body, reach=reach_of(query.within), watch=Watch.BOTH)


@router.get("/attention/summary", response_model=AttentionSummary, responses=ETAGGED, tags=["overdue"])
async def summarise_attention(
    request: Request, query: Annotated[AttentionFilters, Query()], _: IfNoneMatch = None
) -> Response:
    """Count what needs someone now, by reason."""

    async def body(read: Reading, _: str) -> tuple[bytes, dict[str, str]]:
        asked = await _asked_attention(request, read, query)
        sql = attention.summary_sql(asked.ranks(), by_account=asked.account is not None)
        rows = await read.fetch(sql, asked.parameters())
        data = [{"reason": row["reason"], "count": row["count"], "first_at": row["first_at"]} for row in rows]
        summary = AttentionSummary.model_validate({"as_of": asked.as_of, "data": data})
        return summary.model_dump_json().encode(), {}

    return await polled.poll(request, body, reach=reach_of(query.within), watch=Watch.BOTH)


def _page(
    request: Request, asked: AskedNotices | AskedAttention, row: asyncpg.Record, cursor: str | None
) -> tuple[bytes, dict[str, str]]:
    """Return a page's text and its headers; its items are text already."""
    envelope = {
        "as_of": format_instant(asked.as_of),
        "next_change_at": row["next_change_at"] and format_instant(row["next_change_at"]),
        "has_more": row["more"],
        "next_cursor": cursor,
    }
    text = orjson.dumps(envelope)[:-1] + b',"data":[' + row["items"].encode() + b"]}"
    return text, next_link(request, cursor)


async def _asked(request: Request, read: Reading, query: NoticesQuery) -> AskedNotices:
    now = present(request)
    as_of, after_at, after_id = query.as_of or now, None, None
    if query.cursor:
        as_of, after_at, after_id = notice_lists.read_cursor(query.cursor, query.which)
    type_, ref = item_parts(query.item) if query.item else (None, None)
    return AskedNotices(
        which=query.which,
        as_of=as_of,
        past=as_of < now,
        until=as_of + reach_of(query.within),
        state=query.state and query.state.value,
        account=await filters.account(read, query.account),
        category=query.category and query.category.value,
        severity=query.severity and query.severity.value,
        source=query.source,
        item_type=type_,
        item_ref=ref,
        limit=query.limit,
        after_at=after_at,
        after_id=after_id,
    )


async def _asked_attention(request: Request, read: Reading, query: AttentionFilters) -> AskedAttention:
    now = present(request)
    paged = query if isinstance(query, AttentionQuery) else AttentionQuery()
    after_rank, after_at, after_id = attention.read_cursor(paged.cursor) if paged.cursor else (None, None, None)
    return AskedAttention(
        as_of=now,
        until=now + reach_of(query.within),
        reason=query.reason,
        account=await filters.account(read, query.account),
        limit=paged.limit,
        after_rank=after_rank,
        after_at=after_at,
        after_id=after_id,
    )
