"""A notice about which nothing has to be done is dismissed, with a reason."""

from typing import Any

import pytest

from tests.client import Client
from tests.given import Given

REASON = {"reason": "Sent to the wrong account."}


def last_event(api: Client) -> Any:
    return api.get("/v1/events", params={"limit": 200}).json()["data"][-1]


@pytest.mark.parametrize("first", ["received", "acknowledged"])
def test_it_says_why(api: Client, given: Given, first: str) -> None:
    notice = given.notice()["id"]
    given.post(f"/v1/notices/{notice}/acknowledgement") if first == "acknowledged" else None

    dismissed = api.at("2026-03-02T10:00:00Z").post(f"/v1/notices/{notice}/dismissal", json=REASON).json()

    assert (dismissed["state"], dismissed["reason"]) == ("dismissed", "Sent to the wrong account.")
    assert dismissed["ended_at"] == "2026-03-02T10:00:00Z"
    event = last_event(api)
    assert (event["type"], event["disclosures"][0]["value"]) == ("notice.dismissed", "Sent to the wrong account.")
    assert "wrong" not in event["text"]


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "  "}, {"reason": None}])
def test_without_a_reason_it_is_not_dismissed(api: Client, given: Given, body: dict[str, Any]) -> None:
    notice = given.notice()["id"]

    refused = api.post(f"/v1/notices/{notice}/dismissal", json=body)

    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/body/reason")
    assert api.get(f"/v1/notices/{notice}").json()["state"] == "received"


@pytest.mark.parametrize("verbs", [["response"], ["response", "closure"], ["dismissal"]])
def test_what_is_answered_or_over_is_not_dismissed(api: Client, given: Given, verbs: list[str]) -> None:
    path = f"/v1/notices/{given.notice()['id']}"
    bodies = {"response": {"note": "It is in stock."}, "dismissal": REASON}
    for verb in verbs:
        given.post(f"{path}/{verb}", bodies.get(verb))

    refused = api.post(f"{path}/dismissal", json={"reason": "Another."})

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/notice-cannot-move")
    assert api.get(path).json()["reason"] != "Another."


def test_a_plan_does_not_answer_what_was_dismissed(api: Client, given: Given) -> None:
    notice = given.notice()["id"]
    given.draft(notices=[notice])
    given.post(f"/v1/notices/{notice}/dismissal", REASON)
    given.sign_off("POA-1")

    refused = api.post("/v1/plans/POA-1/submissions", json={})

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/notice-cannot-move")
    (fault,) = refused.json()["errors"]
    assert (fault["pointer"], fault["code"]) == ("/notices/0", "notice_cannot_move")
    assert "Acknowledge it again first." in fault["detail"]
    assert api.get("/v1/plans/POA-1").json()["state"] == "draft"
    assert api.get(f"/v1/notices/{notice}").json()["state"] == "dismissed"
