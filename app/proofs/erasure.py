"""Erasing what a person wrote: its words go, the ledger's bytes and every root stay (RFC 9901; PROOF.md, "Event").

An event holds only salted digests of the words, so a proof that was made before still verifies, and one that is made
afterwards says that words were erased. Backups, and PostgreSQL's log of changes, keep them until those expire.
"""

from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple
from uuid import UUID

from app.core import db
from app.core.db import Read, Tx, workspace_of
from app.core.problems import Conflict, Fault, Invalid, NotFound
from app.effectiveness import queries as effects
from app.files import operations as files
from app.ledger import log
from app.ledger.events import Change, opened
from app.plans import queries as plans
from app.proofs import placeholders
from app.proofs.erasable import KINDS, Kind
from app.workspaces import operations as workspaces

_PER_EVENT = 1000
"""Digests in one event: 46 bytes each, and an event has room for 65,535."""

_DISCLOSED = (
    "SELECT d.seq, d.digest, d.disclosure, e.subject, e.plan_id FROM ledger_event e JOIN disclosure d "
    "ON d.workspace_id = e.workspace_id AND d.seq = e.seq "
    "WHERE e.workspace_id = %(ws)s AND e.subject = ANY(CAST(%(subjects)s AS uuid[])) ORDER BY d.seq, d.digest"
)
_DELETE = (
    "DELETE FROM disclosure d USING unnest(CAST(%(seqs)s AS bigint[]), CAST(%(digests)s AS text[])) g(seq, digest) "
    "WHERE d.workspace_id = %(ws)s AND d.seq = g.seq AND d.digest = g.digest"
)
_FILE = "SELECT sha256 FROM evidence WHERE workspace_id = %(ws)s AND id = %(id)s AND kind = 'file' AND body <> %(mark)s"
_COPIES = (
    ("content", "DELETE FROM plan_item WHERE workspace_id = %(ws)s AND plan_id = %(id)s"),
    ("content", "DELETE FROM plan_notice WHERE workspace_id = %(ws)s AND plan_id = %(id)s"),
    ("items", "DELETE FROM notice_item WHERE workspace_id = %(ws)s AND notice_id = %(id)s"),
)
"""What is found by what it is about; each is the subject's own."""


class SubjectNotFound(NotFound):
    """There is nothing here of which words could be erased.

    Members, accounts, API keys, notices, messages, subscriptions, figures of reports, plans, commitments, requests for
    an extension or a waiver, amendments, effectiveness checks, escalation rules and pieces of evidence have words of
    people; name one by its id.
    """


class NotErasableYet(Conflict):
    """What is still in use cannot be erased.

    A member leaves first (`"active": false`); a plan is approved, denied or withdrawn first, each of its amendments
    decided or withdrawn, and its effect judged if notices have come in that the newest judgement did not know of; so
    is a request for an extension or a waiver, or an amendment, that is erased by itself. An amendment whose words a
    later one may repeat is erased with its plan. A notice is closed or dismissed first; a message that waits for its
    account is resolved first.
    """


class _Doomed(NamedTuple):
    """A disclosure that goes, and the plan whose chain said it: the erasure is told there."""

    plan: UUID | None
    seq: int
    digest: str


class Erased(NamedTuple):
    """What was done."""

    disclosures: int
    """How many there were. None the second time."""
    event: int | None
    """Number of the first event that says so; None if there was nothing left to erase."""


def erase(tx: Tx, subject: UUID, names: Collection[str] | None, *, by: UUID, at: datetime) -> Erased:
    """Erase what people wrote of *subject*, wherever it is: all of it, or what was disclosed under these *names*.

    Deleted are the disclosures, overwritten are the rows that show them, and all stored answers to POSTs go, since
    any may repeat the words. One transaction: a crash leaves either everything or nothing erased. Harmless twice. A
    POST that runs meanwhile may still store an answer with the old words, for 7 days: erasing again removes it.
    """
    # Rows that people change are changed under this lock or their own, so nothing is disclosed anew meanwhile.
    workspaces.lock_workspace(tx)
    kind = _found(tx, subject)
    chosen = _closed(kind, names)
    if kind.table == "plan" and "content" in chosen:
        _check_judged(tx, subject, at=at)
    values = _values(tx, subject)
    if "body" in chosen:
        # The bytes of a file go with its last use: nothing serves them from now on, and the worker deletes them.
        for row in db.run(tx, _FILE, values):
            files.let_go(tx, row.sha256)
    for copy in (copy for name in sorted(chosen) for copy in kind.fields[name]):
        db.run(tx, copy.overwrite(), values)
    for name, statement in _COPIES:
        if name in chosen:
            db.run(tx, statement, values)
    doomed = sorted(_disclosed(tx, kind, subject, chosen), key=lambda one: (str(one.plan or ""), one.seq, one.digest))
    db.run(tx, _DELETE, values | {"seqs": [one.seq for one in doomed], "digests": [one.digest for one in doomed]})
    db.run(tx, "DELETE FROM idempotency WHERE workspace_id = %(ws)s", values)
    events = [
        log.append(tx, _changes(subject, [one.digest for one in group]), plan=plan, actor=by, at=at)
        for plan, group in groupby(doomed, attrgetter("plan"))
    ]
    return Erased(len(doomed), min(events, default=None))


def _changes(subject: UUID, digests: list[str]) -> list[Change]:
    return [
        Change(type="disclosure.erased", subject=subject, data={"digests": sorted(digests[first : first + _PER_EVENT])})
        for first in range(0, len(digests), _PER_EVENT)
    ]


def _found(read: Read, subject: UUID) -> Kind:
    """Return what *subject* is, or refuse."""
    mine = {"ws": workspace_of(read), "id": subject}
    for kind in KINDS:
        if kind.within:
            db.run(read, kind.hold(), mine)
        if db.run(read, kind.find(), mine):
            if (busy := db.run(read, kind.ask(), mine)[0].busy) is not None:
                raise NotErasableYet(busy)
            return kind
    raise SubjectNotFound


def _check_judged(tx: Tx, plan: UUID, *, at: datetime) -> None:
    """Refuse to erase what a plan was about while nobody has said what those notices mean that came in since."""
    known = effects.known(tx, plans.plan(tx, str(plan)), at=at)
    if effects.unjudged(known, effects.newest_checks(tx, plan, limit=1)):
        raise NotErasableYet("Notices have come in since it was carried out: let its effect be judged first.")


def _closed(kind: Kind, names: Collection[str] | None) -> set[str]:
    """Return *names*, with those that hold the same words; all there are if none is given."""
    if names is None:
        return set(kind.fields)
    if unknown := sorted(set(names) - kind.fields.keys()):
        known = ", ".join(f"`{name}`" for name in kind.fields)
        detail = f"`{unknown[0]}` is not one of its fields; those are {known}."
        raise Invalid(detail, errors=[Fault("/body/names", detail, "unknown_name")])
    return set(names) | {kind.together[name] for name in names if name in kind.together}


def _disclosed(read: Read, kind: Kind, subject: UUID, chosen: set[str]) -> Iterator[_Doomed]:
    """Yield each disclosure under the *chosen* names, and those that repeat it elsewhere."""
    mine = {"ws": workspace_of(read), "id": subject}
    elsewhere = {theirs for name in chosen for theirs in kind.others_names.get(name, ())}
    others = [row.id for row in db.run(read, kind.find_others(), mine)] if elsewhere else []
    for row in db.run(read, _DISCLOSED, mine | {"subjects": [subject, *others]}):
        if opened(row.disclosure)[0] in (chosen if row.subject == subject else elsewhere):
            yield _Doomed(row.plan_id, row.seq, row.digest)


def _values(read: Read, subject: UUID) -> dict[str, object]:
    return {
        "ws": workspace_of(read),
        "id": subject,
        "mark": placeholders.MARK,
        "no_plan": placeholders.NO_PLAN,
        "email": placeholders.email_of(subject),
        "marketplace": placeholders.MARKETPLACE,
        "external_id": placeholders.external_id_of(subject),
    }
