"""What a bundle tells of the time after the approval: what was asked for and decided, looked at, amended, judged. Pure.

What was asked late, and who decided alone, is told as the verifier does: by when it was recorded.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

Event = Mapping[str, Any]
Said = Mapping[int, Mapping[str, str]]

_BINDS = frozenset({"commitment.opened", "series.opened"})


@dataclass(frozen=True, slots=True)
class Word:
    """That somebody did something at some time, and why they say they did."""

    what: str
    by: str
    at: str
    reason: str | None
    """None: erased, or left out; empty: none was given."""
    seq: int


@dataclass(slots=True)
class Request:
    """An extension or a waiver."""

    kind: str
    facts: Mapping[str, Any]
    asked: Word
    closed: Word | None = None

    @property
    def is_late(self) -> bool:
        """Whether it was asked for when the due had passed."""
        return datetime.fromisoformat(self.asked.at) >= datetime.fromisoformat(self.facts["from_due_at"])


@dataclass(slots=True)
class Amendment:
    """What is added to the approved text, or ended."""

    facts: Mapping[str, Any]
    content: Mapping[str, Any] | None
    """None: erased, or left out."""
    asked: Word
    closed: Word | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    """Who agreed outside, if anybody: `authority`, `reference`."""
    numbers: list[int] = field(default_factory=list)
    """Of the commitments that it added."""
    ended: dict[int, str] = field(default_factory=dict)
    """From which day on it ended what recurs, by number."""


@dataclass(frozen=True, slots=True)
class Check:
    """That somebody judged whether the problem came back."""

    facts: Mapping[str, Any]
    judged: Word


@dataclass(slots=True)
class Aftermath:
    """All of it. *looks* and *requests* are by commitment."""

    requests: dict[str, list[Request]] = field(default_factory=dict)
    looks: dict[str, list[Word]] = field(default_factory=dict)
    """Completions that were looked at, with what was found: said to be done, rejected or verified."""
    amendments: list[Amendment] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    alone: list[str] = field(default_factory=list)
    """What was decided by who had asked for it, or had done it."""


def tell(events: Sequence[Event], said: Said) -> Aftermath:
    """Return what the events tell of it."""
    found = Aftermath()
    asked: dict[str, Request | Amendment] = {}
    binding: Amendment | None = None
    for one in events:
        family, _, what = one["type"].partition(".")
        if family in {"extension", "waiver", "amendment"}:
            _follow(found, asked, one, said)
        elif what in {"completed", "rejected", "verified"} and family == "commitment":
            found.looks.setdefault(one["subj"], []).append(_word(one, said, "reason"))
        elif family == "effectiveness":
            found.checks.append(Check(one["data"], _word(one, said, "reason")))
        if one["type"] == "amendment.granted":
            binding = found.amendments[one["data"]["number"] - 1]
        elif binding and one["type"] in _BINDS:
            _note(binding, one["data"]["number"])
        elif binding and one["type"] == "series.ended":
            binding.ended[one["data"]["number"]] = one["data"]["ended_on"]
        elif one["type"] != "commitment.waived":
            binding = None
    found.alone = list(_alone(found))
    return found


def _follow(found: Aftermath, asked: dict[str, Request | Amendment], event: Event, said: Said) -> None:
    kind, _, becomes = event["type"].partition(".")
    data = event["data"]
    if becomes != "requested":
        known = asked[event["subj"]]
        known.facts, known.closed = data, _word(event, said, "decision_reason")
        if isinstance(known, Amendment):
            known.words = said[event["seq"]]
    elif kind == "amendment":
        content = said[event["seq"]].get("content")
        read = None if content is None else orjson.loads(content)
        made = asked[event["subj"]] = Amendment(data, read, _word(event, said, "content"))
        found.amendments.append(made)
    else:
        request = asked[event["subj"]] = Request(kind, data, _word(event, said, "reason"))
        found.requests.setdefault(data["commitment"], []).append(request)


def _note(amendment: Amendment, number: int) -> None:
    if number not in amendment.numbers:
        amendment.numbers.append(number)


def _word(event: Event, said: Said, name: str) -> Word:
    reason = said[event["seq"]].get(name, None if event["sd"] else "")
    return Word(event["type"].partition(".")[2], event["actor"], event["at"], reason, event["seq"])


def _alone(found: Aftermath) -> Iterator[str]:
    for requests in found.requests.values():
        yield from (one.kind for one in requests if _is_alone(one))
    yield from (f"amendment {one.facts['number']}" for one in found.amendments if _is_alone(one))
    done_by = ""
    for looks in found.looks.values():
        for one in looks:
            if one.what == "completed":
                done_by = one.by
            elif one.by == done_by:
                yield {"verified": "verification", "rejected": "rejection"}[one.what]


def _is_alone(one: Request | Amendment) -> bool:
    return one.closed is not None and one.closed.what != "withdrawn" and one.closed.by == one.asked.by
