"""What time decided is told to the ledger, once for each commitment and due."""

import json
import threading
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from app import worker
from app.commitments import announcements
from app.commitments.announcements import Moment
from app.core import db
from app.ledger import merkle
from tests.client import Client
from tests.conftest import Tenant
from tests.given import Given

DUE = datetime.fromisoformat("2026-04-02T07:00:00Z")
"""The end of 1 April 2026 in Los Angeles, when the promises of these tests are due."""


class Ledger:
    """A workspace's ledger, and a worker that announces into it."""

    def __init__(self, app: FastAPI, tenant: Tenant) -> None:
        self.engine: sa.Engine = app.state.engine
        self.workspace = UUID(tenant.workspace_id)

    def announce(self, at: datetime) -> None:
        for moment in Moment:
            worker.announce(self.engine, self.workspace, moment, ahead=timedelta(days=3), at=at)

    def said(self) -> list[Any]:
        """Return the announcements, in order."""
        with db.reading(self.engine, self.workspace) as read:
            bodies = read.scalars(sa.text("SELECT body FROM ledger_event ORDER BY seq")).all()
        found = [json.loads(body) for body in bodies]
        return [one for one in found if one["type"] in {"commitment.overdue", "commitment.due_soon"}]

    def types(self) -> list[str]:
        return [one["type"] for one in self.said()]


@pytest.fixture
def ledger(app: FastAPI, tenant: Tenant) -> Ledger:
    return Ledger(app, tenant)


def test_a_commitment_is_announced_three_days_before_and_when_it_is_overdue(given: Given, ledger: Ledger) -> None:
    made = given.commitment()

    heard = []
    for at in (DUE - timedelta(days=3, seconds=1), DUE - timedelta(days=3), DUE - timedelta(seconds=1), DUE):
        ledger.announce(at)
        heard.append(len(ledger.said()))

    assert heard == [0, 1, 1, 2]
    assert ledger.types() == ["commitment.due_soon", "commitment.overdue"]
    assert {one["subj"] for one in ledger.said()} == {made["id"]}


def test_it_is_announced_once(given: Given, ledger: Ledger) -> None:
    given.commitment()

    for minutes in range(3):
        ledger.announce(DUE + timedelta(minutes=minutes))

    assert ledger.types() == ["commitment.overdue"]


def test_a_worker_that_was_away_catches_up(given: Given, ledger: Ledger) -> None:
    given.plan(*[given.promise() for _ in range(announcements.BATCH)])
    given.plan(*[given.promise() for _ in range(7)])

    ledger.announce(DUE + timedelta(days=200))

    assert ledger.types() == ["commitment.overdue"] * (announcements.BATCH + 7)


def test_very_much_is_announced_in_several_rounds_and_once_all_the_same(
    given: Given, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "ANNOUNCED", 1)
    given.plan(*[given.promise() for _ in range(announcements.BATCH + 7)])

    heard = []
    for minutes in range(3):
        ledger.announce(DUE + timedelta(minutes=minutes))
        heard.append(len({one["subj"] for one in ledger.said()}))

    assert heard == [announcements.BATCH, announcements.BATCH + 7, announcements.BATCH + 7]
    assert len(ledger.said()) == announcements.BATCH + 7


def test_what_is_done_is_not_announced(api: Client, given: Given, ledger: Ledger) -> None:
    made = given.commitment()
    api.at("2026-03-20T09:00:00Z")
    given.done(made["id"])

    ledger.announce(DUE)

    assert ledger.said() == []


def test_an_announcement_is_in_the_chain_of_its_plan_and_tells_the_facts(given: Given, ledger: Ledger) -> None:
    made = given.commitment()

    ledger.announce(DUE)

    (said,) = ledger.said()
    with db.reading(ledger.engine, ledger.workspace) as read:
        row = read.execute(sa.text("SELECT events, last_leaf FROM ledger_plan")).one()
        body = read.execute(sa.text("SELECT body FROM ledger_event ORDER BY seq DESC LIMIT 1")).scalar_one()
    assert (said["plan_seq"], merkle.leaf_hash(body)) == (row.events, row.last_leaf)
    assert said["actor"] == said["ws"]
    assert (said["data"]["due_at"], said["data"]["state"]) == ("2026-04-02T07:00:00.000000Z", "open")
    assert said["plan"] == made["plan"]["id"]


def test_two_workers_at_once_announce_everything_once(given: Given, ledger: Ledger) -> None:
    given.plan(*[given.promise() for _ in range(announcements.BATCH * 2)])
    threads = [threading.Thread(target=ledger.announce, args=[DUE]) for _ in range(4)]

    for one in threads:
        one.start()
    for one in threads:
        one.join()
    ledger.announce(DUE)

    subjects = [one["subj"] for one in ledger.said()]
    assert len(subjects) == len(set(subjects)) == announcements.BATCH * 2
