"""Of many who act at the same instant one wins, and the others are told so."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from httpx2 import Response

from tests.client import Client
from tests.given import Given

NOTE = {"evidence": {"kind": "note", "text": "Done by me."}}


def events(api: Client, type_: str) -> int:
    listed = api.get("/v1/events", params={"limit": 200}).json()["data"]
    return sum(one["type"] == type_ for one in listed)


@pytest.mark.both_versions
def test_of_64_who_complete_it_one_wins(api: Client, given: Given) -> None:
    given.commitment()

    def complete(_: int) -> Response:
        return api.post("/v1/commitments/POA-1.1/completion", json=NOTE)

    with ThreadPoolExecutor(64) as threads:
        answers = list(threads.map(complete, range(64)))

    assert Counter(one.status_code for one in answers) == {200: 1, 409: 63}
    refusals = {one.json()["type"] for one in answers if one.status_code == 409}
    assert refusals == {"/problems/commitment-cannot-move"}
    assert (events(api, "commitment.completed"), events(api, "evidence.added")) == (1, 1)
    assert api.get("/v1/commitments/POA-1.1").json()["evidence"] == 1


@pytest.mark.both_versions
def test_a_completion_sent_16_times_happens_once_and_is_answered_once(api: Client, given: Given) -> None:
    given.commitment()

    def complete(_: int) -> Response:
        return api.post("/v1/commitments/POA-1.1/completion", json=NOTE, headers={"Idempotency-Key": "one"})

    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(complete, range(16)))
    replay = complete(0)

    assert {one.json()["type"] for one in answers if one.status_code == 409} <= {"/problems/still-running"}
    assert {one.status_code for one in answers} <= {200, 409}
    assert {one.content for one in answers if one.status_code == 200} == {replay.content}
    assert (replay.status_code, replay.headers["idempotency-replayed"]) == (200, "true")
    assert events(api, "commitment.completed") == 1


def test_of_two_who_reassign_it_to_the_same_member_one_wins(api: Client, given: Given) -> None:
    given.commitment()
    given.member("bo")

    def reassign(_: int) -> int:
        return api.post("/v1/commitments/POA-1.1/reassignment", json={"owner": "bo@example.com"}).status_code

    with ThreadPoolExecutor(8) as threads:
        answers = Counter(threads.map(reassign, range(8)))

    assert answers == {200: 1, 409: 7}
    assert len(api.get("/v1/commitments/POA-1.1/history").json()["data"]) == 2
