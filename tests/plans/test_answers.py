"""Submitting a plan answers the notices it names, a denial reopens them, its approval closes them."""

from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.client import Client
from tests.given import APPROVAL, Given

DECISION = {"authority": "Amazon", "received_at": "2026-03-02T08:00:00Z"}


def decide(given: Given, outcome: str, plan: str = "POA-1") -> Any:
    return given.post(f"/v1/plans/{plan}/decision", DECISION | {"outcome": outcome}, 200)


def notice(api: Client, id_: str) -> Any:
    return api.get(f"/v1/notices/{id_}").json()


def state(api: Client, id_: str) -> str:
    return str(notice(api, id_)["state"])


def events(api: Client) -> list[Any]:
    listed: list[Any] = api.get("/v1/events", params={"limit": 200}).json()["data"]
    return listed


def test_a_draft_answers_nothing(api: Client, given: Given) -> None:
    before = given.notice()

    given.draft(notices=[before["id"]])

    assert notice(api, before["id"]) == before


def test_a_submission_answers_each_notice_that_the_plan_names(api: Client, given: Given) -> None:
    first, second, other = (given.notice()["id"] for _ in range(3))
    given.post(f"/v1/notices/{second}/acknowledgement")
    plan = given.draft(notices=[second, first])

    api.at("2026-03-02T10:00:00Z")
    given.submit("POA-1")

    answered = [notice(api, one) for one in (first, second)]
    for one in answered:
        assert (one["state"], one["plan"], one["submission"]) == ("responded", plan["id"], 1)
        assert (one["attempts"], one["responded_at"]) == (1, "2026-03-02T10:00:00Z")
    assert [one["acknowledged_at"][11:13] for one in answered] == ["10", "09"]
    assert state(api, other) == "received"


def test_the_chain_of_the_plan_shows_what_was_answered_and_where_it_was_recorded(api: Client, given: Given) -> None:
    recorded = given.notice(external_id="case 7")
    received = events(api)[-1]
    plan = given.draft(notices=[recorded["id"]])
    given.submit("POA-1")

    event = events(api)[-1]

    assert (event["type"], event["subject"], event["plan"]) == ("notice.answered", recorded["id"], plan["id"])
    leaf = b64decode(received["leaf_hash"]).hex()
    assert f'"recorded":{{"leaf":"{leaf}","seq":{received["seq"]}}}' in event["text"]
    said = {one["name"]: one["value"] for one in event["disclosures"]}
    assert said == {one["name"]: one["value"] for one in received["disclosures"]}
    assert said["text"] == recorded["text"]


def test_a_question_keeps_the_attempt_open_and_the_notice_answered(api: Client, given: Given) -> None:
    asked = given.notice()["id"]
    given.draft(notices=[asked])
    given.submit("POA-1")

    decide(given, "more_info_requested")
    waiting = notice(api, asked)
    given.submit("POA-1", {"text": "Invoice 7 is attached."})

    assert (waiting["state"], waiting["attempts"]) == ("responded", 1)
    assert notice(api, asked) == waiting


def test_a_denial_makes_the_answer_owed_again_by_the_same_deadline(api: Client, given: Given) -> None:
    owed = given.notice()["id"]
    given.draft(notices=[owed])
    given.submit("POA-1")
    before = notice(api, owed)

    decide(given, "denied")

    assert notice(api, owed) == before | {"state": "acknowledged"}
    assert before["respond_by"] == "2026-03-04T17:04:00Z"
    assert [one["type"] for one in events(api)[-2:]] == ["plan.denied", "notice.reopened"]


def test_the_next_attempt_answers_it_again(api: Client, given: Given) -> None:
    owed = given.notice()["id"]
    given.draft(notices=[owed])
    given.submit("POA-1")
    decide(given, "denied")
    api.patch("/v1/plans/POA-1", json={"title": "Better"})

    given.submit("POA-1")

    again = notice(api, owed)
    assert (again["state"], again["submission"], again["attempts"]) == ("responded", 2, 2)


def test_an_approval_closes_it(api: Client, given: Given) -> None:
    settled = given.notice()["id"]
    given.draft(notices=[settled])
    given.submit("POA-1")

    decide(given, "approved")

    closed = notice(api, settled)
    assert (closed["state"], closed["ended_at"]) == ("closed", "2026-03-02T09:00:00Z")
    types = [one["type"] for one in events(api)[-3:]]
    assert types == ["plan.approved", "commitment.opened", "notice.closed"]
    assert {one["plan"] for one in events(api)[-3:]} == {api.get("/v1/plans/POA-1").json()["id"]}


def test_what_was_taken_out_of_the_plan_stays_owed(api: Client, given: Given) -> None:
    kept, dropped = given.notice()["id"], given.notice()["id"]
    given.draft(notices=[kept, dropped])
    given.submit("POA-1")
    decide(given, "denied")
    api.patch("/v1/plans/POA-1", json={"notices": [kept]})
    given.submit("POA-1")

    decide(given, "approved")

    assert (state(api, kept), state(api, dropped)) == ("closed", "acknowledged")


def test_what_was_dismissed_meanwhile_is_left_alone(api: Client, given: Given) -> None:
    dismissed = given.notice()["id"]
    given.draft(notices=[dismissed])
    given.submit("POA-1")
    decide(given, "denied")
    given.post(f"/v1/notices/{dismissed}/dismissal", {"reason": "Withdrawn."})
    api.patch("/v1/plans/POA-1", json={"notices": []})
    given.submit("POA-1")

    decide(given, "approved")

    assert state(api, dismissed) == "dismissed"


def test_a_notice_waits_for_one_decision_at_a_time(api: Client, given: Given) -> None:
    owed = given.notice()["id"]
    given.draft(notices=[owed])
    given.submit("POA-1")
    given.draft(notices=[owed])
    given.sign_off("POA-2")

    refused = api.post("/v1/plans/POA-2/submissions", json={})

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/notice-cannot-move")
    assert "POA-1 has answered it and is not decided yet" in refused.json()["detail"]
    decide(given, "denied", "POA-1")
    given.post("/v1/plans/POA-2/submissions")
    decide(given, "approved", "POA-2")
    assert state(api, owed) == "closed"


def test_an_approval_with_gaps_closes_nothing(api: Client, given: Given) -> None:
    owed = given.notice()["id"]
    given.draft({"kind": "corrective", "text": "?"}, notices=[owed])
    given.submit("POA-1")

    refused = api.post("/v1/plans/POA-1/decision", json=DECISION | {"outcome": "approved"})

    assert refused.status_code == 409
    assert state(api, owed) == "responded"


def test_giving_the_plan_up_leaves_it_owed(api: Client, given: Given) -> None:
    owed = given.notice()["id"]
    given.draft(notices=[owed])
    given.submit("POA-1")
    decide(given, "denied")

    given.post("/v1/plans/POA-1/withdrawal", {"reason": "No longer sold."})

    assert state(api, owed) == "acknowledged"


def test_in_one_call_it_is_answered_and_closed(api: Client, given: Given) -> None:
    settled = given.notice()["id"]

    plan = given.plan(notices=[settled])

    closed = notice(api, settled)
    assert (closed["state"], closed["plan"], closed["submission"]) == ("closed", plan["id"], 1)
    assert (closed["attempts"], plan["notices"]) == (1, [settled])
    assert [one["type"] for one in events(api)[-6:]] == [
        *("plan.drafted", "plan.submitted", "notice.answered"),
        *("plan.approved", "commitment.opened", "notice.closed"),
    ]


def test_in_one_call_a_notice_that_is_over_is_named_in_the_body(api: Client, given: Given) -> None:
    over = given.notice()["id"]
    given.plan(notices=[over])
    body = {"title": "?", "notices": [given.notice()["id"], over], "commitments": [given.promise()]}

    refused = api.post("/v1/plans", json=body | {"approval": APPROVAL})

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/notice-cannot-move")
    (fault,) = refused.json()["errors"]
    assert (fault["pointer"], fault["code"]) == ("/body/notices/1", "notice_cannot_move")
    assert "When the problem comes back, record a new notice." in fault["detail"]
    assert len(api.get("/v1/plans").json()["data"]) == 1


@pytest.mark.parametrize("draft", [True, False])
def test_a_notice_that_is_not_here_is_named(api: Client, given: Given, cy: Client, *, draft: bool) -> None:
    theirs, ours = Given(cy).notice()["id"], given.notice()["id"]
    body = {"title": "?", "notices": [ours, theirs, ours], "commitments": [given.promise()]}

    refused = api.post("/v1/plans", json=body if draft else body | {"approval": APPROVAL})

    assert refused.status_code == 422
    assert [(one["pointer"], one["code"]) for one in refused.json()["errors"]] == [
        ("/body/notices/2", "notice_twice"),
        ("/body/notices/1", "unknown_notice"),
    ]


def test_a_change_names_only_notices_that_are_here(api: Client, given: Given, cy: Client) -> None:
    given.draft(notices=[given.notice()["id"]])
    before = api.get("/v1/plans/POA-1").json()

    refused = api.patch("/v1/plans/POA-1", json={"notices": [Given(cy).notice()["id"]]})

    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/body/notices/0")
    assert api.get("/v1/plans/POA-1").json() == before


@pytest.mark.both_versions
def test_plans_that_name_the_same_notices_in_any_order_do_not_lock_each_other_out(api: Client, given: Given) -> None:
    notices = [given.notice()["id"] for _ in range(6)]
    plans = [given.draft(notices=notices[::step])["reference"] for step in (1, -1) * 4]
    for one in plans[:4]:
        given.sign_off(one)

    def act(place: int) -> int:
        plan, order = plans[place], notices[:: (1, -1)[place % 2]]
        if place < len(plans) // 2:
            return api.post(f"/v1/plans/{plan}/submissions", json={}).status_code
        return api.patch(f"/v1/plans/{plan}", json={"notices": order}).status_code

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(act, range(8)))

    assert sorted(answers) == [200] * 5 + [409] * 3
    assert {notice(api, one)["attempts"] for one in notices} == {1}


@pytest.mark.both_versions
def test_of_a_dismissal_and_a_submission_at_once_one_wins(api: Client, given: Given) -> None:
    contested = given.notice()["id"]
    given.draft(notices=[contested])
    given.sign_off("POA-1")
    calls = [
        (f"/v1/notices/{contested}/dismissal", {"reason": "Not ours."}),
        ("/v1/plans/POA-1/submissions", {}),
    ]

    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(lambda call: api.post(call[0], json=call[1]).status_code, calls))

    assert sorted(answers) == [200, 409]
    won = "dismissed" if answers[0] == 200 else "responded"
    assert (state(api, contested), api.get("/v1/plans/POA-1").json()["attempts"]) == (won, answers.index(200))
