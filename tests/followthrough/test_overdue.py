"""What is overdue, asked over HTTP."""

from typing import Any

import pytest

from app.followthrough.schemas import CommitmentPage
from tests.client import Client
from tests.given import Given


def overdue(api: Client, **query: Any) -> Any:
    answer = api.get("/v1/overdue", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_commitment_due_today_is_not_overdue(api: Client, given: Given) -> None:
    given.commitment(due_on="2026-03-02", zone="America/Los_Angeles")

    overdue = api.at("2026-03-03T07:59:59Z").overdue()

    assert overdue == []


def test_it_is_overdue_with_the_first_instant_of_the_next_local_day(api: Client, given: Given) -> None:
    given.commitment(due_on="2026-03-02", zone="America/Los_Angeles")

    overdue = api.at("2026-03-03T08:00:00Z").overdue()

    assert overdue == ["POA-1.1"]


def test_a_deadline_that_is_an_instant_is_overdue_from_then_on(api: Client, given: Given) -> None:
    given.commitment(due_at="2026-03-05T10:30:15Z")

    assert api.at("2026-03-05T10:30:14.999999Z").overdue() == []
    assert api.at("2026-03-05T10:30:15Z").overdue() == ["POA-1.1"]


def test_work_that_has_begun_is_overdue_too(api: Client, given: Given) -> None:
    given.commitment(due_on="2026-03-02")
    api.post("/v1/commitments/POA-1.1/start")

    item = overdue(api.at("2026-03-04T00:00:00Z"))["data"][0]

    assert (item["reference"], item["state"]) == ("POA-1.1", "in_progress")


def test_what_is_done_is_not_overdue(api: Client, given: Given) -> None:
    given.commitment(due_on="2026-03-02")

    api.at("2026-03-10T00:00:00Z")
    given.done("POA-1.1")

    assert api.overdue() == []


def test_an_item_says_all_that_a_reminder_needs(api: Client, given: Given) -> None:
    plan = given.plan(given.promise(due_on="2026-03-02"))

    answer = overdue(api.at("2026-03-05T09:00:00Z"))

    ada = given.member("ada")
    assert answer == {
        "as_of": "2026-03-05T09:00:00Z",
        "next_change_at": None,
        "has_more": False,
        "next_cursor": None,
        "data": [
            {
                "id": api.get("/v1/commitments/POA-1.1").json()["id"],
                "reference": "POA-1.1",
                "text": "Remove the remaining 212 units.",
                "kind": "corrective",
                "state": "open",
                "plan": {"id": plan["id"], "reference": "POA-1", "title": plan["title"]},
                "owner": {"id": ada["id"], "name": ada["name"], "email": ada["email"]},
                "due_on": "2026-03-02",
                "due_at": "2026-03-03T08:00:00Z",
                "timezone": "America/Los_Angeles",
                "days_overdue": 3,
                "original_due_on": "2026-03-02",
                "extensions": 0,
                "extension_pending": False,
            }
        ],
    }


@pytest.mark.parametrize("path", ["/v1/overdue", "/v1/due-soon", "/v1/commitments"])
def test_what_is_sent_is_what_is_declared(api: Client, given: Given, path: str) -> None:
    weekly = given.promise(due_at="2026-03-01T10:00:00Z", recurrence="FREQ=WEEKLY;COUNT=4")
    given.plan(weekly, given.promise(kind="preventive"))

    answer = api.at("2026-03-09T09:00:00.25Z").get(path, params={"limit": 1})

    page = CommitmentPage.model_validate(answer.json(), extra="forbid")
    assert page.model_dump(mode="json") == answer.json()
    assert len(page.data) == 1


def test_the_oldest_due_comes_first(api: Client, given: Given) -> None:
    given.plan(
        given.promise(due_on="2026-03-04"),
        given.promise(due_at="2026-03-03T07:59:59Z"),
        given.promise(due_on="2026-03-02"),
        given.promise(due_on="2026-02-27"),
    )

    assert api.at("2026-04-01T00:00:00Z").overdue() == ["POA-1.4", "POA-1.2", "POA-1.3", "POA-1.1"]


def test_of_equal_dues_the_order_stays(api: Client, given: Given) -> None:
    given.plan(*[given.promise(due_on="2026-03-02")] * 9)

    seen = {tuple(api.at("2026-04-01T00:00:00Z").overdue()) for _ in range(3)}

    assert len(seen) == 1
    assert len(*seen) == 9


@pytest.mark.parametrize(
    ("as_of", "days"),
    [
        ("2026-03-03T08:00:00Z", 1),
        ("2026-03-09T06:59:59Z", 6),
        ("2026-03-09T07:00:00Z", 7),
    ],
)
def test_days_are_counted_where_the_plan_lives(api: Client, given: Given, as_of: str, days: int) -> None:
    given.commitment(due_on="2026-03-02", zone="America/Los_Angeles")

    assert overdue(api.at(as_of))["data"][0]["days_overdue"] == days


def test_an_instant_missed_within_its_day_is_overdue_for_a_day(api: Client, given: Given) -> None:
    given.commitment(due_at="2026-03-05T10:00:00Z", zone="UTC")

    assert overdue(api.at("2026-03-05T10:00:00Z"))["data"][0]["days_overdue"] == 1


def test_it_says_when_the_answer_changes_next(api: Client, given: Given) -> None:
    given.plan(*(given.promise(due_on=day) for day in ("2026-03-02", "2026-03-05", "2026-03-04")))

    changes = [
        overdue(api.at(at))["next_change_at"]
        for at in ("2026-03-02T09:00:00Z", "2026-03-03T08:00:00Z", "2026-03-05T08:00:00Z", "2026-03-06T08:00:00Z")
    ]

    assert changes == ["2026-03-03T08:00:00Z", "2026-03-05T08:00:00Z", "2026-03-06T08:00:00Z", None]


def test_what_is_done_changes_nothing_any_more(api: Client, given: Given) -> None:
    given.plan(given.promise(due_on="2026-03-02"), given.promise(due_on="2026-03-05"))
    given.done("POA-1.1")

    assert overdue(api)["next_change_at"] == "2026-03-06T08:00:00Z"


def test_what_is_due_soon_is_open_and_ahead(api: Client, given: Given) -> None:
    given.plan(*(given.promise(due_at=f"2026-03-{day:02}T12:00:00Z") for day in (5, 9, 9, 10, 16, 17)))
    given.done("POA-1.2")

    def soon(**query: str) -> Any:
        page = api.at("2026-03-09T12:00:00Z").get("/v1/due-soon", params=query).json()
        return [one["reference"] for one in page["data"]], page["next_change_at"]

    assert soon() == (["POA-1.4", "POA-1.5"], "2026-03-10T12:00:00Z")
    assert soon(within="P8D") == (["POA-1.4", "POA-1.5", "POA-1.6"], "2026-03-10T12:00:00Z")
    assert soon(within="PT24H") == (["POA-1.4"], "2026-03-10T12:00:00Z")
    assert soon(within="PT1439M") == ([], "2026-03-09T12:01:00Z")


@pytest.mark.parametrize("within", ["7", "P0D", "P1M", "P1Y", "P8000D", "PT1H30M", "-P1D", "PT999999H"])
def test_soon_is_some_time_from_now(api: Client, within: str) -> None:
    answer = api.get("/v1/due-soon", params={"within": within})

    assert answer.status_code == 422
    assert len(answer.json()["errors"]) == 1


def test_nobody_sees_what_others_owe(api: Client, cy: Client, given: Given) -> None:
    given.commitment(due_on="2026-03-02")

    assert api.at("2026-04-01T00:00:00Z").overdue() == ["POA-1.1"]
    assert cy.overdue() == []
