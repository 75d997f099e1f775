"""`as_of` answers what would have been answered then; ahead of now, what will be if nobody acts."""

from typing import Any

from tests.client import Client
from tests.given import Given


def summary(api: Client, **query: str) -> Any:
    return api.get("/v1/overdue/summary", params=query).json()["all"]


def test_before_it_was_recorded_nothing_was_overdue(api: Client, given: Given) -> None:
    given.commitment(due_on="2026-01-15")

    assert api.overdue(as_of="2026-03-02T08:59:59.999999Z") == []
    assert summary(api, as_of="2026-02-01T00:00:00Z")["open"] == 0
    assert api.at("2026-03-02T09:00:01Z").overdue(as_of="2026-03-02T09:00:00Z") == api.overdue() == ["POA-1.1"]


def test_before_it_was_completed_it_was_overdue(api: Client, given: Given) -> None:
    given.commitment(due_on="2026-03-10")
    api.at("2026-03-20T12:00:00Z")
    given.done("POA-1.1")

    api.at("2026-04-01T00:00:00Z")

    assert api.overdue(as_of="2026-03-11T06:59:59Z") == []
    assert api.overdue(as_of="2026-03-11T07:00:00Z") == ["POA-1.1"]
    assert api.overdue(as_of="2026-03-20T11:59:59.999999Z") == ["POA-1.1"]
    assert api.overdue(as_of="2026-03-20T12:00:00Z") == []
    assert (summary(api, as_of="2026-03-15T00:00:00Z")["overdue"], summary(api)["open"]) == (1, 0)


def test_an_item_is_shown_as_it_stood(api: Client, given: Given) -> None:
    given.commitment(due_on="2026-03-10")
    api.at("2026-03-12T00:00:00Z").post("/v1/commitments/POA-1.1/start")
    given.member("bo")
    api.at("2026-03-14T00:00:00Z").post("/v1/commitments/POA-1.1/reassignment", json={"owner": "bo@example.com"})

    def shown(as_of: str) -> Any:
        (item,) = api.get("/v1/overdue", params={"as_of": as_of}).json()["data"]
        return item["state"], item["owner"]["email"], item["days_overdue"]

    api.at("2026-04-01T00:00:00Z")
    assert shown("2026-03-11T12:00:00Z") == ("open", "ada@example.com", 1)
    assert shown("2026-03-12T12:00:00Z") == ("in_progress", "ada@example.com", 2)
    assert shown("2026-03-14T12:00:00Z") == ("in_progress", "bo@example.com", 4)


def test_it_was_the_former_owners_then(api: Client, given: Given) -> None:
    given.commitment(due_on="2026-03-10")
    given.member("bo")
    api.at("2026-03-14T00:00:00Z").post("/v1/commitments/POA-1.1/reassignment", json={"owner": "bo@example.com"})

    then = "2026-03-13T00:00:00Z"

    assert api.overdue(as_of=then, owner="ada@example.com") == ["POA-1.1"]
    assert api.overdue(as_of=then, owner="bo@example.com") == []
    assert api.overdue(owner="ada@example.com") == []
    assert api.overdue(owner="bo@example.com") == ["POA-1.1"]


def test_ahead_of_now_it_is_a_forecast(api: Client, given: Given) -> None:
    given.plan(
        given.promise(due_on="2026-03-10"), given.promise(due_on="2026-03-12"), given.promise(due_on="2026-03-14")
    )
    given.done("POA-1.1")

    page = api.get("/v1/overdue", params={"as_of": "2026-03-13T07:00:00Z"}).json()

    assert [one["reference"] for one in page["data"]] == ["POA-1.2"]
    assert (page["as_of"], page["next_change_at"]) == ("2026-03-13T07:00:00Z", "2026-03-15T07:00:00Z")
    assert page["data"][0]["days_overdue"] == 1
    assert summary(api, as_of="2026-03-13T07:00:00Z") == summary(api.at("2026-03-13T07:00:00Z"))


def test_a_forecast_is_what_is_answered_when_the_time_has_come(api: Client, given: Given) -> None:
    given.plan(*(given.promise(due_on=f"2026-03-{day}") for day in range(10, 20)))
    then = "2026-03-15T12:00:00Z"

    forecast = api.get("/v1/overdue", params={"as_of": then}).json()

    assert api.at(then).get("/v1/overdue").json() == forecast
    assert api.at("2026-04-01T00:00:00Z").get("/v1/overdue", params={"as_of": then}).json() == forecast


def test_states_of_the_past_are_filtered_as_they_were(api: Client, given: Given) -> None:
    given.commitment()
    api.at("2026-03-05T00:00:00Z")
    given.done("POA-1.1")

    def states(**query: str) -> list[str]:
        page = api.get("/v1/commitments", params=query).json()
        return [one["state"] for one in page["data"]]

    then = "2026-03-04T00:00:00Z"
    assert (states(state="done"), states(state="open")) == (["done"], [])
    assert (states(state="done", as_of=then), states(state="open", as_of=then)) == ([], ["open"])


def test_any_offset_names_the_same_instant(api: Client, given: Given) -> None:
    given.commitment(due_on="2026-03-10", zone="America/Los_Angeles")

    assert api.overdue(as_of="2026-03-11T00:00:00-07:00") == ["POA-1.1"]
    assert api.overdue(as_of="2026-03-11T07:59:59+01:00") == []
