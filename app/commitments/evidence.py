"""Adding evidence: to a commitment, or to a plan itself; and putting a right piece in the place of a wrong one."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import rfc8785

from app.commitments.models import Commitment, Detailed, Evidence
from app.commitments.rules import SupersededAlready, UnknownFile
from app.commitments.schemas import FileIn, LinkIn, NoteIn, Supersession
from app.core import db
from app.core.db import Tx, workspace_of
from app.core.ids import new_id
from app.core.problems import Fault
from app.files import operations as files
from app.ledger import log
from app.ledger.events import Change

_ADD = (
    f"INSERT INTO evidence ({', '.join(Evidence.model_fields)}) "  # noqa: S608 - the names are ours
    f"VALUES ({', '.join(f'%({name})s' for name in Evidence.model_fields)})"
)


_SUPERSEDE = (
    "UPDATE evidence SET superseded_by = %(by)s, superseded_at = %(at)s, supersession_reason = %(reason)s "
    "WHERE workspace_id = %(ws)s AND id = %(id)s AND superseded_by IS NULL RETURNING id"
)
_COUNT = "SELECT count(*) AS n FROM evidence WHERE workspace_id = %(ws)s AND commitment_id = %(id)s"

New = NoteIn | LinkIn | FileIn


@dataclass(frozen=True, slots=True)
class Of:
    """What a piece of evidence belongs to: a commitment, or a plan."""

    workspace_id: UUID
    commitment_id: UUID | None = None
    plan_id: UUID | None = None


def add(tx: Tx, row: Commitment, new: New, *, by: UUID, at: datetime) -> Evidence:
    """Add evidence to a commitment in any state: what comes late is still evidence, and shows as late."""
    piece, change = written(tx, new, Of(row.workspace_id, commitment_id=row.id), by=by, at=at)
    log.append(tx, [change], plan=row.plan_id, actor=by, at=at)
    return piece


def is_shown(tx: Tx, row: Detailed) -> bool:
    """Say whether there is evidence that nobody has found wanting: what was rejected does not show it again."""
    return row.evidence > 0 and (row.judged == 0 or count(tx, row.commitment) > row.judged)


def count(tx: Tx, row: Commitment) -> int:
    """Return how many pieces were added, superseded ones counted."""
    (found,) = db.run(tx, _COUNT, {"ws": row.workspace_id, "id": row.id})
    return int(found.n)


def add_to_plan(tx: Tx, plan: UUID, new: New, *, by: UUID, at: datetime) -> Evidence:
    """Add evidence to a plan itself: what goes to the authority along with it."""
    piece, change = written(tx, new, Of(workspace_of(tx), plan_id=plan), by=by, at=at)
    log.append(tx, [change], plan=plan, actor=by, at=at)
    return piece


def written(tx: Tx, new: New, of: Of, *, by: UUID, at: datetime) -> tuple[Evidence, Change]:
    """Write a piece down and return it with its event, for the caller's append."""
    piece = Evidence(
        workspace_id=of.workspace_id,
        id=new_id(),
        commitment_id=of.commitment_id,
        plan_id=of.plan_id,
        kind=new.kind.value,
        **_content(tx, new, at=at),
        document_on=new.document_on,
        items=new.items or None,
        added_by=by,
        added_at=at,
    )
    db.run(tx, _ADD, piece.model_dump())
    # Where a file lies follows from its hash; only its name was written by a person.
    private = {} if isinstance(new, FileIn) else {"body": piece.body}
    if piece.title:
        private["title"] = piece.title
    if new.items:
        private["items"] = rfc8785.dumps(new.items).decode()
    event = "evidence.filed" if isinstance(new, FileIn) else "evidence.added"
    return piece, Change(type=event, subject=piece.id, data=piece.facts(), private=private)


def supersede(tx: Tx, old: Evidence, given: Supersession, *, plan: UUID, by: UUID, at: datetime) -> Evidence:
    """Add a piece in the place of *old*, which stays as it is and says so: once."""
    of = Of(old.workspace_id, commitment_id=old.commitment_id, plan_id=old.plan_id)
    new, added = written(tx, given.evidence, of, by=by, at=at)
    values = {"ws": old.workspace_id, "id": old.id, "by": new.id, "at": at, "reason": given.reason}
    if not db.run(tx, _SUPERSEDE, values):
        raise SupersededAlready
    data = {"superseded_by": new.id, "superseded_at": at}
    superseded = Change(type="evidence.superseded", subject=old.id, data=data, private={"reason": given.reason})
    log.append(tx, [added, superseded], plan=plan, actor=by, at=at)
    return new


def _content(tx: Tx, new: New, *, at: datetime) -> dict[str, Any]:
    """Return what the piece shows, as its columns have it."""
    match new:
        case NoteIn():
            return {"body": new.text, "sha256": sha256(new.text.encode()).hexdigest()}
        case LinkIn():
            return {"body": new.url, "title": new.title, "sha256": sha256(new.url.encode()).hexdigest()}
        case FileIn():
            found = files.use(tx, new.sha256, at=at)
            if found is None:
                detail = "Upload it first: `POST /v1/files`."
                raise UnknownFile(detail, errors=[Fault("/body/sha256", detail, "unknown_file")])
            size, media_type = found
            address = f"/v1/files/{new.sha256}"
            return {"body": address, "title": new.name, "sha256": new.sha256, "size": size, "media_type": media_type}
