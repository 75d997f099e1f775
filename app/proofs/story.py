"""What a bundle tells, for people: the plan, each promise with how it ended, and the evidence. Pure.

Nothing is checked here; the verifier does that. Lateness is worked out from the due and the moment of recording, as the
verifier does, and not taken from what the events say of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from app.commitments import rules
from app.commitments.rules import OPEN_STATES, State
from app.ledger import note
from app.ledger.events import digest, opened
from app.ledger.note import Checkpoint
from app.proofs import aftermath
from app.proofs.aftermath import Aftermath, Request, Word

_DECIDED = frozenset({"plan.approved", "plan.denied", "plan.more_info_requested"})
_DRAFTED = frozenset({"plan.drafted", "plan.redrafted"})
_SHOWN = frozenset({"evidence.added", "evidence.filed"})


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was recorded as proof that something was done."""

    kind: str
    sha256: str
    body: str | None
    """None: erased, or left out."""
    title: str | None
    document_on: str | None
    added_at: str
    added_by: str
    seq: int
    size: int | None
    """Bytes, of a file."""
    media_type: str | None
    superseded: tuple[int, str | None] | None
    """The event that says that another took its place, and why."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What the plan answers, as the event says that last did."""

    title: str | None
    text: str | None
    source: str | None
    items: tuple[str, ...]
    facts: Mapping[str, Any]
    seq: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt, and how it ended."""

    facts: Mapping[str, Any]
    sent_by: str
    signed_off_by: str | None
    words: Mapping[str, str]
    """What the authority said: `authority`, `reference`, `text`."""


@dataclass(frozen=True, slots=True)
class Promise:
    """A commitment as of the checkpoint: the facts of its last event."""

    reference: str
    text: str | None
    facts: Mapping[str, Any]
    promised_at: str
    evidence: tuple[Evidence, ...]
    requests: tuple[Request, ...]
    looks: tuple[Word, ...]
    """When it was said to be done, and what others found; nothing if nobody has looked."""
    events: tuple[int, ...]

    @property
    def is_open(self) -> bool:
        return State(self.facts["state"]) in OPEN_STATES

    @property
    def is_waived(self) -> bool:
        return State(self.facts["state"]) is State.WAIVED

    @property
    def is_plain(self) -> bool:
        """Whether nothing is to be told of it but what it is, and when it is due."""
        touched = self.facts["started_at"] or self.facts["due_at"] != self.facts["original_due_at"]
        return not (touched or self.evidence or self.requests or self.looks)

    def days_late(self, as_of: datetime, *, first: bool = False) -> int:
        """Return by how many local days it was done late or, still open, has been late until *as_of*; 0: it is not.

        *first*: against the due that was promised first. What is waived is not late.
        """
        which, facts = "original_due" if first else "due", self.facts
        if self.is_waived:
            return 0
        ended = as_of if self.is_open else datetime.fromisoformat(facts["done_at"])
        due_on, due_at = date.fromisoformat(facts[f"{which}_on"]), datetime.fromisoformat(facts[f"{which}_at"])
        return rules.days_late(due_on, due_at, ended, ZoneInfo(facts["timezone"]))


@dataclass(frozen=True, slots=True)
class Story:
    """All that a bundle says."""

    reference: str
    title: str | None
    facts: Mapping[str, Any]
    """Of the plan's last event of its own."""
    decision: Mapping[str, str]
    """What the authority said, as far as it is disclosed: `authority`, `reference`, `text`."""
    approved_by: str | None
    """Who recorded the approval."""
    notices: tuple[Notice, ...]
    attempts: tuple[Attempt, ...]
    evidence: tuple[Evidence, ...]
    """What went to the authority with the plan itself."""
    promises: tuple[Promise, ...]
    after: Aftermath
    """What was asked for, decided and judged after the approval."""
    events: tuple[Mapping[str, Any], ...]
    checkpoint: Checkpoint
    as_of: datetime
    """When the heads of the checkpoint were written: the server's clock."""
    withheld: int
    """How many disclosures were erased or left out."""
    stamps: int
    cosignatures: int


def tell(text: bytes) -> Story:
    """Return what the bundle *text* tells."""
    bundle = orjson.loads(text)
    events = [orjson.loads(one["event"]) for one in bundle["events"]]
    said = _disclosed(events, bundle["disclosures"])
    plan = next(one for one in reversed(events) if one["type"].startswith("plan."))
    reference = f"POA-{plan['data']['number']}"
    approval = next((one for one in events if one["type"] == "plan.approved"), None)
    pieces = _pieces(events, said)
    after = aftermath.tell(events, said)
    titles = [said[one["seq"]].get("title") for one in events if one["type"] in _DRAFTED]
    unsigned, _, signatures = bundle["checkpoint"].rpartition("\n\n")
    return Story(
        reference=reference,
        title=titles[-1] if titles else None,
        facts=plan["data"],
        decision=said[approval["seq"]] if approval else {},
        approved_by=approval["actor"] if approval else None,
        notices=tuple(_notices(events, said)),
        attempts=tuple(_attempts(events, said)),
        evidence=tuple(piece for of, piece in pieces if of is None),
        promises=tuple(_promises(events, said, reference, pieces, after)),
        after=after,
        events=tuple(events),
        checkpoint=note.parse_checkpoint(f"{unsigned}\n"),
        as_of=datetime.fromisoformat(orjson.loads(bundle["heads"]["event"])["at"]),
        withheld=sum(len(one["sd"]) for one in events) - len(bundle["disclosures"]),
        stamps=len(bundle["timestamps"]),
        cosignatures=signatures.count("\n") - 1,
    )


def _disclosed(events: Sequence[Mapping[str, Any]], disclosures: Mapping[str, str]) -> dict[int, dict[str, str]]:
    """Return what each event discloses, by its number; only what is under its own digest."""
    texts = {key: text for key, text in disclosures.items() if digest(text) == key}
    return {one["seq"]: dict(opened(texts[key]) for key in one["sd"] if key in texts) for one in events}


def _notices(events: Sequence[Mapping[str, Any]], said: Mapping[int, Mapping[str, str]]) -> list[Notice]:
    found = {}
    for one in events:
        if one["type"] == "notice.answered":
            words = said[one["seq"]]
            items = tuple(f"{item['type']}:{item['ref']}" for item in orjson.loads(words.get("items", "[]")))
            shown = (words.get("title"), words.get("text"), words.get("source"))
            found[one["subj"]] = Notice(*shown, items, one["data"], one["data"]["recorded"]["seq"])
        elif one["type"].startswith("notice.") and one["subj"] in found:
            found[one["subj"]] = replace(found[one["subj"]], facts=one["data"])
    return list(found.values())


def _attempts(events: Sequence[Mapping[str, Any]], said: Mapping[int, Mapping[str, str]]) -> list[Attempt]:
    found: dict[int, Attempt] = {}
    signed_off_by = None
    for one in events:
        kind = one["type"]
        signed_off_by = one["actor"] if kind == "plan.signed_off" else None if kind in _DRAFTED else signed_off_by
        facts = one["data"].get("submission") if kind.startswith("plan.") else None
        if facts and kind == "plan.submitted":
            found[facts["number"]] = Attempt(facts, one["actor"], signed_off_by, {})
        elif facts and kind in _DECIDED:
            found[facts["number"]] = replace(found[facts["number"]], facts=facts, words=said[one["seq"]])
    return list(found.values())


def _promises(
    events: Sequence[Mapping[str, Any]],
    said: Mapping[int, Mapping[str, str]],
    reference: str,
    pieces: Sequence[tuple[str | None, Evidence]],
    after: Aftermath,
) -> list[Promise]:
    histories: dict[str, list[Mapping[str, Any]]] = {}
    for one in events:
        if one["type"].startswith("commitment."):
            histories.setdefault(one["subj"], []).append(one)
    found = []
    for subject, history in histories.items():
        facts = history[-1]["data"]
        parts = (reference, facts["number"], facts["occurrence"])
        found.append(
            Promise(
                reference=".".join(str(part) for part in parts if part is not None),
                text=said[history[0]["seq"]].get("text"),
                facts=facts,
                promised_at=history[0]["at"],
                evidence=tuple(piece for of, piece in pieces if of == subject),
                requests=tuple(after.requests.get(subject, ())),
                looks=tuple(looks) if len(looks := after.looks.get(subject, ())) > 1 else (),
                events=tuple(one["seq"] for one in history),
            )
        )
    return sorted(found, key=lambda one: (one.facts["number"], one.facts["occurrence"] or 0))


def _pieces(
    events: Sequence[Mapping[str, Any]], said: Mapping[int, Mapping[str, str]]
) -> list[tuple[str | None, Evidence]]:
    """Return the evidence, each piece after the id of its commitment; None: it is the plan's own."""
    superseded = {
        one["subj"]: (one["seq"], said[one["seq"]].get("reason"))
        for one in events
        if one["type"] == "evidence.superseded"
    }
    return [
        (
            one["data"]["commitment"],
            Evidence(
                kind=one["data"]["kind"],
                sha256=one["data"]["sha256"],
                body=said[one["seq"]].get("body"),
                title=said[one["seq"]].get("title"),
                document_on=one["data"]["document_on"],
                added_at=one["at"],
                added_by=one["data"]["added_by"],
                seq=one["seq"],
                size=one["data"].get("size"),
                media_type=one["data"].get("media_type"),
                superseded=superseded.get(one["subj"]),
            ),
        )
        for one in events
        if one["type"] in _SHOWN
    ]
