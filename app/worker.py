"""Housekeeping, by workspace: key use, old answers, the horizon of series that have no end."""

import logging
import threading
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from app.commitments import operations, schedule
from app.commitments import queries as commitments
from app.core import db
from app.core.clock import system_clock
from app.workspaces import idempotency
from app.workspaces import operations as workspaces

log = logging.getLogger("followthrough")

Seen = dict[tuple[UUID, UUID], datetime]
"""When each key was last used, by workspace and key: filled by requests, emptied here."""

_PAUSE = 60
"""Seconds."""


def run(url: str, seen: Seen, *, stop: threading.Event) -> None:
    """Take a step now and then every minute, until *stop* is set."""
    # One connection of its own: housekeeping takes none from the requests.
    engine = db.make_engine(url, pool_size=1)
    try:
        while True:
            try:
                step(engine, seen, at=system_clock())
            except Exception:
                log.exception("the housekeeping failed, and is tried again")
            if stop.wait(_PAUSE):
                return
    finally:
        engine.dispose()


def step(engine: sa.Engine, seen: Seen, *, at: datetime) -> None:
    """Do what is due in every workspace. An error in one is logged and keeps the others from nothing."""
    used: dict[UUID, dict[UUID, datetime]] = {}
    for workspace, key in tuple(seen):
        # Requests add to it meanwhile: each entry is taken out by itself.
        used.setdefault(workspace, {})[key] = seen.pop((workspace, key))
    for workspace in db.workspace_ids(engine):
        try:
            keep_house(engine, workspace, used.get(workspace, {}), at=at)
        except Exception:
            log.exception("the housekeeping of a workspace failed", extra={"workspace": str(workspace)})


def keep_house(engine: sa.Engine, workspace: UUID, used: dict[UUID, datetime], *, at: datetime) -> None:
    """Do what is due in one workspace: note the keys that were used and when, forget, extend."""
    with db.writing(engine, workspace) as tx:
        for key, when in sorted(used.items()):
            workspaces.note_use(tx, key, at=when)
        idempotency.forget(tx, at=at)
    with db.reading(engine, workspace) as read:
        ending = commitments.series_to_extend(read, before=at.date() + schedule.AHEAD)
    for series in ending:
        with db.writing(engine, workspace) as tx:
            operations.extend(tx, series.id, at=at)
