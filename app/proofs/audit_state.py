"""The tables that people work on, against the events: each row is what the events about it make of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.orm import defer
from sqlmodel import select

from app.changes.models import Amendment, Request
from app.commitments.models import Commitment, Series
from app.core.db import Read, workspace_of
from app.digests.models import Digest
from app.effectiveness.models import EffectivenessCheck
from app.escalations.models import Escalation, EscalationRule
from app.ingest.models import Figure, Message, Subscription
from app.ledger.events import plain
from app.notices.models import Notice
from app.plans.models import Plan, Submission
from app.proofs import placeholders
from app.proofs.audit_changes import change_faults, series_faults, verdict_faults
from app.proofs.audit_commitments import commitment_faults
from app.proofs.audit_events import Walk
from app.proofs.audit_history import Said, histories, last_words
from app.proofs.audit_messages import message_faults
from app.proofs.audit_notices import notice_faults
from app.proofs.audit_plans import clause_faults, plan_faults, submissions_of
from app.proofs.audit_rows import rows
from app.workspaces.models import Account, ApiKey, Member, Workspace

_BATCH = 200


@dataclass(frozen=True, slots=True)
class _Kind:
    """A table whose rows events are about."""

    table: Any
    first: str | tuple[str, ...]
    """The type of the event that begins a row, or several."""
    words: tuple[str, ...]
    """Columns that hold what was disclosed under their name."""


_KINDS = (
    _Kind(Workspace, "workspace.created", ("name",)),
    _Kind(Member, "member.added", ("name", "email")),
    _Kind(Account, "account.added", ("marketplace", "external_id", "name")),
    _Kind(ApiKey, "key.created", ("name",)),
    _Kind(Digest, "digest.chosen", ()),
    _Kind(Notice, "notice.received", ("source", "external_id", "title", "text")),
    _Kind(Message, "message.received", ("said",)),
    _Kind(Subscription, "subscription.mapped", ("subscription",)),
    _Kind(Figure, "figure.added", ("said",)),
    _Kind(Plan, "plan.drafted", ("title", "content")),
    _Kind(Series, "series.opened", ("text",)),
    _Kind(Commitment, "commitment.opened", ("text",)),
    _Kind(Request, ("extension.requested", "waiver.requested"), ("reason",)),
    _Kind(Amendment, "amendment.requested", ("content",)),
    _Kind(EffectivenessCheck, "effectiveness.checked", ("reason",)),
    _Kind(EscalationRule, "escalation_rule.added", ("name",)),
    _Kind(Escalation, "escalation.entered", ()),
)


def state_faults(read: Read, walk: Walk) -> Iterator[str]:
    """Compare all rows with what the walk and the events said about them."""
    for kind in _KINDS:
        name, count = kind.table.__tablename__, 0
        for found in _batches(read, kind.table):
            count += len(found)
            said = histories(read, [row.id for row in found])
            attempts = submissions_of(read, found) if kind.table is Plan else {}
            for row in found:
                history, is_erased = said.get(row.id, []), str(row.id) in walk.erased
                facts = row.facts(attempts[row.id][-1] if attempts[row.id] else None) if attempts else row.facts()
                yield from _row_faults(kind, row, facts, history, erased=is_erased)
                if history:
                    yield from _more_faults(read, row, history, attempts.get(row.id, []), erased=is_erased)
            yield from _batch_faults(read, kind.table, found, said, walk)
            read.expunge_all()
        first = (kind.first,) if isinstance(kind.first, str) else kind.first
        if count != (begun := sum(walk.types[one] for one in first)):
            yield f"{name}: {count} rows, {begun} in the ledger"
    yield from _joined_faults(read, walk)


def _more_faults(
    read: Read, row: Any, history: list[Said], attempts: list[Submission], *, erased: bool
) -> Iterator[str]:
    """Compare what a row says beside its facts."""
    if isinstance(row, Plan):
        yield from plan_faults(row, attempts, history, erased=erased)
        yield from clause_faults(read, row)
    if isinstance(row, Series):
        yield from series_faults(row, history)
    if isinstance(row, Request | Amendment | EffectivenessCheck):
        yield from change_faults(row, history, erased=erased)


def _batch_faults(
    read: Read, table: Any, found: list[Any], said: Mapping[UUID, list[Said]], walk: Walk
) -> Iterator[str]:
    """Compare what further tables say about some rows."""
    if table is Notice:
        yield from notice_faults(read, found, said, erased=walk.erased)
    if table is Message:
        yield from message_faults(read, found, erased=walk.erased)
    if table is Commitment:
        yield from commitment_faults(read, found, said)
        yield from verdict_faults(read, found, said, erased=walk.erased)


def _batches(read: Read, table: Any) -> Iterator[list[Any]]:
    mine = table.id if table is Workspace else table.workspace_id
    query = select(table).where(mine == workspace_of(read)).order_by(table.id).limit(_BATCH)
    # Of messages, the bytes are hashed where they are.
    query = query.options(*(defer(getattr(table, name)) for name in ("raw",) if hasattr(table, name)))
    found = list(read.exec(query))
    while found:
        after = found[-1].id
        yield found
        found = list(read.exec(query.where(table.id > after)))


def _row_faults(kind: _Kind, row: Any, facts: dict[str, object], history: list[Said], *, erased: bool) -> Iterator[str]:
    where = f"{kind.table.__tablename__} {row.id}"
    if not history:
        yield f"{where}: no event about it"
        return
    expected = history[-1].data
    for key, value in plain(facts).items():
        if expected.get(key) != value:
            yield f"{where}: `{key}` is {value}, the ledger says {expected.get(key)}"
    said = last_words(history)
    for name in kind.words:
        value = getattr(row, name)
        value = value.decode(errors="replace") if isinstance(value, bytes) else value
        if value != said.get(name) and not (erased and name not in said and value == _placeholder(kind, name, row.id)):
            yield f"{where}: `{name}` is not what was disclosed"


def _placeholder(kind: _Kind, name: str, row: UUID) -> str:
    match kind.table.__tablename__, name:
        case "member", "email":
            return placeholders.email_of(row)
        case ("account" | "notice", "external_id") | ("subscription", "subscription"):
            return placeholders.external_id_of(row)
        case ("account", "marketplace") | ("notice", "source"):
            return placeholders.MARKETPLACE
        case (("plan" | "amendment"), "content"):
            return placeholders.NO_PLAN.decode()
        case _:
            return placeholders.MARK


_PLANS = "SELECT plan_id::text AS plan, number, events, last_leaf FROM ledger_plan WHERE workspace_id = %(ws)s"
_COPIES = {
    "workspace: `plans` is not the number of its newest plan": "SELECT w.id FROM workspace w WHERE w.id = %(ws)s "
    "AND w.plans <> (SELECT coalesce(max(number), 0) FROM plan p WHERE p.workspace_id = w.id)",
    "series: it is not in the zone or the plan that it says": "SELECT s.id FROM series s LEFT JOIN plan p "
    "ON (p.workspace_id, p.id) = (s.workspace_id, s.plan_id) WHERE s.workspace_id = %(ws)s "
    "AND (p.number, p.timezone) IS DISTINCT FROM (s.plan_number, s.timezone)",
    "commitment: it is not of the plan that it says": "SELECT c.id FROM commitment c LEFT JOIN plan p "
    "ON (p.workspace_id, p.id) = (c.workspace_id, c.plan_id) WHERE c.workspace_id = %(ws)s "
    "AND p.number IS DISTINCT FROM c.plan_number",
}


def _joined_faults(read: Read, walk: Walk) -> Iterator[str]:
    for text, query in _COPIES.items():
        table, _, fault = text.partition(": ")
        for row in rows(read, query):
            yield f"{table} {row.id}: {fault}"
    ends = {row.plan: row for row in rows(read, _PLANS)}
    for plan in sorted(ends.keys() | walk.chains.keys()):
        chain, end = walk.chains.get(plan), ends.get(plan)
        known = (chain.number, chain.events, chain.last) if chain else None
        if end is None or known != (end.number, end.events, end.last_leaf):
            yield f"ledger_plan {plan}: its chain does not end where the ledger says"
