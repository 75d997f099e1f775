"""`/v1/workspace`, `/v1/members`, `/v1/accounts`, `/v1/api-keys`."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response

from app.core.components import ETAGGED, MADE, errors, leads, links
from app.core.contract import operation_id
from app.core.http import IfMatch, IfNoneMatch, Now, answer, expect
from app.core.paging import CursorInQuery, LimitInQuery, Page, after_id, next_link
from app.core.route import Route
from app.workspaces import operations, queries
from app.workspaces.access import Admin, Reader, ReadSession, WriteOnceSession, WriteSession
from app.workspaces.models import Account, ApiKey, Member
from app.workspaces.schemas import (
    AccountIn,
    AccountOut,
    ApiKeyIn,
    ApiKeyMade,
    ApiKeyOut,
    ApiKeyRotation,
    MemberIn,
    MemberOut,
    WorkspaceChange,
    WorkspaceOut,
)

router = APIRouter(prefix="/v1", route_class=Route, generate_unique_id_function=operation_id)

IdInPath = Annotated[UUID, Path(description="Its id.", json_schema_extra={"maxLength": 36})]

_MEMBER = links("getMember", "changeMember", member="$response.body#/id")
_ACCOUNT = links("getAccount", account="$response.body#/id")
_KEY = links("getApiKey", "rotateApiKey", "revokeApiKey", key="$response.body#/id")


@router.get("/workspace", response_model=WorkspaceOut, responses=ETAGGED, tags=["workspace"])
def get_workspace(read: ReadSession, _: Reader, __: IfNoneMatch = None) -> Response:
    """Return the workspace and its settings."""
    return answer(WorkspaceOut.of(queries.workspace(read)))


@router.patch("/workspace", response_model=WorkspaceOut, responses=ETAGGED | errors(412), tags=["workspace"])
def change_workspace(
    tx: WriteSession, actor: Admin, change: WorkspaceChange, now: Now, if_match: IfMatch = None
) -> Response:
    """Change the workspace's name, zone or rules. The ledger keeps what they were."""
    row = operations.lock_workspace(tx)
    expect(if_match, lambda: WorkspaceOut.of(row))
    changes = change.model_dump(exclude_none=True)
    return answer(WorkspaceOut.of(operations.change_workspace(tx, row, changes, by=actor.id, at=now)))


@router.post(
    "/members",
    status_code=201,
    response_model=MemberOut,
    responses=MADE | errors(409),
    openapi_extra=leads(201, _MEMBER),
    tags=["members"],
)
def add_member(tx: WriteOnceSession, actor: Admin, new: MemberIn, now: Now) -> Response:
    """Add a person who can own commitments."""
    row = operations.add_member(tx, new, by=actor.id, at=now)
    return answer(MemberOut.of(row), 201, {"Location": f"/v1/members/{row.id}"})


@router.get("/members", response_model=Page[MemberOut], responses=ETAGGED | errors(400), tags=["members"])
def list_members(
    request: Request,
    read: ReadSession,
    _: Reader,
    limit: LimitInQuery = 50,
    cursor: CursorInQuery = None,
    __: IfNoneMatch = None,
) -> Response:
    """List the members, oldest first."""
    rows = queries.listed(read, Member, after=after_id(cursor), limit=limit + 1)
    page = Page[MemberOut].of(rows, limit, shown=MemberOut.of)
    return answer(page, headers=next_link(request, page.next_cursor))


@router.get("/members/{member}", response_model=MemberOut, responses=ETAGGED | errors(404), tags=["members"])
def get_member(read: ReadSession, _: Reader, member: IdInPath, __: IfNoneMatch = None) -> Response:
    """Return one member."""
    return answer(MemberOut.of(queries.one(read, Member, member)))


@router.post(
    "/accounts",
    status_code=201,
    response_model=AccountOut,
    responses=MADE | errors(409),
    openapi_extra=leads(201, _ACCOUNT),
    tags=["accounts"],
)
def add_account(tx: WriteOnceSession, actor: Admin, new: AccountIn, now: Now) -> Response:
    """Record a marketplace account to watch."""
    row = operations.add_account(tx, new, by=actor.id, at=now)
    return answer(AccountOut.of(row), 201, {"Location": f"/v1/accounts/{row.id}"})


@router.get("/accounts", response_model=Page[AccountOut], responses=ETAGGED | errors(400), tags=["accounts"])
def list_accounts(
    request: Request,
    read: ReadSession,
    _: Reader,
    limit: LimitInQuery = 50,
    cursor: CursorInQuery = None,
    __: IfNoneMatch = None,
) -> Response:
    """List the marketplace accounts, oldest first."""
    rows = queries.listed(read, Account, after=after_id(cursor), limit=limit + 1)
    page = Page[AccountOut].of(rows, limit, shown=AccountOut.of)
    return answer(page, headers=next_link(request, page.next_cursor))


@router.get("/accounts/{account}", response_model=AccountOut, responses=ETAGGED | errors(404), tags=["accounts"])
def get_account(read: ReadSession, _: Reader, account: IdInPath, __: IfNoneMatch = None) -> Response:
    """Return one account."""
    return answer(AccountOut.of(queries.one(read, Account, account)))


@router.post(
    "/api-keys",
    status_code=201,
    response_model=ApiKeyMade,
    responses=MADE,
    openapi_extra=leads(201, _KEY),
    tags=["api keys"],
)
def create_api_key(request: Request, tx: WriteOnceSession, actor: Admin, new: ApiKeyIn, now: Now) -> Response:
    """Make a key. Its secret is in this answer and nowhere else."""
    made = operations.create_key(tx, new, by=actor.id, powers_of_maker=actor.powers, at=now)
    return _shown_once(request, made)


@router.get("/api-keys", response_model=Page[ApiKeyOut], responses=ETAGGED | errors(400), tags=["api keys"])
def list_api_keys(
    request: Request,
    read: ReadSession,
    _: Admin,
    limit: LimitInQuery = 50,
    cursor: CursorInQuery = None,
    __: IfNoneMatch = None,
) -> Response:
    """List the keys, revoked ones too, oldest first; never their secrets."""
    rows = queries.listed(read, ApiKey, after=after_id(cursor), limit=limit + 1)
    page = Page[ApiKeyOut].of(rows, limit, shown=ApiKeyOut.of)
    return answer(page, headers=next_link(request, page.next_cursor))


@router.get("/api-keys/{key}", response_model=ApiKeyOut, responses=ETAGGED | errors(404), tags=["api keys"])
def get_api_key(read: ReadSession, _: Admin, key: IdInPath, __: IfNoneMatch = None) -> Response:
    """Return one key, without its secret."""
    return answer(ApiKeyOut.of(queries.one(read, ApiKey, key)))


@router.post(
    "/api-keys/{key}/rotation",
    status_code=201,
    response_model=ApiKeyMade,
    responses=MADE | errors(404, 409),
    openapi_extra=leads(201, _KEY),
    tags=["api keys"],
)
def rotate_api_key(
    request: Request, tx: WriteOnceSession, actor: Admin, key: IdInPath, rotation: ApiKeyRotation, now: Now
) -> Response:
    """Replace a key by a new one; the old one works on for the overlap."""
    operations.lock_workspace(tx)
    row = queries.one(tx, ApiKey, key)
    overlap = timedelta(hours=rotation.overlap_hours)
    made = operations.rotate_key(tx, row, overlap=overlap, by=actor.id, powers_of_maker=actor.powers, at=now)
    return _shown_once(request, made)


@router.delete(
    "/api-keys/{key}", response_model=ApiKeyOut, responses=ETAGGED | errors(404, 409, 412), tags=["api keys"]
)
def revoke_api_key(tx: WriteSession, actor: Admin, key: IdInPath, now: Now, if_match: IfMatch = None) -> Response:
    """Revoke a key, at once. It stays in the list."""
    operations.lock_workspace(tx)
    row = queries.one(tx, ApiKey, key)
    expect(if_match, lambda: ApiKeyOut.of(row))
    return answer(ApiKeyOut.of(operations.revoke_key(tx, row, by=actor.id, at=now)))


def _shown_once(request: Request, made: operations.NewKey) -> Response:
    facts = ApiKeyOut.of(made.row).model_dump()
    request.scope["stored_body"] = ApiKeyMade(**facts, secret=None).model_dump_json().encode()
    return answer(ApiKeyMade(**facts, secret=made.secret), 201, {"Location": f"/v1/api-keys/{made.row.id}"})
