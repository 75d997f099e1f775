"""Each time of a recurring commitment is a commitment of its own."""

from tests.client import Client
from tests.given import Given

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
