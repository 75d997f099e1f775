"""Plans as people write them, recorded as they are, and what is overdue of them to the last occurrence.

The expected lists are there twice: worked out by hand, and by a small program below that knows nothing of the
application: it looks at every day and at every quarter of an hour.
"""

import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.client import Client
from tests.given import Given

HERE = Path(__file__).parent
SHARED = Path(os.environ.get("FOLLOWTHROUGH_SHARED", HERE.parents[1] / "shared")) / "data" / "plans"
DAY = timedelta(days=1)


def numbered(prefix: str, last: int, first: int = 1) -> list[str]:
    return [f"{prefix}.{number}" for number in range(first, last + 1)]


# The instants that the days below end at: 08:00 UTC in Los Angeles, 23:00 in Berlin in winter, 11:00 in Auckland in
# summer. The daily check of POA-2 began on 26 October, so its 29th time was due on 23 November.
ON_NOVEMBER_24 = [
    "POA-1.3",
    *("POA-2.1", "POA-2.2", "POA-2.3", *numbered("POA-2.4", 29), "POA-2.5.1"),
    *("POA-3.1", "POA-3.2", "POA-3.3", "POA-3.4.1", "POA-3.4.2"),
]
# POA-1.4 (14 days after 20 November) and the first Friday of POA-1.5 are both over at this very instant.
ON_DECEMBER_5 = [*ON_NOVEMBER_24, "POA-1.1", "POA-1.2", "POA-1.4", "POA-1.5.1", "POA-2.4.30", "POA-3.4.3"]
# 13 Fridays to 26 February; the 31st of December and of January; the last Wednesdays of December to February.
ON_MARCH_1 = [
    *(*ON_DECEMBER_5, "POA-1.6", *numbered("POA-1.5", 13, first=2)),
    *("POA-2.5.2", "POA-2.5.3", "POA-3.4.4", "POA-3.4.5", "POA-3.4.6"),
]
RECORDED_TOGETHER = {
    "2026-10-25T00:30:00Z": [],
    "2026-11-22T11:59:59Z": [],
    "2026-11-24T01:00:00Z": ON_NOVEMBER_24,
    "2026-12-05T08:00:00Z": ON_DECEMBER_5,
    "2027-03-01T12:00:00Z": ON_MARCH_1,
}
# 24 October, 22:30 UTC, is the 25th in Berlin: POA-2.1 has passed, and POA-2.2 has the longest day of the year.
RECORDED_WHEN_APPROVED = RECORDED_TOGETHER | {
    "2026-09-26T10:59:59Z": [],
    "2026-09-27T11:00:00Z": ["POA-3.1", "POA-3.2"],
    "2026-10-25T00:30:00Z": ["POA-2.1", "POA-3.1", "POA-3.2", "POA-3.4.1"],
    "2026-10-25T22:59:59Z": ["POA-2.1", "POA-3.1", "POA-3.2", "POA-3.4.1"],
    "2026-10-25T23:00:00Z": ["POA-2.1", "POA-2.2", "POA-3.1", "POA-3.2", "POA-3.4.1"],
}
del RECORDED_WHEN_APPROVED["2026-11-22T11:59:59Z"]

# Santiago goes from 24:00 on 5 September (04:00 UTC) to 01:00 on the 6th.
_BEFORE = ["POA-1.7.1", "POA-1.4", "POA-1.5.1", "POA-1.6.1", "POA-1.8.1", "POA-1.8.2", "POA-1.2"]
_AFTER = [*_BEFORE, "POA-1.1"]
_SOON_AFTER = [*_AFTER, "POA-1.8.3", "POA-1.5.2", "POA-1.8.4", "POA-1.3"]
AWKWARD = {
    "2026-08-25T03:30:00Z": [],
    "2026-09-06T03:59:58Z": _BEFORE[:-1],
    "2026-09-06T03:59:59Z": _BEFORE,
    "2026-09-06T04:00:00Z": _AFTER,
    "2026-09-08T02:59:59Z": _SOON_AFTER[:-1],
    "2026-09-08T03:00:00Z": _SOON_AFTER,
    "2027-01-01T03:00:00Z": [
        *(*_SOON_AFTER, "POA-1.5.3", "POA-1.5.4"),
        *("POA-1.7.2", "POA-1.7.3", "POA-1.6.2", "POA-1.7.4", "POA-1.6.3"),
    ],
}


# The other program. Of RFC 5545 it knows what these plans use.

_IS_NAMED: dict[str, Callable[[date, date], bool]] = {
    "FREQ=DAILY": lambda _, __: True,
    "FREQ=WEEKLY;BYDAY=FR": lambda day, _: day.strftime("%a") == "Fri",
    "FREQ=WEEKLY;BYDAY=SU": lambda day, _: day.strftime("%a") == "Sun",
    "FREQ=MONTHLY;BYMONTHDAY=31": lambda day, _: day.day == 31,
    "FREQ=MONTHLY;BYDAY=-1WE": lambda day, _: day.strftime("%a") == "Wed" and (day + 7 * DAY).month != day.month,
    "FREQ=YEARLY": lambda day, first: (day.month, day.day) == (first.month, first.day),
}


def named_days(rule: str, first: date) -> list[date]:
    """Look at each day from the first on, until the rule has had enough."""
    what, _, end = rule.rpartition(";")
    limit, value = end.split("=")
    found, day = [], first
    while len(found) < int(value) if limit == "COUNT" else day.strftime("%Y%m%d") <= value:
        if _IS_NAMED[what](day, first):
            found.append(day)
        day += DAY
    return found


def over_at(day: date, zone: ZoneInfo) -> datetime:
    """Wait, a quarter of an hour at a time, until it is another day there."""
    instant = datetime(day.year, day.month, day.day, tzinfo=UTC) - DAY
    while instant.astimezone(zone).date() <= day:
        instant += timedelta(minutes=15)
    return instant


def at_the_same_clock(day: date, first: datetime, zone: ZoneInfo) -> datetime:
    """Find the instant of that day at which a clock on the wall shows what it showed at the first one."""
    instant = datetime(day.year, day.month, day.day, tzinfo=UTC) - DAY
    shown = (day, first.astimezone(zone).time())
    while (instant.astimezone(zone).date(), instant.astimezone(zone).time()) != shown:
        instant += timedelta(minutes=15)
    return instant


def worked_out(plan: Any, reference: str) -> Iterator[tuple[datetime, date, str]]:
    """Yield the due instant, the due day and the reference of each commitment of a plan."""
    zone, approved = ZoneInfo(plan["timezone"]), datetime.fromisoformat(plan["approval"]["received_at"])
    for number, one in enumerate(plan["commitments"], 1):
        instant, day, name = None, None, f"{reference}.{number}"
        if "due_at" in one:
            instant = datetime.fromisoformat(one["due_at"])
        elif one.get("due_after_approval") == "PT72H":
            instant = approved.replace(microsecond=0) + timedelta(seconds=72 * 3600)
        elif one.get("due_after_approval") == "P14D":
            day = approved.astimezone(zone).date() + 14 * DAY
        else:
            day = date.fromisoformat(one["due_on"])
        first = day or instant.astimezone(zone).date()
        days = named_days(one["recurrence"], first) if "recurrence" in one else [first]
        for time, due_on in enumerate(days, 1):
            due_at = over_at(due_on, zone)
            if instant:
                due_at = at_the_same_clock(due_on, instant, zone) if len(days) > 1 else instant
            yield due_at, due_on, f"{name}.{time}" if len(days) > 1 else name


def expected(plans: list[Any], as_of: str) -> dict[str, int]:
    """Return what is overdue of plans that were recorded before, with its days, if nobody does anything."""
    at = datetime.fromisoformat(as_of)
    return {
        name: max(1, (at.astimezone(ZoneInfo(plan["timezone"])).date() - due_on).days)
        for number, plan in enumerate(plans, 1)
        for due_at, due_on, name in worked_out(plan, f"POA-{number}")
        if due_at <= at
    }


# The tests.


def read(path: Path) -> Any:
    return json.loads(path.read_bytes())


def record(api: Client, path: Path) -> None:
    """Post a file as it is, byte for byte."""
    answer = api.post("/v1/plans", content=path.read_bytes(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 201, answer.text


def days_overdue(api: Client, as_of: str) -> dict[str, int]:
    answer = api.get("/v1/overdue", params={"as_of": as_of, "limit": 200})
    assert answer.status_code == 200, answer.text
    found = answer.json()["data"]
    assert [one["due_at"] for one in found] == sorted(one["due_at"] for one in found)
    return {one["reference"]: one["days_overdue"] for one in found}


@pytest.fixture
def three(api: Client) -> list[Path]:
    """The three plans, and their owners in the workspace."""
    if not SHARED.is_dir():
        pytest.skip(f"no plans in {SHARED}: set FOLLOWTHROUGH_SHARED to the folder that holds data/plans")
    for member in read(SHARED / "members.json"):
        assert api.post("/v1/members", json=member).status_code == 201
    return sorted(SHARED.glob("[0-9]*.json"))


def test_three_plans_are_recorded_as_they_are(api: Client, three: list[Path]) -> None:
    api.at("2026-11-22T12:00:00Z")

    for path in three:
        record(api, path)

    listed = api.get("/v1/commitments", params={"limit": 200}).json()["data"]
    dues = {(one["reference"], datetime.fromisoformat(one["due_at"]), one["due_on"]) for one in listed}
    assert dues == {
        (name, due_at, due_on.isoformat())
        for number, path in enumerate(three, 1)
        for due_at, due_on, name in worked_out(read(path), f"POA-{number}")
    }
    assert len(listed) == 31 + 39 + 16


@pytest.mark.parametrize("as_of", RECORDED_TOGETHER)
def test_what_is_overdue_of_three_plans_recorded_together(api: Client, three: list[Path], as_of: str) -> None:
    api.at("2026-11-22T12:00:00Z")
    for path in three:
        record(api, path)

    found = days_overdue(api, as_of)

    assert sorted(found) == sorted(RECORDED_TOGETHER[as_of])
    # By recorded time, nothing was known before.
    assert found == (expected([read(path) for path in three], as_of) if as_of > "2026-11-22T12" else {})


@pytest.mark.parametrize("as_of", RECORDED_WHEN_APPROVED)
def test_what_is_overdue_of_three_plans_recorded_when_they_were_approved(
    api: Client, three: list[Path], as_of: str
) -> None:
    plans = [read(path) for path in three]
    for number in (3, 2, 1):
        record(api.at(plans[number - 1]["approval"]["received_at"]), three[number - 1])
    # The last was approved first. The references here are those of the tests above.
    name = {"POA-1": "POA-3", "POA-2": "POA-2", "POA-3": "POA-1"}

    found = {name[one[:5]] + one[5:]: days for one, days in days_overdue(api.at("2026-11-22T12:00:00Z"), as_of).items()}

    assert sorted(found) == sorted(RECORDED_WHEN_APPROVED[as_of])
    assert found == expected(plans, as_of)


@pytest.mark.parametrize("as_of", AWKWARD)
@pytest.mark.parametrize("asked_at", ["2026-08-25T03:30:00.75Z", "2027-06-01T00:00:00Z"], ids=["ahead", "afterwards"])
def test_what_is_overdue_of_an_awkward_plan(api: Client, given: Given, as_of: str, asked_at: str) -> None:
    path = HERE / "data" / "awkward-plan.json"
    for who in ("ada", "bo", "chidi"):
        given.member(who)
    record(api.at("2026-08-25T03:30:00.75Z"), path)

    found = days_overdue(api.at(asked_at), as_of)

    assert list(found) == AWKWARD[as_of]
    assert found == expected([read(path)], as_of)


def test_an_awkward_plan_comes_out_as_it_went_in(api: Client, given: Given) -> None:
    path = HERE / "data" / "awkward-plan.json"
    written = read(path)
    for who in ("ada", "bo", "chidi"):
        given.member(who)

    record(api.at("2026-08-25T03:30:00.75Z"), path)

    plan = api.get("/v1/plans/POA-1").json()
    assert (plan["title"], plan["items"], plan["root_causes"]) == (
        written["title"],
        written["items"],
        written["root_causes"],
    )
    assert [one["text"] for one in plan["commitments"]] == [one["text"] for one in written["commitments"]]
    listed = api.get("/v1/commitments", params={"limit": 200}).json()["data"]
    dues = {(datetime.fromisoformat(one["due_at"]), one["due_on"], one["reference"]) for one in listed}
    assert dues == {(due_at, due_on.isoformat(), name) for due_at, due_on, name in worked_out(written, "POA-1")}
    assert len(listed) == 21
