"""What is known about an item: how often something came in, and what was promised about it."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.client import Client
from tests.given import Given

ITEM = "/v1/items/asin/B0C7XK2M4P"
OTHER = {"type": "asin", "ref": "B0D9QW8R7T"}
BOTH = [{"type": "asin", "ref": "B0C7XK2M4P"}, OTHER]


def history(api: Client, path: str = ITEM, **query: Any) -> Any:
    answer = api.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def counted(answer: Any) -> tuple[int, ...]:
    return tuple(answer[name] for name in ("last_30_days", "last_90_days", "last_180_days", "all"))


def test_notices_are_counted_back_from_now(api: Client, given: Given) -> None:
    for day in ("2025-06-01", "2025-10-01", "2026-01-15", "2026-02-20", "2026-03-01"):
        given.notice(received_at=f"{day}T08:00:00Z")

    known = history(api)

    assert counted(known["counts"]) == (2, 3, 4, 5)
    assert known["first_seen_at"] == "2025-06-01T08:00:00Z"


def test_the_last_thirty_days_end_to_the_second(api: Client, given: Given) -> None:
    given.notice(received_at="2026-01-31T09:00:00Z")
    given.notice(received_at="2026-01-31T09:00:01Z")

    assert counted(history(api)["counts"]) == (1, 2, 2, 2)


def test_they_are_counted_by_kind_and_by_category(api: Client, given: Given) -> None:
    given.notice(kind="complaint", category="safety")
    given.notice(kind="complaint", category="safety", received_at="2025-12-24T00:00:00Z")
    given.notice(kind="notification", category="authenticity")

    counts = history(api)["counts"]

    assert counted(counts["complaints"]) == (1, 2, 2, 2)
    assert counted(counts["notifications"]) == (1, 1, 1, 1)
    assert {one["category"]: counted(one) for one in counts["categories"]} == {
        "safety": (1, 2, 2, 2),
        "authenticity": (1, 1, 1, 1),
    }


def test_a_dismissed_notice_counts_and_is_marked(api: Client, given: Given) -> None:
    notice = given.notice()
    given.notice()
    given.post(f"/v1/notices/{notice['id']}/dismissal", {"reason": "Sent twice."})

    counts = history(api)["counts"]

    assert (counts["all"], counts["dismissed"]) == (2, 1)


def test_what_is_promised_is_told_with_what_became_of_it(api: Client, given: Given) -> None:
    kept, late, overdue, open_ = (
        given.promise(due_on=day) for day in ("2026-04-01", "2026-02-01", "2026-02-15", "2026-05-01")
    )
    plan = given.plan(kept, late, overdue, open_)["reference"]
    given.done(f"{plan}.1")
    given.done(f"{plan}.2")

    promised = history(api)["promised"]

    assert {name: promised[name] for name in ("plans", "all", "kept", "late", "open", "overdue", "broken")} == {
        "plans": 1, "all": 4, "kept": 1, "late": 1, "open": 2, "overdue": 1, "broken": 2,
    }  # fmt: skip
    assert [(one["reference"], one["overdue"], one["owner"]["name"]) for one in promised["commitments"]] == [
        (f"{plan}.3", True, "Ada Okafor"),
        (f"{plan}.4", False, "Ada Okafor"),
    ]


def test_overdue_here_is_overdue_there(api: Client, given: Given) -> None:
    given.plan(*(given.promise(due_at=f"2026-03-02T{hour}:00:00Z") for hour in ("08", "09", "10")))

    overdue = [one["reference"] for one in history(api)["promised"]["commitments"] if one["overdue"]]

    assert overdue == api.overdue() == ["POA-1.1", "POA-1.2"]


def test_a_promise_that_names_items_is_about_those(api: Client, given: Given) -> None:
    given.plan(
        given.promise(text="Remove the units."),
        given.promise(text="Recall it.", items=["asin:B0D9QW8R7T"]),
        given.promise(text="Change the label.", items=["asin:B0C7XK2M4P"]),
        items=BOTH,
    )

    promised = {
        ref: [one["text"] for one in history(api, f"/v1/items/asin/{ref}")["promised"]["commitments"]]
        for ref in ("B0C7XK2M4P", "B0D9QW8R7T")
    }

    assert promised == {
        "B0C7XK2M4P": ["Remove the units.", "Change the label."],
        "B0D9QW8R7T": ["Remove the units.", "Recall it."],
    }


def test_each_time_of_a_recurring_promise_is_one(api: Client, given: Given) -> None:
    given.plan(given.promise(due_on="2026-02-01", recurrence="FREQ=MONTHLY;COUNT=3"))
    given.done("POA-1.1.1")

    promised = history(api)["promised"]

    assert (promised["all"], promised["late"], promised["overdue"]) == (3, 1, 1)


def test_a_problem_that_came_back_after_all_was_done_is_seen(api: Client, given: Given) -> None:
    given.notice()
    given.plan()
    given.done("POA-1.1")
    assert history(api)["promised"]["notices_since"] == 0

    api.at("2026-03-20T09:00:00Z")
    given.notice(received_at="2026-03-19T09:00:00Z", respond_by=None)

    promised = history(api)["promised"]
    assert (promised["last_done_at"], promised["notices_since"]) == ("2026-03-02T09:00:00Z", 1)


def test_it_is_told_as_it_was_known_then(api: Client, given: Given) -> None:
    first = given.notice(received_at="2026-02-10T00:00:00Z")["id"]
    given.plan(given.promise(due_on="2026-03-10"))
    api.at("2026-03-05T09:00:00Z")
    before = history(api)
    api.at("2026-03-20T09:00:00Z")
    given.notice(received_at="2026-02-01T00:00:00Z")
    given.post(f"/v1/notices/{first}/dismissal", {"reason": "Sent twice."})
    given.done("POA-1.1")
    after = history(api)

    then = history(api, as_of="2026-03-05T09:00:00Z")

    assert then == before | {"as_of": "2026-03-05T09:00:00Z"}
    assert (after["counts"]["all"], after["counts"]["dismissed"], after["promised"]["late"]) == (2, 1, 1)


def test_an_instant_ahead_is_a_forecast(api: Client, given: Given) -> None:
    given.plan(given.promise(due_on="2026-03-10"))

    ahead = history(api, as_of="2026-03-15T00:00:00Z")["promised"]

    assert (ahead["open"], ahead["overdue"]) == (1, 1)
    assert history(api)["promised"]["overdue"] == 0


def test_before_anything_was_recorded_nothing_was_known(api: Client, given: Given) -> None:
    given.notice()

    answer = api.get(ITEM, params={"as_of": "2026-03-02T08:59:59Z"})

    assert answer.status_code == 404


def test_an_item_that_only_a_plan_names_is_known(api: Client, given: Given) -> None:
    given.draft(items=[OTHER])

    known = history(api, "/v1/items/asin/B0D9QW8R7T")

    assert (known["counts"]["all"], known["promised"]["plans"], known["promised"]["all"]) == (0, 1, 0)
    assert known["similar"] == {"notice": None, "compared": 0, "data": []}


def test_an_item_that_nobody_knows_is_not_found(api: Client, given: Given) -> None:
    given.notice()

    for path in ("/v1/items/asin/B000000000", "/v1/items/sku/B0C7XK2M4P", "/v1/items/asin/b0c7xk2m4p", f"{ITEM}/"):
        answer = api.get(path)
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/item-unknown"), path


@pytest.mark.parametrize("ref", ["SKU/7/red", "a b", "Größe 42", "50% off?", "#1&2=3", "..", "x" * 200, "雨傘;+"])
def test_a_reference_may_hold_whatever_is_printable(api: Client, given: Given, ref: str) -> None:
    given.notice(items=[{"type": "sku", "ref": ref}])

    known = history(api, f"/v1/items/sku/{quote(ref, safe='').replace('.', '%2E')}")

    assert known["item"] == {"type": "sku", "ref": ref}


@pytest.mark.parametrize("path", ["/v1/items/ASIN/B0C7XK2M4P", "/v1/items/asin/a%00b", f"/v1/items/asin/{'x' * 201}"])
def test_what_cannot_be_an_item_is_refused(api: Client, path: str) -> None:
    assert api.get(path).status_code == 422


def test_nothing_of_another_workspace_shows(api: Client, cy: Client, given: Given) -> None:
    Given(cy).notice(received_at="2025-01-01T00:00:00Z", text="The bottle leaked and the cap was cracked.")
    Given(cy).notice(items=[OTHER], text="The bottle leaked and the cap was cracked.")
    Given(cy).plan()
    assert api.get(ITEM).status_code == 404
    mine = given.notice(text="The bottle leaked and the cap was cracked.")["id"]

    known = history(api)

    assert (known["counts"]["all"], known["promised"]["plans"]) == (1, 0)
    assert (known["similar"]["compared"], known["elsewhere"]["compared"]) == (0, 0)
    assert {one["id"] for one in known["events"]["data"]} == {mine}
