"""Who leaves while they are given something: one of the two is refused, and nobody waits for each other for ever."""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from httpx2 import Response

from tests.changes.given import added, amend, decide, ended, refusal
from tests.client import Client
from tests.given import APPROVAL, Given

Connection = psycopg.Connection[tuple[object, ...]]
WEEKLY = {"due_on": "2026-03-06", "recurrence": "FREQ=WEEKLY;BYDAY=FR"}


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


def leave(api: Client, given: Given, who: str, **more: Any) -> Response:
    return api.patch(f"/v1/members/{given.member(who)['id']}", json={"active": False} | more)


def settled(given_: Future[Response], left: Future[Response]) -> tuple[tuple[int, str], tuple[int, str]]:
    """Return how both ended: status, and the type of the refusal."""
    first, second = (
        (one.status_code, "" if one.is_success else refusal(one)[1]) for one in (given_.result(), left.result())
    )
    return first, second


def open_of(api: Client, given: Given, who: str) -> int:
    return len(api.get("/v1/commitments", params={"state": "open", "owner": given.member(who)["id"]}).json()["data"])


ASSIGNED_OR_GONE = {((200, ""), (409, "still-accountable")), ((422, "invalid"), (200, ""))}


def test_an_approval_and_leaving_at_once(api: Client, given: Given, threads: ThreadPoolExecutor) -> None:
    given.draft(given.promise(owner="chidi"))
    given.submit("POA-1")

    decision = APPROVAL | {"outcome": "approved"}
    approved = threads.submit(api.post, "/v1/plans/POA-1/decision", json=decision)
    left = threads.submit(leave, api, given, "chidi")

    assert settled(approved, left) in {((200, ""), (409, "still-accountable")), ((409, "plan-has-gaps"), (200, ""))}


def test_a_reassignment_and_leaving_at_once(api: Client, given: Given, threads: ThreadPoolExecutor) -> None:
    given.commitment()
    given.member("chidi")

    assigned = threads.submit(api.post, "/v1/commitments/POA-1.1/reassignment", json={"owner": "chidi@example.com"})
    left = threads.submit(leave, api, given, "chidi")

    assert settled(assigned, left) in ASSIGNED_OR_GONE


def test_a_rejection_that_names_another_and_leaving_at_once(
    api: Client, given: Given, threads: ThreadPoolExecutor
) -> None:
    weekly = {"due_on": "2026-03-06", "recurrence": "FREQ=WEEKLY"}
    given.plan(*(given.promise(owner="vera", **weekly | more) for more in ({}, {"recurrence": "FREQ=WEEKLY;COUNT=12"})))
    given.member("bo")
    ada, verdict = given.client_of("ada"), {"outcome": "rejected", "reason": "Empty.", "owner": "bo@example.com"}

    for number in range(1, 13):
        api.patch(f"/v1/members/{given.member('vera')['id']}", json={"active": True})
        given.done(f"POA-1.2.{number}")
        rejected = threads.submit(ada.post, f"/v1/commitments/POA-1.2.{number}/verification", json=verdict)
        left = threads.submit(leave, api, given, "vera", hand_over_to="ada@example.com")

        assert settled(rejected, left) == ((200, ""), (200, ""))


def test_an_amendment_and_leaving_at_once(api: Client, given: Given, threads: ThreadPoolExecutor) -> None:
    given.plan()
    given.member("chidi")
    asked = amend(api, added(owner="chidi@example.com"))

    granted = threads.submit(decide, given.client_of("bo"), asked)
    left = threads.submit(leave, api, given, "chidi")

    assert settled(granted, left) in {((200, ""), (409, "still-accountable")), ((409, "plan-has-gaps"), (200, ""))}


def test_who_takes_over_does_not_leave_meanwhile(api: Client, given: Given, threads: ThreadPoolExecutor) -> None:
    given.commitment(owner="chidi")
    given.member("bo")

    first = threads.submit(leave, api, given, "chidi", hand_over_to="bo@example.com")
    second = threads.submit(leave, api, given, "bo")

    assert settled(first, second) in ASSIGNED_OR_GONE


def test_two_who_hand_over_to_each_other_at_once(api: Client, given: Given, threads: ThreadPoolExecutor) -> None:
    given.commitment(owner="chidi")
    given.commitment(owner="bo")

    first = threads.submit(leave, api, given, "chidi", hand_over_to="bo@example.com")
    second = threads.submit(leave, api, given, "bo", hand_over_to="chidi@example.com")

    assert sorted(settled(first, second)) == [(200, ""), (422, "invalid")]
    assert sorted([open_of(api, given, "chidi"), open_of(api, given, "bo")]) == [0, 2]


def test_of_what_is_completed_reassigned_and_handed_over_at_once_nothing_is_lost(
    api: Client, given: Given, threads: ThreadPoolExecutor
) -> None:
    given.plan(*(given.promise(owner="chidi") for _ in range(6)))
    given.member("bo")
    given.member("ada")

    left = threads.submit(leave, api, given, "chidi", hand_over_to="bo@example.com")
    done = [threads.submit(given.done, f"POA-1.{number}") for number in (1, 2)]
    moved = [
        threads.submit(api.post, f"/v1/commitments/POA-1.{number}/reassignment", json={"owner": "ada@example.com"})
        for number in (3, 4)
    ]

    assert [one.result().status_code for one in (left, *moved)] == [200] * 3
    assert {one.result()["state"] for one in done} == {"done"}
    assert (open_of(api, given, "chidi"), open_of(api, given, "ada"), open_of(api, given, "bo")) == (0, 2, 2)


def until_somebody_waits(owner: Connection) -> None:
    """Return when another transaction waits for a lock that this one holds."""
    for _ in range(200):
        query = "SELECT count(*) FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))"
        if owner.execute(query).fetchone() != (0,):
            return
        time.sleep(0.02)
    raise AssertionError("nobody waits")


def lock(owner: Connection, plan: str, number: int) -> None:
    """Lock a series, as a worker does that extends it."""
    owner.execute("SET LOCAL lock_timeout = '3s'")
    owner.execute("SELECT id FROM series WHERE plan_id = %s AND number = %s FOR UPDATE", [plan, number])


def test_who_hands_over_a_series_does_not_keep_a_worker_from_extending_it(
    api: Client, given: Given, owner: Connection, threads: ThreadPoolExecutor
) -> None:
    plan = given.plan(given.promise(owner="chidi", **WEEKLY))["id"]
    chidi = given.member("chidi")["id"]
    given.member("bo")
    lock(owner, plan, 1)

    left = threads.submit(leave, api, given, "chidi", hand_over_to="bo@example.com")
    until_somebody_waits(owner)
    # What a foreign key of a new time of the series does.
    owner.execute("SELECT id FROM member WHERE id = %s FOR KEY SHARE", [chidi])
    owner.commit()

    assert left.result().status_code == 200


def test_series_are_ended_in_the_order_in_which_they_are_handed_over(
    api: Client, given: Given, owner: Connection, threads: ThreadPoolExecutor
) -> None:
    plan = given.plan(given.promise(owner="chidi", **WEEKLY), given.promise(owner="chidi", **WEEKLY))["id"]
    asked = amend(api, ends=[ended(2), ended(1)])
    lock(owner, plan, 1)

    granted = threads.submit(decide, given.client_of("bo"), asked)
    until_somebody_waits(owner)
    lock(owner, plan, 2)
    owner.commit()

    assert granted.result().status_code == 200
