"""Mail servers of the tests: real ones, on a port of this machine."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller


class Office:
    """A mail server that keeps what it takes, and answers as the test says."""

    def __init__(self) -> None:
        self.mail: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.says = "250 OK"
        self.port = 0
        self.meanwhile: Callable[[], None] | None = None
        """Done once, before the first recipient is accepted."""

    async def handle_RCPT(self, _: Any, __: Any, envelope: Any, address: str, *___: Any) -> str:  # noqa: N802
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile:
            await asyncio.to_thread(meanwhile)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _: Any, __: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd calls it so
        self.raw.append(envelope.content)
        if self.says.startswith("250"):
            self.mail.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        return self.says

    @property
    def to(self) -> list[str]:
        return [str(one["To"]) for one in self.mail]


class _OnAnyPort(Controller):
    def _create_server(self) -> Any:
        listening = socket.create_server((self.hostname, 0))
        self.port = listening.getsockname()[1]
        return self.loop.create_server(self._factory_invoker, sock=listening, ssl=self.ssl_context)


@contextmanager
def opened(hostname: str = "127.0.0.1", **options: Any) -> Iterator[Office]:
    """Open a mail server for as long as the block lasts."""
    office = Office()
    controller = _OnAnyPort(office, hostname=hostname, **options)
    controller.start()
    office.port = controller.port
    try:
        yield office
    finally:
        controller.stop()


@contextmanager
def odd(after_data: bytes = b"") -> Iterator[tuple[int, list[bytes]]]:
    """A server that takes everything, and hangs up when a message is whole, or answers *after_data* to it first.

    Yields its port, and the messages that it has seen.
    """
    seen: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=_odd, args=(listening, after_data, seen), daemon=True)
        thread.start()
        yield listening.getsockname()[1], seen
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()


def _odd(listening: socket.socket, after_data: bytes, messages: list[bytes]) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listening.accept()
            with connection, suppress(OSError):
                _converse(connection, after_data, messages)


def _converse(connection: socket.socket, after_data: bytes, messages: list[bytes]) -> None:
    connection.sendall(b"220 odd\r\n")
    with connection.makefile("rb") as said:
        for line in said:
            if line.upper().startswith(b"DATA"):
                connection.sendall(b"354 go on\r\n")
                messages.append(b"".join(iter(said.readline, b".\r\n")))
                if not after_data:
                    return
                connection.sendall(after_data)
            else:
                connection.sendall(b"250 yes\r\n")


@contextmanager
def silent(
    drip: bytes = b"", connected: threading.Event | None = None, greeting: bytes = b"", host: str = "127.0.0.1"
) -> Iterator[int]:
    """A server that says *greeting*, and then *drip* again and again; yields its port."""
    stop = threading.Event()
    with socket.create_server((host, 0)) as listening:
        thread = threading.Thread(
            target=_drip, args=(listening, greeting, drip, stop, connected or threading.Event()), daemon=True
        )
        thread.start()
        yield listening.getsockname()[1]
        stop.set()
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()


def _drip(
    listening: socket.socket, greeting: bytes, drip: bytes, stop: threading.Event, connected: threading.Event
) -> None:
    with suppress(OSError):
        connection, _ = listening.accept()
        connected.set()
        with connection:
            connection.sendall(greeting)
            while not stop.wait(0.05):
                connection.sendall(drip)
