"""A plan is started from a notice, with all that is known already."""

from typing import Any

import pytest

from tests.client import Client
from tests.given import Given

CAUSES = [
    {"key": "supplier", "area": "supplier", "statement": "No letter of authorisation."},
    {"key": "intake", "area": "inventory", "statement": "Nobody checked the boxes."},
]


def start(api: Client, notice: str, **body: Any) -> Any:
    answer = api.post(f"/v1/notices/{notice}/plan", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.fixture
def account(given: Given) -> Any:
    body = {"marketplace": "amazon.de", "external_id": "A1", "timezone": "Europe/Berlin"}
    return given.post("/v1/accounts", body)["id"]


def test_it_takes_over_items_account_and_zone(api: Client, given: Given, account: str) -> None:
    items = [{"type": "asin", "ref": "B0C7XK2M4P"}, {"type": "sku", "ref": "A-1"}]
    notice = given.notice(account=account, items=items)

    answer = api.post(f"/v1/notices/{notice['id']}/plan")

    plan = answer.json()
    assert (answer.status_code, answer.headers["location"]) == (201, f"/v1/plans/{plan['id']}")
    assert (plan["state"], plan["notices"], plan["items"]) == ("draft", [notice["id"]], items)
    assert (plan["account"], plan["timezone"], plan["title"]) == (account, "Europe/Berlin", notice["title"])
    assert (plan["root_causes"], plan["commitments"], plan["attempts"]) == ([], [], 0)
    assert api.get(f"/v1/notices/{notice['id']}").json() == notice


def test_without_an_account_it_is_in_the_zone_of_the_workspace(api: Client, given: Given) -> None:
    api.patch("/v1/workspace", json={"timezone": "Asia/Tokyo"})

    plan = start(api, given.notice()["id"])

    assert (plan["account"], plan["timezone"]) == (None, "Asia/Tokyo")


def test_what_is_said_goes_before_what_is_known(api: Client, given: Given, account: str) -> None:
    given.draft(items=[{"type": "asin", "ref": "B0C7XK2M4P"}], root_causes=CAUSES)
    notice = given.notice(account=account)["id"]

    plan = start(api, notice, title="Ours", timezone="America/Chicago", root_causes=False)

    assert (plan["title"], plan["timezone"], plan["root_causes"]) == ("Ours", "America/Chicago", [])


def test_the_deadline_is_that_of_the_notice(api: Client, given: Given) -> None:
    notice = given.notice(attempts_allowed=2)["id"]

    plan = start(api, notice)

    assert api.get(f"/v1/plans/{plan['id']}/readiness").json()["budget"] == {
        "respond_by": "2026-03-04T17:04:00Z",
        "attempts_allowed": 2,
        "attempts_left": 2,
    }


def test_earlier_root_causes_of_its_items_are_offered_the_newest_of_each(api: Client, given: Given) -> None:
    about = {"items": [{"type": "asin", "ref": "B0C7XK2M4P"}]}
    given.draft(**about, root_causes=[CAUSES[0] | {"statement": "We did not know."}, CAUSES[1]])
    given.draft(**about, root_causes=[CAUSES[0]])
    given.draft(items=[{"type": "sku", "ref": "B0C7XK2M4P"}], root_causes=[CAUSES[0] | {"key": "other"}])

    plan = start(api, given.notice()["id"])

    assert plan["root_causes"] == CAUSES


def test_a_notice_about_nothing_has_no_earlier_causes(api: Client, given: Given) -> None:
    given.draft(items=[{"type": "asin", "ref": "B0C7XK2M4P"}], root_causes=CAUSES)

    assert start(api, given.notice(items=[])["id"])["root_causes"] == []


def test_causes_of_another_workspace_are_not_offered(given: Given, cy: Client, api: Client) -> None:
    Given(cy).draft(items=[{"type": "asin", "ref": "B0C7XK2M4P"}], root_causes=CAUSES)

    assert start(api, given.notice()["id"])["root_causes"] == []


def test_of_an_erased_plan_nothing_is_offered(api: Client, given: Given) -> None:
    plan = given.plan(root_causes=CAUSES)
    given.post("/v1/erasures", {"subject": plan["id"]})

    assert start(api, given.notice()["id"])["root_causes"] == []


def test_several_plans_may_be_started(api: Client, given: Given) -> None:
    notice = given.notice()["id"]

    assert [start(api, notice)["reference"] for _ in range(2)] == ["POA-1", "POA-2"]


@pytest.mark.parametrize("verb", ["dismissal", "closure"])
def test_nothing_is_started_about_what_is_over(api: Client, given: Given, verb: str) -> None:
    path = f"/v1/notices/{given.notice()['id']}"
    given.post(f"{path}/response", {"note": "It is in stock."}) if verb == "closure" else None
    given.post(f"{path}/{verb}", {"reason": "Not ours."} if verb == "dismissal" else {})

    refused = api.post(f"{path}/plan")

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/notice-cannot-move")
    assert api.get("/v1/plans").json()["data"] == []


def test_who_starts_it_is_its_author(given: Given) -> None:
    bo = given.client_of("bo")
    start(bo, given.notice()["id"])

    refused = bo.post("/v1/plans/POA-1/sign-off")

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/self-sign-off")
