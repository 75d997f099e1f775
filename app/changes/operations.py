"""Asking for an extension or a waiver of a commitment, deciding, withdrawing."""

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from app.changes import queries, rules
from app.changes.models import Request
from app.changes.rules import NothingToChange, Outcome, RequestedAlready, RequestKind, RequestState, SelfDecided
from app.changes.schemas import ExtensionIn, RequestDecision, WaiverIn
from app.commitments import queries as commitments
from app.commitments import schedule, standing
from app.commitments.models import Commitment
from app.commitments.rules import OPEN_STATES, State
from app.core import db
from app.core.db import Tx
from app.core.ids import new_id
from app.core.problems import Fault, Invalid
from app.ledger import log
from app.ledger.events import Change
from app.workspaces import four_eyes

_COUNT = "UPDATE commitment SET requests = requests + 1 WHERE workspace_id = %(ws)s AND id = %(id)s"


def ask_extension(tx: Tx, row: Commitment, new: ExtensionIn, *, by: UUID, at: datetime) -> Request:
    """Ask for a later due. It moves nothing until somebody else has granted it."""
    due_on, due_at = _due(new, ZoneInfo(row.timezone))
    rules.check_later(due_at, due_on=due_on, current=row.due_at, at=at)
    return _ask(tx, row, RequestKind.EXTENSION, reason=new.reason, due_on=due_on, due_at=due_at, by=by, at=at)


def ask_waiver(tx: Tx, row: Commitment, new: WaiverIn, *, by: UUID, at: datetime) -> Request:
    """Ask that the commitment be dropped."""
    return _ask(tx, row, RequestKind.WAIVER, reason=new.reason, due_on=None, due_at=None, by=by, at=at)


def decide(tx: Tx, row: Request, decision: RequestDecision, *, by: UUID, at: datetime) -> Request:
    """Grant or refuse a request. Of two who decide at once, the first wins."""
    # The commitment first, as whoever works on it does.
    commitment = commitments.locked(tx, str(row.commitment_id)).commitment
    row = queries.locked(tx, row)
    rules.check_open(RequestState(row.state))
    four_eyes.check(tx, by, first=[row.requested_by], refusal=SelfDecided)
    granted = decision.outcome is Outcome.GRANTED
    if granted and State(commitment.state) not in OPEN_STATES:
        raise NothingToChange(f"{commitment.reference} is `{commitment.state}`.")
    _close(tx, row, RequestState(decision.outcome.value), reason=decision.reason, by=by, at=at)
    changes = [_change(row, decision_reason=decision.reason)]
    if granted:
        changes.append(_granted(tx, commitment, row, at=at))
    log.append(tx, changes, plan=row.plan_id, actor=by, at=at)
    return row


def withdraw(tx: Tx, row: Request, *, reason: str | None, by: UUID, at: datetime) -> Request:
    """Take a request back. That it was asked for stays."""
    row = queries.locked(tx, row)
    rules.check_open(RequestState(row.state))
    rules.check_withdrawal(by, row.requested_by)
    _close(tx, row, RequestState.WITHDRAWN, reason=reason, by=by, at=at)
    said = {"decision_reason": reason} if reason else {}
    log.append(tx, [_change(row, **said)], plan=row.plan_id, actor=by, at=at)
    return row


def _ask(
    tx: Tx,
    row: Commitment,
    kind: RequestKind,
    *,
    reason: str,
    due_on: date | None,
    due_at: datetime | None,
    by: UUID,
    at: datetime,
) -> Request:
    """Write the request down; the commitment is locked, so that two cannot be open for it."""
    if State(row.state) not in OPEN_STATES:
        raise NothingToChange(f"{row.reference} is `{row.state}`.")
    if row.requests and queries.is_asked(tx, row.id):
        raise RequestedAlready
    asked = Request(
        workspace_id=row.workspace_id,
        id=new_id(),
        commitment_id=row.id,
        plan_id=row.plan_id,
        kind=kind.value,
        reason=reason,
        due_on=due_on,
        due_at=due_at,
        from_due_on=row.due_on,
        from_due_at=row.due_at,
        requested_by=by,
        requested_at=at,
    )
    tx.add(asked)
    tx.flush()
    db.run(tx, _COUNT, {"ws": row.workspace_id, "id": row.id})
    log.append(tx, [_change(asked, reason=reason)], plan=row.plan_id, actor=by, at=at)
    return asked


def _granted(tx: Tx, commitment: Commitment, row: Request, *, at: datetime) -> Change:
    """Do what was granted, and return what became of the commitment."""
    if row.due_at is None:
        standing.turn(tx, commitment, state=State.WAIVED.value, at=at)
        return standing.change("commitment.waived", commitment)
    extensions = commitment.extensions + 1
    standing.turn(tx, commitment, due_on=row.due_on, due_at=row.due_at, extensions=extensions, at=at)
    return standing.change("commitment.extended", commitment)


def _close(tx: Tx, row: Request, state: RequestState, *, reason: str | None, by: UUID, at: datetime) -> None:
    row.state, row.decided_by, row.decided_at, row.decision_reason = state.value, by, at, reason
    tx.add(row)
    tx.flush()


def _due(new: ExtensionIn, zone: ZoneInfo) -> tuple[date, datetime]:
    if new.due_on is not None and new.due_at is None:
        return new.due_on, schedule.end_of(new.due_on, zone)
    if new.due_at is not None and new.due_on is None:
        return schedule.day_of(new.due_at, zone), new.due_at
    detail = "Say until when: one of due_on, due_at."
    raise Invalid(detail, errors=[Fault("/body/due_on", detail, "due_missing" if new.due_on is None else "due_twice")])


def _change(row: Request, **private: str) -> Change:
    return Change(type=f"{row.kind}.{row.state}", subject=row.id, data=row.facts(), private=private)
