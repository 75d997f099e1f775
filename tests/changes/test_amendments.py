"""New commitments on an approved plan: asked by one, granted by another. The text approved first stays."""

from hashlib import sha256
from typing import Any

import pytest
import rfc8785

from tests.changes.given import added, amend, decide, events, refusal, withdraw
from tests.client import Client
from tests.given import Given
from tests.routes import MISSING


def plan(api: Client) -> Any:
    return api.get("/v1/plans/POA-1").json()


def references(api: Client) -> list[str]:
    return [one["reference"] for one in api.get("/v1/commitments?plan=POA-1").json()["data"]]


def test_an_amendment_is_asked_for(api: Client, given: Given) -> None:
    approved = given.plan()
    ada = given.member("ada")["id"]

    asked = amend(given.client_of("ada"), added())

    clause = {
        "kind": "preventive",
        "text": "Check returns.",
        "owner": ada,
        "due_on": "2026-05-01",
        "due_at": None,
        "due_after_approval": None,
        "recurrence": None,
        "except_on": [],
        "root_causes": [],
        "items": [],
        "why": "They asked for it.",
    }
    assert asked.status_code == 201
    assert asked.headers["location"] == f"/v1/amendments/{asked.json()['id']}"
    assert asked.json() == {
        "id": asked.json()["id"],
        "plan": approved["id"],
        "reference": "POA-1",
        "number": 1,
        "state": "requested",
        "commitments": [clause],
        "ends": [],
        "content_sha256": sha256(rfc8785.dumps({"commitments": [clause], "ends": []})).hexdigest(),
        "requested_by": ada,
        "requested_at": "2026-03-02T09:00:00Z",
        "decided_by": None,
        "decided_at": None,
        "decision_reason": None,
        "received_at": None,
        "authority": None,
        "decision_reference": None,
    }
    assert api.get(asked.headers["location"]).json() == asked.json()
    assert api.get("/v1/plans/POA-1/amendments").json()["data"] == [asked.json()]


def test_until_it_is_granted_it_changes_nothing(api: Client, given: Given) -> None:
    approved = given.plan()

    amend(api, added(due_on="2026-03-05"))

    assert plan(api) == approved
    assert references(api) == ["POA-1.1"]
    assert api.at("2026-03-10T00:00:00Z").overdue() == []


def test_granted_it_binds_with_the_next_number(api: Client, given: Given) -> None:
    approved = given.plan(given.promise(), given.promise())
    asked = amend(given.client_of("ada"), added(), added(text="Count returns.", due_on="2026-05-02"))

    granted = decide(given.client_of("bo").at("2026-03-03T00:00:00Z"), asked, authority="Amazon", reference="case 2")

    assert (granted.status_code, granted.json()) == (
        200,
        asked.json()
        | {
            "state": "granted",
            "decided_by": given.member("bo")["id"],
            "decided_at": "2026-03-03T00:00:00Z",
            "decision_reason": "Confirmed in writing.",
            "received_at": "2026-03-03T00:00:00Z",
            "authority": "Amazon",
            "decision_reference": "case 2",
        },
    )
    assert sorted(references(api)) == ["POA-1.1", "POA-1.2", "POA-1.3", "POA-1.4"]
    third, fourth = (api.get(f"/v1/commitments/POA-1.{number}").json() for number in (3, 4))
    assert (third["clause"], third["amendment"], third["text"]) == (
        "/commitments/0",
        asked.json()["id"],
        "Check returns.",
    )
    assert (fourth["clause"], fourth["amendment"], fourth["due_on"]) == (
        "/commitments/1",
        asked.json()["id"],
        "2026-05-02",
    )
    assert (third["created_at"], third["state"], third["kind"]) == ("2026-03-03T00:00:00Z", "open", "preventive")
    assert plan(api) == approved
    first = api.get("/v1/commitments/POA-1.1").json()
    assert (first["clause"], first["amendment"]) == ("/commitments/0", None)


def test_what_was_added_is_overdue_like_any_other(api: Client, given: Given) -> None:
    given.plan()
    decide(given.client_of("bo"), amend(given.client_of("ada"), added(due_on="2026-03-05")))

    assert api.at("2026-03-06T08:00:00Z").overdue() == ["POA-1.2"]
    assert api.overdue(as_of="2026-03-01T00:00:00Z") == []


def test_amendments_and_what_they_add_are_numbered_on(api: Client, given: Given) -> None:
    given.plan()
    ada, bo = given.client_of("ada"), given.client_of("bo")
    asked = [amend(ada, added(text=f"Number {number}.")) for number in (1, 2, 3)]
    decide(bo, asked[1], "refused")

    for one in (asked[2], asked[0]):
        decide(bo, one)

    listed = api.get("/v1/plans/POA-1/amendments").json()["data"]
    assert [(one["number"], one["state"]) for one in listed] == [(1, "granted"), (2, "refused"), (3, "granted")]
    texts = {ref: api.get(f"/v1/commitments/{ref}").json()["text"] for ref in ("POA-1.2", "POA-1.3")}
    assert texts == {"POA-1.2": "Number 3.", "POA-1.3": "Number 1."}


def test_a_relative_due_counts_from_when_the_approval_was_received(api: Client, given: Given) -> None:
    given.plan()
    promises = [added(due_after_approval="P14D"), added(due_after_approval="PT72H")]
    asked = amend(given.client_of("ada"), *promises)

    granted = decide(given.client_of("bo").at("2026-03-20T00:00:00Z"), asked, received_at="2026-03-18T05:00:00Z")

    assert granted.json()["received_at"] == "2026-03-18T05:00:00Z"
    assert granted.json()["commitments"][0]["due_after_approval"] == "P14D"
    days, hours = (api.get(f"/v1/commitments/POA-1.{number}").json() for number in (2, 3))
    # Where the plan lives it was still the 17th.
    assert (days["due_on"], days["original_due_on"]) == ("2026-03-31", "2026-03-31")
    assert hours["due_at"] == "2026-03-21T05:00:00Z"


def test_a_recurring_commitment_can_be_added(api: Client, given: Given) -> None:
    given.plan()
    asked = amend(given.client_of("ada"), added(recurrence="FREQ=MONTHLY;COUNT=3"))

    decide(given.client_of("bo"), asked)

    assert references(api) == ["POA-1.1", "POA-1.2.1", "POA-1.2.2", "POA-1.2.3"]
    second = api.get("/v1/commitments/POA-1.2.2").json()
    assert (second["due_on"], second["amendment"], second["clause"]) == (
        "2026-06-01",
        asked.json()["id"],
        "/commitments/0",
    )


@pytest.mark.parametrize("outcome", ["refused", "withdrawn"])
def test_refused_or_withdrawn_it_changes_nothing_and_stays_visible(api: Client, given: Given, outcome: str) -> None:
    approved = given.plan()
    ada = given.client_of("ada")
    asked = amend(ada, added())

    closed = (
        withdraw(ada, asked, reason="No.") if outcome == "withdrawn" else decide(given.client_of("bo"), asked, outcome)
    )

    assert closed.json() == asked.json() | {
        "state": outcome,
        "decided_by": closed.json()["decided_by"],
        "decided_at": "2026-03-02T09:00:00Z",
        "decision_reason": "No." if outcome == "withdrawn" else "Confirmed in writing.",
    }
    assert plan(api) == approved
    assert references(api) == ["POA-1.1"]
    assert api.get("/v1/plans/POA-1/amendments").json()["data"] == [closed.json()]


@pytest.mark.parametrize("who", ["ada", "bo"])
def test_who_asks_does_not_decide_admins_included(api: Client, given: Given, who: str) -> None:
    given.plan()
    client = given.client_of(who)
    asked = amend(client, added())

    assert [refusal(decide(client, asked, outcome)) for outcome in ("granted", "refused")] == [
        (409, "self-decided", "")
    ] * 2
    assert references(api) == ["POA-1.1"]


def test_with_four_eyes_off_who_asks_may_decide(api: Client, given: Given) -> None:
    given.plan()
    api.patch("/v1/workspace", json={"four_eyes": False})

    granted = decide(api, amend(api, added())).json()

    assert granted["decided_by"] == granted["requested_by"]


@pytest.mark.parametrize("first", ["granted", "refused", "withdrawn"])
def test_what_is_closed_stays_closed(given: Given, first: str) -> None:
    given.plan()
    ada, bo = given.client_of("ada"), given.client_of("bo")
    asked = amend(ada, added())
    withdraw(ada, asked) if first == "withdrawn" else decide(bo, asked, first)

    again = [decide(bo, asked), decide(bo, asked, "refused"), withdraw(ada, asked)]

    assert [refusal(one) for one in again] == [(409, "request-is-closed", f"It is `{first}`.")] * 3


def test_only_who_asked_withdraws_it(given: Given) -> None:
    given.plan()

    refused = withdraw(given.client_of("ada"), amend(given.client_of("chidi"), added()))

    assert refusal(refused) == (409, "not-their-request", "")


@pytest.mark.parametrize("state", ["draft", "submitted", "withdrawn"])
def test_only_an_approved_plan_is_amended(api: Client, given: Given, state: str) -> None:
    given.draft()
    if state == "submitted":
        given.submit("POA-1")
    if state == "withdrawn":
        given.post("/v1/plans/POA-1/withdrawal", {"reason": "No longer sold."})

    assert refusal(amend(api, added())) == (409, "plan-not-approved", f"POA-1 is `{state}`.")


def test_a_decision_on_an_older_version_is_stale(given: Given) -> None:
    given.plan()
    ada, bo = given.client_of("ada"), given.client_of("bo")
    asked = amend(ada, added())
    withdraw(ada, asked)

    stale = decide(bo, asked, headers={"If-Match": asked.headers["etag"]})

    assert refusal(stale)[:2] == (412, "stale")


def test_sent_again_it_happens_once(api: Client, given: Given) -> None:
    given.plan()
    ada, bo = given.client_of("ada"), given.client_of("bo")
    ada.headers["Idempotency-Key"] = "ask"
    asked = [amend(ada, added()), amend(ada, added())]

    decided = [decide(bo, asked[0], headers={"Idempotency-Key": "decide"}) for _ in range(2)]

    assert asked[1].content == asked[0].content
    assert decided[1].content == decided[0].content
    assert decided[1].headers["idempotency-replayed"] == "true"
    assert events(api, "amendment.") == ["amendment.requested", "amendment.granted"]
    assert references(api) == ["POA-1.1", "POA-1.2"]


def test_another_workspace_sees_none_of_it(given: Given, cy: Client) -> None:
    approved = given.plan()
    asked = amend(given.client_of("ada"), added())
    sentence = (404, "amendment-not-found", "")

    assert refusal(cy.get(asked.headers["location"])) == sentence
    assert refusal(decide(cy, asked)) == sentence
    assert refusal(withdraw(cy, asked)) == sentence
    assert refusal(cy.get(f"/v1/amendments/{MISSING}")) == sentence
    assert refusal(amend(cy, added(), plan=approved["id"]))[:2] == (404, "plan-not-found")
    assert refusal(cy.get(f"/v1/plans/{approved['id']}/amendments"))[:2] == (404, "plan-not-found")


def test_a_contributor_asks_and_does_not_decide(given: Given) -> None:
    given.plan()
    asked = amend(given.client_of("chidi"), added())

    assert asked.status_code == 201
    assert refusal(decide(given.client_of("chidi"), asked))[:2] == (403, "scope-missing")
