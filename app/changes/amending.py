"""Amending an approved plan: asked by one, decided by another, with the rules of an approval."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import rfc8785
import sqlalchemy as sa
from sqlmodel import col, select

from app.changes import queries, rules
from app.changes.models import Amendment
from app.changes.rules import NothingAmended, Outcome, PlanNotApproved, RequestState, SelfDecided
from app.changes.schemas import AmendmentDecision, AmendmentIn
from app.commitments import ending, schedule
from app.commitments import operations as commitments
from app.commitments.models import Commitment, Series
from app.commitments.operations import Promise
from app.core.db import Read, Tx, workspace_of
from app.core.fields import format_instant
from app.core.ids import new_id
from app.core.problems import Fault, Invalid
from app.ledger import log
from app.ledger.events import Change
from app.plans import content, dues
from app.plans import queries as plans
from app.plans import rules as plan_rules
from app.plans.models import Plan
from app.plans.operations import SLACK
from app.plans.rules import PlanHasGaps, PlanState
from app.workspaces import four_eyes


@dataclass(frozen=True, slots=True)
class Amended:
    """An amendment, and the plan that it is of."""

    row: Amendment
    plan: Plan


def ask(tx: Tx, plan: Plan, new: AmendmentIn, *, by: UUID, at: datetime) -> Amendment:
    """Write an amendment down. It changes nothing until somebody else has granted it."""
    if PlanState(plan.state) is not PlanState.APPROVED:
        raise PlanNotApproved(f"{plan.reference} is `{plan.state}`.")
    if not new.commitments and not new.ends:
        raise NothingAmended("Give `commitments`, or `ends`.")
    given = new.model_dump(mode="json")
    faults = _ends_faults(new, ending.series_of(tx, plan.id), today=at.astimezone(ZoneInfo(plan.timezone)).date())
    written = {"commitments": given["commitments"], "ends": [_without_rule(one) for one in given["ends"]]}
    written["commitments"], unknown = content.with_owners(tx, written["commitments"])
    if not faults:
        going_on = list(_replacements(tx, plan, new))
        written["commitments"] += [one for _, one in going_on]
        faults += _late_faults(new, going_on, zone=ZoneInfo(plan.timezone), at=at)
    whole = plan.written() | {"commitments": written["commitments"]}
    faults += [*plan_rules.contradictions(whole), *unknown]
    faults += _gaps(whole, active=plans.active_owners(tx, whole)) if not faults else []
    faults += dues.resolve(whole, at)[1] if not faults else []
    if faults:
        errors = [Fault(f"/body{_as_given(fault.pointer, new)}", fault.detail, fault.code) for fault in faults]
        raise Invalid(f"Wrong: {', '.join(fault.pointer for fault in errors[:3])}.", errors=errors)
    text = rfc8785.dumps(written)
    row = Amendment(
        workspace_id=plan.workspace_id,
        id=new_id(),
        plan_id=plan.id,
        number=_count(tx, plan.id) + 1,
        content=text,
        content_sha256=sha256(text).hexdigest(),
        requested_by=by,
        requested_at=at,
    )
    tx.add(row)
    tx.flush()
    log.append(tx, [_change(row, content=text.decode())], plan=plan.id, actor=by, at=at)
    return row


def decide(tx: Tx, amended: Amended, decision: AmendmentDecision, *, by: UUID, at: datetime) -> Amendment:
    """Grant or refuse an amendment; what is granted binds at once. Both rows are locked."""
    row, plan = amended.row, amended.plan
    rules.check_open(RequestState(row.state))
    four_eyes.check(tx, by, first=[row.requested_by], refusal=SelfDecided)
    row.state, row.decided_by, row.decided_at = RequestState(decision.outcome.value).value, by, at
    row.decision_reason = decision.reason
    row.authority, row.decision_reference = decision.authority, decision.reference
    granted = decision.outcome is Outcome.GRANTED
    if granted:
        row.received_at = decision.received_at or at
        if row.received_at > at + SLACK:
            raise Invalid(
                "Wrong: received_at.", errors=[Fault("/body/received_at", "This is still to come.", "future")]
            )
    tx.add(row)
    tx.flush()
    said = {"decision_reason": row.decision_reason, "authority": row.authority, "reference": row.decision_reference}
    changes = [_change(row, **{name: words for name, words in said.items() if words})]
    if granted:
        changes += _bind(tx, plan, row, at=at)
    log.append(tx, changes, plan=plan.id, actor=by, at=at)
    return row


def withdraw(tx: Tx, amended: Amended, *, reason: str | None, by: UUID, at: datetime) -> Amendment:
    """Take an amendment back before it is decided. That it was asked for stays."""
    row = amended.row
    rules.check_open(RequestState(row.state))
    rules.check_withdrawal(by, row.requested_by)
    row.state, row.decided_by, row.decided_at = RequestState.WITHDRAWN.value, by, at
    row.decision_reason = reason
    tx.add(row)
    tx.flush()
    said = {"decision_reason": reason} if reason else {}
    log.append(tx, [_change(row, **said)], plan=row.plan_id, actor=by, at=at)
    return row


def locked(tx: Tx, id_: UUID) -> Amended:
    """Return an amendment with its plan, or refuse; and keep others from deciding it until this transaction ends."""
    # The plan first, as whoever erases one of the two does.
    plan = plans.held(tx, str(queries.amendment(tx, id_).plan_id))
    query = select(Amendment).where(Amendment.workspace_id == workspace_of(tx), Amendment.id == id_).with_for_update()
    return Amended(tx.exec(query.execution_options(populate_existing=True)).one(), plan)


def _bind(tx: Tx, plan: Plan, row: Amendment, *, at: datetime) -> list[Change]:
    """Make what was granted binding; refuse, naming each gap, if it could not be kept."""
    assert row.received_at
    written = row.written()
    whole = plan.written() | {"commitments": written["commitments"]}
    resolved, unresolved = dues.resolve(whole, row.received_at)
    if faults := [*_gaps(whole, active=plans.staying_owners(tx, whole)), *unresolved]:
        # Unlike a draft, it is not changed.
        detail = "It stays as it was asked for: refuse or withdraw it, and ask again without what `errors` names."
        raise PlanHasGaps(detail, errors=faults)
    first = _last_clause(tx, plan.number) + 1
    promises = [
        Promise(
            number=first + clause,
            kind=one["kind"],
            text=one["text"],
            root_causes=one["root_causes"],
            areas=content.areas(whole, one["root_causes"]),
            owner_id=UUID(one["owner"]),
            due_on=due.on,
            due_at=due.at,
            rule=one["recurrence"],
            except_on=dues.exceptions(one),
            amendment_id=row.id,
            clause=clause,
        )
        for clause, (one, due) in enumerate(zip(written["commitments"], resolved, strict=True))
    ]
    bound_to = commitments.Plan(
        workspace_id=plan.workspace_id, id=plan.id, number=plan.number, zone=ZoneInfo(plan.timezone)
    )
    recurring = ending.series_of(tx, plan.id)
    ends = {}
    for one in written["ends"]:
        series, from_on = recurring[one["number"]], date.fromisoformat(one["from_on"])
        if series.ended_on is not None:
            raise rules.EndedAlready(f"{plan.reference}.{series.number} ends on {series.ended_on}.")
        ends[series.id] = from_on
        for promise, clause in zip(promises, written["commitments"], strict=True):
            if promise.rule and (promise.text, clause["why"], promise.due_on) == (series.text, one["why"], from_on):
                begins = schedule.first_due(promise.rule, from_on, promise.due_at, zone=bound_to.zone)
                if begins is not None and begins <= at:
                    raise rules.DayHasPassed(f"{plan.reference}.{series.number} would be due {format_instant(begins)}.")
    changes = commitments.bind(tx, bound_to, promises, approved_at=row.received_at, at=at)
    return changes + ending.end(tx, ends, at=at)


def _gaps(whole: plan_rules.Content, *, active: set[str]) -> list[Fault]:
    """Return what keeps an amendment from being granted. One that only ends something adds no commitment."""
    return plan_rules.gaps(whole, active=active) if whole["commitments"] else []


def _ends_faults(new: AmendmentIn, series: dict[int, Series], *, today: date) -> list[Fault]:
    faults, seen = [], set[int]()
    for index, one in enumerate(new.ends):
        at = f"/ends/{index}"
        row = series.get(one.number)
        if row is None or one.number in seen:
            detail = "This is no recurring commitment of the plan, or it is named twice."
            faults.append(Fault(f"{at}/number", detail, "unknown_series"))
        elif row.ended_on is not None:
            faults.append(Fault(f"{at}/number", f"It ends on {row.ended_on} already.", "ended_already"))
        if one.from_on < today:
            faults.append(Fault(f"{at}/from_on", "What was missed stays missed: today at the earliest.", "past"))
        seen.add(one.number)
    return faults


def _late_faults(
    new: AmendmentIn, going_on: Iterable[tuple[int, dict[str, Any]]], *, zone: ZoneInfo, at: datetime
) -> Iterator[Fault]:
    """Yield where another rule would make something overdue at once."""
    for index, one in going_on:
        deadline = one["due_at"] and datetime.fromisoformat(one["due_at"])
        first = schedule.first_due(one["recurrence"], new.ends[index].from_on, deadline, zone=zone)
        if first is not None and first <= at:
            detail = f"The first due under the other rule, {format_instant(first)}, has passed: a later day."
            yield Fault(f"/ends/{index}/from_on", detail, "past")


def _as_given(pointer: str, new: AmendmentIn) -> str:
    """Return the place in the request, where the commitment is one that only goes on under another rule."""
    _, name, *place = pointer.split("/")
    index = int(place[0]) - len(new.commitments) if name == "commitments" and place else -1
    if index < 0:
        return pointer
    replaced = [end for end, one in enumerate(new.ends) if one.recurrence is not None]
    return f"/ends/{replaced[index]}/recurrence"


def _without_rule(end: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in end.items() if name != "recurrence"}


def _replacements(tx: Tx, plan: Plan, new: AmendmentIn) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the commitments by which recurring ones go on under another rule, each with the place of its end.

    All else is as it was.
    """
    series = ending.series_of(tx, plan.id)
    for index, one in enumerate(new.ends):
        row = series[one.number]
        if one.recurrence is not None:
            at = row.starts_at and schedule.at_same_time(one.from_on, row.starts_at, ZoneInfo(row.timezone))
            clause = {
                "kind": row.kind,
                "text": row.text,
                "owner": str(row.owner_id),
                "due_on": None if at else one.from_on.isoformat(),
                "due_at": at and format_instant(at),
                "due_after_approval": None,
                "recurrence": one.recurrence,
                "except_on": [],
                "root_causes": row.root_causes,
                "items": _clause_of(tx, plan, row).get("items", []),
                "why": one.why,
            }
            yield index, clause


def _clause_of(session: Read, plan: Plan, series: Series) -> Mapping[str, Any]:
    """Return what recurs as it is written: in the text approved first, or in an amendment's."""
    if series.amendment_id is None or series.clause is None:
        written, index = plan.written(), series.number - 1
    else:
        written, index = queries.amendment(session, series.amendment_id).written(), series.clause
    clauses: Sequence[Mapping[str, Any]] = written["commitments"]
    if index >= len(clauses) or clauses[index]["text"] != series.text:
        raise rules.WordsErased(f"{plan.reference}.{series.number} cannot be said anew.")
    return clauses[index]


def _count(session: Read, plan: UUID) -> int:
    query = select(sa.func.count()).where(Amendment.workspace_id == workspace_of(session), Amendment.plan_id == plan)
    return session.exec(query).one()


def _last_clause(session: Read, plan: int) -> int:
    query = select(sa.func.max(col(Commitment.number))).where(
        Commitment.workspace_id == workspace_of(session), Commitment.plan_number == plan
    )
    return session.exec(query).one() or 0


def _change(row: Amendment, **private: str) -> Change:
    return Change(type=f"amendment.{row.state}", subject=row.id, data=row.facts(), private=private)
