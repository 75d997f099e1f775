"""Evidence, against the events that added it and those that superseded it; and the files that it uses."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import orjson

from app.core.db import Read
from app.ledger.events import plain
from app.proofs.audit_commitments import ANNOUNCEMENTS
from app.proofs.audit_events import Walk
from app.proofs.audit_history import words_of
from app.proofs.audit_rows import Event, rows
from app.proofs.placeholders import MARK

_EVIDENCE = (
    "SELECT id::text AS id, commitment_id::text AS commitment, plan_id::text AS plan, kind, sha256, document_on, "
    "added_by::text AS added_by, body, title, items, size, media_type, superseded_by::text AS superseded_by, "
    "superseded_at, supersession_reason FROM evidence "
    "WHERE workspace_id = %(ws)s AND id = ANY(CAST(%(ids)s AS uuid[]))"
)
_COUNTS = (
    "SELECT (SELECT count(*) FROM evidence WHERE workspace_id = %(ws)s) AS evidence, "
    "(SELECT count(*) FROM evidence WHERE workspace_id = %(ws)s AND superseded_by IS NOT NULL) AS superseded, "
    "(SELECT count(*) FROM announcement WHERE workspace_id = %(ws)s) AS announcement"
)
_UNSAID = (
    "SELECT id FROM evidence e WHERE workspace_id = %(ws)s AND NOT EXISTS (SELECT FROM ledger_event l "
    "WHERE l.workspace_id = e.workspace_id AND l.subject = e.id) LIMIT 100"
)
_FILES = (
    "WITH named AS (SELECT sha256, count(*) AS uses, min(size) AS size, min(media_type) AS media_type FROM evidence "
    "WHERE workspace_id = %(ws)s AND kind = 'file' AND body <> %(mark)s GROUP BY sha256) "
    "SELECT sha256, coalesce(f.uses, 0) AS counted, coalesce(n.uses, 0) AS uses FROM named n "
    "FULL JOIN (SELECT * FROM file WHERE workspace_id = %(ws)s) f USING (sha256) "
    "WHERE coalesce(f.uses, 0) <> coalesce(n.uses, 0) OR f.size <> n.size OR f.media_type <> n.media_type LIMIT 100"
)


class EvidenceCheck:
    """Evidence is written once, so each event is compared with its row as the walk passes it."""

    def __init__(self) -> None:
        self._erased: list[tuple[str, str]] = []
        """Subjects that have to be erased by the end, and the fault if they are not."""

    def faults(self, read: Read, added: list[tuple[Event, dict[str, Any]]]) -> Iterator[str]:
        """Compare the events that *added* evidence, or superseded it, with the rows."""
        if not added:
            return
        found = {row.id: row for row in rows(read, _EVIDENCE, {"ids": [event.subject for event, _ in added]})}
        for event, said in added:
            where, row = f"evidence {event.subject}", found.get(event.subject)
            if row is None:
                yield f"{where}: it is not there, but in event {event.seq}"
                continue
            data = said["data"]
            for name in data:
                if data[name] != plain(getattr(row, name)):
                    yield f"{where}: `{name}` is {getattr(row, name)}, the ledger says {data[name]}"
            if said["type"] == "evidence.superseded":
                if words_of(one for _, one in event.said).get("reason") != row.supersession_reason:
                    gone = row.supersession_reason
                    yield from self._unless_erased(event, gone, f"{where}: `reason` is not what was disclosed")
                continue
            if not _is_shown(row, data["sha256"]):
                yield from self._unless_erased(event, row.body, f"{where}: it is not what was added")
            if row.plan != (None if row.commitment else event.plan):
                yield f"{where}: it is not of the plan that it says"
            yield from self._word_faults(event, row, where)

    def _word_faults(self, event: Event, row: Any, where: str) -> Iterator[str]:
        if not event.said and row.title is None and row.items is None:
            return
        words = words_of(one for _, one in event.said)
        if words.get("title") != row.title:
            yield from self._unless_erased(event, row.title, f"{where}: `title` is not what was disclosed")
        if row.items != (orjson.loads(words["items"]) if "items" in words else None):
            gone = MARK if row.items == [] else None
            yield from self._unless_erased(event, gone, f"{where}: `items` are not what was disclosed")

    def _unless_erased(self, event: Event, value: str | None, fault: str) -> Iterator[str]:
        if value == MARK:
            self._erased.append((event.subject, fault))
        else:
            yield fault

    def last_faults(self, read: Read, walk: Walk) -> Iterator[str]:
        """Name what stands there as erased and was not, and count."""
        yield from (fault for subject, fault in self._erased if subject not in walk.erased)
        counts = rows(read, _COUNTS)[0]
        if counts.evidence > walk.types["evidence.added"] + walk.types["evidence.filed"]:
            for row in rows(read, _UNSAID):
                yield f"evidence {row.id}: no event about it"
        if counts.superseded != (said := walk.types["evidence.superseded"]):
            yield f"evidence: {counts.superseded} pieces are superseded, {said} in the ledger"
        for row in rows(read, _FILES, {"mark": MARK}):
            yield f"file {row.sha256}: it counts {row.counted} pieces of evidence, {row.uses} name it, or it is another"
        said = sum(walk.types[one] for one in ANNOUNCEMENTS)
        if counts.announcement != said:
            yield f"announcement: {counts.announcement} rows, {said} in the ledger"


def _is_shown(row: Any, recorded: str) -> bool:
    """Say whether a piece is what was added; of a file, whether it is the one that was meant."""
    if row.kind == "file":
        return bool(row.body == f"/v1/files/{recorded}")
    return sha256(row.body.encode()).hexdigest() == recorded
