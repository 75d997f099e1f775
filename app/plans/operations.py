"""Writing plans, sending them, recording what the authority decided."""

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from app.commitments import operations as commitments
from app.commitments.operations import Promise
from app.core.db import Tx
from app.core.ids import new_id
from app.core.problems import Fault, Invalid
from app.ledger import log
from app.ledger.events import Change
from app.notices.rules import NoticeCannotMove
from app.plans import answers, content, dues, queries, rules
from app.plans.models import Plan, Submission
from app.plans.rules import AnswerMissing, Outcome, PlanCannotMove, PlanHasGaps, PlanState, SelfSignOff
from app.plans.schemas import Approval, Decision, PlanChange, PlanIn, SubmissionIn
from app.workspaces import four_eyes
from app.workspaces import operations as workspaces
from app.workspaces import queries as workspace_queries

SLACK = timedelta(days=1)
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
    try:
        submitted = [_change("plan.submitted", plan, attempt), *answers.answering(tx, plan, attempt, at=at)]
        decided = _approve(tx, plan, attempt, approval, by=by, at=at)
    except PlanHasGaps as gaps:
        detail = "An approved plan needs an owner and a due for every commitment."
        raise Invalid(detail, errors=_in_body(gaps.errors)) from None
    except NoticeCannotMove as refused:
        raise NoticeCannotMove(refused.detail, errors=_in_body(refused.errors)) from None
    log.append(tx, [drafted, *submitted, *decided], plan=plan.id, actor=by, at=at)
    return plan


def redraft(tx: Tx, plan: Plan, change: PlanChange, *, by: UUID, at: datetime) -> Plan:
    """Change a draft; changing a denied plan begins the draft of the next attempt."""
    plan.state = rules.move(PlanState(plan.state), PlanState.DRAFT).value
    given = content.written(change.model_dump(mode="json", include=change.model_fields_set))
    # Only the account can be taken away: `null` elsewhere is as if it were absent.
    kept = {name: value for name, value in given.items() if value is not None or name == "account"}
    plan.authors = [*plan.authors, *({by} - set(plan.authors))]
    plan.signed_off_by = plan.signed_off_at = None
    content.write(tx, plan, plan.written() | kept)
    changed = _change("plan.redrafted", plan, queries.latest_submission(tx, plan), **_private(plan))
    tx.flush()
    log.append(tx, [changed], plan=plan.id, actor=by, at=at)
    return plan


def submit(tx: Tx, plan: Plan, new: SubmissionIn, *, by: UUID, at: datetime) -> Plan:
    """Freeze the draft as the next attempt; or attach the answer to the attempt that was asked about."""
    if PlanState(plan.state) is PlanState.MORE_INFO_REQUESTED:
        return _answer(tx, plan, new, by=by, at=at)
    state = rules.move(PlanState(plan.state), PlanState.SUBMITTED)
    two_needed = workspace_queries.workspace(tx).four_eyes
    rules.check_submittable(is_read=queries.is_read(tx, plan), four_eyes=two_needed)
    plan.state = state.value
    attempt = _attempt(tx, plan, text=new.text, by=by, at=at)
    said = {"text": new.text} if new.text else {}
    submitted = _change("plan.submitted", plan, attempt, **said)
    changes = [submitted, *answers.answering(tx, plan, attempt, at=at)]
    log.append(tx, changes, plan=plan.id, actor=by, at=at)
    return plan


def sign_off(tx: Tx, plan: Plan, *, note: str | None, by: UUID, at: datetime) -> Plan:
    """Record that somebody has read the draft and finds it ready to be sent. Every change takes that back."""
    if PlanState(plan.state) is not PlanState.DRAFT:
        raise PlanCannotMove(f"It is `{plan.state}`: a draft is signed off, before it is submitted.")
    four_eyes.check(tx, by, first=plan.authors, refusal=SelfSignOff)
    plan.signed_off_by, plan.signed_off_at = by, at
    tx.flush()
    said = {"note": note} if note else {}
    signed = _change("plan.signed_off", plan, queries.latest_submission(tx, plan), **said)
    log.append(tx, [signed], plan=plan.id, actor=by, at=at)
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
        if decision.outcome is Outcome.DENIED:
            changes += answers.reopening(tx, plan, at=at)
    log.append(tx, changes, plan=plan.id, actor=by, at=at)
    return plan


def withdraw(tx: Tx, plan: Plan, *, reason: str, by: UUID, at: datetime) -> Plan:
    """Give the plan up. What was submitted, and why it was denied, stays."""
    plan.state = rules.move(PlanState(plan.state), PlanState.WITHDRAWN).value
    tx.flush()
    change = _change("plan.withdrawn", plan, queries.latest_submission(tx, plan), reason=reason)
    log.append(tx, [change], plan=plan.id, actor=by, at=at)
    return plan


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
        authors=[by],
        created_at=at,
        created_by=by,
    )
    log.open_chain(tx, plan.id, plan.number)
    given = new.model_dump(mode="json", exclude={"approval"}) | {"timezone": plan.timezone}
    content.write(tx, plan, content.written(given))
    return plan, _change("plan.drafted", plan, None, **_private(plan))


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
    written = plan.written()
    faults = rules.gaps(written, active=queries.staying_owners(tx, written))
    resolved, unresolved = dues.resolve(written, decision.received_at)
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
            areas=content.areas(written, one["root_causes"]),
            owner_id=UUID(one["owner"]),
            due_on=due.on,
            due_at=due.at,
            rule=one["recurrence"],
            except_on=dues.exceptions(one),
        )
        for one, due in zip(written["commitments"], resolved, strict=True)
    ]
    bound_to = commitments.Plan(
        workspace_id=plan.workspace_id, id=plan.id, number=plan.number, zone=ZoneInfo(plan.timezone)
    )
    bound = commitments.bind(tx, bound_to, promises, approved_at=decision.received_at, at=at)
    return [approved, *bound, *answers.closing(tx, plan, at=at)]


def _record_decision(
    tx: Tx, attempt: Submission, decision: Approval | Decision, outcome: Outcome, *, by: UUID, at: datetime
) -> None:
    if decision.received_at > at + SLACK:
        raise Invalid("Wrong: received_at.", errors=[Fault("/body/received_at", "This is still to come.", "future")])
    attempt.outcome = outcome.value
    attempt.authority = decision.authority
    attempt.decision_reference = decision.reference
    attempt.decision_text = decision.text
    attempt.received_at = decision.received_at
    attempt.decided_at = at
    attempt.decided_by = by
    tx.add(attempt)


def _in_body(faults: list[Fault]) -> list[Fault]:
    """Return faults of a plan as faults of the request that brings all of it."""
    return [Fault(f"/body{fault.pointer}", fault.detail, fault.code) for fault in faults]


def _private(plan: Plan) -> dict[str, str]:
    return {"title": plan.title, "content": plan.content.decode()}


def _decision_words(decision: Approval | Decision) -> dict[str, str]:
    said = {"authority": decision.authority, "reference": decision.reference, "text": decision.text}
    return {name: words for name, words in said.items() if words}


def _change(type_: str, plan: Plan, submission: Submission | None, **private: str) -> Change:
    return Change(type=type_, subject=plan.id, data=plan.facts(submission), private=private)
