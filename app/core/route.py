"""Routes: one visit to a thread, strict JSON, no unknown parameters, 304."""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Coroutine
from contextlib import AsyncExitStack, ExitStack
from functools import wraps
from typing import Any

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from app.core.http import CACHE, matches, pointer
from app.core.problems import Fault, Invalid, Problem

_NOTHING = AsyncExitStack()
"""What FastAPI would close after a request. Endpoints leave nothing to it, so all requests share one."""


def _query_names(dependant: Dependant) -> set[str]:
    """Return the names of all query parameters that a route or what it depends on declares."""
    own = {parameter.alias for parameter in dependant.query_params}
    return own.union(*(_query_names(one) for one in dependant.dependencies))


def unknown_parameters(names: Collection[str]) -> Problem:
    """A misspelt filter must not answer as if there were none."""
    faults = [Fault(pointer(("query", name)), "There is no such parameter here.", "unknown") for name in sorted(names)]
    return Invalid(f"Unknown: {', '.join(sorted(names))[:500]}.", errors=faults)


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
        self._known = _query_names(self.dependant)
        self._answer: Callable[[Request], Coroutine[Any, Any, Response]] = self.get_route_handler()

    @override
    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in (self.methods or ()):
            await super().handle(scope, receive, send)
            return
        scope["fastapi_inner_astack"] = scope["fastapi_function_astack"] = _NOTHING
        request = _StrictRequest(scope, receive)
        if unknown := request.query_params.keys() - self._known:
            raise unknown_parameters(unknown)
        response = await self._answer(request)
        tag = response.headers.get("etag")
        if tag and scope["method"] == "GET" and matches(request.headers.get("if-none-match"), tag):
            response = Response(
                status_code=304, headers={"ETag": tag, "Cache-Control": response.headers.get("cache-control", CACHE)}
            )
        await response(scope, receive, send)


class Alone(Route):
    """The only route of an address that one with a `{name}` in that place matches as well.

    It answers for every method: `GET /v1/plans/parse` is 405, not a plan that is called `parse`.
    """

    @override
    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        match, child = super().matches(scope)
        return (Match.NONE if match is Match.NONE else Match.FULL), child
