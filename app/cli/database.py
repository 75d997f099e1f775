"""A database to work on, embedded or a server of one's own, and words for whatever is in the way."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import sqlalchemy as sa
from pydantic import ValidationError

from app.core import db, schema
from app.core.config import PREFIX, Settings
from app.core.embedded import Cluster, ClusterFailed

Say = Callable[[str], None]

_OLDEST = 15
_NAME = "followthrough"
_LOOK_AFTER = 2
"""Seconds between two looks at whether the embedded server still runs."""

_PATIENCE = 5
"""Seconds, for a database that should answer."""


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
def opened(given: Settings, say: Say) -> Iterator[str]:
    """Return the URL of a database at the version of this code, for as long as the block lasts.

    Without a server of one's own that is the embedded one: made if need be, started if nobody has, and stopped in
    the end if nobody else uses it.
    """
    with _own(given, say) if given.database_url else _embedded(given, say) as url:
        with explained():
            found = _revision(url)
            if found != schema.head():
                say("Migrating the database." if found else "Making the tables.")
                schema.migrate(url)
        yield url


def private_folder(folder: Path) -> None:
    """Make *folder* for us alone, if it is not there.

    Root's PostgreSQL runs as another account, which has to pass through: it may enter, and neither list nor read.
    """
    try:
        folder.mkdir(mode=0o700 if os.geteuid() else 0o711, parents=True, exist_ok=True)
    except OSError as error:
        raise CannotStart(f"No data can be in {folder}: {error.strerror}. Set FOLLOWTHROUGH_DATA_DIR.") from None


@contextmanager
def explained() -> Iterator[None]:
    """Turn what a database refuses into one line that says what to do."""
    try:
        yield
    except (sa.exc.DBAPIError, psycopg.Error) as error:
        raise _in_words(getattr(error, "orig", error)) from error


@contextmanager
def _own(given: Settings, say: Say) -> Iterator[str]:
    url = given.database_url or ""
    if not url.startswith(("postgresql://", "postgres://")):
        raise CannotStart("FOLLOWTHROUGH_DATABASE_URL has to look like postgresql://user:password@host:5432/name.")
    with explained(), psycopg.connect(url, connect_timeout=_PATIENCE) as connection:
        info = connection.info
        version = info.server_version // 10_000
        say(f"PostgreSQL {version} at {info.host}, database {info.dbname}")
    if version < _OLDEST:
        raise CannotStart(f"PostgreSQL {version} is too old: Followthrough needs {_OLDEST} or newer.")
    yield url


@contextmanager
def _embedded(given: Settings, say: Say) -> Iterator[str]:
    private_folder(given.data_dir)
    home = given.data_dir / "postgres"
    say(f"PostgreSQL {given.embedded_version} (embedded) in {home}")
    cluster = Cluster.ensure(home, version=given.embedded_version)
    cluster.start()
    try:
        with psycopg.connect(cluster.url("postgres", "postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [_NAME]).fetchone():
                connection.execute(f"CREATE DATABASE {_NAME}")
        with _kept_running(cluster):
            yield cluster.url("postgres", _NAME)
    finally:
        cluster.stop()


@contextmanager
def _kept_running(cluster: Cluster) -> Iterator[None]:
    """Start the embedded server again, within seconds, whenever it dies under us: nobody else looks after it."""
    stop = threading.Event()

    def keep() -> None:
        while not stop.wait(_LOOK_AFTER):
            with suppress(ClusterFailed):
                cluster.start()

    keeper = threading.Thread(target=keep, name="keeper")
    keeper.start()
    try:
        yield
    finally:
        stop.set()
        keeper.join()


def _revision(url: str) -> str | None:
    """Return the newest migration that the database has had, if any; refuse one that this code does not know."""
    with psycopg.connect(url, connect_timeout=_PATIENCE) as connection:
        if connection.execute("SELECT to_regclass('alembic_version')").fetchone() == (None,):
            return None
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    found = str(row[0]) if row else None
    if found and not schema.knows(found):
        raise CannotStart(f"The database is at version {found}, newer than this code: update Followthrough.")
    return found


def _in_words(error: BaseException) -> CannotStart:
    said = " ".join(str(error).split()).split(" Is the server running")[0]
    if isinstance(error, psycopg.errors.InsufficientPrivilege) and "set role" in said:
        return CannotStart(f"{said}: as an administrator, `GRANT {db.APP_ROLE}, {db.WORKER_ROLE} TO` the role.")
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        return CannotStart(f"{said}: run `followthrough migrate` as the role that owns the database.")
    if isinstance(error, psycopg.OperationalError):
        return CannotStart(f"The database does not answer ({said}). Start it, or correct FOLLOWTHROUGH_DATABASE_URL.")
    return CannotStart(f"The database cannot be used: {said}.")
