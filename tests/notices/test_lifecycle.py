"""Every act on a notice in every state that it can be in: what becomes of it, or that it is refused."""

from typing import Any

import pytest

from tests.client import Client
from tests.given import Given

ACTS: dict[str, Any] = {
    "acknowledgement": {},
    "response": {"note": "It is in stock."},
    "dismissal": {"reason": "Not ours."},
    "closure": {},
    "plan": {},
    "change": {"respond_by": "2026-03-06T00:00:00Z"},
}
WAYS = {
    "received": [],
    "acknowledged": ["acknowledgement"],
    "responded": ["response"],
    "closed": ["response", "closure"],
    "dismissed": ["dismissal"],
}
"""How a notice gets into each state."""
NO = "notice-cannot-move"
ANSWERS = {
    "received": ["acknowledged", "responded", "dismissed", NO, "received", "received"],
    "acknowledged": [NO, "responded", "dismissed", NO, "acknowledged", "acknowledged"],
    "responded": [NO, "responded", NO, "closed", "responded", "responded"],
    "closed": [NO, NO, NO, NO, NO, NO],
    "dismissed": ["acknowledged", NO, NO, NO, NO, NO],
}
"""For each state and each act, in the order above: the state after it, or the problem."""


def do(api: Client, path: str, act: str) -> Any:
    return api.patch(path, json=ACTS[act]) if act == "change" else api.post(f"{path}/{act}", json=ACTS[act])


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("state", ANSWERS)
def test_an_act_is_allowed_or_refused_by_the_state_of_the_notice(
    api: Client, given: Given, state: str, act: str
) -> None:
    path = f"/v1/notices/{given.notice()['id']}"
    for way in WAYS[state]:
        assert do(api, path, way).is_success, way
    before, size = api.get(path).json(), api.get("/v1/events").json()["size"]
    expected = ANSWERS[state][list(ACTS).index(act)]

    answer = do(api, path, act)

    assert before["state"] == state
    if expected in ANSWERS:
        assert (answer.is_success, api.get(path).json()["state"]) == (True, expected), answer.text
    else:
        assert (answer.status_code, answer.json()["type"]) == (409, f"/problems/{expected}")
        assert (api.get(path).json(), api.get("/v1/events").json()["size"]) == (before, size)
