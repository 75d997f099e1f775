"""Who is asking, and in which transaction: the parameters every endpoint is built from.

actor: Reader | Contributor | Approver | Admin     permission is the type of a parameter
read: ReadSession    tx: WriteSession              one request, one transaction
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from fastapi import Depends, FastAPI, Header, Request, Response, Security
from fastapi.security import HTTPBearer

from app.core import db
from app.core.db import Read, Tx
from app.core.fields import PRINTABLE
from app.core.http import Now
from app.core.problems import Unauthorized
from app.workspaces import idempotency, keys
from app.workspaces.idempotency import Once, Replay
from app.workspaces.keys import Credential
from app.workspaces.rules import Scope, demand, powers

_KEY = sa.text(
    "SELECT k.id, k.member_id, k.scopes, k.expires_at, k.revoked_at, m.role, m.active FROM api_key k "
    "LEFT JOIN member m ON m.workspace_id = k.workspace_id AND m.id = k.member_id "
    "WHERE k.workspace_id = :ws AND k.hash = :hash"
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
    return Actor(workspace_id, row["id"], row["member_id"], powers(row["scopes"], row["role"]))


def identify(session: Read, credential: Credential, *, at: datetime) -> Actor:
    row = session.execute(_KEY, {"ws": credential.workspace_id, "hash": credential.hash}).mappings().one_or_none()
    return check_key(row, credential.workspace_id, at=at)


_scheme = HTTPBearer(scheme_name="ApiKey", description="An API key: `Authorization: Bearer ft_...`.", auto_error=False)


def credential_of(request: Request) -> Credential:
    """Return what the request's key claims, or refuse."""
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthorized("Send `Authorization: Bearer ft_...`; `followthrough keys create` makes a key.")
    credential = keys.parse(text.strip())
    if credential is None:
        raise Unauthorized(_UNKNOWN)
    return credential


async def api_key(_: Annotated[object, Security(_scheme)]) -> None:
    """Declare that a route needs a key, where the route itself checks it."""


async def _credential(request: Request, _: Annotated[object, Security(_scheme)]) -> Credential:
    return credential_of(request)


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


async def _once(request: Request, idempotency_key: IdempotencyKey = None) -> Once | None:
    if idempotency_key is None:
        return None
    url = request.url
    parts = (request.method.encode(), url.path.encode(), url.query.encode(), await request.body())
    # The draft's value is a quoted string; bare ones are common.
    return Once(idempotency_key.strip('"') or idempotency_key, idempotency.fingerprint(*parts))


async def _turn(request: Request) -> AsyncIterator[None]:
    # Wait here for a connection, and not in a thread: who has one needs a thread to get on.
    async with request.app.state.turns:
        yield


_Turn = Annotated[None, Depends(_turn, scope="function")]


def _read_session(
    request: Request, credential: Annotated[Credential, Depends(_credential)], _: _Turn, at: Now
) -> Iterator[Read]:
    with db.reading(request.app.state.engine, credential.workspace_id) as session:
        _admit(request, identify(session, credential, at=at), at)
        yield session


def _write_session(
    request: Request, credential: Annotated[Credential, Depends(_credential)], _: _Turn, at: Now
) -> Iterator[Tx]:
    with db.writing(request.app.state.engine, credential.workspace_id) as tx:
        _admit(request, identify(tx, credential, at=at), at)
        yield tx


def _write_once_session(
    request: Request,
    credential: Annotated[Credential, Depends(_credential)],
    once: Annotated[Once | None, Depends(_once)],
    _: _Turn,
    at: Now,
) -> Iterator[Tx]:
    with db.writing(request.app.state.engine, credential.workspace_id) as tx:
        actor = identify(tx, credential, at=at)
        _admit(request, actor, at)
        if once:
            idempotency.claim(tx, once, key_id=actor.key_id)
        yield tx
        if once:
            response: Response = request.scope["answer"]
            # A key's secret is shown once, and not stored with the answer either.
            body = request.scope.get("stored_body", response.body)
            kept = {name: value for name, value in response.headers.items() if name != "content-length"}
            idempotency.keep(tx, once, key_id=actor.key_id, status=response.status_code, headers=kept, body=body, at=at)


def _admit(request: Request, actor: Actor, at: datetime) -> None:
    request.scope["actor"] = actor
    request.app.state.seen[actor.workspace_id, actor.key_id] = at


# scope="function" ends the transaction before the first byte of the answer leaves.
# The default ends it after the last one, and a failed commit would be a 201.
ReadSession = Annotated[Read, Depends(_read_session, scope="function")]
WriteSession = Annotated[Tx, Depends(_write_session, scope="function")]
"""For PATCH and DELETE, which are idempotent by nature."""
WriteOnceSession = Annotated[Tx, Depends(_write_once_session, scope="function")]
"""For POST."""


class _Allowed:
    """The actor of a request, who has the scope; opened with the session, which this needs beside it."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    async def __call__(self, request: Request) -> Actor | None:
        # None if a header that the session needs is wrong: FastAPI then refuses the request, and calls no endpoint.
        actor: Actor | None = request.scope.get("actor")
        if actor is not None:
            demand(self.scope, of=actor.powers)
        return actor


Reader = Annotated[Actor, Depends(_Allowed(Scope.READ))]
Contributor = Annotated[Actor, Depends(_Allowed(Scope.WRITE))]
Approver = Annotated[Actor, Depends(_Allowed(Scope.APPROVE))]
Admin = Annotated[Actor, Depends(_Allowed(Scope.ADMIN))]


def install(app: FastAPI) -> None:
    """Answer a replayed request of *app* with what was stored."""

    @app.exception_handler(Replay)
    async def _replayed(_: Request, replay: Replay) -> Response:
        return Response(replay.body, replay.status, {**replay.headers, "Idempotency-Replayed": "true"})
