"""Reading what is known of files."""

from datetime import datetime

from app.core import db
from app.core.db import Read, workspace_of
from app.files.models import File
from app.files.rules import FileNotFound

_COLUMNS = ", ".join(File.model_fields)
_FIND = (
    f"SELECT {_COLUMNS} FROM file WHERE workspace_id = %(ws)s AND sha256 = %(sha256)s "  # noqa: S608 - the names are ours
    "AND (uses > 0 OR kept_until > %(at)s)"
)


def file(read: Read, sha256: str, *, at: datetime) -> File:
    """Return the file, or refuse: also one that only waits for the housekeeping to take it away."""
    rows = db.run(read, _FIND, {"ws": workspace_of(read), "sha256": sha256, "at": at})
    if not rows:
        raise FileNotFound
    return File(**rows[0]._asdict())


def is_known(read: Read, sha256: str) -> bool:
    """Say whether there is a row of that file, used or not."""
    known = "SELECT FROM file WHERE workspace_id = %(ws)s AND sha256 = %(sha256)s"
    return bool(db.run(read, known, {"ws": workspace_of(read), "sha256": sha256}))


def unused_bytes(read: Read) -> int:
    """Return how much the files take together that no evidence names, until they are swept: a block each, at least."""
    unused = (
        "SELECT coalesce(sum(greatest(size, 4096)), 0)::bigint AS bytes FROM file "
        "WHERE workspace_id = %(ws)s AND uses = 0"
    )
    return int(db.run(read, unused, {"ws": workspace_of(read)})[0].bytes)
