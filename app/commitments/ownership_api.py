"""`PATCH /v1/members/{member}`: a member changes, or leaves, and hands over."""

from fastapi import APIRouter, Response

from app.commitments import ownership
from app.commitments.rules import StillAccountable
from app.core.components import ETAGGED, errors
from app.core.contract import operation_id
from app.core.http import IfMatch, Now, answer, expect
from app.core.route import Route
from app.workspaces import operations, queries
from app.workspaces.access import Admin, WriteSession
from app.workspaces.api import IdInPath
from app.workspaces.schemas import MemberChange, MemberOut

router = APIRouter(prefix="/v1", route_class=Route, generate_unique_id_function=operation_id, tags=["members"])


@router.patch("/members/{member}", response_model=MemberOut, responses=ETAGGED | errors(404, 409, 412))
def change_member(
    tx: WriteSession, actor: Admin, member: IdInPath, change: MemberChange, now: Now, if_match: IfMatch = None
) -> Response:
    """Change a member's name or role, or let them leave: their keys stop working at once.

    Who is accountable for something hands it over first, or by the same call.
    """
    # One at a time, so that two demotions cannot each see the other's admin, nor two changes the same version.
    operations.lock_workspace(tx)
    # And locked, so that nobody is given something who is about to leave.
    row = queries.locked_member(tx, member)
    expect(if_match, lambda: MemberOut.of(row))
    if change.hand_over_to:
        heir = ownership.heir(tx, str(change.hand_over_to), instead_of=row.id, pointer="/body/hand_over_to")
        ownership.hand_over(tx, row.id, to=heir, by=actor.id, at=now)
    elif change.active is False and ownership.owns_something(tx, row.id):
        raise StillAccountable(f"{row.name} owns what is still open.")
    changes = change.model_dump(exclude_none=True, exclude={"hand_over_to"})
    return answer(MemberOut.of(operations.change_member(tx, row, changes, by=actor.id, at=now)))
