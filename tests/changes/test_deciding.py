"""Who asks does not decide; of several who decide, one does; what is closed stays closed. Of both kinds of requests."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from httpx2 import Response

from tests.changes.given import ask_extension, ask_waiver, decide, events, refusal, withdraw
from tests.client import Client
from tests.given import Given
from tests.routes import MISSING

Ask = Callable[[Client], Response]
BOTH: list[Ask] = [ask_extension, ask_waiver]
both = pytest.mark.parametrize("ask", BOTH, ids=["extension", "waiver"])


def state(api: Client, asked: Response) -> str:
    found: str = api.get(asked.headers["location"]).json()["state"]
    return found


@both
@pytest.mark.parametrize("who", ["ada", "bo"])
@pytest.mark.parametrize("outcome", ["granted", "refused"])
def test_who_asks_does_not_decide_admins_included(api: Client, given: Given, ask: Ask, who: str, outcome: str) -> None:
    promised = given.commitment()
    client = given.client_of(who)
    asked = ask(client)

    refused = decide(client, asked, outcome)

    assert refusal(refused) == (409, "self-decided", "")
    assert state(api, asked) == "requested"
    assert api.get("/v1/commitments/POA-1.1").json() == promised


@both
def test_another_key_of_the_same_member_does_not_decide_either(given: Given, ask: Ask) -> None:
    given.commitment()
    asked = ask(given.client_of("ada"))

    assert decide(given.client_of("ada"), asked).status_code == 409


@both
def test_with_four_eyes_off_who_asks_may_decide_and_the_record_says_so(api: Client, given: Given, ask: Ask) -> None:
    given.commitment()
    api.patch("/v1/workspace", json={"four_eyes": False})
    ada = given.client_of("ada")
    asked = ask(ada)

    granted = decide(ada, asked)

    assert granted.status_code == 200
    assert granted.json()["decided_by"] == granted.json()["requested_by"] == given.member("ada")["id"]


@both
def test_a_contributor_asks_and_does_not_decide(given: Given, ask: Ask) -> None:
    given.commitment()
    asked = ask(given.client_of("ada"))

    assert ask(given.client_of("vera")).status_code == 403
    assert refusal(decide(given.client_of("chidi"), asked))[:2] == (403, "scope-missing")


@both
@pytest.mark.parametrize("first", ["granted", "refused", "withdrawn"])
def test_what_is_closed_stays_closed(api: Client, given: Given, ask: Ask, first: str) -> None:
    given.commitment()
    ada, bo = given.client_of("ada"), given.client_of("bo")
    asked = ask(ada)
    closed = withdraw(ada, asked) if first == "withdrawn" else decide(bo, asked, first)

    again = [decide(bo, asked), decide(bo, asked, "refused"), withdraw(ada, asked)]

    assert [refusal(one) for one in again] == [(409, "request-is-closed", f"It is `{first}`.")] * 3
    assert api.get(asked.headers["location"]).json() == closed.json()


@both
def test_only_who_asked_withdraws_it(api: Client, given: Given, ask: Ask) -> None:
    given.commitment()
    asked = ask(given.client_of("chidi"))

    refused = withdraw(given.client_of("ada"), asked)

    assert refusal(refused) == (409, "not-their-request", "")
    assert state(api, asked) == "requested"


@both
def test_the_body_of_a_withdrawal_may_be_left_out(given: Given, ask: Ask) -> None:
    given.commitment()
    ada = given.client_of("ada")

    withdrawn = ada.post(f"{ask(ada).headers['location']}/withdrawal")

    assert (withdrawn.status_code, withdrawn.json()["state"]) == (200, "withdrawn")


@pytest.mark.parametrize("second", BOTH, ids=["extension", "waiver"])
@both
def test_one_at_a_time_is_asked_for(api: Client, given: Given, ask: Ask, second: Ask) -> None:
    given.commitment()
    ask(given.client_of("ada"))

    refused = second(given.client_of("bo"))

    assert refusal(refused) == (409, "requested-already", "")
    assert len(events(api, "extension.") + events(api, "waiver.")) == 1


@both
def test_of_many_who_ask_at_once_one_does(api: Client, given: Given, ask: Ask) -> None:
    given.commitment()

    with ThreadPoolExecutor(8) as threads:
        answers = Counter(threads.map(lambda _: ask(api).status_code, range(8)))

    assert answers == {201: 1, 409: 7}
    kind = "extension" if ask is ask_extension else "waiver"
    assert events(api, f"{kind}.") == [f"{kind}.requested"]
    assert len(api.get(f"/v1/commitments/POA-1.1/{kind}s").json()["data"]) == 1


@both
def test_of_many_who_decide_at_once_one_wins(api: Client, given: Given, ask: Ask) -> None:
    given.commitment()
    ada, bo = given.client_of("ada"), given.client_of("bo")
    asked = ask(ada)

    def close(turn: int) -> Response:
        return withdraw(ada, asked) if turn == 4 else decide(bo, asked, ("granted", "refused")[turn % 2])

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(close, range(8)))

    assert Counter(one.status_code for one in answers) == {200: 1, 409: 7}
    assert {refusal(one)[1] for one in answers if one.status_code == 409} == {"request-is-closed"}
    assert len(api.get("/v1/commitments/POA-1.1/history").json()["data"]) == 1 + (state(api, asked) == "granted")


@both
def test_a_decision_and_a_completion_at_once_do_not_contradict(api: Client, given: Given, ask: Ask) -> None:
    given.commitment()
    asked = ask(given.client_of("ada"))
    given.evidence("POA-1.1")
    bo = given.client_of("bo")

    with ThreadPoolExecutor(2) as threads:
        decided = threads.submit(decide, bo, asked)
        done = threads.submit(api.post, "/v1/commitments/POA-1.1/completion", json={})

    answers = (decided.result().status_code, done.result().status_code)
    # An extension and then the completion is fine; a waiver and a completion are one too many.
    assert answers in {(200, 200), (409, 200)} if ask is ask_extension else {(200, 409), (409, 200)}


@both
def test_nothing_is_granted_of_what_was_completed_meanwhile(api: Client, given: Given, ask: Ask) -> None:
    given.commitment()
    asked = ask(given.client_of("ada"))
    done = given.done("POA-1.1")

    granted = decide(given.client_of("bo"), asked)

    assert refusal(granted) == (409, "nothing-to-change", "POA-1.1 is `done`.")
    assert api.get("/v1/commitments/POA-1.1").json() == done
    assert state(api, asked) == "requested"
    assert decide(given.client_of("bo"), asked, "refused").status_code == 200


@both
def test_nothing_is_asked_of_what_is_done(api: Client, given: Given, ask: Ask) -> None:
    given.commitment()
    given.done("POA-1.1")

    assert refusal(ask(api)) == (409, "nothing-to-change", "POA-1.1 is `done`.")


@both
def test_what_was_asked_before_it_was_completed_can_be_granted_once_that_is_rejected(given: Given, ask: Ask) -> None:
    given.commitment()
    asked = ask(given.client_of("ada"))
    given.done("POA-1.1")
    bo = given.client_of("bo")
    bo.post("/v1/commitments/POA-1.1/verification", json={"outcome": "rejected", "reason": "Empty."})

    assert decide(bo, asked).status_code == 200


@both
def test_a_decision_on_an_older_version_is_stale(given: Given, ask: Ask) -> None:
    given.commitment()
    ada, bo = given.client_of("ada"), given.client_of("bo")
    asked = ask(ada)
    seen = asked.headers["etag"]
    withdraw(ada, asked)

    stale = decide(bo, asked, headers={"If-Match": seen})

    assert refusal(stale)[:2] == (412, "stale")
    assert stale.headers["etag"] == bo.get(asked.headers["location"]).headers["etag"] != seen


@both
def test_a_request_and_a_decision_sent_again_happen_once(api: Client, given: Given, ask: Ask) -> None:
    given.commitment()
    ada, bo = given.client_of("ada"), given.client_of("bo")
    ada.headers["Idempotency-Key"] = "ask"
    asked = [ask(ada), ask(ada)]

    decided = [decide(bo, asked[0], headers={"Idempotency-Key": "decide"}) for _ in range(2)]

    for first, second in (asked, decided):
        assert second.content == first.content
        assert second.headers["idempotency-replayed"] == "true"
    assert len(events(api, "extension.") + events(api, "waiver.")) == 2


@both
def test_another_workspace_sees_none_of_it(given: Given, cy: Client, ask: Ask) -> None:
    given.commitment()
    asked = ask(given.client_of("ada"))
    sentence = (404, "request-not-found", "")

    assert refusal(cy.get(asked.headers["location"])) == sentence
    assert refusal(decide(cy, asked)) == sentence
    assert refusal(withdraw(cy, asked)) == sentence
    assert refusal(ask(cy))[:2] == (404, "commitment-not-found")


@both
@pytest.mark.parametrize("reason", [None, "", "  "])
def test_nothing_is_asked_for_or_decided_without_a_reason(
    api: Client, given: Given, ask: Ask, reason: str | None
) -> None:
    given.commitment()
    asked = ask(given.client_of("ada"))
    kind = "extensions" if ask is ask_extension else "waivers"
    due = {"due_on": "2026-04-10"} if ask is ask_extension else {}

    refused = [
        api.post(f"/v1/commitments/POA-1.1/{kind}", json=due | {"reason": reason}),
        decide(given.client_of("bo"), asked, reason=reason),
    ]

    assert [(one.status_code, one.json()["errors"][0]["pointer"]) for one in refused] == [(422, "/body/reason")] * 2
    assert state(api, asked) == "requested"


def test_an_extension_is_no_waiver(given: Given, api: Client) -> None:
    given.commitment()
    asked = ask_extension(api)

    elsewhere = api.get(asked.headers["location"].replace("extensions", "waivers"))

    assert refusal(elsewhere) == (404, "request-not-found", "")
    assert refusal(api.get(f"/v1/extensions/{MISSING}")) == (404, "request-not-found", "")
    assert api.get("/v1/commitments/POA-1.1/waivers").json()["data"] == []
