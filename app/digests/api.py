"""`/v1/digests/{member}`: how a member gets the digest of what is overdue, due soon and waiting."""

import threading
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request, Response

from app.core import db
from app.core.components import ETAGGED, errors
from app.core.contract import operation_id
from app.core.db import Read
from app.core.http import IfMatch, IfNoneMatch, Now, answer, expect
from app.core.problems import Fault
from app.core.route import Call, Late, Route
from app.digests import channels, operations, queries
from app.digests.channels import NotUnderstood
from app.digests.rules import Channel, ChannelNotUnderstood, TooManyChannels
from app.digests.schemas import DigestChange, DigestOut
from app.workspaces import operations as workspaces
from app.workspaces import queries as members
from app.workspaces.access import Actor, Contributor, Reader, ReadSession, WriteSession, check_admission
from app.workspaces.models import Member
from app.workspaces.rules import Scope, demand

_ASKED = threading.BoundedSemaphore(2)
"""Requests that may ask Apprise at once: each has a thread of those that all requests share, and starts a process."""

router = APIRouter(prefix="/v1", route_class=Route, generate_unique_id_function=operation_id, tags=["digests"])

MemberInPath = Annotated[UUID, Path(description="The member's id.", json_schema_extra={"maxLength": 36})]


@router.get("/digests/{member}", response_model=DigestOut, responses=ETAGGED | errors(404))
def get_digest(read: ReadSession, _: Reader, member: MemberInPath, __: IfNoneMatch = None) -> Response:
    """Return how a member gets the digest. Where it goes is never shown: the address of a channel holds secrets."""
    members.one(read, Member, member)
    return answer(DigestOut.of(member, queries.digest_of(read, member)))


@dataclass(frozen=True, slots=True)
class _Choice(Late):
    """The columns to change, once the channel is known to be one.

    Asking Apprise takes half a second, or until its patience ends: no transaction is open meanwhile, so it is asked
    after it is certain that this key may choose.
    """

    request: Request
    member: UUID
    change: DigestChange

    def open(self, call: Call) -> dict[str, Any]:
        del call
        changes = self.change.model_dump(exclude_none=True)
        if "timezone" in self.change.model_fields_set:
            changes["timezone"] = self.change.timezone
        url = changes.pop("channel", None)
        if url == Channel.EMAIL:
            changes |= {"channel": Channel.EMAIL.value, "address": None}
        elif url is not None:
            self._ask(url)
            changes |= {"channel": Channel.APPRISE.value, "address": url}
        return changes

    def _ask(self, url: str) -> None:
        state, actor = self.request.app.state, check_admission(self.request)
        with db.reading(state.engine, actor.workspace_id) as read:
            _check(read, actor, self.member)
        if not _ASKED.acquire(blocking=False):
            raise TooManyChannels("Try again.", Retry_After="5")
        try:
            channels.understood(url, private=state.private_channels)
        except NotUnderstood as error:
            raise ChannelNotUnderstood(errors=[Fault("/body/channel", str(error), "unknown_channel")]) from None
        finally:
            _ASKED.release()


async def _choose(request: Request, member: MemberInPath, change: DigestChange) -> _Choice:
    return _Choice(request, member, change)


# Before the session in each signature: what is opened late is opened in that order.
Chosen = Annotated[dict[str, Any], Depends(_choose)]


@router.patch("/digests/{member}", response_model=DigestOut, responses=ETAGGED | errors(404, 412))
def change_digest(
    changes: Chosen, tx: WriteSession, actor: Contributor, member: MemberInPath, now: Now, if_match: IfMatch = None
) -> Response:
    """Change how a member gets the digest: one's own, or with the scope `admin` anyone's."""
    _check(tx, actor, member)
    workspaces.lock_workspace(tx)
    expect(if_match, lambda: DigestOut.of(member, queries.digest_of(tx, member)))
    return answer(DigestOut.of(member, operations.choose(tx, member, changes, by=actor.id, at=now)))


def _check(session: Read, actor: Actor, member: UUID) -> None:
    """Refuse who may not choose for that member."""
    members.one(session, Member, member)
    if actor.member_id != member:
        demand(Scope.ADMIN, of=actor.powers)
