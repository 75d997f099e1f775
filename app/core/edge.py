"""The outermost layer, in plain ASGI: request ids, HEAD, the quota, the log line. Nothing here knows a domain."""

import logging
import re
import secrets
import time
from collections.abc import Callable
from hashlib import blake2b

import orjson
from prometheus_client import Counter, Histogram
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core import problems

log = logging.getLogger("followthrough")

_REQUEST_ID = re.compile(rb"[A-Za-z0-9_-]{1,64}")
_TRACE = re.compile(rb"00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_WINDOW = 60
_SAFE = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)

_REQUESTS = Counter("followthrough_requests_total", "Requests answered.", ["method", "status"])
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

    def __init__(self, app: ASGIApp, *, quota: Quota, clock: Callable[[], float] = time.time) -> None:
        self.app, self.quota, self.clock = app, quota, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, now = time.perf_counter(), self.clock()
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"")
        request_id = given if _REQUEST_ID.fullmatch(given) else b"req_" + secrets.token_hex(12).encode()
        scope["request_id"] = request_id.decode()
        method, who = scope["method"], _who(scope, headers)
        if method == "HEAD":
            scope["method"] = "GET"
        left = self.quota.take(who, now)
        reset = _WINDOW - int(now) % _WINDOW
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
            await _refuse(scope, sending, reset)
        else:
            await self.app(scope, receive, sending)
        took = time.perf_counter() - started
        _REQUESTS.labels(method, status).inc()
        _SECONDS.labels(method).observe(took)
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


def _who(scope: Scope, headers: dict[bytes, bytes]) -> bytes:
    """Return whose quota a request uses: its key's, or its address's. Keys are not kept, not even here."""
    key = headers.get(b"authorization")
    return blake2b(key, digest_size=16).digest() if key else str((scope.get("client") or ("",))[0]).encode()


async def _refuse(scope: Scope, send: Send, reset: int) -> None:
    kind = problems.TooMany
    body = orjson.dumps(
        {
            "type": f"/problems/{kind.slug()}",
            "title": kind.title(),
            "status": kind.status,
            "detail": f"Wait {reset} s.",
            "request_id": scope["request_id"],
        }
    )
    start: Message = {"type": "http.response.start", "status": kind.status, "headers": []}
    headers = MutableHeaders(raw=start["headers"])
    headers["content-type"] = "application/problem+json"
    headers["content-length"] = str(len(body))
    headers["retry-after"] = str(reset)
    await send(start)
    await send({"type": "http.response.body", "body": body})
