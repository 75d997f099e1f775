"""HTTP, once for all domains: problem details, answers with their ETag, preconditions."""

import json
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Coroutine, Mapping
from contextlib import ExitStack
from datetime import datetime
from functools import wraps
from hashlib import sha256
from typing import Annotated, Any
from urllib.parse import quote

import asyncpg
import orjson
import psycopg
from fastapi import Depends, FastAPI, Header, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from typing_extensions import override

from app.core import problems
from app.core.fields import PRINTABLE
from app.core.problems import Fault, Problem

log = logging.getLogger("followthrough")

PROBLEM_JSON = "application/problem+json"
_CACHE = "private, no-cache"
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
    return Response(body, status, {"ETag": etag(body), "Cache-Control": _CACHE, **(headers or {})}, "application/json")


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


def expect(if_match: str | None, current: BaseModel) -> None:
    """Refuse as stale unless *if_match* is absent or names the *current* representation."""
    if if_match is None:
        return
    tag = etag(current.model_dump_json().encode())
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


def _query_names(dependant: Dependant) -> set[str]:
    """Return the names of all query parameters that a route or what it depends on declares."""
    own = {parameter.alias for parameter in dependant.query_params}
    return own.union(*(_query_names(one) for one in dependant.dependencies))


def unknown_parameters(names: Collection[str]) -> Problem:
    """A misspelt filter must not answer as if there were none."""
    faults = [Fault(_pointer(("query", name)), "There is no such parameter here.", "unknown") for name in sorted(names)]
    return problems.Invalid(f"Unknown: {', '.join(sorted(names))[:500]}.", errors=faults)


def _said_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise HTTPException(400, f"`{twice[:100]}` is said twice in one object: say it once.")
    return found


def _no_number(text: str) -> Any:
    raise HTTPException(400, f"{text} is no JSON number.")


class _StrictRequest(Request):
    """A request whose JSON means one thing: no name twice in an object, no NaN (RFC 8259, RFC 7493)."""

    @override
    async def json(self) -> Any:
        try:
            return json.loads(await self.body(), object_pairs_hook=_said_once, parse_constant=_no_number)
        except json.JSONDecodeError:
            raise
        except RecursionError:
            raise HTTPException(400, "The body is nested too deeply.") from None
        except UnicodeDecodeError:
            raise HTTPException(400, "The body is not UTF-8.") from None
        except ValueError:
            raise HTTPException(400, "A number in the body has too many digits.") from None


class Call(ExitStack):
    """One run of an endpoint, in its thread: what is open until it ends, and what it answered."""

    answer: Response


class Late(ABC):
    """A parameter of an endpoint that is opened in the endpoint's own thread, and closed there before it answers."""

    @abstractmethod
    def open(self, call: Call) -> Any:
        """Return what the endpoint is given; leave with *call* what has to be closed."""


def in_one_thread(endpoint: Callable[..., Response]) -> Callable[..., Response]:
    """Return *endpoint* so that transaction, endpoint and commit are one visit to a thread.

    FastAPI would send each end of a `yield` to a thread of its own: three visits, which cost more than the database.
    A commit that fails raises here, before there is an answer.
    """

    @wraps(endpoint)
    def run(**given: Any) -> Response:
        with Call() as call:
            ready = {name: one.open(call) if isinstance(one, Late) else one for name, one in given.items()}
            call.answer = endpoint(**ready)
            return call.answer

    return run


class Route(APIRoute):
    """A route whose endpoint runs in one thread, and whose reads answer 304."""

    def __init__(self, path: str, endpoint: Callable[..., Response], **options: Any) -> None:
        super().__init__(path, in_one_thread(endpoint), **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        known = _query_names(self.dependant)

        async def handler(request: Request) -> Response:
            if unknown := request.query_params.keys() - known:
                raise unknown_parameters(unknown)
            response = await handle(_StrictRequest(request.scope, request.receive))
            tag = response.headers.get("etag")
            if tag and request.method == "GET" and matches(request.headers.get("if-none-match"), tag):
                return Response(status_code=304, headers={"ETag": tag, "Cache-Control": _CACHE})
            return response

        return handler


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


def _pointer(location: tuple[int | str, ...]) -> str:
    """Return where an input is, as a JSON pointer; `/body/owner`, `/query/limit`."""
    parts = (str(part).replace("~", "~0").replace("/", "~1") for part in location)
    return "".join(f"/{part}" for part in parts).encode("unicode_escape").decode()[:500]


def invalid(error: RequestValidationError) -> Problem:
    faults = [
        Fault(_pointer(one["loc"]), one["msg"].removeprefix("Value error, ")[:2000], one["type"][:100])
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


def allowed_methods(request: Request) -> str:
    """Return the `Allow` header: Starlette's names only the first route of a path."""
    found: set[str] = set()
    for route in iter_route_contexts(request.app.routes):
        if route.original_route.matches(request.scope)[0] is not Match.NONE:
            found |= set(route.methods or ())
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


class _Failsafe:
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

    app.add_middleware(_Failsafe)
