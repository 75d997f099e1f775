"""A plan that is approved already is recorded in one call, or not at all."""

from typing import Any

import pytest

from tests.client import Client
from tests.given import APPROVAL, Given


def record(api: Client, *promises: dict[str, Any], **more: Any) -> Any:
    body = {"title": "Late shipments", "timezone": "Europe/Berlin", "commitments": list(promises), "approval": APPROVAL}
    return api.post("/v1/plans", json=body | more)


def faults(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    return [(one["pointer"], one["code"]) for one in answer.json()["errors"]]


def test_one_call_makes_an_approved_plan_with_its_commitments(api: Client, given: Given) -> None:
    answer = record(api, given.promise(), given.promise(kind="preventive", owner="bo", due_on="2026-05-01"))

    plan = answer.json()
    assert (answer.status_code, plan["reference"], plan["state"]) == (201, "POA-1", "approved")
    assert plan["approved_at"] == APPROVAL["received_at"]
    assert api.get(answer.headers["location"]).json() == plan == api.get("/v1/plans/POA-1").json()
    (attempt,) = plan["submissions"]
    assert (attempt["number"], attempt["outcome"], attempt["authority"]) == (1, "approved", "Amazon")
    assert (attempt["received_at"], attempt["decided_at"]) == (APPROVAL["received_at"], "2026-03-02T09:00:00Z")
    listed = api.get("/v1/commitments").json()["data"]
    assert [(one["reference"], one["owner"]["email"], one["due_on"]) for one in listed] == [
        ("POA-1.1", "ada@example.com", "2026-04-01"),
        ("POA-1.2", "bo@example.com", "2026-05-01"),
    ]


def test_its_story_is_in_the_ledger_in_order(api: Client, given: Given) -> None:
    record(api, given.promise(), given.promise())

    types = [one["type"] for one in api.get("/v1/events", params={"limit": 200}).json()["data"]]

    story = ["plan.drafted", "plan.submitted", "plan.approved", "commitment.opened", "commitment.opened"]
    assert types[-5:] == story


def test_an_owner_is_named_by_id_or_by_address_in_any_case(api: Client, given: Given) -> None:
    ada = given.member("ada")

    plan = record(api, given.promise(owner=ada["id"]), given.promise(owner="ADA@Example.COM")).json()

    assert [one["owner"] for one in plan["commitments"]] == [ada["id"], ada["id"]]


def test_a_plan_without_a_zone_has_the_workspaces(api: Client, given: Given) -> None:
    api.patch("/v1/workspace", json={"timezone": "Asia/Tokyo"})

    plan = record(api, given.promise(), timezone=None).json()

    assert plan["timezone"] == "Asia/Tokyo"
    assert api.get("/v1/commitments/POA-1.1").json()["due_at"] == "2026-04-01T15:00:00Z"


def test_each_gap_is_named_by_its_pointer(api: Client, given: Given) -> None:
    ownerless, dueless = {"kind": "corrective", "text": "?", "due_on": "2026-04-01"}, given.promise()
    del dueless["due_on"]

    answer = record(api, given.promise(), ownerless, dueless)

    assert faults(answer) == [
        ("/body/commitments/1/owner", "owner_missing"),
        ("/body/commitments/2/due_on", "due_missing"),
    ]


def test_a_plan_that_promises_nothing_cannot_be_approved(api: Client) -> None:
    assert faults(record(api)) == [("/body/commitments", "no_commitment")]


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        ({"due_at": "2026-04-01T00:00:00Z"}, ("/body/commitments/0/due_at", "due_twice")),
        ({"due_after_approval": "P1D"}, ("/body/commitments/0/due_after_approval", "due_twice")),
        ({"root_causes": ["?", "x"]}, ("/body/commitments/0/root_causes/0", "string_pattern_mismatch")),
        ({"root_causes": ["x"]}, ("/body/commitments/0/root_causes/0", "unknown_root_cause")),
        ({"owner": "nobody@example.com"}, ("/body/commitments/0/owner", "unknown_member")),
        ({"owner": "01970000-0000-7000-8000-000000000000"}, ("/body/commitments/0/owner", "unknown_member")),
    ],
)
def test_what_contradicts_itself_is_refused(
    api: Client, given: Given, more: dict[str, Any], fault: tuple[str, str]
) -> None:
    answer = record(api, given.promise(due_on="2026-04-01", **more))

    assert faults(answer) == [fault]


def test_what_is_listed_twice_is_refused(api: Client, given: Given) -> None:
    cause, item = {"key": "a", "area": "other", "statement": "?"}, {"type": "asin", "ref": "B0"}

    answer = record(api, given.promise(), root_causes=[cause, cause], items=[item, item])

    assert faults(answer) == [("/body/root_causes/1/key", "key_taken"), ("/body/items/1", "item_twice")]


def test_an_account_of_another_workspace_is_unknown(api: Client, cy: Client, given: Given) -> None:
    body = {"marketplace": "amazon.com", "external_id": "A1", "name": "Shop", "timezone": "UTC"}
    account = cy.post("/v1/accounts", json=body).json()

    answer = record(api, given.promise(), account=account["id"])

    assert faults(answer) == [("/body/account", "unknown_account")]


def test_an_owner_who_has_left_is_unknown(api: Client, given: Given) -> None:
    promise = given.promise()
    chidi = given.member("chidi")
    api.patch(f"/v1/members/{chidi['id']}", json={"active": False})

    assert faults(record(api, promise | {"owner": chidi["id"]})) == [("/body/commitments/0/owner", "unknown_member")]


def test_an_approval_from_the_future_is_refused(api: Client, given: Given) -> None:
    promise = given.promise()

    slack = record(api, promise, approval=APPROVAL | {"received_at": "2026-03-03T09:00:00Z"})
    future = record(api, promise, approval=APPROVAL | {"received_at": "2026-03-03T09:00:01Z"})

    assert slack.status_code == 201
    assert faults(future) == [("/body/received_at", "future")]


def test_a_refused_plan_leaves_nothing_behind(api: Client, given: Given) -> None:
    promise = given.promise()
    before = api.get("/v1/events").json()["size"]

    record(api, promise, promise | {"owner": None})

    assert api.get("/v1/events").json()["size"] == before
    assert api.get("/v1/plans").json()["data"] == []
    assert record(api, promise).json()["reference"] == "POA-1"


def test_recording_an_approval_takes_the_scope_for_it(given: Given) -> None:
    contributor, approver = given.client_of("chidi"), given.client_of("bo")

    refused = record(contributor, given.promise())

    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/scope-missing")
    assert record(contributor, given.promise(), approval=None).status_code == 201
    assert record(approver, given.promise()).status_code == 201


def test_other_workspaces_do_not_see_it(api: Client, cy: Client, given: Given) -> None:
    plan = record(api, given.promise()).json()

    assert cy.get(f"/v1/plans/{plan['id']}").status_code == 404
    assert cy.get("/v1/plans/POA-1").status_code == 404
    assert cy.get("/v1/commitments").json()["data"] == []
