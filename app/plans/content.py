"""What a plan says: checked, in canonical form, with its owners named by id, and found by what it is about."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any
from uuid import UUID

import rfc8785
import sqlalchemy as sa
from sqlmodel import col

from app.core.db import Read, Tx
from app.core.problems import Fault, Invalid
from app.notices import queries as notices
from app.plans import rules
from app.plans.models import Plan, PlanItem, PlanNotice
from app.plans.schemas import PlanIn
from app.workspaces import queries as workspaces


def written(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of a request's body that are content."""
    return {name: value for name, value in given.items() if name in PlanIn.model_fields and name != "approval"}


def write(tx: Tx, plan: Plan, content: dict[str, Any]) -> None:
    """Check *content*, name its owners by id, and make it what the plan says."""
    faults = rules.contradictions(content)
    content["commitments"], unknown = with_owners(tx, content["commitments"])
    unknown += _unknown_notices(tx, content["notices"])
    account = content["account"]
    if account and not workspaces.is_account(tx, UUID(account)):
        unknown.append(Fault("/account", "There is no such account.", "unknown_account"))
    if faults := [*faults, *unknown]:
        raise Invalid(
            f"Wrong: {', '.join(fault.pointer for fault in faults[:3])}.",
            errors=[Fault(f"/body{fault.pointer}", fault.detail, fault.code) for fault in faults],
        )
    is_new = not plan.content
    plan.title, plan.timezone = content["title"], content["timezone"]
    plan.account_id = UUID(account) if account else None
    plan.observation_days = content["observation_days"]
    plan.content = rfc8785.dumps(content)
    plan.content_sha256 = sha256(plan.content).hexdigest()
    tx.add(plan)
    tx.flush()
    for table in () if is_new else (PlanItem, PlanNotice):
        tx.execute(sa.delete(table).where(col(table.workspace_id) == plan.workspace_id, col(table.plan_id) == plan.id))
    mine = {"workspace_id": plan.workspace_id, "plan_id": plan.id}
    if content["items"]:
        tx.execute(sa.insert(PlanItem), [mine | item for item in content["items"]])
    if content["notices"]:
        # Their foreign keys lock the notices: in the order in which whoever changes several locks them.
        tx.execute(sa.insert(PlanNotice), [mine | {"notice_id": UUID(one)} for one in sorted(content["notices"])])


def areas(content: Mapping[str, Any], keys: Sequence[str]) -> list[str]:
    """Return where the root causes of these *keys* lie, each area once, in order."""
    return sorted({one["area"] for one in content["root_causes"] if one["key"] in keys})


def with_owners(session: Read, promises: Sequence[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[Fault]]:
    """Return the promises with their owners as ids, and a fault for each name that is nobody's."""
    found = workspaces.members_by_name(session, {one["owner"] for one in promises if one["owner"]})
    faults = [
        Fault(f"/commitments/{index}/owner", f"No active member is called {one['owner']}.", "unknown_member")
        for index, one in enumerate(promises)
        if one["owner"] and one["owner"] not in found
    ]
    named = [one | {"owner": str(found[one["owner"]].id) if one["owner"] in found else None} for one in promises]
    return named, faults


def _unknown_notices(session: Read, ids: Sequence[str]) -> list[Fault]:
    """Return a fault for each notice that is not here."""
    known = notices.known(session, [UUID(one) for one in ids])
    return [
        Fault(f"/notices/{index}", "There is no such notice here: record it first.", "unknown_notice")
        for index, one in enumerate(ids)
        if UUID(one) not in known
    ]
