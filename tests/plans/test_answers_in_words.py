"""A notice that a plan has answered is answered in words, too: what that means for this plan, and for another."""

from tests.client import Client
from tests.given import Given
from tests.plans.test_answers import DECISION, decide, notice, state


def test_what_was_answered_in_words_after_a_denial_is_no_longer_the_plans(api: Client, given: Given) -> None:
    owed = given.notice()["id"]
    given.draft(notices=[owed])
    given.submit("POA-1")
    decide(given, "denied", "POA-1")
    given.post(f"/v1/notices/{owed}/response", {"note": "By telephone."})
    api.patch("/v1/plans/POA-1", json={"notices": []})
    given.submit("POA-1")

    decide(given, "denied", "POA-1")

    assert state(api, owed) == "responded"


def test_answered_in_words_after_a_denial_another_plan_can_follow(api: Client, given: Given) -> None:
    owed = given.notice()["id"]
    given.draft(notices=[owed])
    given.submit("POA-1")
    decide(given, "denied", "POA-1")
    given.post(f"/v1/notices/{owed}/response", {"note": "By telephone."})
    second = given.post(f"/v1/notices/{owed}/plan", {}, 201)
    given.sign_off("POA-2")

    given.post("/v1/plans/POA-2/submissions")

    answered = notice(api, owed)
    assert (answered["state"], answered["plan"], answered["attempts"]) == ("responded", second["id"], 2)
    given.post("/v1/plans/POA-2/decision", DECISION | {"outcome": "denied"}, 200)
    assert state(api, owed) == "acknowledged"


def test_words_beside_a_plan_that_is_not_decided_yet_let_no_other_follow(api: Client, given: Given) -> None:
    owed = given.notice()["id"]
    given.draft(notices=[owed])
    given.submit("POA-1")
    given.post(f"/v1/notices/{owed}/response", {"note": "By telephone."})
    given.plan(notices=[])

    refused = api.post(f"/v1/notices/{owed}/response", json={"plan": "POA-2"})

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/notice-cannot-move")
    decide(given, "denied", "POA-1")
    assert api.post(f"/v1/notices/{owed}/response", json={"plan": "POA-2"}).json()["state"] == "closed"
