"""A plan is carried out when its last action is recorded as done: then its observation begins."""

from typing import Any

import pytest

from tests.changes.given import added, amend, ask_extension, ask_waiver, decide, ended
from tests.client import Client
from tests.effectiveness.given import DONE, WINDOW, carried_out, effect
from tests.given import Given

WEEKLY = {"due_on": "2026-03-06", "recurrence": "FREQ=WEEKLY;BYDAY=FR"}
TWICE = {"due_on": "2026-03-06", "recurrence": "FREQ=WEEKLY;BYDAY=FR;COUNT=2"}


def waive(given: Given, commitment: str) -> None:
    assert decide(given.client_of("bo"), ask_waiver(given.client_of("ada"), commitment)).status_code == 200


def test_what_is_known_of_a_plan_that_was_carried_out(api: Client, given: Given) -> None:
    plan = carried_out(given)

    said = effect(api.at("2026-03-12T08:59:59Z"))

    assert said == {
        "plan": plan["id"],
        "reference": "POA-1",
        "health": "fulfilled",
        "carried_out_at": DONE,
        "observation_days": 180,
        "window_ends_at": WINDOW,
        "days_observed": 9,
        "items": 1,
        "recurrences": 0,
        "notices": [],
        "checks": [],
    }


def test_a_plan_names_a_window_of_its_own(api: Client, given: Given) -> None:
    carried_out(given, observation_days=30)

    said = effect(api.at("2026-07-01T00:00:00Z"))

    assert (said["observation_days"], said["window_ends_at"]) == (30, "2026-04-01T09:00:00Z")
    assert said["days_observed"] == 30


def test_while_something_is_left_to_do_it_is_not(api: Client, given: Given) -> None:
    given.plan(given.promise(), given.promise())
    given.done("POA-1.1")

    said = effect(api)

    assert (said["carried_out_at"], said["window_ends_at"], said["days_observed"]) == (None, None, 0)


def test_the_last_action_counts_and_when_it_was_recorded(api: Client, given: Given) -> None:
    given.plan(given.promise(), given.promise())
    given.done("POA-1.2")
    api.at("2026-03-09T10:00:00Z")
    given.done("POA-1.1", performed_on="2026-03-01")

    assert effect(api)["carried_out_at"] == "2026-03-09T10:00:00Z"


def test_what_was_waived_is_not_left_to_do(api: Client, given: Given) -> None:
    given.plan(given.promise(), given.promise())
    given.done("POA-1.1")

    waive(given, "POA-1.2")

    assert effect(api)["carried_out_at"] == DONE


def test_a_plan_all_of_which_was_waived_was_never_carried_out(api: Client, given: Given) -> None:
    given.plan()

    waive(given, "POA-1.1")

    assert (effect(api)["carried_out_at"], effect(api)["health"]) == (None, "on_track")


@pytest.mark.parametrize(
    ("rule", "done", "carried"),
    [
        (TWICE, ["POA-1.1.1"], None),
        (TWICE, ["POA-1.1.1", "POA-1.1.2"], DONE),
        (WEEKLY, [], None),
        (WEEKLY, ["POA-1.1.2"], None),
        (WEEKLY, ["POA-1.1.1"], DONE),
    ],
    ids=["one of two", "both", "none", "not the first", "the first"],
)
def test_of_what_recurs_without_an_end_the_first_time_counts_else_every_time(
    api: Client, given: Given, rule: dict[str, str], done: list[str], carried: str | None
) -> None:
    given.plan(given.promise(**rule))

    for one in done:
        given.done(one)

    assert effect(api)["carried_out_at"] == carried


def test_of_what_an_amendment_has_ended_every_time_counts(api: Client, given: Given) -> None:
    given.plan(given.promise(**WEEKLY))
    given.done("POA-1.1.1")
    asked = amend(given.client_of("ada"), ends=[ended(1, "2026-03-20")])
    decide(given.client_of("bo"), asked)
    before = effect(api)["carried_out_at"]

    api.at("2026-03-05T00:00:00Z")
    given.done("POA-1.1.2")

    assert (before, effect(api)["carried_out_at"]) == (None, "2026-03-05T00:00:00Z")


def test_a_rejection_or_an_amendment_leaves_something_to_do_again(api: Client, given: Given) -> None:
    carried_out(given)
    bo = given.client_of("bo")

    bo.post("/v1/commitments/POA-1.1/verification", json={"outcome": "rejected", "reason": "Empty."})
    rejected = effect(api)["carried_out_at"]
    given.done("POA-1.1")
    done = effect(api)["carried_out_at"]
    decide(bo, amend(given.client_of("ada"), added()))

    assert (rejected, done, effect(api)["carried_out_at"]) == (None, DONE, None)


def test_a_draft_has_no_health(api: Client, given: Given) -> None:
    given.draft()

    said = effect(api)

    assert (said["health"], said["carried_out_at"], said["observation_days"]) == (None, None, 180)


def health(api: Client, at: str) -> Any:
    return effect(api.at(at))["health"]


def test_the_health_of_a_plan_over_time(api: Client, given: Given) -> None:
    given.plan(given.promise(due_on="2026-04-01"), given.promise(due_on="2026-06-01"))

    # Overdue when that day is over where the plan lives: at 7 o'clock of the next.
    assert health(api, "2026-03-26T06:59:59Z") == "on_track"
    assert health(api, "2026-03-26T07:00:00Z") == "due_soon"
    assert health(api, "2026-04-02T07:00:00Z") == "overdue"
    given.done("POA-1.1")
    assert health(api, "2026-04-03T00:00:00Z") == "on_track"
    decide(given.client_of("bo"), ask_extension(api, "POA-1.2", due_on="2026-07-01"))
    assert health(api, "2026-06-02T07:00:00Z") == "on_track"
    given.done("POA-1.2")
    assert health(api, "2026-12-01T00:00:00Z") == "fulfilled"


def test_a_practice_that_goes_on_may_be_carried_out_and_overdue(api: Client, given: Given) -> None:
    given.plan(given.promise(**WEEKLY))
    given.done("POA-1.1.1")

    assert health(api, "2026-03-08T00:00:00Z") == "due_soon"
    assert health(api, "2026-03-14T08:00:00Z") == "overdue"
    assert effect(api)["carried_out_at"] == DONE
