"""Objects in the store that no row knows of: what a crash between putting and committing leaves."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from app.core import db
from app.files import operations, queries
from app.files.store import Store, Stored

log = logging.getLogger("followthrough")

_AGE = timedelta(hours=24)
_PAUSE = timedelta(hours=1)
"""From the end of one walk through the store to the beginning of the next: listing a bucket costs money."""


class Strays:
    """A walk through the store, a thousand objects a round, again and again."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._walk: Iterator[list[Stored]] | None = None
        self._rests_until: datetime | None = None

    def sweep(self, engine: sa.Engine, *, at: datetime) -> int:
        """Look at the next thousand objects and delete those of them that are old and strays; return how many.

        What goes wrong is logged; the walk then begins anew.
        """
        if self._rests_until and at < self._rests_until:
            return 0
        try:
            if self._walk is None:
                self._store.tidy(at - _AGE)
                self._walk = self._store.listed()
            some = next(self._walk, None)
            if some is None:
                self._walk, self._rests_until = None, at + _PAUSE
                return 0
            found = _by_workspace(some, before=at - _AGE)
            # Not those of workspaces that are not here: the store may be shared with another database.
            ours = found.keys() & set(db.workspace_ids(engine)) if found else ()
            return sum(_sweep(engine, one, self._store, found[one], at=at) for one in ours)
        except Exception:
            log.exception("looking for stray files failed, and is tried again")
            self._walk = None
            return 0


def _by_workspace(some: list[Stored], *, before: datetime) -> dict[UUID, list[str]]:
    """Return the hashes of the objects that are old enough; what is not called like ours is somebody else's."""
    found: dict[UUID, list[str]] = {}
    for one in some:
        workspace, _, sha256 = one.key.partition("/")
        if one.at < before and len(sha256) == 64:
            try:
                found.setdefault(UUID(workspace), []).append(sha256)
            except ValueError:
                continue
    return found


def _sweep(engine: sa.Engine, workspace: UUID, store: Store, hashes: list[str], *, at: datetime) -> int:
    with db.reading(engine, workspace) as read:
        unknown = [one for one in hashes if not queries.is_known(read, one)]
    if not unknown:
        return 0
    with db.writing(engine, workspace) as tx:
        return operations.sweep_strays(tx, store, unknown, by=workspace, at=at)
