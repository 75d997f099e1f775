"""The summary counts with the same predicate: in all, by owner, plan, account and age."""

from typing import Any

import pytest

from app.followthrough.schemas import SummaryOut
from tests.client import Client
from tests.given import Given

COUNTS = ("open", "overdue", "due_today", "not_yet_due")
AGES = ("days_1_7", "days_8_30", "days_31_90", "days_over_90")


def summary(api: Client, **query: str) -> Any:
    answer = api.get("/v1/overdue/summary", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def counted(group: Any, names: tuple[str, ...] = COUNTS) -> tuple[int, ...]:
    return tuple(group[name] for name in names)


def test_an_empty_workspace_has_nothing_open(api: Client) -> None:
    assert summary(api) == {
        "as_of": "2026-03-02T09:00:00Z",
        "next_change_at": None,
        "all": dict.fromkeys((*COUNTS, *AGES), 0),
        "owners": [],
        "plans": [],
        "accounts": [],
    }


def test_what_is_open_is_overdue_due_today_or_not_yet_due(api: Client, given: Given) -> None:
    given.plan(*(given.promise(due_on=f"2026-03-0{day}") for day in (3, 4, 4, 5, 6, 7)))
    given.plan(given.promise(due_at="2026-03-04T20:00:00Z"), given.promise(due_at="2026-03-05T18:00:00Z"))
    given.done("POA-1.1")
    api.post("/v1/commitments/POA-1.2/start")

    said = summary(api.at("2026-03-05T17:00:00Z"))

    assert counted(said["all"]) == (7, 3, 2, 2)
    assert said["next_change_at"] == "2026-03-05T18:00:00Z"


@pytest.mark.parametrize(
    ("as_of", "ages"),
    [
        ("2026-03-11T07:00:00Z", (1, 0, 0, 0)),
        ("2026-03-18T06:59:59Z", (1, 0, 0, 0)),
        ("2026-03-18T07:00:00Z", (0, 1, 0, 0)),
        ("2026-04-10T06:59:59Z", (0, 1, 0, 0)),
        ("2026-04-10T07:00:00Z", (0, 0, 1, 0)),
        ("2026-06-09T06:59:59Z", (0, 0, 1, 0)),
        ("2026-06-09T07:00:00Z", (0, 0, 0, 1)),
    ],
)
def test_ages_are_local_days(api: Client, given: Given, as_of: str, ages: tuple[int, ...]) -> None:
    given.commitment(due_on="2026-03-10", zone="America/Los_Angeles")

    said = summary(api.at(as_of))

    assert counted(said["all"], AGES) == ages
    assert counted(said["owners"][0], AGES) == ages


def test_it_counts_by_owner_plan_and_account(api: Client, given: Given) -> None:
    body = {"marketplace": "amazon.de", "external_id": "A1", "name": "Shop", "timezone": "Europe/Berlin"}
    account = given.post("/v1/accounts", body, 201)
    first = given.plan(given.promise(due_on="2026-03-10"), given.promise(due_on="2026-09-01", owner="bo"))
    late = given.promise(due_on="2026-03-11", owner="bo")
    second = given.plan(late, late, late, account=account["id"])

    said = summary(api.at("2026-05-01T00:00:00Z"))

    ada, bo = given.member("ada"), given.member("bo")
    assert [(one["id"], one["name"], counted(one)) for one in said["owners"]] == [
        (bo["id"], "Bo Lindqvist", (4, 3, 0, 1)),
        (ada["id"], "Ada Okafor", (1, 1, 0, 0)),
    ]
    assert [(one["id"], one["name"], counted(one)) for one in said["plans"]] == [
        (second["id"], "POA-2", (3, 3, 0, 0)),
        (first["id"], "POA-1", (2, 1, 0, 1)),
    ]
    assert [(one["id"], one["name"], counted(one)) for one in said["accounts"]] == [
        (account["id"], "Shop", (3, 3, 0, 0))
    ]
    assert counted(said["all"]) == (5, 4, 0, 1)


def test_it_is_narrowed_like_the_list(api: Client, given: Given) -> None:
    given.plan(given.promise(due_on="2026-03-10"), given.promise(due_on="2026-09-01", owner="bo"))

    said = summary(api.at("2026-05-01T00:00:00Z"), owner="bo@example.com")

    assert counted(said["all"]) == (1, 0, 0, 1)
    assert [one["name"] for one in said["owners"]] == ["Bo Lindqvist"]
    assert said["next_change_at"] == "2026-09-02T07:00:00Z"


def test_what_is_sent_is_what_is_declared(api: Client, given: Given) -> None:
    given.plan(given.promise(), given.promise(owner="bo"))

    said = summary(api)

    assert SummaryOut.model_validate(said, extra="forbid").model_dump(mode="json") == said
