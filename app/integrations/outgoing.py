"""Requests that this server makes: to addresses from its settings, without redirects, short, and bounded in size."""

from contextlib import closing
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ssl import create_default_context
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from app.core.deadline import cut_after

TIMEOUT = 10.0
"""Seconds, to connect, and then for the whole of an exchange."""
MAX_BYTES = 200_000
"""Of an answer."""


class Unreachable(Exception):
    """There was no answer. Whoever asked may ask again later."""


class Unusable(Exception):
    """There was an answer, and it is not what was asked for."""


class Answer(NamedTuple):
    """What came back, whatever its status."""

    status: int
    kind: str
    """The media type, without parameters."""
    body: bytes


def post(url: str, body: bytes, *, kind: str, timeout: float = TIMEOUT) -> Answer:
    """Send *body*, of media type *kind*, and return the answer."""
    if not url.startswith(("https://", "http://")):
        raise Unreachable(f"{url} is not an address of HTTP")
    headers = {"Content-Type": kind, "User-Agent": "followthrough", "Connection": "close"}
    try:
        parts = urlsplit(url)
        with closing(_connection(parts, timeout)) as connection:
            connection.connect()
            with cut_after(timeout, connection.sock):
                connection.request("POST", _target(parts), body, headers)
                response = connection.getresponse()
                read = response.read(MAX_BYTES + 1)
    except (OSError, HTTPException, ValueError) as error:
        raise Unreachable(f"{url} cannot be reached: {error}") from error
    if len(read) > MAX_BYTES:
        raise Unreachable(f"the answer of {url} is too long")
    if response.length:
        raise Unreachable(f"the answer of {url} ends too early")
    return Answer(response.status, response.headers.get_content_type(), read)


def _connection(parts: SplitResult, timeout: float) -> HTTPConnection:
    if parts.scheme == "https":
        return HTTPSConnection(parts.netloc, timeout=timeout, context=create_default_context())
    return HTTPConnection(parts.netloc, timeout=timeout)


def _target(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
