"""What was asked for after the approval, decided and judged: read a second time, as far as the plan's chain tells."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from app.ledger import lateness
from app.ledger.lateness import instant
from app.ledger.promises import Event, Illegal, Promise, Series, recorded

_SLACK = timedelta(days=1)
"""How far an approval may seem to come from the future, and what happens from when it is recorded: clocks differ."""
_UNDECIDED = {"state": "requested", "decided_by": None, "decided_at": None}


@dataclass(slots=True)
class Request:
    """That a commitment be due later, or be dropped."""

    kind: str
    facts: Mapping[str, Any]
    number: str
    """Of the commitment in the plan, with that of its occurrence."""
    asked_at: str
    """When the ledger took note, as of all that is told here: who says when it happened cannot make it earlier."""
    closed_at: str = ""

    @property
    def sentence(self) -> str:
        """Return what a reader is told."""
        facts = self.facts
        asked = f" from {facts['from_due_on']} to {facts['due_on']}" if facts["due_on"] else ""
        late = ", after the due had passed" if instant(self.asked_at) >= instant(facts["from_due_at"]) else ""
        what = f"{self.kind.capitalize()} of commitment {self.number}{asked}"
        return f"{what}, asked for on {self.asked_at[:10]}{late}: {_became(facts, self.closed_at)}."


@dataclass(slots=True)
class Amendment:
    """What was added to the plan, or ended in it, after the approval."""

    facts: Mapping[str, Any]
    written: int
    """Number of the event that holds its words."""
    asked_at: str
    clauses: set[int] = field(default_factory=set)
    """Numbers of the commitments that it added."""
    ended: dict[int, str] = field(default_factory=dict)
    """From which day on it ended what recurs, by number."""
    closed_at: str = ""

    @property
    def sentence(self) -> str:
        """Return what a reader is told."""
        clauses = ", ".join(str(one) for one in sorted(self.clauses))
        adds = [f"adds commitment{'s' if len(self.clauses) > 1 else ''} {clauses}"] * bool(clauses)
        ends = [f"ends commitment {one} from {day} on" for one, day in sorted(self.ended.items())]
        does = f"; it {' and '.join((*adds, *ends))}" if adds or ends else ""
        became = _became(self.facts, self.closed_at)
        return f"Amendment {self.facts['number']}, asked for on {self.asked_at[:10]}: {became}{does}."


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
            f"Effectiveness check {one['number']}, {one['checked_at'][:10]}: {one['outcome']}, with "
            f"{_counted(one['recurrences'])}; carried out on {one['carried_out_at'][:10]}, observed until "
            f"{one['window_ends_at'][:10]}."
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
    known.facts, known.closed_at = data, event["at"]
    return f"{kind} of commitment {known.number}" if _is_self_decided(data) else None


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
        due_at = instant(data["due_at"])
        if due_at <= promise.due_at or not lateness.is_on(data["due_on"], data["due_at"], where):
            raise Illegal("the due that is asked for is not later, or not on its day")
        if due_at <= instant(data["requested_at"]) or due_at + _SLACK <= instant(event["at"]):
            raise Illegal("the due that is asked for is over already")
    changes.undecided[data["commitment"]] = event["subj"]
    changes.requests[event["subj"]] = Request(kind, data, promise.number, event["at"])


def settle(changes: Changes, event: Event, promise: Promise, *, is_ending: bool) -> None:
    """Refuse an event that moves or waives a commitment unless it is what was just granted.

    *is_ending*: nothing has happened since an amendment was granted but what it adds and ends.
    """
    owed, changes.owed = changes.owed, None
    if owed is None:
        if event["type"] != "commitment.waived" or not is_ending or not _is_ended(changes.granted[-1], promise):
            raise Illegal("nobody has granted that")
        amendment = changes.granted[-1]
        decided_at = max(instant(amendment.facts["decided_at"]), instant(amendment.closed_at) - _SLACK)
        if promise.due_at <= decided_at:
            raise Illegal("what was missed before an end was granted stays missed")
        return
    kind = "commitment.extended" if owed["type"] == "extension.granted" else "commitment.waived"
    if (event["type"], event["subj"]) != (kind, owed["data"]["commitment"]):
        raise Illegal("it is not what was granted")
    if kind == "commitment.extended" and any(
        event["data"][name] != owed["data"][name] for name in ("due_on", "due_at")
    ):
        raise Illegal("it is not the due that was granted")


def note_end(changes: Changes, event: Event, *, timezone: str) -> None:
    """Take note of what the amendment that was granted last ends; refuse an end before the day it was asked for."""
    amendment, ended_on = changes.granted[-1], event["data"]["ended_on"]
    asked_at = max(instant(amendment.facts["requested_at"]), instant(amendment.asked_at) - _SLACK)
    if date.fromisoformat(ended_on) < asked_at.astimezone(lateness.zone(timezone)).date():
        raise Illegal("what was missed before an end was asked for stays missed")
    amendment.ended[event["data"]["number"]] = ended_on


def check_ended(changes: Changes, promises: Iterable[Promise]) -> None:
    """Refuse if the amendment that was granted last has left open what it ends: all of it is waived, or none.

    What was overdue by then was missed, and stays so.
    """
    amendment = changes.granted[-1]
    for one in promises:
        if one.is_open and _is_ended(amendment, one) and one.due_at > instant(amendment.closed_at):
            raise Illegal(f"commitment {one.number} was ended, and is still open")


def step_amendment(changes: Changes, event: Event) -> str | None:
    """Play an event of an amendment; return what was decided, if by who had asked for it."""
    becomes = event["type"].partition(".")[2]
    data, known = event["data"], changes.amendments.get(event["subj"])
    if becomes == "requested":
        asked = {"requested_by": event["actor"], "requested_at": recorded(event, "requested_at"), "received_at": None}
        if known or data != {**data, **_UNDECIDED, **asked, "number": len(changes.amendments) + 1}:
            raise Illegal("it is not asked for as it should be")
        changes.amendments[event["subj"]] = Amendment(data, event["seq"], event["at"])
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
    known.facts, known.closed_at = data, event["at"]
    return f"amendment {data['number']}" if _is_self_decided(data) else None


def step_check(changes: Changes, event: Event, promises: Iterable[Promise], series: Mapping[str, Series]) -> str | None:
    """Play an effectiveness check; return it, if it was judged by who had completed something."""
    data, actors, actions = event["data"], set(), []
    for one in promises:
        actors.add(one.facts["done_by"])
        if _is_action(one, series):
            actions.append(one)
    judged = {"number": len(changes.checks) + 1, "checked_by": event["actor"]}
    if data != {**data, **judged}:
        raise Illegal("it is not the check that comes next")
    if data["outcome"] == "effective" and data["recurrences"] is None:
        raise Illegal("nobody could tell whether the problem came back")
    done = [instant(one.facts["done_at"]) for one in actions if one.facts["done_at"] is not None]
    if any(one.is_open for one in actions) or not done or max(done) != instant(data["carried_out_at"]):
        raise Illegal("the plan was not carried out then")
    window = instant(data["window_ends_at"]) - max(done)
    if window <= timedelta():
        raise Illegal("it was not observed at all")
    # The window is as long as it is said to be since the ledger knows of the last action, too.
    known = max(one.recorded_at for one in actions if one.recorded_at is not None)
    begun = max(known - _SLACK, *done)
    if data["outcome"] == "effective" and instant(recorded(event, "checked_at")) < begun + window:
        raise Illegal("it was still observed")
    changes.checks.append(data)
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


def _counted(recurrences: int | None) -> str:
    if recurrences is None:
        return "no count of notices since, as the plan's words had been erased"
    return f"{recurrences} notice{'' if recurrences == 1 else 's'} since by the server's count"


def _became(facts: Mapping[str, Any], closed_at: str) -> str:
    return "undecided" if facts["state"] == "requested" else f"{facts['state']} on {closed_at[:10]}"


def _is_ended(amendment: Amendment, promise: Promise) -> bool:
    """Say whether it is a time of what the amendment ended, from that day on. An extension does not change the day."""
    from_on = amendment.ended.get(promise.facts["number"])
    return from_on is not None and promise.facts["original_due_on"] >= from_on


def _is_action(promise: Promise, series: Mapping[str, Series]) -> bool:
    """Of what recurs without an end, the first time stands for all."""
    of = promise.facts["series"]
    if of is None or promise.facts["occurrence"] == 1 or series[of].ended_on is not None:
        return True
    return any(f"{name}=" in series[of].facts["rule"] for name in ("COUNT", "UNTIL"))
