"""How a notice stood over time: state and deadline, from one change to the next."""

from typing import Any

from tests.client import Client
from tests.given import Given

DECISION = {"authority": "Amazon", "received_at": "2026-03-02T08:00:00Z"}


def history(api: Client, notice: str) -> Any:
    answer = api.get(f"/v1/notices/{notice}/history")
    assert answer.status_code == 200
    return answer.json()["data"]


def test_it_begins_when_it_was_recorded(api: Client, given: Given) -> None:
    notice = given.notice()["id"]

    assert history(api, notice) == [
        {
            "since": "2026-03-02T09:00:00Z",
            "until": None,
            "state": "received",
            "respond_by": "2026-03-04T17:04:00Z",
        }
    ]


def test_each_change_ends_what_stood_before(api: Client, given: Given) -> None:
    notice = given.notice()["id"]
    api.at("2026-03-02T10:00:00Z").post(f"/v1/notices/{notice}/acknowledgement")
    api.at("2026-03-02T11:00:00Z").patch(f"/v1/notices/{notice}", json={"respond_by": "2026-03-09T00:00:00Z"})
    api.at("2026-03-02T12:00:00Z").patch(f"/v1/notices/{notice}", json={"respond_by": None})
    api.at("2026-03-02T13:00:00Z").post(f"/v1/notices/{notice}/dismissal", json={"reason": "Not ours."})

    spans = history(api, notice)

    assert [(one["state"], one["respond_by"]) for one in spans] == [
        ("received", "2026-03-04T17:04:00Z"),
        ("acknowledged", "2026-03-04T17:04:00Z"),
        ("acknowledged", "2026-03-09T00:00:00Z"),
        ("acknowledged", None),
        ("dismissed", None),
    ]
    assert [one["since"][11:13] for one in spans] == ["09", "10", "11", "12", "13"]
    assert [one["until"] for one in spans] == [*(one["since"] for one in spans[1:]), None]


def test_an_answer_that_was_denied_and_one_that_was_approved_are_both_in_it(api: Client, given: Given) -> None:
    notice = given.notice()["id"]
    given.draft(notices=[notice])
    given.submit("POA-1")
    given.post("/v1/plans/POA-1/decision", DECISION | {"outcome": "denied"})
    api.patch("/v1/plans/POA-1", json={"title": "Better"})
    given.submit("POA-1")
    given.post("/v1/plans/POA-1/decision", DECISION | {"outcome": "approved"})

    spans = history(api, notice)

    assert [one["state"] for one in spans] == ["received", "responded", "acknowledged", "responded", "closed"]
    assert {one["respond_by"] for one in spans} == {"2026-03-04T17:04:00Z"}


def test_what_is_refused_leaves_no_trace(api: Client, given: Given) -> None:
    notice = given.notice()["id"]
    api.post(f"/v1/notices/{notice}/closure")
    api.patch(f"/v1/notices/{notice}", json={"title": None})

    assert len(history(api, notice)) == 1
