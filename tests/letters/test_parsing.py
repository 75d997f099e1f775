"""`POST /v1/plans/parse`: a draft for review, of which nothing is recorded."""

from typing import Any

import pytest

from tests.client import Client
from tests.given import Given

LETTER = """\
Subject: Inauthentic complaints on B0C7XK2M4P

Root cause
- The distributor had no authorisation.

Actions taken
- We closed its account on 20 February.

Preventive measures
- Ada Okafor will file the letter of authorisation within 14 days of approval.
- Bo will check the invoices every Friday, from 6 March.
"""


def parse(api: Client, text: str = LETTER, **more: Any) -> Any:
    answer = api.post("/v1/plans/parse", json={"text": text} | more)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_letter_becomes_a_draft(api: Client, given: Given) -> None:
    given.member("ada")
    given.member("bo")

    found = parse(api)

    assert found["plan"] == {
        "title": "Inauthentic complaints on B0C7XK2M4P",
        "timezone": "UTC",
        "items": [{"type": "asin", "ref": "B0C7XK2M4P"}],
        "root_causes": [{"key": "supplier", "area": "supplier", "statement": "The distributor had no authorisation."}],
        "commitments": [
            promise("corrective", "We closed its account on 20 February."),
            promise(
                "preventive",
                "Ada Okafor will file the letter of authorisation within 14 days of approval.",
                owner="ada@example.com",
                due_after_approval="P14D",
            ),
            promise(
                "preventive",
                "Bo will check the invoices every Friday, from 6 March.",
                owner="bo@example.com",
                due_on="2026-03-06",
                recurrence="FREQ=WEEKLY;BYDAY=FR",
            ),
        ],
    }
    assert found["pieces"][3] == {
        "pointer": "/commitments/0",
        "part": "done",
        "line": 7,
        "last_line": 7,
        "source": "We closed its account on 20 February.",
        "performed_on": "2026-02-20",
        "names": [],
        "doubts": [],
    }
    assert found["unread"] == []


def promise(kind: str, text: str, **more: str) -> dict[str, Any]:
    nothing = dict.fromkeys(("owner", "due_on", "due_after_approval", "recurrence"))
    return {"kind": kind, "text": text, "root_causes": ["supplier"]} | nothing | more


def test_the_draft_is_recorded_as_it_is_and_has_the_gaps_that_were_said(api: Client, given: Given) -> None:
    given.member("ada")
    found = parse(api)

    made = given.post("/v1/plans", found["plan"], 201)

    assert found["gaps"] == api.get(f"/v1/plans/{made['id']}/readiness").json()["gaps"]
    assert [(one["pointer"], one["code"]) for one in found["gaps"]] == [
        ("/commitments/0/owner", "owner_missing"),
        ("/commitments/0/due_on", "due_missing"),
        ("/commitments/2/owner", "owner_missing"),
    ]


def test_nothing_is_recorded(api: Client, given: Given) -> None:
    given.member("ada")
    before = api.get("/v1/events").json()["size"]

    answer = api.post("/v1/plans/parse", json={"text": LETTER}, headers={"Idempotency-Key": "once"})

    assert "Followthrough-Event" not in answer.headers
    assert api.get("/v1/events").json()["size"] == before
    assert api.get("/v1/plans").json()["data"] == []
    again = api.post("/v1/plans/parse", json={"text": "Another."}, headers={"Idempotency-Key": "once"})
    assert (again.status_code, "Idempotency-Replayed" in again.headers) == (200, False)


def test_who_may_read_may_have_a_letter_read(given: Given) -> None:
    read = parse(given.client_of("vera"))

    assert read["plan"]["commitments"]


def test_only_active_members_of_the_workspace_own_anything(api: Client, cy: Client, given: Given) -> None:
    given.client_of("bo")
    api.patch(f"/v1/members/{given.member('ada')['id']}", json={"active": False})

    ours, theirs = parse(api), parse(cy)

    assert [one["owner"] for one in ours["plan"]["commitments"]] == [None, None, "bo@example.com"]
    assert [one["owner"] for one in theirs["plan"]["commitments"]] == [None, None, None]
    assert ours["pieces"][4]["names"] == ["Ada Okafor"]


def test_days_are_counted_from_the_local_day(api: Client) -> None:
    late = api.at("2026-03-03T05:00:00Z")

    here, there = (
        parse(late, "Next steps\n- Count it tomorrow.", timezone="America/Los_Angeles"),
        parse(late, "Next steps\n- Count it tomorrow."),
    )

    assert here["plan"]["commitments"][0]["due_on"] == "2026-03-03"
    assert there["plan"]["commitments"][0]["due_on"] == "2026-03-04"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/body/text"),
        ({"text": ""}, "/body/text"),
        ({"text": "a" * 100_001}, "/body/text"),
        ({"text": "a\x00"}, "/body/text"),
        ({"text": "a", "timezone": "Mars/Base"}, "/body/timezone"),
        ({"text": "a", "record": True}, "/body/record"),
    ],
)
def test_what_is_no_letter_is_refused(api: Client, body: dict[str, Any], pointer: str) -> None:
    answer = api.post("/v1/plans/parse", json=body)

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_no_plan_is_called_parse(api: Client, method: str) -> None:
    answer = api.request(method, "/v1/plans/parse")

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
