"""The follow-through report: each figure worked out by hand, and the commitments behind it."""

from typing import Any

import pytest

from app.followthrough.report_schemas import Figures
from tests.client import Client
from tests.given import Given

CAUSES = [
    {"key": "supplier", "area": "supplier", "statement": "No letter of authorisation."},
    {"key": "label", "area": "listing", "statement": "The label says another brand."},
]


def told(api: Client, **query: Any) -> Any:
    answer = api.get("/v1/follow-through", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def counts(one: Any) -> dict[str, int]:
    return {name: count for name, count in one["counts"].items() if count}


def drilled(api: Client, figure: str, **query: Any) -> list[str]:
    found = told(api, drill=figure, **query)
    assert found["figure"] == figure
    return [one["reference"] for one in found["data"]]


@pytest.fixture
def march(api: Client, given: Given) -> Client:
    """Five promises for March: kept, kept 3 days late, overdue, ahead, and one of April."""
    given.plan(
        given.promise(due_on="2026-03-10", root_causes=["supplier"]),
        given.promise(due_on="2026-03-11", root_causes=["supplier", "label"], owner="bo"),
        given.promise(due_on="2026-03-12"),
        given.promise(due_on="2026-03-31", kind="preventive"),
        given.promise(due_on="2026-04-01"),
        root_causes=CAUSES,
    )
    api.at("2026-03-10T20:00:00Z")
    given.done("POA-1.1")
    api.at("2026-03-14T20:00:00Z")
    given.done("POA-1.2")
    return api.at("2026-03-20T00:00:00Z")


MARCH = {"from": "2026-03-01", "to": "2026-03-31"}


def test_what_was_promised_for_a_month_is_told(march: Client) -> None:
    found = told(march, **MARCH)

    assert counts(found["all"]) == {
        "promised": 4,
        "kept_on_time": 1,
        "kept_late": 1,
        "still_overdue": 1,
        "not_yet_due": 1,
        "awaiting_verification": 2,
        "on_time_vs_original": 1,
        "late_vs_original": 1,
        "overdue_vs_original": 1,
    }
    assert found["all"]["days_late"] == {"median": 3, "p90": 3}
    assert found["all"]["rates"]["on_time"] == {"numerator": 1, "denominator": 3, "millionths": 333_333}
    assert found["all"]["rates"]["kept"] == {"numerator": 2, "denominator": 3, "millionths": 666_667}
    assert found["all"]["rates"]["recurring_kept"] == {"numerator": 0, "denominator": 0, "millionths": None}
    assert (found["from"], found["to"], found["as_of"]) == ("2026-03-01", "2026-03-31", "2026-03-20T00:00:00Z")
    assert (found["by"], found["groups"], found["groups_in_all"]) == (None, [], 0)


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("owner", [("Ada Okafor", 3), ("Bo Lindqvist", 1)]),
        ("plan", [("POA-1 Inauthentic complaints on B0C7XK2M4P", 4)]),
        ("account", [("none", 4)]),
        ("kind", [("corrective", 3), ("preventive", 1)]),
        ("month", [("2026-03", 4)]),
        ("area", [("none", 2), ("supplier", 2), ("listing", 1)]),
    ],
)
def test_figures_are_given_by(march: Client, by: str, expected: list[tuple[str, int]]) -> None:
    found = told(march, by=by, **MARCH)

    assert [(one["name"], one["counts"]["promised"]) for one in found["groups"]] == expected
    assert found["groups_in_all"] == len(expected)
    # Each once, whatever it is grouped by.
    assert found["all"]["counts"]["promised"] == 4


@pytest.mark.parametrize("by", ["owner", "plan", "account", "kind", "month", "area"])
@pytest.mark.parametrize("as_of", ["2026-03-20T00:00:00Z", "2026-03-13T00:00:00Z", "2027-01-01T00:00:00Z"])
def test_each_figure_of_a_group_is_what_its_drill_lists(march: Client, by: str, as_of: str) -> None:
    for group in told(march, by=by, as_of=as_of)["groups"]:
        for figure in Figures.model_fields:
            listed = drilled(march, figure, **{by: group["key"]}, as_of=as_of)
            assert len(listed) == group["counts"][figure], (group, figure)


def test_the_report_of_an_earlier_day_does_not_know_what_came_after(march: Client) -> None:
    found = told(march, as_of="2026-03-13T00:00:00Z", **MARCH)

    assert counts(found["all"]) == {
        "promised": 4,
        "kept_on_time": 1,
        "still_overdue": 1,
        "not_yet_due": 2,
        "awaiting_verification": 1,
        "on_time_vs_original": 1,
        "overdue_vs_original": 1,
    }


def test_before_it_was_promised_nothing_was(march: Client) -> None:
    assert counts(told(march, as_of="2026-02-01T00:00:00Z")["all"]) == {}


def test_the_report_of_a_later_day_is_what_will_be_if_nobody_acts(march: Client) -> None:
    found = told(march, as_of="2026-05-01T00:00:00Z", **MARCH)

    assert (found["all"]["counts"]["still_overdue"], found["all"]["counts"]["not_yet_due"]) == (2, 0)


def test_a_figure_is_the_commitments_that_it_lists(march: Client) -> None:
    (late,) = told(march, drill="kept_late")["data"]

    assert (late["reference"], late["days_late"], late["done_at"]) == ("POA-1.2", 3, "2026-03-14T20:00:00Z")


def test_pages_of_a_drill_are_of_one_instant(march: Client) -> None:
    seen, query = [], {"drill": "promised", "limit": 2}
    while query:
        page = told(march, **query)
        seen += [one["reference"] for one in page["data"]]
        march.at("2026-03-25T00:00:00Z")
        query = {"drill": "promised", "limit": 2, "cursor": page["next_cursor"]} if page["has_more"] else {}

    assert seen == [f"POA-1.{number}" for number in range(1, 6)]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"by": "root_cause"}, "/query/by"),
        ({"owner": "nobody@example.com"}, "/query/owner"),
        ({"plan": "POA-9"}, "/query/plan"),
        ({"account": "00000000-0000-0000-0000-000000000000"}, "/query/account"),
        ({"area": "warehouse"}, "/query/area"),
        ({"month": "2026-13"}, "/query/month"),
        ({"drill": "kept"}, "/query/drill"),
        ({"since": "2026-01-01"}, "/query/since"),
    ],
)
def test_what_names_nothing_is_refused(march: Client, query: dict[str, str], pointer: str) -> None:
    answer = march.get("/v1/follow-through", params=query)

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
