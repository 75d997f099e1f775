"""The overdue list for people at a terminal: the same statements as `GET /v1/overdue`."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from app.core.fields import format_instant
from app.core.paging import MAX_LIMIT
from app.followthrough import lists
from app.followthrough.filters import asked
from app.followthrough.lists import What
from app.followthrough.polled import Connections, Reading
from app.followthrough.schemas import OverdueQuery


async def overdue(url: str, workspace_id: UUID, query: OverdueQuery, *, at: datetime) -> dict[str, Any]:
    """Return what `GET /v1/overdue` answers to *query*, all pages in one."""
    connections = Connections(url, 1)
    try:
        async with Reading(connections, workspace_id) as read:
            return await _merged(read, query, at=at)
    finally:
        await connections.close()


async def _merged(read: Reading, query: OverdueQuery, *, at: datetime) -> dict[str, Any]:
    question = await asked(read, What.OVERDUE, query, at=at)
    # Rows change while pages are read; how they stood at that instant does not.
    page = replace(question, limit=MAX_LIMIT, past=question.as_of <= at)
    data: list[Any] = []
    while True:
        values = page.parameters()
        row = (await read.fetch(lists.page_sql(page.what, frozenset(values), past=page.past), values))[0]
        data += orjson.loads(f"[{row['items']}]")
        if not row["more"]:
            break
        page = replace(page, after_due=row["last_due"], after_id=UUID(row["last_id"]))
    following = row["next_change_at"] and format_instant(row["next_change_at"])
    as_of = format_instant(question.as_of)
    return {"as_of": as_of, "next_change_at": following, "has_more": False, "next_cursor": None, "data": data}
