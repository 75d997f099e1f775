"""What messages have to say: the notices they become, and how the figures of their reports stand. Set by set."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson

from app.core import db
from app.core.db import Tx, workspace_of
from app.core.ids import new_id
from app.ingest import queries
from app.ingest.amazon import Proposal
from app.ingest.metrics import is_older, is_worse
from app.ingest.models import Figure
from app.ingest.records import Record
from app.ingest.report import Reading
from app.ledger.events import Change
from app.notices import operations as notices
from app.notices.arrivals import Arrival
from app.notices.rules import SLACK, NoticeState

SOURCE = "amazon"
_MAX_NAME = 200

_KNOWN = (
    "SELECT external_id, id, text_sha256 FROM notice WHERE workspace_id = %(ws)s AND source = %(source)s "
    "AND external_id = ANY(CAST(%(names)s AS text[]))"
)


@dataclass(frozen=True, slots=True)
class Told:
    """A message whose account is known."""

    message: UUID
    record: Record
    account: UUID


@dataclass(slots=True)
class News:
    """What became of one."""

    notices: list[UUID] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Draft:
    """A notice to be, of the message with that index."""

    index: int
    row: Arrival
    items: tuple[tuple[str, str], ...]


class Edition:
    """All that became of some messages. Their rows are stored between `publish` and `store_figures`."""

    def __init__(self, tx: Tx, told: Sequence[Told]) -> None:
        self.news = [News() for _ in told]
        self._desk = _Desk(tx, told)

    def publish(self, tx: Tx, told: Sequence[Told], *, by: UUID, at: datetime) -> None:
        """Record what the messages say, each in its turn, for the caller's append."""
        drafts = []
        for index, one in enumerate(told):
            for name, proposal, received_at in self._desk.proposals(one, self.news[index].changes, at=at):
                row = _notice(tx, one, name, proposal, received_at=received_at, by=by, at=at)
                drafts.append(_Draft(index, row, proposal.items))
        for draft, id_ in zip(drafts, _record(tx, drafts), strict=True):
            self.news[draft.index].notices.append(id_)
            if id_ == draft.row.id:
                self.news[draft.index].changes.append(notices.received(draft.row, draft.items))

    def store_figures(self, tx: Tx) -> None:
        self._desk.write(tx)


def publish(tx: Tx, told: Sequence[Told], *, by: UUID, at: datetime) -> Edition:
    """Record the notices that messages are worth, and return what became of each."""
    edition = Edition(tx, told)
    edition.publish(tx, told, by=by, at=at)
    return edition


class _Desk:
    """How the figures of the accounts in question stand, while reports about them come in."""

    def __init__(self, tx: Tx, told: Sequence[Told]) -> None:
        self._workspace = workspace_of(tx)
        accounts = list({one.account for one in told if one.record.readings})
        self._known = {
            (row.account_id, row.marketplace, row.metric, row.name): row for row in queries.figures(tx, accounts)
        }
        self._old = set(self._known)
        self._moved: dict[tuple[UUID, str, str, str], Figure] = {}

    def proposals(self, told: Told, changes: list[Change], *, at: datetime) -> Iterator[tuple[str, Proposal, datetime]]:
        """Yield the notices that a message is worth: by what name, what they say, and since when it is so."""
        record = told.record
        if record.proposal is not None:
            happened = record.published_at or record.event_at or at
            yield _name(told), record.proposal, happened if happened <= at + SLACK else at
        for one in record.readings:
            if self._is_news(told, one, changes):
                proposal = Proposal(category=one.category, severity=one.severity, title=one.title, text=one.text)
                yield _name(told, *one.key), proposal, at

    def _is_news(self, told: Told, one: Reading, changes: list[Change]) -> bool:
        """Take note of a figure, and say whether it is worse than what is known."""
        key = (told.account, *one.key)
        known = self._known.get(key)
        if is_older(one, known):
            return False
        worse = is_worse(one, known)
        values: dict[str, Any] = {name: getattr(one, name) for name in ("count", "rate_millionths", "beyond", "until")}
        values |= {"status": one.status.value, "message_id": told.message}
        if known is None:
            about: dict[str, Any] = dict(zip(("account_id", "marketplace", "metric", "name"), key, strict=True))
            known = self._known[key] = Figure(workspace_id=self._workspace, id=new_id(), **about, **values)
        else:
            for name, value in values.items():
                setattr(known, name, value)
        type_ = "figure.changed" if key in self._old or key in self._moved else "figure.added"
        self._moved[key] = known
        changes.append(Change(type=type_, subject=known.id, data=known.facts(), private={"said": known.said}))
        return worse

    def write(self, tx: Tx) -> None:
        """Store what has moved."""
        new = [row for key, row in self._moved.items() if key not in self._old]
        insert(tx, "figure", [row.model_dump() for row in new])
        tx.flush()


def _name(told: Told, *figure: str) -> str:
    """Return what the notice is called by its source: the same for the same fact."""
    record = told.record
    if not figure and record.notification_id is not None:
        name = f"{record.type}:{record.notification_id}"
    else:
        # Two accounts may have reports that say the same.
        content = sha256(f"{told.account} {record.fingerprint}".encode()).hexdigest()
        name = ":".join((record.type, content[:16], *(one for one in figure if one)))
    return name if len(name) <= _MAX_NAME else f"{name[:130]}:{sha256(name.encode()).hexdigest()}"


def _notice(
    tx: Tx, told: Told, name: str, proposal: Proposal, *, received_at: datetime, by: UUID, at: datetime
) -> Arrival:
    # Nobody has to do anything about good news, but it belongs to the story of what it is about.
    state = NoticeState.ACKNOWLEDGED if proposal.is_good else NoticeState.RECEIVED
    return Arrival(
        workspace_id=workspace_of(tx),
        id=new_id(),
        source=SOURCE,
        external_id=name,
        account_id=told.account,
        category=proposal.category.value,
        severity=proposal.severity.value,
        title=proposal.title,
        text=proposal.text,
        text_sha256=sha256(proposal.text.encode()).hexdigest(),
        received_at=received_at,
        state=state.value,
        acknowledged_at=at if proposal.is_good else None,
        created_at=at,
        created_by=by,
    )


def _record(tx: Tx, drafts: list[_Draft]) -> list[UUID]:
    """Store the notices that are not there yet; return the ids of all.

    A name that is taken by the same words is the same notice. By other words, the notice is given a longer name: two
    facts came with one id, or a person has recorded it in words of their own.
    """
    stored = _stored(tx, drafts)
    for one in drafts:
        known = stored[one.row.external_id]
        if known.id != one.row.id and known.text_sha256 != one.row.text_sha256:
            one.row.external_id = one.row.external_id[: _MAX_NAME - 17] + f":{one.row.text_sha256[:16]}"
    if renamed := [one for one in drafts if one.row.external_id not in stored]:
        stored |= _stored(tx, renamed)
    ids = [stored[one.row.external_id].id for one in drafts]
    mine = [one for one, id_ in zip(drafts, ids, strict=True) if id_ == one.row.id]
    insert(tx, "notice_span", [one.row.span() for one in mine])
    insert(tx, "notice_item", list(_items(tx, mine)))
    return ids


def _stored(tx: Tx, drafts: list[_Draft]) -> dict[str, Any]:
    """Return the notices of these names, by name: those that were there, and those that are now."""
    columns = "external_id, id, text_sha256"
    found = insert(tx, "notice", [one.row.columns() for one in drafts], returning=columns)
    stored = {row.external_id: row for row in found}
    if missing := [one.row.external_id for one in drafts if one.row.external_id not in stored]:
        names = {"ws": workspace_of(tx), "source": SOURCE, "names": missing}
        stored |= {row.external_id: row for row in db.run(tx, _KNOWN, names)}
    return stored


def _items(tx: Tx, drafts: Iterable[_Draft]) -> Iterator[dict[str, Any]]:
    for one in drafts:
        for type_, ref in dict.fromkeys(one.items):
            yield {"workspace_id": workspace_of(tx), "notice_id": one.row.id, "type": type_, "ref": ref}


def insert(tx: Tx, table: str, rows: Sequence[Mapping[str, Any]], *, returning: str = "") -> list[Any]:
    """Insert rows in one statement, those that are not there yet; all have the same columns."""
    if not rows:
        return []
    columns = ", ".join(rows[0])
    statement = (
        f"INSERT INTO {table} ({columns}) "  # noqa: S608 - the names are ours
        f"SELECT {columns} FROM json_populate_recordset(CAST(NULL AS {table}), CAST(%(rows)s AS json)) "
        f"ON CONFLICT DO NOTHING{returning and f' RETURNING {returning}'}"
    )
    return db.run(tx, statement, {"rows": orjson.dumps(rows, default=_as_text).decode()})


def _as_text(value: Any) -> str:
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    raise TypeError(type(value))
