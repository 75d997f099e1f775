"""A draft is changed until it is sent; what is sent is frozen."""

from typing import Any

import pytest

from tests.client import Client
from tests.given import Given


@pytest.fixture
def account(given: Given) -> Any:
    body = {"marketplace": "amazon.de", "external_id": "A1", "name": "Shop", "timezone": "Europe/Berlin"}
    return given.post("/v1/accounts", body, 201)


def test_a_draft_may_have_gaps(api: Client, given: Given) -> None:
    plan = given.post(
        "/v1/plans", {"title": "Late shipments", "commitments": [{"kind": "corrective", "text": "?"}]}, 201
    )

    assert (plan["state"], plan["attempts"], plan["submissions"]) == ("draft", 0, [])
    assert (plan["commitments"][0]["owner"], plan["approved_at"]) == (None, None)
    assert api.get("/v1/commitments").json()["data"] == []


def test_what_is_absent_from_a_change_stays(api: Client, given: Given, account: Any) -> None:
    before = given.draft(account=account["id"], items=[{"type": "asin", "ref": "B0"}])

    after = api.patch("/v1/plans/POA-1", json={"title": "Later shipments"}).json()

    changed = {"title": "Later shipments", "content_sha256": after["content_sha256"]}
    assert after == before | changed
    assert after["content_sha256"] != before["content_sha256"]


def test_a_list_replaces_the_list(api: Client, given: Given) -> None:
    given.draft(given.promise(), given.promise(), items=[{"type": "asin", "ref": "B0"}])

    after = api.patch("/v1/plans/POA-1", json={"commitments": [given.promise(text="Only this.")], "items": []}).json()

    assert [one["text"] for one in after["commitments"]] == ["Only this."]
    assert (after["commitments"][0]["due_on"], after["commitments"][0]["recurrence"]) == ("2026-04-01", None)
    assert after["items"] == []


def test_null_takes_the_account_away(api: Client, given: Given, account: Any) -> None:
    given.draft(account=account["id"])

    after = api.patch("/v1/plans/POA-1", json={"account": None}).json()

    assert after["account"] is None


def test_a_change_that_is_wrong_changes_nothing(api: Client, given: Given) -> None:
    before = given.draft()

    answer = api.patch("/v1/plans/POA-1", json={"commitments": [given.promise(), given.promise(owner="x@example.com")]})

    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json()["errors"]] == ["/body/commitments/1/owner"]
    assert api.get("/v1/plans/POA-1").json() == before


def test_an_unknown_field_is_refused(api: Client, given: Given) -> None:
    given.draft()

    assert api.patch("/v1/plans/POA-1", json={"titel": "?"}).status_code == 422


def test_a_change_of_an_older_version_is_stale(api: Client, given: Given) -> None:
    given.draft()
    seen = api.get("/v1/plans/POA-1").headers["etag"]
    api.patch("/v1/plans/POA-1", json={"title": "Mine"}, headers={"If-Match": seen})

    stale = api.patch("/v1/plans/POA-1", json={"title": "Yours"}, headers={"If-Match": seen})

    current = api.get("/v1/plans/POA-1")
    assert (stale.status_code, stale.json()["type"]) == (412, "/problems/stale")
    assert stale.headers["etag"] == current.headers["etag"]
    assert current.json()["title"] == "Mine"


@pytest.mark.parametrize("state", ["submitted", "approved", "withdrawn"])
def test_only_a_draft_is_changed(api: Client, given: Given, state: str) -> None:
    if state == "approved":
        given.plan()
    else:
        given.draft()
        given.submit("POA-1") if state == "submitted" else None
        given.post("/v1/plans/POA-1/withdrawal", {"reason": "Reinstated."}) if state == "withdrawn" else None

    refused = api.patch("/v1/plans/POA-1", json={"title": "?"})

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/plan-cannot-move")


def test_a_draft_may_be_given_up(api: Client, given: Given) -> None:
    given.draft()

    given.post("/v1/plans/POA-1/withdrawal", {"reason": "Reinstated."}, 200)

    assert api.get("/v1/plans/POA-1").json()["state"] == "withdrawn"
    assert api.get("/v1/plans", params={"state": "draft"}).json()["data"] == []
    assert api.post("/v1/plans/POA-1/submissions", json={}).status_code == 409
    assert api.post("/v1/plans/POA-1/withdrawal", json={"reason": "?"}).status_code == 409


@pytest.mark.parametrize("body", [{}, {"reason": None}, {"reason": ""}, {"reason": "  "}])
def test_nothing_is_given_up_without_a_reason(api: Client, given: Given, body: dict[str, Any]) -> None:
    given.draft()

    refused = api.post("/v1/plans/POA-1/withdrawal", json=body)

    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/body/reason")
    assert api.get("/v1/plans/POA-1").json()["state"] == "draft"


def test_who_only_looks_writes_no_plan(given: Given) -> None:
    vera = given.client_of("vera")
    given.draft()

    assert vera.post("/v1/plans", json={"title": "?"}).status_code == 403
    assert vera.patch("/v1/plans/POA-1", json={"title": "?"}).status_code == 403
    assert vera.post("/v1/plans/POA-1/submissions", json={}).status_code == 403
    assert vera.get("/v1/plans/POA-1").status_code == 200
