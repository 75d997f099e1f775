"""Who is asking, and in which transaction: the parameters every endpoint is built from.

actor: Reader | Contributor | Approver | Admin     permission is the type of a parameter
read: ReadSession    tx: WriteSession              one request, one transaction
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from fastapi import Depends, FastAPI, Header, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool

from app.core import db
from app.core.db import Read, Tx
from app.core.fields import PRINTABLE
from app.core.http import invalid, present, render
from app.core.problems import Problem, Unauthorized
from app.core.route import Call, Late
from app.ledger import log
from app.workspaces import idempotency, keys
from app.workspaces.idempotency import Once, Replay
from app.workspaces.keys import Credential
from app.workspaces.rules import Scope, demand, powers

_KEY = (
    "SELECT k.id, k.member_id, k.scopes, k.expires_at, k.revoked_at, m.role, m.active FROM api_key k "
    "LEFT JOIN member m ON m.workspace_id = k.workspace_id AND m.id = k.member_id "
    "WHERE k.workspace_id = %(ws)s AND k.hash = %(hash)s"
)
_UNKNOWN = "This key is not valid: mistyped, or of another server."


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a member through one of their keys, or a service key by itself."""

    workspace_id: UUID
    key_id: UUID
    member_id: UUID | None
    powers: frozenset[Scope]

    @property
    def id(self) -> UUID:
        """The pseudonym that events carry."""
        return self.member_id or self.key_id


def check_key(row: Mapping[Any, Any] | None, workspace_id: UUID, *, at: datetime) -> Actor:
    """Return whom a key's row stands for at that instant, or refuse."""
    if row is None:
        raise Unauthorized(_UNKNOWN)
    if row["revoked_at"] is not None and row["revoked_at"] <= at:
        raise Unauthorized("This key was revoked.")
    if row["expires_at"] is not None and row["expires_at"] <= at:
        raise Unauthorized("This key has expired.")
    if row["member_id"] is not None and not row["active"]:
        raise Unauthorized("The member this key belongs to has left.")
    return Actor(workspace_id, row["id"], row["member_id"], powers(frozenset(row["scopes"]), row["role"]))


def identify(session: Read, credential: Credential, *, at: datetime) -> Actor:
    rows = db.run(session, _KEY, {"ws": credential.workspace_id, "hash": credential.hash})
    row = rows[0]._asdict() if rows else None
    return check_key(row, credential.workspace_id, at=at)


def credential_of(request: Request) -> Credential:
    """Return what the request's key claims, or refuse."""
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthorized("Send `Authorization: Bearer ft_...`; `followthrough keys create` makes a key.")
    credential = keys.parse(text.strip())
    if credential is None:
        raise Unauthorized(_UNKNOWN)
    return credential


IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=PRINTABLE,
        description="A name for this request, such as a UUID. Sent again within 7 days, it gets the stored answer.",
    ),
]


@dataclass(frozen=True, slots=True)
class _Session(Late):
    """The request's one transaction, with its actor identified; committed before the answer leaves the thread."""

    begin: Callable[[sa.Engine, UUID], AbstractContextManager[Read]]
    request: Request
    credential: Credential
    at: datetime
    once: Once | None = None

    def open(self, call: Call) -> Read:
        self._keep_horizon()
        return call.enter_context(self._opened(call))

    def _keep_horizon(self) -> None:
        """Let what recurs be opened before anybody looks: once a day, and for nobody whose key is not valid."""
        state, workspace = self.request.app.state, self.credential.workspace_id
        if not state.horizon.is_kept(workspace, at=self.at):
            with db.reading(state.engine, workspace) as read:
                identify(read, self.credential, at=self.at)
            state.horizon.keep(state.engine, workspace, at=self.at)

    @contextmanager
    def _opened(self, call: Call) -> Iterator[Read]:
        state = self.request.app.state
        with self.begin(state.engine, self.credential.workspace_id) as session:
            actor = identify(session, self.credential, at=self.at)
            self.request.scope["actor"] = actor
            state.seen[actor.workspace_id, actor.key_id] = self.at
            if self.once:
                idempotency.claim(Tx(session), self.once, key_id=actor.key_id)
            yield session
            if (event := log.last_appended(session)) is not None:
                call.answer.headers["Followthrough-Event"] = str(event)
            if self.once:
                self._keep(Tx(session), self.once, actor, call.answer)

    def _keep(self, tx: Tx, once: Once, actor: Actor, answer: Response) -> None:
        # A key's secret is shown once, and not stored with the answer either.
        body = self.request.scope.get("stored_body", answer.body)
        kept = {name: value for name, value in answer.headers.items() if name != "content-length"}
        idempotency.keep(tx, once, key_id=actor.key_id, status=answer.status_code, headers=kept, body=body, at=self.at)


# One dependency each, which reads what it needs from the request: FastAPI takes as long to solve a dependency as the
# database to find a row.
async def _reading(request: Request) -> _Session:
    return _Session(db.reading, request, credential_of(request), present(request))


async def _writing(request: Request) -> _Session:
    return _Session(db.writing, request, credential_of(request), present(request))


async def _writing_once(request: Request, idempotency_key: IdempotencyKey = None) -> _Session:
    once = None
    if idempotency_key is not None:
        url = request.url
        parts = (request.method.encode(), url.path.encode(), url.query.encode(), await request.body())
        # The draft's value is a quoted string; bare ones are common.
        once = Once(idempotency_key.strip('"') or idempotency_key, idempotency.fingerprint(*parts))
    return _Session(db.writing, request, credential_of(request), present(request), once)


ReadSession = Annotated[Read, Depends(_reading)]
WriteSession = Annotated[Tx, Depends(_writing)]
"""For PATCH and DELETE, which are idempotent by nature."""
WriteOnceSession = Annotated[Tx, Depends(_writing_once)]
"""For POST."""


@dataclass(frozen=True, slots=True)
class _Allowed(Late):
    """The actor of the session that was opened before it, if it has the scope."""

    scope: Scope
    request: Request

    def open(self, call: Call) -> Actor:
        del call
        actor: Actor = self.request.scope["actor"]
        demand(self.scope, of=actor.powers)
        return actor


@dataclass(frozen=True, slots=True)
class _Demand:
    """The dependency that gives an endpoint its actor."""

    scope: Scope

    async def __call__(self, request: Request) -> _Allowed:
        return _Allowed(self.scope, request)


Reader = Annotated[Actor, Depends(_Demand(Scope.READ))]
Contributor = Annotated[Actor, Depends(_Demand(Scope.WRITE))]
Approver = Annotated[Actor, Depends(_Demand(Scope.APPROVE))]
Admin = Annotated[Actor, Depends(_Demand(Scope.ADMIN))]


def check_admission(request: Request) -> Actor:
    """Return who asks, in a transaction of its own; refuse who may not use the request's route at all."""
    demands = [one.call for one in request.scope["route"].dependant.dependencies if isinstance(one.call, _Demand)]
    credential = credential_of(request)
    with db.reading(request.app.state.engine, credential.workspace_id) as read:
        actor = identify(read, credential, at=present(request))
        for one in demands:
            demand(one.scope, of=actor.powers)
    return actor


def install(app: FastAPI) -> None:
    """Answer a replayed request of *app* with what was stored, and a wrong one only to those who may send one."""

    @app.exception_handler(Replay)
    async def _replayed(_: Request, replay: Replay) -> Response:
        return Response(replay.body, replay.status, {**replay.headers, "Idempotency-Replayed": "true"})

    @app.exception_handler(RequestValidationError)
    async def _wrong(request: Request, error: RequestValidationError) -> Response:
        # A session is opened for a request that can be read. Who may not send it learns that first all the same.
        try:
            await run_in_threadpool(check_admission, request)
        except Problem as refused:
            return render(request, refused)
        return render(request, invalid(error))
