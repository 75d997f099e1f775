"""Who did the one half does not do the other, whichever key they take: the five acts that need a second person."""

from collections.abc import Callable
from typing import Any

import pytest
from httpx2 import Response

from tests.client import Client
from tests.given import NOTE, Given

ALL = ["read", "write", "approve", "admin"]
LATER = {"due_on": "2026-04-10", "reason": "The carrier is late."}
GRANTED = {"outcome": "granted", "reason": "It is."}


def sign_off(_given: Given, first: Client, second: Client) -> Response:
    """What the first has drafted, the second signs off."""
    plan = Given(first).post("/v1/plans", {"title": "Late shipments"})
    return second.post(f"/v1/plans/{plan['id']}/sign-off", json={})


def extend(given: Given, first: Client, second: Client) -> Response:
    asked = Given(first).post(f"/v1/commitments/{given.commitment()['id']}/extensions", LATER)
    return second.post(f"/v1/extensions/{asked['id']}/decision", json=GRANTED)


def amend(given: Given, first: Client, second: Client) -> Response:
    more = given.promise(due_on="2026-05-01", why="They asked for it.")
    asked = Given(first).post(f"/v1/plans/{given.plan()['id']}/amendments", {"commitments": [more]})
    return second.post(f"/v1/amendments/{asked['id']}/decision", json=GRANTED)


def verify(given: Given, first: Client, second: Client) -> Response:
    done = Given(first).post(f"/v1/commitments/{given.commitment()['id']}/completion", {"evidence": NOTE})
    return second.post(f"/v1/commitments/{done['id']}/verification", json={"outcome": "verified"})


def judge(given: Given, first: Client, second: Client) -> Response:
    done = Given(first).post(f"/v1/commitments/{given.commitment()['id']}/completion", {"evidence": NOTE})
    said = {"outcome": "ineffective", "reason": "Two more complaints."}
    return second.post(f"/v1/plans/{done['plan']['id']}/effectiveness", json=said)


Act = Callable[[Given, Client, Client], Response]
SELF: dict[Act, str] = {
    sign_off: "self-sign-off",
    extend: "self-decided",
    amend: "self-decided",
    verify: "self-verified",
    judge: "actors-do-not-judge",
}
acts = pytest.mark.parametrize("act", SELF, ids=lambda act: act.__name__)


def service_key(maker: Client) -> Client:
    return maker.with_key(Given(maker).post("/v1/api-keys", {"name": "Robot", "scopes": ALL})["secret"])


def refusal(answer: Response) -> tuple[int, Any]:
    return answer.status_code, answer.json().get("type", "").removeprefix("/problems/")


@acts
def test_somebody_else_does_it(given: Given, act: Act) -> None:
    assert act(given, given.client_of("ada"), given.client_of("bo")).is_success


@acts
def test_who_did_the_one_half_does_not_do_the_other(given: Given, act: Act) -> None:
    ada = given.client_of("ada")

    assert refusal(act(given, ada, ada)) == (409, SELF[act])


@acts
def test_an_admin_does_not_get_round_it_by_a_key_that_is_nobodys(given: Given, act: Act) -> None:
    ada = given.client_of("ada")

    assert refusal(act(given, ada, service_key(ada))) == (403, "member-needed")


@acts
def test_what_a_key_did_its_maker_did(given: Given, act: Act) -> None:
    ada = given.client_of("ada")

    refused = act(given, service_key(service_key(ada)), ada)

    assert refusal(refused) == (409, SELF[act])
    assert refused.json()["detail"] == "It was done with a service key, which counts as done by who made the key."


def test_nobody_waits_for_whoever_made_the_key(api: Client, given: Given) -> None:
    ada, bo = given.client_of("ada"), given.client_of("bo")
    robot = service_key(service_key(ada))
    first = Given(robot)
    for one in "POA-1.1", "POA-2.1":
        given.commitment()
        first.post(f"/v1/commitments/{one}/completion", {"evidence": NOTE}) if one == "POA-1.1" else None
    first.post("/v1/commitments/POA-2.1/extensions", LATER)
    first.post("/v1/plans/POA-2/amendments", {"commitments": [given.promise(why="They asked for it.")]})
    first.post("/v1/plans", {"title": "Late shipments"})
    api.at("2026-11-01T09:00:00Z")

    def waits(client: Client, who: str) -> set[str]:
        query = {"member": given.member(who)["id"]}
        return {one["kind"] for one in client.get("/v1/waiting", params=query).json()["data"]}

    assert waits(bo, "bo") == {"verification", "extension", "amendment", "sign_off", "effectiveness"}
    assert waits(ada, "ada") == set()


def test_a_sign_off_of_ones_own_does_not_count_when_four_eyes_are_asked_for_again(api: Client, given: Given) -> None:
    ada = given.client_of("ada")
    plan = Given(service_key(ada)).post("/v1/plans", {"title": "Late shipments"})["id"]
    api.patch("/v1/workspace", json={"four_eyes": False})
    assert ada.post(f"/v1/plans/{plan}/sign-off", json={}).is_success
    api.patch("/v1/workspace", json={"four_eyes": True})

    refused = api.post(f"/v1/plans/{plan}/submissions", json={})

    assert refusal(refused) == (409, "sign-off-missing")
    assert "not_signed_off" in api.get(f"/v1/plans/{plan}/readiness").text


@acts
def test_what_somebody_elses_key_did_is_another_s(given: Given, act: Act) -> None:
    ada, bo = given.client_of("ada"), given.client_of("bo")

    assert act(given, service_key(ada), bo).is_success


@acts
def test_with_four_eyes_off_a_key_does_both(api: Client, given: Given, act: Act) -> None:
    given.api.patch("/v1/workspace", json={"four_eyes": False})

    assert act(given, api, api).is_success
