"""What docs/follow-through.md shows is true: each request is sent as it stands there. Its example is tested beside."""

import json
import re

from app.followthrough.report_schemas import Figure
from tests.client import Client
from tests.documented import page, requests
from tests.effectiveness.given import WINDOW, check
from tests.given import Given

PAGE = page("follow-through.md")


def test_a_report_by_owner_leads_to_the_commitments_behind_a_figure(api: Client, given: Given) -> None:
    api.at("2026-10-20T09:00:00Z")
    late = [given.promise(due_on=f"2026-11-{day}") for day in ("10", "11", "12")]
    given.plan(*late, given.promise(due_on="2026-10-30"), given.promise(owner="bo", due_on="2026-11-10"))
    api.at("2026-11-20T09:00:00Z")
    for number in range(1, 6):
        given.done(f"POA-1.{number}")
    report, behind, _ = requests(PAGE)
    vera = given.client_of("vera").at("2026-12-01T09:00:00Z")

    told = report.by(vera)
    (adas,) = (one for one in told["groups"] if one["name"] == "Ada Okafor")
    found = behind.by(vera, {"$KEY_OF_THE_GROUP": adas["key"], "$AS_OF": told["as_of"]})["data"]

    assert adas["counts"]["kept_late"] == 4
    assert [one["due_on"] for one in found] == ["2026-11-10", "2026-11-11", "2026-11-12"]
    assert all({"done_at", "days_late", "days_late_vs_original"} <= one.keys() for one in found)


def test_a_figure_of_effectiveness_leads_to_its_plans_and_their_checks(given: Given) -> None:
    given.plan(given.promise(), given.promise(owner="chidi"))
    given.done("POA-1.1")
    given.done("POA-1.2")
    assert check(given.client_of("bo").at(WINDOW), recurrences_seen=0).status_code == 201
    *_, plans = requests(PAGE)
    (shown,) = [json.loads(one) for one in re.findall(r"```json\n(.+?)```", PAGE, re.DOTALL)]

    told = plans.by(given.client_of("vera"), {"$AS_OF": "2026-12-01T09:00:00Z"})

    (listed,), (example,) = told.pop("data"), shown.pop("data")
    assert told == shown
    assert (listed.keys(), listed["check"].keys()) == (example.keys(), example["check"].keys())
    assert (listed["promised"], listed["check"]["outcome"]) == (2, "effective")


def test_each_figure_is_explained() -> None:
    assert {*Figure} <= {*re.findall(r"`(\w+)`", PAGE)}
