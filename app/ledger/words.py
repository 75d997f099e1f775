"""What people wrote, held against the events that bind it by hash: disclosures, the approved text, the evidence."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from app.ledger import lateness, strict
from app.ledger.promises import Event
from app.ledger.replay import History
from app.ledger.strict import Malformed

_OBSERVED = 180
"""Days of the window, where the plan says nothing of it."""

Clause = tuple[Mapping[str, Any] | None, str]
"""What a clause says, and when its approval was received; None: its words are not shown."""
_UNSEEN: Clause = (None, "")


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


def check_approved(history: History, words: Words) -> bool:
    """Refuse an approved text that is not the one that was hashed; say whether there is one to read."""
    approval = history.approval
    if approval is None or history.written is None:
        return False
    content = words.of.get(history.written, {}).get("content")
    if content is not None and sha256(content.encode()).hexdigest() != approval["data"]["content_sha256"]:
        raise NotTheirs("the approved text is not the one whose hash was approved")
    try:
        plan = None if content is None else _plan(content)
        if plan is not None:
            if words.of[history.written].get("title", plan["title"]) != plan["title"]:
                raise NotTheirs("the title is not that of the approved text")
            if not history.notices.keys() >= set(plan["notices"]):
                raise NotTheirs("the approved text names a notice that no attempt has answered")
            _check_effects(plan, history)
        _check_clauses(_clauses(plan, history, words), history, words)
    except (ValueError, OverflowError, KeyError, TypeError) as error:
        raise NotTheirs("the approved text is not a plan with its commitments") from error
    return plan is not None


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


def _parse(content: str) -> Mapping[str, Any]:
    try:
        said: Mapping[str, Any] = strict.parse(content.encode())
    except Malformed as error:
        raise ValueError("not canonical") from error
    return said


def _plan(content: str) -> Mapping[str, Any]:
    said = _parse(content)
    named = {"title": said["title"], "commitments": list(said["commitments"])}
    # What was approved before there were such fields says nothing of them.
    more = {"notices": list(said.get("notices", ())), "observation_days": said.get("observation_days", _OBSERVED)}
    return named | more


def _clauses(plan: Mapping[str, Any] | None, history: History, words: Words) -> Iterator[Clause]:
    """Yield the clauses of the approved text, then those of each amendment, in the order of their numbers.

    What is not shown is not checked, but that it is so many clauses.
    """
    assert history.approval is not None
    added = sum(len(one.clauses) for one in history.changes.granted)
    if plan is None:
        yield from [_UNSEEN] * (history.clauses - added)
    else:
        yield from ((one, history.approval["data"]["approved_at"]) for one in plan["commitments"])
    for amendment in history.changes.granted:
        content = words.of.get(amendment.written, {}).get("content")
        if content is None:
            yield from [_UNSEEN] * len(amendment.clauses)
            continue
        said = _parse(content)
        if amendment.ended != {one["number"]: one["from_on"] for one in said["ends"]}:
            raise NotTheirs(f"amendment {amendment.facts['number']} has not ended what it says")
        if len(said["commitments"]) != len(amendment.clauses):
            raise NotTheirs(f"amendment {amendment.facts['number']} has not added what it says")
        yield from ((one, amendment.facts["received_at"]) for one in said["commitments"])


def _check_effects(plan: Mapping[str, Any], history: History) -> None:
    """Refuse a check that was made for another window than the plan has."""
    for one in history.changes.checks:
        window = lateness.instant(one["window_ends_at"]) - lateness.instant(one["carried_out_at"])
        if window != timedelta(days=plan["observation_days"]):
            raise NotTheirs(f"effectiveness check {one['number']} has another window than the plan")


def _check_clauses(clauses: Iterable[Clause], history: History, words: Words) -> None:
    """Refuse unless each clause became its commitment, or series, and nothing else did."""
    single = {one.facts["number"]: one for one in history.promises.values() if one.facts["series"] is None}
    series = {one.facts["number"]: one for one in history.series.values()}
    numbered = dict(enumerate(clauses, 1))
    if single.keys() | series.keys() != numbered.keys():
        raise NotTheirs("the commitments are not those of the approved text")
    for number, (clause, received_at) in numbered.items():
        if clause is None:
            continue
        if number in single:
            first: Mapping[str, Any] = single[number].opened["data"]
            agrees = clause["recurrence"] is None
            due_on, due_at = first["due_on"], first["due_at"]
        else:
            first = series[number].facts
            agrees = clause["recurrence"] == first["rule"] and _is_kept_free(clause, history, number)
            due_on, due_at = first["starts_on"], first["starts_at"]
        owner = _first_owner(history, number)
        if not agrees or clause["kind"] != first["kind"] or owner not in {None, clause["owner"]}:
            raise NotTheirs(f"commitment {number} is not what was approved")
        if _texts(history, number, words) - {clause["text"]}:
            raise NotTheirs(f"commitment {number} is not what was approved")
        where = lateness.zone(history.facts["timezone"])
        if not _is_due(clause, date.fromisoformat(due_on), due_at, lateness.instant(received_at), where):
            raise NotTheirs(f"commitment {number} is due on another day than was approved")


def _is_kept_free(clause: Mapping[str, Any], history: History, number: int) -> bool:
    """Say whether nothing was due on the days that a recurring clause excepts; most have none."""
    # What was approved before there were exceptions names none.
    excepted = set(clause.get("except_on", ()))
    if not excepted:
        return True
    dues = {one.facts["original_due_on"] for one in history.promises.values() if one.facts["number"] == number}
    return dues.isdisjoint(excepted)


def _texts(history: History, number: int, words: Words) -> set[str]:
    """Return what the events that opened a clause, its series and every occurrence, say that it is."""
    opened = [one.opened["seq"] for one in history.promises.values() if one.facts["number"] == number]
    opened += [seq for one in history.series.values() if one.facts["number"] == number for seq in one.events]
    return {of["text"] for seq in opened if "text" in (of := words.of.get(seq, {}))}


def _first_owner(history: History, number: int) -> str | None:
    owners = [one.opened["data"]["owner"] for one in history.promises.values() if one.facts["number"] == number]
    return owners[0] if owners else None


def _is_due(clause: Mapping[str, Any], due_on: date, due_at: str | None, received: datetime, where: ZoneInfo) -> bool:
    if clause["due_on"]:
        return due_on == date.fromisoformat(clause["due_on"]) and _is_whole_day(due_at, due_on, where)
    if clause["due_at"]:
        return due_at is not None and lateness.instant(due_at) == lateness.instant(clause["due_at"])
    due = lateness.due_after(clause["due_after_approval"], received, where)
    if isinstance(due, datetime):
        # To the second.
        return due_at is not None and lateness.instant(due_at) == due.replace(microsecond=0)
    return due_on == due and _is_whole_day(due_at, due_on, where)


def _is_whole_day(due_at: str | None, due_on: date, where: ZoneInfo) -> bool:
    return due_at is None or lateness.instant(due_at) == lateness.end_of(due_on, where)


def _base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
