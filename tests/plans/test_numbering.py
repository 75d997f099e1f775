"""People name plans and commitments by numbers that have no gaps."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.client import Client
from tests.given import Given


@pytest.mark.both_versions
def test_plans_written_at_once_are_numbered_without_gaps(api: Client, given: Given) -> None:
    promise = given.promise()

    def write(index: int) -> int:
        # Every third one is refused, and must not cost a number.
        owner = "nobody@example.com" if index % 3 == 0 else "ada@example.com"
        return api.post("/v1/plans", json={"title": "?", "commitments": [promise | {"owner": owner}]}).status_code

    with ThreadPoolExecutor(8) as threads:
        statuses = sorted(threads.map(write, range(24)))

    assert statuses == [201] * 16 + [422] * 8
    listed = api.get("/v1/plans", params={"limit": 200}).json()["data"]
    assert [one["reference"] for one in listed] == [f"POA-{number}" for number in range(16, 0, -1)]


def test_a_plan_and_its_commitments_are_found_by_reference_and_by_id(api: Client, given: Given) -> None:
    plan = given.plan(given.promise(), given.promise(recurrence="FREQ=DAILY;COUNT=2"))

    assert api.get(f"/v1/plans/{plan['id']}").json() == api.get("/v1/plans/POA-1").json() == plan
    assert [one["reference"] for one in plan["commitments"]] == ["POA-1.1", "POA-1.2"]
    for reference in ("POA-1.1", "POA-1.2.1", "POA-1.2.2"):
        found = api.get(f"/v1/commitments/{reference}").json()
        assert found["reference"] == reference
        assert api.get(f"/v1/commitments/{found['id']}").json() == found


@pytest.mark.parametrize("name", ["POA-2", "01970000-0000-7000-8000-000000000000"])
def test_a_plan_that_is_not_there_is_not_found(api: Client, given: Given, name: str) -> None:
    given.plan()

    answer = api.get(f"/v1/plans/{name}")

    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/plan-not-found")


@pytest.mark.parametrize("name", ["1", "poa-1", "POA-0", "POA-01", "POA-1.1", "POA-9999999999", "%F0%9F%98%80"])
def test_what_names_no_plan_is_refused(api: Client, given: Given, name: str) -> None:
    given.plan()

    assert api.get(f"/v1/plans/{name}").status_code == 422


def test_numbers_are_each_workspaces_own(given: Given, cy: Client) -> None:
    given.plan()

    first = cy.post("/v1/plans", json={"title": "Theirs"}).json()

    assert first["reference"] == "POA-1"


def test_plans_are_listed_newest_first_page_by_page(api: Client, given: Given) -> None:
    for _ in range(5):
        given.draft()

    first = api.get("/v1/plans", params={"limit": 2}).json()
    given.draft()
    second = api.get("/v1/plans", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    last = api.get("/v1/plans", params={"limit": 2, "cursor": second["next_cursor"]}).json()

    pages = [[one["reference"] for one in page["data"]] for page in (first, second, last)]
    assert pages == [["POA-5", "POA-4"], ["POA-3", "POA-2"], ["POA-1"]]
    assert (last["has_more"], last["next_cursor"]) == (False, None)
