"""`/v1/ledger`: what a monitor, a witness or the holder of a receipt needs; and the proof of one event.

Below `/v1/ledger` lies a tiled log (c2sp.org/tlog-tiles): `checkpoint`, `tile/<L>/<N>[.p/<W>]` and
`tile/entries/<N>[.p/<W>]`. The key that is presented says of which workspace.
"""

import base64
import re
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from sqlmodel import col, select

from app.core.components import ETAGGED, HEADERS, errors, header
from app.core.contract import operation_id
from app.core.db import Read, workspace_of
from app.core.http import CACHE, IfNoneMatch, answer, etag
from app.core.problems import Fault, Invalid, NotFound
from app.core.route import Route
from app.ledger import checkpoint, tiles
from app.ledger.models import LedgerEvent, SealedCheckpoint
from app.proofs import queries
from app.proofs.bundles import NotSealedYet, cosigned
from app.proofs.extract import format_proof
from app.proofs.schemas import ConsistencyOut
from app.workspaces.access import Reader, ReadSession

router = APIRouter(prefix="/v1", route_class=Route, generate_unique_id_function=operation_id, tags=["ledger"])

_FOREVER = "private, max-age=31536000, immutable"
_INTEGER = {"format": "int64"}
_N = re.compile(r"((?:x\d{3}/)*\d{3})(?:\.p/([1-9]\d{0,2}))?", re.ASCII)
_HEADERS = {"ETag": HEADERS["ETag"], "Cache-Control": header("Cache-Control")}


class TileNotFound(NotFound):
    """There is no such tile.

    Tiles reach as far as the newest checkpoint, and a partial one (`.p/<W>`) is there for every width up to that. Paths
    are those of c2sp.org/tlog-tiles: tile 1234067 is `x001/x234/067`.
    """


class EventNotFound(NotFound):
    """There is no such event.

    `GET /v1/events` lists them; a write's `Followthrough-Event` header names its last one.
    """


def _returns(media: str, what: str, *statuses: int, **schema: Any) -> dict[int | str, Any]:
    content = {media: {"schema": {"type": "string", **schema}}}
    return {200: {"headers": _HEADERS, "description": what, "content": content}, **errors(*statuses)}


_TEXT = {"maxLength": 1_000_000, "pattern": r"^[\s\S]*$"}
_NOTE = _returns("text/plain", "A signed note.", 409, **_TEXT)
_PROOF = _returns("text/plain", "A tlog-proof.", 404, 409, **_TEXT)
_TILE = _returns("application/octet-stream", "The tile.", 404, format="binary", maxLength=20_000_000)

EventInPath = Annotated[
    int, Path(ge=0, le=2**53 - 1, description="Number of the event, from 0.", json_schema_extra=_INTEGER, examples=[0])
]
LevelInPath = Annotated[int, Path(ge=0, le=63, description="Level of the tile.", json_schema_extra={"format": "int32"})]
# Not checked by FastAPI: what is no path of a tile is not there.
TileInPath = Annotated[
    str,
    Path(
        description="Index of the tile as `x001/x234/067`; of a partial one with its width, `x001/x234/067.p/12`.",
        json_schema_extra={"maxLength": 60, "pattern": rf"^{_N.pattern}$"},
        examples=["000.p/1"],
    ),
]


def _size(alias: str, description: str) -> Any:
    return Query(alias=alias, ge=1, le=2**53 - 1, description=description, json_schema_extra=_INTEGER)


@router.get("/ledger/checkpoint", response_class=Response, responses=_NOTE)
def get_checkpoint(read: ReadSession, _: Reader, __: IfNoneMatch = None) -> Response:
    """Return the newest checkpoint: the signed size and root of the ledger, with the cosignatures of witnesses."""
    return _text(cosigned(read, _newest(read)))


@router.get("/ledger/consistency", response_model=ConsistencyOut, responses={**ETAGGED, **errors(409)})
def get_consistency(
    read: ReadSession,
    _: Reader,
    old: Annotated[int, _size("from", "Size of the older tree.")] = 1,
    new: Annotated[int | None, _size("to", "Size of the newer tree; if left out, the newest.")] = None,
    __: IfNoneMatch = None,
) -> Response:
    """Return the proof that the ledger of one size begins with that of another (RFC 9162, section 2.1.4)."""
    sealed = _newest(read).size
    new = sealed if new is None else new
    if new > sealed:
        raise NotSealedYet(f"The newest checkpoint has the size {sealed}.", Retry_After="1")
    if old > new:
        fault = Fault("/query/from", f"The older size is at most the newer, {new}.", "larger")
        raise Invalid("Wrong: /query/from.", errors=[fault])
    path = [base64.b64encode(one).decode() for one in tiles.consistency_path(read, old, new)]
    return answer(ConsistencyOut(old_size=old, new_size=new, path=path))


@router.get("/ledger/tile/entries/{tile:path}", response_class=Response, responses=_TILE)
def get_entries(read: ReadSession, _: Reader, tile: TileInPath, __: IfNoneMatch = None) -> Response:
    """Return up to 256 neighbouring events, each after its length in two bytes (c2sp.org/tlog-tiles, "Log entries")."""
    index, width = _tile(tile)
    first, end = index * tiles.WIDTH, index * tiles.WIDTH + width
    if end > tiles.length(read):
        raise TileNotFound
    query = select(LedgerEvent.body).where(
        LedgerEvent.workspace_id == workspace_of(read), LedgerEvent.seq >= first, LedgerEvent.seq < end
    )
    bodies = read.exec(query.order_by(col(LedgerEvent.seq))).all()
    return _binary(b"".join(len(one).to_bytes(2) + one for one in bodies))


@router.get("/ledger/tile/{level}/{tile:path}", response_class=Response, responses=_TILE)
def get_tile(read: ReadSession, _: Reader, level: LevelInPath, tile: TileInPath, __: IfNoneMatch = None) -> Response:
    """Return up to 256 neighbouring hashes of the tree (c2sp.org/tlog-tiles, "Merkle Tree")."""
    index, width = _tile(tile)
    hashes = tiles.hashes(read, level, index)[: width * 32]
    if len(hashes) < width * 32:
        raise TileNotFound
    return _binary(hashes)


@router.get("/events/{event}/proof", response_class=Response, responses=_PROOF)
def get_event_proof(read: ReadSession, _: Reader, event: EventInPath, __: IfNoneMatch = None) -> Response:
    """Return the proof that the newest checkpoint covers an event, for any tool that reads c2sp.org/tlog-proof.

    It proves the event's exact bytes, the `text` of `GET /v1/events`.
    """
    if event >= queries.size(read):
        raise EventNotFound(f"There is no event {event} yet.")
    sealed = _newest(read)
    if event >= sealed.size:
        raise NotSealedYet(f"The newest checkpoint has the size {sealed.size}.", Retry_After="1")
    path = [base64.b64encode(one).decode() for one in tiles.inclusion_path(read, event, sealed.size)]
    return _text(format_proof(event, path, cosigned(read, sealed)))


def _newest(read: Read) -> SealedCheckpoint:
    found = checkpoint.latest(read)
    if found is None:
        raise NotSealedYet("Nothing is sealed yet.", Retry_After="1")
    return found


def _tile(text: str) -> tuple[int, int]:
    """Return index and width of the tile that *text* is the one way to write."""
    match = _N.fullmatch(text)
    if not match or text.startswith("x000/"):
        raise TileNotFound
    index, width = int(re.sub(r"[x/]", "", match[1])), int(match[2] or tiles.WIDTH)
    if index >= 2**45 or (match[2] and width >= tiles.WIDTH):
        raise TileNotFound
    return index, width


def _text(text: str) -> Response:
    body = text.encode()
    return Response(body, 200, {"ETag": etag(body), "Cache-Control": CACHE}, "text/plain; charset=utf-8")


def _binary(body: bytes) -> Response:
    return Response(body, 200, {"ETag": etag(body), "Cache-Control": _FOREVER}, "application/octet-stream")
