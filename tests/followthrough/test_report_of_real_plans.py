"""The report of plans as people write them: each figure added up from the commitments that are listed."""

from pathlib import Path

import pytest

from tests.client import Client
from tests.test_real_input import SHARED, read, record

FIGURES = ("still_overdue", "not_yet_due")


@pytest.fixture
def three(api: Client) -> list[Path]:
    if not SHARED.is_dir():
        pytest.skip(f"no plans in {SHARED}: set FOLLOWTHROUGH_SHARED to the folder that holds data/plans")
    for member in read(SHARED / "members.json"):
        assert api.post("/v1/members", json=member).status_code == 201
    return sorted(SHARED.glob("[0-9]*.json"))


@pytest.mark.parametrize("as_of", ["2026-11-22T12:00:00Z", "2026-12-05T08:00:00Z", "2027-03-01T12:00:00Z"])
def test_the_report_of_three_plans_adds_up(api: Client, three: list[Path], as_of: str) -> None:
    for path in three:
        record(api.at("2026-11-22T12:00:00Z"), path)

    report = api.get("/v1/follow-through", params={"by": "plan", "as_of": as_of}).json()

    overdue = api.get("/v1/overdue", params={"as_of": as_of, "limit": 200}).json()["data"]
    counts = report["all"]["counts"]
    assert (counts["promised"], counts["still_overdue"]) == (31 + 39 + 16, len(overdue))
    assert counts["promised"] == sum(counts[name] for name in FIGURES)
    assert [one["counts"]["promised"] for one in sorted(report["groups"], key=lambda one: one["name"])] == [31, 39, 16]
    assert api.get("/v1/follow-through.pdf", params={"by": "area", "as_of": as_of}).status_code == 200


def test_areas_are_those_of_the_plans(api: Client, three: list[Path]) -> None:
    for path in three:
        record(api.at("2026-11-22T12:00:00Z"), path)

    found = {one["key"] for one in api.get("/v1/follow-through", params={"by": "area"}).json()["groups"]}

    written = set()
    for plan in map(read, three):
        lies = {one["key"]: one["area"] for one in plan["root_causes"]}
        for one in plan["commitments"]:
            written |= {lies[key] for key in one.get("root_causes", ())} or {"none"}
    assert found == written
