"""Adding evidence: to a commitment, or to a plan itself."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import rfc8785

from app.commitments.models import Commitment, Evidence
from app.commitments.schemas import LinkIn, NoteIn
from app.core import db
from app.core.db import Tx, workspace_of
from app.core.ids import new_id
from app.ledger import log
from app.ledger.events import Change

_ADD = (
    f"INSERT INTO evidence ({', '.join(Evidence.model_fields)}) "  # noqa: S608 - the names are ours
    f"VALUES ({', '.join(f'%({name})s' for name in Evidence.model_fields)})"
)


@dataclass(frozen=True, slots=True)
class Of:
    """What a piece of evidence belongs to: a commitment, or a plan."""

    workspace_id: UUID
    commitment_id: UUID | None = None
    plan_id: UUID | None = None


def add(tx: Tx, row: Commitment, new: NoteIn | LinkIn, *, by: UUID, at: datetime) -> Evidence:
    """Add evidence to a commitment in any state: what comes late is still evidence, and shows as late."""
    piece, change = written(tx, new, Of(row.workspace_id, commitment_id=row.id), by=by, at=at)
    log.append(tx, [change], plan=row.plan_id, actor=by, at=at)
    return piece


def add_to_plan(tx: Tx, plan: UUID, new: NoteIn | LinkIn, *, by: UUID, at: datetime) -> Evidence:
    """Add evidence to a plan itself: what goes to the authority along with it."""
    piece, change = written(tx, new, Of(workspace_of(tx), plan_id=plan), by=by, at=at)
    log.append(tx, [change], plan=plan, actor=by, at=at)
    return piece


def written(tx: Tx, new: NoteIn | LinkIn, of: Of, *, by: UUID, at: datetime) -> tuple[Evidence, Change]:
    """Write a piece down and return it with its event, for the caller's append."""
    body, title = (new.text, None) if isinstance(new, NoteIn) else (new.url, new.title)
    piece = Evidence(
        workspace_id=of.workspace_id,
        id=new_id(),
        commitment_id=of.commitment_id,
        plan_id=of.plan_id,
        kind=new.kind.value,
        body=body,
        title=title,
        sha256=sha256(body.encode()).hexdigest(),
        document_on=new.document_on,
        items=new.items or None,
        added_by=by,
        added_at=at,
    )
    db.run(tx, _ADD, piece.model_dump())
    private = {"body": body} | ({"title": title} if title else {})
    if new.items:
        private["items"] = rfc8785.dumps(new.items).decode()
    return piece, Change(type="evidence.added", subject=piece.id, data=piece.facts(), private=private)
