"""`/v1/files`: bytes in, once per content; bytes out, as something to save and nothing to open."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from app.core.components import HEADERS, NODE_BYTES, errors, header
from app.core.contract import operation_id
from app.core.fields import PRINTABLE
from app.core.http import CACHE, IfNoneMatch, Now, answer
from app.core.problems import BadRequest
from app.core.route import Call, Late, Route
from app.files import operations, queries
from app.files.models import File
from app.files.rules import FileTooLarge, MediaType, RangeNotSatisfiable, UploadTooSlow, file_name
from app.files.schemas import FileName, FileOut
from app.files.spool import Spool
from app.files.store import Store
from app.workspaces.access import (
    Contributor,
    IdempotencyKey,
    Reader,
    ReadSession,
    WriteSession,
    check_admission,
)

router = APIRouter(prefix="/v1", route_class=Route, generate_unique_id_function=operation_id, tags=["files"])

PATH = "/v1/files"
_BLOCK = 256 * 1024
_PATIENCE = 30.0
"""Seconds for each block of an upload: whoever sends nothing has one of the few places."""
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Received(Late):
    """What came, until the endpoint is done with it."""

    spool: Spool

    def open(self, call: Call) -> Spool:
        return call.enter_context(closing(self.spool))


async def _receive(request: Request, _: IdempotencyKey = None) -> _Received:
    """Take the body in, after it is certain that this key may send one. No transaction is open meanwhile."""
    actor = await run_in_threadpool(check_admission, request)
    spool = Spool(actor.workspace_id)
    try:
        async for block in _blocks(request):
            await run_in_threadpool(spool.add, block)
    except BaseException as failed:
        spool.close()
        if isinstance(failed, ClientDisconnect):
            raise BadRequest("The body ended before all of it was there.") from None
        if isinstance(failed, HTTPException) and failed.status_code == FileTooLarge.status:
            raise FileTooLarge(failed.detail) from None
        raise
    return _Received(spool)


async def _blocks(request: Request) -> AsyncIterator[bytes]:
    """Yield the body in pieces that are worth a visit to a thread."""
    chunks = request.stream()
    while block := await _block(chunks):
        yield block


async def _block(chunks: AsyncIterator[bytes]) -> bytes:
    """Return the next piece; nothing if there is no more. Refuses one that takes too long."""
    block = bytearray()
    try:
        async with asyncio.timeout(_PATIENCE):
            while len(block) < _BLOCK and (chunk := await anext(chunks, None)) is not None:
                block += chunk
    except TimeoutError:
        # What is still to come of it is not waited for.
        raise UploadTooSlow(Connection="close") from None
    return bytes(block)


Received = Annotated[Spool, Depends(_receive)]

Sha256InPath = Annotated[
    str, Path(pattern=r"^[0-9a-f]{64}$", max_length=64, description="SHA-256 of the file's bytes, in hex.")
]
NameInQuery = Annotated[
    FileName | None,
    Query(description="What to save it as, such as the evidence's `title`. An ending that fits its type is added."),
]
_RangeInHeader = Annotated[
    str | None,
    Header(
        alias="Range",
        max_length=100,
        pattern=PRINTABLE,
        description="`bytes=0-1023`, `bytes=1024-` or `bytes=-512`; anything else gets the whole file.",
    ),
]
_IfRange = Annotated[
    str | None,
    Header(alias="If-Range", max_length=200, pattern=PRINTABLE, description="An `ETag`: the range is of that file."),
]

_TAGGED = {"ETag": HEADERS["ETag"], "Cache-Control": header("Cache-Control")}
_KEPT: dict[int | str, Any] = {
    status: {"headers": {name: header(name) for name in ("ETag", "Location")}, "model": FileOut, "description": said}
    for status, said in ((200, "It was there already."), (201, "Done."))
}
_SENT: dict[str, Any] = {one.value: NODE_BYTES for one in MediaType}
_DOWNLOAD: dict[int | str, Any] = {
    200: {"headers": _TAGGED, "description": "The file.", "content": _SENT},
    206: {"headers": _TAGGED, "description": "The part that was asked for.", "content": _SENT},
    **errors(404, 416),
}
_BODY = {"requestBody": {"required": True, "content": {"application/octet-stream": NODE_BYTES}}}


@router.post(
    "/files",
    status_code=201,
    response_model=FileOut,
    responses=_KEPT | errors(408, 409, 507),
    openapi_extra=_BODY,
)
def upload_file(request: Request, spool: Received, tx: WriteSession, actor: Contributor, now: Now) -> Response:
    """Upload a file that is to be evidence: its bytes are the body, whatever the `Content-Type` says.

    The same content is kept once, so sending it again is harmless, with an `Idempotency-Key` or without: 200 instead
    of 201. Evidence of kind `file` names it by its `sha256`; a file that none names goes after a day.
    """
    most = request.app.state.unused_files_limit
    row, is_new = operations.keep(tx, _store(request), spool, most=most, by=actor.id, at=now)
    return answer(FileOut.of(row), 201 if is_new else 200, {"Location": f"{PATH}/{row.sha256}"})


@router.get("/files/{sha256}", response_class=Response, responses=_DOWNLOAD)
def download_file(
    request: Request,
    read: ReadSession,
    _: Reader,
    now: Now,
    sha256: Sha256InPath,
    name: NameInQuery = None,
    wanted: _RangeInHeader = None,
    if_range: _IfRange = None,
    __: IfNoneMatch = None,
) -> Response:
    """Return the bytes of a file, as an attachment: they are never to be shown by a browser on this server's behalf."""
    row = queries.file(read, sha256, at=now)
    tag = f'"{row.sha256}"'
    part = _part(wanted, row.size) if wanted and if_range in (None, tag) else None
    start, end = part or (0, row.size)
    headers = {
        "ETag": tag,
        "Cache-Control": CACHE,
        "Content-Length": str(end - start),
        "Content-Disposition": _disposition(row, name),
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Accept-Ranges": "bytes",
    }
    if part:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{row.size}"
    if request.scope.get("is_head"):
        return Response(None, 206 if part else 200, headers, row.media_type)
    bytes_ = _store(request).stream(row.key, start, end)
    return StreamingResponse(bytes_, 206 if part else 200, headers, row.media_type)


def _part(wanted: str, size: int) -> tuple[int, int] | None:
    """Return the first byte and the one after the last of a range (RFC 9110, section 14); None: all of it."""
    found = _RANGE.fullmatch(wanted.replace(" ", ""))
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
    if start >= size or (not first and int(last) == 0):
        raise RangeNotSatisfiable(f"It has {size} bytes.", Content_Range=f"bytes */{size}")
    return (start, end) if start < end else None


def _disposition(row: File, name: str | None) -> str:
    """Return the header (RFC 6266, RFC 8187): the name in ASCII for old clients, and as it is."""
    called = file_name(name, row.sha256, MediaType(row.media_type))
    plain = re.sub(r'[^\x20-\x7e]|["\\%]', "_", called)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(called, safe='')}"


def _store(request: Request) -> Store:
    store: Store = request.app.state.files
    return store
