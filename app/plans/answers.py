"""The notices that a plan answers: answered by each attempt, owed again when it is denied, closed by its approval."""

from datetime import datetime
from uuid import UUID

from app.core.db import Tx
from app.core.problems import Fault, Invalid
from app.ledger import log
from app.ledger.events import Change
from app.notices import operations as notices
from app.notices import queries as notice_queries
from app.notices import rules as notice_rules
from app.notices.models import Notice
from app.notices.rules import NoticeCannotMove, NoticeState
from app.plans import queries
from app.plans.models import Plan, Submission
from app.plans.rules import PlanCannotMove, PlanState
from app.plans.schemas import PlanIn, RootCause
from app.workspaces import queries as workspaces
from app.workspaces.models import Account

_EARLIER = 5
"""Plans about the same items whose root causes a new draft is offered."""
_CAUSES = 50
_UNDECIDED = frozenset({PlanState.SUBMITTED, PlanState.MORE_INFO_REQUESTED})


def answering(tx: Tx, plan: Plan, attempt: Submission, *, at: datetime) -> list[Change]:
    """Take note that the attempt answers the notices that the plan names; refuse if one is closed or dismissed."""
    named = [UUID(one) for one in plan.written()["notices"]]
    changes = []
    for row in notice_queries.locked(tx, named):
        try:
            changes.append(_answered(tx, row, plan, submission=attempt.number, at=at))
        except NoticeCannotMove as refusal:
            detail = f"{row.title}: {refusal.detail} Or take it out of the plan's `notices`."
            where = Fault(f"/notices/{named.index(row.id)}", detail, "notice_cannot_move")
            raise NoticeCannotMove(detail, errors=[where]) from None
    return changes


def reopening(tx: Tx, plan: Plan, *, at: datetime) -> list[Change]:
    """Take note that the notices which the plan has answered are still to be answered."""
    return [
        notices.reopened(tx, row, at=at) for row in notice_queries.locked_of_plan(tx, plan.id, submission=plan.attempts)
    ]


def closing(tx: Tx, plan: Plan, *, at: datetime) -> list[Change]:
    """Take note that the notices which the plan has answered are settled."""
    return [
        notices.closed(tx, row, at=at) for row in notice_queries.locked_of_plan(tx, plan.id, submission=plan.attempts)
    ]


def respond(tx: Tx, row: Notice, plan: Plan, *, submission: int | None, by: UUID, at: datetime) -> None:
    """Record that an attempt at a plan which does not name the notice answers it, too: the newest if none is said."""
    if not plan.attempts or PlanState(plan.state) is PlanState.WITHDRAWN:
        raise PlanCannotMove(f"It is `{plan.state}`: submit it, and it can answer a notice.")
    number = submission or plan.attempts
    if number > plan.attempts:
        detail = f"The newest submission of {plan.reference} is {plan.attempts}."
        raise Invalid(detail, errors=[Fault("/body/submission", detail, "unknown_submission")])
    if row.plan_id == plan.id and number <= (row.submission or 0):
        raise NoticeCannotMove(f"Submission {row.submission} of {plan.reference} has answered it already.")
    owed = PlanState(plan.state) in {PlanState.DENIED, PlanState.DRAFT}
    if number < plan.attempts and not owed:
        # It was denied, and what became of the notice since is up to the one that followed.
        detail = f"Submission {number} was denied: name {plan.attempts}, which followed."
        raise Invalid(detail, errors=[Fault("/body/submission", detail, "superseded")])
    changes = [_answered(tx, row, plan, submission=number, at=at)]
    if owed:
        changes.append(notices.reopened(tx, row, at=at))
    elif PlanState(plan.state) is PlanState.APPROVED:
        changes.append(notices.closed(tx, row, at=at))
    log.append(tx, changes, plan=plan.id, actor=by, at=at)


def _answered(tx: Tx, row: Notice, plan: Plan, *, submission: int, at: datetime) -> Change:
    """Take note that an attempt at *plan* answers a notice; refuse while another plan that did is not decided yet.

    What that plan was denied for, and what was answered in words since, keeps no other from being sent.
    """
    if row.plan_id not in {None, plan.id}:
        other = queries.plan(tx, str(row.plan_id))
        if other.attempts == row.submission and PlanState(other.state) in _UNDECIDED:
            raise NoticeCannotMove(f"{other.reference} has answered it and is not decided yet: record that decision.")
    return notices.answered(tx, row, plan=plan.id, submission=submission, at=at)


def proposed(tx: Tx, row: Notice) -> PlanIn:
    """Return the draft that a notice asks for: its items and account, in the account's zone, with what was found to be
    the cause the last times. Refuse where nothing is to be answered.
    """
    notice_rules.move(NoticeState(row.state), NoticeState.RESPONDED)
    items = [(one.type, one.ref) for one in notice_queries.items_of(tx, [row.id])[row.id]]
    account = row.account_id and workspaces.one(tx, Account, row.account_id)
    causes: dict[str, RootCause] = {}
    for cause in queries.earlier_causes(tx, items, limit=_EARLIER)[:_CAUSES]:
        causes.setdefault(cause["key"], RootCause.model_validate(cause))
    return PlanIn.model_validate(
        {
            "title": row.title,
            "timezone": account.timezone if account else None,
            "account": row.account_id,
            "notices": [row.id],
            "items": [{"type": type_, "ref": ref} for type_, ref in items],
            "root_causes": list(causes.values()),
        }
    )
