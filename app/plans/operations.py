"""Writing plans, sending them, recording what the authority decided."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import rfc8785
import sqlalchemy as sa
from sqlmodel import col, select

from app.commitments import operations as commitments
from app.commitments.operations import Promise
from app.core.db import Read, Tx, workspace_of
from app.core.ids import new_id
from app.core.problems import Fault, Invalid
from app.ledger import log
from app.ledger.events import Change
from app.plans import dues, queries, rules
from app.plans.models import Plan, PlanItem, Submission
from app.plans.rules import AnswerMissing, Outcome, PlanCannotMove, PlanHasGaps, PlanState
from app.plans.schemas import Approval, Decision, PlanChange, PlanIn, SubmissionIn
from app.workspaces import operations as workspaces
from app.workspaces import queries as workspace_queries
from app.workspaces.models import Account, Member

_SLACK = timedelta(days=1)
"""How far a decision may seem to come from the future: clocks differ."""


def draft(tx: Tx, new: PlanIn, *, by: UUID, at: datetime) -> Plan:
    """Write a plan down as a draft."""
    plan, change = _draft(tx, new, by=by, at=at)
    log.append(tx, [change], plan=plan.id, actor=by, at=at)
    return plan


def record_approved(tx: Tx, new: PlanIn, approval: Approval, *, by: UUID, at: datetime) -> Plan:
    """Write down a plan that is approved already: draft, attempt, approval and commitments in one."""
    plan, drafted = _draft(tx, new, by=by, at=at)
    attempt = _attempt(tx, plan, text=None, by=by, at=at)
    plan.state = rules.move(PlanState(plan.state), PlanState.SUBMITTED).value
    submitted = _change("plan.submitted", plan, attempt)
    try:
        decided = _approve(tx, plan, attempt, approval, by=by, at=at)
    except PlanHasGaps as gaps:
        faults = [Fault(f"/body{fault.pointer}", fault.detail, fault.code) for fault in gaps.errors]
        raise Invalid("An approved plan needs an owner and a due for every commitment.", errors=faults) from None
    log.append(tx, [drafted, submitted, *decided], plan=plan.id, actor=by, at=at)
    return plan


def redraft(tx: Tx, plan: Plan, change: PlanChange, *, by: UUID, at: datetime) -> Plan:
    """Change a draft; changing a denied plan begins the draft of the next attempt."""
    plan.state = rules.move(PlanState(plan.state), PlanState.DRAFT).value
    given = _written(change.model_dump(mode="json", include=change.model_fields_set))
    # Only the account can be taken away: `null` elsewhere is as if it were absent.
    kept = {name: value for name, value in given.items() if value is not None or name == "account"}
    _write(tx, plan, plan.written() | kept)
    changed = _change("plan.redrafted", plan, queries.latest_submission(tx, plan), **_private(plan))
    tx.flush()
    log.append(tx, [changed], plan=plan.id, actor=by, at=at)
    return plan


def submit(tx: Tx, plan: Plan, new: SubmissionIn, *, by: UUID, at: datetime) -> Plan:
    """Freeze the draft as the next attempt; or attach the answer to the attempt that was asked about."""
    if PlanState(plan.state) is PlanState.MORE_INFO_REQUESTED:
        return _answer(tx, plan, new, by=by, at=at)
    plan.state = rules.move(PlanState(plan.state), PlanState.SUBMITTED).value
    attempt = _attempt(tx, plan, text=new.text, by=by, at=at)
    said = {"text": new.text} if new.text else {}
    log.append(tx, [_change("plan.submitted", plan, attempt, **said)], plan=plan.id, actor=by, at=at)
    return plan


def decide(tx: Tx, plan: Plan, decision: Decision, *, by: UUID, at: datetime) -> Plan:
    """Record the authority's decision on the newest attempt; an approval binds the plan's commitments."""
    attempt = queries.latest_submission(tx, plan)
    if attempt is None:
        raise PlanCannotMove(f"It is `{plan.state}`: nothing was submitted that could be decided.")
    if decision.outcome is Outcome.APPROVED:
        changes = _approve(tx, plan, attempt, decision, by=by, at=at)
    else:
        plan.state = rules.move(PlanState(plan.state), PlanState(decision.outcome.value)).value
        _record_decision(tx, attempt, decision, decision.outcome, by=by, at=at)
        tx.flush()
        changes = [_change(f"plan.{decision.outcome}", plan, attempt, **_decision_words(decision))]
    log.append(tx, changes, plan=plan.id, actor=by, at=at)
    return plan


def withdraw(tx: Tx, plan: Plan, *, reason: str, by: UUID, at: datetime) -> Plan:
    """Give the plan up. What was submitted, and why it was denied, stays."""
    plan.state = rules.move(PlanState(plan.state), PlanState.WITHDRAWN).value
    tx.flush()
    change = _change("plan.withdrawn", plan, queries.latest_submission(tx, plan), reason=reason)
    log.append(tx, [change], plan=plan.id, actor=by, at=at)
    return plan


def readiness(session: Read, plan: Plan) -> tuple[list[Fault], list[Fault]]:
    """Return what keeps a plan from being approved, and what a reviewer would ask about."""
    content = plan.written()
    return rules.gaps(content, active=_active(session, content)), rules.hints(content)


def _draft(tx: Tx, new: PlanIn, *, by: UUID, at: datetime) -> tuple[Plan, Change]:
    # Plans are numbered without gaps, so whoever writes one holds the workspace until commit.
    workspace = workspaces.lock_workspace(tx)
    workspace.plans += 1
    plan = Plan(
        workspace_id=workspace.id,
        id=new_id(),
        number=workspace.plans,
        title=new.title,
        timezone=new.timezone or workspace.timezone,
        content=b"",
        content_sha256="",
        created_at=at,
        created_by=by,
    )
    log.open_chain(tx, plan.id, plan.number)
    given = new.model_dump(mode="json", exclude={"approval"}) | {"timezone": plan.timezone}
    _write(tx, plan, _written(given))
    return plan, _change("plan.drafted", plan, None, **_private(plan))


def _written(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of a request's body that are content."""
    return {name: value for name, value in given.items() if name in PlanIn.model_fields and name != "approval"}


def _write(tx: Tx, plan: Plan, content: dict[str, Any]) -> None:
    """Check *content*, name its owners by id, and make it what the plan says."""
    faults = rules.contradictions(content)
    content["commitments"], unknown = _with_owners(tx, content["commitments"])
    account = content["account"]
    if (
        account
        and not tx.exec(
            select(Account.id).where(Account.workspace_id == workspace_of(tx), Account.id == UUID(account))
        ).first()
    ):
        unknown.append(Fault("/account", "There is no such account.", "unknown_account"))
    if faults := [*faults, *unknown]:
        raise Invalid(
            f"Wrong: {', '.join(fault.pointer for fault in faults[:3])}.",
            errors=[Fault(f"/body{fault.pointer}", fault.detail, fault.code) for fault in faults],
        )
    plan.title, plan.timezone = content["title"], content["timezone"]
    plan.account_id = UUID(account) if account else None
    plan.content = rfc8785.dumps(content)
    plan.content_sha256 = sha256(plan.content).hexdigest()
    tx.add(plan)
    tx.flush()
    tx.execute(
        sa.delete(PlanItem).where(col(PlanItem.workspace_id) == plan.workspace_id, col(PlanItem.plan_id) == plan.id)
    )
    rows = [{"workspace_id": plan.workspace_id, "plan_id": plan.id, **item} for item in content["items"]]
    if rows:
        tx.execute(sa.insert(PlanItem), rows)


def _with_owners(session: Read, promises: Sequence[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[Fault]]:
    """Return the promises with their owners as ids, and a fault for each name that is nobody's."""
    found = workspace_queries.members_by_name(session, {one["owner"] for one in promises if one["owner"]})
    faults = [
        Fault(f"/commitments/{index}/owner", f"No active member is called {one['owner']}.", "unknown_member")
        for index, one in enumerate(promises)
        if one["owner"] and one["owner"] not in found
    ]
    named = [one | {"owner": str(found[one["owner"]].id) if one["owner"] in found else None} for one in promises]
    return named, faults


def _attempt(tx: Tx, plan: Plan, *, text: str | None, by: UUID, at: datetime) -> Submission:
    plan.attempts += 1
    attempt = Submission(
        workspace_id=plan.workspace_id,
        plan_id=plan.id,
        number=plan.attempts,
        content=plan.content,
        content_sha256=plan.content_sha256,
        text=text,
        answers=[],
        submitted_at=at,
        submitted_by=by,
    )
    tx.add(attempt)
    tx.flush()
    return attempt


def _answer(tx: Tx, plan: Plan, new: SubmissionIn, *, by: UUID, at: datetime) -> Plan:
    if new.text is None:
        raise AnswerMissing
    attempt = queries.latest_submission(tx, plan)
    if attempt is None:
        raise PlanCannotMove
    plan.state = rules.move(PlanState(plan.state), PlanState.SUBMITTED).value
    attempt.answers = [*attempt.answers, new.text]
    attempt.outcome = None
    tx.flush()
    log.append(tx, [_change("plan.answered", plan, attempt, text=new.text)], plan=plan.id, actor=by, at=at)
    return plan


def _approve(
    tx: Tx, plan: Plan, attempt: Submission, decision: Approval | Decision, *, by: UUID, at: datetime
) -> list[Change]:
    """Freeze the attempt as approved and bind its commitments; refuse, naming each gap, if one could not be kept."""
    plan.state = rules.move(PlanState(plan.state), PlanState.APPROVED).value
    content = plan.written()
    faults = rules.gaps(content, active=_active(tx, content))
    resolved, unresolved = dues.resolve(content, decision.received_at)
    if faults := [*faults, *unresolved]:
        raise PlanHasGaps(f"{len(faults)} to fill.", errors=faults)
    plan.approved_at = decision.received_at
    _record_decision(tx, attempt, decision, Outcome.APPROVED, by=by, at=at)
    tx.flush()
    approved = _change("plan.approved", plan, attempt, **_decision_words(decision))
    promises = [
        Promise(
            number=due.number,
            kind=one["kind"],
            text=one["text"],
            root_causes=one["root_causes"],
            owner_id=UUID(one["owner"]),
            due_on=due.on,
            due_at=due.at,
            rule=one["recurrence"],
        )
        for one, due in zip(content["commitments"], resolved, strict=True)
    ]
    bound_to = commitments.Plan(
        workspace_id=plan.workspace_id, id=plan.id, number=plan.number, zone=ZoneInfo(plan.timezone)
    )
    return [approved, *commitments.bind(tx, bound_to, promises, approved_at=decision.received_at, at=at)]


def _record_decision(
    tx: Tx, attempt: Submission, decision: Approval | Decision, outcome: Outcome, *, by: UUID, at: datetime
) -> None:
    if decision.received_at > at + _SLACK:
        raise Invalid("Wrong: received_at.", errors=[Fault("/body/received_at", "This is still to come.", "future")])
    attempt.outcome = outcome.value
    attempt.authority = decision.authority
    attempt.decision_reference = decision.reference
    attempt.decision_text = decision.text
    attempt.received_at = decision.received_at
    attempt.decided_at = at
    attempt.decided_by = by
    tx.add(attempt)


def _active(session: Read, content: Mapping[str, Any]) -> set[str]:
    """Return which of the plan's owners are active members, by id."""
    owners = {UUID(one["owner"]) for one in content["commitments"] if one["owner"]}
    query = select(Member.id).where(
        Member.workspace_id == workspace_of(session), col(Member.id).in_(owners), col(Member.active)
    )
    return {str(one) for one in session.exec(query)}


def _private(plan: Plan) -> dict[str, str]:
    return {"title": plan.title, "content": plan.content.decode()}


def _decision_words(decision: Approval | Decision) -> dict[str, str]:
    said = {"authority": decision.authority, "reference": decision.reference, "text": decision.text}
    return {name: words for name, words in said.items() if words}


def _change(type_: str, plan: Plan, submission: Submission | None, **private: str) -> Change:
    return Change(type=type_, subject=plan.id, data=plan.facts(submission), private=private)
