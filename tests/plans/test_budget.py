"""Deadline and attempts are watched together: whichever comes first."""

from typing import Any

from tests.client import Client
from tests.given import Given

DECISION = {"authority": "Amazon", "received_at": "2026-03-02T08:00:00Z"}


def readiness(api: Client) -> Any:
    return api.get("/v1/plans/POA-1/readiness").json()


def watched(api: Client) -> list[str]:
    codes = ("deadline_near", "deadline_passed", "last_attempt", "no_attempts_left")
    return [one["code"] for one in readiness(api)["hints"] if one["code"] in codes]


def next_attempt(api: Client, given: Given) -> None:
    given.submit("POA-1")
    given.post("/v1/plans/POA-1/decision", DECISION | {"outcome": "denied"})
    api.patch("/v1/plans/POA-1", json={"title": "Better"})


def test_the_nearest_deadline_and_the_fewest_attempts_may_be_of_different_notices(api: Client, given: Given) -> None:
    soon = given.notice(attempts_allowed=3)["id"]
    few = given.notice(attempts_allowed=2, respond_by="2026-03-19T09:00:00Z")["id"]
    free = given.notice(respond_by=None)["id"]
    given.draft(notices=[free, few, soon])

    assert readiness(api)["budget"] == {
        "respond_by": "2026-03-04T17:04:00Z",
        "attempts_allowed": 2,
        "attempts_left": 2,
    }


def test_each_attempt_counts_until_none_is_left(api: Client, given: Given) -> None:
    given.draft(notices=[given.notice(attempts_allowed=2, respond_by="2026-03-19T09:00:00Z")["id"]])
    seen = []
    for _ in range(3):
        seen.append((readiness(api)["budget"]["attempts_left"], watched(api)))
        next_attempt(api, given)

    assert seen == [(2, []), (1, ["last_attempt"]), (0, ["no_attempts_left"])]
    assert readiness(api)["budget"]["attempts_left"] == 0


def test_time_uses_it_up_too(api: Client, given: Given) -> None:
    given.draft(notices=[given.notice(attempts_allowed=2, respond_by="2026-03-19T09:00:00Z")["id"]])

    seen = [
        watched(api.at(at))
        for at in ("2026-03-16T08:59:59Z", "2026-03-16T09:00:00Z", "2026-03-19T08:59:59Z", "2026-03-19T09:00:00Z")
    ]

    assert seen == [[], ["deadline_near"], ["deadline_near"], ["deadline_passed"]]
    (hint,) = (one for one in readiness(api)["hints"] if one["code"] == "deadline_passed")
    assert hint["detail"].startswith("The deadline was 2026-03-19 09:00 UTC, 2 of 2 attempts left: ")


def test_while_a_question_is_open_no_attempt_is_missing(api: Client, given: Given) -> None:
    given.draft(notices=[given.notice(attempts_allowed=1)["id"]])
    given.submit("POA-1")
    given.post("/v1/plans/POA-1/decision", DECISION | {"outcome": "more_info_requested"})

    assert watched(api) == ["deadline_near"]
    assert readiness(api)["budget"]["attempts_left"] == 0


def test_what_was_sent_waits_for_no_deadline(api: Client, given: Given) -> None:
    given.draft(notices=[given.notice(attempts_allowed=1)["id"]])
    given.submit("POA-1")

    assert watched(api.at("2026-04-01T00:00:00Z")) == []


def test_a_notice_that_is_over_limits_nothing(api: Client, given: Given) -> None:
    notice = given.notice(attempts_allowed=1)["id"]
    given.draft(notices=[notice])
    given.post(f"/v1/notices/{notice}/dismissal", {"reason": "Not ours."})

    assert readiness(api)["budget"] == {"respond_by": None, "attempts_allowed": None, "attempts_left": None}


def test_a_budget_that_was_corrected_counts_from_then_on(api: Client, given: Given) -> None:
    notice = given.notice(attempts_allowed=1)["id"]
    given.draft(notices=[notice])
    next_attempt(api, given)

    api.patch(f"/v1/notices/{notice}", json={"attempts_allowed": 2, "respond_by": "2026-03-20T00:00:00Z"})

    assert readiness(api)["budget"] == {
        "respond_by": "2026-03-20T00:00:00Z",
        "attempts_allowed": 2,
        "attempts_left": 1,
    }


def test_a_notice_that_the_plan_does_not_name_counts_once_it_was_answered(api: Client, given: Given) -> None:
    notice = given.notice(attempts_allowed=2)["id"]
    given.draft()
    given.submit("POA-1")
    given.post(f"/v1/notices/{notice}/response", {"plan": "POA-1"})
    given.post("/v1/plans/POA-1/decision", DECISION | {"outcome": "denied"})

    assert readiness(api)["budget"]["attempts_left"] == 1
