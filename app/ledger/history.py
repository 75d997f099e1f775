"""A plan as far as its events were played: what the later ones, and the words, are held against."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.ledger.attempts import Attempt, Noticed
from app.ledger.changes import Changes
from app.ledger.promises import Event, Promise, Series


@dataclass(slots=True)
class History:
    """A plan as far as its events were played."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    """Of the plan's last event of its own."""
    written: int | None = None
    """Number of the event that holds the words as they stand."""
    approval: Event | None = None
    submitters: set[str] = field(default_factory=set)
    """Who sent the newest attempt, or answered what was asked about it."""
    self_decided: list[str] = field(default_factory=list)
    """Decisions that were recorded by who had submitted."""
    promises: dict[str, Promise] = field(default_factory=dict)
    series: dict[str, Series] = field(default_factory=dict)
    is_binding: bool = False
    """An approval is being turned into commitments; nothing else has happened since."""
    is_ending: bool = False
    """An amendment was granted; nothing has happened since but what it adds and ends."""
    clauses: int = 0
    """How many were bound. They are numbered in this order."""
    owed: tuple[str, str] | None = None
    """What has to become of a notice, and of which, before anything else happens."""
    changes: Changes = field(default_factory=Changes)
    disclosed: dict[str, int] = field(default_factory=dict)
    """Digests of what is said in words, and the number of the event that says it; kept by `words.note_digests`."""
    talkative: set[int] = field(default_factory=set)
    """Numbers of the events that say more than one thing."""
    erased: set[str] = field(default_factory=set)
    pieces: set[int] = field(default_factory=set)
    """Ids of the evidence that was added, as numbers: there may be very much of it, and text is twice as large."""
    evidence: dict[int, bytes] = field(default_factory=dict)
    """Its SHA-256, by the number of the event that added it."""
    newest: int | None = None
    """The piece that was added last, until it takes another's place."""
    superseded: set[int] = field(default_factory=set)
    """Ids of the pieces that others took the place of, as numbers."""
    sizes: dict[bytes, int] = field(default_factory=dict)
    """Bytes of the files among it, by SHA-256."""
    writers: set[str] = field(default_factory=set)
    signed_off: str | None = None
    """Who signed off the draft as it stands: one of its authors, or others."""
    attempts: dict[int, Attempt] = field(default_factory=dict)
    notices: dict[str, Noticed] = field(default_factory=dict)
    drafts: dict[int, bytes] = field(default_factory=dict)
    """SHA-256 of what was written, by the number of the event that holds it."""
    letters: dict[int, bytes] = field(default_factory=dict)
    """SHA-256 of a notice's text, by the number of the event that repeats it."""
