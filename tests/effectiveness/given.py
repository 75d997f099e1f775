"""Plans that were carried out, and what came in since."""

from typing import Any

from httpx2 import Response

from tests.client import Client
from tests.given import Given

DONE = "2026-03-02T09:00:00Z"
WINDOW = "2026-08-29T09:00:00Z"
"""180 days later."""


def effect(api: Client, plan: str = "POA-1") -> Any:
    answer = api.get(f"/v1/plans/{plan}/effectiveness")
    assert answer.status_code == 200, answer.text
    return answer.json()


def check(client: Client, outcome: str = "effective", **more: Any) -> Response:
    headers = more.pop("headers", {})
    body = {"outcome": outcome, "reason": "No complaint about 14 orders."} | more
    return client.post("/v1/plans/POA-1/effectiveness", json=body, headers=headers)


def carried_out(given: Given, **more: Any) -> Any:
    """A plan that answers a notice about its item, whose one commitment Ada completed on 2 March 2026."""
    plan = given.plan(notices=[given.notice()["id"]], **more)
    note = {"evidence": {"kind": "note", "text": "Removed."}}
    done = given.client_of("ada").post(f"/v1/commitments/{plan['reference']}.1/completion", json=note)
    assert done.status_code == 200, done.text
    return plan


def came_back(given: Given, at: str = "2026-04-01T00:00:00Z", **more: Any) -> Any:
    """Another notice on the same item and of the same category, received and recorded then."""
    given.api.at(at)
    return given.notice(received_at=at, respond_by=None, **more)
