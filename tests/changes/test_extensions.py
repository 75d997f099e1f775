"""A later due is asked for by one and granted by another; until then nothing moves."""

from typing import Any

import pytest

from tests.changes.given import WHY, ask_extension, decide, faults, refusal, withdraw
from tests.client import Client
from tests.given import Given

DAY_OF_DUE = "2026-04-02T06:59:59Z"
PAST_DUE = "2026-04-02T07:00:00Z"


def commitment(api: Client) -> Any:
    return api.get("/v1/commitments/POA-1.1").json()


def test_an_extension_is_asked_for(api: Client, given: Given) -> None:
    promised = given.commitment()
    ada = given.client_of("ada")

    asked = ask_extension(ada)

    assert asked.status_code == 201
    assert asked.headers["location"] == f"/v1/extensions/{asked.json()['id']}"
    assert asked.json() == {
        "id": asked.json()["id"],
        "kind": "extension",
        "commitment": promised["id"],
        "plan": promised["plan"]["id"],
        "state": "requested",
        "reason": WHY,
        "due_on": "2026-04-10",
        "due_at": "2026-04-11T07:00:00Z",
        "from_due_on": "2026-04-01",
        "from_due_at": "2026-04-02T07:00:00Z",
        "asked_late": False,
        "requested_by": given.member("ada")["id"],
        "requested_at": "2026-03-02T09:00:00Z",
        "decided_by": None,
        "decided_at": None,
        "decision_reason": None,
    }
    assert api.get(asked.headers["location"]).json() == asked.json()
    assert api.get("/v1/commitments/POA-1.1/extensions").json()["data"] == [asked.json()]


def test_pending_it_moves_nothing_and_pauses_nothing(api: Client, given: Given) -> None:
    promised = given.commitment()

    ask_extension(api)

    assert commitment(api) == promised
    assert len(api.get("/v1/commitments/POA-1.1/history").json()["data"]) == 1
    assert api.at(DAY_OF_DUE).overdue() == []
    assert api.at(PAST_DUE).overdue() == ["POA-1.1"]


def test_granted_the_due_moves_and_the_original_stays(api: Client, given: Given) -> None:
    promised = given.commitment()
    asked = ask_extension(given.client_of("ada"))

    granted = decide(given.client_of("bo"), asked)

    assert (granted.status_code, granted.json()) == (
        200,
        asked.json()
        | {
            "state": "granted",
            "decided_by": given.member("bo")["id"],
            "decided_at": "2026-03-02T09:00:00Z",
            "decision_reason": "Confirmed in writing.",
        },
    )
    assert commitment(api) == promised | {"due_on": "2026-04-10", "due_at": "2026-04-11T07:00:00Z", "extensions": 1}
    assert api.at("2026-04-11T06:59:59Z").overdue() == []
    assert api.at("2026-04-11T07:00:00Z").overdue() == ["POA-1.1"]


def test_both_latenesses_are_kept_when_it_is_completed(api: Client, given: Given) -> None:
    given.commitment()
    decide(given.client_of("bo"), ask_extension(given.client_of("ada")))

    api.at("2026-04-12T18:00:00Z")
    done = given.done("POA-1.1")

    assert (done["days_late"], done["days_late_vs_original"]) == (2, 11)


def test_kept_against_the_new_due_it_is_still_late_against_the_original(api: Client, given: Given) -> None:
    given.commitment()
    decide(given.client_of("bo"), ask_extension(given.client_of("ada")))

    api.at("2026-04-10T18:00:00Z")
    done = given.done("POA-1.1")

    assert (done["days_late"], done["days_late_vs_original"]) == (0, 9)


def test_what_was_said_before_it_was_granted_is_still_said_of_then(api: Client, given: Given) -> None:
    given.commitment()
    asked = ask_extension(given.client_of("ada"))
    bo = given.client_of("bo")

    decide(bo.at("2026-04-05T12:00:00Z"), asked)

    assert api.overdue() == []
    assert api.overdue(as_of="2026-04-05T11:59:59Z") == ["POA-1.1"]
    assert api.overdue(as_of="2026-04-12T00:00:00Z") == ["POA-1.1"]
    spans = api.get("/v1/commitments/POA-1.1/history").json()["data"]
    assert [(one["until"], one["due_on"]) for one in spans] == [
        ("2026-04-05T12:00:00Z", "2026-04-01"),
        (None, "2026-04-10"),
    ]


def test_asking_after_the_due_is_possible_and_shows(api: Client, given: Given) -> None:
    given.commitment()

    in_time = ask_extension(api.at(DAY_OF_DUE))
    withdraw(api, in_time)
    late = ask_extension(api.at(PAST_DUE))

    assert (in_time.json()["asked_late"], late.json()["asked_late"]) == (False, True)
    assert api.overdue() == ["POA-1.1"]
    decide(given.client_of("bo"), late)
    assert api.overdue() == []


def test_granted_after_the_new_due_has_passed_it_is_overdue_all_the_same(api: Client, given: Given) -> None:
    given.commitment()
    asked = ask_extension(given.client_of("ada"))

    granted = decide(given.client_of("bo").at("2026-04-20T00:00:00Z"), asked)

    assert granted.status_code == 200
    (item,) = api.get("/v1/overdue").json()["data"]
    assert (item["due_on"], item["original_due_on"], item["days_overdue"]) == ("2026-04-10", "2026-04-01", 9)


def test_a_deadline_at_an_instant_is_asked_for_as_one(api: Client, given: Given) -> None:
    given.commitment()

    asked = ask_extension(api, due_at="2026-04-11T05:00:00Z").json()

    assert (asked["due_on"], asked["due_at"]) == ("2026-04-10", "2026-04-11T05:00:00Z")


def test_refused_it_moves_nothing_and_stays_visible(api: Client, given: Given) -> None:
    promised = given.commitment()
    asked = ask_extension(given.client_of("ada"))

    refused = decide(given.client_of("bo"), asked, "refused", reason="The date was promised to the authority.")

    assert (refused.status_code, refused.json()["state"]) == (200, "refused")
    assert refused.json()["decision_reason"] == "The date was promised to the authority."
    assert commitment(api) == promised
    assert api.get("/v1/commitments/POA-1.1/extensions").json()["data"] == [refused.json()]


def test_withdrawn_it_stays_visible_and_another_can_be_asked_for(api: Client, given: Given) -> None:
    promised = given.commitment()
    ada = given.client_of("ada")
    asked = ask_extension(ada)

    withdrawn = withdraw(ada.at("2026-03-03T00:00:00Z"), asked, reason="The carrier came.")
    again = ask_extension(ada)

    assert withdrawn.json() == asked.json() | {
        "state": "withdrawn",
        "decided_by": given.member("ada")["id"],
        "decided_at": "2026-03-03T00:00:00Z",
        "decision_reason": "The carrier came.",
    }
    assert again.status_code == 201
    assert commitment(api) == promised
    assert api.get("/v1/commitments/POA-1.1/extensions").json()["data"] == [withdrawn.json(), again.json()]


def test_it_can_be_extended_again(api: Client, given: Given) -> None:
    given.commitment()
    bo = given.client_of("bo")
    decide(bo, ask_extension(api))

    second = ask_extension(api, due_on="2026-04-20")
    decide(bo, second)

    assert second.json()["from_due_on"] == "2026-04-10"
    now = commitment(api)
    assert (now["due_on"], now["original_due_on"], now["extensions"]) == ("2026-04-20", "2026-04-01", 2)


@pytest.mark.parametrize(
    ("at", "due", "sentence"),
    [
        (DAY_OF_DUE, {"due_on": "2026-04-01"}, "2026-04-01 is not later than the due it has."),
        (DAY_OF_DUE, {"due_on": "2026-03-31"}, "2026-03-31 is not later than the due it has."),
        (DAY_OF_DUE, {"due_at": "2026-04-02T07:00:00Z"}, "2026-04-02 is not later than the due it has."),
        ("2026-04-11T07:00:00Z", {"due_on": "2026-04-10"}, "2026-04-10 is over already."),
    ],
)
def test_an_extension_ends_later_than_the_due_and_than_now(
    api: Client, given: Given, at: str, due: dict[str, str], sentence: str
) -> None:
    given.commitment()

    refused = ask_extension(api.at(at), **due)

    assert refusal(refused) == (422, "not-later", sentence)
    assert api.get("/v1/commitments/POA-1.1/extensions").json()["data"] == []


@pytest.mark.parametrize(
    ("due", "code"), [({"due_on": None}, "due_missing"), ({"due_on": "2026-04-10", "due_at": PAST_DUE}, "due_twice")]
)
def test_one_due_is_asked_for(api: Client, given: Given, due: dict[str, Any], code: str) -> None:
    given.commitment()

    refused = ask_extension(api, **due)

    assert refused.status_code == 422
    assert faults(refused) == [("/body/due_on", code, "Say until when: one of due_on, due_at.")]


def test_a_service_key_that_asks_is_named_by_its_key(api: Client, given: Given) -> None:
    given.commitment()

    asked = ask_extension(api).json()

    assert asked["requested_by"] in {one["id"] for one in api.get("/v1/api-keys").json()["data"]}
