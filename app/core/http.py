"""HTTP, once for all domains: answers with their ETag, preconditions, problem details."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any
from urllib.parse import quote

import asyncpg
import orjson
import psycopg
from fastapi import Depends, FastAPI, Header, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core import problems
from app.core.fields import PRINTABLE
from app.core.problems import Fault, Problem

log = logging.getLogger("followthrough")

PROBLEM_JSON = "application/problem+json"
CACHE = "private, no-cache"
_BY_STATUS: dict[int, type[Problem]] = {
    400: problems.BadRequest,
    404: problems.NotFound,
    405: problems.MethodNotAllowed,
    413: problems.TooLarge,
}


def etag(body: bytes) -> str:
    """Return the strong validator of a representation: a hash of its bytes."""
    return f'"{sha256(body).hexdigest()[:24]}"'


def answer(model: BaseModel, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return *model* as JSON, with its ETag and further *headers*."""
    body = model.model_dump_json().encode()
    return Response(body, status, {"ETag": etag(body), "Cache-Control": CACHE, **(headers or {})}, "application/json")


def matches(header: str | None, tag: str) -> bool:
    """Say whether an `If-Match` or `If-None-Match` header names *tag* (RFC 9110, section 8.8.3). `W/` is forgiven:
    proxies that compress add it.
    """
    if header is None:
        return False
    return header.strip() == "*" or tag in (one.strip().removeprefix("W/") for one in header.split(","))


IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=1000,
        pattern=PRINTABLE,
        description="Act only if this is still the current `ETag`; else 412.",
    ),
]
IfNoneMatch = Annotated[
    str | None,
    Header(
        alias="If-None-Match",
        max_length=1000,
        pattern=PRINTABLE,
        description="Answer 304 if this is still the current `ETag`.",
    ),
]


def expect(if_match: str | None, current: Callable[[], BaseModel]) -> None:
    """Refuse as stale unless *if_match* is absent or names the *current* representation."""
    if if_match is None:
        return
    tag = etag(current().model_dump_json().encode())
    if not matches(if_match, tag):
        raise problems.Stale(f"The current version is {tag}.", ETag=tag)


def present(request: Request) -> datetime:
    """Return the request's instant: the clock is read once, here."""
    at: datetime | None = request.scope.get("at")
    if at is None:
        at = request.scope["at"] = request.app.state.clock()
    return at


async def _now(request: Request) -> datetime:
    return present(request)


Now = Annotated[datetime, Depends(_now)]


def render(request: Request, problem: Problem) -> Response:
    """Return *problem* as RFC 9457 problem details."""
    path = quote(request.url.path)
    body = {
        "type": f"/problems/{problem.slug()}",
        "title": problem.title(),
        "status": problem.status,
        "detail": problem.detail[:2000] or None,
        # Never cut inside %XX, so a long one is left out.
        "instance": path if len(path) <= 500 else None,
        "request_id": request.scope.get("request_id"),
        "errors": problem.errors[:100] or None,
    }
    text = orjson.dumps({name: value for name, value in body.items() if value is not None})
    return Response(text, problem.status, {**problem.headers, "Cache-Control": "no-store"}, PROBLEM_JSON)


def pointer(location: Sequence[int | str]) -> str:
    """Return where an input is, as a JSON pointer; `/body/owner`, `/query/limit`."""
    parts = (str(part).replace("~", "~0").replace("/", "~1") for part in location)
    return "".join(f"/{part}" for part in parts).encode("unicode_escape").decode()[:500]


def invalid(error: RequestValidationError) -> Problem:
    faults = [
        Fault(pointer([*_place(one["loc"], error.body)]), _sentence(one["msg"]), one["type"][:100])
        for one in error.errors()
    ]
    for one in error.errors():
        if one["type"] == "json_invalid":
            # FastAPI names the character as if it were a place in the document.
            fault = Fault("/body", f"{one['ctx']['error']} (character {one['loc'][-1]})", "json_invalid")
            return problems.BadRequest("The body is not JSON.", errors=[fault])
    if any(one["type"] == "model_attributes_type" and isinstance(error.body, bytes) for one in error.errors()):
        return problems.UnsupportedMediaType("Send the body as JSON, with `Content-Type: application/json`.")
    where = ", ".join(fault.pointer for fault in faults[:3])
    return problems.Invalid(f"Wrong: {where}{' and more' if len(faults) > 3 else ''}.", errors=faults)


def _sentence(message: str) -> str:
    return message.removeprefix("Value error, ")[:2000]


def _place(loc: Sequence[Any], body: object) -> Iterator[str | int]:
    """Yield the way into the request: what pydantic calls the kind of a thing in between is no place in it."""
    at: Any = {"body": body, "query": {}, "path": {}, "header": {}}
    for depth, part in enumerate(loc, 1):
        if isinstance(at, dict) and part not in at and depth == len(loc):
            yield part
        elif (isinstance(at, dict) and part in at) or (isinstance(at, list) and isinstance(part, int)):
            yield part
            at = at[part]


def allowed_methods(request: Request) -> str:
    """Return the `Allow` header: Starlette's names only the first route of a path."""
    found: set[str] = set()
    for route in iter_route_contexts(request.app.routes):
        match = route.original_route.matches(request.scope)[0]
        if match is not Match.NONE:
            found |= set(route.methods or ())
        if match is Match.FULL:
            break  # it refused the method itself, so the address is its own (`route.Alone`)
    # Inside the folder of static files, which has routes of its own, nothing is found.
    return ", ".join(sorted(found | {"HEAD"} if "GET" in found else found or {"GET", "HEAD"}))


_BUSY = (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected, psycopg.errors.QueryCanceled)
_GONE = (
    psycopg.OperationalError,
    PoolTimeout,
    OSError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
)


def _database_problem(error: Exception) -> Problem:
    cause = getattr(error, "orig", None) or error
    if isinstance(cause, _BUSY):
        return problems.Conflict("Someone else is changing this; try again.", Retry_After="1")
    if isinstance(cause, _GONE):
        return problems.Unavailable("Try again.", Retry_After="2")
    return problems.InternalError("The request id finds the cause in the log.")


class Failsafe:
    """Answer what nobody caught. Starlette would do so outside of all middleware, past request id and log line."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def sending(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, sending)
        except Exception as error:
            if started or scope["type"] != "http":
                raise
            problem = _database_problem(error)
            if problem.status >= 500:
                log.exception("failed", extra={"request_id": scope.get("request_id")})
            await render(Request(scope), problem)(scope, receive, send)


def install(app: FastAPI) -> None:
    """Answer every error of *app* with problem details, the router's own included."""

    @app.exception_handler(Problem)
    async def _refused(request: Request, error: Problem) -> Response:
        return render(request, error)

    @app.exception_handler(HTTPException)
    async def _router(request: Request, error: HTTPException) -> Response:
        kind = _BY_STATUS.get(error.status_code, problems.BadRequest)
        if kind is problems.MethodNotAllowed:
            allow = allowed_methods(request)
            return render(request, kind(f"{request.url.path} takes {allow}.", Allow=allow))
        return render(request, kind("Nothing is at this address." if kind is problems.NotFound else str(error.detail)))
