"""What is asked for, decided, rejected and judged shows in the report, and in what is told of each instant before."""

from pathlib import Path
from typing import Any

import pytest

from app.core.paging import format_cursor
from tests.client import Client
from tests.given import Given

MARCH = {"from": "2026-03-01", "to": "2026-03-31"}
WHY = {"reason": "The carrier collects the units later."}
CAUSES = [
    {"key": "supplier", "area": "supplier", "statement": "No letter of authorisation."},
    {"key": "label", "area": "listing", "statement": "The label says another brand."},
]


def told(api: Client, **query: Any) -> Any:
    answer = api.get("/v1/follow-through", params=MARCH | query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def counts(api: Client, **query: Any) -> dict[str, int]:
    return {name: count for name, count in told(api, **query)["all"]["counts"].items() if count}


@pytest.fixture
def bo(given: Given) -> Given:
    """Bo, who decides."""
    return Given(given.client_of("bo"))


def granted(given: Given, bo: Given, path: str, kind: str, body: dict[str, Any]) -> None:
    asked = given.post(path, body, 201)
    bo.post(f"/v1/{kind}/{asked['id']}/decision", {"outcome": "granted", "reason": "Confirmed in writing."}, 200)


def test_an_extension_moves_nobody_out_of_the_period(api: Client, given: Given, bo: Given) -> None:
    given.commitment(due_on="2026-03-10")
    granted(given, bo, "/v1/commitments/POA-1.1/extensions", "extensions", {"due_on": "2026-04-15"} | WHY)

    api.at("2026-04-01T12:00:00Z")
    ahead = {"promised": 1, "not_yet_due": 1, "extended": 1, "overdue_vs_original": 1}
    assert counts(api) == ahead
    assert told(api)["all"]["rates"]["on_time_vs_original"] == {"numerator": 0, "denominator": 1, "millionths": 0}

    api.at("2026-04-10T12:00:00Z")
    given.done("POA-1.1")
    kept = {"promised": 1, "kept_on_time": 1, "awaiting_verification": 1, "extended": 1, "late_vs_original": 1}
    assert counts(api) == kept
    assert counts(api, as_of="2026-04-01T12:00:00Z") == ahead
    (listed,) = told(api, drill="late_vs_original")["data"]
    assert (listed["days_late"], listed["days_late_vs_original"], listed["extensions"]) == (0, 31, 1)


def test_what_was_extended_and_did_not_need_it_is_counted(api: Client, given: Given, bo: Given) -> None:
    for number in (1, 2):
        given.commitment(due_on="2026-03-10")
        path = f"/v1/commitments/POA-{number}.1/extensions"
        granted(given, bo, path, "extensions", {"due_on": "2026-04-15"} | WHY)
    given.done("POA-1.1")
    api.at("2026-03-20T12:00:00Z")
    given.done("POA-2.1")

    counted = counts(api)
    (listed,) = told(api, drill="extended_on_time_vs_original")["data"]

    assert (counted["extended"], counted["kept_on_time"], counted["extended_on_time_vs_original"]) == (2, 2, 1)
    assert (listed["reference"], listed["days_late_vs_original"]) == ("POA-1.1", 0)


def test_nothing_is_said_to_be_unchanged_when_an_original_due_has_passed(api: Client, given: Given, bo: Given) -> None:
    given.commitment(due_at="2026-03-10T10:05:00Z")
    granted(given, bo, "/v1/commitments/POA-1.1/extensions", "extensions", {"due_at": "2026-03-20T10:05:00Z"} | WHY)
    before = api.at("2026-03-10T10:04:59Z").get("/v1/follow-through")

    again = {"If-None-Match": before.headers["ETag"]}

    assert api.get("/v1/follow-through", headers=again).status_code == 304
    changed = api.at("2026-03-10T10:05:00Z").get("/v1/follow-through", headers=again)
    assert changed.json()["all"]["counts"]["overdue_vs_original"] == 1


EXAMPLE = Path(__file__).parents[2] / "docs" / "follow-through.md"
ASKED = {
    "13 March": "2026-03-13T12:00:00Z",
    "14 March, evening": "2026-03-14T20:00:00Z",
    "16 March": "2026-03-16T12:00:00Z",
    "30 March": "2026-03-30T12:00:00Z",
}


def test_the_example_of_the_documentation_is_true(api: Client, given: Given, bo: Given) -> None:
    given.plan(given.promise(due_on="2026-03-10"), given.promise(due_on="2026-03-10"), zone="Europe/Berlin")
    api.at("2026-03-12T12:00:00Z")
    given.done("POA-1.1")
    api.at("2026-03-14T12:00:00Z")
    bo.post("/v1/commitments/POA-1.1/verification", {"outcome": "rejected", "reason": "Another order."}, 200)
    given.done("POA-1.2")
    api.at("2026-03-15T12:00:00Z")
    granted(given, bo, "/v1/commitments/POA-1.1/extensions", "extensions", {"due_on": "2026-03-29"} | WHY)
    api.at("2026-03-29T21:59:59Z")
    assert given.done("POA-1.1")["days_late_vs_original"] == 19
    api.at("2027-03-30T12:00:00Z")

    table = EXAMPLE.read_text(encoding="utf-8").partition("| `as_of` | kept on time")[2].splitlines()[2:]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table[: len(ASKED)]]

    assert [row[0] for row in rows] == list(ASKED)
    for row in rows:
        found = told(api, as_of=ASKED[row[0]])["all"]
        names = ("kept_on_time", "kept_late", "still_overdue", "not_yet_due")
        rates = [found["rates"][name] for name in ("on_time", "on_time_vs_original")]
        said = [*(found["counts"][name] for name in names), found["days_late"]["median"]]
        assert row[1:] == [*map(str, said), *(f"{one['numerator']} of {one['denominator']}" for one in rates)]


def test_a_waived_promise_never_counts_as_done(api: Client, given: Given, bo: Given) -> None:
    given.commitment(due_on="2026-03-10")
    api.at("2026-03-09T00:00:00Z")
    granted(given, bo, "/v1/commitments/POA-1.1/waivers", "waivers", WHY)

    api.at("2026-03-20T00:00:00Z")

    assert counts(api) == {"promised": 1, "waived": 1}
    assert told(api)["all"]["rates"]["kept"]["denominator"] == 0


def test_what_was_rejected_is_overdue_again_and_was_kept_before(api: Client, given: Given, bo: Given) -> None:
    given.commitment(due_on="2026-03-10")
    api.at("2026-03-10T12:00:00Z")
    given.done("POA-1.1")
    api.at("2026-03-12T12:00:00Z")
    bo.post("/v1/commitments/POA-1.1/verification", {"outcome": "rejected", "reason": "Another order."}, 200)
    api.at("2026-03-14T12:00:00Z")
    given.done("POA-1.1")
    api.at("2026-03-15T12:00:00Z")
    bo.post("/v1/commitments/POA-1.1/verification", {"outcome": "verified"}, 200)
    api.at("2026-03-20T12:00:00Z")

    seen = [counts(api, as_of=f"2026-03-{day}T13:00:00Z") for day in (10, 12, 14, 15)]

    late = {"promised": 1, "kept_late": 1, "late_vs_original": 1}
    assert seen == [
        {"promised": 1, "kept_on_time": 1, "on_time_vs_original": 1, "awaiting_verification": 1},
        {"promised": 1, "still_overdue": 1, "overdue_vs_original": 1},
        late | {"awaiting_verification": 1},
        late | {"verified": 1},
    ]
    assert told(api, as_of="2026-03-14T13:00:00Z")["all"]["days_late"] == {"median": 4, "p90": 4}


def test_what_an_amendment_adds_is_counted_from_then_on_where_its_cause_lies(
    api: Client, given: Given, bo: Given
) -> None:
    given.plan(given.promise(due_on="2026-03-10", root_causes=["supplier"]), root_causes=CAUSES)
    api.at("2026-03-05T00:00:00Z")
    added = given.promise(due_on="2026-03-20", root_causes=["label"]) | {"why": "The authority asked for it."}
    granted(given, bo, "/v1/plans/POA-1/amendments", "amendments", {"commitments": [added]})
    api.at("2026-03-06T00:00:00Z")

    groups = {one["key"]: one["counts"]["promised"] for one in told(api, by="area")["groups"]}

    assert groups == {"supplier": 1, "listing": 1}
    assert counts(api, as_of="2026-03-04T00:00:00Z")["promised"] == 1


def test_missed_times_of_a_series_stay_missed(api: Client, given: Given) -> None:
    given.commitment(due_on="2026-03-06", recurrence="FREQ=WEEKLY;COUNT=3")
    api.at("2026-03-13T12:00:00Z")
    given.done("POA-1.1.2")
    api.at("2026-03-14T12:00:00Z")

    rates = told(api)["all"]["rates"]

    assert counts(api)["recurring"] == 3
    assert (rates["recurring_on_time"]["numerator"], rates["recurring_on_time"]["denominator"]) == (1, 2)


def test_the_newest_check_of_each_plan_counts(api: Client, given: Given, bo: Given) -> None:
    for number in (1, 2):
        given.commitment(due_on="2026-03-10")
        given.done(f"POA-{number}.1")
    given.commitment(due_on="2026-05-01")
    judged = {"reason": "No complaint since."}
    api.at("2026-10-01T00:00:00Z")
    bo.post("/v1/plans/POA-1/effectiveness", judged | {"outcome": "inconclusive"}, 201)
    api.at("2026-11-01T00:00:00Z")
    bo.post("/v1/plans/POA-1/effectiveness", judged | {"outcome": "effective"}, 201)
    api.at("2026-12-01T00:00:00Z")

    now = told(api)["effectiveness"]
    then = told(api, as_of="2026-10-15T00:00:00Z", owner="ada@example.com")["effectiveness"]

    assert now == {"plans": 2, "effective": 1, "ineffective": 0, "inconclusive": 0, "not_checked": 1}
    assert then == {"plans": 2, "effective": 0, "ineffective": 0, "inconclusive": 1, "not_checked": 1}


def judged(api: Client, figure: str, **query: Any) -> list[tuple[str, int, str | None]]:
    """The plans that a figure counts, how much each promised, and how it was judged."""
    found = told(api, drill=figure, **query)
    assert found["figure"] == figure
    return [
        (one["plan"]["reference"], one["promised"], one["check"] and one["check"]["outcome"]) for one in found["data"]
    ]


def test_each_figure_of_effectiveness_is_the_plans_that_its_drill_lists(api: Client, given: Given, bo: Given) -> None:
    for number in range(1, 5):
        given.plan(given.promise(due_on="2026-03-10"), given.promise(due_on="2026-03-11"))
        given.done(f"POA-{number}.1")
        given.done(f"POA-{number}.2")
    given.commitment(due_on="2026-05-01")
    ways = ["inconclusive", "effective", "ineffective"]
    api.at("2026-10-01T00:00:00Z")
    for number, outcome in enumerate(ways, 1):
        bo.post(f"/v1/plans/POA-{number}/effectiveness", {"outcome": outcome, "reason": f"Because {number}."}, 201)
    api.at("2026-11-01T00:00:00Z")
    bo.post("/v1/plans/POA-1/effectiveness", {"outcome": "effective", "reason": "No complaint since."}, 201)
    api.at("2026-12-01T00:00:00Z")
    before: dict[str, Any] = {"as_of": "2026-10-15T00:00:00Z", "owner": "ada@example.com"}

    for query in ({}, before):
        counted = told(api, **query)["effectiveness"]
        assert {figure: len(judged(api, figure, **query)) for figure in counted} == counted
    (check, _) = (one["check"] for one in told(api, drill="effective")["data"])

    assert judged(api, "effective") == [("POA-1", 2, "effective"), ("POA-2", 2, "effective")]
    assert judged(api, "inconclusive", **before) == [("POA-1", 2, "inconclusive")]
    assert judged(api, "not_checked", to="2026-03-10") == [("POA-4", 1, None)]
    assert check == api.get("/v1/plans/POA-1/effectiveness/checks").json()["data"][-1]


def test_pages_of_plans_are_of_one_instant(api: Client, given: Given) -> None:
    for _ in range(5):
        given.commitment(due_on="2026-03-10")
    api.at("2026-03-20T00:00:00Z")

    pages, query = [], {"drill": "plans", "limit": 2}
    while query:
        page = told(api, **query)
        pages.append((page["as_of"], [one["plan"]["reference"] for one in page["data"]]))
        api.at("2026-03-25T00:00:00Z")
        given.commitment(due_on="2026-03-10")
        query = {"drill": "plans", "limit": 2, "cursor": page["next_cursor"]} if page["has_more"] else {}

    then = "2026-03-20T00:00:00Z"
    assert pages == [(then, ["POA-1", "POA-2"]), (then, ["POA-3", "POA-4"]), (then, ["POA-5"])]


@pytest.mark.parametrize(
    "key",
    [("2026-03-20T00:00:00", 1), ("2026-03-20T00:00:00+00:00", 0), ("2026-03-20T00:00:00+00:00", 2**31), ("now", 1)],
)
def test_a_cursor_of_plans_that_was_not_written_here_is_refused(api: Client, key: tuple[str, int]) -> None:
    answer = api.get("/v1/follow-through", params={"drill": "plans", "cursor": format_cursor(*key)})

    assert (answer.status_code, answer.json()["type"]) == (400, api.get("/v1/plans?cursor=x").json()["type"])


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "pdf"])
def test_a_form_takes_all_filters_at_once(api: Client, given: Given, suffix: str) -> None:
    account = given.post("/v1/accounts", {"marketplace": "amazon.com", "external_id": "A1", "timezone": "UTC"})["id"]
    given.plan(given.promise(due_on="2026-03-10", root_causes=["supplier"]), root_causes=CAUSES, account=account)
    every = {"owner": "ada@example.com", "plan": "POA-1", "account": account, "area": "supplier"}
    every |= {"kind": "corrective", "month": "2026-03", "by": "area"}

    answer = api.get(f"/v1/follow-through.{suffix}", params=MARCH | every)

    assert answer.status_code == 200
    assert counts(api, **every) == {"promised": 1, "not_yet_due": 1}
