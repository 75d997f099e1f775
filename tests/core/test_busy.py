"""Who waits too long for somebody else is told to try again."""

import psycopg
import pytest

from tests.client import Client
from tests.given import Given

pytestmark = pytest.mark.slow


def test_what_somebody_else_holds_for_long_is_refused_and_can_be_sent_again(
    api: Client, given: Given, owner: psycopg.Connection[tuple[object, ...]]
) -> None:
    given.draft()
    owner.execute("SELECT FROM plan WHERE workspace_id = %s FOR UPDATE", [api.get("/v1/workspace").json()["id"]])

    busy = api.patch("/v1/plans/POA-1", json={"title": "Better"})
    owner.rollback()
    done = api.patch("/v1/plans/POA-1", json={"title": "Better"})

    assert (busy.status_code, busy.json()["type"]) == (409, "/problems/conflict")
    assert (busy.headers["retry-after"], done.status_code) == ("1", 200)
