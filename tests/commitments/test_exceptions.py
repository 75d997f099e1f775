"""A series leaves out the days that it is told to: RFC 5545, EXDATE, as local days."""

import json
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from fastapi import FastAPI

from app.cli import planfiles
from app.commitments import horizon
from app.commitments.schedule import NotADay, further, occurrences
from app.core import db
from tests.client import Client
from tests.conftest import NOW, Tenant
from tests.given import Given

UTC = ZoneInfo("UTC")
FRIDAYS = {"due_on": "2026-03-06", "recurrence": "FREQ=WEEKLY;BYDAY=FR"}


def days(rule: str, first: str, *except_on: str, until: str = "2027-04-06") -> list[str]:
    excepted = [date.fromisoformat(day) for day in except_on]
    found = occurrences(rule, date.fromisoformat(first), until=date.fromisoformat(until), zone=UTC, except_on=excepted)
    return [day.isoformat() for day in found]


def due_days(api: Client) -> list[str]:
    return [one["due_on"] for one in api.get("/v1/commitments", params={"limit": 200}).json()["data"]]


def test_an_excepted_day_is_left_out_and_counted() -> None:
    assert days("FREQ=DAILY;COUNT=3", "2026-12-24", "2026-12-25") == ["2026-12-24", "2026-12-26"]
    assert days("FREQ=DAILY;UNTIL=20261226", "2026-12-24", "2026-12-24") == ["2026-12-25", "2026-12-26"]
    assert days("FREQ=DAILY", "2026-12-24", "2026-12-25", until="2026-12-27") == ["2026-12-24", "2026-12-26"]


def test_a_day_far_ahead_is_excepted_when_its_time_comes() -> None:
    rule, first, excepted = "FREQ=WEEKLY", date(2026, 3, 6), [date(2029, 3, 2)]

    opened = occurrences(rule, first, until=date(2027, 4, 10), zone=UTC, except_on=excepted)
    later = further(rule, first, after=date(2029, 2, 20), until=date(2029, 3, 17), except_on=excepted)

    assert len(opened) == 58
    assert later == [date(2029, 2, 23), date(2029, 3, 9), date(2029, 3, 16)]


@pytest.mark.parametrize(
    ("rule", "except_on", "why"),
    [
        ("FREQ=WEEKLY;COUNT=3", ["2026-03-10"], "2026-03-10 is no day of this recurrence"),
        ("FREQ=WEEKLY;COUNT=3", ["2026-03-13", "2026-03-27"], "2026-03-27 is no day of this recurrence"),
        ("FREQ=WEEKLY;UNTIL=20260320", ["2026-03-27"], "2026-03-27 is no day of this recurrence"),
        ("FREQ=WEEKLY", ["2026-02-27"], "2026-02-27 is no day of this recurrence"),
        ("FREQ=WEEKLY", ["2030-03-02"], "2030-03-02 is no day of this recurrence"),
        ("FREQ=WEEKLY", ["2046-03-16"], "2046-03-16 lies more than 20 years ahead"),
    ],
)
def test_a_day_that_the_rule_does_not_name_is_refused(rule: str, except_on: list[str], why: str) -> None:
    with pytest.raises(NotADay, match=why):
        days(rule, "2026-03-06", *except_on)


@pytest.mark.parametrize(
    ("rule", "except_on"),
    [
        ("FREQ=WEEKLY;COUNT=2", ["2026-03-06", "2026-03-13"]),
        ("FREQ=YEARLY;INTERVAL=11", ["2026-03-06", "2037-03-06"]),
    ],
)
def test_a_series_of_which_nothing_is_left_is_refused(rule: str, except_on: list[str]) -> None:
    with pytest.raises(ValueError, match="this recurrence is excepted on every day of it"):
        days(rule, "2026-03-06", *except_on)


def test_nothing_is_due_on_an_excepted_day(api: Client, given: Given) -> None:
    plan = given.plan(
        given.promise(**FRIDAYS | {"recurrence": "FREQ=WEEKLY;COUNT=4"}, except_on=["2026-03-20", "2026-03-13"])
    )

    assert plan["commitments"][0]["except_on"] == ["2026-03-13", "2026-03-20"]
    assert due_days(api) == ["2026-03-06", "2026-03-27"]
    assert api.get("/v1/commitments/POA-1.1.2").json()["due_on"] == "2026-03-27"


def test_nor_when_the_series_is_extended(api: Client, given: Given, app: FastAPI, tenant: Tenant) -> None:
    given.plan(given.promise(**FRIDAYS, except_on=["2027-12-24", "2027-12-31"]))

    horizon.keep(app.state.engine, UUID(tenant.workspace_id), at=datetime.fromisoformat("2027-02-01T00:00:00Z"))

    around = [day for day in due_days(api) if "2027-12-10" <= day < "2028-01-10"]
    assert around == ["2027-12-10", "2027-12-17", "2028-01-07"]


def test_a_day_given_twice_is_excepted_once(given: Given) -> None:
    draft = given.draft(given.promise(**FRIDAYS, except_on=["2026-03-13", "2026-03-13"]))

    assert draft["commitments"][0]["except_on"] == ["2026-03-13"]


@pytest.mark.parametrize(
    ("promise", "pointer", "detail"),
    [
        (
            {"due_on": "2026-03-06", "except_on": ["2026-03-06"]},
            "/body/commitments/0/except_on",
            "Only what recurs has days to except: give a recurrence.",
        ),
        (
            FRIDAYS | {"except_on": ["2026-03-07"]},
            "/body/commitments/0/except_on",
            "2026-03-07 is no day of this recurrence, so there is nothing to except.",
        ),
        (
            FRIDAYS | {"recurrence": "FREQ=WEEKLY;COUNT=1", "except_on": ["2026-03-06"]},
            "/body/commitments/0/recurrence",
            "this recurrence is excepted on every day of it.",
        ),
    ],
    ids=["no recurrence", "no such day", "nothing left"],
)
def test_a_plan_says_what_cannot_be_excepted(given: Given, promise: dict[str, Any], pointer: str, detail: str) -> None:
    refused = given.api.post(
        "/v1/plans",
        json={
            "title": "Late shipments",
            "commitments": [given.promise(**promise)],
            "approval": {"authority": "Amazon", "received_at": "2026-02-20T17:04:00Z"},
        },
    )

    assert refused.status_code in (409, 422), refused.text
    assert [(one["pointer"], one["detail"]) for one in refused.json()["errors"]] == [(pointer, detail)]


def test_what_was_written_before_there_were_exceptions_has_none(
    api: Client, given: Given, app: FastAPI, tenant: Tenant
) -> None:
    given.draft(given.promise(**FRIDAYS))
    with db.writing(app.state.engine, UUID(tenant.workspace_id)) as tx:
        (content,) = db.run(tx, "SELECT content FROM plan", {})[0]
        older = json.loads(content)
        del older["commitments"][0]["except_on"]
        db.run(tx, "UPDATE plan SET content = %(content)s", {"content": json.dumps(older).encode()})

    shown = api.get("/v1/plans/POA-1").json()["commitments"][0]["except_on"]
    given.submit("POA-1")
    approved = given.post(
        "/v1/plans/POA-1/decision",
        {"outcome": "approved", "authority": "Amazon", "received_at": "2026-03-01T00:00:00Z"},
    )

    assert shown == approved["commitments"][0]["except_on"] == []
    assert due_days(api)[0] == "2026-03-06"


def test_a_plan_in_a_file_may_have_exceptions(api: Client, given: Given, app: FastAPI, tenant: Tenant) -> None:
    plan = {
        "title": "Late shipments",
        "timezone": "UTC",
        "commitments": [given.promise(**FRIDAYS, except_on=["2026-03-13"])],
        "approval": {"authority": "Amazon", "received_at": "2026-02-20T17:04:00Z"},
    }

    fate = planfiles.record(
        app.state.engine, UUID(tenant.workspace_id), planfiles.Source(planfiles.Path("a.json"), plan), at=NOW
    )

    assert fate.done == "POA-1 approved: Late shipments"
    assert due_days(api)[:2] == ["2026-03-06", "2026-03-20"]
