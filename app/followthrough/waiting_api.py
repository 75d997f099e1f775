"""`/v1/waiting`: what waits for a decision, and for whose. `/v1/workload`: who carries how much."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field, StringConstraints

from app.commitments.schemas import OwnerOut, Reference
from app.core.components import ETAGGED, errors
from app.core.contract import operation_id
from app.core.db import Read
from app.core.fields import Count, Email, Id, Instant, Out, Text
from app.core.http import IfNoneMatch, Now, answer
from app.core.paging import (
    CursorInQuery,
    CursorUnreadable,
    LimitInQuery,
    Page,
    next_link,
    parse_cursor,
)
from app.core.problems import Fault, Invalid
from app.core.route import Route
from app.followthrough.waiting import AskedWaiting, Wait, Waiting, listed
from app.followthrough.workload import MAX_MEMBERS, workload
from app.workspaces.access import Reader, ReadSession
from app.workspaces.queries import members_by_name
from app.workspaces.rules import Role

router = APIRouter(prefix="/v1", route_class=Route, generate_unique_id_function=operation_id, tags=["overdue"])

_HREFS = {
    Wait.VERIFICATION: "commitments/{}",
    Wait.EXTENSION: "extensions/{}",
    Wait.WAIVER: "waivers/{}",
    Wait.AMENDMENT: "amendments/{}",
    Wait.SIGN_OFF: "plans/{}",
    Wait.EFFECTIVENESS: "plans/{}/effectiveness",
}


class WaitingOut(Out):
    """Something that waits for a decision."""

    kind: Wait
    since: Instant
    href: Annotated[str, StringConstraints(max_length=200, pattern=r"^/v1/[a-z0-9/-]+$")] = Field(
        description="Where it is, and beside it, where it is decided."
    )
    reference: Reference = Field(description="The commitment, or the plan.")
    plan: Id
    title: Text = Field(description="What the commitment says, or the plan is called.")
    reason: Text | None = Field(description="Why it was asked for.")
    by: Id | None = Field(description="Who did it, wrote it or asked for it: somebody else decides.")

    @classmethod
    def of(cls, row: Waiting) -> "WaitingOut":
        kind = Wait(row.kind)
        return cls(
            kind=kind,
            since=row.at,
            href=f"/v1/{_HREFS[kind].format(row.id)}",
            reference=row.reference,
            plan=row.plan_id,
            title=row.title,
            reason=row.reason,
            by=row.by,
        )


MemberInQuery = Annotated[
    Id | Email | None,
    Query(description="For whose decision: a member's id or address. The key's member if left out; else anybody's."),
]


@router.get("/waiting", response_model=Page[WaitingOut], responses=ETAGGED | errors(400))
def list_waiting(
    request: Request,
    read: ReadSession,
    actor: Reader,
    now: Now,
    member: MemberInQuery = None,
    kind: Annotated[Wait | None, Query(description="Only what is to be decided so.")] = None,
    limit: LimitInQuery = 50,
    cursor: CursorInQuery = None,
    __: IfNoneMatch = None,
) -> Response:
    """List what waits for your decision, longest first. What you did or asked for yourself is for somebody else."""
    asked = AskedWaiting(_member(read, member) or actor.member_id, kind, _after(cursor), limit + 1)
    page = Page[WaitingOut].of(
        listed(read, asked, at=now), limit, shown=WaitingOut.of, place=lambda row: (row.at, row.id)
    )
    return answer(page, headers=next_link(request, page.next_cursor))


class Load(Out):
    """What one member owns."""

    member: OwnerOut
    role: Role
    active: bool
    open: Count
    in_progress: Count = Field(description="Of the open ones.")
    overdue: Count = Field(description="Of the open ones.")
    due_soon: Count = Field(description="Of the open ones: not overdue, and due within 7 days.")
    unverified: Count = Field(description="Done, and not looked at by somebody else yet.")

    @classmethod
    def of(cls, row: Any) -> "Load":
        member = OwnerOut(id=row.id, name=row.name, email=row.email)
        counts = {name: getattr(row, name) for name in ("open", "in_progress", "overdue", "due_soon", "unverified")}
        return cls(member=member, role=Role(row.role), active=row.active, **counts)


class Workload(Out):
    """What each member owns; the most overdue first."""

    as_of: Instant
    data: Annotated[list[Load], Field(max_length=MAX_MEMBERS)]


@router.get("/workload", response_model=Workload, responses=ETAGGED)
def get_workload(
    read: ReadSession,
    _: Reader,
    now: Now,
    as_of: Annotated[Instant | None, Query(description="As it was then, or will be. Now if left out.")] = None,
    __: IfNoneMatch = None,
) -> Response:
    """Say what each active member owns, and each who has left and still does."""
    at = as_of or now
    rows = workload(read, as_of=at, past=at < now)
    return answer(Workload(as_of=at, data=[Load.of(row) for row in rows]))


def _member(read: Read, name: UUID | str | None) -> UUID | None:
    if name is None:
        return None
    found = members_by_name(read, {str(name)}).get(str(name))
    if found is None:
        detail = f"No active member is called {name}."
        raise Invalid(detail, errors=[Fault("/query/member", detail, "unknown_member")])
    return found.id


def _after(cursor: str | None) -> tuple[datetime, UUID] | None:
    if cursor is None:
        return None
    at, id_ = parse_cursor(cursor, str, str)
    try:
        found = datetime.fromisoformat(at), UUID(id_)
    except ValueError:
        raise CursorUnreadable from None
    if found[0].tzinfo is None:
        raise CursorUnreadable
    return found
