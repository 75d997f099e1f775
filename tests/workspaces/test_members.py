"""Who and what a workspace begins with: the rules that are on, and names that belong to one."""

import pytest

from tests.client import Client
from tests.given import Given


def test_four_eyes_and_evidence_are_asked_for_unless_somebody_says_otherwise(api: Client) -> None:
    workspace = api.get("/v1/workspace").json()

    assert (workspace["four_eyes"], workspace["evidence_required"]) == (True, True)


def test_nobody_but_an_admin_switches_a_rule_off(api: Client, given: Given) -> None:
    for who in ("bo", "chidi", "vera"):
        for rule in ("four_eyes", "evidence_required"):
            refused = given.client_of(who).patch("/v1/workspace", json={rule: False})

            assert (refused.status_code, refused.json()["type"]) == (403, "/problems/scope-missing")
    assert api.get("/v1/workspace").json()["four_eyes"]


@pytest.mark.parametrize("email", ["ada@example.com", "ADA@Example.com"])
def test_an_address_belongs_to_one_member_in_any_spelling(api: Client, given: Given, email: str) -> None:
    ada = given.member("ada")

    refused = api.post("/v1/members", json={"name": "Another Ada", "email": email})

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/member-exists")
    assert api.get("/v1/members").json()["data"] == [ada]


def test_nobody_takes_over_the_address_of_another(api: Client, given: Given) -> None:
    ada, bo = given.member("ada"), given.member("bo")

    refused = api.patch(f"/v1/members/{bo['id']}", json={"email": ada["email"]})

    assert refused.status_code in {409, 422}
    assert api.get(f"/v1/members/{bo['id']}").json() == bo


def test_other_workspaces_have_members_of_that_address(given: Given, cy: Client) -> None:
    given.member("ada")

    assert Given(cy).member("ada")["email"] == "ada@example.com"


def test_an_account_of_a_marketplace_is_recorded_once(api: Client) -> None:
    account = {"marketplace": "amazon.com", "external_id": "A1", "timezone": "UTC"}
    first = api.post("/v1/accounts", json=account).json()

    refused = api.post("/v1/accounts", json=account | {"timezone": "Asia/Tokyo"})

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/account-exists")
    assert api.get("/v1/accounts").json()["data"] == [first]
    assert api.post("/v1/accounts", json=account | {"marketplace": "amazon.de"}).status_code == 201
