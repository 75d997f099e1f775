"""A notice is recorded as it came in: its words as they are, its deadline as it names it."""

from hashlib import sha256
from typing import Any

import pytest

from tests.client import Client
from tests.given import Given

LEAST = {"category": "safety", "title": "Complaint", "text": "The handle broke."}


def faults(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    return [(one["pointer"], one["code"]) for one in answer.json()["errors"]]


def test_little_has_to_be_known_of_it(api: Client, given: Given) -> None:
    recorded = given.post("/v1/notices", LEAST, 201)

    assert recorded["text_sha256"] == sha256(b"The handle broke.").hexdigest()
    expected = LEAST | {
        "kind": "notification",
        "source": "manual",
        "severity": "serious",
        "state": "received",
        "received_at": "2026-03-02T09:00:00Z",
        "created_at": "2026-03-02T09:00:00Z",
        "plan_requested": False,
        "attempts": 0,
        "items": [],
    }
    unsaid = dict.fromkeys(recorded.keys() - expected.keys() - {"id", "text_sha256"})
    assert recorded == expected | unsaid | {"id": recorded["id"], "text_sha256": recorded["text_sha256"]}
    assert api.get(f"/v1/notices/{recorded['id']}").json() == recorded


def test_everything_that_it_says_is_kept(api: Client, given: Given) -> None:
    body = {"marketplace": "amazon.com", "external_id": "A1", "timezone": "UTC"}
    account = given.post("/v1/accounts", body)["id"]
    said = {
        "kind": "complaint",
        "source": "amazon",
        "external_id": "case 12345678901",
        "account": account,
        "category": "authenticity",
        "severity": "critical",
        "title": "Inauthentic complaints",
        "text": "  Dear seller,\n\n\tsend \u201cinvoices\u201d.\r\n",
        "received_at": "2026-03-01T17:04:00Z",
        "respond_by": "2026-03-04T17:04:00Z",
        "attempts_allowed": 2,
        "evidence_window_days": 365,
        "plan_requested": True,
        "items": [{"type": "asin", "ref": "B0C7XK2M4P"}, {"type": "sku", "ref": "A 1"}],
    }

    answer = api.post("/v1/notices", json=said)

    assert answer.status_code == 201
    assert answer.json().items() >= said.items()
    assert answer.json()["text_sha256"] == sha256(str(said["text"]).encode()).hexdigest()
    assert answer.headers["location"] == f"/v1/notices/{answer.json()['id']}"
    read = api.get(answer.headers["location"])
    assert (read.json(), read.headers["etag"]) == (answer.json(), answer.headers["etag"])


def test_its_deadline_is_never_derived(given: Given) -> None:
    asked = given.notice(text="Answer within 72 hours.", respond_by=None, evidence_window_days=3)

    assert asked["respond_by"] is None


def test_an_old_notice_may_be_recorded_after_its_deadline(given: Given) -> None:
    late = given.notice(received_at="2025-03-01T00:00:00Z", respond_by="2025-03-04T00:00:00Z")

    assert (late["state"], late["respond_by"]) == ("received", "2025-03-04T00:00:00Z")


def test_recording_it_is_an_event_that_holds_none_of_its_words(api: Client, given: Given) -> None:
    notice = given.notice(external_id="case 7")

    event = api.get("/v1/events", params={"limit": 200}).json()["data"][-1]
    assert (event["type"], event["subject"], event["plan"]) == ("notice.received", notice["id"], None)
    assert notice["text_sha256"] in event["text"]
    assert "B0C7XK2M4P" not in event["text"]
    names = sorted(one["name"] for one in event["disclosures"])
    assert names == ["external_id", "items", "source", "text", "title"]


@pytest.mark.parametrize(
    ("wrong", "pointer", "code"),
    [
        ({"received_at": "2026-03-03T09:00:01Z", "respond_by": None}, "/body/received_at", "future"),
        ({"respond_by": "2026-03-01T17:03:59Z"}, "/body/respond_by", "before_received"),
        ({"items": [{"type": "asin", "ref": "B0"}] * 2}, "/body/items/1", "item_twice"),
        ({"account": "00000000-0000-0000-0000-000000000000"}, "/body/account", "unknown_account"),
        ({"respond_by": "2026-03-04T17:04:00.5Z"}, "/body/respond_by", "value_error"),
        ({"respond_by": "P3D"}, "/body/respond_by", "value_error"),
        ({"text": " \n\t"}, "/body/text", "string_pattern_mismatch"),
        ({"text": ""}, "/body/text", "string_too_short"),
        ({"attempts_allowed": 0}, "/body/attempts_allowed", "greater_than_equal"),
        ({"evidence_window_days": 0}, "/body/evidence_window_days", "greater_than_equal"),
        ({"category": "bad"}, "/body/category", "enum"),
        ({"plan_requested": "yes"}, "/body/plan_requested", "bool_type"),
        ({"state": "closed"}, "/body/state", "extra_forbidden"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_recorded(
    api: Client, given: Given, wrong: dict[str, Any], pointer: str, code: str
) -> None:
    given.notice()
    size = api.get("/v1/events").json()["size"]
    body = {**LEAST, "received_at": "2026-03-01T17:04:00Z"} | wrong

    answer = api.post("/v1/notices", json=body)

    assert faults(answer) == [(pointer, code)]
    assert api.get("/v1/events").json()["size"] == size


def test_a_deadline_before_it_came_in_says_when_that_was(api: Client) -> None:
    answer = api.post("/v1/notices", json={**LEAST, "respond_by": "2026-03-01T00:00:00Z"})

    assert "2026-03-02 09:00:00 UTC" in answer.json()["errors"][0]["detail"]


def test_the_account_of_another_workspace_is_none(api: Client, cy: Client) -> None:
    body = {"marketplace": "amazon.com", "external_id": "A1", "timezone": "UTC"}
    theirs = cy.post("/v1/accounts", json=body).json()["id"]

    assert faults(api.post("/v1/notices", json={**LEAST, "account": theirs})) == [("/body/account", "unknown_account")]


def test_who_only_looks_records_none(api: Client, given: Given) -> None:
    notice = given.notice()["id"]

    vera = given.client_of("vera")

    assert vera.post("/v1/notices", json=LEAST).status_code == 403
    assert vera.patch(f"/v1/notices/{notice}", json={"title": "?"}).status_code == 403
    for verb, body in ("acknowledgement", {}), ("dismissal", {"reason": "?"}), ("response", {"note": "?"}):
        assert vera.post(f"/v1/notices/{notice}/{verb}", json=body).status_code == 403
    assert vera.post(f"/v1/notices/{notice}/closure", json={}).status_code == 403
    assert vera.post(f"/v1/notices/{notice}/plan", json={}).status_code == 403
    assert vera.get(f"/v1/notices/{notice}").json() == api.get(f"/v1/notices/{notice}").json()


def test_the_notice_of_another_workspace_is_not_there(given: Given, cy: Client) -> None:
    path = f"/v1/notices/{given.notice()['id']}"

    assert {cy.get(path).status_code, cy.get(f"{path}/history").status_code} == {404}
    assert cy.patch(path, json={"title": "?"}).status_code == 404
    for verb, body in ("acknowledgement", {}), ("dismissal", {"reason": "?"}), ("response", {"note": "?"}):
        assert cy.post(f"{path}/{verb}", json=body).status_code == 404
    assert {cy.post(f"{path}/{verb}", json={}).status_code for verb in ("closure", "plan")} == {404}
