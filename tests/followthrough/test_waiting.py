"""What waits for a decision is listed for whoever may take it, and for nobody who did it or asked for it."""

from typing import Any

import pytest

from tests.client import Client
from tests.given import Given

LATER = {"due_on": "2026-04-20", "reason": "The carrier comes on the 10th."}
GRANTED = {"outcome": "granted", "reason": "Confirmed in writing."}
EVIDENCE = {"kind": "note", "text": "Removal order 90-3344 is closed."}


def waiting(client: Client, **query: Any) -> list[tuple[str, str]]:
    """Return what waits and where, longest first."""
    answer = client.get("/v1/waiting", params=query)
    assert answer.status_code == 200, answer.text
    return [(one["kind"], one["reference"]) for one in answer.json()["data"]]


def test_everything_that_is_to_be_decided_waits_for_an_approver(given: Given, api: Client) -> None:
    bo, chidi = given.client_of("bo"), given.client_of("chidi")
    given.plan(*(given.promise() for _ in range(3)))
    given.draft()

    api.at("2026-03-03T09:00:00Z")
    chidi.post("/v1/commitments/POA-1.1/completion", json={"evidence": EVIDENCE})
    api.at("2026-03-04T09:00:00Z")
    chidi.post("/v1/commitments/POA-1.2/extensions", json=LATER)
    api.at("2026-03-05T09:00:00Z")
    chidi.post("/v1/commitments/POA-1.3/waivers", json={"reason": "No longer sold."})
    api.at("2026-03-06T09:00:00Z")
    chidi.post("/v1/plans/POA-1/amendments", json={"commitments": [given.promise() | {"why": "Asked for."}]})

    assert waiting(bo) == [
        ("sign_off", "POA-2"),
        ("verification", "POA-1.1"),
        ("extension", "POA-1.2"),
        ("waiver", "POA-1.3"),
        ("amendment", "POA-1"),
    ]
    assert waiting(bo, kind="waiver") == [("waiver", "POA-1.3")]
    assert waiting(chidi) == [], "may not decide"
    assert waiting(chidi, member="bo@example.com") == waiting(bo)


def test_what_you_did_or_asked_for_waits_for_somebody_else(given: Given, api: Client) -> None:
    ada, bo = given.client_of("ada"), given.client_of("bo")
    given.plan(given.promise(), given.promise())
    bo.post("/v1/commitments/POA-1.1/completion", json={"evidence": EVIDENCE})
    bo.post("/v1/commitments/POA-1.2/extensions", json=LATER)

    both = [("verification", "POA-1.1"), ("extension", "POA-1.2")]
    assert waiting(bo) == []
    assert sorted(waiting(ada)) == sorted(both)
    api.patch("/v1/workspace", json={"four_eyes": False})
    assert sorted(waiting(bo)) == sorted(both), "nobody is kept from deciding"


def test_what_is_decided_waits_no_longer(given: Given) -> None:
    bo, chidi = given.client_of("bo"), given.client_of("chidi")
    given.plan()
    asked = chidi.post("/v1/commitments/POA-1.1/extensions", json=LATER).json()

    bo.post(f"/v1/extensions/{asked['id']}/decision", json=GRANTED)

    assert waiting(bo) == []


def test_a_plan_whose_window_has_passed_waits_for_its_check(given: Given, api: Client) -> None:
    bo, chidi = given.client_of("bo"), given.client_of("chidi")
    given.plan(observation_days=30)
    chidi.post("/v1/commitments/POA-1.1/completion", json={"evidence": EVIDENCE})
    bo.post("/v1/commitments/POA-1.1/verification", json={"outcome": "verified"})

    api.at("2026-04-01T08:59:59Z")
    assert waiting(bo) == []

    api.at("2026-04-01T09:00:00Z")
    assert waiting(bo) == [("effectiveness", "POA-1")]
    bo.post("/v1/plans/POA-1/effectiveness", json={"outcome": "effective", "reason": "Nothing since."})
    assert waiting(bo) == []


def test_pages_go_on_where_the_last_one_ended(given: Given) -> None:
    bo, chidi = given.client_of("bo"), given.client_of("chidi")
    given.plan(*(given.promise() for _ in range(3)))
    for one in range(1, 4):
        chidi.post(f"/v1/commitments/POA-1.{one}/extensions", json=LATER)

    first = bo.get("/v1/waiting?limit=2").json()
    second = bo.get(f"/v1/waiting?limit=2&cursor={first['next_cursor']}").json()

    assert (len(first["data"]), first["has_more"]) == (2, True)
    assert (len(second["data"]), second["has_more"]) == (1, False)
    assert len({one["reference"] for one in first["data"] + second["data"]}) == 3


@pytest.mark.parametrize(("query", "status"), [("member=nobody@example.com", 422), ("cursor=x", 400), ("kind=x", 422)])
def test_what_names_nothing_is_refused(given: Given, query: str, status: int) -> None:
    assert given.client_of("bo").get(f"/v1/waiting?{query}").status_code == status


def test_a_workload_counts_what_each_member_owns_then_and_now(given: Given, api: Client) -> None:
    given.member("bo")
    given.plan(*(given.promise(due_on=day) for day in ("2026-03-04", "2026-03-09", "2026-05-01")))
    api.at("2026-03-06T09:00:00Z")
    given.post("/v1/commitments/POA-1.2/start")
    given.done("POA-1.3")

    now = api.get("/v1/workload").json()["data"]
    before = api.get("/v1/workload?as_of=2026-03-02T09:00:00Z").json()["data"]

    counts = ("open", "in_progress", "overdue", "due_soon", "unverified")
    assert [(one["member"]["name"], *(one[name] for name in counts)) for one in now] == [
        ("Ada Okafor", 2, 1, 1, 1, 1),
        ("Bo Lindqvist", 0, 0, 0, 0, 0),
    ]
    assert [before[0][name] for name in counts] == [3, 0, 0, 1, 0]


def test_a_list_says_what_is_extended_and_asked_for_as_of_then(given: Given, api: Client) -> None:
    bo, chidi = given.client_of("bo"), given.client_of("chidi")
    given.plan()
    api.at("2026-03-03T09:00:00Z")
    asked = chidi.post("/v1/commitments/POA-1.1/extensions", json=LATER).json()
    api.at("2026-03-05T09:00:00Z")
    bo.post(f"/v1/extensions/{asked['id']}/decision", json=GRANTED)

    def said(as_of: str) -> tuple[Any, ...]:
        one = api.get(f"/v1/commitments?as_of={as_of}").json()["data"][0]
        return one["due_on"], one["extensions"], one["extension_pending"]

    assert said("2026-03-02T12:00:00Z") == ("2026-04-01", 0, False)
    assert said("2026-03-04T12:00:00Z") == ("2026-04-01", 0, True)
    assert said("2026-03-05T12:00:00Z") == ("2026-04-20", 1, False)
