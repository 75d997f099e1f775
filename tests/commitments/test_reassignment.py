"""Exactly one member is accountable at every instant, and who was when is kept."""

from typing import Any

import pytest

from tests.client import Client
from tests.given import Given


def reassign(api: Client, owner: str, **more: Any) -> Any:
    return api.post("/v1/commitments/POA-1.1/reassignment", json={"owner": owner, **more})


def test_a_commitment_is_given_to_another_owner(api: Client, given: Given) -> None:
    given.commitment()
    given.member("bo")

    given_away = reassign(api.at("2026-03-05T10:00:00Z"), "BO@example.com", reason="Ada is on leave.").json()

    assert given_away["owner"]["name"] == "Bo Lindqvist"
    assert given_away == api.get("/v1/commitments/POA-1.1").json()


def test_its_history_says_who_owned_it_when(api: Client, given: Given) -> None:
    given.commitment()
    reassign(api.at("2026-03-05T10:00:00Z"), given.member("bo")["id"])
    given.done("POA-1.1")

    spans = api.get("/v1/commitments/POA-1.1/history").json()["data"]

    ada, bo = given.member("ada")["id"], given.member("bo")["id"]
    assert [(one["since"], one["until"], one["owner"], one["state"]) for one in spans] == [
        ("2026-03-02T09:00:00Z", "2026-03-05T10:00:00Z", ada, "open"),
        ("2026-03-05T10:00:00Z", "2026-03-05T10:00:00Z", bo, "open"),
        ("2026-03-05T10:00:00Z", None, bo, "done"),
    ]
    assert {(one["due_on"], one["due_at"]) for one in spans} == {("2026-04-01", "2026-04-02T07:00:00Z")}


def test_who_owns_it_already_is_refused(api: Client, given: Given) -> None:
    given.commitment()

    refused = reassign(api, "ada@example.com")

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/same-owner")


def test_nobody_unknown_is_made_accountable(api: Client, given: Given) -> None:
    given.commitment()

    refused = reassign(api, "nobody@example.com")

    assert refused.status_code == 422
    assert [(one["pointer"], one["code"]) for one in refused.json()["errors"]] == [("/body/owner", "unknown_member")]


@pytest.mark.parametrize("owner", [None, "", [], ["ada@example.com", "bo@example.com"]], ids=str)
def test_one_member_is_accountable_neither_nobody_nor_several(api: Client, given: Given, owner: Any) -> None:
    promised = given.commitment()
    given.member("bo")

    refused = reassign(api, owner)

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"].startswith("/body/owner")
    assert api.get("/v1/commitments/POA-1.1").json() == promised


def test_nobody_who_has_left_is_made_accountable(api: Client, given: Given) -> None:
    given.commitment()
    api.patch(f"/v1/members/{given.member('bo')['id']}", json={"active": False})

    assert reassign(api, "bo@example.com").status_code == 422


def test_who_did_it_stays_who_did_it(api: Client, given: Given) -> None:
    given.commitment()
    given.member("bo")
    given.done("POA-1.1")

    refused = reassign(api, "bo@example.com")

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/commitment-cannot-move")


def test_a_member_of_another_workspace_is_unknown(api: Client, cy: Client, given: Given) -> None:
    given.commitment()
    stranger = cy.post("/v1/members", json={"name": "Dee", "email": "dee@example.com"}).json()

    assert reassign(api, stranger["id"]).status_code == 422
    assert reassign(api, stranger["email"]).status_code == 422
