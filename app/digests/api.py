"""`/v1/digests/{member}`: how a member gets the digest of what is overdue, due soon and waiting."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response

from app.core.components import ETAGGED, errors
from app.core.contract import operation_id
from app.core.http import IfMatch, IfNoneMatch, Now, answer, expect
from app.core.problems import Fault
from app.core.route import Route
from app.digests import channels, operations, queries
from app.digests.channels import NotUnderstood
from app.digests.rules import Channel, ChannelNotUnderstood
from app.digests.schemas import DigestChange, DigestOut
from app.workspaces import operations as workspaces
from app.workspaces import queries as members
from app.workspaces.access import Contributor, Reader, ReadSession, WriteSession
from app.workspaces.models import Member
from app.workspaces.rules import Scope, demand

router = APIRouter(prefix="/v1", route_class=Route, generate_unique_id_function=operation_id, tags=["digests"])

MemberInPath = Annotated[UUID, Path(description="The member's id.", json_schema_extra={"maxLength": 36})]


@router.get("/digests/{member}", response_model=DigestOut, responses=ETAGGED | errors(404))
def get_digest(read: ReadSession, _: Reader, member: MemberInPath, __: IfNoneMatch = None) -> Response:
    """Return how a member gets the digest. Where it goes is never shown: the address of a channel holds secrets."""
    members.one(read, Member, member)
    return answer(DigestOut.of(member, queries.digest_of(read, member)))


@router.patch("/digests/{member}", response_model=DigestOut, responses=ETAGGED | errors(404, 412))
def change_digest(
    request: Request,
    tx: WriteSession,
    actor: Contributor,
    member: MemberInPath,
    change: DigestChange,
    now: Now,
    if_match: IfMatch = None,
) -> Response:
    """Change how a member gets the digest: one's own, or with the scope `admin` anyone's."""
    members.one(tx, Member, member)
    if actor.member_id != member:
        demand(Scope.ADMIN, of=actor.powers)
    # Before the lock: asking Apprise takes half a second.
    changes = _chosen(change, private=request.app.state.private_channels)
    workspaces.lock_workspace(tx)
    expect(if_match, lambda: DigestOut.of(member, queries.digest_of(tx, member)))
    return answer(DigestOut.of(member, operations.choose(tx, member, changes, by=actor.id, at=now)))


def _chosen(change: DigestChange, *, private: bool) -> dict[str, Any]:
    """Return the columns to change."""
    changes = change.model_dump(exclude_none=True)
    if "timezone" in change.model_fields_set:
        changes["timezone"] = change.timezone
    url = changes.pop("channel", None)
    if url == Channel.EMAIL:
        changes |= {"channel": Channel.EMAIL.value, "address": None}
    elif url is not None:
        try:
            channels.understood(url, private=private)
        except NotUnderstood as error:
            raise ChannelNotUnderstood(errors=[Fault("/body/channel", str(error), "unknown_channel")]) from None
        changes |= {"channel": Channel.APPRISE.value, "address": url}
    return changes
