"""A plan lives in a zone that Python and PostgreSQL both know, and agree about."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg
import pytest

from app.core.fields import _ZONES
from tests.client import Client
from tests.given import Given

DAYS = [datetime(2025, 1, 1, 12, tzinfo=UTC) + timedelta(days=7 * week) for week in range(52)]


@pytest.mark.both_versions
def test_the_database_knows_every_zone_that_a_plan_may_have(owner: psycopg.Connection[tuple[object, ...]]) -> None:
    query = "SELECT array_agg(day AT TIME ZONE %s ORDER BY day) FROM unnest(%s::timestamptz[]) AS day"

    differing = []
    for name in sorted(_ZONES):
        (found,) = owner.execute(query, (name, DAYS)).fetchone() or (None,)
        if found != [day.astimezone(ZoneInfo(name)).replace(tzinfo=None) for day in DAYS]:
            differing.append(name)

    assert differing == []


@pytest.mark.parametrize("zone", ["CET", "EET", "localtime", "Factory", "Mars/Olympus", "europe/berlin", "+01:00", ""])
def test_what_is_no_place_is_no_zone(api: Client, given: Given, zone: str) -> None:
    given.draft()

    answer = api.patch("/v1/plans/POA-1", json={"timezone": zone})

    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json()["errors"]] == ["/body/timezone"]


def test_the_zone_of_an_approved_plan_stays_whatever_the_workspace_and_the_caller_say(
    api: Client, given: Given
) -> None:
    approved = given.plan(zone="America/Los_Angeles")
    promised = api.get("/v1/commitments/POA-1.1").json()

    refused = api.patch("/v1/plans/POA-1", json={"timezone": "Asia/Tokyo"})
    api.patch("/v1/workspace", json={"timezone": "Asia/Tokyo"})

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/plan-cannot-move")
    assert api.get("/v1/plans/POA-1").json() == approved
    assert api.get("/v1/commitments/POA-1.1").json() == promised
    assert (promised["timezone"], promised["due_at"]) == ("America/Los_Angeles", "2026-04-02T07:00:00Z")
    # Asked for from Tokyo, where the 2nd is long begun.
    assert api.overdue(as_of="2026-04-02T15:59:59+09:00") == []
    assert api.overdue(as_of="2026-04-02T16:00:00+09:00") == ["POA-1.1"]
