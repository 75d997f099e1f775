"""Somebody who did nothing of it judges whether the plan worked, and cannot overlook that the problem came back."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.changes.given import events, faults, refusal
from tests.client import Client
from tests.effectiveness.given import DONE, WINDOW, came_back, carried_out, check, effect
from tests.given import Given

OUTCOMES = ["effective", "ineffective", "inconclusive"]


@pytest.mark.parametrize(
    ("outcome", "health"),
    [("effective", "verified_effective"), ("ineffective", "recurred"), ("inconclusive", "fulfilled")],
)
def test_a_plan_is_judged_by_somebody_else(api: Client, given: Given, outcome: str, health: str) -> None:
    plan = carried_out(given)

    made = check(given.client_of("bo").at(WINDOW), outcome)

    assert (made.status_code, made.headers["location"]) == (201, f"/v1/plans/{plan['id']}/effectiveness")
    assert made.json() == {
        "id": made.json()["id"],
        "number": 1,
        "outcome": outcome,
        "reason": "No complaint about 14 orders.",
        "recurrences": 0,
        "carried_out_at": DONE,
        "window_ends_at": WINDOW,
        "checked_by": given.member("bo")["id"],
        "checked_at": WINDOW,
    }
    assert (effect(api)["checks"], effect(api)["health"]) == ([made.json()], health)
    assert events(api, "effectiveness.") == ["effectiveness.checked"]


def test_effective_needs_the_whole_window_and_the_others_do_not(given: Given) -> None:
    carried_out(given)
    bo = given.client_of("bo").at("2026-08-29T08:59:59Z")

    early = check(bo)

    assert refusal(early) == (409, "still-observed", "It is observed until 2026-08-29T09:00:00Z.")
    assert [check(bo, outcome).status_code for outcome in OUTCOMES[1:]] == [201, 201]
    assert check(bo.at(WINDOW)).status_code == 201


@pytest.mark.parametrize("reason", [None, "", "  "])
def test_a_judgement_says_what_it_rests_on(api: Client, given: Given, reason: str | None) -> None:
    carried_out(given)

    refused = check(given.client_of("bo").at(WINDOW), reason=reason)

    assert [fault[0] for fault in faults(refused)] == ["/body/reason"]
    assert effect(api)["checks"] == []


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_what_is_not_carried_out_has_no_effect(api: Client, given: Given, outcome: str) -> None:
    given.plan()

    assert refusal(check(api.at("2027-01-01T00:00:00Z"), outcome)) == (409, "not-carried-out", "")


def test_a_draft_has_no_effect(api: Client, given: Given) -> None:
    given.draft()

    assert refusal(check(api)) == (409, "not-carried-out", "POA-1 is `draft`.")


def test_a_careless_effective_is_refused_and_one_that_says_what_it_saw_is_not(api: Client, given: Given) -> None:
    carried_out(given)
    came_back(given)
    came_back(given, "2026-05-01T00:00:00Z")
    bo = given.client_of("bo").at(WINDOW)

    careless = [check(bo), check(bo, recurrences_seen=1), check(bo, recurrences_seen=3)]
    made = check(bo, recurrences_seen=2, reason="Both were about another seller's units.")

    assert [refusal(one) for one in careless] == [(409, "problem-came-back", "2 came in since.")] * 3
    assert (made.status_code, made.json()["recurrences"]) == (201, 2)
    assert effect(api)["health"] == "verified_effective"


@pytest.mark.parametrize("outcome", OUTCOMES[1:])
def test_the_others_say_how_often_it_came_back_by_themselves(given: Given, outcome: str) -> None:
    carried_out(given)
    came_back(given)

    made = check(given.client_of("bo"), outcome)

    assert (made.status_code, made.json()["recurrences"]) == (201, 1)


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_who_completed_something_does_not_judge_admins_included(api: Client, given: Given, outcome: str) -> None:
    carried_out(given)

    refused = check(given.client_of("ada").at(WINDOW), outcome)

    assert refusal(refused) == (409, "actors-do-not-judge", "")
    assert effect(api)["checks"] == []


def test_with_four_eyes_off_who_completed_something_may(api: Client, given: Given) -> None:
    carried_out(given)
    api.patch("/v1/workspace", json={"four_eyes": False})

    assert check(given.client_of("ada").at(WINDOW)).status_code == 201


def test_a_contributor_judges_nothing(given: Given) -> None:
    carried_out(given)

    assert refusal(check(given.client_of("chidi")))[:2] == (403, "scope-missing")


def test_a_later_check_does_not_undo_an_earlier_one(api: Client, given: Given) -> None:
    carried_out(given)
    bo = given.client_of("bo").at(WINDOW)

    made = [check(bo, outcome).json() for outcome in ("ineffective", "effective")]

    assert [one["number"] for one in made] == [1, 2]
    assert effect(api)["checks"] == made
    assert effect(api)["health"] == "verified_effective"


def test_checks_at_once_are_numbered_one_after_the_other(api: Client, given: Given) -> None:
    carried_out(given)
    bo = given.client_of("bo")

    with ThreadPoolExecutor(4) as threads:
        statuses = list(threads.map(lambda _: check(bo, "inconclusive").status_code, range(4)))

    assert statuses == [201] * 4
    assert [one["number"] for one in effect(api)["checks"]] == [1, 2, 3, 4]


def test_it_is_stale_if_something_came_in_since_it_was_looked_at(given: Given) -> None:
    carried_out(given)
    bo = given.client_of("bo")
    seen = bo.get("/v1/plans/POA-1/effectiveness").headers["etag"]
    came_back(given)

    stale = check(bo, "inconclusive", headers={"If-Match": seen})

    assert refusal(stale)[:2] == (412, "stale")
    assert check(bo, "inconclusive", headers={"If-Match": stale.headers["etag"]}).status_code == 201


def test_sent_again_it_happens_once(api: Client, given: Given) -> None:
    carried_out(given)
    bo = given.client_of("bo")

    first, again = (check(bo, "inconclusive", headers={"Idempotency-Key": "once"}) for _ in range(2))

    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"
    assert len(effect(api)["checks"]) == 1


def test_another_workspace_sees_none_of_it(given: Given, cy: Client) -> None:
    plan = carried_out(given)

    assert refusal(cy.get(f"/v1/plans/{plan['id']}/effectiveness"))[:2] == (404, "plan-not-found")
    assert refusal(check(cy))[:2] == (404, "plan-not-found")
