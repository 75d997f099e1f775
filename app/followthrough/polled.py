"""What bots ask every minute: asynchronous, one connection, no Python object per row.

A poll is BEGIN with the settings, one indexed read that checks the key and makes the ETag, and COMMIT; only if
something changed is there a fourth round trip, for the page. `docs/decisions/0003` has the figures.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from enum import Enum
from functools import cache, partial
from typing import Any, Self, TypeVar
from uuid import UUID

import asyncpg
import sqlalchemy as sa
from fastapi import Request, Response
from sqlalchemy.dialects.postgresql import asyncpg as dialect
from starlette.concurrency import run_in_threadpool

from app.commitments.queries import overdue, still_open
from app.core import db
from app.core.http import matches, present
from app.notices.queries import awaiting, response_overdue
from app.workspaces.access import check_key, credential_of
from app.workspaces.keys import Credential
from app.workspaces.rules import Scope, demand

Answer = TypeVar("Answer")

_DIALECT = dialect.dialect()  # type: ignore[no-untyped-call]
_CACHE = "private, no-cache"
_MOMENT = 0.02
"""Seconds for which a poll's transaction may linger."""
_QUARTER = 900
"""Seconds. Local days begin at full quarters of an hour everywhere, so between two of them no count of days changes."""

# Dues passing `as_of` change every answer; those passing `until`, the end of "soon", change what is due soon.
_LAST_DUE = f"(SELECT max(c.due_at) FROM commitment c WHERE c.workspace_id = :ws AND {overdue('c')})"
_LAST_IN_REACH = (
    "(SELECT max(c.due_at) FROM commitment c WHERE CAST(:until AS timestamptz) > :as_of AND c.workspace_id = :ws "
    f"AND {still_open('c')} AND c.due_at <= :until)"
)
_LAST_ORIGINAL = (
    "(SELECT max(c.original_due_at) FROM commitment c WHERE c.workspace_id = :ws AND c.extensions > 0 "
    f"AND {still_open('c')} AND c.original_due_at <= :as_of)"
)
_LAST_DEADLINE = f"(SELECT max(n.respond_by) FROM notice n WHERE n.workspace_id = :ws AND {response_overdue('n')})"
_LAST_DEADLINE_IN_REACH = (
    "(SELECT max(n.respond_by) FROM notice n WHERE CAST(:until AS timestamptz) > :as_of AND n.workspace_id = :ws "
    f"AND {awaiting('n')} AND n.respond_by <= :until)"
)


class Watch(Enum):
    """Whose passing of time an answer depends on. Each instant is found through an index."""

    COMMITMENTS = (_LAST_DUE, _LAST_IN_REACH)
    ORIGINALS = (_LAST_DUE, _LAST_IN_REACH, _LAST_ORIGINAL)
    NOTICES = (_LAST_DEADLINE, _LAST_DEADLINE_IN_REACH)
    BOTH = (_LAST_DUE, _LAST_DEADLINE, _LAST_DEADLINE_IN_REACH)


@cache
def _admission(watch: Watch) -> str:
    """Return the statement that checks the key and finds what the ETag is made of: one row."""
    return (
        "SELECT k.id, k.member_id, k.scopes, k.expires_at, k.revoked_at, m.role, m.active, "
        # A heads leaf says nothing new: sealing what was written makes no poll read a page again.
        "h.size - CAST(h.size = h.sealed AS int) AS size, "
        f"ARRAY[{', '.join(watch.value)}] AS passed "
        "FROM api_key k JOIN ledger_head h ON h.workspace_id = k.workspace_id "
        "LEFT JOIN member m ON m.workspace_id = k.workspace_id AND m.id = k.member_id "
        "WHERE k.workspace_id = :ws AND k.hash = :hash"
    )


class Connections:
    """Connections to poll with, at most *size*, made when first needed; the one used last is used first.

    asyncpg's own pool does more than is needed here. Polls only read, so nobody has to wait for their COMMIT: it goes
    out with the next BEGIN, or after a moment if there is none.
    """

    def __init__(self, url: str, size: int) -> None:
        self._url = url
        self._turns = asyncio.Semaphore(size)
        self._idle: list[asyncpg.Connection[asyncpg.Record]] = []
        self._settling: asyncio.Task[None] | None = None

    async def begin(self, workspace_id: UUID) -> "asyncpg.Connection[asyncpg.Record]":
        """Return a connection with a read-only transaction in the workspace."""
        await self._turns.acquire()
        connection = None
        try:
            connection = await self._next()
            last = "COMMIT; " if connection.is_in_transaction() else ""
            await connection.execute(last + db.begin(workspace_id, "READ ONLY"))
        except BaseException:
            if connection:
                connection.terminate()
            self._turns.release()
            raise
        return connection

    async def _next(self) -> "asyncpg.Connection[asyncpg.Record]":
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
        return await asyncpg.connect(self._url)

    def give_back(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._idle.append(connection)
        self._turns.release()
        if self._settling is None or self._settling.done():
            self._settling = asyncio.create_task(self._settle())

    def drop(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        """Let go of a connection in the middle of something."""
        connection.terminate()
        self._turns.release()

    async def _settle(self) -> None:
        """Commit, after a moment, what nobody has begun anew since."""
        await asyncio.sleep(_MOMENT)
        for connection in tuple(self._idle):
            async with self._turns:
                if connection in self._idle and connection.is_in_transaction():
                    self._idle.remove(connection)
                    await self._commit(connection)

    async def _commit(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        """Commit and keep the connection; one that cannot is let go, and one that is not waited for any more, too."""
        try:
            await connection.execute("COMMIT")
        except BaseException as error:
            connection.terminate()
            if not isinstance(error, asyncpg.PostgresError | asyncpg.InterfaceError | OSError):
                raise
        else:
            self._idle.append(connection)

    async def close(self) -> None:
        if self._settling:
            self._settling.cancel()
            with suppress(asyncio.CancelledError):
                await self._settling
        while self._idle:
            await self._idle.pop().close()


class Reading:
    """A read-only transaction in one workspace, for the length of an `async with`."""

    def __init__(self, connections: Connections, workspace_id: UUID) -> None:
        self._connections, self.workspace_id = connections, workspace_id

    async def __aenter__(self) -> Self:
        self._connection = await self._connections.begin(self.workspace_id)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        # After an error the COMMIT rolls back; what was cancelled may still be waiting for an answer.
        if kind is None or issubclass(kind, Exception):
            self._connections.give_back(self._connection)
        else:
            self._connections.drop(self._connection)

    async def fetch(self, sql: str, values: Mapping[str, Any]) -> list[asyncpg.Record]:
        """Run a statement with `:named` parameters; `ws` is the workspace."""
        numbered, names = _numbered(sql)
        given = {"ws": self.workspace_id, **values}
        rows: list[asyncpg.Record] = await self._connection.fetch(numbered, *(given[name] for name in names))
        return rows


Body = Callable[[Reading, str], Awaitable[tuple[bytes, dict[str, str]]]]
"""Makes the body of a 200, whose ETag it is told, and its further headers."""


@cache
def _numbered(sql: str) -> tuple[str, tuple[str, ...]]:
    """Return *sql* with `$1` for its `:names`, and the names in that order."""
    compiled = sa.text(sql).compile(dialect=_DIALECT)
    return str(compiled), tuple(compiled.positiontup or ())


async def poll(
    request: Request, body: Body, *, reach: timedelta = timedelta(), watch: Watch = Watch.COMMITMENTS
) -> Response:
    """Answer a poll: 304 if nothing can have changed since the ETag the client has, else what *body* makes.

    The answer depends on what was written (the ledger's size), on dues passing (the last one that did, and the last
    that came within *reach*), and on local days passing. The ETag is read before the body: if a write comes between,
    the client asks once too often, and never keeps an old answer.
    """
    credential = await _prepared(request)
    async with Reading(request.app.state.connections, credential.workspace_id) as read:
        row = await _admit(request, read, credential, reach, watch)
        tag = _etag(row["size"], *row["passed"], at=present(request))
        headers = {"ETag": tag, "Cache-Control": _CACHE, "Vary": "Accept"}
        if matches(request.headers.get("if-none-match"), tag):
            return Response(status_code=304, headers=headers)
        text, more = await body(read, tag)
    return Response(text, 200, {**headers, **more}, "application/json")


async def admit(request: Request, ask: Callable[[Reading], Awaitable[Answer]]) -> tuple[Credential, Answer]:
    """Check the key, and return it with what *ask* finds out in the same transaction."""
    credential = await _prepared(request)
    async with Reading(request.app.state.connections, credential.workspace_id) as read:
        await _admit(request, read, credential, timedelta(), Watch.COMMITMENTS)
        return credential, await ask(read)


async def _prepared(request: Request) -> Credential:
    """Return what the request's key claims, once what recurs is opened: should the worker sleep, the first to look
    each day waits for it, in a thread.
    """
    state, credential, at = request.app.state, credential_of(request), present(request)
    if not state.horizon.is_kept(credential.workspace_id, at=at):
        # Nothing is written for a key that is not valid.
        async with Reading(state.connections, credential.workspace_id) as read:
            await _admit(request, read, credential, timedelta(), Watch.COMMITMENTS)
        await run_in_threadpool(partial(state.horizon.keep, state.engine, credential.workspace_id, at=at))
    return credential


async def _admit(
    request: Request, read: Reading, credential: Credential, reach: timedelta, watch: Watch
) -> asyncpg.Record:
    at = present(request)
    rows = await read.fetch(_admission(watch), {"hash": credential.hash, "as_of": at, "until": at + reach})
    row = rows[0] if rows else None
    actor = check_key(row, credential.workspace_id, at=at)
    demand(Scope.READ, of=actor.powers)
    request.scope["actor"] = actor
    request.app.state.seen[actor.workspace_id, actor.key_id] = at
    return row


def _etag(size: int, *dues: datetime | None, at: datetime) -> str:
    numbers = [size, *(int(due.timestamp()) if due else 0 for due in dues), int(at.timestamp()) // _QUARTER]
    return f'"{"-".join(f"{number:x}" for number in numbers)}"'
