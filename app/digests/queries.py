"""Reading who gets a digest, when, and what it says."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from itertools import chain, islice
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
import sqlalchemy as sa
from sqlmodel import select

from app.commitments.queries import overdue, still_open
from app.core import db
from app.core.db import Read, workspace_of
from app.digests import letter
from app.digests.letter import Line, Section
from app.digests.models import Digest
from app.digests.rules import HOUR, Channel, Days, Slot, State, last_slot, may_try
from app.escalations import standing
from app.escalations.queries import rules_telling
from app.followthrough import lists, waiting
from app.followthrough.json_sql import written
from app.followthrough.lists import Asked, What
from app.followthrough.waiting import AskedWaiting, Wait

_MUST = {
    Wait.VERIFICATION: "Done, to be verified",
    Wait.EXTENSION: "An extension is asked for",
    Wait.WAIVER: "A waiver is asked for",
    Wait.AMENDMENT: "A change of the plan is asked for",
    Wait.SIGN_OFF: "To be read and signed off",
    Wait.EFFECTIVENESS: "Did it help? To be judged",
}
"""What waits, in words."""

_COUNTED = 1000
"""Where counting what waits or is escalated ends."""

AHEAD = timedelta(days=7)
"""How far ahead a digest looks."""

_KEPT = timedelta(days=4)
"""Deliveries of days before that cannot be of the newest slot."""

_WHO = (
    "SELECT m.id, m.name, m.email, m.created_at, d.address, coalesce(d.channel, 'email') AS channel, "  # noqa: S608 - the constants are ours
    f"coalesce(d.hour, {HOUR}) AS hour, coalesce(d.timezone, w.timezone) AS timezone, "
    f"coalesce(d.days, '{Days.EVERY_DAY}') AS days, w.name AS workspace FROM member m "
    "JOIN workspace w ON w.id = m.workspace_id "
    "LEFT JOIN digest d ON d.workspace_id = m.workspace_id AND d.member_id = m.id "
    "WHERE m.workspace_id = %(ws)s AND m.active AND coalesce(d.active, true) "
    "AND (coalesce(d.channel, 'email') <> 'email' OR %(mail)s)"
)
_ONE = f"{_WHO} AND m.id = %(member)s"
_DELIVERED = (
    "SELECT member_id, day, state, attempts, at FROM digest_delivery WHERE workspace_id = %(ws)s AND day >= %(since)s"
)


_ITEMS = (
    f"SELECT c.id, {written(lists.item(past=False))} AS item FROM commitment c {lists.JOINS} "  # noqa: S608 - it is ours
    "WHERE c.workspace_id = :ws AND c.id = ANY(CAST(:ids AS uuid[]))"
)
_LINKED = "SELECT member_id FROM digest_delivery WHERE workspace_id = %(ws)s AND token_hash = %(hash)s"


@dataclass(frozen=True, slots=True)
class Recipient:
    """An active member who wants the digest, and how."""

    id: UUID
    name: str
    email: str
    workspace: str
    channel: Channel
    address: str | None
    hour: int
    timezone: str
    days: Days
    member_since: datetime

    def slot(self, *, at: datetime) -> Slot | None:
        """Return the slot whose digest should have gone out by *at*; hours before somebody joined are not made up."""
        found = last_slot(at, hour=self.hour, zone=self.timezone, days=self.days)
        return found if found and found.at.timestamp() >= self.member_since.timestamp() else None


@dataclass(frozen=True, slots=True)
class Pending:
    """A digest to be claimed, and how it stood when it was looked at."""

    member: UUID
    day: date
    state: State | None
    attempts: int
    since: datetime
    """From when it waits: its hour, or the last attempt."""


def digest_of(session: Read, member: UUID) -> Digest | None:
    """Return what a member chose, None if nothing."""
    query = select(Digest).where(Digest.workspace_id == workspace_of(session), Digest.member_id == member)
    return session.exec(query).one_or_none()


def linked_member(session: Read, token: str) -> UUID | None:
    """Return whose digest carried *token*; None if it is none, or of long ago."""
    rows = db.run(session, _LINKED, {"ws": workspace_of(session), "hash": sha256(token.encode()).digest()})
    return rows[0].member_id if rows else None


def recipient(session: Read, member: UUID, *, mail: bool) -> Recipient | None:
    """Return a member as recipient; None if they are to get nothing. Without *mail*, nobody gets e-mail."""
    rows = db.run(session, _ONE, {"ws": workspace_of(session), "mail": mail, "member": member})
    return _recipient(rows[0]) if rows else None


def pending(session: Read, *, mail: bool, at: datetime) -> Iterator[Pending]:
    """Yield the digests that should have gone out by now and did not."""
    mine = {"ws": workspace_of(session)}
    delivered = {
        (row.member_id, row.day): row for row in db.run(session, _DELIVERED, mine | {"since": at.date() - _KEPT})
    }
    for row in db.run(session, _WHO, mine | {"mail": mail}):
        slot = _recipient(row).slot(at=at)
        if slot is None:
            continue
        before = delivered.get((row.id, slot.day))
        state, attempts = (State(before.state), before.attempts) if before else (None, 0)
        if may_try(state, attempts, before.at if before else None, at=at):
            yield Pending(row.id, slot.day, state, attempts, before.at if before else slot.at)


def _recipient(row: Any) -> Recipient:
    return Recipient(
        id=row.id,
        name=row.name,
        email=row.email,
        workspace=row.workspace,
        channel=Channel(row.channel),
        address=row.address,
        hour=row.hour,
        timezone=row.timezone,
        days=Days(row.days),
        member_since=row.created_at,
    )


def sections(session: Read, to: Recipient, *, at: datetime, public_url: str | None) -> list[Section]:
    """Return what there is to say to a member now; nothing if there is nothing."""
    member = to.id
    count = _counts(session, member, at=at)
    found = [
        Section(
            "Overdue", "{} overdue", "#c62828", count.overdue, _listed(session, What.OVERDUE, member, at, public_url)
        ),
        Section(
            "Due in the next 7 days",
            "{} due in the next 7 days",
            "#b26a00",
            count.due_soon,
            _listed(session, What.DUE_SOON, member, at, public_url),
        ),
    ]
    escalated = _escalated(session, member, at=at, public_url=public_url)
    decided = _waiting(session, to, at=at, public_url=public_url)
    return [section for section in (*found, escalated, decided) if section.total]


def _escalated(session: Read, member: UUID, *, at: datetime, public_url: str | None) -> Section:
    """Return what stands escalated and is told to a member, the highest level first, as `/v1/escalations` lists it."""
    standing_by_rules = (_standing(session, rule, at=at) for rule in rules_telling(session, member))
    entries = list(islice(chain.from_iterable(standing_by_rules), _COUNTED))
    shown = entries[: letter.SHOWN]
    values = {"ws": workspace_of(session), "as_of": at, "ids": [entry["shown"][0] for entry in shown]}
    items = {row.id: orjson.loads(row.item) for row in session.execute(sa.text(_ITEMS), values)}
    lines = [_escalation(entry, items[entry["shown"][0]], public_url) for entry in shown]
    return Section("Escalated to you", "{} escalated to you", "#6a1b9a", len(entries), lines)


def _standing(session: Read, rule: UUID, *, at: datetime) -> Sequence[sa.RowMapping]:
    asked = standing.Asked(as_of=at, past=False, rule=rule, limit=_COUNTED)
    values = asked.parameters()
    statement = sa.text(standing.page_sql(frozenset(values), past=False))
    return session.execute(statement, values | {"ws": workspace_of(session)}).mappings().all()


def _escalation(entry: sa.RowMapping, oldest: dict[str, Any], public_url: str | None) -> Line:
    """Return the line of one commitment, or of several together, which the oldest stands for."""
    line = _line(oldest, public_url)
    together = f"{entry['n']} together, the oldest " if entry["count"] else ""
    rule, owner = letter.shortened(entry["name"]), letter.shortened(oldest["owner"]["name"])
    return replace(line, note=f"Level {entry['level']} ({rule}), {owner}: {together}{line.note}")


def _waiting(session: Read, to: Recipient, *, at: datetime, public_url: str | None) -> Section:
    """Return what waits for a member's decision, longest first; none for who may decide nothing."""
    rows = waiting.listed(session, AskedWaiting(member=to.id, limit=_COUNTED), at=at)
    lines = [
        Line(
            row.reference,
            letter.shortened(row.title),
            f"{_MUST[Wait(row.kind)]}, since {letter.day(row.at.astimezone(ZoneInfo(to.timezone)).date())}",
            _link(public_url, row.reference),
        )
        for row in rows[: letter.SHOWN]
    ]
    return Section("Waiting for your decision", "{} waiting for your decision", "#1565c0", len(rows), lines)


def _counts(session: Read, member: UUID, *, at: datetime) -> Any:
    query = sa.text(
        f"SELECT count(*) FILTER (WHERE {overdue('c')}) AS overdue, "  # noqa: S608 - the predicates are ours
        f"count(*) FILTER (WHERE {still_open('c')} AND c.due_at > :as_of AND c.due_at <= :until) AS due_soon "
        "FROM commitment c WHERE c.workspace_id = :ws AND c.owner_id = :owner"
    )
    values = {"ws": workspace_of(session), "owner": member, "as_of": at, "until": at + AHEAD}
    return session.execute(query, values).one()


def _listed(session: Read, what: What, member: UUID, at: datetime, public_url: str | None) -> list[Line]:
    until = at + AHEAD if what is What.DUE_SOON else None
    asked = Asked(what=what, as_of=at, past=False, until=until, owner=member, limit=letter.SHOWN)
    values = asked.parameters()
    statement = sa.text(lists.page_sql(what, frozenset(values), past=False))
    row = session.execute(statement, values | {"ws": workspace_of(session)}).one()
    return [_line(item, public_url) for item in orjson.loads(f"[{row.items}]")]


def _line(item: dict[str, Any], public_url: str | None) -> Line:
    when = letter.due(date.fromisoformat(item["due_on"]), datetime.fromisoformat(item["due_at"]), item["timezone"])
    late = f"{letter.days(item['days_overdue'])} overdue, " if item["days_overdue"] else ""
    link = _link(public_url, item["reference"])
    return Line(item["reference"], letter.shortened(item["text"]), f"{late}due {when}", link)


def _link(public_url: str | None, reference: str) -> str | None:
    """Return where somebody finds more: a plan's address (`POA-7`) or a commitment's (`POA-7.3`)."""
    kind = "commitments" if "." in reference else "plans"
    return f"{public_url.rstrip('/')}/v1/{kind}/{reference}" if public_url else None
