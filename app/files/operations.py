"""Keeping files, using them as evidence, and taking away those that nobody uses.

A row is the lock of its object: whoever puts it into the store or deletes it there holds the row until the end of the
transaction. So of an upload and a sweeper who come at once, the one who has the row finishes first, and the other sees
what that one left:

- an upload that waits for a sweeper finds no row, makes one and puts the object again;
- a sweeper passes over a row that an upload or a new piece of evidence holds, and next time finds it kept or used;
- evidence that waits for a sweeper finds no row, and is refused: upload the file again.

A crash leaves at most an object without a row (put, not committed) or an object that is gone while its row, which
nobody may use any more, is still there (deleted, not committed). The next rounds take both away.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from app.core import db
from app.core.db import Tx, workspace_of
from app.files import queries, rules
from app.files.models import File
from app.files.rules import EmptyFile, TooMuchUnused
from app.files.spool import Spool
from app.files.store import Store

KEPT = timedelta(hours=24)
"""How long an upload waits for the evidence that uses it."""

_SLACK = timedelta(hours=1)
"""By how much the clocks of those who use a file and of who takes it away may differ."""
BATCH = 100
"""Files that one sweep takes: their rows are held until the store has deleted so many objects."""
_COLUMNS = ", ".join(File.model_fields)
_VALUES = ", ".join(f"%({name})s" for name in File.model_fields)
_KEEP = (
    f"INSERT INTO file ({_COLUMNS}) VALUES ({_VALUES}) ON CONFLICT (workspace_id, sha256) "  # noqa: S608 - the names are ours
    "DO UPDATE SET kept_until = greatest(file.kept_until, excluded.kept_until) "
    # As it was before.
    f"RETURNING {_COLUMNS}, xmax = 0 AS is_new, EXISTS (SELECT FROM file was WHERE was.workspace_id = %(workspace_id)s "
    "AND was.sha256 = %(sha256)s AND (was.uses > 0 OR was.kept_until > %(uploaded_at)s)) AS was_kept"
)
_USE = (
    "UPDATE file SET uses = uses + 1 WHERE workspace_id = %(ws)s AND sha256 = %(sha256)s "
    "AND (uses > 0 OR kept_until > %(at)s) RETURNING size, media_type"
)
_LET_GO = (
    "UPDATE file SET uses = uses - 1, kept_until = CASE WHEN uses = 1 THEN %(never)s ELSE kept_until END "
    "WHERE workspace_id = %(ws)s AND sha256 = %(sha256)s"
)
_SWEEP = (
    "DELETE FROM file WHERE workspace_id = %(ws)s AND sha256 IN (SELECT sha256 FROM file "
    "WHERE workspace_id = %(ws)s AND uses = 0 AND kept_until < %(before)s "
    "ORDER BY kept_until LIMIT %(limit)s FOR UPDATE SKIP LOCKED) RETURNING sha256"
)
_HOLD = (
    f"INSERT INTO file ({_COLUMNS}) VALUES ({_VALUES}) "  # noqa: S608 - the names are ours
    "ON CONFLICT (workspace_id, sha256) DO NOTHING RETURNING sha256"
)
_LEAVE = "DELETE FROM file WHERE workspace_id = %(ws)s AND sha256 = %(sha256)s AND uses = 0"
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def keep(tx: Tx, store: Store, spool: Spool, *, most: int, by: UUID, at: datetime) -> tuple[File, bool]:
    """Keep what has come for a day, or as long as evidence uses it; say whether it is new here.

    Refused if what is unused has more than *most* bytes with it; of several at once, none counts the others. The
    object is in the store, durably, before the transaction ends.
    """
    if not spool.size:
        raise EmptyFile("Nothing came.")
    row = File(
        workspace_id=workspace_of(tx),
        sha256=spool.sha256,
        size=spool.size,
        media_type=rules.media_type(spool.look()).value,
        uploaded_by=by,
        uploaded_at=at,
        kept_until=at + KEPT,
    )
    (found,) = db.run(tx, _KEEP, row.model_dump())
    *own, is_new, was_kept = found
    kept = File(**dict(zip(File.model_fields, own, strict=True)))
    if not was_kept and (unused := queries.unused_bytes(tx)) > most:
        raise TooMuchUnused(f"With this one they would have {unused} bytes; they may have {most}.")
    # An object without a row may be what a loss of power has left of one, so it is no reason not to put it.
    if is_new or store.size(kept.key) != kept.size:
        store.put(kept.key, spool.file)
    return kept, is_new


def use(tx: Tx, sha256: str, *, at: datetime) -> tuple[int, str] | None:
    """Count one more piece of evidence; return the file's size and type. None: there is no such file here."""
    rows = db.run(tx, _USE, {"ws": workspace_of(tx), "sha256": sha256, "at": at})
    return (rows[0].size, rows[0].media_type) if rows else None


def let_go(tx: Tx, sha256: str) -> None:
    """Count one piece of evidence less. Of the last one the file is gone at once, and its bytes with the next sweep."""
    db.run(tx, _LET_GO, {"ws": workspace_of(tx), "sha256": sha256, "never": _NEVER})


def sweep(tx: Tx, store: Store, *, at: datetime) -> int:
    """Delete up to a hundred files that nothing uses and whose time is over; return how many."""
    workspace = workspace_of(tx)
    rows = db.run(tx, _SWEEP, {"ws": workspace, "before": at - _SLACK, "limit": BATCH})
    for row in rows:
        store.delete(f"{workspace}/{row.sha256}")
    return len(rows)


def sweep_strays(tx: Tx, store: Store, hashes: Iterable[str], *, by: UUID, at: datetime) -> int:
    """Delete those objects that have no row, as a crash between putting and committing leaves them; return how many."""
    deleted = 0
    for sha256 in sorted(hashes):
        # A row of its own, for as long: an upload of the same content waits for it, or is waited for.
        held = File(
            workspace_id=workspace_of(tx),
            sha256=sha256,
            size=1,
            media_type=rules.MediaType.TEXT.value,
            uploaded_by=by,
            uploaded_at=at,
            kept_until=_NEVER,
        )
        if db.run(tx, _HOLD, held.model_dump()):
            store.delete(held.key)
            db.run(tx, _LEAVE, {"ws": held.workspace_id, "sha256": sha256})
            deleted += 1
    return deleted
