"""Somebody else looks at the evidence, and verifies what was done or rejects it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from app.commitments import evidence, ownership, rules, standing
from app.commitments.models import Commitment, Verification
from app.commitments.rules import SelfVerified, State, Verdict
from app.core.db import Read, Tx, workspace_of
from app.ledger import log
from app.ledger.events import Change
from app.workspaces import four_eyes

_REOPENED = dict.fromkeys(("performed_on", "done_at", "done_by", "days_late", "days_late_vs_original"))
"""What a completion had frozen. The spans and the ledger keep that it was said."""


def verify(tx: Tx, row: Commitment, *, reason: str | None, by: UUID, at: datetime) -> None:
    """Record that somebody else than who completed it finds it done."""
    state = rules.move(State(row.state), State.VERIFIED)
    four_eyes.check(tx, by, first=[row.done_by], refusal=SelfVerified)
    standing.turn(tx, row, state=state.value, at=at)
    verified = _judged(tx, row, Verdict.VERIFIED, reason=reason, by=by, at=at)
    log.append(tx, [verified], plan=row.plan_id, actor=by, at=at)


def reject(tx: Tx, row: Commitment, *, reason: str, owner: str | None, by: UUID, at: datetime) -> None:
    """Record that the evidence does not show it, which opens it again. Its due stays: it may be overdue at once.

    Somebody active is accountable from then on: *owner*, or who owned it.
    """
    if State(row.state) is not State.DONE:
        rules.move(State(row.state), State.VERIFIED)
    state = rules.move(State(row.state), State.OPEN)
    four_eyes.check(tx, by, first=[row.done_by], refusal=SelfVerified)
    heir = ownership.accountable(tx, row, owner)
    standing.turn(tx, row, state=state.value, **_REOPENED, at=at)
    changes = [_judged(tx, row, Verdict.REJECTED, reason=reason, by=by, at=at)]
    if heir:
        changes.append(ownership.given(tx, row, to=heir, reason=None, at=at))
    log.append(tx, changes, plan=row.plan_id, actor=by, at=at)


def verdicts(session: Read, commitment: UUID, *, after: int, limit: int) -> Sequence[Verification]:
    """Return up to *limit* of what was found so far, oldest first."""
    query = select(Verification).where(
        Verification.workspace_id == workspace_of(session),
        Verification.commitment_id == commitment,
        Verification.number > after,
    )
    return session.exec(query.order_by(col(Verification.number)).limit(limit)).all()


def _judged(tx: Tx, row: Commitment, verdict: Verdict, *, reason: str | None, by: UUID, at: datetime) -> Change:
    """Write the verdict down, and return what happened."""
    count = select(sa.func.count()).where(
        Verification.workspace_id == row.workspace_id, Verification.commitment_id == row.id
    )
    tx.add(
        Verification(
            workspace_id=row.workspace_id,
            commitment_id=row.id,
            number=tx.exec(count).one() + 1,
            outcome=verdict.value,
            reason=reason,
            evidence=evidence.count(tx, row),
            by=by,
            at=at,
        )
    )
    tx.flush()
    said = {"reason": reason} if reason else {}
    return standing.change(f"commitment.{verdict}", row, **said)
