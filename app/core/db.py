"""Transactions: where they begin, which workspace they may see, and the only place that ends them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Literal, NewType
from uuid import UUID

import psycopg
import sqlalchemy as sa
from psycopg.rows import namedtuple_row
from sqlalchemy.engine import URL, make_url
from sqlmodel import Session

APP_ROLE = "followthrough_app"
"""Owns nothing, is bound by row-level security, may not change the ledger. Every request runs as this role."""

WORKER_ROLE = "followthrough_worker"
"""May list the ids of all workspaces, and nothing else, so that a worker knows where to look."""

Read = NewType("Read", Session)
"""A session that sees one workspace and cannot write: PostgreSQL refuses it."""

Tx = NewType("Tx", Read)
"""A read-write session. Every Tx is a Read; no Read is a Tx."""

_Mode = Literal["READ ONLY", "READ WRITE"]


@lru_cache(maxsize=4096)
def begin(workspace_id: UUID, mode: _Mode) -> str:
    """Return the statement that every transaction starts with.

    Only transaction-local settings, so that pgbouncer cannot leak them to another client, and as `SET LOCAL`,
    which reaches the workers of a Citus cluster where `set_config()` does not. One text, one round trip; it
    takes a UUID, so nothing can be injected. Generic plans, since planning a page costs as much as running
    it; no parallel workers, since starting them costs more than any question here.
    """
    return (
        f"BEGIN {mode}; SET LOCAL ROLE {APP_ROLE}; SET LOCAL followthrough.workspace_id = '{UUID(str(workspace_id))}'; "
        "SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL max_parallel_workers_per_gather = 0; "
        "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '30s'"
    )


def sqlalchemy_url(url: str) -> URL:
    """Return *url* (`postgresql://...`) as SQLAlchemy wants it, with the driver named."""
    return make_url(url).set(drivername="postgresql+psycopg")


def make_engine(url: str, *, pool_size: int = 8) -> sa.Engine:
    # AUTOCOMMIT keeps the driver from sending a BEGIN of its own before ours; commit() and rollback() still work.
    # Parameters are what people wrote; they stay out of error messages, and so out of the log.
    return sa.create_engine(
        sqlalchemy_url(url),
        isolation_level="AUTOCOMMIT",
        pool_size=pool_size,
        max_overflow=0,
        pool_pre_ping=False,
        hide_parameters=True,
    )


@contextmanager
def _transaction(engine: sa.Engine, workspace_id: UUID, mode: _Mode) -> Iterator[Session]:
    with Session(engine, expire_on_commit=False, autoflush=False) as session:
        session.info["workspace_id"] = workspace_id
        driver = session.connection().connection.driver_connection
        session.info["driver"] = driver
        driver.execute(begin(workspace_id, mode))  # type: ignore[union-attr]
        yield session
        session.commit()


@contextmanager
def reading(engine: sa.Engine, workspace_id: UUID) -> Iterator[Read]:
    with _transaction(engine, workspace_id, "READ ONLY") as session:
        yield Read(session)


@contextmanager
def writing(engine: sa.Engine, workspace_id: UUID) -> Iterator[Tx]:
    """Open a transaction; leaving the block commits it, an exception rolls it back."""
    with _transaction(engine, workspace_id, "READ WRITE") as session:
        yield Tx(Read(session))


def run(session: Read, statement: str, values: Mapping[str, Any]) -> list[Any]:
    """Send a hot statement with `%(named)s` values straight through the driver; return its rows as named tuples.

    For those that every write sends: SQLAlchemy's way to the driver costs twice what the driver does.
    """
    driver: psycopg.Connection[Any] = session.info["driver"]
    cursor = driver.cursor(row_factory=namedtuple_row)
    cursor.execute(statement.encode(), values)
    return [] if cursor.rownumber is None else cursor.fetchall()


def workspace_of(session: Read) -> UUID:
    """Return the workspace whose rows *session* sees."""
    workspace_id: UUID = session.info["workspace_id"]
    return workspace_id


def workspace_ids(engine: sa.Engine) -> list[UUID]:
    """Return the ids of all workspaces, oldest first, for those who look after all of them."""
    with engine.connect() as connection:
        connection.exec_driver_sql(f"BEGIN READ ONLY; SET LOCAL ROLE {WORKER_ROLE}")
        ids = connection.scalars(sa.text("SELECT id FROM workspace ORDER BY id")).all()
        connection.commit()
        return list(ids)
