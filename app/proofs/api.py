"""`/v1/events`: the ledger, event by event."""

import base64
from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Request, Response

from app.core.components import ETAGGED
from app.core.contract import operation_id
from app.core.http import IfNoneMatch, answer
from app.core.paging import LimitInQuery, cut
from app.core.route import Route
from app.ledger.events import opened
from app.ledger.models import Disclosure, LedgerEvent
from app.proofs import queries
from app.proofs.schemas import DisclosureOut, EventOut, EventPage
from app.workspaces.access import Reader, ReadSession

router = APIRouter(prefix="/v1", route_class=Route, generate_unique_id_function=operation_id, tags=["ledger"])

AfterInQuery = Annotated[
    int,
    Query(
        ge=-1,
        le=2**53 - 1,
        description="The last number you have; -1: from the start.",
        json_schema_extra={"format": "int64"},
    ),
]


@router.get("/events", response_model=EventPage, responses=ETAGGED)
def list_events(
    request: Request,
    read: ReadSession,
    _: Reader,
    after: AfterInQuery = -1,
    limit: LimitInQuery = 50,
    __: IfNoneMatch = None,
) -> Response:
    """List what happened, in commit order: an event once missed never appears later behind your back."""
    rows, more = cut(queries.events(read, after=after, limit=limit + 1), limit)
    said = queries.disclosures(read, rows[0].seq, rows[-1].seq) if rows else {}
    following = rows[-1].seq if rows else None
    page = EventPage(
        data=[_shown(row, said.get(row.seq, [])) for row in rows],
        has_more=more,
        next_after=following,
        size=queries.size(read),
    )
    link = {"Link": f'<{request.url.path}?after={following}&limit={limit}>; rel="next"'} if more else {}
    return answer(page, headers=link)


def _shown(row: LedgerEvent, said: list[Disclosure]) -> EventOut:
    event = orjson.loads(row.body)
    return EventOut(
        seq=row.seq,
        at=event["at"],
        type=event["type"],
        actor=event["actor"],
        plan=row.plan_id,
        subject=row.subject,
        text=row.body.decode(),
        leaf_hash=base64.b64encode(row.leaf).decode(),
        disclosures=[_disclosed(one) for one in said],
    )


def _disclosed(row: Disclosure) -> DisclosureOut:
    name, value = opened(row.disclosure)
    return DisclosureOut(digest=row.digest, name=name, value=value, disclosure=row.disclosure)
