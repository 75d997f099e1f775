"""The outermost layer, in plain ASGI: request ids, HEAD, the quota, the log line. Nothing here knows a domain."""

import logging
import re
import secrets
import time
from collections.abc import Callable, Mapping
from functools import cache
from hashlib import blake2b
from itertools import count
from types import MappingProxyType

import orjson
from prometheus_client import Counter, Histogram
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core import problems

log = logging.getLogger("followthrough")

_REQUEST_ID = re.compile(rb"[A-Za-z0-9_-]{1,64}")
_TRACE = re.compile(rb"00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_WINDOW = 60
MAX_BODY = 1024 * 1024
_PROCESS = secrets.token_hex(8)
_REQUEST_IDS = (f"req_{_PROCESS}{number:08x}".encode() for number in count())
"""Random once per process, then counted: asking the system for chance costs as much as checking a key."""
_SAFE = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)

_REQUESTS = Counter("followthrough_requests_total", "Requests answered.", ["method", "status"])
_METHODS = frozenset({"GET", "HEAD", "POST", "PATCH", "DELETE", "PUT", "OPTIONS"})
_SECONDS = Histogram("followthrough_request_seconds", "Time to the answer's first byte.", ["method"])


class Quota:
    """How many requests each key has made of this process in the current minute."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.policy = f'"default";q={limit};w={_WINDOW}'.encode()
        self._window = 0
        self._used: dict[bytes, int] = {}

    def take(self, who: bytes, now: float) -> int:
        """Count one request of *who* and return how many are left: below zero, it is refused."""
        window = int(now) // _WINDOW
        if window != self._window:
            self._window, self._used = window, {}
        used = self._used[who] = self._used.get(who, 0) + 1
        return self.limit - used

    def give_back(self, who: bytes) -> None:
        self._used[who] = max(0, self._used.get(who, 1) - 1)


class Edge:
    """Wrap *app* so that each answer carries its request id and quota, and each event worth it a log line."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        quota: Quota,
        clock: Callable[[], float] = time.time,
        larger: Mapping[tuple[str, str], tuple[int, type[problems.TooLarge]]] = MappingProxyType({}),
    ) -> None:
        self.app, self.quota, self.clock = app, quota, clock
        self.larger = larger
        """Where a body may have more bytes than others, by method and path: how many, and what more is refused as."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, now = time.perf_counter(), self.clock()
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"")
        request_id = given if _REQUEST_ID.fullmatch(given) else next(_REQUEST_IDS)
        scope["request_id"] = request_id.decode()
        method, who = scope["method"], _who(scope, headers)
        if method == "HEAD":
            # A copy: the server reads its own to know that this answer has no body.
            scope = {**scope, "method": "GET", "is_head": True}
        left = self.quota.take(who, now)
        reset = _WINDOW - int(now) % _WINDOW
        limit, too_large = self.larger.get((method, scope["path"]), (MAX_BODY, problems.TooLarge))
        status = 500

        async def sending(message: Message) -> None:
            nonlocal status, left
            if message["type"] == "http.response.start":
                status = message["status"]
                if status == 304:
                    self.quota.give_back(who)
                    left += 1
                message["headers"] += (
                    (b"x-request-id", request_id),
                    (b"ratelimit-policy", self.quota.policy),
                    (b"ratelimit", f'"default";r={max(0, left)};t={reset}'.encode()),
                    *_SAFE,
                )
            elif method == "HEAD":
                message = {"type": "http.response.body", "body": b"", "more_body": message.get("more_body", False)}
            await send(message)

        if left < 0:
            await _refuse(scope, sending, problems.TooMany(f"Wait {reset} s.", Retry_After=str(reset)))
        elif _announced(headers) > limit:
            await _refuse(scope, sending, too_large(f"More than {limit} bytes were announced."))
        else:
            await self.app(scope, _limited(receive, limit), sending)
        took = time.perf_counter() - started
        _count(method, status, took)
        if status >= 400 or method not in ("GET", "HEAD"):
            trace = _TRACE.fullmatch(headers.get(b"traceparent", b""))
            log.info(
                "request",
                extra={
                    "request_id": scope["request_id"],
                    "trace_id": trace[1].decode() if trace else None,
                    "method": method,
                    "path": scope["path"],
                    "status": status,
                    "ms": round(took * 1000, 1),
                    "workspace": str(scope["actor"].workspace_id) if "actor" in scope else None,
                    "actor": str(scope["actor"].id) if "actor" in scope else None,
                },
            )


def _count(method: str, status: int, took: float) -> None:
    requests, seconds = _counters(method if method in _METHODS else "other", status)
    requests.inc()
    seconds.observe(took)


@cache
def _counters(method: str, status: int) -> tuple[Counter, Histogram]:
    # labels() takes a lock and a search each time; there are few pairs, so each is looked up once.
    return _REQUESTS.labels(method, status), _SECONDS.labels(method)


def _who(scope: Scope, headers: dict[bytes, bytes]) -> bytes:
    """Return whose quota a request uses: its key's, or its address's. Keys are not kept, not even here."""
    key = headers.get(b"authorization")
    return blake2b(key, digest_size=16).digest() if key else str((scope.get("client") or ("",))[0]).encode()


def _announced(headers: dict[bytes, bytes]) -> int:
    """Return the size that a body is said to have; servers let only digits through."""
    length = headers.get(b"content-length", b"")
    return int(length) if length.isdigit() else 0


def _limited(receive: Receive, limit: int) -> Receive:
    """Return *receive*, which refuses once a body that did not announce its size has become too large."""
    size = 0

    async def receiving() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > limit:
            # The only exception that FastAPI lets through while it reads a body.
            raise HTTPException(problems.TooLarge.status, f"The body has more than {limit} bytes.")
        return message

    return receiving


async def _refuse(scope: Scope, send: Send, problem: problems.Problem) -> None:
    """Answer with *problem* before the application has seen the request."""
    body = orjson.dumps(
        {
            "type": f"/problems/{problem.slug()}",
            "title": problem.title(),
            "status": problem.status,
            "detail": problem.detail,
            "request_id": scope["request_id"],
        }
    )
    headers = {
        "content-type": "application/problem+json",
        "content-length": str(len(body)),
        "cache-control": "no-store",
    }
    raw = [(name.lower().encode(), value.encode()) for name, value in (headers | problem.headers).items()]
    await send({"type": "http.response.start", "status": problem.status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
