"""Taking messages in, and saying later whose they are."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from itertools import accumulate
from typing import NamedTuple
from uuid import UUID

from app.core import db
from app.core.db import Tx, workspace_of
from app.core.ids import new_id
from app.core.problems import Fault, Invalid
from app.ingest import news, queries
from app.ingest.models import SAID, Arrival, Message, Subscription, Taken
from app.ingest.news import News, Told
from app.ingest.owners import Owners
from app.ingest.records import Record, reread
from app.ingest.rules import Fate, Flag, MessageIsResolved, Status, Why
from app.ledger import log
from app.ledger.events import Change
from app.workspaces import queries as workspaces

_AT_ONCE, _MAX_BYTES = 500, 1024 * 1024
"""What waits is settled in parts: as many messages as may come with one request, about."""
_AGAIN = (
    "UPDATE message m SET deliveries = m.deliveries + n.times FROM "
    "unnest(CAST(%(ids)s AS uuid[]), CAST(%(times)s AS int[])) n(id, times) "
    "WHERE m.workspace_id = %(ws)s AND m.id = n.id"
)


@dataclass
class _Intake:
    """The messages of one request, sorted into those that came before and those that are new."""

    known: dict[str, Message | Arrival]
    """By identity: those that were there, and new ones as they come."""
    taken: list[Taken | None] = field(default_factory=list)
    new: list[tuple[int, Arrival, Record]] = field(default_factory=list)
    again: Counter[UUID] = field(default_factory=Counter)

    def sort(self, record: Record, row: Arrival) -> None:
        """Put a message where it belongs: *row* is what it will be if it is new."""
        first = self.known.get(row.identity)
        if first is not None and first.fingerprint != record.fingerprint:
            row.identity = _other(row)
            row.flags = [*row.flags, Flag.DIFFERS.value]
            row.status, row.why = Status.KEPT.value, None
            first = self.known.get(row.identity)
        if first is not None:
            self.again[first.id] += 1
            self.taken.append(Taken(first, Fate.DUPLICATE))
            return
        self.known[row.identity] = row
        self.new.append((len(self.taken), row, record))
        self.taken.append(None)


def take(tx: Tx, records: Sequence[Record], *, account: UUID | None, by: UUID, at: datetime) -> list[Taken]:
    """Take messages in, in order, and return what became of each.

    Each is there once, however often it comes; what is known of their sellers, or *account* if given, says whose they
    are, and those of which nobody knows wait. Two requests of one workspace come one after the other.
    """
    _check_account(tx, account)
    queries.one_at_a_time(tx)
    owners = Owners.known(tx, [(one.seller_id, one.subscription_id) for one in records], otherwise=account)
    rows = [_row(tx, one, owners, account, at=at) for one in records]
    intake = _Intake({**queries.known(tx, {name for row in rows for name in (row.identity, _other(row))})})
    for record, row in zip(records, rows, strict=True):
        intake.sort(record, row)
    changes = _keep(tx, intake, by=by, at=at)
    if intake.again:
        again = {"ids": list(intake.again), "times": list(intake.again.values())}
        db.run(tx, _AGAIN, {"ws": workspace_of(tx), **again})
    if changes:
        log.append(tx, changes, actor=by, at=at)
    return [one for one in intake.taken if one is not None]


def found(tx: Tx, id_: UUID) -> Message:
    """Return a message that nobody else resolves meanwhile, or refuse."""
    queries.one_at_a_time(tx)
    return queries.message(tx, id_)


def resolve(tx: Tx, row: Message, *, account: UUID, remember: bool, by: UUID, at: datetime) -> None:
    """Say whose a message is that waits; to *remember* it says so of its subscription, and of all that came with it."""
    if row.status != Status.UNRESOLVED.value:
        raise MessageIsResolved(f"It is `{row.status}`.")
    _check_account(tx, account, where="/body/account")
    if remember and row.subscription_id is None:
        detail = "This message names no subscription: resolve it without `remember`."
        raise Invalid(detail, errors=[Fault("/body/remember", detail, "no_subscription")])
    changes = _settle(tx, [(row, account)], by=by, at=at)
    if remember and row.subscription_id is not None:
        changes += _map(tx, row.subscription_id, account, at=at)[1]
        changes += _retry(tx, by=by, at=at)[1]
    log.append(tx, changes, actor=by, at=at)


class Mapped(NamedTuple):
    """A subscription, whether it is new, and how many messages are settled by knowing it."""

    subscription: Subscription
    is_new: bool
    resolved: int


def map_subscription(tx: Tx, name: str, *, account: UUID, by: UUID, at: datetime) -> Mapped:
    """Say whose a subscription is. What waits for that is settled at once; what is settled stays as it is."""
    _check_account(tx, account, where="/body/account")
    queries.one_at_a_time(tx)
    row, changes = _map(tx, name, account, at=at)
    resolved, settled = _retry(tx, by=by, at=at)
    if changes or settled:
        log.append(tx, [*changes, *settled], actor=by, at=at)
    return Mapped(row, bool(changes) and changes[0].type == "subscription.mapped", resolved)


def retry(tx: Tx, *, by: UUID, at: datetime) -> int:
    """Settle what waits and whose account is known by now, and return how many that were: up to 500 at a time."""
    queries.one_at_a_time(tx)
    resolved, changes = _retry(tx, by=by, at=at)
    if changes:
        log.append(tx, changes, actor=by, at=at)
    return resolved


def _check_account(tx: Tx, account: UUID | None, *, where: str = "/query/account") -> None:
    if account is not None and not workspaces.is_account(tx, account):
        detail = "There is no such account."
        raise Invalid(detail, errors=[Fault(where, detail, "unknown_account")])


def _other(row: Arrival) -> str:
    """Return the identity of a message that says something else under a known id."""
    return sha256(f"{row.identity} {row.fingerprint}".encode()).hexdigest()


def _row(tx: Tx, record: Record, owners: Owners, account: UUID | None, *, at: datetime) -> Arrival:
    """Return the row of a message, as if it were new."""
    owner = owners.of(record.seller_id, record.subscription_id, record.marketplace_id) if record.is_understood else None
    why = owner if isinstance(owner, Why) else None
    status = Status.KEPT if owner is None else Status.UNRESOLVED if why else Status.RECORDED
    return Arrival(
        workspace_id=workspace_of(tx),
        id=new_id(),
        identity=record.identity(account),
        fingerprint=record.fingerprint,
        sha256=record.sha256,
        raw=record.raw,
        status=status.value,
        why=why.value if why else None,
        account_id=owner if isinstance(owner, UUID) else None,
        notices=[],
        flags=[one.value for one in record.flags],
        event_at=record.event_at,
        published_at=record.published_at,
        received_at=at,
        remarks=list(record.remarks),
        **{name: getattr(record, name) for name in SAID if name != "remarks"},
    )


def _keep(tx: Tx, intake: _Intake, *, by: UUID, at: datetime) -> list[Change]:
    """Store the new messages and what they say, and return what happened."""
    told, whose = [], []
    for index, row, record in intake.new:
        if row.status == Status.RECORDED.value and row.account_id is not None:
            told.append(Told(row.id, record, row.account_id))
            whose.append(index)
    edition = news.publish(tx, told, by=by, at=at)
    found = dict(zip(whose, edition.news, strict=True))
    changes = []
    for index, row, _ in intake.new:
        said = found.get(index, News())
        _note(row, said)
        intake.taken[index] = Taken(row, Fate(row.status))
        changes += [_change("message.received", row), *said.changes]
    news.insert(tx, "message", [row.columns() for _, row, _ in intake.new])
    edition.store_figures(tx)
    return changes


def _note(row: Message | Arrival, said: News) -> None:
    """Take note of what became of a message whose account is known."""
    row.notices = said.notices
    if row.status == Status.RECORDED.value and not said.notices:
        row.status = Status.NOTHING_WORSE.value


def _settle(tx: Tx, pairs: Sequence[tuple[Message, UUID]], *, by: UUID, at: datetime) -> list[Change]:
    """Record what messages say that have waited, now that it is known whose they are; return what happened."""
    told = [Told(row.id, reread(row.raw), account) for row, account in pairs]
    edition = news.publish(tx, told, by=by, at=at)
    changes = []
    for (row, account), said in zip(pairs, edition.news, strict=True):
        row.status, row.why, row.account_id, row.resolved_at = Status.RECORDED.value, None, account, at
        _note(row, said)
        tx.add(row)
        changes += [_change("message.resolved", row), *said.changes]
    tx.flush()
    edition.store_figures(tx)
    return changes


def _retry(tx: Tx, *, by: UUID, at: datetime) -> tuple[int, list[Change]]:
    named = queries.placeable(tx)
    owners = Owners.known(tx, [(row.seller_id, row.subscription_id) for row in named])
    found = [(row, owners.of(row.seller_id, row.subscription_id, row.marketplace_id)) for row in named]
    # Those that still cannot be placed are left out first, so that they never fill the transaction.
    placed = [(row, owner) for row, owner in found if isinstance(owner, UUID)][:_AT_ONCE]
    sizes = accumulate(row.size for row, _ in placed)
    fitting = {row.id: owner for (row, owner), size in zip(placed, sizes, strict=True) if size - row.size < _MAX_BYTES}
    pairs = [(row, fitting[row.id]) for row in queries.messages_of(tx, fitting)]
    return len(pairs), _settle(tx, pairs, by=by, at=at) if pairs else []


def _map(tx: Tx, name: str, account: UUID, *, at: datetime) -> tuple[Subscription, list[Change]]:
    row, type_ = queries.subscription(tx, name), "subscription.changed"
    if row is None:
        type_ = "subscription.mapped"
        row = Subscription(
            workspace_id=workspace_of(tx), id=new_id(), subscription=name, account_id=account, created_at=at
        )
    elif row.account_id == account:
        return row, []
    row.account_id = account
    tx.add(row)
    tx.flush()
    change = Change(type=type_, subject=row.id, data=row.facts(), private={"subscription": row.subscription})
    return row, [change]


def _change(type_: str, row: Message | Arrival) -> Change:
    return Change(type=type_, subject=row.id, data=row.facts(), private={"said": row.said})
