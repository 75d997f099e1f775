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
