"""Should the worker sleep, whoever looks first has what recurs opened: no read hides what nobody opened."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI

from app.commitments.horizon import Horizon
from app.core import db
from tests.client import Client
from tests.conftest import Tenant
from tests.given import Given

WEEKLY = {"due_on": "2026-03-06", "recurrence": "FREQ=WEEKLY"}
LATER = "2027-07-15T12:00:00Z"
"""500 days after the plan was recorded, 100 after its last occurrence that was opened then."""
MISSED = [(date(2026, 3, 6) + timedelta(weeks=n)).isoformat() for n in range(71)]


@pytest.fixture(autouse=True)
def horizon(app: FastAPI, tenant: Tenant) -> Horizon:
    """As of a process that has just started."""
    assert tenant
    app.state.horizon = Horizon()
    made: Horizon = app.state.horizon
    return made


def overdue_days(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [one["due_on"] for one in answer.json()["data"]]


def events(api: Client, kind: str) -> int:
    found, after = 0, -1
    while True:
        page = api.get("/v1/events", params={"limit": 200, "after": after}).json()
        found += sum(one["type"] == kind for one in page["data"])
        if not page["has_more"]:
            return found
        after = page["next_after"]


def test_every_missed_occurrence_is_overdue_although_no_worker_ran(api: Client, given: Given) -> None:
    given.plan(given.promise(**WEEKLY))

    answer = api.at(LATER).get("/v1/overdue", params={"limit": 200})

    assert overdue_days(answer) == MISSED
    assert answer.json()["next_change_at"] == "2027-07-17T07:00:00Z"


def test_the_etag_is_that_of_what_was_opened(api: Client, given: Given) -> None:
    given.plan(given.promise(**WEEKLY))

    first = api.at(LATER).get("/v1/overdue")
    second = api.get("/v1/overdue", headers={"If-None-Match": first.headers["ETag"]})

    assert (first.status_code, second.status_code) == (200, 304)


def test_an_etag_from_before_is_not_the_current_one(api: Client, given: Given) -> None:
    given.plan(given.promise(**WEEKLY))
    before = api.at("2027-04-10T12:00:00Z").get("/v1/overdue").headers["ETag"]

    after = api.at(LATER).get("/v1/overdue", headers={"If-None-Match": before})

    assert after.status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/v1/overdue/summary", "/v1/overdue.csv", "/v1/attention", "/v1/commitments?state=open&limit=200", "/v1/due-soon"],
)
def test_whatever_counts_has_it_opened_first(api: Client, given: Given, path: str) -> None:
    given.plan(given.promise(**WEEKLY))

    answer = api.at(LATER).get(path)

    assert answer.status_code == 200
    assert api.get("/v1/overdue/summary").json()["all"]["overdue"] == len(MISSED)
    assert str(len(MISSED)) in answer.text if path == "/v1/overdue/summary" else answer.text


@pytest.mark.parametrize("how", ["a read", "a write"])
def test_an_occurrence_that_nobody_opened_can_be_named(api: Client, given: Given, how: str) -> None:
    given.plan(given.promise(**WEEKLY))

    api.at(LATER)
    named = api.get("/v1/commitments/POA-1.1.71") if how == "a read" else api.post("/v1/commitments/POA-1.1.71/start")

    assert named.status_code == 200
    assert named.json()["due_on"] == MISSED[-1]


def test_two_readers_at_once_open_each_occurrence_once(api: Client, given: Given, app: FastAPI, tenant: Tenant) -> None:
    given.plan(given.promise(**WEEKLY), given.promise(**WEEKLY | {"recurrence": "FREQ=DAILY"}))
    api.at(LATER)

    with ThreadPoolExecutor(6) as pool:
        answers = [*pool.map(lambda _: api.get("/v1/overdue", params={"limit": 200}), range(6))]

    assert [one.status_code for one in answers] == [200] * 6
    assert len({one.headers["ETag"] for one in answers}) == 1
    with db.reading(app.state.engine, UUID(tenant.workspace_id)) as read:
        counted = db.run(
            read,
            "SELECT s.opened, count(*) AS rows, count(DISTINCT c.due_on) AS days FROM series s "
            "JOIN commitment c ON c.series_id = s.id GROUP BY s.id, s.opened",
            {},
        )
    assert all(one.opened == one.rows == one.days for one in counted)
    # The daily one in two steps, of 400 at most.
    assert events(api, "series.extended") == 3


def test_of_a_daily_one_many_years_are_opened_at_once(api: Client, given: Given) -> None:
    given.plan(given.promise(due_on="2026-03-06", recurrence="FREQ=DAILY;INTERVAL=2"))

    summary = api.at("2031-03-06T12:00:00Z").get("/v1/overdue/summary").json()

    assert summary["all"]["overdue"] == (date(2031, 3, 6) - date(2026, 3, 6)).days // 2
    assert summary["all"]["not_yet_due"] >= 150


def test_within_a_day_nobody_looks_again(api: Client, given: Given, horizon: Horizon, tenant: Tenant) -> None:
    workspace = UUID(tenant.workspace_id)
    given.plan(given.promise(**WEEKLY))
    api.at(LATER).get("/v1/overdue")

    assert horizon.is_kept(workspace, at=datetime.fromisoformat("2027-07-16T11:59:59Z"))
    assert not horizon.is_kept(workspace, at=datetime.fromisoformat("2027-07-16T12:00:00Z"))


def test_nothing_is_opened_for_a_key_that_is_not_valid(
    api: Client, given: Given, app: FastAPI, tenant: Tenant, horizon: Horizon
) -> None:
    given.plan(given.promise(**WEEKLY))
    app.state.horizon = horizon = Horizon()
    forged = api.at(LATER).with_key(tenant.key[:-6] + "AAAAAA")

    refused = [forged.get(path).status_code for path in ("/v1/overdue", "/v1/overdue.csv", "/v1/plans/POA-1")]

    assert refused == [401] * 3
    assert not horizon.is_kept(UUID(tenant.workspace_id), at=datetime.fromisoformat(LATER))


def test_a_failure_is_logged_and_fails_no_read(
    api: Client,
    given: Given,
    app: FastAPI,
    tenant: Tenant,
    horizon: Horizon,
    caplog: pytest.LogCaptureFixture,
) -> None:
    given.plan(given.promise(**WEEKLY))

    # Polls have connections of their own; where writes go, nobody answers.
    engine, app.state.engine = app.state.engine, db.make_engine("postgresql://nobody@127.0.0.1:1/nothing")
    try:
        answer = api.at(LATER).get("/v1/overdue", params={"limit": 200})
    finally:
        app.state.engine = engine

    assert overdue_days(answer) == MISSED[:56]
    assert "were not opened ahead" in caplog.text
    assert horizon.is_kept(UUID(tenant.workspace_id), at=datetime.fromisoformat("2027-07-15T12:00:59Z"))
    assert overdue_days(api.at("2027-07-15T12:01:00Z").get("/v1/overdue", params={"limit": 200})) == MISSED


def test_a_series_that_ends_far_ahead_is_opened_until_then(api: Client, given: Given) -> None:
    given.plan(given.promise(**WEEKLY))
    ends = [{"number": 1, "from_on": "2027-07-02", "why": "The line is sold by then."}]
    asked = Given(given.client_of("ada")).post("/v1/plans/POA-1/amendments", {"ends": ends})
    Given(given.client_of("bo")).post(
        f"/v1/amendments/{asked['id']}/decision", {"outcome": "granted", "reason": "Agreed."}
    )

    answer = api.at(LATER).get("/v1/overdue", params={"limit": 200})

    assert overdue_days(answer) == [day for day in MISSED if day < "2027-07-02"]


def test_what_an_amendment_adds_leaves_days_out(api: Client, given: Given) -> None:
    given.plan(given.promise(due_on="2026-03-02"))
    added = given.promise(**WEEKLY | {"recurrence": "FREQ=WEEKLY;COUNT=3"}, except_on=["2026-03-13"], why="More.")
    asked = Given(given.client_of("ada")).post("/v1/plans/POA-1/amendments", {"commitments": [added]})

    Given(given.client_of("bo")).post(
        f"/v1/amendments/{asked['id']}/decision", {"outcome": "granted", "reason": "Agreed."}
    )

    assert asked["commitments"][0]["except_on"] == ["2026-03-13"]
    listed = api.get("/v1/commitments", params={"limit": 200}).json()["data"]
    assert [one["due_on"] for one in listed if one["reference"] != "POA-1.1"] == ["2026-03-06", "2026-03-20"]
