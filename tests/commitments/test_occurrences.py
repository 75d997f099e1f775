"""Each time of a recurring commitment is a commitment of its own."""

import pytest

from tests.client import Client
from tests.given import APPROVAL, Given

FRIDAYS = {"due_on": "2026-03-06", "recurrence": "FREQ=WEEKLY;BYDAY=FR;COUNT=3"}


def test_each_time_has_its_own_due_and_reference(api: Client, given: Given) -> None:
    given.plan(given.promise(), given.promise(**FRIDAYS))

    listed = api.get("/v1/commitments", params={"due_before": "2026-04-01"}).json()["data"]

    assert [(one["reference"], one["due_on"], one["due_at"]) for one in listed] == [
        ("POA-1.2.1", "2026-03-06", "2026-03-07T08:00:00Z"),
        ("POA-1.2.2", "2026-03-13", "2026-03-14T07:00:00Z"),
        ("POA-1.2.3", "2026-03-20", "2026-03-21T07:00:00Z"),
    ]
    second = api.get("/v1/commitments/POA-1.2.2").json()
    assert (second["reference"], second["occurrence"], second["clause"]) == ("POA-1.2.2", 2, "/commitments/1")


def test_completing_the_next_one_does_not_heal_a_missed_one(api: Client, given: Given) -> None:
    given.plan(given.promise(**FRIDAYS))

    given.api.at("2026-03-13T12:00:00Z")
    second = given.done("POA-1.1.2")

    assert second["days_late"] == 0
    assert api.get("/v1/commitments/POA-1.1.1").json()["state"] == "open"
    assert api.at("2026-03-30T12:00:00Z").overdue() == ["POA-1.1.1", "POA-1.1.3"]


def test_a_recurring_one_is_named_by_one_of_its_times(api: Client, given: Given) -> None:
    given.plan(given.promise(**FRIDAYS), given.promise())

    missing = [api.get(f"/v1/commitments/{name}") for name in ("POA-1.1", "POA-1.1.4", "POA-1.2.1", "POA-1.3")]

    assert [one.status_code for one in missing] == [404] * 4
    hints = [one.json()["detail"] for one in missing]
    assert hints[0] == "POA-1.1 recurs: name one time, such as POA-1.1.1."
    assert hints[1:] == [f"Nothing here is called {name}." for name in ("POA-1.1.4", "POA-1.2.1", "POA-1.3")]


def test_a_deadline_at_an_instant_recurs_at_its_local_time(api: Client, given: Given) -> None:
    rule = {"due_at": "2026-03-06T17:00:00-08:00", "recurrence": "FREQ=WEEKLY;COUNT=2"}
    given.plan(given.promise(**rule), zone="America/Los_Angeles")

    listed = api.get("/v1/commitments").json()["data"]

    assert [(one["due_on"], one["due_at"]) for one in listed] == [
        ("2026-03-06", "2026-03-07T01:00:00Z"),
        ("2026-03-13", "2026-03-14T00:00:00Z"),
    ]


def test_a_series_may_begin_some_days_after_the_approval(api: Client, given: Given) -> None:
    given.plan(given.promise(due_after_approval="P14D", recurrence="FREQ=MONTHLY;COUNT=2"))

    listed = api.get("/v1/commitments").json()["data"]

    assert [one["due_on"] for one in listed] == ["2026-03-06", "2026-04-06"]


def test_the_ledger_tells_of_the_series_and_of_each_time(api: Client, given: Given) -> None:
    given.plan(given.promise(**FRIDAYS))

    types = [one["type"] for one in api.get("/v1/events", params={"limit": 200}).json()["data"]]

    assert types[-4:] == ["series.opened", *["commitment.opened"] * 3]


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        (
            "FREQ=HOURLY",
            "FREQ is DAILY, WEEKLY, MONTHLY or YEARLY, without hours: a commitment is kept by the day",
        ),
        ("FREQ=WEEKLY;BYDAY=XX", "BYDAY is made of days such as MO"),
        ("FREQ=WEEKLY;INTERVAL=1001", "INTERVAL is a number from 1 to 1000"),
        ("every Friday", "a recurrence is an RFC 5545 rule such as FREQ=WEEKLY;BYDAY=FR;COUNT=26"),
    ],
)
def test_a_draft_with_a_rule_that_cannot_be_kept_is_refused_in_words(
    api: Client, given: Given, rule: str, why: str
) -> None:
    refused = api.post("/v1/plans", json={"title": "Late", "commitments": [given.promise(recurrence=rule)]})

    (fault,) = refused.json()["errors"]
    assert (refused.status_code, fault["pointer"], fault["code"]) == (
        422,
        "/body/commitments/0/recurrence",
        "recurrence",
    )
    assert fault["detail"].startswith(why)


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2", "this recurrence has no occurrence within 20 years."),
        ("FREQ=DAILY;UNTIL=20260101", "UNTIL, 2026-01-01, lies before the first due, 2026-03-06."),
        ("FREQ=DAILY;UNTIL=20270601", "more than 400 occurrences: give a COUNT, or an earlier UNTIL."),
        ("FREQ=YEARLY;UNTIL=20990101", "UNTIL lies more than 20 years ahead: give an earlier one."),
    ],
)
def test_a_plan_whose_recurrence_never_comes_or_never_ends_is_not_approved(
    api: Client, given: Given, rule: str, why: str
) -> None:
    body = {
        "title": "Late",
        "timezone": "UTC",
        "commitments": [given.promise(due_on="2026-03-06", recurrence=rule)],
        "approval": {"authority": "Amazon", "received_at": "2026-02-20T17:04:00Z"},
    }

    refused = api.post("/v1/plans", json=body)

    (fault,) = refused.json()["errors"]
    assert (fault["pointer"], fault["detail"]) == ("/body/commitments/0/recurrence", why)


def test_a_draft_whose_recurrence_never_comes_is_not_approved_when_the_approval_arrives(
    api: Client, given: Given
) -> None:
    given.draft(given.promise(), given.promise(recurrence="FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2"))
    given.submit("POA-1")

    refused = given.client_of("bo").post("/v1/plans/POA-1/decision", json=APPROVAL | {"outcome": "approved"})

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/plan-has-gaps")
    (fault,) = refused.json()["errors"]
    assert (fault["pointer"], fault["detail"]) == (
        "/commitments/1/recurrence",
        "this recurrence has no occurrence within 20 years.",
    )
    assert api.get("/v1/plans/POA-1").json()["state"] == "submitted"
    assert api.get("/v1/commitments").json()["data"] == []


def test_a_series_without_an_end_that_begins_late_is_opened_once(api: Client, given: Given) -> None:
    given.plan(given.promise(due_on="2026-03-06", recurrence="FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"))

    listed = api.get("/v1/commitments").json()["data"]

    assert [one["due_on"] for one in listed] == ["2028-02-29"]


def test_what_is_due_each_day_is_due_once_a_day_where_clocks_change_at_midnight(api: Client, given: Given) -> None:
    daily = given.promise(due_on="2026-03-06", recurrence="FREQ=DAILY;COUNT=4")
    given.plan(daily, zone="America/Havana")

    dues = [one["due_at"] for one in api.get("/v1/commitments").json()["data"]]

    assert dues == ["2026-03-07T05:00:00Z", "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z", "2026-03-10T04:00:00Z"]
