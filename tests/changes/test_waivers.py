"""A commitment is dropped, or one time of a recurring one skipped, if somebody else agrees. It never counts as done."""

from typing import Any

from tests.changes.given import ask_extension, ask_waiver, decide, refusal, withdraw
from tests.client import Client
from tests.given import NOTE, Given

PAST_DUE = "2026-04-02T07:00:00Z"
DAILY = {"due_on": "2026-03-10", "recurrence": "FREQ=DAILY;COUNT=3"}


def commitment(api: Client, reference: str = "POA-1.1") -> Any:
    return api.get(f"/v1/commitments/{reference}").json()


def test_a_waiver_is_asked_for_and_granted(api: Client, given: Given) -> None:
    promised = given.commitment()

    asked = ask_waiver(given.client_of("ada"))
    granted = decide(given.client_of("bo"), asked)

    assert asked.status_code == 201
    assert asked.json() == {
        "id": asked.json()["id"],
        "kind": "waiver",
        "commitment": promised["id"],
        "plan": promised["plan"]["id"],
        "state": "requested",
        "reason": "No longer sold.",
        "due_on": None,
        "due_at": None,
        "from_due_on": "2026-04-01",
        "from_due_at": "2026-04-02T07:00:00Z",
        "asked_late": False,
        "requested_by": given.member("ada")["id"],
        "requested_at": "2026-03-02T09:00:00Z",
        "decided_by": None,
        "decided_at": None,
        "decision_reason": None,
    }
    assert (granted.status_code, granted.json()["state"]) == (200, "granted")
    assert api.get(asked.headers["location"]).json() == granted.json()
    assert api.get("/v1/commitments/POA-1.1/waivers").json()["data"] == [granted.json()]
    assert commitment(api) == promised | {"state": "waived"}


def test_pending_it_pauses_nothing(api: Client, given: Given) -> None:
    promised = given.commitment()

    ask_waiver(api)

    assert commitment(api) == promised
    assert api.at(PAST_DUE).overdue() == ["POA-1.1"]


def test_a_waived_commitment_is_in_no_overdue_list_and_never_counts_as_done(api: Client, given: Given) -> None:
    given.plan(given.promise(), given.promise())
    decide(given.client_of("bo"), ask_waiver(given.client_of("ada")))

    api.at(PAST_DUE)

    assert api.overdue() == ["POA-1.2"]
    assert "POA-1.1" not in api.get("/v1/overdue.csv").text
    summary = api.get("/v1/overdue/summary").json()["all"]
    assert (summary["open"], summary["overdue"]) == (1, 1)
    assert [one["reference"] for one in api.get("/v1/commitments?state=waived").json()["data"]] == ["POA-1.1"]
    assert api.get("/v1/commitments?state=done").json()["data"] == []
    waived = commitment(api)
    assert (waived["done_at"], waived["done_by"], waived["days_late"]) == (None, None, None)


def test_what_was_overdue_before_it_was_waived_still_was(api: Client, given: Given) -> None:
    given.commitment()
    asked = ask_waiver(given.client_of("ada").at("2026-04-05T00:00:00Z"))

    decide(given.client_of("bo").at("2026-04-06T00:00:00Z"), asked)

    assert asked.json()["asked_late"]
    assert api.overdue() == []
    assert api.overdue(as_of="2026-04-05T23:59:59Z") == ["POA-1.1"]


def test_one_time_of_what_recurs_is_skipped(api: Client, given: Given) -> None:
    given.plan(given.promise(**DAILY))

    decide(given.client_of("bo"), ask_waiver(given.client_of("ada"), "POA-1.1.2"))

    assert [commitment(api, f"POA-1.1.{time}")["state"] for time in (1, 2, 3)] == ["open", "waived", "open"]
    assert api.at("2026-03-20T00:00:00Z").overdue() == ["POA-1.1.1", "POA-1.1.3"]


def test_a_series_is_waived_by_its_times_alone(api: Client, given: Given) -> None:
    given.plan(given.promise(**DAILY))

    refused = ask_waiver(api, "POA-1.1")

    assert refusal(refused) == (404, "commitment-not-found", "POA-1.1 recurs: name one time, such as POA-1.1.1.")


def test_what_is_waived_stays_waived(api: Client, given: Given) -> None:
    given.commitment()
    decide(given.client_of("bo"), ask_waiver(given.client_of("ada")))

    started = api.post("/v1/commitments/POA-1.1/start")
    completed = api.post("/v1/commitments/POA-1.1/completion", json={"evidence": NOTE})

    assert refusal(started) == (409, "commitment-cannot-move", "It is `waived` and cannot become `in_progress`.")
    assert refusal(completed) == (409, "commitment-cannot-move", "It is `waived` and cannot become `done`.")
    for again in (ask_waiver(api), ask_extension(api)):
        assert refusal(again) == (409, "nothing-to-change", "POA-1.1 is `waived`.")


def test_refused_and_withdrawn_waivers_stay_visible(api: Client, given: Given) -> None:
    promised = given.commitment()
    ada = given.client_of("ada")
    refused = decide(given.client_of("bo"), ask_waiver(ada), "refused")

    withdrawn = withdraw(ada, ask_waiver(ada))

    assert (refused.json()["state"], withdrawn.json()["state"]) == ("refused", "withdrawn")
    assert withdrawn.json()["decision_reason"] is None
    assert api.get("/v1/commitments/POA-1.1/waivers").json()["data"] == [refused.json(), withdrawn.json()]
    assert commitment(api) == promised


def test_work_that_has_begun_can_be_waived(api: Client, given: Given) -> None:
    given.commitment()
    api.post("/v1/commitments/POA-1.1/start")

    decide(given.client_of("bo"), ask_waiver(given.client_of("ada")))

    assert commitment(api)["state"] == "waived"
