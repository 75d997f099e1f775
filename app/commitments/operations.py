"""Binding commitments, and working on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from app.commitments import evidence, ownership, queries, rules, schedule, standing
from app.commitments.models import Commitment, Series
from app.commitments.rules import EvidenceNeeded, State
from app.commitments.schemas import Completion
from app.core.db import Tx
from app.core.ids import new_id
from app.ledger import log
from app.ledger.events import Change
from app.workspaces import queries as workspaces
from app.workspaces.models import Member


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What commitments need to know of the plan that binds them."""

    workspace_id: UUID
    id: UUID
    number: int
    zone: ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """One clause of an approved plan, with its due resolved: a local day, or an instant."""

    number: int
    kind: str
    text: str
    root_causes: list[str]
    areas: list[str]
    owner_id: UUID
    due_on: date
    due_at: datetime | None
    rule: str | None
    amendment_id: UUID | None = None
    """What adds it, if it is no clause of the text approved first; and its place there, from 0."""
    clause: int | None = None
    except_on: Sequence[date] = ()


def bind(tx: Tx, plan: Plan, promises: Sequence[Promise], *, approved_at: datetime, at: datetime) -> list[Change]:
    """Make the promises of an approved plan binding and return what happened, for the caller's append.

    A recurring one becomes a series and its occurrences, each a commitment with a due of its own: all of them if the
    rule has an end, else those of the next 400 days. ValueError if a rule has none, or too many: check them before.
    """
    changes: list[Change] = []
    rows: list[Commitment] = []
    for promise in promises:
        series, days = None, [promise.due_on]
        if promise.rule:
            until = schedule.horizon(approved_at, promise.due_on)
            days = schedule.occurrences(
                promise.rule, promise.due_on, until=until, zone=plan.zone, except_on=promise.except_on
            )
            series = _series(plan, promise, opened=len(days))
            tx.add(series)
            changes.append(standing.series_change("series.opened", series))
        opened = [
            _opened(plan, promise, series=series, occurrence=occurrence, due_on=day, at=at)
            for occurrence, day in enumerate(days, 1)
        ]
        rows += opened
        changes += [standing.change("commitment.opened", row, text=row.text) for row in opened]
    tx.flush()
    standing.store(tx, rows)
    return changes


def extend(tx: Tx, series_id: UUID, *, at: datetime) -> int:
    """Open further occurrences of a series without an end if less than 300 days of it lie ahead; return how many.

    Its owner is theirs too. Of two workers who come at once, the second waits and then finds nothing to do.
    """
    series = queries.locked_series(tx, series_id)
    last = queries.last_opened(tx, series)
    if last >= at.date() + schedule.AHEAD:
        return 0
    until = min(at.date() + schedule.HORIZON, series.ended_on or date.max)
    days = schedule.further(series.rule, series.starts_on, after=last, until=until, except_on=series.except_on)
    if not days:
        return 0
    plan = Plan(
        workspace_id=series.workspace_id,
        id=series.plan_id,
        number=series.plan_number,
        zone=ZoneInfo(series.timezone),
    )
    promise = Promise(
        number=series.number,
        kind=series.kind,
        text=series.text,
        root_causes=series.root_causes,
        areas=series.areas,
        owner_id=series.owner_id,
        due_on=series.starts_on,
        due_at=series.starts_at,
        rule=series.rule,
        amendment_id=series.amendment_id,
        clause=series.clause,
    )
    rows = [
        _opened(plan, promise, series=series, occurrence=occurrence, due_on=day, at=at)
        for occurrence, day in enumerate(days, series.opened + 1)
    ]
    series.opened += len(rows)
    standing.store(tx, rows)
    opened = [standing.change("commitment.opened", row, text=row.text) for row in rows]
    changes = [standing.series_change("series.extended", series), *opened]
    # Nobody asked for it: the actor is the workspace itself.
    log.append(tx, changes, plan=series.plan_id, actor=series.workspace_id, at=at)
    return len(rows)


def start(tx: Tx, row: Commitment, *, by: UUID, at: datetime) -> None:
    """Record that work has begun."""
    state = rules.move(State(row.state), State.IN_PROGRESS)
    standing.turn(tx, row, state=state.value, started_at=at, at=at)
    log.append(tx, [standing.change("commitment.started", row)], plan=row.plan_id, actor=by, at=at)


def pause(tx: Tx, row: Commitment, *, by: UUID, at: datetime) -> None:
    """Record that nobody works on it any more: it is open, as it was. When work began stays said."""
    if State(row.state) is not State.IN_PROGRESS:
        raise rules.CommitmentCannotMove(f"It is `{row.state}`: nobody is working on it.")
    standing.turn(tx, row, state=rules.move(State.IN_PROGRESS, State.OPEN).value, at=at)
    log.append(tx, [standing.change("commitment.paused", row)], plan=row.plan_id, actor=by, at=at)


def complete(tx: Tx, row: Commitment, completion: Completion, *, is_shown: bool, by: UUID, at: datetime) -> None:
    """Record that it is done. Lateness is frozen here, against the due and against the original due.

    *is_shown*: there is evidence that nobody has found wanting. *row* is locked: of several who complete it at once,
    the first wins and the others are refused.
    """
    zone = ZoneInfo(row.timezone)
    state = rules.move(State(row.state), State.DONE)
    performed_on = completion.performed_on or at.astimezone(zone).date()
    rules.check_performed(performed_on, recorded_at=at, zone=zone)
    changes = []
    if completion.evidence:
        of = evidence.Of(row.workspace_id, commitment_id=row.id)
        changes.append(evidence.written(tx, completion.evidence, of, by=by, at=at)[1])
    elif not is_shown and workspaces.workspace(tx).evidence_required:
        raise EvidenceNeeded(f"{row.reference} has no evidence yet, or none since it was rejected.")
    standing.turn(
        tx,
        row,
        state=state.value,
        performed_on=performed_on,
        done_at=at,
        done_by=by,
        days_late=rules.days_late(row.due_on, row.due_at, at, zone),
        days_late_vs_original=rules.days_late(row.original_due_on, row.original_due_at, at, zone),
        at=at,
    )
    log.append(tx, [*changes, standing.change("commitment.completed", row)], plan=row.plan_id, actor=by, at=at)


def reassign(tx: Tx, row: Commitment, *, to: str, reason: str | None, by: UUID, at: datetime) -> Member:
    """Give the commitment to another owner: exactly one is accountable at every instant."""
    if State(row.state) not in rules.OPEN_STATES:
        raise rules.CommitmentCannotMove(f"It is `{row.state}`: who did it stays who did it.")
    member = ownership.heir(tx, to, instead_of=row.owner_id, pointer="/body/owner")
    reassigned = ownership.given(tx, row, to=member, reason=reason, at=at)
    log.append(tx, [reassigned], plan=row.plan_id, actor=by, at=at)
    return member


def _series(plan: Plan, promise: Promise, *, opened: int) -> Series:
    return Series(
        workspace_id=plan.workspace_id,
        id=new_id(),
        plan_id=plan.id,
        plan_number=plan.number,
        number=promise.number,
        text=promise.text,
        kind=promise.kind,
        owner_id=promise.owner_id,
        timezone=plan.zone.key,
        rule=promise.rule or "",
        starts_on=promise.due_on,
        starts_at=promise.due_at,
        opened=opened,
        root_causes=promise.root_causes,
        amendment_id=promise.amendment_id,
        clause=promise.clause,
        areas=promise.areas,
        except_on=list(promise.except_on),
    )


def _opened(
    plan: Plan,
    promise: Promise,
    *,
    series: Series | None,
    occurrence: int,
    due_on: date,
    at: datetime,
) -> Commitment:
    deadline = promise.due_at
    if deadline and series:
        deadline = schedule.at_same_time(due_on, deadline, plan.zone)
    due_at = deadline or schedule.end_of(due_on, plan.zone)
    return Commitment(
        workspace_id=plan.workspace_id,
        id=new_id(),
        plan_id=plan.id,
        plan_number=plan.number,
        number=promise.number,
        occurrence=occurrence if series else None,
        series_id=series.id if series else None,
        text=promise.text,
        kind=promise.kind,
        root_causes=promise.root_causes,
        areas=promise.areas,
        owner_id=promise.owner_id,
        timezone=plan.zone.key,
        due_on=due_on,
        due_at=due_at,
        original_due_on=due_on,
        original_due_at=due_at,
        requests=0,
        extensions=0,
        amendment_id=promise.amendment_id,
        clause=promise.clause,
        created_at=at,
    )
