"""Evidence goes to the authority along with the plan: it names what it covers and bears a day."""

from hashlib import sha256
from typing import Any

import pytest

from tests.client import Client
from tests.given import Given

LINK = {
    "kind": "link",
    "url": "https://files.example.com/invoice-7.pdf",
    "title": "Invoice 7",
    "document_on": "2026-02-01",
    "items": ["asin:B0C7XK2M4P"],
}


def listed(api: Client, plan: str = "POA-1") -> Any:
    answer = api.get(f"/v1/plans/{plan}/evidence")
    assert answer.status_code == 200
    return answer.json()["data"]


def test_it_is_kept_as_it_was_added(api: Client, given: Given) -> None:
    plan = given.draft()

    answer = api.post("/v1/plans/POA-1/evidence", json=LINK)

    added = answer.json()
    expected = {name: value for name, value in LINK.items() if name != "url"}
    assert (answer.status_code, answer.headers["location"]) == (201, f"/v1/plans/{plan['id']}/evidence")
    assert added.items() >= (expected | {"plan": plan["id"], "body": LINK["url"]}).items()
    assert added["sha256"] == sha256(str(LINK["url"]).encode()).hexdigest()
    assert listed(api) == [added]
    event = api.get("/v1/events", params={"limit": 200}).json()["data"][-1]
    assert (event["type"], event["subject"], event["plan"]) == ("evidence.added", added["id"], plan["id"])


def test_a_note_needs_neither_a_day_nor_items(given: Given) -> None:
    given.draft()

    added = given.post("/v1/plans/POA-1/evidence", {"kind": "note", "text": "Seen."}, 201)

    assert (added["title"], added["document_on"], added["items"]) == (None, None, [])


def test_it_is_listed_oldest_first(api: Client, given: Given) -> None:
    given.draft()
    ids = [given.post("/v1/plans/POA-1/evidence", LINK)["id"] for _ in range(3)]

    assert [one["id"] for one in listed(api)] == ids


def test_it_is_not_evidence_of_a_commitment(api: Client, given: Given) -> None:
    given.plan()
    given.post("/v1/plans/POA-1/evidence", LINK)

    assert api.get("/v1/commitments/POA-1.1").json()["evidence"] == 0
    assert api.get("/v1/commitments/POA-1.1/evidence").json()["data"] == []
    refused = api.post("/v1/commitments/POA-1.1/completion", json={})
    assert refused.json()["type"] == "/problems/evidence-needed"


def test_that_of_a_commitment_does_not_go_with_the_plan(api: Client, given: Given) -> None:
    given.plan()
    given.evidence("POA-1.1")

    assert listed(api) == []


@pytest.mark.parametrize("item", ["B0C7XK2M4P", "ASIN:B0", "asin:", ":B0"])
def test_what_it_covers_is_named_by_type_and_reference(api: Client, given: Given, item: str) -> None:
    given.draft()

    refused = api.post("/v1/plans/POA-1/evidence", json=LINK | {"items": [item]})

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/body/items/0"
    assert listed(api) == []


def test_other_workspaces_do_not_see_it(given: Given, cy: Client) -> None:
    plan = given.draft()["id"]

    assert cy.get(f"/v1/plans/{plan}/evidence").status_code == 404
    assert cy.post(f"/v1/plans/{plan}/evidence", json=LINK).status_code == 404


def test_who_only_looks_adds_none(given: Given) -> None:
    given.draft()

    assert given.client_of("vera").post("/v1/plans/POA-1/evidence", json=LINK).status_code == 403
