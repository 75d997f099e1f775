"""What is wrong in an amendment is said when it is asked for, with its place; what has come up since, when granted."""

from typing import Any

import pytest

from tests.changes.given import added, amend, decide, ended, faults, refusal
from tests.client import Client
from tests.given import Given

WEEKLY = {"due_on": "2026-03-06", "recurrence": "FREQ=WEEKLY;BYDAY=FR"}
CAUSE = {"key": "supplier", "area": "supplier", "statement": "The distributor had no authorisation."}
BASE = "/body/commitments/0"


@pytest.fixture
def plan(given: Given) -> Any:
    """A plan with a weekly commitment, and one that does not recur."""
    return given.plan(given.promise(**WEEKLY), given.promise(), root_causes=[CAUSE])


@pytest.mark.parametrize(
    ("promise", "fault"),
    [
        (added(owner=None), (f"{BASE}/owner", "owner_missing", "Name the one member who is accountable.")),
        (
            added(owner="nobody@example.com"),
            (f"{BASE}/owner", "unknown_member", "No active member is called nobody@example.com."),
        ),
        (
            added(due_on=None),
            (f"{BASE}/due_on", "due_missing", "Say when it is due: one of due_on, due_at, due_after_approval."),
        ),
        (
            added(due_on="2026-05-01", due_after_approval="P1D"),
            (f"{BASE}/due_after_approval", "due_twice", "Give one of due_on, due_at, due_after_approval, not 2."),
        ),
        (
            added(root_causes=["supplier", "weather"]),
            (f"{BASE}/root_causes/1", "unknown_root_cause", "No root cause has the key `weather`."),
        ),
        (
            added(items=["asin:B0C7XK2M4P", "asin:B000000000"]),
            (f"{BASE}/items/1", "unknown_item", "`asin:B000000000` is none of the plan's items."),
        ),
        (
            added(recurrence="FREQ=DAILY;UNTIL=20300101"),
            (
                f"{BASE}/recurrence",
                "recurrence",
                "more than 400 occurrences: give a COUNT, or an earlier UNTIL.",
            ),
        ),
    ],
    ids=lambda one: one[1] if isinstance(one, tuple) else "",
)
@pytest.mark.usefixtures("plan")
def test_an_added_commitment_is_as_complete_as_an_approved_one(
    api: Client, promise: dict[str, Any], fault: tuple[str, str, str]
) -> None:
    refused = amend(api, promise)

    assert refusal(refused) == (422, "invalid", f"Wrong: {fault[0]}.")
    assert faults(refused) == [fault]
    assert api.get("/v1/plans/POA-1/amendments").json()["data"] == []


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("FREQ=HOURLY;COUNT=2", "without hours: a commitment is kept by the day"),
        ("FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2", "this recurrence has no occurrence within 20 years"),
        ("FREQ=YEARLY;UNTIL=20990101", "UNTIL lies more than 20 years ahead"),
    ],
)
@pytest.mark.usefixtures("plan")
def test_a_rule_that_cannot_be_kept_is_neither_added_nor_put_in_place_of_another(
    api: Client, rule: str, why: str
) -> None:
    refused = [amend(api, added(recurrence=rule)), amend(api, ends=[ended(recurrence=rule)])]

    told = [fault for one in refused for fault in faults(one)]
    assert [fault[:2] for fault in told] == [
        (f"{BASE}/recurrence", "recurrence"),
        ("/body/ends/0/recurrence", "recurrence"),
    ]
    assert all(why in fault[2] for fault in told)
    assert api.get("/v1/plans/POA-1/amendments").json()["data"] == []


@pytest.mark.parametrize("why", [None, "", "  ", "\xa0\u200b\u3000"])
@pytest.mark.usefixtures("plan")
def test_each_says_why_and_so_does_who_decides(api: Client, given: Given, why: str | None) -> None:
    asked = amend(api, added())

    refused = [
        amend(api, added(why=why)),
        amend(api, ends=[ended(why=why)]),
        decide(given.client_of("bo"), asked, reason=why),
    ]

    assert [fault[0] for one in refused for fault in faults(one)] == [
        *(f"{BASE}/why", "/body/ends/0/why", "/body/reason"),
    ]
    assert api.get("/v1/plans/POA-1/amendments").json()["data"] == [asked.json()]


@pytest.mark.usefixtures("plan")
def test_one_amendment_adds_no_more_than_can_be_kept(api: Client) -> None:
    refused = amend(api, *(added(recurrence="FREQ=DAILY;COUNT=400") for _ in range(6)))

    assert faults(refused) == [("/body/commitments", "too_many", "2400 commitments, every time counted: at most 2000.")]


@pytest.mark.usefixtures("plan")
def test_it_amends_something(api: Client) -> None:
    assert refusal(amend(api)) == (422, "nothing-amended", "Give `commitments`, or `ends`.")


UNKNOWN = "This is no recurring commitment of the plan, or it is named twice."


@pytest.mark.parametrize(
    ("ends", "fault"),
    [
        ([ended(3)], ("/body/ends/0/number", "unknown_series", UNKNOWN)),
        ([ended(2)], ("/body/ends/0/number", "unknown_series", UNKNOWN)),
        ([ended(1), ended(1)], ("/body/ends/1/number", "unknown_series", UNKNOWN)),
        (
            [ended(1, "2026-03-01")],
            ("/body/ends/0/from_on", "past", "What was missed stays missed: today at the earliest."),
        ),
        (
            [ended(1, recurrence="FREQ=DAILY;UNTIL=20300101")],
            (
                "/body/ends/0/recurrence",
                "recurrence",
                "more than 400 occurrences: give a COUNT, or an earlier UNTIL.",
            ),
        ),
    ],
    ids=["unknown", "does not recur", "twice", "in the past", "its new rule"],
)
@pytest.mark.usefixtures("plan")
def test_what_ends_recurs_and_was_not_missed_already(
    api: Client, ends: list[dict[str, Any]], fault: tuple[str, str, str]
) -> None:
    refused = amend(api, ends=ends)

    assert refusal(refused) == (422, "invalid", f"Wrong: {fault[0]}.")
    assert faults(refused) == [fault]


@pytest.mark.usefixtures("plan")
def test_the_place_of_a_new_rule_is_found_beside_what_is_added(api: Client) -> None:
    refused = amend(api, added(), ends=[ended(1, recurrence="FREQ=DAILY;UNTIL=20300101")])

    assert [fault[0] for fault in faults(refused)] == ["/body/ends/0/recurrence"]


def test_today_is_where_the_plan_lives(api: Client, given: Given) -> None:
    given.plan(given.promise(**WEEKLY))

    # There it is still the 1st.
    assert amend(api.at("2026-03-02T07:59:59Z"), ends=[ended(1, "2026-03-01")]).status_code == 201
    assert amend(api.at("2026-03-02T08:00:00Z"), ends=[ended(1, "2026-03-01")]).status_code == 422


@pytest.mark.usefixtures("plan")
def test_what_ends_already_is_not_ended_again(api: Client, given: Given) -> None:
    first, second = amend(api, ends=[ended()]), amend(api, added(), ends=[ended(1, "2026-06-01")])
    bo = given.client_of("bo")
    decide(bo, first)

    asked_again, granted = amend(api, ends=[ended()]), decide(bo, second)

    assert faults(asked_again) == [("/body/ends/0/number", "ended_already", "It ends on 2026-04-01 already.")]
    assert refusal(granted) == (409, "ended-already", "POA-1.1 ends on 2026-04-01.")
    assert api.get(second.headers["location"]).json()["state"] == "requested"
    assert api.get("/v1/commitments/POA-1.3").status_code == 404


@pytest.mark.usefixtures("plan")
def test_nothing_is_granted_whose_owner_has_left_meanwhile(api: Client, given: Given) -> None:
    given.member("chidi")
    asked = amend(api, added(owner="chidi@example.com"))
    api.patch(f"/v1/members/{given.member('chidi')['id']}", json={"active": False})
    bo = given.client_of("bo")

    refused = decide(bo, asked)

    what_to_do = "It stays as it was asked for: refuse or withdraw it, and ask again without what `errors` names."
    assert refusal(refused) == (409, "plan-has-gaps", what_to_do)
    assert faults(refused) == [("/commitments/0/owner", "owner_left", "This member has left: name another.")]
    assert api.get(asked.headers["location"]).json()["state"] == "requested"
    assert decide(bo, asked, "refused").status_code == 200


@pytest.mark.usefixtures("plan")
def test_an_approval_was_not_received_in_the_future(api: Client, given: Given) -> None:
    asked = amend(api, added())

    refused = decide(given.client_of("bo"), asked, received_at="2026-03-03T09:00:01Z")

    assert faults(refused) == [("/body/received_at", "future", "This is still to come.")]
    assert decide(given.client_of("bo"), asked, received_at="2026-03-03T09:00:00Z").status_code == 200
