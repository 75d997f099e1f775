"""A due that counts from the approval is resolved by it, in the plan's zone."""

import pytest

from tests.client import Client
from tests.given import APPROVAL, Given


@pytest.mark.parametrize(
    ("received", "after", "zone", "due_on", "due_at"),
    [
        ("2026-02-20T17:04:00Z", "P14D", "America/Los_Angeles", "2026-03-06", "2026-03-07T08:00:00Z"),
        ("2026-02-21T07:59:59Z", "P14D", "America/Los_Angeles", "2026-03-06", "2026-03-07T08:00:00Z"),
        ("2026-02-21T08:00:00Z", "P14D", "America/Los_Angeles", "2026-03-07", "2026-03-08T08:00:00Z"),
        ("2026-01-31T12:00:00Z", "P1M", "Europe/Berlin", "2026-02-28", "2026-02-28T23:00:00Z"),
        ("2026-03-01T12:00:00+01:00", "PT72H", "Europe/Berlin", "2026-03-04", "2026-03-04T11:00:00Z"),
        ("2025-10-24T22:30:00.5Z", "PT72H", "Europe/Berlin", "2025-10-27", "2025-10-27T22:30:00Z"),
        ("2025-10-24T22:30:00Z", "P3D", "Europe/Berlin", "2025-10-28", "2025-10-28T23:00:00Z"),
        ("2026-03-01T12:00:00Z", "PT24H", "Europe/Berlin", "2026-03-02", "2026-03-02T12:00:00Z"),
    ],
)
def test_it_counts_local_days_or_hours_from_the_approval(
    api: Client, given: Given, received: str, after: str, zone: str, due_on: str, due_at: str
) -> None:
    approval = APPROVAL | {"received_at": received}

    plan = given.plan(given.promise(due_after_approval=after), zone=zone, approval=approval)

    bound = api.get("/v1/commitments/POA-1.1").json()
    assert (bound["due_on"], bound["due_at"]) == (due_on, due_at)
    assert (bound["original_due_on"], bound["original_due_at"]) == (due_on, due_at)
    (clause,) = plan["commitments"]
    assert (clause["due_on"], clause["due_after_approval"]) == (due_on, after)


def test_it_is_not_resolved_before_the_approval(given: Given) -> None:
    draft = given.draft(given.promise(due_after_approval="P14D"))

    assert (draft["commitments"][0]["due_on"], draft["commitments"][0]["due_at"]) == (None, None)


def test_an_instant_keeps_its_second_and_belongs_to_its_local_day(api: Client, given: Given) -> None:
    given.plan(given.promise(due_at="2026-10-25T00:30:17+02:00"), zone="Europe/Berlin")

    bound = api.get("/v1/commitments/POA-1.1").json()

    assert (bound["due_on"], bound["due_at"]) == ("2026-10-25", "2026-10-24T22:30:17Z")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("due_on", "2026-02-30"),
        ("due_on", 20260401),
        ("due_on", "2026-4-1"),
        ("due_at", "2026-04-01T00:00:00"),
        ("due_at", "2026-04-01T00:00:00.5Z"),
        ("due_at", 1775001600),
        ("due_after_approval", "14 days"),
        ("due_after_approval", "P0D"),
        ("recurrence", "FREQ=HOURLY"),
        ("recurrence", "FREQ=WEEKLY;BYDAY=2MO"),
    ],
)
def test_what_is_no_due_is_refused_where_it_stands(api: Client, given: Given, field: str, value: object) -> None:
    promise = given.promise() | {field: value}

    answer = api.post("/v1/plans", json={"title": "?", "commitments": [promise]})

    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json()["errors"]] == [f"/body/commitments/0/{field}"]


def test_a_recurrence_that_never_comes_is_refused_with_the_approval(api: Client, given: Given) -> None:
    never = given.promise(recurrence="FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30")
    body = {"title": "?", "commitments": [given.promise(), never], "approval": APPROVAL}

    answer = api.post("/v1/plans", json=body)

    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json()["errors"]] == ["/body/commitments/1/recurrence"]


def test_a_plan_has_at_most_2000_commitments_every_time_counted(api: Client, given: Given) -> None:
    daily = given.promise(recurrence="FREQ=DAILY;COUNT=400")
    body = {"title": "?", "commitments": [daily] * 6, "approval": APPROVAL}

    answer = api.post("/v1/plans", json=body)

    assert answer.status_code == 422
    assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [("/body/commitments", "too_many")]
