"""The problem came back if a notice on the same items and of the same category came in after the last action."""

from typing import Any

import pytest

from tests.client import Client
from tests.effectiveness.given import came_back, carried_out, check, effect
from tests.given import Given

OTHER = [{"type": "asin", "ref": "B000000000"}]


def test_it_is_found_and_listed(api: Client, given: Given) -> None:
    carried_out(given)

    notice = came_back(given)

    said = effect(api)
    assert (said["recurrences"], said["health"]) == (1, "recurred")
    assert said["notices"] == [
        {"notice": notice["id"], "title": notice["title"], "received_at": "2026-04-01T00:00:00Z"}
    ]


def test_the_newest_comes_first(api: Client, given: Given) -> None:
    carried_out(given)
    first, second = came_back(given), came_back(given, "2026-05-01T00:00:00Z")

    assert [one["notice"] for one in effect(api)["notices"]] == [second["id"], first["id"]]


@pytest.mark.parametrize(
    "notice",
    [{"items": OTHER}, {"items": []}, {"category": "safety"}, {"severity": "info"}],
    ids=["another item", "no item", "another category", "for information only"],
)
def test_what_is_about_something_else_does_not_count(api: Client, given: Given, notice: dict[str, Any]) -> None:
    carried_out(given)

    came_back(given, **notice)

    assert (effect(api)["recurrences"], effect(api)["health"]) == (0, "fulfilled")


def test_what_was_dismissed_does_not_count(api: Client, given: Given) -> None:
    carried_out(given)
    notice = came_back(given)

    given.post(f"/v1/notices/{notice['id']}/dismissal", {"reason": "Not ours."})

    assert (effect(api)["recurrences"], effect(api)["health"]) == (0, "fulfilled")


@pytest.mark.parametrize(
    ("received_at", "found"), [("2026-03-02T08:00:00Z", 0), ("2026-03-02T09:00:00Z", 0), ("2026-03-02T09:00:01Z", 1)]
)
def test_it_was_received_after_the_last_action(api: Client, given: Given, received_at: str, found: int) -> None:
    carried_out(given)
    api.at("2026-03-05T00:00:00Z")

    given.notice(received_at=received_at, respond_by=None)

    assert effect(api)["recurrences"] == found


def test_before_it_is_carried_out_nothing_comes_back(api: Client, given: Given) -> None:
    given.plan(notices=[given.notice()["id"]])

    came_back(given, "2026-03-05T00:00:00Z")

    assert (effect(api)["recurrences"], effect(api)["notices"], effect(api)["health"]) == (0, [], "on_track")


def test_of_a_plan_that_names_no_notice_any_category_counts(api: Client, given: Given) -> None:
    given.plan()
    given.done("POA-1.1")

    came_back(given, category="safety")

    assert effect(api)["recurrences"] == 1


def test_one_of_several_items_is_enough_and_it_counts_once(api: Client, given: Given) -> None:
    items = [{"type": "asin", "ref": "B0C7XK2M4P"}, {"type": "sku", "ref": "TUMBLER-20"}]
    carried_out(given, items=items)

    came_back(given, items=items + OTHER)

    assert (effect(api)["recurrences"], effect(api)["items"]) == (1, 2)


def test_a_notice_after_an_effective_check_means_that_it_came_back(api: Client, given: Given) -> None:
    carried_out(given, observation_days=1)
    check(given.client_of("bo").at("2026-03-10T00:00:00Z"))
    verified = effect(api)["health"]

    came_back(given)

    assert (verified, effect(api)["health"]) == ("verified_effective", "recurred")


def test_what_a_check_knew_of_is_settled_until_the_next(api: Client, given: Given) -> None:
    carried_out(given, observation_days=1)
    came_back(given)
    check(given.client_of("bo"), recurrences_seen=1)
    settled = effect(api)

    came_back(given, "2026-05-01T00:00:00Z")

    assert (settled["health"], settled["recurrences"]) == ("verified_effective", 1)
    assert (effect(api)["health"], effect(api)["recurrences"]) == ("recurred", 2)


def test_a_new_notice_is_new_although_one_that_was_known_was_dismissed(api: Client, given: Given) -> None:
    carried_out(given, observation_days=1)
    known = came_back(given)
    check(given.client_of("bo"), recurrences_seen=1)
    given.post(f"/v1/notices/{known['id']}/dismissal", {"reason": "Not ours."})
    dismissed = effect(api)["health"]

    came_back(given, "2026-05-01T00:00:00Z")

    assert (dismissed, effect(api)["health"], effect(api)["recurrences"]) == ("verified_effective", "recurred", 1)


def test_a_notice_recorded_after_the_check_is_new_however_early_it_was_received(api: Client, given: Given) -> None:
    carried_out(given, observation_days=1)
    check(given.client_of("bo").at("2026-03-10T00:00:00Z"))

    given.api.at("2026-03-11T00:00:00Z")
    given.notice(received_at="2026-03-05T00:00:00Z", respond_by=None)

    assert effect(api)["health"] == "recurred"


def test_what_was_judged_ineffective_has_recurred_until_it_is_judged_anew(api: Client, given: Given) -> None:
    carried_out(given, observation_days=1)
    bo = given.client_of("bo").at("2026-03-10T00:00:00Z")
    check(bo, "ineffective")
    ineffective = effect(api)["health"]

    check(bo, "inconclusive")

    assert (ineffective, effect(api)["health"]) == ("recurred", "fulfilled")


def test_the_answer_is_a_new_plan_about_the_same_items_and_the_old_one_is_not_reopened(
    api: Client, given: Given
) -> None:
    old = carried_out(given)
    done = api.get("/v1/commitments/POA-1.1").json()
    notice = came_back(given)

    refused = [
        api.patch("/v1/plans/POA-1", json={"title": "Once more"}),
        api.post("/v1/plans/POA-1/submissions", json={}),
        api.post("/v1/plans/POA-1/withdrawal", json={"reason": "It did not help."}),
    ]
    new = given.post(f"/v1/notices/{notice['id']}/plan", None, 201)

    assert {(one.status_code, one.json()["type"]) for one in refused} == {(409, "/problems/plan-cannot-move")}
    assert (new["reference"], new["state"], new["notices"], new["items"]) == (
        *("POA-2", "draft"),
        [notice["id"]],
        old["items"],
    )
    assert api.get("/v1/plans/POA-1").json() == old
    assert api.get("/v1/commitments/POA-1.1").json() == done


def test_another_workspace_counts_its_own(api: Client, given: Given, cy: Client) -> None:
    carried_out(given)

    came_back(Given(cy))

    assert effect(api)["recurrences"] == 0
