"""What docs/follow-through.md shows is true: each request is sent as it stands there. Its example is tested beside."""

from tests.client import Client
from tests.documented import page, requests
from tests.given import Given


def test_a_report_by_owner_leads_to_the_commitments_behind_a_figure(api: Client, given: Given) -> None:
    api.at("2026-10-20T09:00:00Z")
    late = [given.promise(due_on=f"2026-11-{day}") for day in ("10", "11", "12")]
    given.plan(*late, given.promise(due_on="2026-10-30"), given.promise(owner="bo", due_on="2026-11-10"))
    api.at("2026-11-20T09:00:00Z")
    for number in range(1, 6):
        given.done(f"POA-1.{number}")
    report, behind = requests(page("follow-through.md"))
    vera = given.client_of("vera").at("2026-12-01T09:00:00Z")

    told = report.by(vera)
    (adas,) = (one for one in told["groups"] if one["name"] == "Ada Okafor")
    found = behind.by(vera, {"$KEY_OF_THE_GROUP": adas["key"], "$AS_OF": told["as_of"]})["data"]

    assert adas["counts"]["kept_late"] == 4
    assert [one["due_on"] for one in found] == ["2026-11-10", "2026-11-11", "2026-11-12"]
    assert all({"done_at", "days_late", "days_late_vs_original"} <= one.keys() for one in found)
