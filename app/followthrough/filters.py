"""From a query's words to what is asked: names become ids, and a name that names nothing is refused."""

from datetime import datetime
from typing import Any
from uuid import UUID

from app.core.items import item_parts
from app.core.problems import Fault, Invalid
from app.followthrough import lists
from app.followthrough.lists import Asked, What
from app.followthrough.polled import Reading
from app.followthrough.schemas import CommitmentsQuery, DueSoonQuery, Filters, OverdueQuery, Paged

_MEMBER = (
    "SELECT id FROM member WHERE workspace_id = :ws AND (lower(email) = lower(CAST(:name AS text)) "
    "OR CAST(id AS text) = lower(CAST(:name AS text)))"
)
_PLAN = (
    "SELECT id FROM plan WHERE workspace_id = :ws AND "
    "(number = :number OR CAST(id AS text) = lower(CAST(:name AS text)))"
)
_ACCOUNT = "SELECT id FROM account WHERE workspace_id = :ws AND id = :name"


async def asked(read: Reading, what: What, query: Filters, *, at: datetime) -> Asked:
    """Return the question that *query* asks at the instant *at*. Costs a read per owner, plan or account named."""
    as_of, after_due, after_id = query.as_of or at, None, None
    if isinstance(query, Paged) and query.cursor:
        as_of, after_due, after_id = lists.read_cursor(query.cursor)
    more: dict[str, Any] = {}
    if isinstance(query, Paged):
        more["limit"] = query.limit
    if isinstance(query, OverdueQuery) and query.min_days != 1:
        # Whatever is overdue is so for a day at least.
        more["min_days"] = query.min_days
    if isinstance(query, DueSoonQuery):
        more["until"] = as_of + query.reach
    if isinstance(query, CommitmentsQuery):
        more |= {
            "state": query.state and query.state.value,
            "due_before": query.due_before,
            "due_after": query.due_after,
        }
    if query.item:
        more["item_type"], more["item_ref"] = item_parts(query.item)
    if query.owner:
        more["owner"] = await owner(read, query.owner)
    if query.plan:
        more["plan"] = await plan(read, query.plan)
    if query.account:
        more["account"] = await account(read, query.account)
    return Asked(
        what=what,
        as_of=as_of,
        past=as_of < at,
        kind=query.kind and query.kind.value,
        after_due=after_due,
        after_id=after_id,
        **more,
    )


async def owner(read: Reading, name: str) -> UUID:
    """Return the member of that id or address, or refuse."""
    return await _id(read, _MEMBER, "owner", {"name": name})


async def plan(read: Reading, name: str) -> UUID:
    """Return the plan of that id or reference, or refuse."""
    number = int(name.removeprefix("POA-")) if name.startswith("POA-") else None
    return await _id(read, _PLAN, "plan", {"name": name, "number": number})


async def account(read: Reading, id_: UUID | None) -> UUID | None:
    """Return the account with that id, or refuse; None if none is named."""
    return id_ and await _id(read, _ACCOUNT, "account", {"name": id_})


async def _id(read: Reading, sql: str, field: str, values: dict[str, Any]) -> UUID:
    rows = await read.fetch(sql, values)
    if not rows:
        detail = f"There is no {field} {values['name']} here."
        raise Invalid(detail, errors=[Fault(f"/query/{field}", detail, f"unknown_{field}")])
    found: UUID = rows[0]["id"]
    return found
