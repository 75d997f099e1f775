"""Every act on a plan in every state that it can be in: what becomes of it, or why it is refused."""

from collections.abc import Callable
from typing import Any

import pytest
from httpx2 import Response

from tests.changes.given import added, amend
from tests.client import Client
from tests.effectiveness.given import check
from tests.given import APPROVAL, Given

ACTS: dict[str, tuple[str, Callable[[Client], Response]]] = {
    "change": ("ada", lambda one: one.patch("/v1/plans/POA-1", json={"title": "Better", "timezone": "Asia/Tokyo"})),
    "sign off": ("bo", lambda one: one.post("/v1/plans/POA-1/sign-off", json={})),
    "submit": ("ada", lambda one: one.post("/v1/plans/POA-1/submissions", json={"text": "Invoice 7."})),
    "ask": ("bo", lambda one: decide(one, "more_info_requested")),
    "deny": ("bo", lambda one: decide(one, "denied")),
    "approve": ("bo", lambda one: decide(one, "approved")),
    "withdraw": ("ada", lambda one: one.post("/v1/plans/POA-1/withdrawal", json={"reason": "No longer sold."})),
    "amend": ("ada", lambda one: amend(one, added())),
    "judge": ("bo", lambda one: check(one, "inconclusive")),
}
"""Who does it, and how."""
WAYS = {
    "draft": ["sign off"],
    "submitted": ["sign off", "submit"],
    "more_info_requested": ["sign off", "submit", "ask"],
    "denied": ["sign off", "submit", "deny"],
    "approved": ["sign off", "submit", "approve"],
    "withdrawn": ["withdraw"],
}
"""How a plan gets into each state."""
NO, NOT_APPROVED, UNDONE = "plan-cannot-move", "plan-not-approved", "not-carried-out"
ANSWERS = {
    "draft": ["draft", "draft", "submitted", NO, NO, NO, "withdrawn", NOT_APPROVED, UNDONE],
    "submitted": [NO, NO, NO, "more_info_requested", "denied", "approved", NO, NOT_APPROVED, UNDONE],
    "more_info_requested": [NO, NO, "submitted", NO, "denied", "approved", NO, NOT_APPROVED, UNDONE],
    "denied": ["draft", NO, NO, NO, NO, NO, "withdrawn", NOT_APPROVED, UNDONE],
    "approved": [NO, NO, NO, NO, NO, NO, NO, "approved", UNDONE],
    "withdrawn": [NO, NO, NO, NO, NO, NO, NO, NOT_APPROVED, UNDONE],
}
"""For each state and each act, in the order above: the state after it, or the problem."""


def decide(client: Client, outcome: str) -> Response:
    return client.post("/v1/plans/POA-1/decision", json=APPROVAL | {"outcome": outcome})


def plan(api: Client) -> Any:
    return api.get("/v1/plans/POA-1").json()


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("state", ANSWERS)
def test_an_act_is_allowed_or_refused_by_the_state_of_the_plan(api: Client, given: Given, state: str, act: str) -> None:
    clients = {who: given.client_of(who) for who in ("ada", "bo")}
    given.draft()
    for way in WAYS[state]:
        who, do = ACTS[way]
        assert do(clients[who]).is_success, way
    before, size = plan(api), api.get("/v1/events").json()["size"]
    expected = ANSWERS[state][list(ACTS).index(act)]

    who, do = ACTS[act]
    answer = do(clients[who])

    assert before["state"] == state
    if expected in ANSWERS:
        assert (answer.is_success, plan(api)["state"]) == (True, expected), answer.text
    else:
        assert (answer.status_code, answer.json()["type"]) == (409, f"/problems/{expected}")
        assert (plan(api), api.get("/v1/events").json()["size"]) == (before, size)
