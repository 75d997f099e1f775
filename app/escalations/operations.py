"""Adding and changing escalation rules."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from app.core.db import Tx, workspace_of
from app.core.ids import new_id
from app.core.problems import Fault, Invalid
from app.escalations import queries
from app.escalations.models import EscalationRule
from app.escalations.rules import MAX_ACTIVE, TooManyRules
from app.escalations.schemas import EscalationRuleChange, EscalationRuleIn
from app.ledger import log
from app.ledger.events import Change
from app.workspaces import queries as workspaces


def add_rule(tx: Tx, new: EscalationRuleIn, *, by: UUID, at: datetime) -> EscalationRule:
    """Add a rule. The caller holds the workspace: of two at once, the second counts the first."""
    named = _resolved(tx, {name: getattr(new, name) for name in ("tell", "owner", "account")})
    row = EscalationRule(
        workspace_id=workspace_of(tx),
        id=new_id(),
        name=new.name,
        count=new.count,
        older_than_days=new.older_than_days,
        kind=new.kind and new.kind.value,
        level=new.level,
        active=new.active,
        created_at=at,
        **named,
    )
    tx.add(row)
    return _written(tx, row, "escalation_rule.added", by=by, at=at)


def change_rule(tx: Tx, row: EscalationRule, change: EscalationRuleChange, *, by: UUID, at: datetime) -> EscalationRule:
    """Change a rule. What stands by it now, the next answer says; the worker tells the ledger what that changed."""
    said = {name: getattr(change, name) for name in change.model_fields_set}
    if said.get("kind"):
        said["kind"] = said["kind"].value
    named = _resolved(tx, {name: said.pop(name) for name in ("tell", "owner", "account") if name in said})
    for name, value in (said | named).items():
        setattr(row, name, value)
    return _written(tx, row, "escalation_rule.changed", by=by, at=at)


def _written(tx: Tx, row: EscalationRule, type_: str, *, by: UUID, at: datetime) -> EscalationRule:
    tx.flush()
    if row.active and queries.active_rules(tx) > MAX_ACTIVE:
        raise TooManyRules(f"There can be {MAX_ACTIVE}.")
    change = Change(type=type_, subject=row.id, data=row.facts(), private={"name": row.name})
    log.append(tx, [change], actor=by, at=at)
    return row


def _resolved(tx: Tx, named: dict[str, Any]) -> dict[str, Any]:
    """Return the columns of those who are *named*, or refuse, naming each place."""
    tell, owner = named.get("tell") or [], named.get("owner")
    members = workspaces.members_by_name(tx, {str(one) for one in [*tell, *([owner] if owner else [])]})
    faults = [
        Fault(f"/body/{pointer}", f"No active member is called {name}.", "unknown_member")
        for pointer, name in _places(tell, owner)
        if str(name) not in members
    ]
    account = named.get("account")
    if account and not workspaces.is_account(tx, account):
        faults.append(Fault("/body/account", "There is no such account.", "unknown_account"))
    if faults:
        raise Invalid(f"Wrong: {', '.join(fault.pointer for fault in faults[:3])}.", errors=faults)
    found: dict[str, Any] = {}
    if "tell" in named:
        found["tell"] = list(dict.fromkeys(members[str(one)].id for one in tell))
    if "owner" in named:
        found["owner_id"] = members[str(owner)].id if owner else None
    if "account" in named:
        found["account_id"] = account
    return found


def _places(tell: list[Any], owner: Any) -> Iterable[tuple[str, Any]]:
    yield from ((f"tell/{index}", name) for index, name in enumerate(tell))
    if owner:
        yield "owner", owner
