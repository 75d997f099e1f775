"""What was recorded about a notice can be corrected; what it says cannot."""

from typing import Any

import pytest

from tests.client import Client
from tests.given import Given


def last_event(api: Client) -> Any:
    return api.get("/v1/events", params={"limit": 200}).json()["data"][-1]


def disclosed(event: Any) -> dict[str, str]:
    return {one["name"]: one["value"] for one in event["disclosures"]}


def end(given: Given, notice: str, state: str) -> None:
    if state == "closed":
        given.post(f"/v1/notices/{notice}/response", {"note": "It is in stock."})
        given.post(f"/v1/notices/{notice}/closure")
    else:
        given.post(f"/v1/notices/{notice}/dismissal", {"reason": "Not ours."})


def test_what_is_absent_stays(api: Client, given: Given) -> None:
    before = given.notice()

    after = api.patch(f"/v1/notices/{before['id']}", json={"severity": "critical"}).json()

    assert after == before | {"severity": "critical"}
    assert (last_event(api)["type"], disclosed(last_event(api))) == ("notice.changed", {})


def test_everything_but_its_words_can_be_corrected(api: Client, given: Given) -> None:
    body = {"marketplace": "amazon.com", "external_id": "A1", "timezone": "UTC"}
    change = {
        "account": given.post("/v1/accounts", body)["id"],
        "category": "safety",
        "severity": "info",
        "title": "Safety complaint",
        "respond_by": "2026-03-06T00:00:00Z",
        "attempts_allowed": 3,
        "evidence_window_days": 180,
        "plan_requested": False,
        "items": [{"type": "sku", "ref": "A-1"}],
    }
    before = given.notice()

    after = api.patch(f"/v1/notices/{before['id']}", json=change).json()

    assert after == before | change
    assert disclosed(last_event(api)) == {
        "title": "Safety complaint",
        "items": '[{"ref":"A-1","type":"sku"}]',
    }


def test_null_takes_away_what_was_not_asked_for(api: Client, given: Given) -> None:
    body = {"marketplace": "amazon.com", "external_id": "A1", "timezone": "UTC"}
    account = given.post("/v1/accounts", body)["id"]
    notice = given.notice(account=account, attempts_allowed=2, evidence_window_days=365)["id"]
    names = ("account", "respond_by", "attempts_allowed", "evidence_window_days")

    after = api.patch(f"/v1/notices/{notice}", json=dict.fromkeys(names) | {"items": []}).json()

    assert [after[name] for name in names] == [None] * 4
    assert after["items"] == []


@pytest.mark.parametrize("name", ["category", "severity", "title", "plan_requested", "items"])
def test_what_every_notice_has_is_not_taken_away(api: Client, given: Given, name: str) -> None:
    before = given.notice()

    refused = api.patch(f"/v1/notices/{before['id']}", json={name: None})

    assert refused.status_code == 422
    assert [one["pointer"] for one in refused.json()["errors"]] == [f"/body/{name}"]
    assert api.get(f"/v1/notices/{before['id']}").json() == before


@pytest.mark.parametrize("name", ["text", "source", "external_id", "kind", "received_at", "state", "plan"])
def test_what_it_is_and_says_stays(api: Client, given: Given, name: str) -> None:
    notice = given.notice()["id"]

    refused = api.patch(f"/v1/notices/{notice}", json={name: "other"})

    assert [(one["pointer"], one["code"]) for one in refused.json()["errors"]] == [(f"/body/{name}", "extra_forbidden")]


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"respond_by": "2026-03-01T17:03:59Z"}, "/body/respond_by", "before_received"),
        ({"items": [{"type": "asin", "ref": "B0"}] * 2}, "/body/items/1", "item_twice"),
        ({"account": "00000000-0000-0000-0000-000000000000"}, "/body/account", "unknown_account"),
    ],
)
def test_a_change_that_is_wrong_changes_nothing(
    api: Client, given: Given, change: dict[str, Any], pointer: str, code: str
) -> None:
    before = given.notice()

    refused = api.patch(f"/v1/notices/{before['id']}", json={"severity": "info"} | change)

    assert refused.status_code == 422
    assert [(one["pointer"], one["code"]) for one in refused.json()["errors"]] == [(pointer, code)]
    assert api.get(f"/v1/notices/{before['id']}").json() == before


@pytest.mark.parametrize("state", ["closed", "dismissed"])
@pytest.mark.parametrize("name", ["respond_by", "attempts_allowed", "evidence_window_days", "plan_requested"])
def test_what_an_ended_notice_asked_for_stays(api: Client, given: Given, state: str, name: str) -> None:
    notice = given.notice(attempts_allowed=2)["id"]
    end(given, notice, state)
    before = api.get(f"/v1/notices/{notice}").json()
    change = {"respond_by": None, "attempts_allowed": 5, "evidence_window_days": 1, "plan_requested": False}

    refused = api.patch(f"/v1/notices/{notice}", json={name: change[name]})

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/notice-cannot-move")
    assert f"`{name}` stays" in refused.json()["detail"]
    assert api.get(f"/v1/notices/{notice}").json() == before


@pytest.mark.parametrize("state", ["closed", "dismissed"])
def test_what_an_ended_notice_is_about_can_be_corrected(api: Client, given: Given, state: str) -> None:
    notice = given.notice()["id"]
    end(given, notice, state)
    change = {"category": "condition", "items": [{"type": "asin", "ref": "B1"}], "title": "Used sold as new"}

    after = api.patch(f"/v1/notices/{notice}", json=change).json()

    assert (after["state"], {name: after[name] for name in change}) == (state, change)
