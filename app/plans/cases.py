"""Collecting what a reviewer of a plan looks at: the plan, what its notices ask for, the evidence it has."""

from app.commitments import queries as commitments
from app.core.db import Read
from app.core.problems import Fault
from app.notices import queries as notices
from app.notices.rules import NoticeState
from app.plans import queries, rules
from app.plans.models import Plan
from app.plans.readiness import Asked, Case, Shown
from app.plans.rules import PlanState
from app.workspaces import queries as workspaces


def gaps(session: Read, plan: Plan) -> list[Fault]:
    """Return what keeps a plan from being approved."""
    written = plan.written()
    return rules.gaps(written, active=queries.active_owners(session, written))


def case_of(session: Read, plan: Plan) -> Case:
    """Return what a reviewer looks at. Notices come in the order in which the plan names them."""
    written = plan.written()
    rows = queries.notices_of(session, plan, written)
    about = notices.items_of(session, [row.id for row in rows])
    asked = tuple(
        Asked(
            title=row.title,
            state=NoticeState(row.state),
            items=tuple(f"{one.type}:{one.ref}" for one in about[row.id]),
            respond_by=row.respond_by,
            attempts_allowed=row.attempts_allowed,
            attempts=row.attempts,
            evidence_window_days=row.evidence_window_days,
            received_at=row.received_at,
        )
        for row in rows
    )
    shown = tuple(
        Shown(name=one.title or one.body, items=tuple(one.items or ()), document_on=one.document_on)
        for one in commitments.evidence_of_plan(session, plan.id)
        if one.superseded_by is None
    )
    return Case(
        content=written,
        state=PlanState(plan.state),
        notices=asked,
        evidence=shown,
        is_signed_off=queries.is_read(session, plan),
        four_eyes=workspaces.workspace(session).four_eyes,
    )
