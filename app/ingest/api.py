"""`/v1/ingest`: what Amazon sends, and the queue of what waits for an account."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from app.core.components import DONE, ETAGGED, HEADERS, MADE, errors, header, leads, links
from app.core.contract import operation_id
from app.core.db import Read
from app.core.http import CACHE, IfMatch, IfNoneMatch, Now, answer, etag, expect
from app.core.paging import CursorInQuery, LimitInQuery, Page, after_id, next_link
from app.core.route import Route
from app.ingest import operations, queries
from app.ingest.records import read as records_of
from app.ingest.rules import Status
from app.ingest.schemas import (
    IngestOut,
    MessageOut,
    Resolution,
    Retry,
    RetryOut,
    SubscriptionIn,
    SubscriptionMade,
    SubscriptionOut,
)
from app.workspaces.access import Contributor, Reader, ReadSession, WriteOnceSession

router = APIRouter(prefix="/v1", route_class=Route, generate_unique_id_function=operation_id, tags=["ingest"])

MessageInPath = Annotated[UUID, Path(description="Its id.", json_schema_extra={"maxLength": 36})]
AccountInQuery = Annotated[
    UUID | None,
    Query(description="Whose the messages are that do not tell, such as reports.", json_schema_extra={"maxLength": 36}),
]
StatusInQuery = Annotated[Status | None, Query(description="Only messages that stand so.")]

_BODY: dict[str, Any] = {
    "requestBody": {
        "description": "What Amazon sent, as it is: bare, or as EventBridge, SNS or SQS wrap it; one or several.",
        "required": True,
        "content": {
            "application/json": {
                "schema": {"description": "Any JSON."},
                "example": {
                    "notificationType": "ACCOUNT_STATUS_CHANGED",
                    "eventTime": "2026-02-11T19:42:04.284Z",
                    "payload": {
                        "accountStatusChangeNotification": {
                            "previousAccountStatus": "NORMAL",
                            "currentAccountStatus": "AT_RISK",
                        }
                    },
                    "notificationMetadata": {
                        "subscriptionId": "93b098e1-0c42-2f45-93a1-78910a6a8369",
                        "notificationId": "d0e9e693-c3ad-4373-979f-ed4ec98dd746",
                    },
                },
            }
        },
    }
}
_MESSAGE = links("getMessage", "getRawMessage", message="$response.body#/id")
_FIRST = links("getMessage", "getRawMessage", message="$response.body#/data/0/message")
_RAW: dict[int | str, Any] = {
    200: {
        "headers": {
            "ETag": HEADERS["ETag"],
            "Cache-Control": header("Cache-Control"),
            "Content-Disposition": {"schema": {"type": "string", "maxLength": 200, "pattern": "^attachment"}},
        },
        "description": "The bytes.",
        "content": {
            "application/octet-stream": {"schema": {"type": "string", "format": "binary", "maxLength": 1048576}}
        },
    }
}


async def _body(request: Request) -> bytes:
    return await request.body()


Body = Annotated[bytes, Depends(_body)]
"""The request's body as it came, whatever it says it is."""


@router.post(
    "/ingest/amazon",
    response_model=IngestOut,
    responses=DONE | errors(400, 413),
    openapi_extra=_BODY | leads(200, _FIRST),
)
def ingest_amazon(
    tx: WriteOnceSession, actor: Contributor, body: Body, now: Now, account: AccountInQuery = None
) -> Response:
    """Take in what Amazon sent: SP-API notifications and seller performance reports, in whatever envelope.

    Send it as it came, as often as it comes: what it says is recorded once, and nothing is dropped.
    """
    taken = operations.take(tx, records_of(body), account=account, by=actor.id, at=now)
    return answer(IngestOut.of(taken))


@router.get("/ingest/unresolved", response_model=Page[MessageOut], responses=ETAGGED | errors(400))
def list_unresolved(
    request: Request,
    read: ReadSession,
    _: Reader,
    limit: LimitInQuery = 50,
    cursor: CursorInQuery = None,
    __: IfNoneMatch = None,
) -> Response:
    """List the messages that wait until somebody says which account they concern, oldest first."""
    return _listed(request, read, Status.UNRESOLVED, limit=limit, cursor=cursor)


@router.post("/ingest/unresolved/resolution", response_model=RetryOut, responses=DONE)
def retry_unresolved(tx: WriteOnceSession, actor: Contributor, now: Now, _: Retry | None = None) -> Response:
    """Look again at what waits: an account may have been added since. Up to 500 messages are settled at a time."""
    resolved = operations.retry(tx, by=actor.id, at=now)
    return answer(RetryOut(resolved=resolved, waiting=queries.waiting(tx)))


@router.post(
    "/ingest/unresolved/{message}/resolution",
    response_model=MessageOut,
    responses=DONE | errors(404, 409, 412),
    openapi_extra=leads(200, _MESSAGE),
)
def resolve_message(
    tx: WriteOnceSession,
    actor: Contributor,
    message: MessageInPath,
    given: Resolution,
    now: Now,
    if_match: IfMatch = None,
) -> Response:
    """Say which account a message concerns; it then becomes what it would have been at once."""
    row = operations.found(tx, message)
    expect(if_match, lambda: MessageOut.of(row))
    operations.resolve(tx, row, account=given.account, remember=given.remember, by=actor.id, at=now)
    return answer(MessageOut.of(row))


@router.get("/ingest/messages", response_model=Page[MessageOut], responses=ETAGGED | errors(400))
def list_messages(
    request: Request,
    read: ReadSession,
    _: Reader,
    status: StatusInQuery = None,
    limit: LimitInQuery = 50,
    cursor: CursorInQuery = None,
    __: IfNoneMatch = None,
) -> Response:
    """List what was taken in, oldest first."""
    return _listed(request, read, status, limit=limit, cursor=cursor)


@router.get(
    "/ingest/messages/{message}",
    response_model=MessageOut,
    responses=ETAGGED | errors(404),
    openapi_extra=leads(200, links("getRawMessage", message="$response.body#/id")),
)
def get_message(read: ReadSession, _: Reader, message: MessageInPath, __: IfNoneMatch = None) -> Response:
    """Return one message: what was read in it, and what became of it."""
    return answer(MessageOut.of(queries.message(read, message)))


@router.get("/ingest/messages/{message}/raw", response_class=Response, responses=_RAW | errors(404))
def get_raw_message(read: ReadSession, _: Reader, message: MessageInPath, __: IfNoneMatch = None) -> Response:
    """Return a message as it was delivered, byte for byte."""
    raw = queries.message(read, message).raw
    headers = {
        "ETag": etag(raw),
        "Cache-Control": CACHE,
        # Whatever somebody sent is nothing that a browser should show.
        "Content-Disposition": f'attachment; filename="{message}.json"',
    }
    return Response(raw, 200, headers, "application/octet-stream")


@router.post(
    "/ingest/subscriptions",
    status_code=201,
    response_model=SubscriptionMade,
    responses=MADE | {200: {"model": SubscriptionMade, "description": "It was known before.", **DONE[200]}},
)
def map_subscription(tx: WriteOnceSession, actor: Contributor, new: SubscriptionIn, now: Now) -> Response:
    """Say which account the notifications of a subscription concern, those that wait for it included.

    Sent again with another account, it holds for what is still to come: what is recorded stays.
    """
    mapped = operations.map_subscription(tx, new.subscription, account=new.account, by=actor.id, at=now)
    facts = SubscriptionOut.of(mapped.subscription).model_dump()
    made = SubscriptionMade(**facts, resolved=mapped.resolved, waiting=queries.waiting(tx))
    location = {"Location": "/v1/ingest/subscriptions"} if mapped.is_new else {}
    return answer(made, 201 if mapped.is_new else 200, location)


@router.get("/ingest/subscriptions", response_model=Page[SubscriptionOut], responses=ETAGGED | errors(400))
def list_subscriptions(
    request: Request,
    read: ReadSession,
    _: Reader,
    limit: LimitInQuery = 50,
    cursor: CursorInQuery = None,
    __: IfNoneMatch = None,
) -> Response:
    """List whose subscriptions are, oldest first."""
    rows = queries.subscriptions(read, after=after_id(cursor), limit=limit + 1)
    page = Page[SubscriptionOut].of(rows, limit, shown=SubscriptionOut.of)
    return answer(page, headers=next_link(request, page.next_cursor))


def _listed(request: Request, read: Read, status: Status | None, *, limit: int, cursor: str | None) -> Response:
    rows = queries.messages(read, status, after=after_id(cursor), limit=limit + 1)
    page = Page[MessageOut].of(rows, limit, shown=MessageOut.of)
    return answer(page, headers=next_link(request, page.next_cursor))
