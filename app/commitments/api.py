"""`/v1/commitments/{commitment}` and what can be done with one."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response

from app.commitments import evidence, operations, queries, verification
from app.commitments.rules import Verdict
from app.commitments.schemas import (
    CommitmentOut,
    Completion,
    EvidenceIn,
    EvidenceOut,
    Judgement,
    Pause,
    Reassignment,
    SpanOut,
    Start,
    Supersession,
    VerificationOut,
)
from app.core.components import DONE, ETAGGED, MADE, errors, leads, links
from app.core.contract import operation_id
from app.core.db import Tx
from app.core.http import IfMatch, IfNoneMatch, Now, answer, expect
from app.core.paging import CursorInQuery, LimitInQuery, Page, after_id, after_number, next_link
from app.core.problems import Fault, Invalid
from app.core.route import Route
from app.workspaces.access import Approver, Contributor, Reader, ReadSession, WriteOnceSession

router = APIRouter(prefix="/v1", route_class=Route, generate_unique_id_function=operation_id, tags=["commitments"])

CommitmentInPath = Annotated[
    str,
    Path(
        pattern=r"^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|POA-[1-9][0-9]{0,8}(\.[1-9][0-9]{0,8}){1,2})$",
        max_length=40,
        description="Its id, or its reference: `POA-7.3`, or `POA-7.3.4` for the 4th time of a recurring one.",
        examples=["POA-7.3"],
    ),
]
PieceInPath = Annotated[UUID, Path(description="Id of a piece of evidence.", json_schema_extra={"maxLength": 36})]
_LOOK = links(
    *("getCommitment", "getCommitmentHistory", "listEvidence", "listVerifications", "verifyCommitment"),
    *("askExtension", "askWaiver"),
    commitment="$response.body#/id",
)
_SHOWN = links("getCommitment", "listEvidence", "completeCommitment", commitment="$response.body#/commitment")


@router.get("/commitments/{commitment}", response_model=CommitmentOut, responses=ETAGGED | errors(404))
def get_commitment(read: ReadSession, _: Reader, commitment: CommitmentInPath, __: IfNoneMatch = None) -> Response:
    """Return one commitment as it stands."""
    return answer(CommitmentOut.of(queries.detailed(read, commitment)))


@router.get("/commitments/{commitment}/history", response_model=Page[SpanOut], responses=ETAGGED | errors(400, 404))
def get_commitment_history(
    request: Request,
    read: ReadSession,
    _: Reader,
    commitment: CommitmentInPath,
    limit: LimitInQuery = 50,
    cursor: CursorInQuery = None,
    __: IfNoneMatch = None,
) -> Response:
    """Return how it stood over time: state, owner and due, from one change to the next."""
    after = after_number(cursor)
    row = queries.detailed(read, commitment).commitment
    rows = queries.history_of(read, row.id, after=after, limit=limit + 1)
    page = Page[SpanOut].of(rows, limit, shown=SpanOut.of, place=lambda one: (one.version,))
    return answer(page, headers=next_link(request, page.next_cursor))


@router.get(
    "/commitments/{commitment}/evidence", response_model=Page[EvidenceOut], responses=ETAGGED | errors(400, 404)
)
def list_evidence(
    request: Request,
    read: ReadSession,
    _: Reader,
    commitment: CommitmentInPath,
    limit: LimitInQuery = 50,
    cursor: CursorInQuery = None,
    __: IfNoneMatch = None,
) -> Response:
    """Return its evidence, oldest first."""
    after = after_id(cursor)
    row = queries.detailed(read, commitment).commitment
    rows = queries.evidence_of(read, row.id, after=after, limit=limit + 1)
    page = Page[EvidenceOut].of(rows, limit, shown=EvidenceOut.of)
    return answer(page, headers=next_link(request, page.next_cursor))


@router.post(
    "/commitments/{commitment}/start",
    response_model=CommitmentOut,
    responses=DONE | errors(404, 409, 412),
    openapi_extra=leads(200, _LOOK),
)
def start_commitment(
    tx: WriteOnceSession,
    actor: Contributor,
    commitment: CommitmentInPath,
    now: Now,
    _: Start | None = None,
    if_match: IfMatch = None,
) -> Response:
    """Record that work has begun. It may still become overdue."""
    row = queries.locked(tx, commitment)
    expect(if_match, lambda: CommitmentOut.of(row))
    operations.start(tx, row.commitment, by=actor.id, at=now)
    return answer(CommitmentOut.of(row))


@router.post(
    "/commitments/{commitment}/pause",
    response_model=CommitmentOut,
    responses=DONE | errors(404, 409, 412),
    openapi_extra=leads(200, _LOOK),
)
def pause_commitment(
    tx: WriteOnceSession,
    actor: Contributor,
    commitment: CommitmentInPath,
    now: Now,
    _: Pause | None = None,
    if_match: IfMatch = None,
) -> Response:
    """Record that work has stopped for now: it is open again. Its due stays, and when work began stays said."""
    row = queries.locked(tx, commitment)
    expect(if_match, lambda: CommitmentOut.of(row))
    operations.pause(tx, row.commitment, by=actor.id, at=now)
    return answer(CommitmentOut.of(row))


@router.post(
    "/commitments/{commitment}/evidence",
    status_code=201,
    response_model=EvidenceOut,
    responses=MADE | errors(404, 409),
    openapi_extra=leads(201, _SHOWN),
)
def add_evidence(
    tx: WriteOnceSession, actor: Contributor, commitment: CommitmentInPath, new: EvidenceIn, now: Now
) -> Response:
    """Add a note, a link or an uploaded file that shows an action was taken. It is never changed or deleted."""
    row = queries.locked(tx, commitment).commitment
    piece = evidence.add(tx, row, new, by=actor.id, at=now)
    return answer(EvidenceOut.of(piece), 201, {"Location": f"/v1/commitments/{row.id}/evidence"})


@router.post(
    "/commitments/{commitment}/evidence/{piece}/supersession",
    status_code=201,
    response_model=EvidenceOut,
    responses=MADE | errors(404, 409),
    openapi_extra=leads(201, _SHOWN),
)
def supersede_evidence(
    tx: WriteOnceSession,
    actor: Contributor,
    commitment: CommitmentInPath,
    piece: PieceInPath,
    given: Supersession,
    now: Now,
) -> Response:
    """Put another piece in the place of a wrong one, which stays and says so."""
    row = queries.locked(tx, commitment).commitment
    old = queries.piece(tx, piece, commitment=row.id)
    new = evidence.supersede(tx, old, given, plan=row.plan_id, by=actor.id, at=now)
    return answer(EvidenceOut.of(new), 201, {"Location": f"/v1/commitments/{row.id}/evidence"})


@router.post(
    "/commitments/{commitment}/completion",
    response_model=CommitmentOut,
    responses=DONE | errors(404, 409, 412),
    openapi_extra=leads(200, _LOOK),
)
def complete_commitment(
    tx: WriteOnceSession,
    actor: Contributor,
    commitment: CommitmentInPath,
    completion: Completion,
    now: Now,
    if_match: IfMatch = None,
) -> Response:
    """Record that it is done: the day claimed, and the instant recorded. Lateness is frozen by the latter."""
    row = queries.locked(tx, commitment)
    expect(if_match, lambda: CommitmentOut.of(row))
    is_shown = evidence.is_shown(tx, row)
    operations.complete(tx, row.commitment, completion, is_shown=is_shown, by=actor.id, at=now)
    added = 1 if completion.evidence else 0
    return answer(CommitmentOut.of(replace(row, evidence=row.evidence + added)))


@router.post(
    "/commitments/{commitment}/reassignment",
    response_model=CommitmentOut,
    responses=DONE | errors(404, 409, 412),
    openapi_extra=leads(200, _LOOK),
)
def reassign_commitment(
    tx: WriteOnceSession,
    actor: Contributor,
    commitment: CommitmentInPath,
    change: Reassignment,
    now: Now,
    if_match: IfMatch = None,
) -> Response:
    """Give it to another owner. Its history keeps who owned it when."""
    row = queries.locked(tx, commitment)
    expect(if_match, lambda: CommitmentOut.of(row))
    operations.reassign(tx, row.commitment, to=str(change.owner), reason=change.reason, by=actor.id, at=now)
    return answer(_again(tx, commitment))


@router.post(
    "/commitments/{commitment}/verification",
    response_model=CommitmentOut,
    responses=DONE | errors(404, 409, 412),
    openapi_extra=leads(200, _LOOK),
)
def verify_commitment(
    tx: WriteOnceSession,
    actor: Approver,
    commitment: CommitmentInPath,
    judgement: Judgement,
    now: Now,
    if_match: IfMatch = None,
) -> Response:
    """Verify what was done, or reject it with a reason: then it is open again, and due when it was."""
    row = queries.locked(tx, commitment)
    expect(if_match, lambda: CommitmentOut.of(row))
    if judgement.outcome is Verdict.VERIFIED:
        verification.verify(tx, row.commitment, reason=judgement.reason, by=actor.id, at=now)
    else:
        owner = str(judgement.owner) if judgement.owner else None
        verification.reject(tx, row.commitment, reason=_reason(judgement), owner=owner, by=actor.id, at=now)
    return answer(_again(tx, commitment))


@router.get(
    "/commitments/{commitment}/verifications",
    response_model=Page[VerificationOut],
    responses=ETAGGED | errors(400, 404),
)
def list_verifications(
    request: Request,
    read: ReadSession,
    _: Reader,
    commitment: CommitmentInPath,
    limit: LimitInQuery = 50,
    cursor: CursorInQuery = None,
    __: IfNoneMatch = None,
) -> Response:
    """Return what was found each time that somebody looked at the evidence, oldest first."""
    after = after_number(cursor)
    row = queries.detailed(read, commitment).commitment
    rows = verification.verdicts(read, row.id, after=after, limit=limit + 1)
    page = Page[VerificationOut].of(rows, limit, shown=VerificationOut.of, place=lambda one: (one.number,))
    return answer(page, headers=next_link(request, page.next_cursor))


def _reason(judgement: Judgement) -> str:
    if judgement.reason is None:
        detail = "Say what the evidence does not show."
        raise Invalid(detail, errors=[Fault("/body/reason", detail, "reason_missing")])
    return judgement.reason


def _again(tx: Tx, commitment: str) -> CommitmentOut:
    return CommitmentOut.of(queries.detailed(tx, commitment))
