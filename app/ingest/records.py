"""What is read from one record, whatever it was: a notification, a report, or something nobody here knows."""

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from typing import Any

from app.ingest import amazon, report
from app.ingest.amazon import Proposal
from app.ingest.envelope import Piece, decoded, is_message, opened
from app.ingest.letter import Letter, Remarks, line
from app.ingest.report import Reading
from app.ingest.rules import MAX_READINGS, Flag, TooManyMessages


@dataclass(frozen=True, kw_only=True)
class Record:
    """One record, read."""

    piece: Piece
    type: str
    """A word of `amazon.TYPES`, or whatever it calls itself."""
    notification_id: str | None = None
    subscription_id: str | None = None
    seller_id: str | None = None
    marketplace_id: str | None = None
    event_at: datetime | None = None
    """When it happened; of a report, the end of its time."""
    published_at: datetime | None = None
    proposal: Proposal | None = None
    readings: tuple[Reading, ...] = ()
    flags: tuple[Flag, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def is_report(self) -> bool:
        return self.type == report.TYPE

    @property
    def is_understood(self) -> bool:
        return self.proposal is not None or self.is_report

    @cached_property
    def raw(self) -> bytes:
        """The record as it was delivered."""
        return self.piece.raw.encode("utf-8", "surrogatepass")

    @cached_property
    def sha256(self) -> str:
        return sha256(self.raw).hexdigest()

    @cached_property
    def fingerprint(self) -> str:
        """The hash of what it says, however it was written down and wrapped.

        Of one with an id, without its metadata, which a second delivery may have anew.
        """
        said = self.piece.inner
        if self.notification_id is not None and isinstance(said, dict):
            said = {name: one for name, one in said.items() if name.lower() != "notificationmetadata"}
        try:
            return _hash(said)
        except RecursionError:
            # Nested as deeply as can be read: then it is what was written that counts.
            return self.sha256

    def identity(self, account: object = None) -> str:
        """Return what two deliveries of the same thing have in common: type, id and when it happened.

        Ids alone are not enough: Amazon's own examples of one type have one id and are three years apart. Without an
        id, the content counts; as it may be the same for two accounts, so does the account that the sender named.
        """
        if self.notification_id is not None:
            return _hash([self.type, self.notification_id, self.event_at.isoformat() if self.event_at else ""])
        return _hash([self.type, self.fingerprint, str(account or "")])


def _hash(value: Any) -> str:
    return sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def read(body: bytes) -> list[Record]:
    """Return the records of a request's body. Whatever JSON there is, there is a record for it."""
    found = [_read(piece) for piece in opened(decoded(body))]
    if sum(len(one.readings) for one in found) > MAX_READINGS:
        raise TooManyMessages(f"Its reports have more than {MAX_READINGS} figures.")
    return found


def reread(raw: bytes) -> Record:
    """Return the record that was kept as *raw*."""
    (piece,) = opened(raw.decode("utf-8", "surrogatepass"))
    return _read(piece)


def _read(piece: Piece) -> Record:
    remarks = Remarks()
    if piece.trouble:
        remarks.note(piece.trouble)
    inner = piece.inner
    if not isinstance(inner, dict) or not is_message(inner):
        remarks.note(Flag.NOT_A_MESSAGE)
        type_ = line(piece.hint or "", 100) or "unknown"
        return Record(piece=piece, type=type_, flags=(Flag.UNKNOWN_TYPE, *remarks.flags), remarks=remarks.said)
    letter = Letter(inner, remarks)
    if report.is_report(inner):
        readings = report.read(letter, piece, remarks)
        ends = [one.until for one in readings if one.until]
        found: dict[str, Any] = {"type": report.TYPE, "readings": readings, "event_at": max(ends, default=None)}
    else:
        found = amazon.read(letter, piece, remarks)
    letter.finish()
    return Record(piece=piece, **found, flags=remarks.flags, remarks=remarks.said)
