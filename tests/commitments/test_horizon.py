"""A recurring commitment without an end is opened further ahead in time."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import psycopg
import pytest
from fastapi import FastAPI

from app.commitments import horizon, operations, queries, schedule
from app.core import db
from tests.client import Client
from tests.conftest import Tenant
from tests.given import Given

WEEKLY = {"due_on": "2026-03-06", "recurrence": "FREQ=WEEKLY;BYDAY=FR"}


def listed(api: Client) -> list[dict[str, Any]]:
    """Return all commitments, every page."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = api.get("/v1/commitments", params={"limit": 200, **cursor}).json()
        found += page["data"]
        if not page["has_more"]:
            return found
        cursor = {"cursor": page["next_cursor"]}


def events(api: Client, type_: str) -> list[dict[str, Any]]:
    """Return what the events of that type say."""
    page = api.get("/v1/events", params={"limit": 200}).json()["data"]
    return [json.loads(one["text"]) for one in page if one["type"] == type_]


def extend(app: FastAPI, tenant: Tenant, at: str) -> int:
    """Extend what is to be extended in the tenant's workspace."""
    instant, workspace = datetime.fromisoformat(at), UUID(tenant.workspace_id)
    with db.writing(app.state.engine, workspace) as tx:
        ending = queries.series_to_extend(tx, before=instant.date() + schedule.AHEAD)
        return sum(operations.extend(tx, one.id, at=instant) for one in ending)


def test_a_series_without_an_end_is_extended_when_300_days_are_left(
    api: Client, given: Given, app: FastAPI, tenant: Tenant
) -> None:
    given.plan(given.promise(**WEEKLY))
    before = listed(api)

    opened = extend(app, tenant, "2026-06-10T00:00:00Z")

    after = listed(api)
    assert opened == len(after) - len(before) > 0
    assert after[: len(before)] == before
    days = [datetime.fromisoformat(one["due_on"]) for one in after]
    assert all(later - earlier == timedelta(days=7) for earlier, later in pairwise(days))
    assert after[-1]["due_on"] == "2027-07-09"
    assert [one["reference"] for one in after[-2:]] == [f"POA-1.1.{len(after) - 1}", f"POA-1.1.{len(after)}"]


@pytest.mark.parametrize(
    ("promise", "at"),
    [
        (WEEKLY, "2026-03-05T00:00:00Z"),
        (WEEKLY | {"recurrence": "FREQ=WEEKLY;COUNT=3"}, "2026-06-10T00:00:00Z"),
        (WEEKLY | {"recurrence": "FREQ=WEEKLY;UNTIL=20260401"}, "2026-06-10T00:00:00Z"),
        ({"due_on": "2026-04-01"}, "2026-06-10T00:00:00Z"),
    ],
    ids=["enough lies ahead", "a count", "an until", "no recurrence"],
)
def test_nothing_else_is_extended(given: Given, app: FastAPI, tenant: Tenant, promise: dict[str, str], at: str) -> None:
    given.plan(given.promise(**promise))

    opened = extend(app, tenant, at)

    assert opened == 0


def test_a_deadline_at_an_instant_keeps_its_local_time(api: Client, given: Given, app: FastAPI, tenant: Tenant) -> None:
    rule = {"due_at": "2026-03-06T17:00:00-08:00", "recurrence": "FREQ=WEEKLY"}
    given.plan(given.promise(**rule))

    extend(app, tenant, "2027-01-10T00:00:00Z")

    dues = {one["due_on"]: one["due_at"] for one in listed(api)}
    assert dues["2027-12-03"] == "2027-12-04T01:00:00Z"
    assert dues["2027-07-02"] == "2027-07-03T00:00:00Z"


def test_the_ledger_says_that_it_was_extended(api: Client, given: Given, app: FastAPI, tenant: Tenant) -> None:
    given.plan(given.promise(**WEEKLY))
    count = len(listed(api))

    opened = extend(app, tenant, "2026-06-10T00:00:00Z")

    (extended,) = events(api, "series.extended")
    assert extended["data"]["opened"] == count + opened
    assert extended["actor"] == tenant.workspace_id
    assert len(events(api, "commitment.opened")) == count + opened


def test_two_workers_extend_it_once(api: Client, given: Given, app: FastAPI, tenant: Tenant) -> None:
    given.plan(given.promise(**WEEKLY))
    at = datetime.fromisoformat("2026-06-10T00:00:00Z")

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(horizon.keep, app.state.engine, UUID(tenant.workspace_id), at=at) for _ in range(4)]:
            done.result()

    assert len(events(api, "series.extended")) == 1
    references = [one["reference"] for one in listed(api)]
    assert len(references) == len(set(references))


def test_a_worker_that_slept_for_years_catches_up(api: Client, given: Given, app: FastAPI, tenant: Tenant) -> None:
    given.plan(given.promise(due_on="2026-03-06", recurrence="FREQ=DAILY;INTERVAL=2"))

    steps = [extend(app, tenant, "2030-06-10T00:00:00Z") for _ in range(4)]

    assert steps[0] == schedule.MAX_OCCURRENCES
    assert steps[-1] == 0
    assert listed(api)[-1]["due_on"] > "2031-07-01"


def test_what_is_far_ahead_is_not_opened_early(given: Given, app: FastAPI, tenant: Tenant) -> None:
    given.plan(given.promise(due_on="2026-03-06", recurrence="FREQ=YEARLY;INTERVAL=2"))

    steps = [extend(app, tenant, at) for at in ("2026-12-01T00:00:00Z", "2027-03-01T00:00:00Z")]

    assert steps == [0, 1]


def test_a_series_that_begins_far_ahead_is_opened_from_where_it_begins(api: Client, given: Given) -> None:
    given.plan(given.promise(due_on="2029-03-02", recurrence="FREQ=MONTHLY"))

    days = [one["due_on"] for one in listed(api)]

    assert days[:2] == ["2029-03-02", "2029-04-02"]
    assert days[-1] == "2029-12-02"


def test_a_series_that_cannot_be_opened_ahead_keeps_no_other_from_it(
    api: Client, given: Given, app: FastAPI, tenant: Tenant, owner: psycopg.Connection[tuple[object, ...]]
) -> None:
    given.plan(given.promise(**WEEKLY), given.promise(**WEEKLY))
    workspace, at = UUID(tenant.workspace_id), datetime.fromisoformat("2026-06-10T00:00:00Z")
    broken = "UPDATE series SET timezone = 'Nowhere/AtAll' WHERE workspace_id = %s AND number = 1"
    owner.execute(broken, [workspace])
    owner.commit()

    with pytest.raises(ExceptionGroup, match="not opened ahead"):
        horizon.keep(app.state.engine, workspace, at=at)

    assert len(events(api, "series.extended")) == 1
