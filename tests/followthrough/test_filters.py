"""The lists are narrowed by owner, plan, account, kind, item, age; a name that names nothing is refused."""

from typing import Any

import pytest

from tests.client import Client
from tests.given import Given

LATER = "2026-05-01T00:00:00Z"
EVERY = ["/v1/overdue", "/v1/overdue/summary", "/v1/due-soon", "/v1/commitments", "/v1/overdue.csv"]


@pytest.fixture
def account(given: Given) -> Any:
    body = {"marketplace": "amazon.de", "external_id": "A1", "name": "Shop", "timezone": "Europe/Berlin"}
    return given.post("/v1/accounts", body, 201)


@pytest.fixture
def plans(api: Client, given: Given, account: Any) -> list[Any]:
    """POA-1 of the account: Ada corrects, Bo prevents. POA-2 of none: Bo corrects."""
    made = [
        given.plan(
            given.promise(due_on="2026-03-10"),
            given.promise(due_on="2026-03-20", owner="bo", kind="preventive"),
            account=account["id"],
            items=[{"type": "asin", "ref": "B0"}, {"type": "order", "ref": "303:1 é"}],
        ),
        given.plan(given.promise(due_on="2026-04-01", owner="bo"), items=[{"type": "sku", "ref": "B0"}]),
    ]
    api.at(LATER)
    return made


@pytest.mark.usefixtures("plans")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"owner": "ada@example.com"}, ["POA-1.1"]),
        ({"owner": "BO@Example.com"}, ["POA-1.2", "POA-2.1"]),
        ({"plan": "POA-2"}, ["POA-2.1"]),
        ({"kind": "preventive"}, ["POA-1.2"]),
        ({"item": "asin:B0"}, ["POA-1.1", "POA-1.2"]),
        ({"item": "order:303:1 é"}, ["POA-1.1", "POA-1.2"]),
        ({"item": "sku:B0"}, ["POA-2.1"]),
        ({"item": "order:B0"}, []),
        ({"owner": "bo@example.com", "kind": "corrective"}, ["POA-2.1"]),
        ({"owner": "bo@example.com", "item": "asin:B0", "plan": "POA-1", "kind": "preventive"}, ["POA-1.2"]),
        ({"owner": "ada@example.com", "plan": "POA-2"}, []),
    ],
)
def test_a_list_is_narrowed(api: Client, query: dict[str, str], expected: list[str]) -> None:
    assert api.overdue(**query) == expected
    # As it stood a moment ago, from the history.
    assert api.overdue(as_of="2026-04-30T23:59:59Z", **query) == expected
    assert api.get("/v1/overdue/summary", params=query).json()["all"]["overdue"] == len(expected)
    assert len(api.get("/v1/overdue.csv", params=query).text.splitlines()) == 1 + len(expected)


def test_owner_plan_and_account_are_named_by_their_ids(
    api: Client, given: Given, plans: list[Any], account: Any
) -> None:
    assert api.overdue(owner=given.member("bo")["id"]) == ["POA-1.2", "POA-2.1"]
    assert api.overdue(plan=plans[1]["id"]) == ["POA-2.1"]
    assert api.overdue(account=account["id"]) == ["POA-1.1", "POA-1.2"]
    assert api.overdue(account=account["id"], as_of="2026-03-15T00:00:00Z") == ["POA-1.1"]


@pytest.mark.usefixtures("plans")
@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (1, ["POA-1.1", "POA-1.2", "POA-2.1"]),
        (29, ["POA-1.1", "POA-1.2", "POA-2.1"]),
        (30, ["POA-1.1", "POA-1.2"]),
        (41, ["POA-1.1", "POA-1.2"]),
        (42, ["POA-1.1"]),
        (51, ["POA-1.1"]),
        (52, []),
    ],
)
def test_a_list_is_narrowed_to_what_is_overdue_for_long(api: Client, days: int, expected: list[str]) -> None:
    # It is 30 April, 17:00 in Los Angeles.
    assert api.overdue(min_days=days) == expected


def test_one_day_at_least_is_everything(api: Client, given: Given) -> None:
    given.commitment(due_at="2026-03-05T10:00:00Z", zone="UTC")

    assert api.at("2026-03-05T11:00:00Z").overdue(min_days=1) == ["POA-1.1"]


def test_what_is_overdue_for_long_grows_with_local_days(api: Client, given: Given) -> None:
    given.plan(given.promise(due_on="2026-03-05"), given.promise(due_on="2026-03-06"), zone="America/Los_Angeles")

    page = api.at("2026-03-07T12:00:00Z").get("/v1/overdue", params={"min_days": 3}).json()

    assert (page["data"], page["next_change_at"]) == ([], "2026-03-08T08:00:00Z")
    assert api.at("2026-03-08T07:59:59Z").overdue(min_days=3) == []
    page = api.at("2026-03-08T08:00:00Z").get("/v1/overdue", params={"min_days": 3}).json()
    assert ([one["reference"] for one in page["data"]], page["next_change_at"]) == (["POA-1.1"], "2026-03-09T07:00:00Z")


@pytest.mark.usefixtures("plans")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["POA-1.1", "POA-1.2", "POA-2.1"]),
        ({"state": "open"}, ["POA-1.2", "POA-2.1"]),
        ({"state": "done"}, ["POA-1.1"]),
        ({"state": "waived"}, []),
        ({"due_before": "2026-03-20"}, ["POA-1.1"]),
        ({"due_before": "2026-03-21"}, ["POA-1.1", "POA-1.2"]),
        ({"due_after": "2026-03-20"}, ["POA-2.1"]),
        ({"due_after": "2026-03-19", "due_before": "2026-04-01"}, ["POA-1.2"]),
        ({"state": "open", "owner": "bo@example.com", "due_after": "2026-03-31"}, ["POA-2.1"]),
    ],
)
def test_all_commitments_are_listed_in_any_state(
    api: Client, given: Given, query: dict[str, str], expected: list[str]
) -> None:
    given.done("POA-1.1")

    page = api.get("/v1/commitments", params=query).json()

    assert [one["reference"] for one in page["data"]] == expected
    assert all((one["days_overdue"] > 0) == (one["state"] == "open") for one in page["data"])


@pytest.mark.parametrize("path", EVERY)
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("owner", "nobody@example.com"),
        ("owner", "01970000-0000-7000-8000-000000000000"),
        ("plan", "POA-9"),
        ("plan", "01970000-0000-7000-8000-000000000000"),
        ("account", "01970000-0000-7000-8000-000000000000"),
    ],
)
def test_a_name_that_names_nothing_is_refused(api: Client, path: str, field: str, value: str) -> None:
    answer = api.get(path, params={field: value})

    assert answer.status_code == 422
    faults = [(one["pointer"], one["code"]) for one in answer.json()["errors"]]
    assert faults == [(f"/query/{field}", f"unknown_{field}")]


@pytest.mark.parametrize("path", EVERY)
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("owner", ""),
        ("plan", "7"),
        ("plan", "POA-0"),
        ("account", "x"),
        ("kind", "curative"),
        ("item", "B0C7XK2M4P"),
        ("item", ":B0"),
        ("as_of", "yesterday"),
        ("as_of", "2026-03-02"),
        ("as_of", "1969-12-31T23:59:59Z"),
        ("oner", "ada@example.com"),
    ],
)
def test_what_is_no_filter_is_refused(api: Client, path: str, field: str, value: str) -> None:
    answer = api.get(path, params={field: value})

    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json()["errors"]] == [f"/query/{field}"]


@pytest.mark.parametrize("days", ["0", "-1", "1.5", "many", "100001"])
def test_days_are_a_number_from_1(api: Client, days: str) -> None:
    answer = api.get("/v1/overdue", params={"min_days": days})

    assert [one["pointer"] for one in answer.json()["errors"]] == ["/query/min_days"]


def test_other_workspaces_name_nothing_here(api: Client, cy: Client, plans: list[Any], account: Any) -> None:
    stranger = cy.post("/v1/members", json={"name": "Dee", "email": "dee@example.com"}).json()

    assert api.get("/v1/overdue", params={"owner": stranger["email"]}).status_code == 422
    assert cy.get("/v1/overdue", params={"plan": plans[0]["id"]}).status_code == 422
    assert cy.get("/v1/overdue", params={"account": account["id"]}).status_code == 422


def test_who_has_left_can_still_be_asked_about(api: Client, given: Given) -> None:
    given.commitment(due_on="2026-03-10", owner="bo")
    api.patch(f"/v1/members/{given.member('bo')['id']}", json={"active": False})

    assert api.at(LATER).overdue(owner="bo@example.com") == ["POA-1.1"]
