"""Who is accountable: exactly one member at every instant, also when one leaves."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from uuid import UUID

from sqlmodel import col, select

from app.commitments import queries, schedule, standing
from app.commitments.models import Commitment, Series
from app.commitments.rules import OPEN_STATES, SameOwner
from app.core.db import Read, Tx, workspace_of
from app.core.problems import Fault, Invalid
from app.ledger import log
from app.ledger.events import Change
from app.workspaces import queries as workspaces
from app.workspaces.models import Member


def heir(tx: Tx, name: str, *, instead_of: UUID, pointer: str) -> Member:
    """Return the active member with that id or address, who cannot leave until this transaction ends; or refuse."""
    found = workspaces.members_by_name(tx, {name}).get(name)
    # Asked before the row is locked: who leaves meanwhile may wait for what this transaction holds.
    if found is not None and found.id == instead_of:
        raise SameOwner(f"{found.name} owns it already.")
    if found is None or not workspaces.staying(tx, {found.id}):
        detail = f"No active member is called {name}."
        raise Invalid(detail, errors=[Fault(pointer, detail, "unknown_member")])
    return found


def accountable(tx: Tx, row: Commitment, name: str | None) -> Member | None:
    """Return whom a commitment that opens again is given to; None: its owner keeps it. Refuse if that one has left."""
    if name is not None:
        return heir(tx, name, instead_of=row.owner_id, pointer="/body/owner")
    if not workspaces.staying(tx, {row.owner_id}):
        detail = "Its owner has left: name who is accountable from now on."
        raise Invalid(detail, errors=[Fault("/body/owner", detail, "owner_left")])
    return None


def given(tx: Tx, row: Commitment, *, to: Member, reason: str | None, at: datetime) -> Change:
    """Make another member accountable, and return what happened."""
    standing.turn(tx, row, owner_id=to.id, at=at)
    return standing.change("commitment.reassigned", row, **({"reason": reason} if reason else {}))


def owns_something(session: Read, member: UUID) -> bool:
    """Say whether a member is accountable for something that is still open, or will be opened."""
    mine = workspace_of(session)
    commitment = select(Commitment.id).where(
        Commitment.workspace_id == mine, Commitment.owner_id == member, col(Commitment.state).in_(OPEN_STATES)
    )
    return session.exec(commitment.limit(1)).first() is not None or bool(_running(session, member, lock=False))


def hand_over(tx: Tx, member: UUID, *, to: Member, by: UUID, at: datetime) -> int:
    """Give all that *member* is accountable for to another, what recurs included; return how many are open."""
    # Series first, as whoever extends or ends one locks them.
    series = _running(tx, member, lock=True)
    rows = _open_of(tx, member)
    for one in series:
        one.owner_id = to.id
        tx.add(one)
    tx.flush()
    for row in rows:
        standing.turn(tx, row, owner_id=to.id, at=at)
    told: list[tuple[UUID, Change]] = [
        (one.plan_id, standing.series_change("series.reassigned", one)) for one in series
    ]
    told += [(row.plan_id, standing.change("commitment.reassigned", row)) for row in rows]
    for plan, changes in groupby(sorted(told, key=itemgetter(0)), key=itemgetter(0)):
        log.append(tx, [change for _, change in changes], plan=plan, actor=by, at=at)
    return len(rows)


def _running(session: Read, member: UUID, *, lock: bool) -> Sequence[Series]:
    """Return the series that a member owns and that go on: further times of them will be theirs."""
    query = select(Series).where(Series.workspace_id == workspace_of(session), Series.owner_id == member)
    query = query.order_by(col(Series.id))
    found = session.exec(query.with_for_update(key_share=True) if lock else query).all()
    return [one for one in found if _goes_on(session, one)]


def _goes_on(session: Read, one: Series) -> bool:
    """Say whether times of a series are still to be opened; one that an amendment ends far ahead is kept until then."""
    if schedule.has_end(one.rule) or one.ended_on is None:
        return not schedule.has_end(one.rule)
    last = queries.last_opened(session, one)
    return bool(schedule.further(one.rule, one.starts_on, after=last, until=one.ended_on, except_on=one.except_on))


def _open_of(tx: Tx, member: UUID) -> Sequence[Commitment]:
    query = select(Commitment).where(
        Commitment.workspace_id == workspace_of(tx),
        Commitment.owner_id == member,
        col(Commitment.state).in_(OPEN_STATES),
    )
    return tx.exec(query.order_by(col(Commitment.id)).with_for_update()).all()
