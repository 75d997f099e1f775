"""`/v1/plans/{plan}/proof`: the proof of a plan, as a document or with its evidence and a report to read."""

import hashlib
import tempfile
from collections.abc import Iterator
from typing import IO, Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from app.core.accept import preferred
from app.core.components import HEADERS, NODE_BYTES, errors, header
from app.core.contract import operation_id
from app.core.db import Read
from app.core.http import CACHE, IfNoneMatch, etag, matches
from app.core.problems import NotAcceptable
from app.core.route import Route
from app.plans import queries as plans
from app.plans.api import PlanInPath
from app.plans.models import Plan
from app.proofs import archive, bundles
from app.proofs.bundle_schemas import BundleOut
from app.proofs.bundles import Bundle, Choice, Redaction, Voucher
from app.workspaces.access import Reader, ReadSession

JSON = "application/json"
ZIP = "application/zip"

router = APIRouter(prefix="/v1", route_class=Route, generate_unique_id_function=operation_id, tags=["ledger"])

SizeInQuery = Annotated[
    int | None,
    Query(
        ge=1,
        le=2**53 - 1,
        description="Size of the checkpoint to prove it by; the newest if left out.",
        json_schema_extra={"format": "int64"},
    ),
]
VouchedByInQuery = Annotated[
    Voucher | None,
    Query(
        description="Prove it by the newest checkpoint that has a timestamp or a cosignature, instead of the "
        "newest of all. `size` is ignored then."
    ),
]
RedactInQuery = Annotated[
    Redaction | None,
    Query(description="`names` leaves out what tells of people. The proof holds without it, and shows that it is so."),
]

_SIZE = "Followthrough-Checkpoint-Size"
_HEADERS = {
    "ETag": HEADERS["ETag"],
    "Cache-Control": header("Cache-Control"),
    _SIZE: {
        "description": "How many events the checkpoint covers: the proof is complete up to there.",
        "required": True,
        "schema": {"type": "integer", "format": "int64", "minimum": 1, "maximum": 2**53 - 1},
        "example": 1483,
    },
}
_ZIPPED: dict[int | str, Any] = {
    200: {"headers": _HEADERS, "description": "The archive.", "content": {ZIP: NODE_BYTES}},
    **errors(404, 409),
}
_PROOF: dict[int | str, Any] = {
    200: {
        "headers": _HEADERS,
        "description": "The bundle; as `application/zip`, the archive.",
        "content": {ZIP: NODE_BYTES},
    },
    **errors(404, 406, 409),
}


@router.get("/plans/{plan}/proof", response_model=BundleOut, responses=_PROOF)
def get_proof(
    request: Request,
    read: ReadSession,
    _: Reader,
    plan: PlanInPath,
    size: SizeInQuery = None,
    vouched_by: VouchedByInQuery = None,
    redact: RedactInQuery = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Return the proof of a plan: what was promised and done, complete as of a signed checkpoint.

    Keep the bytes as they are. `followthrough verify` checks them without this server.
    """
    form = preferred(request.headers.get("accept", "*/*"), JSON, ZIP)
    if form is None:
        raise NotAcceptable(f"It is there as {JSON} and as {ZIP}.")
    choice = Choice(size, vouched_by, redact)
    return _zipped(request, read, plan, choice, if_none_match) if form == ZIP else _bundle(read, plan, choice)


@router.get("/plans/{plan}/proof.zip", response_class=Response, responses=_ZIPPED)
def get_proof_as_zip(
    request: Request,
    read: ReadSession,
    _: Reader,
    plan: PlanInPath,
    size: SizeInQuery = None,
    vouched_by: VouchedByInQuery = None,
    redact: RedactInQuery = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """The same as an archive to hand over: with the evidence, a report to read, and a program that checks it."""
    return _zipped(request, read, plan, Choice(size, vouched_by, redact), if_none_match)


def _bundle(read: Read, name: str, choice: Choice) -> Response:
    plan = plans.plan(read, name)
    made = bundles.make(read, plan.id, number=plan.number, choice=choice)
    return Response(made.text, 200, _headers(plan, made, etag(made.text), "json"), JSON)


def _zipped(request: Request, read: Read, name: str, choice: Choice, if_none_match: str | None) -> Response:
    """Return the archive from a temporary file: what it holds may be many times what fits into memory."""
    plan = plans.plan(read, name)
    made = bundles.make(read, plan.id, number=plan.number, choice=choice)
    people = {} if choice.redact else archive.people(read, made.text)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed when it was sent
    try:
        files = archive.unerased(read, made.text)
        archive.pack(
            made.text, file, reference=plan.reference, people=people, store=request.app.state.files, files=files
        )
        size = file.tell()
        file.seek(0)
        tag = f'"{hashlib.file_digest(file, "sha256").hexdigest()[:24]}"'
        if is_known := matches(if_none_match, tag):
            file.close()
    except BaseException:
        file.close()
        raise
    headers = _headers(plan, made, tag, "zip")
    if is_known:
        return Response(None, 200, headers, ZIP)
    return StreamingResponse(_sent(file), 200, headers | {"Content-Length": str(size)}, ZIP)


def _sent(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while block := file.read(256 * 1024):
            yield block


def _headers(plan: Plan, made: Bundle, tag: str, ending: str) -> dict[str, str]:
    return {
        "ETag": tag,
        "Cache-Control": CACHE,
        "Content-Disposition": f'attachment; filename="{plan.reference}.proof.{ending}"',
        "Vary": "Accept",
        _SIZE: str(made.size),
    }
