"""What was asked for after the approval, decided and judged: read a second time, as far as the plan's chain tells."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from app.ledger import lateness
from app.ledger.lateness import instant
from app.ledger.promises import Event, Illegal, Promise, Series, recorded

_SLACK = timedelta(days=1)
"""How far an approval may seem to come from the future: clocks differ."""
_UNDECIDED = {"state": "requested", "decided_by": None, "decided_at": None}


@dataclass(slots=True)
class Request:
    """That a commitment be due later, or be dropped."""

    kind: str
    facts: Mapping[str, Any]
    number: str
    """Of the commitment in the plan, with that of its occurrence."""

    @property
    def sentence(self) -> str:
        """Return what a reader is told."""
        facts = self.facts
        asked = f" to {facts['due_on']}" if facts["due_on"] else ""
        late = ", after the due had passed" if instant(facts["requested_at"]) >= instant(facts["from_due_at"]) else ""
        state = "undecided" if facts["state"] == "requested" else f"{facts['state']} on {facts['decided_at'][:10]}"
        what = f"{self.kind.capitalize()} of commitment {self.number}{asked}"
        return f"{what}, asked for on {facts['requested_at'][:10]}{late}: {state}."


@dataclass(slots=True)
class Amendment:
    """What was added to the plan, or ended in it, after the approval."""

    facts: Mapping[str, Any]
    written: int
    """Number of the event that holds its words."""
    clauses: set[int] = field(default_factory=set)
    """Numbers of the commitments that it added."""
    ended: dict[int, str] = field(default_factory=dict)
    """From which day on it ended what recurs, by number."""

    @property
    def sentence(self) -> str:
        """Return what a reader is told."""
        state = self.facts["state"]
        became = "undecided" if state == "requested" else f"{state} on {self.facts['decided_at'][:10]}"
        return f"Amendment {self.facts['number']}, asked for on {self.facts['requested_at'][:10]}: {became}."


@dataclass(slots=True)
class Changes:
    """All of it, as far as the events were played."""

    requests: dict[str, Request] = field(default_factory=dict)
    undecided: dict[str, str] = field(default_factory=dict)
    """The request that is open for a commitment."""
    owed: Event | None = None
    """What was granted, as long as it has not been done."""
    amendments: dict[str, Amendment] = field(default_factory=dict)
    granted: list[Amendment] = field(default_factory=list)
    """In the order in which they became binding."""
    checks: list[Mapping[str, Any]] = field(default_factory=list)

    @property
    def sentences(self) -> list[str]:
        """Return what a reader is told."""
        found = [one.sentence for one in self.requests.values()] + [one.sentence for one in self.amendments.values()]
        return found + [
            f"Effectiveness check {one['number']}, {one['checked_at'][:10]}: {one['outcome']}, "
            f"with {one['recurrences']} notices since, observed until {one['window_ends_at'][:10]}."
            for one in self.checks
        ]


def step_request(changes: Changes, event: Event, promise: Promise) -> str | None:
    """Play an event of an extension or a waiver; return what was decided, if by who had asked for it."""
    kind, _, becomes = event["type"].partition(".")
    data, known = event["data"], changes.requests.get(event["subj"])
    if becomes == "requested":
        _ask(changes, event, promise, kind=kind)
        return None
    if known is None or known.kind != kind:
        raise Illegal("nobody has asked for it")
    _close(event, known.facts, becomes)
    if becomes == "granted":
        if not promise.is_open:
            raise Illegal("there is nothing to extend or to waive")
        changes.owed = event
    del changes.undecided[data["commitment"]]
    known.facts = data
    return f"{kind} of {known.number}" if _is_self_decided(data) else None


def _ask(changes: Changes, event: Event, promise: Promise, *, kind: str) -> None:
    data = event["data"]
    due = {"from_due_on": promise.facts["due_on"], "from_due_at": promise.facts["due_at"]}
    asked = {"requested_by": event["actor"], "requested_at": recorded(event, "requested_at")}
    if event["subj"] in changes.requests or data["commitment"] in changes.undecided or not promise.is_open:
        raise Illegal("one at a time is asked for, of what is open")
    if data != {**data, **_UNDECIDED, **due, **asked} or (data["due_at"] is None) != (data["due_on"] is None):
        raise Illegal("it is not asked for as the commitment stands")
    if (data["due_at"] is None) != (kind == "waiver"):
        raise Illegal("an extension has a due, a waiver none")
    if data["due_at"] is not None:
        where = lateness.zone(promise.facts["timezone"])
        if instant(data["due_at"]) <= promise.due_at or not lateness.is_on(data["due_on"], data["due_at"], where):
            raise Illegal("the due that is asked for is not later, or not on its day")
    changes.undecided[data["commitment"]] = event["subj"]
    changes.requests[event["subj"]] = Request(kind, data, promise.number)


def settle(changes: Changes, event: Event, promise: Promise, ended: Series | None) -> None:
    """Refuse an event that moves or waives a commitment unless it is what was just granted.

    *ended* is the series that an amendment has just ended, if the commitment is of one.
    """
    owed, changes.owed = changes.owed, None
    if owed is None:
        day = date.fromisoformat(promise.facts["original_due_on"])
        if event["type"] != "commitment.waived" or ended is None or ended.ended_on is None or day < ended.ended_on:
            raise Illegal("nobody has granted that")
        return
    kind = "commitment.extended" if owed["type"] == "extension.granted" else "commitment.waived"
    if (event["type"], event["subj"]) != (kind, owed["data"]["commitment"]):
        raise Illegal("it is not what was granted")
    if kind == "commitment.extended" and any(
        event["data"][name] != owed["data"][name] for name in ("due_on", "due_at")
    ):
        raise Illegal("it is not the due that was granted")


def step_amendment(changes: Changes, event: Event) -> str | None:
    """Play an event of an amendment; return what was decided, if by who had asked for it."""
    becomes = event["type"].partition(".")[2]
    data, known = event["data"], changes.amendments.get(event["subj"])
    if becomes == "requested":
        asked = {"requested_by": event["actor"], "requested_at": recorded(event, "requested_at"), "received_at": None}
        if known or data != {**data, **_UNDECIDED, **asked, "number": len(changes.amendments) + 1}:
            raise Illegal("it is not asked for as it should be")
        changes.amendments[event["subj"]] = Amendment(data, event["seq"])
        return None
    if known is None:
        raise Illegal("nobody has asked for it")
    _close(event, {**known.facts, "received_at": data["received_at"]}, becomes)
    if (data["received_at"] is None) != (becomes != "granted"):
        raise Illegal("what is granted is received at some time, and nothing else is")
    if becomes == "granted":
        if instant(data["received_at"]) > instant(event["at"]) + _SLACK:
            raise Illegal("it was received later than it was recorded")
        changes.granted.append(known)
    known.facts = data
    return f"amendment {data['number']}" if _is_self_decided(data) else None


def step_check(changes: Changes, event: Event, promises: Iterable[Promise], series: Mapping[str, Series]) -> str | None:
    """Play an effectiveness check; return it, if it was judged by who had completed something."""
    data, actions = event["data"], [one for one in promises if _is_action(one, series)]
    judged = {"number": len(changes.checks) + 1, "checked_by": event["actor"]}
    if data != {**data, **judged}:
        raise Illegal("it is not the check that comes next")
    done = [instant(one.facts["done_at"]) for one in actions if one.facts["done_at"] is not None]
    if any(one.is_open for one in actions) or not done or max(done) != instant(data["carried_out_at"]):
        raise Illegal("the plan was not carried out then")
    checked_at: datetime = instant(recorded(event, "checked_at"))
    if data["outcome"] == "effective" and checked_at < instant(data["window_ends_at"]):
        raise Illegal("it was still observed")
    changes.checks.append(data)
    actors = {one.facts["done_by"] for one in actions}
    return f"effectiveness check {data['number']}" if event["actor"] in actors else None


def _close(event: Event, before: Mapping[str, Any], becomes: str) -> None:
    data = event["data"]
    decided = {"decided_by": event["actor"], "decided_at": recorded(event, "decided_at")}
    if before["state"] != "requested" or data != {**before, **decided, "state": becomes}:
        raise Illegal("it was closed already, or is not what was asked for")
    if becomes == "withdrawn" and event["actor"] != before["requested_by"]:
        raise Illegal("only who asked withdraws it")


def _is_self_decided(data: Mapping[str, Any]) -> bool:
    return bool(data["state"] != "withdrawn" and data["decided_by"] == data["requested_by"])


def _is_action(promise: Promise, series: Mapping[str, Series]) -> bool:
    """Of what recurs without an end, the first time stands for all."""
    of = promise.facts["series"]
    if of is None or promise.facts["occurrence"] == 1 or series[of].ended_on is not None:
        return True
    return any(f"{name}=" in series[of].facts["rule"] for name in ("COUNT", "UNTIL"))
