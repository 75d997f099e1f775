"""Requests that this server makes: to addresses from its settings, without redirects, short, and bounded in size."""

import time
from http.client import HTTPException, HTTPResponse
from typing import NamedTuple
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

from typing_extensions import override

TIMEOUT = 10
"""Seconds: of silence, and for all of the answer."""
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


class _NoRedirects(HTTPRedirectHandler):
    @override
    def redirect_request(self, *_: object) -> None:
        """Leave a redirect to the caller, as an answer like any other."""


_OPENER: OpenerDirector = build_opener(_NoRedirects())


def post(url: str, body: bytes, *, kind: str) -> Answer:
    """Send *body*, of media type *kind*, and return the answer."""
    if not url.startswith(("https://", "http://")):
        raise Unreachable(f"{url} is not an address of HTTP")
    try:
        request = Request(url, body, {"Content-Type": kind, "User-Agent": "followthrough"}, method="POST")  # noqa: S310 - checked above
        with _open(request) as response:
            read = _read(response, url)
    except (OSError, HTTPException, ValueError) as error:
        raise Unreachable(f"{url} cannot be reached: {error}") from error
    return Answer(response.status or 0, response.headers.get_content_type(), read)


def _open(request: Request) -> HTTPResponse | HTTPError:
    try:
        response: HTTPResponse = _OPENER.open(request, timeout=TIMEOUT)
    except HTTPError as error:
        return error
    return response


def _read(response: HTTPResponse | HTTPError, url: str) -> bytes:
    # The timeout of the connection begins anew with each piece.
    until = time.monotonic() + TIMEOUT
    read = b""
    while chunk := response.read1(MAX_BYTES):
        read += chunk
        if len(read) > MAX_BYTES or time.monotonic() > until:
            raise Unreachable(f"the answer of {url} is too long or too slow")
    return read
