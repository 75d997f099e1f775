"""`/v1/escalations`: polled, so asynchronous and thin."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Request, Response

from app.core.components import ETAGGED, errors
from app.core.contract import operation_id
from app.core.fields import format_instant
from app.core.http import IfNoneMatch, present
from app.core.paging import next_link
from app.core.problems import Fault, Invalid
from app.escalations import standing
from app.escalations.schemas import EscalationPage, EscalationsQuery
from app.escalations.standing import Asked
from app.followthrough import polled
from app.followthrough.polled import Reading
from app.followthrough.polled_route import PolledRoute

router = APIRouter(
    prefix="/v1", route_class=PolledRoute, generate_unique_id_function=operation_id, tags=["escalations"]
)

_RULE = "SELECT FROM escalation_rule WHERE workspace_id = :ws AND id = :rule"


@router.get("/escalations", response_model=EscalationPage, responses=ETAGGED | errors(400))
async def list_escalations(
    request: Request, query: Annotated[EscalationsQuery, Query()], _: IfNoneMatch = None
) -> Response:
    """List what stands escalated: by which rule, to which level, since when, and who is told; highest level first.

    Worked out anew each time, so it never waits for the worker; that one only tells the ledger. Poll it with
    `If-None-Match`; a 304 costs next to nothing and counts towards no quota.
    """

    async def body(read: Reading, _: str) -> tuple[bytes, dict[str, str]]:
        if query.rule and not await read.fetch(_RULE, {"rule": query.rule}):
            detail = f"There is no rule {query.rule} here."
            raise Invalid(detail, errors=[Fault("/query/rule", detail, "unknown_rule")])
        at = present(request)
        found = {"as_of": query.as_of or at} | (standing.read_cursor(query.cursor) if query.cursor else {})
        asked = Asked(past=found["as_of"] < at, level=query.level, rule=query.rule, limit=query.limit, **found)
        values = asked.parameters()
        rows = await read.fetch(standing.page_sql(frozenset(values), past=asked.past), values)
        page, more = rows[: asked.limit], len(rows) > asked.limit
        cursor = standing.cursor_after(page[-1], asked) if more else None
        envelope = {
            "as_of": format_instant(asked.as_of),
            "has_more": more,
            "next_cursor": cursor,
            "data": await standing.entries(read, page, asked),
        }
        return orjson.dumps(envelope), next_link(request, cursor)

    return await polled.poll(request, body)
