"""Mail over SMTP, such that it is known afterwards whether a message was taken: yes, no, or nobody can tell."""

import smtplib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import parseaddr
from socket import create_connection, socket
from ssl import create_default_context
from typing import Any
from urllib.parse import unquote, urlsplit

from typing_extensions import override

from app.core.deadline import cut_after

PATIENCE = 10.0
"""Seconds to connect, and for each step of the exchange."""
ALTOGETHER = 60.0
"""Seconds for the whole exchange, however slowly the server speaks."""

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class NotTaken(Exception):
    """The server did not take the message: it said so, or it never came to that."""


class NotReached(NotTaken):
    """It did not even come to the message: nobody there, or nobody who lets us in."""


class Unknown(Exception):
    """The connection was lost while the message was handed over."""


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server, and in whose name it is asked to send."""

    host: str
    port: int
    sender: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    """From the first byte; else by STARTTLS."""

    @classmethod
    def at(cls, url: str, *, sender: str) -> "Server":
        """Read `smtp://user:password@host:587` or `smtps://...`. Raises ValueError without repeating the URL."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise ValueError("the port is no number") from None
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("it has to look like smtp://user:password@host:587")
        if parts.path.strip("/") or parts.query or parts.fragment:
            raise ValueError(
                "nothing may follow the port; write `/`, `?`, `#` and `@` in a password as %2F, %3F, %23, %40"
            )
        tls = parts.scheme == "smtps"
        user = None if parts.username is None else unquote(parts.username)
        password = None if parts.password is None else unquote(parts.password)
        return cls(parts.hostname, port or (465 if tls else 587 if user else 25), sender, user, password, tls)

    @property
    def domain(self) -> str:
        """Where it sends from, for the names of messages."""
        return parseaddr(self.sender)[1].rpartition("@")[2]

    @property
    def name(self) -> str:
        """What the log calls it: no secrets."""
        return f"{self.host}:{self.port}"


class _Session(smtplib.SMTP):
    """A session on a connection that is there, which says when the message is about to leave."""

    handing: Callable[[], None]

    def __init__(self, server: Server, connection: socket) -> None:
        self._server, self._connection = server, connection
        super().__init__(server.host, server.port)

    @override
    def connect(self, host: str = "", port: int = 0, source_address: object = None) -> tuple[int, bytes]:
        self.sock = self._connection
        if self._server.tls:
            self.sock = create_default_context().wrap_socket(self.sock, server_hostname=host)
        self.file = None
        return self.getreply()

    @override
    def data(self, msg: Any) -> Any:
        self.handing()
        return super().data(msg)


def send(server: Server, message: EmailMessage, *, handing: Callable[[], None]) -> None:
    """Send *message*, and call *handing* just before its text is sent; what that raises ends the session.

    Raises NotTaken, NotReached or Unknown. Who answers the text with an error has not taken it (RFC 5321, 4.2.5).
    """
    reached = begun = False

    def leaving() -> None:
        nonlocal begun
        handing()
        begun = True

    try:
        with _connected(server) as session:
            reached = True
            session.handing = leaving
            session.send_message(message)
    except smtplib.SMTPDataError as error:
        raise (NotTaken if 400 <= error.smtp_code < 600 else Unknown)(_said(server, error)) from error
    except (smtplib.SMTPException, OSError, ValueError) as error:
        raise (Unknown if begun else NotTaken if reached else NotReached)(_said(server, error)) from error


@contextmanager
def _connected(server: Server) -> Iterator[_Session]:
    """Yield a session in which the server knows who we are. A password crosses a network in TLS only."""
    with (
        create_connection((server.host, server.port), PATIENCE) as connection,
        # TLS takes the socket over: a handle of its own cuts the connection in the handshake as well.
        connection.dup() as handle,
        cut_after(ALTOGETHER, handle),
        closing(_Session(server, connection)) as session,
    ):
        if not server.tls and server.host not in _LOOPBACK:
            session.ehlo_or_helo_if_needed()
            if server.user or session.has_extn("starttls"):
                session.starttls(context=create_default_context())
        if server.user:
            session.login(server.user, server.password or "")
        yield session
        with suppress(OSError, smtplib.SMTPException):
            session.quit()


def _said(server: Server, error: Exception) -> str:
    """Return what went wrong, for the log: what a server says may repeat an address, so only its code is kept."""
    match error:
        case smtplib.SMTPResponseException():
            what = f"{type(error).__name__} {error.smtp_code}"
        case smtplib.SMTPRecipientsRefused():
            what = f"{type(error).__name__} {min((code for code, _ in error.recipients.values()), default='')}"
        case OSError() if error.strerror:
            what = error.strerror
        case _:
            what = type(error).__name__
    return f"{server.name}: {what}"
