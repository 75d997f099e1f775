"""A notice is answered in words or by a plan that was submitted, and closed once the marketplace is content."""

from typing import Any

import pytest

from tests.client import Client
from tests.given import Given

DECISION = {"authority": "Amazon", "received_at": "2026-03-02T08:00:00Z"}


def respond(api: Client, notice: str, **body: Any) -> Any:
    return api.post(f"/v1/notices/{notice}/response", json=body)


def decide(given: Given, outcome: str, plan: str = "POA-1") -> Any:
    return given.post(f"/v1/plans/{plan}/decision", DECISION | {"outcome": outcome}, 200)


def last_events(api: Client, many: int) -> list[str]:
    events = api.get("/v1/events", params={"limit": 200}).json()["data"][-many:]
    return [f"{one['type']} {'in the chain' if one['plan'] else 'outside'}" for one in events]


def test_in_words_it_counts_as_noted_and_as_no_attempt(api: Client, given: Given) -> None:
    notice = given.notice()["id"]

    answered = respond(api, notice, note="It is in stock.").json()

    assert (answered["state"], answered["response"], answered["attempts"]) == ("responded", "It is in stock.", 0)
    assert answered["responded_at"] == answered["acknowledged_at"] == "2026-03-02T09:00:00Z"
    assert (answered["plan"], answered["submission"]) == (None, None)
    assert last_events(api, 1) == ["notice.responded outside"]


def test_when_it_was_noted_before_that_stays(api: Client, given: Given) -> None:
    notice = given.notice()["id"]
    given.post(f"/v1/notices/{notice}/acknowledgement")

    answered = respond(api.at("2026-03-02T11:00:00Z"), notice, note="It is in stock.").json()

    assert (answered["acknowledged_at"], answered["responded_at"]) == ("2026-03-02T09:00:00Z", "2026-03-02T11:00:00Z")


def test_words_can_be_said_again(api: Client, given: Given) -> None:
    notice = given.notice()["id"]
    respond(api, notice, note="It is in stock.")

    assert respond(api, notice, note="Here is a photo.").json()["response"] == "Here is a photo."


@pytest.mark.parametrize("name", ["id", "reference"])
def test_a_plan_that_does_not_name_it_answers_it_too(api: Client, given: Given, name: str) -> None:
    notice = given.notice()["id"]
    plan = given.draft()
    given.submit("POA-1")

    answered = respond(api, notice, plan=plan[name]).json()

    assert (answered["state"], answered["plan"], answered["submission"]) == ("responded", plan["id"], 1)
    assert (answered["attempts"], answered["response"]) == (1, None)
    assert last_events(api, 1) == ["notice.answered in the chain"]
    decide(given, "approved")
    assert api.get(f"/v1/notices/{notice}").json()["state"] == "closed"


def test_an_approved_plan_answers_and_closes_it(api: Client, given: Given) -> None:
    notice = given.notice()["id"]
    given.plan()

    closed = respond(api, notice, plan="POA-1").json()

    assert (closed["state"], closed["submission"], closed["ended_at"]) == ("closed", 1, "2026-03-02T09:00:00Z")
    assert last_events(api, 2) == ["notice.answered in the chain", "notice.closed in the chain"]


@pytest.mark.parametrize("redrafted", [False, True])
def test_a_denied_attempt_has_answered_it_and_leaves_it_owed(api: Client, given: Given, *, redrafted: bool) -> None:
    notice = given.notice()["id"]
    given.draft()
    given.submit("POA-1")
    decide(given, "denied")
    api.patch("/v1/plans/POA-1", json={"title": "Better"}) if redrafted else None

    owed = respond(api, notice, plan="POA-1", submission=1).json()

    assert (owed["state"], owed["attempts"], owed["submission"]) == ("acknowledged", 1, 1)
    assert last_events(api, 2) == ["notice.answered in the chain", "notice.reopened in the chain"]


@pytest.mark.parametrize("decided", [False, True])
def test_a_denied_attempt_answers_nothing_once_another_was_sent(api: Client, given: Given, *, decided: bool) -> None:
    notice = given.notice()["id"]
    given.draft()
    given.submit("POA-1")
    decide(given, "denied")
    api.patch("/v1/plans/POA-1", json={"title": "Better"})
    given.submit("POA-1")
    decide(given, "approved") if decided else None

    refused = respond(api, notice, plan="POA-1", submission=1)

    assert refused.status_code == 422
    assert [(one["pointer"], one["code"]) for one in refused.json()["errors"]] == [("/body/submission", "superseded")]
    answered = respond(api, notice, plan="POA-1", submission=2).json()
    assert (answered["state"], answered["attempts"]) == ("closed" if decided else "responded", 1)


def test_of_two_denied_attempts_each_may_have_answered_it(api: Client, given: Given) -> None:
    notice = given.notice()["id"]
    given.draft()
    for _ in range(2):
        given.submit("POA-1")
        decide(given, "denied")
        api.patch("/v1/plans/POA-1", json={"title": "Better"})

    answered = [respond(api, notice, plan="POA-1", submission=one).json() for one in (1, 2)]

    assert [(one["state"], one["attempts"]) for one in answered] == [("acknowledged", 1), ("acknowledged", 2)]
    assert respond(api, notice, plan="POA-1", submission=1).status_code == 409


def test_one_attempt_answers_it_once(api: Client, given: Given) -> None:
    notice = given.notice()["id"]
    given.draft(notices=[notice])
    given.submit("POA-1")

    refused = respond(api, notice, plan="POA-1")

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/notice-cannot-move")
    assert refused.json()["detail"] == "Submission 1 of POA-1 has answered it already."
    assert api.get(f"/v1/notices/{notice}").json()["attempts"] == 1


@pytest.mark.parametrize("given_up", [False, True])
def test_what_was_not_sent_or_was_given_up_answers_nothing(api: Client, given: Given, *, given_up: bool) -> None:
    notice = given.notice()["id"]
    given.draft()
    given.post("/v1/plans/POA-1/withdrawal", {"reason": "?"}) if given_up else None

    refused = respond(api, notice, plan="POA-1")

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/plan-cannot-move")
    assert api.get(f"/v1/notices/{notice}").json()["state"] == "received"


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "/body", "one_of"),
        ({"submission": 1}, "/body", "one_of"),
        ({"note": "It is in stock.", "plan": "POA-1"}, "/body", "one_of"),
        ({"note": "It is in stock.", "submission": 1}, "/body", "one_of"),
        ({"plan": "POA-9"}, "/body/plan", "unknown_plan"),
        ({"plan": "00000000-0000-0000-0000-000000000000"}, "/body/plan", "unknown_plan"),
        ({"plan": "POA-1", "submission": 2}, "/body/submission", "unknown_submission"),
        ({"note": " "}, "/body/note", "string_pattern_mismatch"),
    ],
)
def test_one_way_of_answering_is_said(api: Client, given: Given, body: dict[str, Any], pointer: str, code: str) -> None:
    notice = given.notice()["id"]
    given.draft()
    given.submit("POA-1")

    refused = respond(api, notice, **body)

    assert refused.status_code == 422
    assert [(one["pointer"], one["code"]) for one in refused.json()["errors"]] == [(pointer, code)]


def test_the_plan_of_another_workspace_is_none(api: Client, given: Given, cy: Client) -> None:
    notice = given.notice()["id"]
    theirs = Given(cy).plan()["id"]

    refused = respond(api, notice, plan=theirs)

    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "unknown_plan")


def test_the_marketplace_takes_an_answer_as_settled(api: Client, given: Given) -> None:
    notice = given.notice()["id"]
    respond(api, notice, note="It is in stock.")

    closed = api.at("2026-03-03T08:00:00Z").post(f"/v1/notices/{notice}/closure").json()

    assert (closed["state"], closed["ended_at"]) == ("closed", "2026-03-03T08:00:00Z")
    assert last_events(api, 1) == ["notice.closed outside"]


@pytest.mark.parametrize("verbs", [[], ["acknowledgement"], ["dismissal"], ["response", "closure"]])
def test_only_what_was_answered_is_closed(api: Client, given: Given, verbs: list[str]) -> None:
    path = f"/v1/notices/{given.notice()['id']}"
    bodies = {"response": {"note": "It is in stock."}, "dismissal": {"reason": "Not ours."}}
    for verb in verbs:
        given.post(f"{path}/{verb}", bodies.get(verb))
    before = api.get(path).json()

    refused = api.post(f"{path}/closure")

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/notice-cannot-move")
    assert api.get(path).json() == before


@pytest.mark.parametrize("verb", ["dismissal", "closure"])
def test_what_is_over_is_not_answered(api: Client, given: Given, verb: str) -> None:
    notice = given.notice()["id"]
    respond(api, notice, note="It is in stock.") if verb == "closure" else None
    given.post(f"/v1/notices/{notice}/{verb}", {"reason": "Not ours."} if verb == "dismissal" else {})
    given.plan()

    assert respond(api, notice, note="Again.").status_code == 409
    assert respond(api, notice, plan="POA-1").status_code == 409
