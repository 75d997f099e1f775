"""Recording notices, and what is done about each."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

import orjson
import rfc8785
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from app.core.db import Tx, workspace_of
from app.core.ids import new_id
from app.core.problems import Fault, Invalid
from app.ledger import log
from app.ledger.events import Change
from app.notices import queries, rules
from app.notices.arrivals import Arrival
from app.notices.models import Notice, NoticeItem, NoticeSpan
from app.notices.rules import NoticeDiffers, NoticeState
from app.notices.schemas import NoticeChange, NoticeIn
from app.workspaces import queries as workspaces

Pair = tuple[str, str]
"""Type and reference of an item."""


class Recorded(NamedTuple):
    """A notice, and whether it was not there before."""

    notice: Notice
    is_new: bool


def record(tx: Tx, new: NoticeIn, *, by: UUID, at: datetime) -> Recorded:
    """Record what came in. The same source and external id again is the same notice, if its text is the same.

    Of two who record one notice at once, the second waits and finds that of the first.
    """
    items = [(one.type, one.ref) for one in new.items]
    faults = rules.contradictions(items, received_at=new.received_at or at, respond_by=new.respond_by, at=at)
    _check(tx, new.account, faults)
    row = made(new, workspace=workspace_of(tx), by=by, at=at)
    kept = tx.execute(insert(Notice).values(row.model_dump()).on_conflict_do_nothing().returning(col(Notice.id)))
    if kept.scalar_one_or_none() is None:
        return _known(tx, row)
    tx.add(span_of(row, since=at))
    tx.flush()
    _write_items(tx, row.id, items)
    log.append(tx, [received(row, items)], actor=by, at=at)
    return Recorded(row, is_new=True)


def made(new: NoticeIn, *, workspace: UUID, by: UUID, at: datetime) -> Notice:
    """Return the row of a new notice."""
    return Notice(
        workspace_id=workspace,
        id=new_id(),
        account_id=new.account,
        text_sha256=sha256(new.text.encode()).hexdigest(),
        received_at=new.received_at or at,
        created_at=at,
        created_by=by,
        **new.model_dump(mode="json", exclude={"account", "received_at", "respond_by", "items"}),
        respond_by=new.respond_by,
    )


def span_of(row: Notice, *, since: datetime) -> NoticeSpan:
    """Return how a notice stands from then on, until something changes."""
    return NoticeSpan(
        workspace_id=row.workspace_id,
        notice_id=row.id,
        version=row.version,
        since=since,
        state=row.state,
        respond_by=row.respond_by,
    )


def received(row: Notice | Arrival, items: Sequence[Pair]) -> Change:
    """Return the event that a notice begins with."""
    return _change("notice.received", row, **words_of(row, items))


def words_of(row: Notice | Arrival, items: Sequence[Pair]) -> dict[str, str]:
    """Return what a notice says, as events disclose it."""
    said = {"source": row.source, "external_id": row.external_id, "title": row.title, "text": row.text}
    return {name: words for name, words in said.items() if words is not None} | {"items": _listed(items)}


def change(tx: Tx, row: Notice, given: NoticeChange, *, by: UUID, at: datetime) -> None:
    """Correct what was recorded about a notice; what it says stays, and once it has ended, what it asked for."""
    if not given.model_fields_set:
        return
    rules.check_change(NoticeState(row.state), given.model_fields_set)
    values = given.model_dump(mode="json", include=given.model_fields_set, exclude={"items", "respond_by", "account"})
    items = [(one.type, one.ref) for one in given.items or ()]
    faults = rules.contradictions(items, received_at=row.received_at, respond_by=given.respond_by, at=at)
    _check(tx, given.account, faults)
    if "respond_by" in given.model_fields_set:
        values["respond_by"] = given.respond_by
    if "account" in given.model_fields_set:
        values["account_id"] = given.account
    said = {"title": given.title} if given.title else {}
    if "items" in given.model_fields_set:
        tx.execute(
            sa.delete(NoticeItem).where(
                col(NoticeItem.workspace_id) == row.workspace_id, col(NoticeItem.notice_id) == row.id
            )
        )
        _write_items(tx, row.id, items)
        said["items"] = _listed(items)
    _turn(tx, row, at=at, **values)
    log.append(tx, [_change("notice.changed", row, **said)], actor=by, at=at)


def acknowledge(tx: Tx, row: Notice, *, by: UUID, at: datetime) -> None:
    """Record that somebody has taken note of it; one that was dismissed is taken up again, unless it was erased."""
    if sha256(row.text.encode()).hexdigest() != row.text_sha256:
        # Nobody can answer what nobody can read, and no plan may repeat a placeholder as what a notice said.
        raise rules.NoticeCannotMove("Its words were erased. If it is still to be answered, record it again.")
    if NoticeState(row.state) is NoticeState.RESPONDED:
        raise rules.NoticeCannotMove("It is `responded`: whoever answered it has taken note.")
    state = rules.move(NoticeState(row.state), NoticeState.ACKNOWLEDGED)
    _turn(tx, row, at=at, state=state.value, acknowledged_at=at, ended_at=None, reason=None)
    log.append(tx, [_change("notice.acknowledged", row)], actor=by, at=at)


def dismiss(tx: Tx, row: Notice, *, reason: str, by: UUID, at: datetime) -> None:
    """Record that nothing has to be done about it, and why."""
    state = rules.move(NoticeState(row.state), NoticeState.DISMISSED)
    _turn(tx, row, at=at, state=state.value, ended_at=at, reason=reason)
    log.append(tx, [_change("notice.dismissed", row, reason=reason)], actor=by, at=at)


def respond(tx: Tx, row: Notice, *, note: str, by: UUID, at: datetime) -> None:
    """Record that it was answered, in words that are no plan."""
    state = rules.move(NoticeState(row.state), NoticeState.RESPONDED)
    _turn(tx, row, at=at, state=state.value, responded_at=at, acknowledged_at=row.acknowledged_at or at, response=note)
    log.append(tx, [_change("notice.responded", row, response=note)], actor=by, at=at)


def close(tx: Tx, row: Notice, *, by: UUID, at: datetime) -> None:
    """Record that the marketplace takes it as settled."""
    log.append(tx, [closed(tx, row, at=at)], actor=by, at=at)


def answered(tx: Tx, row: Notice, *, plan: UUID, submission: int, at: datetime) -> Change:
    """Take note that an attempt at a plan answers it, and return the event, which belongs to the plan's chain.

    The event repeats what the notice says, and names the one that recorded it: a proof of the plan shows both.
    """
    state = rules.move(NoticeState(row.state), NoticeState.RESPONDED)
    first = queries.recorded_in(tx, row.id)
    values = {"plan_id": plan, "submission": submission, "attempts": row.attempts + 1}
    _turn(tx, row, at=at, state=state.value, responded_at=at, acknowledged_at=row.acknowledged_at or at, **values)
    items = [(one.type, one.ref) for one in queries.items_of(tx, [row.id])[row.id]]
    facts = row.facts() | {"recorded": {"seq": first.seq, "leaf": first.leaf.hex()}}
    return Change(type="notice.answered", subject=row.id, data=facts, private=words_of(row, items))


def reopened(tx: Tx, row: Notice, *, at: datetime) -> Change:
    """Take note that the attempt which answered it was denied: an answer is owed again, by the same deadline."""
    state = rules.move(NoticeState(row.state), NoticeState.ACKNOWLEDGED)
    _turn(tx, row, at=at, state=state.value)
    return _change("notice.reopened", row)


def closed(tx: Tx, row: Notice, *, at: datetime) -> Change:
    """Take note that it is settled, and return the event."""
    state = rules.move(NoticeState(row.state), NoticeState.CLOSED)
    _turn(tx, row, at=at, state=state.value, ended_at=at)
    return _change("notice.closed", row)


def _check(tx: Tx, account: UUID | None, faults: list[Fault]) -> None:
    if account is not None and not workspaces.is_account(tx, account):
        faults = [*faults, Fault("/account", "There is no such account.", "unknown_account")]
    if faults:
        raise Invalid(
            f"Wrong: {', '.join(fault.pointer for fault in faults[:3])}.",
            errors=[Fault(f"/body{fault.pointer}", fault.detail, fault.code) for fault in faults],
        )


def _known(tx: Tx, row: Notice) -> Recorded:
    known = queries.by_external_id(tx, row.source, row.external_id or "")
    assert known is not None
    if known.text_sha256 != row.text_sha256:
        raise NoticeDiffers(f"{known.external_id} from {known.source} is {known.id}, with another text.")
    return Recorded(known, is_new=False)


def _write_items(tx: Tx, notice: UUID, items: Sequence[Pair]) -> None:
    rows = [{"workspace_id": workspace_of(tx), "notice_id": notice, "type": one, "ref": ref} for one, ref in items]
    if rows:
        tx.execute(sa.insert(NoticeItem), rows)


def _listed(items: Sequence[Pair]) -> str:
    return rfc8785.dumps([{"type": type_, "ref": ref} for type_, ref in sorted(items)]).decode()


def items_said(text: str) -> list[Pair]:
    """Return what the disclosure `items` lists."""
    return [(one["type"], one["ref"]) for one in orjson.loads(text)]


def _turn(tx: Tx, row: Notice, *, at: datetime, **values: Any) -> None:
    """Write *values* to the row, end the span that stood until now and begin the next."""
    for name, value in (values | {"version": row.version + 1}).items():
        setattr(row, name, value)
    tx.add(row)
    mine = (col(NoticeSpan.workspace_id) == row.workspace_id, col(NoticeSpan.notice_id) == row.id)
    # Whoever waited for the row read the clock before those who held it: a span does not end before it begins.
    ended = sa.update(NoticeSpan).where(*mine, col(NoticeSpan.until).is_(None))
    until = tx.execute(ended.values(until=sa.func.greatest(NoticeSpan.since, at)).returning(col(NoticeSpan.until)))
    tx.add(span_of(row, since=until.scalar_one()))
    tx.flush()


def _change(type_: str, row: Notice | Arrival, **private: str) -> Change:
    return Change(type=type_, subject=row.id, data=row.facts(), private=private)
