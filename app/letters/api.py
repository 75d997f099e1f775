"""`/v1/plans/parse`: what a letter says, as a draft for review."""

from fastapi import APIRouter, Response

from app.core.components import ETAGGED
from app.core.contract import operation_id
from app.core.http import Now, answer
from app.core.route import Alone
from app.letters import queries
from app.letters.schemas import LetterIn, LetterOut
from app.workspaces.access import Reader, ReadSession

router = APIRouter(prefix="/v1", route_class=Alone, generate_unique_id_function=operation_id, tags=["plans"])


# Not `WriteOnceSession`, unlike every other POST: there is no effect that could happen twice, and to keep an answer for
# its `Idempotency-Key` would be to record the letter.
@router.post("/plans/parse", response_model=LetterOut, responses=ETAGGED)
def parse_plan(read: ReadSession, _: Reader, letter: LetterIn, now: Now) -> Response:
    """Read a plan of action as people write it, and propose a draft with the line of each piece. Records nothing."""
    return answer(queries.draft_of(read, letter, at=now))
