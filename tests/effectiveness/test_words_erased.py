"""Of a plan whose words were erased, the window stays as it was, and nobody calls it effective any more."""

import pytest

from tests.changes.given import refusal
from tests.client import Client
from tests.effectiveness.given import came_back, carried_out, check, effect
from tests.given import Given

CLOSES = "2026-04-01T09:00:00Z"
"""30 days after it was carried out."""


@pytest.fixture
def erased(api: Client, given: Given) -> Client:
    """Bo's client; the plan, observed for 30 days, was carried out and its words were erased."""
    plan = carried_out(given, observation_days=30)
    assert api.post("/v1/erasures", json={"subject": plan["id"]}).is_success
    return given.client_of("bo")


@pytest.mark.usefixtures("erased")
def test_the_window_ends_when_it_did(api: Client) -> None:
    said, plan = effect(api), api.get("/v1/plans/POA-1").json()

    assert (said["observation_days"], said["window_ends_at"]) == (30, CLOSES)
    assert (plan["observation_days"], plan["items"]) == (30, [])


@pytest.mark.usefixtures("erased")
def test_what_came_in_since_is_not_known_rather_than_nothing(api: Client, given: Given) -> None:
    came_back(given)

    assert (effect(api)["items"], effect(api)["recurrences"], effect(api)["notices"]) == (None, None, [])


def test_it_is_not_called_effective(given: Given, erased: Client) -> None:
    came_back(given)

    refused = [check(erased.at(CLOSES), **more) for more in ({}, {"recurrences_seen": 0}, {"recurrences_seen": 1})]

    assert [refusal(one)[:2] for one in refused] == [(409, "plan-erased")] * 3


@pytest.mark.parametrize("outcome", ["ineffective", "inconclusive"])
def test_anything_else_can_be_said_of_it_and_settles_it(erased: Client, outcome: str) -> None:
    erased.at(CLOSES)
    assert [one["kind"] for one in erased.get("/v1/waiting?kind=effectiveness").json()["data"]] == ["effectiveness"]

    made = check(erased, outcome)

    assert (made.status_code, made.json()["window_ends_at"], made.json()["recurrences"]) == (201, CLOSES, None)
    assert erased.get("/v1/waiting?kind=effectiveness").json()["data"] == []


def test_what_was_judged_before_stays(api: Client, given: Given) -> None:
    plan = carried_out(given, observation_days=30)
    made = check(given.client_of("bo").at(CLOSES)).json()

    api.post("/v1/erasures", json={"subject": plan["id"]})

    assert (effect(api)["checks"], effect(api)["health"]) == ([made], "verified_effective")


def test_a_plan_that_lost_other_words_can_be_called_effective(api: Client, given: Given) -> None:
    plan = carried_out(given, observation_days=30)
    api.post("/v1/erasures", json={"subject": plan["id"], "names": ["authority", "reference"]})

    assert check(given.client_of("bo").at(CLOSES)).status_code == 201


def test_a_changed_draft_is_observed_for_as_long_as_it_says_now(api: Client, given: Given) -> None:
    draft = given.draft()

    changed = api.patch(f"/v1/plans/{draft['id']}", json={"observation_days": 30}).json()

    assert (draft["observation_days"], changed["observation_days"]) == (180, 30)
    assert api.get(f"/v1/plans/{draft['id']}/effectiveness").json()["observation_days"] == 30


def test_a_plan_is_not_erased_while_nobody_has_judged_what_came_in_since(api: Client, given: Given) -> None:
    plan = carried_out(given, observation_days=30)
    came_back(given)
    erase = {"subject": plan["id"]}

    refused = api.post("/v1/erasures", json=erase)
    title = api.post("/v1/erasures", json=erase | {"names": ["reference"]})
    check(given.client_of("bo"), "ineffective")

    why = "Notices have come in since it was carried out: let its effect be judged first."
    assert refusal(refused) == (409, "not-erasable-yet", why)
    assert title.is_success, "words that nobody is watched by"
    assert api.post("/v1/erasures", json=erase).is_success
    assert effect(api)["health"] == "recurred"


def test_a_notice_whose_words_were_erased_counts_as_one_on_the_same_items(api: Client, given: Given) -> None:
    carried_out(given, observation_days=30)
    came = came_back(given)
    came_back(given, category="safety")
    api.post(f"/v1/notices/{came['id']}/response", json={"note": "Refunded."})
    api.post(f"/v1/notices/{came['id']}/closure", json={})

    assert api.post("/v1/erasures", json={"subject": came["id"]}).is_success

    assert [one["title"] for one in effect(api)["notices"]] == ["[erased]"]
    assert refusal(check(given.client_of("bo").at(CLOSES)))[:2] == (409, "problem-came-back")
