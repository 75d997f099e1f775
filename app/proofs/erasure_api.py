"""`POST /v1/erasures`: words that people wrote are erased, and the ledger says so."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field

from app.core.components import DONE, errors
from app.core.contract import operation_id
from app.core.fields import Count, Id, In, Out, Sequence, Slug
from app.core.http import Now, answer
from app.core.route import Route
from app.proofs import erasure
from app.workspaces.access import Admin, WriteOnceSession

router = APIRouter(prefix="/v1", route_class=Route, generate_unique_id_function=operation_id, tags=["ledger"])


class ErasureIn(In):
    """Whose or what words to erase. This cannot be taken back."""

    subject: Id = Field(
        description="Id of a member, an account, an API key, a notice, a message, a subscription, a figure of a "
        "report, a plan, a commitment, a request for an extension or a waiver, an amendment, an effectiveness check, "
        "an escalation rule or a piece of evidence."
    )
    names: Annotated[list[Slug], Field(min_length=1, max_length=20)] | None = Field(
        None,
        description="Only what events disclose under these names, such as `email`; else everything. "
        "The title and the content of a plan go together, with the words of its commitments and the content of its "
        "amendments.",
        examples=[["email"]],
    )


class ErasureOut(Out):
    """What was erased."""

    subject: Id
    disclosures: Count = Field(description="How many there were; 0 if all had been erased before.")
    event: Sequence | None = Field(description="The first event that says so; null if there was nothing to erase.")


@router.post("/erasures", response_model=ErasureOut, responses=DONE | errors(404, 409))
def erase(tx: WriteOnceSession, actor: Admin, wanted: ErasureIn, now: Now) -> Response:
    """Erase what people wrote of one thing. Events, roots and older proofs stay as they are."""
    done = erasure.erase(tx, wanted.subject, wanted.names, by=actor.id, at=now)
    return answer(ErasureOut(subject=wanted.subject, disclosures=done.disclosures, event=done.event))
