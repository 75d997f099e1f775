"""The attempts at a plan, and the notices that they answer: read a second time, as far as the plan's chain tells."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from app.ledger.lateness import instant
from app.ledger.promises import Illegal

Event = Mapping[str, Any]

_FIXED = ("kind", "received_at", "text_sha256")
"""What is never corrected about a notice. All else may be, by events that are in no plan's chain."""
_UNSETTLED = frozenset({"denied", "draft"})
"""States of a plan whose newest attempt is not in the authority's hands."""
FOLLOWS = {**dict.fromkeys(_UNSETTLED, "notice.reopened"), "approved": "notice.closed"}
"""What becomes at once of a notice that is said to be answered by an attempt on which the decision is known."""
_SLACK = timedelta(days=1)
"""How far a decision may seem to come from the future: clocks differ."""

_DECIDES = frozenset({"plan.approved", "plan.denied", "plan.more_info_requested"})
_SIGNED = {
    None: "",
    "others": ", signed off by somebody else than its authors",
    "author": ", signed off by one of its authors",
}


@dataclass(slots=True)
class Noticed:
    """A notice as far as the plan's events tell of it."""

    facts: Mapping[str, Any]
    recorded: Mapping[str, Any]
    """Number and leaf of the event that recorded it."""
    attempts: list[int] = field(default_factory=list)
    """Those of this plan that answered it."""
    events: list[int] = field(default_factory=list)
    """Numbers of the events that say so, and what the notice says."""

    @property
    def sentence(self) -> str:
        """Return what a reader is told."""
        answered = ", ".join(str(one) for one in self.attempts)
        asked = f", to be answered by {self.facts['respond_by'][:16]} UTC" if self.facts["respond_by"] else ""
        came = f"{self.facts['received_at'][:10]}, recorded as event {self.recorded['seq']}"
        return f"It answers a notice of {came}{asked}: by attempt {answered}."


@dataclass(frozen=True, slots=True)
class Attempt:
    """One numbered attempt to get the plan approved."""

    number: int
    submitted_at: str
    content_sha256: str
    outcome: str | None = None
    received_at: str | None = None
    signed_off: str | None = None
    """`others` or `author`: who signed off the draft, if anybody did."""

    @property
    def sentence(self) -> str:
        """Return what a reader is told."""
        ended = f"{self.outcome.replace('_', ' ')} on {(self.received_at or '')[:10]}" if self.outcome else "undecided"
        return f"Attempt {self.number}, sent {self.submitted_at[:10]}{_SIGNED[self.signed_off]}: {ended}."


def check_submission(kind: str, before: Mapping[str, Any] | None, event: Event) -> None:
    """Refuse unless the newest attempt is what it was, but for what this event changes of it."""
    now, at = event["data"]["submission"], instant(event["at"])
    expected: Mapping[str, Any] | None = before
    if kind == "plan.submitted":
        expected = {
            "number": before["number"] + 1 if before else 1,
            "outcome": None,
            "content_sha256": event["data"]["content_sha256"],
            "submitted_at": now and now["submitted_at"],
            "received_at": None,
        }
        if now and instant(now["submitted_at"]) > at:
            raise Illegal("it was submitted later than it was recorded")
    elif kind == "plan.answered" and before:
        expected = {**before, "outcome": None}
    elif kind in _DECIDES and before:
        expected = {**before, "outcome": kind.removeprefix("plan."), "received_at": now and now["received_at"]}
        if now and (now["received_at"] is None or instant(now["received_at"]) > at + _SLACK):
            raise Illegal("the decision was received at no time, or later than it was recorded")
    if now != expected:
        raise Illegal("the attempt is not the one that was submitted")


def note_attempt(attempts: dict[int, Attempt], event: Event, *, signed_off: str | None) -> None:
    """Take note of how the newest attempt stands after an event of the plan."""
    said = event["data"]["submission"]
    if said is None:
        return
    before = attempts.get(said["number"])
    # Whoever signs off the next draft says nothing of an attempt that was sent before.
    attempts[said["number"]] = Attempt(
        number=said["number"],
        submitted_at=said["submitted_at"],
        content_sha256=said["content_sha256"],
        outcome=said["outcome"],
        received_at=said["received_at"],
        signed_off=before.signed_off if before else signed_off,
    )


def step(notices: dict[str, Noticed], event: Event, *, plan: Mapping[str, Any]) -> None:
    """Play an event of a notice in the chain of the plan whose facts are *plan*."""
    data, known = event["data"], notices.get(event["subj"])
    if known and any(data[name] != known.facts[name] for name in _FIXED):
        raise Illegal("it changes what a notice is")
    if data["plan"] != event["plan"]:
        raise Illegal("another plan answers the notice")
    if event["type"] == "notice.answered":
        _answer(notices, event, newest=plan["submission"])
        return
    if known is None or known.facts["state"] != "responded":
        raise Illegal("the plan has not answered this notice")
    becomes, allowed = ("closed", {"approved"}) if event["type"] == "notice.closed" else ("acknowledged", _UNSETTLED)
    if data["state"] != becomes or plan["state"] not in allowed:
        raise Illegal(f"a notice does not become {data['state']} while the plan is {plan['state']}")
    known.facts = data


def _answer(notices: dict[str, Noticed], event: Event, *, newest: Mapping[str, Any] | None) -> None:
    data, known = event["data"], notices.get(event["subj"])
    if data["state"] != "responded" or newest is None or not 1 <= (data["submission"] or 0) <= newest["number"]:
        raise Illegal("only an attempt that was sent answers a notice")
    if data["responded_at"] is None or instant(data["responded_at"]) > instant(event["at"]):
        raise Illegal("it was answered at no time, or later than it was recorded")
    if data["recorded"]["seq"] >= event["seq"] or (known and known.recorded != data["recorded"]):
        raise Illegal("the notice was recorded by another event")
    if known and known.facts["state"] == "closed":
        raise Illegal("a notice that is closed is not answered again")
    if data["attempts"] <= (known.facts["attempts"] if known else 0):
        raise Illegal("the notice does not count the answer")
    if known is None:
        known = notices[event["subj"]] = Noticed(data, data["recorded"])
    known.facts = data
    known.attempts.append(data["submission"])
    known.events.append(event["seq"])
