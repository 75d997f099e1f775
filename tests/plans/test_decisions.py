"""The authority decides about what was sent; every attempt and every word of it is kept."""

from typing import Any

import pytest

from tests.client import Client
from tests.given import Given

DECISION = {"authority": "Amazon", "received_at": "2026-03-01T10:00:00Z", "reference": "case 1", "text": "Words."}


def decide(api: Client, outcome: str, **more: Any) -> Any:
    return api.post("/v1/plans/POA-1/decision", json=DECISION | {"outcome": outcome} | more)


def submit(api: Client, **body: Any) -> Any:
    Given(api).sign_off("POA-1") if api.get("/v1/plans/POA-1").json()["state"] == "draft" else None
    return api.post("/v1/plans/POA-1/submissions", json=body)


def test_an_approval_binds_the_commitments(api: Client, given: Given) -> None:
    given.draft(given.promise(), given.promise(due_after_approval="P1D"))
    submit(api, text="Dear Amazon")

    plan = decide(api, "approved").json()

    (attempt,) = plan["submissions"]
    assert (plan["state"], plan["approved_at"]) == ("approved", "2026-03-01T10:00:00Z")
    assert (attempt["text"], attempt["outcome"], attempt["decision_text"]) == ("Dear Amazon", "approved", "Words.")
    assert (attempt["received_at"], attempt["decided_at"]) == ("2026-03-01T10:00:00Z", "2026-03-02T09:00:00Z")
    listed = api.get("/v1/commitments").json()["data"]
    assert [(one["reference"], one["due_on"]) for one in listed] == [
        ("POA-1.2", "2026-03-02"),
        ("POA-1.1", "2026-04-01"),
    ]


def test_a_question_is_answered_within_the_same_attempt(api: Client, given: Given) -> None:
    given.draft()
    submit(api)

    asked = decide(api, "more_info_requested").json()
    silent = submit(api)
    answered = submit(api, text="The invoices are attached.").json()
    approved = decide(api, "approved").json()

    assert asked["state"] == "more_info_requested"
    assert (silent.status_code, silent.json()["type"]) == (409, "/problems/answer-missing")
    assert (answered["state"], answered["attempts"]) == ("submitted", 1)
    assert answered["submissions"][0]["answers"] == ["The invoices are attached."]
    assert answered["submissions"][0]["outcome"] is None
    assert (approved["state"], approved["submissions"][0]["outcome"]) == ("approved", "approved")
    assert approved["submissions"][0]["answers"] == ["The invoices are attached."]


@pytest.mark.parametrize("text", ["", " \n"])
def test_an_answer_of_spaces_is_none(api: Client, given: Given, text: str) -> None:
    given.draft()
    submit(api)
    decide(api, "more_info_requested")

    refused = submit(api, text=text)

    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/body/text")
    assert api.get("/v1/plans/POA-1").json()["state"] == "more_info_requested"


def test_a_denied_plan_is_changed_into_the_next_attempt(api: Client, given: Given) -> None:
    given.draft()
    submit(api)
    denied = decide(api, "denied", text="Not enough detail.").json()

    redrafted = api.patch("/v1/plans/POA-1", json={"title": "Better"}).json()
    second = submit(api).json()
    approved = decide(api, "approved").json()

    assert (denied["state"], redrafted["state"], second["state"]) == ("denied", "draft", "submitted")
    assert [one["outcome"] for one in approved["submissions"]] == ["denied", "approved"]
    assert [one["number"] for one in approved["submissions"]] == [1, 2]
    first = approved["submissions"][0]
    assert first == denied["submissions"][0]
    assert first["decision_text"] == "Not enough detail."
    assert first["content_sha256"] != approved["submissions"][1]["content_sha256"]


def test_the_draft_after_a_denial_is_not_decided_before_it_is_sent(api: Client, given: Given) -> None:
    given.draft()
    submit(api)
    decide(api, "denied")
    api.patch("/v1/plans/POA-1", json={"title": "Better"})

    refused = decide(api, "approved")

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/plan-cannot-move")
    assert api.get("/v1/commitments").json()["data"] == []


def test_a_denied_plan_may_be_given_up(api: Client, given: Given) -> None:
    given.draft()
    submit(api)
    decide(api, "denied")

    given.post("/v1/plans/POA-1/withdrawal", {"reason": "We sold the rest."}, 200)

    plan = api.get("/v1/plans/POA-1").json()
    assert (plan["state"], plan["submissions"][0]["outcome"]) == ("withdrawn", "denied")


@pytest.mark.parametrize("outcome", ["approved", "denied", "more_info_requested"])
@pytest.mark.parametrize("state", ["draft", "approved", "withdrawn", "denied"])
def test_only_what_was_sent_is_decided(api: Client, given: Given, state: str, outcome: str) -> None:
    if state == "approved":
        given.plan()
    else:
        given.draft()
    if state == "withdrawn":
        given.post("/v1/plans/POA-1/withdrawal", {"reason": "?"})
    if state == "denied":
        submit(api)
        decide(api, "denied")

    refused = decide(api, outcome)

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/plan-cannot-move")
    assert api.get("/v1/plans/POA-1").json()["state"] == state


@pytest.mark.parametrize("state", ["submitted", "denied", "approved"])
def test_what_was_sent_is_not_sent_again(api: Client, given: Given, state: str) -> None:
    given.draft()
    submit(api)
    decide(api, state) if state != "submitted" else None

    refused = submit(api, text="Again.")

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/plan-cannot-move")
    assert len(api.get("/v1/plans/POA-1").json()["submissions"]) == 1


def test_what_was_sent_is_not_given_up(api: Client, given: Given) -> None:
    given.draft()
    submit(api)

    assert api.post("/v1/plans/POA-1/withdrawal", json={"reason": "?"}).status_code == 409


def test_a_plan_with_gaps_is_not_approved(api: Client, given: Given) -> None:
    dueless = {"kind": "corrective", "text": "?", "owner": None}
    given.draft(given.promise(), dueless)
    submit(api)

    refused = decide(api, "approved")

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/plan-has-gaps")
    assert [(one["pointer"], one["code"]) for one in refused.json()["errors"]] == [
        ("/commitments/1/owner", "owner_missing"),
        ("/commitments/1/due_on", "due_missing"),
    ]
    assert api.get("/v1/plans/POA-1").json()["state"] == "submitted"
    assert decide(api, "denied").status_code == 200


def test_a_plan_whose_owner_left_meanwhile_is_not_approved(api: Client, given: Given) -> None:
    given.draft(given.promise(owner="bo"))
    submit(api)
    api.patch(f"/v1/members/{given.member('bo')['id']}", json={"active": False})

    refused = decide(api, "approved")

    assert [(one["pointer"], one["code"]) for one in refused.json()["errors"]] == [
        ("/commitments/0/owner", "owner_left")
    ]


def test_recording_a_decision_takes_the_scope_for_it(api: Client, given: Given) -> None:
    given.draft()
    submit(api)

    refused = decide(given.client_of("chidi"), "approved")

    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/scope-missing")
    assert decide(given.client_of("bo"), "approved").status_code == 200


def test_a_decision_about_an_older_version_is_stale(api: Client, given: Given) -> None:
    given.draft()
    seen = api.get("/v1/plans/POA-1").headers["etag"]
    submit(api)

    body = DECISION | {"outcome": "approved"}
    stale = api.post("/v1/plans/POA-1/decision", json=body, headers={"If-Match": seen})

    assert stale.status_code == 412
    assert stale.headers["etag"] == api.get("/v1/plans/POA-1").headers["etag"]
