"""Judging whether a plan worked."""

from datetime import datetime
from uuid import UUID

from app.core.db import Tx
from app.core.ids import new_id
from app.effectiveness import queries, rules
from app.effectiveness.models import EffectivenessCheck
from app.effectiveness.rules import ActorsDoNotJudge, NotCarriedOut
from app.effectiveness.schemas import CheckIn
from app.ledger import log
from app.ledger.events import Change
from app.plans.models import Plan
from app.plans.rules import PlanState
from app.workspaces import four_eyes


def check(tx: Tx, plan: Plan, new: CheckIn, *, by: UUID, at: datetime) -> EffectivenessCheck:
    """Record whether the problem came back. The plan is held, so that checks are numbered one after the other."""
    if PlanState(plan.state) is not PlanState.APPROVED:
        raise NotCarriedOut(f"{plan.reference} is `{plan.state}`.")
    # Nothing is rejected or opened between looking and writing down: the proof would say that it was not carried out.
    queries.hold_actions(tx, plan)
    known = queries.known(tx, plan, at=at)
    carried_out_at, window_ends_at = rules.check(
        new.outcome,
        carried_out_at=known.carried_out_at,
        window_ends_at=known.window_ends_at,
        recurrences=known.recurrences,
        seen=new.recurrences_seen,
        at=at,
    )
    four_eyes.check(tx, by, first=known.actors, refusal=ActorsDoNotJudge)
    earlier = queries.newest_checks(tx, plan.id, limit=1)
    row = EffectivenessCheck(
        workspace_id=plan.workspace_id,
        id=new_id(),
        plan_id=plan.id,
        number=earlier[-1].number + 1 if earlier else 1,
        outcome=new.outcome.value,
        reason=new.reason,
        recurrences=known.recurrences,
        carried_out_at=carried_out_at,
        window_ends_at=window_ends_at,
        checked_by=by,
        checked_at=at,
    )
    tx.add(row)
    tx.flush()
    change = Change(type="effectiveness.checked", subject=row.id, data=row.facts(), private={"reason": row.reason})
    log.append(tx, [change], plan=plan.id, actor=by, at=at)
    return row
