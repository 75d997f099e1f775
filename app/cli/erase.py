"""`followthrough erase`: for who administers the machine and has no key."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from app.core import db
from app.proofs import erasure


def erase(engine: sa.Engine, workspace: UUID, subject: UUID, names: list[str], *, at: datetime) -> str:
    """Erase what people wrote of *subject*, and return what to say about it."""
    with db.writing(engine, workspace) as tx:
        done = erasure.erase(tx, subject, names or None, by=workspace, at=at)
    if done.event is None:
        return "There was nothing left to erase."
    return f"Erased {done.disclosures} disclosures; event {done.event} says so. Backups keep them until they expire."
