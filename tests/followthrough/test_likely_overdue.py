"""What is likely to become overdue, and the reasons that are given."""

from typing import Any

import pytest

from tests.client import Client
from tests.given import Given

WEEKLY = {"recurrence": "FREQ=WEEKLY;COUNT=6", "due_on": "2026-03-02"}


def likely(api: Client, **query: Any) -> dict[str, list[str]]:
    """Return the reasons by reference, in the order of the list."""
    answer = api.get("/v1/likely-overdue", params={"limit": 200, **query})
    assert answer.status_code == 200, answer.text
    return {one["reference"]: one["reasons"] for one in answer.json()["data"]}


def test_what_nobody_has_reason_to_fear_is_not_listed(api: Client, given: Given) -> None:
    given.commitment(due_on="2026-04-01")

    assert likely(api) == {}


def test_what_is_due_soon_and_not_started_is_listed_until_somebody_begins(api: Client, given: Given) -> None:
    made = given.commitment(due_on="2026-03-04")

    before, item = likely(api), api.get("/v1/likely-overdue").json()["data"][0]
    listed = api.get("/v1/due-soon").json()["data"][0]
    given.post(f"/v1/commitments/{made['id']}/start")

    assert before == {"POA-1.1": ["not_started"]}
    assert item == listed | {"reasons": ["not_started"]}
    assert likely(api) == {}


@pytest.mark.parametrize(
    ("within", "as_of", "expected"),
    [
        ("P3D", "2026-03-02T07:59:59Z", []),
        ("P3D", "2026-03-02T08:00:00Z", ["not_started"]),
        ("P3D", "2026-03-05T07:59:59Z", ["not_started"]),
        ("P3D", "2026-03-05T08:00:00Z", []),
        ("PT1H", "2026-03-05T06:59:59Z", []),
        ("P2W", "2026-03-02T07:59:59Z", ["not_started"]),
    ],
)
def test_soon_is_three_days_or_what_is_asked_and_ends_with_the_due(
    api: Client, given: Given, within: str, as_of: str, expected: list[str]
) -> None:
    api.at("2026-03-01T00:00:00Z")
    given.commitment(due_on="2026-03-04")

    assert [one for found in likely(api, within=within, as_of=as_of).values() for one in found] == expected


def test_an_extension_that_nobody_has_decided_is_a_reason(api: Client, given: Given) -> None:
    made = given.commitment(due_on="2026-04-01")
    asked = given.post(f"/v1/commitments/{made['id']}/extensions", {"due_on": "2026-04-09", "reason": "Customs."})

    pending, api = likely(api), api.at("2026-03-03T09:00:00Z")
    given.post(f"/v1/extensions/{asked['id']}/withdrawal")

    assert pending == {"POA-1.1": ["extension_pending"]}
    assert likely(api) == {}
    assert likely(api, as_of="2026-03-03T08:59:59Z") == pending


def test_a_waiver_that_was_asked_for_is_none(api: Client, given: Given) -> None:
    made = given.commitment(due_on="2026-04-01")
    given.post(f"/v1/commitments/{made['id']}/waivers", {"reason": "Sold out."})

    assert likely(api) == {}


def test_who_has_more_overdue_than_left_to_do_is_behind(api: Client, given: Given) -> None:
    given.plan(
        given.promise(due_on="2026-02-20"),
        given.promise(due_on="2026-02-20"),
        given.promise(due_on="2026-05-01"),
        given.promise(due_on="2026-05-02"),
        given.promise(due_on="2026-05-01", owner="bo"),
    )

    as_many = likely(api)
    given.post("/v1/commitments/POA-1.4/reassignment", {"owner": "bo@example.com"})

    assert as_many == {}
    assert likely(api) == {"POA-1.3": ["owner_behind"]}


def test_a_series_whose_last_two_were_missed_slips(api: Client, given: Given) -> None:
    given.plan(given.promise(**WEEKLY))
    given.plan(*[given.promise(due_on="2026-06-01") for _ in range(9)])

    one, two = (likely(api, as_of=f"2026-03-{day}T09:00:00Z") for day in ("04", "11"))

    assert one == {}
    assert two == {f"POA-1.1.{number}": ["series_missed"] for number in (3, 4, 5, 6)}


def test_one_that_was_done_late_is_missed_and_one_done_in_time_is_not(api: Client, given: Given) -> None:
    given.plan(given.promise(**WEEKLY))
    given.plan(*[given.promise(due_on="2026-06-01") for _ in range(9)])
    api.at("2026-03-05T09:00:00Z")
    given.done("POA-1.1.1")

    late = likely(api, as_of="2026-03-11T09:00:00Z")
    api.at("2026-03-06T09:00:00Z")
    given.done("POA-1.1.2")

    assert set(late) == {f"POA-1.1.{number}" for number in (3, 4, 5, 6)}
    assert likely(api, as_of="2026-03-11T09:00:00Z") == {}


def test_what_was_done_in_time_and_rejected_counts_as_it_stood_then(api: Client, given: Given) -> None:
    given.plan(given.promise(**WEEKLY))
    given.plan(*[given.promise(due_on="2026-06-01") for _ in range(9)])
    api.patch("/v1/workspace", json={"four_eyes": False})
    api.at("2026-03-09T09:00:00Z")
    given.done("POA-1.1.2")
    api.at("2026-03-12T09:00:00Z")
    given.post("/v1/commitments/POA-1.1.2/verification", {"outcome": "rejected", "reason": "Not the right ones."})
    api.at("2026-03-13T09:00:00Z")
    given.done("POA-1.1.2")

    assert likely(api, as_of="2026-03-11T09:00:00Z") == {}
    for then in "2026-03-12T10:00:00Z", "2026-03-13T10:00:00Z":
        assert set(likely(api, as_of=then)) == {f"POA-1.1.{number}" for number in (3, 4, 5, 6)}


def test_one_that_was_waived_is_passed_over(api: Client, given: Given) -> None:
    given.plan(given.promise(**WEEKLY))
    given.plan(*[given.promise(due_on="2026-06-01") for _ in range(9)])
    api.patch("/v1/workspace", json={"four_eyes": False})
    asked = given.post("/v1/commitments/POA-1.1.2/waivers", {"reason": "Holiday."})
    given.post(f"/v1/waivers/{asked['id']}/decision", {"outcome": "granted", "reason": "Yes."})

    assert likely(api, as_of="2026-03-11T09:00:00Z") == {}
    assert "POA-1.1.4" in likely(api, as_of="2026-03-18T09:00:00Z")


def test_several_reasons_are_given_together(api: Client, given: Given) -> None:
    given.plan(given.promise(recurrence="FREQ=WEEKLY;COUNT=4", due_on="2026-03-02"))
    given.post("/v1/commitments/POA-1.1.4/extensions", {"due_on": "2026-04-09", "reason": "Customs."})

    found = likely(api, as_of="2026-03-22T09:00:00Z")

    assert found == {"POA-1.1.4": ["not_started", "extension_pending", "owner_behind", "series_missed"]}


def test_it_is_narrowed_and_comes_in_pages(api: Client, given: Given) -> None:
    account = given.post("/v1/accounts", {"marketplace": "amazon.com", "external_id": "A1", "timezone": "UTC"})["id"]
    given.plan(*[given.promise(due_at=f"2026-03-03T0{hour}:00:00Z") for hour in (3, 1, 2)])
    given.plan(given.promise(due_on="2026-03-03", owner="bo"), account=account)

    first = api.get("/v1/likely-overdue?limit=2")
    second = api.get(f"/v1/likely-overdue?limit=2&cursor={first.json()['next_cursor']}").json()

    pages = [[one["reference"] for one in page["data"]] for page in (first.json(), second)]
    assert pages == [["POA-1.2", "POA-1.3"], ["POA-1.1", "POA-2.1"]]
    assert list(likely(api, owner="bo@example.com")) == list(likely(api, account=account)) == ["POA-2.1"]
    assert list(likely(api, plan="POA-1")) == ["POA-1.2", "POA-1.3", "POA-1.1"]
    for query in ("owner=eve@example.com", "within=soon", "within=P1M", "state=open", "cursor=x"):
        assert api.get(f"/v1/likely-overdue?{query}").status_code in {400, 422}


def test_others_see_none_of_it(api: Client, given: Given, cy: Client) -> None:
    given.commitment(due_on="2026-03-04")

    assert (len(likely(api)), likely(cy)) == (1, {})
