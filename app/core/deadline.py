"""An end to what somebody else may draw out: a whole exchange on a socket, however it is cut into pieces."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from socket import SHUT_RDWR, socket


@contextmanager
def cut_after(timeout: float, connected: socket) -> Iterator[None]:
    """End the connection, from another thread, unless the block has ended by then; raises TimeoutError if it was."""
    # The timeout of a socket begins anew with each piece, and one peer that sends a byte now and then, in its
    # headers even, would keep all others from being asked.
    late = threading.Event()

    def cut() -> None:
        late.set()
        with suppress(OSError):
            connected.shutdown(SHUT_RDWR)

    timer = threading.Timer(timeout, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
    if late.is_set():
        # To the library this is how headers, or a body without a length, may well end.
        raise TimeoutError(f"the answer takes more than {timeout} seconds")
