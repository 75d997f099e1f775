"""What people wrote, held against the events that bind it by hash: disclosures, drafts, notices, the evidence."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from hashlib import sha256

from app.ledger import strict
from app.ledger.history import History
from app.ledger.promises import Event


class NotTheirs(Exception):
    """These are not the words that the events are about."""


@dataclass(slots=True)
class Words:
    """What is disclosed, as far as it is held against something later."""

    of: dict[int, dict[str, str]] = field(default_factory=dict)
    """The approved text and what commitments say that they are: by event, then by name."""
    readable: set[bytes] = field(default_factory=set)
    """SHA-256 of the evidence that is here in words."""
    altered: set[int] = field(default_factory=set)
    """Events whose evidence in words is not what was recorded."""
    misquoted: dict[int, str] = field(default_factory=dict)
    """What is not as it was hashed, in drafts, amendments and notices, by event."""
    quoted: set[int] = field(default_factory=set)
    """Events whose draft, amendment or notice can be read."""
    shown: int = 0
    """How many texts were disclosed."""
    missing: AbstractSet[str] = frozenset()
    """Digests that events name and nothing opens: erased, or left out."""


def note_digests(history: History, event: Event) -> None:
    """Take note of whose the digests of an event are; refuse one that belongs to another event already."""
    for digest in event["sd"]:
        if digest in history.disclosed:
            raise NotTheirs(f"event {event['seq']}: it repeats a digest")
        history.disclosed[digest] = event["seq"]
    if len(event["sd"]) > 1:
        history.talkative.add(event["seq"])


def read_disclosures(disclosures: Iterable[tuple[str, str]], history: History) -> Words:
    """Return what the events disclose (RFC 9901, section 7.1); refuse one that none of them names.

    Most of it is compared at once and let go, and so are the digests in *history* of what is shown.
    """
    words, kept = Words(), _kept(history)
    names: set[tuple[int, str]] = set()
    for digest, disclosure in disclosures:
        if digest not in history.disclosed:
            raise NotTheirs("a disclosure belongs to none of the events")
        seq = history.disclosed.pop(digest)
        if not disclosure.isascii() or _base64url(sha256(disclosure.encode()).digest()) != digest:
            raise NotTheirs(f"event {seq}: a disclosure is not what was hashed")
        name, value = _open(disclosure, seq)
        if (seq, name) in names:
            raise NotTheirs(f"event {seq}: it says `{name}` twice")
        if seq in history.talkative:
            names.add((seq, name))
        # The text that was approved has a check of its own.
        if name == "content" and seq in history.drafts and (seq != history.written or history.approval is None):
            words.quoted.add(seq)
            _note_quote(words, seq, "the text of the draft", value, history.drafts[seq])
        if name in kept.get(seq, ()):
            words.of.setdefault(seq, {})[name] = value
        elif name == "body" and seq in history.evidence:
            _note_evidence(words, seq, value, history.evidence[seq])
        elif name == "text" and seq in history.letters:
            words.quoted.add(seq)
            _note_quote(words, seq, "the text of the notice", value, history.letters[seq])
        words.shown += 1
    words.missing = history.disclosed.keys()
    return words


def check_amendments(history: History, words: Words) -> tuple[int, int]:
    """Refuse the words of an amendment that are not those that were hashed, whatever became of it; return how many
    there are, and how many can be read.
    """
    amendments = history.changes.amendments.values()
    for one in amendments:
        if one.written in words.misquoted:
            raise NotTheirs(f"amendment {one.facts['number']} is not in the words that were asked for")
    return len(amendments), sum(one.written in words.quoted for one in amendments)


def check_evidence(history: History, words: Words, files: Mapping[str, tuple[str, int]]) -> tuple[int, int]:
    """Refuse evidence that is not what was recorded; return how many pieces there are, and how many can be read.

    *files* are SHA-256 (hex) and size by name, and belong to a piece by all of it.
    """
    if words.altered:
        raise NotTheirs(f"event {min(words.altered)}: the evidence is not what was recorded")
    recorded = set(history.evidence.values()) if files else set()
    for name, (digest, size) in files.items():
        raw = bytes.fromhex(digest)
        if raw not in recorded or not name.startswith(digest):
            raise NotTheirs(f"the file {name[:80]!r} is not evidence that was recorded under that name")
        if history.sizes.get(raw, size) != size:
            raise NotTheirs(f"the file {name[:80]!r} has not the size that was recorded")
        words.readable.add(raw)
    return len(history.evidence), sum(one in words.readable for one in history.evidence.values())


def check_attempts(history: History, words: Words) -> tuple[int, int]:
    """Refuse the words of a draft or a notice that are not those that were hashed; return how many notices the plan
    answers, and how many of them can be read.
    """
    for seq, what in sorted(words.misquoted.items()):
        raise NotTheirs(f"event {seq}: {what} is not what was recorded")
    notices = history.notices.values()
    return len(notices), sum(not words.quoted.isdisjoint(one.events) for one in notices)


def _kept(history: History) -> Mapping[int, Collection[str]]:
    """Return the names of what is held against the approved text, by event."""
    opened = [one.opened["seq"] for one in history.promises.values()]
    opened += [seq for one in history.series.values() for seq in one.events]
    kept: dict[int, Collection[str]] = dict.fromkeys(opened, ("text",))
    kept |= dict.fromkeys((one.written for one in history.changes.granted), ("content",))
    if history.written is not None:
        kept[history.written] = ("content", "title")
    return kept


def _note_quote(words: Words, seq: int, what: str, text: str, recorded: bytes) -> None:
    if sha256(text.encode()).digest() != recorded:
        words.misquoted[seq] = what


def _note_evidence(words: Words, seq: int, body: str, recorded: bytes) -> None:
    if sha256(body.encode()).digest() == recorded:
        words.readable.add(recorded)
    else:
        words.altered.add(seq)


def _open(disclosure: str, seq: int) -> tuple[str, str]:
    try:
        raw = urlsafe_b64decode(disclosure + "=" * (-len(disclosure) % 4))
        said = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise NotTheirs(f"event {seq}: a disclosure cannot be read") from error
    if not (isinstance(said, list) and len(said) == 3 and all(map(strict.is_text, said))):
        raise NotTheirs(f"event {seq}: a disclosure is not a salt, a name and a text")
    if any("\ud800" <= letter <= "\udfff" for part in said for letter in part):
        raise NotTheirs(f"event {seq}: a disclosure is not Unicode")
    return said[1], said[2]


def _base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
