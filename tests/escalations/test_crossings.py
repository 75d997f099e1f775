"""The worker tells the ledger what comes to stand escalated, and what stands no longer: once each."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from app import worker
from app.core import db
from app.escalations import crossings
from tests.client import Client
from tests.conftest import Tenant
from tests.escalations.ruling import rule, standing
from tests.given import Given

DUE = datetime.fromisoformat("2026-04-02T07:00:00Z")
"""The end of 1 April 2026 in Los Angeles, when the promises of these tests are due."""

ENTERED, LEFT = "escalation.entered", "escalation.left"


class Ledger:
    """A workspace's ledger, and a worker that tells it who crossed a line."""

    def __init__(self, app: FastAPI, tenant: Tenant) -> None:
        self.engine: sa.Engine = app.state.engine
        self.workspace = UUID(tenant.workspace_id)

    def escalate(self, at: datetime = DUE) -> None:
        worker.escalate(self.engine, self.workspace, at=at)

    def said(self) -> list[Any]:
        with db.reading(self.engine, self.workspace) as read:
            bodies = read.scalars(sa.text("SELECT body FROM ledger_event ORDER BY seq")).all()
        return [one for one in map(orjson.loads, bodies) if one["type"] in {ENTERED, LEFT}]

    def types(self) -> list[str]:
        return [one["type"] for one in self.said()]


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crossings, "BATCH", 20)


@pytest.fixture
def ledger(app: FastAPI, tenant: Tenant) -> Ledger:
    return Ledger(app, tenant)


def test_without_rules_nothing_is_told(given: Given, ledger: Ledger) -> None:
    given.commitment()

    ledger.escalate(DUE + timedelta(days=99))

    assert ledger.said() == []


def test_a_commitment_enters_when_it_is_old_enough_and_leaves_when_it_is_done(
    api: Client, given: Given, ledger: Ledger
) -> None:
    made, ruled = given.commitment(), rule(given, older_than_days=2, level=3)
    begins = DUE + timedelta(days=2)

    heard = []
    for at in (begins - timedelta(seconds=1), begins, begins + timedelta(minutes=1)):
        ledger.escalate(at)
        heard.append(ledger.types())
    api.at("2026-04-09T09:00:00Z")
    given.done(made["id"])
    for minute in (1, 2):
        ledger.escalate(datetime.fromisoformat(f"2026-04-09T09:0{minute}:00Z"))

    entered, left = ledger.said()
    assert heard == [[], [ENTERED], [ENTERED]]
    assert entered["data"] == {
        "rule": ruled["id"], "commitment": made["id"], "level": 3,
        "entered_at": "2026-04-04T07:00:00.000000Z", "left_at": None,
    }  # fmt: skip
    assert left["data"] == entered["data"] | {"left_at": "2026-04-09T09:01:00.000000Z"}
    assert (left["type"], left["subj"]) == (LEFT, entered["subj"])
    assert (entered["actor"], entered["plan"]) == (entered["ws"], None)


def test_so_many_together_enter_as_one_at_the_number_and_leave_below_it(
    api: Client, given: Given, ledger: Ledger
) -> None:
    given.plan(given.promise(), given.promise(), given.promise(due_on="2026-04-02"))
    rule(given, count=3)

    heard = []
    for days in (0, 1, 2):
        ledger.escalate(DUE + timedelta(days=days))
        heard.append(ledger.types())
    api.at("2026-04-06T09:00:00Z")
    given.done("POA-1.1")
    ledger.escalate(DUE + timedelta(days=5))

    assert heard == [[], [ENTERED], [ENTERED]]
    assert ledger.types() == [ENTERED, LEFT]
    assert [one["data"]["commitment"] for one in ledger.said()] == [None, None]


def test_a_worker_that_was_away_tells_what_stands_and_not_what_came_and_went(
    api: Client, given: Given, ledger: Ledger
) -> None:
    given.plan(*[given.promise() for _ in range(crossings.BATCH + 7)])
    rule(given)
    api.at("2026-04-09T09:00:00Z")
    given.done("POA-1.1")

    ledger.escalate(DUE + timedelta(days=200))

    assert ledger.types() == [ENTERED] * (crossings.BATCH + 6)


def _off(_: Given) -> dict[str, Any]:
    return {"active": False}


def _older(_: Given) -> dict[str, Any]:
    return {"older_than_days": 30}


def _other_kind(_: Given) -> dict[str, Any]:
    return {"kind": "preventive"}


def _other_owner(given: Given) -> dict[str, Any]:
    return {"owner": given.member("bo")["id"]}


@pytest.mark.parametrize("change", [_off, _older, _other_kind, _other_owner])
def test_what_a_changed_rule_does_not_apply_to_leaves(
    api: Client, given: Given, ledger: Ledger, change: Callable[[Given], dict[str, Any]]
) -> None:
    given.plan(*[given.promise() for _ in range(crossings.BATCH + 1)])
    made = rule(given)
    ledger.escalate()

    assert api.patch(f"/v1/escalation-rules/{made['id']}", json=change(given)).is_success
    ledger.escalate(DUE + timedelta(minutes=1))
    ledger.escalate(DUE + timedelta(minutes=2))

    assert Counter(ledger.types()) == {ENTERED: crossings.BATCH + 1, LEFT: crossings.BATCH + 1}


@pytest.mark.parametrize(("change", "level", "together"), [({"level": 4}, 4, 0), ({"count": 1}, 1, 1)], ids=str)
def test_what_stands_in_another_way_leaves_and_enters(
    api: Client, given: Given, ledger: Ledger, change: dict[str, Any], level: int, together: int
) -> None:
    given.commitment()
    made = rule(given)
    ledger.escalate()

    api.patch(f"/v1/escalation-rules/{made['id']}", json=change)
    ledger.escalate(DUE + timedelta(minutes=1))

    *_, last = ledger.said()
    assert ledger.types() == [ENTERED, LEFT, ENTERED]
    assert (last["data"]["level"], [last["data"]["commitment"]].count(None)) == (level, together)


def test_what_comes_again_enters_again(api: Client, given: Given, ledger: Ledger) -> None:
    given.commitment()
    made = rule(given)
    for minute, active in enumerate([True, False, True]):
        api.patch(f"/v1/escalation-rules/{made['id']}", json={"active": active})

        ledger.escalate(DUE + timedelta(minutes=minute))

    subjects = [one["subj"] for one in ledger.said()]
    assert ledger.types() == [ENTERED, LEFT, ENTERED]
    assert len(set(subjects)) == 2


def test_two_workers_at_once_tell_everything_once(api: Client, given: Given, ledger: Ledger) -> None:
    given.plan(*[given.promise() for _ in range(crossings.BATCH * 2)])
    made = rule(given)
    rule(given, count=2)

    for at, active in ((DUE, True), (DUE + timedelta(minutes=1), False)):
        api.patch(f"/v1/escalation-rules/{made['id']}", json={"active": active})
        threads = [threading.Thread(target=ledger.escalate, args=[at]) for _ in range(4)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        ledger.escalate(at)

    told = Counter((one["type"], one["subj"]) for one in ledger.said())
    assert set(told.values()) == {1}
    assert Counter(ledger.types()) == {ENTERED: crossings.BATCH * 2 + 1, LEFT: crossings.BATCH * 2}


def test_a_commitment_that_somebody_is_changing_is_left_for_the_next_time(given: Given, ledger: Ledger) -> None:
    given.plan(given.promise(), given.promise())
    rule(given)

    with db.writing(ledger.engine, ledger.workspace) as tx:
        tx.execute(sa.text("SELECT FROM commitment WHERE number = 1 FOR UPDATE"))
        ledger.escalate()
        during = len(ledger.said())
    ledger.escalate(DUE + timedelta(minutes=1))

    assert (during, len(ledger.said())) == (1, 2)


def test_the_list_does_not_wait_for_the_worker_and_agrees_with_it(api: Client, given: Given, ledger: Ledger) -> None:
    given.plan(given.promise(), given.promise(due_on="2026-03-30"))
    rule(given, older_than_days=1)
    rule(given, count=2, level=2)
    api.at("2026-04-03T09:00:00Z")

    before = standing(api)
    ledger.escalate(datetime.fromisoformat("2026-04-03T09:00:00Z"))

    assert standing(api) == before
    told = {(one["data"]["rule"], one["data"]["commitment"]) for one in ledger.said()}
    assert told == {(one["rule"]["id"], None if one["at_least"] else one["commitments"][0]["id"]) for one in before}


def test_rules_apply_to_their_own_workspace_only(given: Given, ledger: Ledger, cy: Client) -> None:
    Given(cy).commitment()
    rule(given)

    ledger.escalate(DUE + timedelta(days=9))

    assert ledger.said() == []
