"""The commitments of a plan and the series they may come from, event by event: the replay's larger half."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from app.ledger import lateness
from app.ledger.lateness import instant

Event = Mapping[str, Any]

_OPEN = frozenset({"open", "in_progress"})
_UNTOUCHED = {
    "state": "open",
    "started_at": None,
    "done_at": None,
    "done_by": None,
    "performed_on": None,
    "days_late": None,
    "days_late_vs_original": None,
}


class Illegal(Exception):
    """The events cannot have happened as they say."""


@dataclass(slots=True)
class Series:
    """A promise to do something again and again."""

    facts: Mapping[str, Any]
    found: int = 0
    """How many of its occurrences were opened."""
    last: date = date.min
    """When the last of them is due."""
    events: list[int] = field(default_factory=list)
    """Numbers of the events about the series itself."""
    ended_on: date | None = None
    """The day from which on an amendment has ended it."""


@dataclass(slots=True)
class Promise:
    """A commitment as far as its events were played."""

    facts: Mapping[str, Any]
    opened: Event
    recorded_at: datetime | None = None
    """When the ledger took note that it is done. No event's time is before that of the event before it."""
    told: set[tuple[str, str]] = field(default_factory=set)
    rejections: int = 0
    """How often it was said to be done, and somebody who looked at it did not find it so."""

    @property
    def is_open(self) -> bool:
        return self.facts["state"] in _OPEN

    @property
    def number(self) -> str:
        """Its number in the plan, with that of its occurrence."""
        return ".".join(str(one) for one in (self.facts["number"], self.facts["occurrence"]) if one is not None)

    @property
    def due_at(self) -> datetime:
        return instant(self.facts["due_at"])

    def days_late(self, as_of: datetime) -> int:
        """Return by how many local days it was done late or, still open, has been late until *as_of*; 0: it is not.

        Judged by when the ledger took note, not by what the event says of it. What is waived is not late.
        """
        if self.facts["state"] == "waived":
            return 0
        return _days_late(self.facts, "", self.recorded_at or as_of)


def step_series(series: dict[str, Series], event: Event, *, may_open: bool, may_end: bool) -> None:
    """Take note of a series: that it has so many occurrences, whose events follow; another owner; or an end."""
    data, before = event["data"], series.get(event["subj"])
    if event["type"] == "series.opened":
        if before or not may_open:
            raise Illegal("only an approval binds, and each clause once")
        series[event["subj"]] = before = Series(data)
    elif before is None:
        raise Illegal("a series is extended as it was opened, or not at all")
    elif event["type"] == "series.ended":
        if not may_end or before.ended_on is not None or data != {**before.facts, "ended_on": data["ended_on"]}:
            raise Illegal("only an amendment ends a series, as it is, and once")
        before.ended_on = date.fromisoformat(data["ended_on"])
    elif event["type"] == "series.reassigned":
        if data != {**before.facts, "owner": data["owner"]} or data == before.facts:
            raise Illegal("it is another series, or had this owner before")
        before.facts = data
    else:
        if data != {**before.facts, "opened": data["opened"]}:
            raise Illegal("a series is extended as it was opened, or not at all")
        before.facts = data
    before.events.append(event["seq"])
    if event["type"] in {"series.opened", "series.extended"} and data["opened"] <= before.found:
        raise Illegal("it opens nothing")


def check_settled(series: Mapping[str, Series]) -> None:
    """Refuse if a series is said to have occurrences that are not there."""
    for one in series.values():
        if one.found != one.facts["opened"]:
            raise Illegal(f"clause {one.facts['number']} opened {one.facts['opened']} times, {one.found} are there")


def opened(event: Event, series: Mapping[str, Series], *, timezone: str) -> Promise:
    """Return the commitment that this event opens: nothing is done yet, and its due is its first."""
    data = event["data"]
    first = {"timezone": timezone, "original_due_on": data["due_on"], "original_due_at": data["due_at"]}
    if data != {**data, **_UNTOUCHED, **first} or data["number"] < 1:
        raise Illegal("what begins has not been touched, and its due is its first")
    if (data["series"] is None) != (data["occurrence"] is None):
        raise Illegal("an occurrence is of a series")
    whole_day = False
    if data["series"] is not None:
        whole_day = _count_in(series.get(data["series"]), data)
    where, due_on, due_at = lateness.zone(timezone), date.fromisoformat(data["due_on"]), instant(data["due_at"])
    if due_at != lateness.end_of(due_on, where) and (whole_day or due_at.astimezone(where).date() != due_on):
        raise Illegal("its due is not on its day")
    return Promise(data, event)


def _count_in(one: Series | None, data: Mapping[str, Any]) -> bool:
    """Take note of the next occurrence of a series; say whether it has the whole day."""
    if one is None or one.found >= one.facts["opened"] or data["occurrence"] != one.found + 1:
        raise Illegal("it is not the occurrence that comes next")
    if any(data[name] != one.facts[name] for name in ("number", "kind", "owner")):
        raise Illegal("it is not what the series says")
    due_on = date.fromisoformat(data["due_on"])
    if due_on < date.fromisoformat(one.facts["starts_on"]) or due_on <= one.last:
        raise Illegal("occurrences come one after the other")
    if one.ended_on is not None and due_on >= one.ended_on:
        raise Illegal("the series has ended")
    one.found, one.last = one.found + 1, due_on
    return one.facts["starts_at"] is None


def step(promise: Promise, event: Event) -> None:
    """Play an event of a commitment that was opened before."""
    kind = event["type"].removeprefix("commitment.")
    if promise.facts["state"] not in _FROM.get(kind, _OPEN):
        raise Illegal(f"a commitment that is {promise.facts['state']} cannot be {kind.replace('_', ' ')}")
    data = event["data"]
    changes = _CHANGES[kind](promise, event)
    if data != {**promise.facts, **changes}:
        raise Illegal("it says of the commitment what nobody did, or what does not follow")
    promise.facts = data


def _started(_: Promise, event: Event) -> dict[str, Any]:
    return {"state": "in_progress", "started_at": recorded(event, "started_at")}


def _paused(_: Promise, __: Event) -> dict[str, Any]:
    return {"state": "open"}


def _completed(promise: Promise, event: Event) -> dict[str, Any]:
    data, facts = event["data"], promise.facts
    done_at = recorded(event, "done_at")
    if data["performed_on"] is None or date.fromisoformat(data["performed_on"]) > _local_day(
        facts, instant(done_at)
    ) + timedelta(days=1):
        raise Illegal("it was performed on no day, or on one that had not come")
    promise.recorded_at = instant(event["at"])
    return {
        "state": "done",
        "done_at": done_at,
        "done_by": event["actor"],
        "performed_on": data["performed_on"],
        "days_late": _days_late(facts, "", instant(done_at)),
        "days_late_vs_original": _days_late(facts, "original_", instant(done_at)),
    }


def _verified(_: Promise, __: Event) -> dict[str, Any]:
    return {"state": "verified"}


def _rejected(promise: Promise, _: Event) -> dict[str, Any]:
    promise.recorded_at = None
    promise.rejections += 1
    return {name: value for name, value in _UNTOUCHED.items() if name != "started_at"}


def _extended(_: Promise, event: Event) -> dict[str, Any]:
    return {name: event["data"][name] for name in ("due_on", "due_at")}


def _waived(_: Promise, __: Event) -> dict[str, Any]:
    return {"state": "waived"}


def _reassigned(promise: Promise, event: Event) -> dict[str, Any]:
    if event["data"]["owner"] == promise.facts["owner"]:
        raise Illegal("it had this owner before")
    return {"owner": event["data"]["owner"]}


def _announced(promise: Promise, event: Event) -> dict[str, Any]:
    told = (event["type"], promise.facts["due_at"])
    if event["actor"] != event["ws"] or told in promise.told:
        raise Illegal("time itself says so, and once")
    if event["type"] == "commitment.overdue" and instant(event["at"]) < promise.due_at:
        raise Illegal("it was not due yet")
    promise.told.add(told)
    return {}


_CHANGES = {
    "started": _started,
    "paused": _paused,
    "completed": _completed,
    "verified": _verified,
    "rejected": _rejected,
    "extended": _extended,
    "waived": _waived,
    "reassigned": _reassigned,
    "due_soon": _announced,
    "overdue": _announced,
}


_FROM = {
    "started": frozenset({"open"}),
    "paused": frozenset({"in_progress"}),
    **dict.fromkeys(("verified", "rejected"), frozenset({"done"})),
}
"""The states in which something can be done that needs another than an open one."""


def recorded(event: Event, name: str) -> str:
    """Return when it says it happened, which is not after the ledger took note."""
    said: str | None = event["data"][name]
    if said is None or instant(said) > instant(event["at"]):
        raise Illegal("it happened at no time, or later than it was recorded")
    return said


def _days_late(facts: Mapping[str, Any], which: str, done_at: datetime) -> int:
    due_on, due_at = date.fromisoformat(facts[f"{which}due_on"]), instant(facts[f"{which}due_at"])
    return lateness.days_late(due_on, due_at, done_at, lateness.zone(facts["timezone"]))


def _local_day(facts: Mapping[str, Any], at: datetime) -> date:
    return at.astimezone(UTC).astimezone(lateness.zone(facts["timezone"])).date()
