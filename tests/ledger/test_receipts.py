"""Every write answers with the number of its event."""

from tests.client import Client
from tests.given import Given


def last_event(api: Client) -> dict[str, object]:
    event: dict[str, object] = api.get("/v1/events?limit=200").json()["data"][-1]
    return event


def test_a_write_answers_with_the_number_of_its_last_event(api: Client, given: Given) -> None:
    given.plan()

    started = api.post("/v1/commitments/POA-1.1/start")

    event = last_event(api)
    assert started.headers["Followthrough-Event"] == str(event["seq"])
    assert event["type"] == "commitment.started"


def test_a_change_has_a_receipt_too(api: Client) -> None:
    changed = api.patch("/v1/workspace", json={"name": "Ada's other shop"})

    assert changed.headers["Followthrough-Event"] == str(last_event(api)["seq"])


def test_a_retry_gets_the_receipt_of_the_first(api: Client) -> None:
    ask = {"json": {"name": "Dee", "email": "dee@example.com"}, "headers": {"Idempotency-Key": "once"}}
    first = api.post("/v1/members", **ask)  # type: ignore[arg-type]
    api.post("/v1/members", json={"name": "Eve", "email": "eve@example.com"})

    again = api.post("/v1/members", **ask)  # type: ignore[arg-type]

    assert again.headers["Followthrough-Event"] == first.headers["Followthrough-Event"]
    assert again.headers["Idempotency-Replayed"] == "true"


def test_neither_a_read_nor_a_refusal_has_one(api: Client, given: Given) -> None:
    given.plan()

    assert "Followthrough-Event" not in api.get("/v1/workspace").headers
    assert "Followthrough-Event" not in api.post("/v1/commitments/POA-1.1/completion", json={}).headers
