"""Every act on a commitment in every state that it can be in: what becomes of it, or why it is refused."""

from collections.abc import Callable
from typing import Any

import pytest
from httpx2 import Response

from tests.changes.given import ask_extension, ask_waiver, decide
from tests.client import Client
from tests.given import NOTE, Given


def post(act: str, **body: Any) -> Callable[[Client], Response]:
    return lambda one: one.post(f"/v1/commitments/POA-1.1/{act}", json=body)


ACTS: dict[str, tuple[str, Callable[[Client], Response]]] = {
    "start": ("ada", post("start")),
    "pause": ("ada", post("pause")),
    "complete": ("ada", post("completion", evidence=NOTE)),
    "verify": ("bo", post("verification", outcome="verified")),
    "reject": ("bo", post("verification", outcome="rejected", reason="Empty.")),
    "reassign": ("ada", post("reassignment", owner="chidi@example.com")),
    "ask for an extension": ("ada", ask_extension),
    "ask for a waiver": ("ada", ask_waiver),
    "add evidence": ("ada", post("evidence", **NOTE)),
}
"""Who does it, and how."""
WAYS = {
    "open": [],
    "in_progress": ["start"],
    "done": ["complete"],
    "verified": ["complete", "verify"],
    "waived": ["ask for a waiver"],
}
"""How a commitment gets into each state."""
NO, OVER = "commitment-cannot-move", "nothing-to-change"
ANSWERS = {
    "open": ["in_progress", NO, "done", NO, NO, "open", "open", "open", "open"],
    "in_progress": [NO, "open", "done", NO, NO, "in_progress", "in_progress", "in_progress", "in_progress"],
    "done": [NO, NO, NO, "verified", "open", NO, OVER, OVER, "done"],
    "verified": [NO, NO, NO, NO, NO, NO, OVER, OVER, "verified"],
    "waived": [NO, NO, NO, NO, NO, NO, OVER, OVER, "waived"],
}
"""For each state and each act, in the order above: the state after it, or the problem."""


def commitment(api: Client) -> Any:
    return api.get("/v1/commitments/POA-1.1").json()


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("state", ANSWERS)
def test_an_act_is_allowed_or_refused_by_the_state_of_the_commitment(
    api: Client, given: Given, state: str, act: str
) -> None:
    given.commitment()
    given.member("chidi")
    clients = {who: given.client_of(who) for who in ("ada", "bo")}
    for way in WAYS[state]:
        who, do = ACTS[way]
        made = do(clients[who])
        assert made.is_success, way
        assert state != "waived" or decide(clients["bo"], made).is_success
    before, size = commitment(api), api.get("/v1/events").json()["size"]
    expected = ANSWERS[state][list(ACTS).index(act)]

    who, do = ACTS[act]
    answer = do(clients[who])

    assert before["state"] == state
    if expected in ANSWERS:
        assert (answer.is_success, commitment(api)["state"]) == (True, expected), answer.text
    else:
        assert (answer.status_code, answer.json()["type"]) == (409, f"/problems/{expected}")
        assert (commitment(api), api.get("/v1/events").json()["size"]) == (before, size)
