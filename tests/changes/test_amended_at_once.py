"""Several who amend a plan, or decide on an amendment, at the same instant."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import psycopg

from tests.changes.given import added, amend, decide
from tests.client import Client
from tests.commitments.test_leaving_at_once import until_somebody_waits
from tests.given import Given


def references(api: Client) -> list[str]:
    return [one["reference"] for one in api.get("/v1/commitments?plan=POA-1").json()["data"]]


def test_of_many_who_decide_at_once_one_wins(api: Client, given: Given) -> None:
    given.plan()
    asked = amend(given.client_of("ada"), added())
    bo = given.client_of("bo")

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda turn: decide(bo, asked, ("granted", "refused")[turn % 2]), range(6)))

    assert Counter(one.status_code for one in answers) == {200: 1, 409: 5}
    assert len(references(api)) == 1 + (api.get(asked.headers["location"]).json()["state"] == "granted")


def test_those_asked_for_and_granted_at_once_are_numbered_without_gaps(api: Client, given: Given) -> None:
    given.plan()
    ada, bo = given.client_of("ada"), given.client_of("bo")

    with ThreadPoolExecutor(6) as threads:
        asked = list(threads.map(lambda turn: amend(ada, added(text=f"{turn}.")), range(6)))
        granted = list(threads.map(lambda one: decide(bo, one).status_code, asked))

    assert granted == [200] * 6
    assert sorted(one.json()["number"] for one in asked) == [1, 2, 3, 4, 5, 6]
    assert references(api) == [f"POA-1.{number}" for number in range(1, 8)]


def test_who_decides_waits_for_the_plan_and_holds_nothing_meanwhile(
    given: Given, owner: psycopg.Connection[tuple[object, ...]]
) -> None:
    plan = given.plan()["id"]
    asked, bo = amend(given.client_of("ada"), added()), given.client_of("bo")
    owner.execute("SET LOCAL lock_timeout = '1s'")
    owner.execute("SELECT FROM plan WHERE id = %s FOR NO KEY UPDATE", [plan])

    with ThreadPoolExecutor(1) as threads:
        decided = threads.submit(decide, bo, asked)
        until_somebody_waits(owner)
        # As an erasure does: the plan, and then what is in it.
        owner.execute("SELECT FROM amendment WHERE id = %s FOR UPDATE", [asked.json()["id"]])
        owner.commit()

    assert decided.result().status_code == 200
