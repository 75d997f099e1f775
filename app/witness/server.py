"""The witness over HTTP (c2sp.org/tlog-witness, section "HTTP Interface")."""

import re
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from typing_extensions import override

from app.core.clock import Clock
from app.witness import witness
from app.witness.witness import OldSizeDiffers, Refused, Witness

TEXT = "text/plain; charset=utf-8"
SIZE = "text/x.tlog.size"


class Server(ThreadingHTTPServer):
    """Serves one witness; each connection has a thread."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], served: Witness, clock: Clock) -> None:
        super().__init__(address, Handler)
        self.served = served
        self.clock = clock


class Handler(BaseHTTPRequestHandler):
    """Answers `POST <prefix>/add-checkpoint`."""

    server: Server
    protocol_version = "HTTP/1.1"
    timeout = 10
    """Seconds that a client may be silent."""

    @override
    def version_string(self) -> str:
        return "followthrough-witness"

    def do_POST(self) -> None:
        try:
            self._answer(HTTPStatus.OK, self._add())
        except OldSizeDiffers as refusal:
            self._answer(refusal.status, str(refusal), kind=SIZE)
        except Refused as refusal:
            # The body may not have been read: what follows on this connection cannot be told from it.
            self.close_connection = True
            self._answer(refusal.status, f"{refusal}\n")

    def _add(self) -> str:
        if self.path.rpartition("/")[2] != "add-checkpoint":
            raise Refused(404, "here is only add-checkpoint")
        said = self.headers.get("Content-Length", "")
        if not re.fullmatch(r"[0-9]{1,18}", said, re.ASCII):
            raise Refused(411, "say how long the request is")
        if int(said) > witness.MAX_BYTES:
            raise Refused(413, f"a request has at most {witness.MAX_BYTES} bytes")
        return witness.add_checkpoint(self.server.served, self.rfile.read(int(said)), at=self.server.clock())

    def _answer(self, status: int, text: str, *, kind: str = TEXT) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
