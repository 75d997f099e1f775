"""Series without an end are opened far enough ahead: by the worker; should it sleep, for who looks first."""

import logging
from datetime import UTC, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from app.commitments import operations, queries, schedule
from app.core import db

log = logging.getLogger("followthrough")

_KEPT = timedelta(days=1)
"""For how long nobody looks again: small beside the 300 days that lie ahead by then."""

_FAILED = timedelta(minutes=1)
"""For how long a failure is not tried again, so that no poll fails to write each time."""

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def keep(engine: sa.Engine, workspace: UUID, *, at: datetime) -> None:
    """Open what is missing of the next 300 days, each step in a transaction of its own, so that one has an end.

    A series that fails keeps no other from being opened; after the last one, all failures are raised together.

    Of several who come at once, one opens an occurrence, and the others find it there. A crash between two steps
    leaves less of it open; whoever comes next goes on from there.
    """
    with db.reading(engine, workspace) as read:
        ending = queries.series_to_extend(read, before=at.date() + schedule.AHEAD)
    failed: list[Exception] = []
    for series in ending:
        try:
            _extend(engine, workspace, series.id, at=at)
        except Exception as error:  # noqa: BLE001 - raised below
            failed.append(error)
    if failed:
        raise ExceptionGroup("series were not opened ahead", failed)


def _extend(engine: sa.Engine, workspace: UUID, series: UUID, *, at: datetime) -> None:
    opened = 1
    while opened:
        with db.writing(engine, workspace) as tx:
            opened = operations.extend(tx, series, at=at)


class Horizon:
    """Remembers until when each workspace needs no look: reads ask it first, and most have nothing to wait for."""

    def __init__(self) -> None:
        self._kept: dict[UUID, datetime] = {}

    def is_kept(self, workspace: UUID, *, at: datetime) -> bool:
        """Say whether all that can be overdue at that instant was opened, as far as this process knows."""
        return at < self._kept.get(workspace, _LONG_AGO)

    def keep(self, engine: sa.Engine, workspace: UUID, *, at: datetime) -> None:
        """Keep it now; never raises. A failure is logged: until a minute later, answers miss what nobody opened."""
        try:
            keep(engine, workspace, at=at)
        except Exception:
            log.exception("recurring commitments were not opened ahead", extra={"workspace": str(workspace)})
            self._kept[workspace] = at + _FAILED
        else:
            self._kept[workspace] = at + _KEPT
