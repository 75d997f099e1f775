"""Running: the server and the housekeeping, on one database, until a signal asks to stop."""

import gc
import logging
import os
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import NoReturn

import prometheus_client
import sqlalchemy as sa
import uvicorn
from fastapi import FastAPI

from app import worker
from app.cli import database, demo, outside, sealing
from app.cli.database import CannotStart, Say
from app.core import db, logs
from app.core.clock import system_clock
from app.core.config import Settings
from app.core.ids import new_id
from app.main import create_app
from app.workspaces import operations

_PATIENCE = 5
"""Seconds, for requests that should end when the server has to."""


def serve(given: Settings, *, host: str, port: int, with_demo: bool, with_worker: bool, say: Say) -> None:
    """Serve until a signal asks to stop."""
    listening = _listen(host, port)
    logs.configure(given.log_level)
    _stop_politely()
    _spool_somewhere()
    address = f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}"
    with database.opened(given, say) as url:
        if given.metrics_port:
            _count_on(given.metrics_port, say)
        app = create_app(given, url)
        with database.explained():
            _welcome(app.state.engine, given, address, with_demo=with_demo, say=say)
        with _working(url, app.state.seen, given) if with_worker else nullcontext():
            server = _prepared(app)
            say(f"Followthrough on {address}  docs: {address}/docs  stop: Ctrl-C")
            server.run([listening])


def housekeep(given: Settings, say: Say) -> None:
    """Seal and keep house, for all workspaces, until a signal asks to stop."""
    logs.configure(given.log_level)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with database.opened(given, say) as url:
        duties = sealing.duties(given)
        say(f"Housekeeping every minute, sealing with the key in {duties.ring.folder}.  stop: Ctrl-C")
        with outside.asked(url, outside.named(given)):
            worker.run(url, {}, duties, stop=stop)


def introduce(secret: str, path: Path, address: str) -> str:
    """Return what to say to somebody who sees a key for the first and the last time."""
    return (
        f"\n  Your key, shown this once (it is in {path} too):\n\n    {secret}\n\n  Try it:\n\n"
        f"    curl -H 'Authorization: Bearer {secret}' {address}/v1/overdue\n"
    )


def keep_key(path: Path, secret: str) -> None:
    """Write a new key where only we can read it, before it begins to work.

    A crash after this and before the commit leaves a key that opens nothing, beside a database that is as empty as
    before: the next start makes another and moves this one aside. The other order could lose the only key there is.
    """
    database.private_folder(path.parent)
    try:
        if path.exists():
            path.rename(path.with_name(f"{path.name}.{path.stat().st_mtime_ns}"))
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"{secret}\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise CannotStart(f"The key cannot be kept in {path}: {error.strerror}. Set FOLLOWTHROUGH_DATA_DIR.") from None


def first_key(engine: sa.Engine, path: Path, *, at: datetime) -> str | None:
    """Make the first workspace if there is none, and return its key; of two who come at once, one makes it."""
    if db.workspace_ids(engine):
        return None
    with db.writing(engine, new_id()) as tx:
        tx.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('followthrough.first'))"))
        if db.workspace_ids(engine):
            return None
        made = operations.create_workspace(tx, name="My workspace", timezone="UTC", at=at)
        keep_key(path, made.secret)
    return made.secret


def _welcome(engine: sa.Engine, given: Settings, address: str, *, with_demo: bool, say: Say) -> None:
    path = given.data_dir / ("demo-key" if with_demo else "first-key")
    if with_demo:
        secret = demo.load(engine, at=system_clock(), keep=lambda secret: keep_key(path, secret))
    else:
        secret = first_key(engine, path, at=system_clock())
    if secret:
        say(introduce(secret, path, address))
    elif path.exists():
        say(f"The key is in {path}")


def _prepared(app: FastAPI) -> uvicorn.Server:
    """Return a server that a signal stops from now on, even before it runs."""
    # That it started is said by serve, and requests by core.edge: here, only what goes wrong.
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_PATIENCE,
    )
    # What was made by now stays: the collector need not look at it again while requests come in.
    # Requests make few cycles, so it comes less often, too.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    server = uvicorn.Server(config)

    def stop(_: int, __: FrameType | None) -> None:
        server.should_exit = True

    # uvicorn takes the signals over when it runs. An exception raised until then could be lost: in a finalizer, say.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    return server


@contextmanager
def _working(url: str, seen: worker.Seen, given: Settings) -> Iterator[None]:
    stop, duties = threading.Event(), sealing.duties(given)
    thread = threading.Thread(target=worker.run, args=(url, seen, duties), kwargs={"stop": stop}, name="worker")
    with outside.asked(url, outside.named(given)):
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


def _stop_politely() -> None:
    """Let signals unwind the stack, so that the embedded PostgreSQL is stopped too."""

    def leave(_: int, __: FrameType | None) -> NoReturn:
        sys.exit(0)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, leave)


def _listen(host: str, port: int) -> socket.socket:
    """Take the port before anything else is done. Who connects early waits for the server instead of being refused."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise CannotStart(f"Cannot listen on {host}, port {port}: {reason}. Choose with --host and --port.") from None


def _spool_somewhere() -> None:
    """Choose the folder for temporary files now: one that is full is refused as a choice, and later is just full."""
    try:
        tempfile.gettempdir()
    except FileNotFoundError:
        raise CannotStart("No folder for temporary files can be written to. Make space there, or set TMPDIR.") from None


def _count_on(port: int, say: Say) -> None:
    try:
        prometheus_client.start_http_server(port, addr="127.0.0.1")
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise CannotStart(f"Cannot serve metrics on port {port}: {reason}. Set FOLLOWTHROUGH_METRICS_PORT.") from None
    say(f"Metrics on http://127.0.0.1:{port}/metrics")
