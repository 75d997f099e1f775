"""A member who leaves hands over: somebody active is accountable for what is open at every instant."""

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from httpx2 import Response

from app.commitments import operations, queries, schedule
from app.core import db
from tests.changes.given import events, faults, refusal
from tests.client import Client
from tests.conftest import Tenant
from tests.given import Given

WEEKLY = {"due_on": "2026-03-06", "recurrence": "FREQ=WEEKLY;BYDAY=FR"}
STILL = "owns what is still open."


def change(api: Client, given: Given, who: str, **body: Any) -> Response:
    return api.patch(f"/v1/members/{given.member(who)['id']}", json=body)


def owners(api: Client, state: str = "open") -> dict[str, int]:
    """Return how many commitments each member owns, by name."""
    listed = api.get("/v1/commitments", params={"state": state, "limit": 200}).json()["data"]
    names = [one["owner"]["name"] for one in listed]
    return {name: names.count(name) for name in names}


def extend(app: FastAPI, tenant: Tenant, at: str) -> int:
    instant = datetime.fromisoformat(at)
    with db.writing(app.state.engine, UUID(tenant.workspace_id)) as tx:
        ending = queries.series_to_extend(tx, before=instant.date() + schedule.AHEAD)
        return sum(operations.extend(tx, one.id, at=instant) for one in ending)


@pytest.mark.parametrize("promise", [{}, WEEKLY], ids=["one", "without an end"])
def test_who_is_accountable_does_not_leave(api: Client, given: Given, promise: dict[str, str]) -> None:
    given.plan(given.promise(owner="chidi", **promise))

    refused = change(api, given, "chidi", active=False)

    assert refusal(refused) == (409, "still-accountable", f"Chidi Park {STILL}")
    assert api.get(f"/v1/members/{given.member('chidi')['id']}").json()["active"]


def test_work_in_progress_is_open_too(api: Client, given: Given) -> None:
    given.commitment(owner="chidi")
    api.post("/v1/commitments/POA-1.1/start")

    assert change(api, given, "chidi", active=False).status_code == 409


def test_what_recurs_without_an_end_is_owned_although_no_time_of_it_is(api: Client, given: Given) -> None:
    given.plan(given.promise(owner="chidi", due_on="2026-03-06", recurrence="FREQ=YEARLY;INTERVAL=2"))
    given.member("ada")
    given.done("POA-1.1.1")

    assert refusal(change(api, given, "chidi", active=False))[:2] == (409, "still-accountable")
    assert change(api, given, "chidi", active=False, hand_over_to="ada@example.com").status_code == 200


def test_who_has_done_all_of_it_leaves(api: Client, given: Given) -> None:
    given.commitment(owner="chidi")
    given.done("POA-1.1")

    assert change(api, given, "chidi", active=False).status_code == 200


def test_who_leaves_hands_over_by_the_same_call(api: Client, given: Given) -> None:
    given.plan(
        given.promise(owner="chidi"), given.promise(owner="chidi"), given.promise(), given.promise(owner="chidi")
    )
    given.member("bo")
    given.done("POA-1.4")

    gone = change(api.at("2026-03-05T00:00:00Z"), given, "chidi", active=False, hand_over_to="BO@example.com")

    assert (gone.status_code, gone.json()) == (200, given.member("chidi") | {"active": False})
    assert owners(api) == {"Bo Lindqvist": 2, "Ada Okafor": 1}
    assert owners(api, "done") == {"Chidi Park": 1}
    spans = api.get("/v1/commitments/POA-1.1/history").json()["data"]
    assert [(one["until"], one["owner"]) for one in spans] == [
        ("2026-03-05T00:00:00Z", given.member("chidi")["id"]),
        (None, given.member("bo")["id"]),
    ]
    assert events(api, "commitment.reassigned") == ["commitment.reassigned"] * 2
    assert events(api, "member.changed") == ["member.changed"]


def test_what_was_overdue_is_the_new_owners_from_then_on(api: Client, given: Given) -> None:
    given.commitment(owner="chidi")
    given.member("bo")
    change(api.at("2026-04-05T00:00:00Z"), given, "chidi", active=False, hand_over_to="bo@example.com")

    assert api.overdue(owner="bo@example.com") == ["POA-1.1"]
    assert api.overdue(owner="bo@example.com", as_of="2026-04-04T00:00:00Z") == []
    assert api.overdue(owner=given.member("chidi")["id"], as_of="2026-04-04T00:00:00Z") == ["POA-1.1"]


def test_what_recurs_without_an_end_is_handed_over_as_a_whole(
    api: Client, given: Given, app: FastAPI, tenant: Tenant
) -> None:
    given.plan(given.promise(owner="chidi", **WEEKLY))
    given.member("bo")

    change(api, given, "chidi", active=False, hand_over_to=given.member("bo")["id"])
    opened = extend(app, tenant, "2026-06-10T00:00:00Z")

    assert opened > 0
    assert set(owners(api)) == {"Bo Lindqvist"}
    assert events(api, "series.") == ["series.opened", "series.reassigned", "series.extended"]


def test_plans_of_their_own_are_handed_over_at_once(api: Client, given: Given) -> None:
    given.commitment(owner="chidi")
    given.plan(given.promise(owner="chidi", **WEEKLY))
    given.commitment(owner="chidi")
    given.member("bo")

    assert change(api, given, "chidi", active=False, hand_over_to="bo@example.com").status_code == 200

    assert set(owners(api)) == {"Bo Lindqvist"}


def test_who_stays_can_hand_over_too(api: Client, given: Given) -> None:
    given.commitment(owner="chidi")
    given.member("bo")

    stays = change(api, given, "chidi", hand_over_to="bo@example.com")

    assert (stays.status_code, stays.json()["active"]) == (200, True)
    assert owners(api) == {"Bo Lindqvist": 1}


@pytest.mark.parametrize("heir", ["nobody@example.com", "bo@example.com"], ids=["unknown", "has left"])
def test_only_an_active_member_takes_over(api: Client, given: Given, heir: str) -> None:
    given.commitment(owner="chidi")
    change(api, given, "bo", active=False)

    refused = change(api, given, "chidi", active=False, hand_over_to=heir)

    assert refused.status_code == 422
    assert faults(refused) == [("/body/hand_over_to", "unknown_member", f"No active member is called {heir}.")]
    assert owners(api) == {"Chidi Park": 1}


def test_nobody_hands_over_to_themselves(api: Client, given: Given) -> None:
    given.commitment(owner="chidi")

    refused = change(api, given, "chidi", active=False, hand_over_to="chidi@example.com")

    assert refusal(refused) == (409, "same-owner", "Chidi Park owns it already.")


def test_a_member_of_another_workspace_takes_over_nothing(api: Client, given: Given, cy: Client) -> None:
    given.commitment(owner="chidi")
    stranger = Given(cy).member("bo")["id"]

    assert change(api, given, "chidi", active=False, hand_over_to=stranger).status_code == 422
    assert refusal(change(cy, given, "chidi", active=False, hand_over_to=stranger))[:2] == (404, "member-not-found")


def test_the_last_admin_does_not_leave_by_handing_over(api: Client, given: Given) -> None:
    given.commitment()
    given.member("bo")
    ada = given.client_of("ada")
    first = api.get("/v1/api-keys").json()["data"][0]["id"]
    assert ada.delete(f"/v1/api-keys/{first}").status_code == 200

    refused = change(ada, given, "ada", active=False, hand_over_to="bo@example.com")

    assert refusal(refused)[:2] == (409, "last-admin")
    assert owners(ada) == {"Ada Okafor": 1}
    assert events(ada, "commitment.reassigned") == []


def test_a_change_of_an_older_version_is_stale_and_hands_over_nothing(api: Client, given: Given) -> None:
    given.commitment(owner="chidi")
    given.member("bo")
    path = f"/v1/members/{given.member('chidi')['id']}"
    body = {"active": False, "hand_over_to": "bo@example.com"}

    stale = api.patch(path, json=body, headers={"If-Match": '"older"'})

    assert refusal(stale)[:2] == (412, "stale")
    assert owners(api) == {"Chidi Park": 1}


def test_an_admin_hands_over_and_nobody_else(given: Given) -> None:
    given.commitment(owner="chidi")

    refused = change(given.client_of("bo"), given, "chidi", active=False, hand_over_to="bo@example.com")

    assert refusal(refused)[:2] == (403, "scope-missing")
