"""`/v1/plans/{plan}/proof`: the proof of a plan, as a document or with its evidence and a report to read."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from app.core.accept import preferred
from app.core.components import HEADERS, errors, header
from app.core.contract import operation_id
from app.core.db import Read
from app.core.http import CACHE, IfNoneMatch, etag
from app.core.problems import NotAcceptable
from app.core.route import Route
from app.plans import queries as plans
from app.plans.api import PlanInPath
from app.proofs import archive, bundles
from app.proofs.bundle_schemas import BundleOut
from app.proofs.bundles import Choice, Redaction, Voucher
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
_BYTES = {"schema": {"type": "string", "format": "binary", "maxLength": 100_000_000}}
_ZIPPED: dict[int | str, Any] = {
    200: {"headers": _HEADERS, "description": "The archive.", "content": {ZIP: _BYTES}},
    **errors(404, 409),
}
_PROOF: dict[int | str, Any] = {
    200: {
        "headers": _HEADERS,
        "description": "The bundle; as `application/zip`, the archive.",
        "content": {ZIP: _BYTES},
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
    __: IfNoneMatch = None,
) -> Response:
    """Return the proof of a plan: what was promised and done, complete as of a signed checkpoint.

    Keep the bytes as they are. `followthrough verify` checks them without this server.
    """
    form = preferred(request.headers.get("accept", "*/*"), JSON, ZIP)
    if form is None:
        raise NotAcceptable(f"It is there as {JSON} and as {ZIP}.")
    return _answer(read, plan, Choice(size, vouched_by, redact), form)


@router.get("/plans/{plan}/proof.zip", response_class=Response, responses=_ZIPPED)
def get_proof_as_zip(
    read: ReadSession,
    _: Reader,
    plan: PlanInPath,
    size: SizeInQuery = None,
    vouched_by: VouchedByInQuery = None,
    redact: RedactInQuery = None,
    __: IfNoneMatch = None,
) -> Response:
    """The same as an archive to hand over: with the evidence, a report to read, and a program that checks it."""
    return _answer(read, plan, Choice(size, vouched_by, redact), ZIP)


def _answer(read: Read, name: str, choice: Choice, form: str) -> Response:
    plan = plans.plan(read, name)
    made = bundles.make(read, plan.id, number=plan.number, choice=choice)
    body, ending = made.text, "json"
    if form == ZIP:
        people = {} if choice.redact else archive.people(read, made.text)
        body, ending = archive.pack(made.text, reference=plan.reference, people=people), "zip"
    headers = {
        "ETag": etag(body),
        "Cache-Control": CACHE,
        "Content-Disposition": f'attachment; filename="{plan.reference}.proof.{ending}"',
        "Vary": "Accept",
        _SIZE: str(made.size),
    }
    return Response(body, 200, headers, form)
