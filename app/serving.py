"""Running: a database to work on, a server on it, and words for whatever is in the way."""

import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn
from uuid import UUID

import prometheus_client
import psycopg
import sqlalchemy as sa
import uvicorn
from psycopg.conninfo import conninfo_to_dict
from pydantic import ValidationError

from app import demo, worker
from app.core import db, logs, schema
from app.core.clock import system_clock
from app.core.config import PREFIX, Settings
from app.core.embedded import Cluster
from app.core.ids import new_id
from app.main import create_app
from app.workspaces import operations

Say = Callable[[str], None]

_OLDEST = 15
_DATABASE = "followthrough"
_PATIENCE = 5
"""Seconds, for a database that should answer and for requests that should end."""


class CannotStart(Exception):
    """Something is in the way; the text is one line and says what to do."""


def settings() -> Settings:
    """Return the settings of the environment."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = error.errors()[0]
        name = PREFIX + "_".join(str(part) for part in wrong["loc"]).upper()
        raise CannotStart(f"{name} is wrong: {wrong['msg']}. docs/settings.md has them all.") from None
    except OSError as error:
        raise CannotStart(f"A setting cannot be read from its file: {error}.") from None


@contextmanager
def database(given: Settings, say: Say) -> Iterator[str]:
    """Return the URL of a database at the version of this code, for as long as the block lasts.

    Without a server of one's own that is the embedded one: made if need be, started if nobody has, and stopped in
    the end if nobody else uses it.
    """
    with reachable(given, say) as url:
        with _explained():
            found = schema_of(url)
            if found != schema.head():
                say("Migrating the database." if found else "Making the tables.")
                schema.migrate(url)
        yield url


@contextmanager
def reachable(given: Settings, say: Say) -> Iterator[str]:
    """Return the URL of a database that answers, whatever its version."""
    if given.database_url:
        with _explained():
            where = conninfo_to_dict(_checked(given.database_url))
            say(f"PostgreSQL at {where.get('host', 'localhost')}, database {where.get('dbname', '')}")
        yield given.database_url
        return
    private_folder(given.data_dir)
    home = given.data_dir / "postgres"
    say(f"PostgreSQL {given.embedded_version} (embedded) in {home}")
    cluster = Cluster.ensure(home, version=given.embedded_version)
    cluster.start()
    try:
        with psycopg.connect(cluster.url("postgres", "postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT FROM pg_database WHERE datname = %s", [_DATABASE]).fetchone():
                connection.execute(f"CREATE DATABASE {_DATABASE}")
        yield cluster.url("postgres", _DATABASE)
    finally:
        cluster.stop()


def private_folder(folder: Path) -> None:
    """Make *folder* for us alone, if it is not there.

    Root's PostgreSQL runs as another account, which has to pass through: it may enter, and neither list nor read.
    """
    try:
        folder.mkdir(mode=0o700 if os.geteuid() else 0o711, parents=True, exist_ok=True)
    except OSError as error:
        raise CannotStart(f"No data can be in {folder}: {error.strerror}. Set FOLLOWTHROUGH_DATA_DIR.") from None


def keep_key(path: Path, secret: str) -> None:
    """Write a new key where only we can read it, before it begins to work.

    A crash after this and before the commit leaves a key that opens nothing, beside a database that is as empty as
    before: the next start makes another and moves this one aside. The other order could lose the only key there is.
    """
    private_folder(path.parent)
    if path.exists():
        path.rename(path.with_name(f"{path.name}.{path.stat().st_mtime_ns}"))
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:  # noqa: PTH123 - a mode from the first moment on
        file.write(f"{secret}\n")
        file.flush()
        os.fsync(file.fileno())


def first_key(engine: sa.Engine, path: Path) -> str | None:
    """Make the first workspace if there is none, and return its key; of two who come at once, one makes it."""
    if db.workspace_ids(engine):
        return None
    with db.writing(engine, new_id()) as tx:
        tx.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('followthrough.first'))"))
        if db.workspace_ids(engine):
            return None
        made = operations.create_workspace(tx, name="My workspace", timezone="UTC", at=system_clock())
        keep_key(path, made.secret)
    return made.secret


def serve(given: Settings, *, host: str, port: int, with_demo: bool, with_worker: bool, say: Say) -> None:
    """Serve until a signal asks to stop."""
    _stop_politely()
    logs.configure(given.log_level)
    listening = _listen(host, port)
    address = f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}"
    with database(given, say) as url:
        if given.metrics_port:
            say(f"Metrics on {_count_on(given.metrics_port)}")
        app = create_app(given, url)
        with _explained():
            _welcome(app.state.engine, given, address, with_demo=with_demo, say=say)
        with _housekeeping(url, app.state.seen) if with_worker else _nothing():
            say(f"Followthrough on {address}  docs: {address}/docs  stop: Ctrl-C")
            _run(uvicorn.Server(_config(app)), listening)


def housekeep(given: Settings, say: Say) -> None:
    """Do the housekeeping of all workspaces until a signal asks to stop."""
    logs.configure(given.log_level)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with database(given, say) as url:
        say("Housekeeping every minute.")
        worker.run(url, {}, stop=stop)


def _welcome(engine: sa.Engine, given: Settings, address: str, *, with_demo: bool, say: Say) -> None:
    path = given.data_dir / ("demo-key" if with_demo else "first-key")
    if with_demo:
        secret = demo.load(engine, at=system_clock(), keep=lambda key: keep_key(path, key))
    else:
        secret = first_key(engine, path)
    if secret:
        say(introduce(secret, path, address))
    elif path.exists():
        say(f"The key is in {path}")


def introduce(secret: str, path: Path, address: str) -> str:
    """Return what to say to somebody who sees a key for the first and the last time."""
    return (
        f"\n  Your key, shown this once (it is in {path} too):\n\n    {secret}\n\n  Try it:\n\n"
        f"    curl -H 'Authorization: Bearer {secret}' {address}/v1/overdue\n"
    )


def _config(app: object) -> uvicorn.Config:
    # Told by _welcome and core.edge; only what goes wrong is left to say.
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        loop="uvloop",
        http="httptools",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_PATIENCE,
    )


def _run(server: uvicorn.Server, listening: socket.socket) -> None:
    server.run([listening])
    if not server.started:
        raise CannotStart("The server did not start: the log above says why.")


@contextmanager
def _housekeeping(url: str, seen: dict[tuple[UUID, UUID], object]) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=worker.run, args=(url, seen), kwargs={"stop": stop}, name="worker")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@contextmanager
def _nothing() -> Iterator[None]:
    yield


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
        reason = (error.strerror or str(error)).lower()
        raise CannotStart(f"Cannot listen on {host}, port {port}: {reason}. Choose another with --port.") from None


def _count_on(port: int) -> str:
    try:
        prometheus_client.start_http_server(port, addr="127.0.0.1")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise CannotStart(f"Cannot serve metrics on port {port}: {reason}. Set FOLLOWTHROUGH_METRICS_PORT.") from None
    return f"http://127.0.0.1:{port}/metrics"


def _checked(url: str) -> str:
    """Return *url* if a database that is new enough answers there."""
    if not url.startswith(("postgresql://", "postgres://")):
        raise CannotStart("FOLLOWTHROUGH_DATABASE_URL has to look like postgresql://user:password@host:5432/name.")
    with psycopg.connect(url, connect_timeout=_PATIENCE) as connection:
        if (version := connection.info.server_version // 10_000) < _OLDEST:
            raise CannotStart(f"That is PostgreSQL {version}: Followthrough needs {_OLDEST} or newer.")
    return url


def schema_of(url: str) -> str | None:
    """Return the newest migration that the database has had, if any; refuse one that this code does not know."""
    with psycopg.connect(url, connect_timeout=_PATIENCE) as connection:
        if connection.execute("SELECT to_regclass('alembic_version')").fetchone() == (None,):
            return None
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    found = row and str(row[0])
    if found and found not in schema.known():
        raise CannotStart(f"The database is at version {found}, newer than this code: update Followthrough.")
    return found


@contextmanager
def _explained() -> Iterator[None]:
    """Turn what a database may answer into one line that says what to do."""
    try:
        yield
    except (sa.exc.ArgumentError, psycopg.ProgrammingError, ValueError) as error:
        raise _permission(error) from error
    except (sa.exc.DBAPIError, psycopg.Error) as error:
        raise _permission(getattr(error, "orig", None) or error) from error


def _permission(error: BaseException) -> CannotStart:
    said = " ".join(str(error).split()).split(" Is the server running")[0]
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        return CannotStart(f"{said}. Run `followthrough migrate` as the role that owns the database.")
    if isinstance(error, psycopg.OperationalError):
        return CannotStart(f"The database does not answer: {said}. Start it, or correct FOLLOWTHROUGH_DATABASE_URL.")
    return CannotStart(f"FOLLOWTHROUGH_DATABASE_URL cannot be used: {said}.")
