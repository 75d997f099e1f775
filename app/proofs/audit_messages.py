"""Messages against the events: the bytes that are kept are those that were delivered, or are said to be erased."""

from collections.abc import Collection, Iterator

from app.core.db import Read
from app.ingest.models import Message
from app.proofs.audit_rows import rows

# Computed where the bytes are: they need not come here.
_BYTES = (
    "SELECT id, encode(sha256(raw), 'hex') AS sha256, raw = CAST('[erased]' AS bytea) AS is_gone FROM message "
    "WHERE workspace_id = %(ws)s AND id = ANY(CAST(%(ids)s AS uuid[]))"
)


def message_faults(read: Read, found: list[Message], *, erased: Collection[str]) -> Iterator[str]:
    """Compare what is kept of some messages with their hashes; *erased* are the subjects that the ledger says are."""
    kept = {row.id: row for row in rows(read, _BYTES, {"ids": [row.id for row in found]})}
    for row in found:
        # They hold the words of the notices that they became, too, and go with either.
        may_be_gone = any(str(one) in erased for one in (row.id, *row.notices))
        if kept[row.id].sha256 != row.sha256 and not (kept[row.id].is_gone and may_be_gone):
            yield f"message {row.id}: its bytes are not those that were delivered"
