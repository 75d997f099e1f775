"""`followthrough witness`: cosign the logs of others."""

import signal
import threading
from pathlib import Path
from secrets import token_hex
from typing import Annotated

import typer

from app.cli.database import CannotStart
from app.cli.terminal import say
from app.core.clock import system_clock
from app.ledger import note
from app.ledger.note import NoteInvalid
from app.witness.server import Server
from app.witness.witness import Witness, opened


def witness(
    folder: Annotated[Path, typer.Option("--dir", help="Folder of its key and of what it cosigned last.")],
    log: Annotated[list[str] | None, typer.Option(help="Verifier key of a log to cosign for; several times.")] = None,
    name: Annotated[
        str | None,
        typer.Option(help="Name of its key, such as example.com/witness, for the first start. Unset: one by chance."),
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes any that is free.")] = 8001,
    *,
    print_key: Annotated[bool, typer.Option("--print-key", help="Print its verifier key and leave.")] = False,
) -> None:
    """Cosign the checkpoints of other servers, if each grew from the last (c2sp.org/tlog-witness). No database."""
    try:
        made = opened(
            folder, name=name or f"localhost/{token_hex(4)}", logs=[note.parse_vkey(one) for one in log or []]
        )
    except NoteInvalid as error:
        raise CannotStart(f"A key cannot be read: {error}.") from None
    except OSError as error:
        raise CannotStart(f"The witness cannot live in {folder}: {error.strerror}.") from None
    if print_key:
        say(note.format_vkey(made.signer.key))
    else:
        _serve(made, host, port)


def _serve(made: Witness, host: str, port: int) -> None:
    """Cosign until a signal asks to stop."""
    try:
        server = Server((host, port), made, system_clock)
    except OSError as error:
        raise CannotStart(f"Cannot listen on {host}:{port}: {error.strerror}.") from None
    for number in (signal.SIGTERM, signal.SIGINT):
        # Not in the handler itself, as `shutdown` waits for the loop that the handler interrupts.
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    with server:
        say(f"Witness {note.format_vkey(made.signer.key)}")
        say(f"on http://{host}:{server.server_port}, for {len(made.logs)} logs.  stop: Ctrl-C")
        server.serve_forever(poll_interval=0.1)
