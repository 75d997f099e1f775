"""What recurs is ended, or goes on under another rule, by an amendment from a day on. What was missed stays missed."""

from datetime import datetime
from operator import itemgetter
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI

from app import worker
from tests.changes.given import added, amend, ask_extension, decide, ended, events, faults, refusal
from tests.client import Client
from tests.conftest import Tenant
from tests.given import Given

FRIDAYS = {"due_on": "2026-03-06", "recurrence": "FREQ=WEEKLY;BYDAY=FR;COUNT=6"}
ENDLESS = {"due_on": "2026-03-06", "recurrence": "FREQ=WEEKLY;BYDAY=FR"}


def end(given: Given, *ends: dict[str, Any], at: str | None = None, **more: Any) -> Any:
    """An amendment that ends something, granted at that instant."""
    asked = amend(given.client_of("ada"), ends=list(ends), **more)
    assert asked.status_code == 201, asked.text
    bo = given.client_of("bo")
    granted = decide(bo.at(at) if at else bo, asked)
    assert granted.status_code == 200, granted.text
    return granted.json()


def states(api: Client, number: int = 1) -> dict[str, str]:
    """Return the state of each time of a series, by its day."""
    listed = api.get("/v1/commitments", params={"limit": 200, "plan": "POA-1"}).json()["data"]
    mine = [one for one in listed if one["reference"].startswith(f"POA-1.{number}.")]
    return {one["original_due_on"]: one["state"] for one in sorted(mine, key=itemgetter("original_due_on"))}


def test_its_times_from_that_day_on_are_waived(api: Client, given: Given) -> None:
    given.plan(given.promise(**FRIDAYS))

    granted = end(given, ended(1, "2026-03-20"))

    assert granted["ends"] == [{"number": 1, "from_on": "2026-03-20", "why": "The supplier is gone."}]
    assert granted["commitments"] == []
    assert states(api) == {
        "2026-03-06": "open",
        "2026-03-13": "open",
        "2026-03-20": "waived",
        "2026-03-27": "waived",
        "2026-04-03": "waived",
        "2026-04-10": "waived",
    }
    assert api.at("2026-06-01T00:00:00Z").overdue() == ["POA-1.1.1", "POA-1.1.2"]
    assert events(api, "series.") == ["series.opened", "series.ended"]
    assert events(api, "commitment.waived") == ["commitment.waived"] * 4


def test_until_it_is_granted_it_pauses_nothing(api: Client, given: Given) -> None:
    given.plan(given.promise(**FRIDAYS))

    amend(api, ends=[ended(1, "2026-03-06")])

    assert set(states(api).values()) == {"open"}
    assert api.at("2026-03-07T08:00:00Z").overdue() == ["POA-1.1.1"]


def test_what_was_missed_while_it_was_asked_for_stays_missed(api: Client, given: Given) -> None:
    given.plan(given.promise(**FRIDAYS))

    end(given, ended(1, "2026-03-06"), at="2026-03-18T00:00:00Z")

    assert list(states(api).values()) == ["open", "open", "waived", "waived", "waived", "waived"]
    assert api.overdue() == ["POA-1.1.1", "POA-1.1.2"]


def test_what_was_done_stays_done(api: Client, given: Given) -> None:
    given.plan(given.promise(**FRIDAYS))
    given.done("POA-1.1.3")

    end(given, ended(1, "2026-03-13"))

    assert list(states(api).values()) == ["open", "waived", "done", "waived", "waived", "waived"]


def test_a_time_that_was_extended_keeps_the_day_that_the_rule_gave_it(api: Client, given: Given) -> None:
    given.plan(given.promise(**FRIDAYS))
    bo = given.client_of("bo")
    for reference in ("POA-1.1.1", "POA-1.1.3"):
        decide(bo, ask_extension(api, reference, due_on="2026-05-01"))

    end(given, ended(1, "2026-03-13"))

    assert list(states(api).values()) == ["open", "waived", "waived", "waived", "waived", "waived"]


def test_other_series_go_on(api: Client, given: Given) -> None:
    given.plan(given.promise(**FRIDAYS), given.promise(**FRIDAYS))

    end(given, ended(2, "2026-03-06"))

    assert set(states(api, 1).values()) == {"open"}
    assert set(states(api, 2).values()) == {"waived"}


def test_several_end_at_once_while_something_is_added(api: Client, given: Given) -> None:
    given.plan(given.promise(**FRIDAYS), given.promise(**FRIDAYS))

    end(given, ended(2, "2026-03-06"), ended(1, "2026-04-10"), commitments=[added()])

    assert list(states(api, 1).values()) == ["open"] * 5 + ["waived"]
    assert set(states(api, 2).values()) == {"waived"}
    assert api.get("/v1/commitments/POA-1.3").json()["text"] == "Check returns."


def test_it_goes_on_under_another_rule_with_the_next_number(api: Client, given: Given) -> None:
    cause = {"key": "supplier", "area": "supplier", "statement": "No authorisation."}
    promise = given.promise(**ENDLESS, text="Count the stock.", root_causes=["supplier"], items=["asin:B0C7XK2M4P"])
    given.plan(promise, root_causes=[cause])

    granted = end(given, ended(1, "2026-04-01", recurrence="FREQ=MONTHLY;BYMONTHDAY=1;COUNT=3"))

    assert granted["commitments"] == [
        {
            "kind": "corrective",
            "text": "Count the stock.",
            "owner": given.member("ada")["id"],
            "due_on": "2026-04-01",
            "due_at": None,
            "due_after_approval": None,
            "recurrence": "FREQ=MONTHLY;BYMONTHDAY=1;COUNT=3",
            "except_on": [],
            "root_causes": ["supplier"],
            "items": ["asin:B0C7XK2M4P"],
            "why": "The supplier is gone.",
        }
    ]
    old, new = states(api, 1), states(api, 2)
    assert {day for day, state in old.items() if state == "open"} == {
        "2026-03-06",
        "2026-03-13",
        "2026-03-20",
        "2026-03-27",
    }
    assert new == dict.fromkeys(("2026-04-01", "2026-05-01", "2026-06-01"), "open")
    assert api.get("/v1/commitments/POA-1.2.1").json()["amendment"] == granted["id"]


@pytest.mark.parametrize(
    ("rule", "at", "refused"),
    [
        ("FREQ=DAILY;COUNT=3", "2026-03-07T07:59:59Z", False),
        ("FREQ=DAILY;COUNT=3", "2026-03-07T08:00:00Z", True),
        ("FREQ=WEEKLY;BYDAY=MO;COUNT=3", "2026-03-07T08:00:00Z", False),
    ],
)
def test_another_rule_makes_nothing_overdue_at_once(
    api: Client, given: Given, rule: str, at: str, *, refused: bool
) -> None:
    given.plan(given.promise(**ENDLESS))
    asked = amend(given.client_of("ada"), ends=[ended(1, "2026-03-06", recurrence=rule)])

    decided = decide(given.client_of("bo").at(at), asked)

    if not refused:
        assert decided.status_code == 200
        return
    assert refusal(decided)[:2] == (409, "day-has-passed")
    assert api.get(asked.headers["location"]).json() == asked.json()
    assert api.overdue() == ["POA-1.1.1"]


def test_another_rule_is_not_asked_for_from_a_day_whose_due_has_passed(api: Client, given: Given) -> None:
    given.plan(given.promise(due_at="2026-03-06T17:00:00Z", recurrence="FREQ=WEEKLY"))
    ada = given.client_of("ada").at("2026-03-20T20:00:00Z")

    refused = amend(ada, ends=[ended(1, "2026-03-20", recurrence="FREQ=DAILY")])
    asked = amend(ada, ends=[ended(1, "2026-03-21", recurrence="FREQ=DAILY")])
    late = decide(given.client_of("bo").at("2026-03-21T17:00:00Z"), asked)

    detail = "The first due under the other rule, 2026-03-20T16:00:00Z, has passed: a later day."
    assert faults(refused) == [("/body/ends/0/from_on", "past", detail)]
    assert refusal(late) == (409, "day-has-passed", "POA-1.1 would be due 2026-03-21T16:00:00Z.")
    assert api.get("/v1/plans/POA-1/amendments").json()["data"] == [asked.json()]


def test_a_deadline_at_an_instant_keeps_its_local_time_under_another_rule(api: Client, given: Given) -> None:
    given.plan(given.promise(due_at="2026-03-06T17:00:00-08:00", recurrence="FREQ=WEEKLY"))

    granted = end(given, ended(1, "2026-04-03", recurrence="FREQ=WEEKLY;INTERVAL=2;COUNT=2"))

    assert granted["commitments"][0]["due_at"] == "2026-04-04T00:00:00Z"
    assert api.get("/v1/commitments/POA-1.2.2").json()["due_at"] == "2026-04-18T00:00:00Z"


def test_what_an_amendment_added_can_be_ended_and_changed_too(api: Client, given: Given) -> None:
    given.plan()
    added_ = added(**FRIDAYS, items=["asin:B0C7XK2M4P"])
    decide(given.client_of("bo"), amend(given.client_of("ada"), added(), added_))

    granted = end(given, ended(3, "2026-03-20", recurrence="FREQ=WEEKLY;COUNT=2"))

    assert (granted["number"], granted["commitments"][0]["items"]) == (2, ["asin:B0C7XK2M4P"])
    assert list(states(api, 3).values()) == ["open", "open", "waived", "waived", "waived", "waived"]
    assert list(states(api, 4)) == ["2026-03-20", "2026-03-27"]


def keep_house(app: FastAPI, tenant: Tenant, at: str) -> None:
    """Do what a worker does now and then."""
    worker.keep_house(app.state.engine, UUID(tenant.workspace_id), {}, at=datetime.fromisoformat(at))


def test_a_worker_extends_nothing_that_was_ended(api: Client, given: Given, app: FastAPI, tenant: Tenant) -> None:
    given.plan(given.promise(**ENDLESS))
    end(given, ended(1, "2026-12-31"))
    before = states(api)

    keep_house(app, tenant, "2026-06-10T00:00:00Z")
    keep_house(app, tenant, "2028-01-01T00:00:00Z")

    assert states(api) == before
    assert events(api, "series.") == ["series.opened", "series.ended"]


def test_what_ends_far_ahead_is_extended_until_then_and_handed_over_until_then(
    api: Client, given: Given, app: FastAPI, tenant: Tenant
) -> None:
    given.plan(given.promise(owner="chidi", due_on="2026-03-06", recurrence="FREQ=MONTHLY"))
    given.member("ada")
    end(given, ended(1, "2027-09-06"))
    leaving = {"active": False, "hand_over_to": "ada@example.com"}
    assert api.patch(f"/v1/members/{given.member('chidi')['id']}", json=leaving).status_code == 200

    keep_house(app, tenant, "2026-12-10T00:00:00Z")
    keep_house(app, tenant, "2028-01-01T00:00:00Z")

    assert list(states(api))[-1] == "2027-08-06"
    assert set(states(api).values()) == {"open"}
    assert events(api, "series.") == ["series.opened", "series.ended", "series.reassigned", "series.extended"]
    assert {one["owner"]["name"] for one in api.get("/v1/commitments").json()["data"]} == {"Ada Okafor"}


def test_who_owns_what_was_ended_may_leave(api: Client, given: Given) -> None:
    given.plan(given.promise(owner="chidi", **ENDLESS))
    path = f"/v1/members/{given.member('chidi')['id']}"
    given.member("ada")
    refused = api.patch(path, json={"active": False})

    end(given, ended(1, "2026-03-06"))

    assert (refused.status_code, api.patch(path, json={"active": False}).status_code) == (409, 200)
