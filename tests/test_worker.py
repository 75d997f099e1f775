"""Housekeeping."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from typing_extensions import override

from app import worker
from app.core import db, schema
from app.core.config import Settings
from app.core.embedded import Cluster
from app.core.ids import new_id
from app.files import operations as files
from app.files.rules import StoreUnavailable
from app.files.spool import Spool
from app.files.store import Store
from app.ledger import marks, signer
from app.ledger.marks import Mark
from app.main import create_app
from app.workspaces import operations
from tests.client import Client
from tests.conftest import NOW, Tenant
from tests.given import Given


# A worker looks after every workspace: in a database of its own there are only those of these tests.
@pytest.fixture(scope="module")
def url(cluster: Cluster) -> Iterator[str]:
    with psycopg.connect(cluster.url("postgres", "postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE of_the_worker")
        schema.migrate(cluster.url("postgres", "of_the_worker"))
        yield cluster.url("postgres", "of_the_worker")
        connection.execute("DROP DATABASE of_the_worker WITH (FORCE)")


@pytest.fixture(scope="module")
def app(url: str) -> Iterator[FastAPI]:
    made = create_app(Settings(_env_file=None, rate_limit=1_000_000), url)  # type: ignore[call-arg]
    yield made
    made.state.engine.dispose()


@pytest.fixture(scope="module")
def running(app: FastAPI) -> Iterator[Client]:
    with Client(app) as client:
        yield client


@pytest.fixture
def duties(tmp_path: Path) -> worker.Duties:
    return worker.Duties(signer.opened(tmp_path / "signer", "log.example"), seal_interval=0.05)


def count(app: FastAPI, tenant: Tenant, table: str) -> int:
    with db.reading(app.state.engine, UUID(tenant.workspace_id)) as read:
        return int(read.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one())


def sealed_size(api: Client) -> int:
    """Return how many events the newest checkpoint covers."""
    answer = api.get("/v1/ledger/checkpoint")
    return int(answer.text.splitlines()[1]) if answer.status_code == 200 else 0


def test_it_notes_when_a_key_was_used_last(api: Client, app: FastAPI, duties: worker.Duties) -> None:
    api.at("2026-03-02T10:15:00Z").get("/v1/workspace")

    worker.step(app.state.engine, app.state.seen, duties, at=NOW)

    (key,) = api.at("2026-03-02T10:16:00Z").get("/v1/api-keys").json()["data"]
    assert key["last_used_at"] == "2026-03-02T10:15:00Z"


def test_what_it_noted_it_forgets(app: FastAPI, tenant: Tenant, duties: worker.Duties) -> None:
    seen = {(UUID(tenant.workspace_id), new_id()): NOW, (new_id(), new_id()): NOW}

    worker.step(app.state.engine, seen, duties, at=NOW)

    assert seen == {}


def test_stored_answers_are_forgotten_after_seven_days(
    api: Client, app: FastAPI, tenant: Tenant, duties: worker.Duties
) -> None:
    api.post("/v1/plans", json={"title": "Late"}, headers={"Idempotency-Key": "a"})

    worker.step(app.state.engine, {}, duties, at=NOW + timedelta(days=6, hours=23))
    kept = count(app, tenant, "idempotency")
    worker.step(app.state.engine, {}, duties, at=NOW + timedelta(days=7, seconds=1))

    assert (kept, count(app, tenant, "idempotency")) == (1, 0)


def test_it_tells_what_stands_escalated(given: Given, app: FastAPI, tenant: Tenant, duties: worker.Duties) -> None:
    given.commitment(due_on="2026-02-20")
    given.post("/v1/escalation-rules", {"name": "Late", "level": 1, "tell": ["ada@example.com"]})

    for minutes in (0, 1):
        worker.step(app.state.engine, {}, duties, at=NOW + timedelta(minutes=minutes))

    assert count(app, tenant, "escalation") == 1


def test_an_error_in_one_workspace_is_logged_and_does_not_stop_the_others(
    api: Client, app: FastAPI, tenant: Tenant, caplog: pytest.LogCaptureFixture, duties: worker.Duties
) -> None:
    api.post("/v1/plans", json={"title": "Late"}, headers={"Idempotency-Key": "a"})
    broken = new_id()
    with db.writing(app.state.engine, broken) as tx:
        operations.create_workspace(tx, name="Broken", timezone="UTC", at=NOW)

    with caplog.at_level(logging.ERROR, "followthrough"):
        # A key that is none cannot be noted.
        worker.step(app.state.engine, {(broken, "no key"): NOW}, duties, at=NOW + timedelta(days=8))  # type: ignore[dict-item]

    assert count(app, tenant, "idempotency") == 0
    # Other tests leave workspaces that are broken, too.
    logged = {record.workspace for record in caplog.records}  # type: ignore[attr-defined]
    assert logged & {str(broken), tenant.workspace_id} == {str(broken)}


def test_a_duty_that_fails_is_logged_and_keeps_no_other_of_the_workspace_undone(
    given: Given, app: FastAPI, tenant: Tenant, caplog: pytest.LogCaptureFixture, duties: worker.Duties
) -> None:
    given.commitment(due_on="2026-02-20")
    given.post("/v1/escalation-rules", {"name": "Late", "level": 1, "tell": ["ada@example.com"]})
    mine = UUID(tenant.workspace_id)

    with caplog.at_level(logging.ERROR, "followthrough"):
        # A key that is none cannot be noted.
        worker.step(app.state.engine, {(mine, "no key"): NOW}, duties, at=NOW)  # type: ignore[dict-item]

    assert (count(app, tenant, "announcement"), count(app, tenant, "escalation")) == (1, 1)
    failed = [record for record in caplog.records if record.levelno == logging.ERROR]
    logged = [record.duty for record in failed if record.workspace == str(mine)]  # type: ignore[attr-defined]
    assert logged == ["keep house"]


def test_what_is_overdue_is_announced_although_what_is_due_soon_is_not(
    given: Given, app: FastAPI, tenant: Tenant, caplog: pytest.LogCaptureFixture, duties: worker.Duties
) -> None:
    given.commitment(due_on="2026-02-20")

    with caplog.at_level(logging.CRITICAL, "followthrough"):
        # There is no such day.
        worker.step(app.state.engine, {}, replace(duties, due_soon=timedelta.max), at=NOW)

    assert count(app, tenant, "announcement") == 1


def test_a_store_that_does_not_answer_is_asked_once_in_a_round(
    app: FastAPI, api: Client, cy: Client, caplog: pytest.LogCaptureFixture, duties: worker.Duties
) -> None:
    class Away(Store):
        asked = 0

        @override
        def put(self, key: str, file: object) -> None:
            """It was there once."""

        @override
        def delete(self, key: str) -> None:
            self.asked += 1
            raise StoreUnavailable

    away = Away("file:///nowhere")
    for workspace in (UUID(one.get("/v1/workspace").json()["id"]) for one in (api, cy)):
        with closing(Spool(workspace)) as spool, db.writing(app.state.engine, workspace) as tx:
            spool.add(b"A note.")
            files.keep(tx, away, spool, most=10_000, by=workspace, at=NOW)

    with caplog.at_level(logging.CRITICAL, "followthrough"):
        worker.step(app.state.engine, {}, replace(duties, store=away), at=NOW + timedelta(hours=26))

    assert away.asked == 1


def test_it_stops_at_once_when_asked(url: str, duties: worker.Duties) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=worker.run, args=(url, {}, duties), kwargs={"stop": stop})
    thread.start()

    stop.set()
    thread.join(timeout=10)

    assert not thread.is_alive()


def test_once_asked_to_stop_it_begins_with_no_other_workspace(
    given: Given, app: FastAPI, tenant: Tenant, duties: worker.Duties
) -> None:
    given.draft()
    stop = threading.Event()
    stop.set()

    worker.step(app.state.engine, {}, duties, at=NOW, stop=stop)
    worker.seal_grown(app.state.engine, duties.ring, {}, at=NOW, stop=stop)

    assert count(app, tenant, "checkpoint") == 0


def test_a_database_that_is_away_is_logged_and_tried_again(
    caplog: pytest.LogCaptureFixture, duties: worker.Duties
) -> None:
    stop = threading.Event()
    stop.set()

    with caplog.at_level(logging.ERROR, "followthrough"):
        worker.run("postgresql://nobody@127.0.0.1:1/nowhere", {}, duties, stop=stop)

    assert [record.message for record in caplog.records] == ["the housekeeping failed, and is tried again"]


def test_what_was_written_is_sealed(
    api: Client, given: Given, url: str, duties: worker.Duties, app: FastAPI, tenant: Tenant
) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=worker.run, args=(url, {}, duties), kwargs={"stop": stop})
    thread.start()
    try:
        given.draft()
        began = time.monotonic()
        while api.get("/v1/ledger/checkpoint").status_code != 200 and time.monotonic() < began + 20:
            time.sleep(0.02)
    finally:
        stop.set()
        thread.join()

    assert api.get("/v1/ledger/checkpoint").status_code == 200
    assert count(app, tenant, "checkpoint") > 0


def test_housekeeping_that_takes_long_keeps_no_write_from_being_sealed(
    api: Client, url: str, duties: worker.Duties, tenant: Tenant, owner: psycopg.Connection[Any]
) -> None:
    (key,) = api.get("/v1/api-keys").json()["data"]
    held = owner.execute("SELECT 1 FROM api_key WHERE id = %s FOR UPDATE", [key["id"]])
    seen, stop = {(UUID(tenant.workspace_id), UUID(key["id"])): NOW}, threading.Event()
    thread = threading.Thread(target=worker.run, args=(url, seen, duties), kwargs={"stop": stop})
    thread.start()
    try:
        event = int(api.post("/v1/plans", json={"title": "Late"}).headers["Followthrough-Event"])
        # The housekeeping waits for that row, and gives up after five seconds.
        deadline = time.monotonic() + 4
        while (size := sealed_size(api)) <= event and time.monotonic() < deadline:
            time.sleep(0.02)
    finally:
        stop.set()
        owner.rollback()
        thread.join()

    assert held.rowcount == 1
    assert size > event


def test_a_workspace_that_cannot_be_sealed_is_logged_once_a_minute_and_holds_up_no_other(
    given: Given, app: FastAPI, tenant: Tenant, duties: worker.Duties, caplog: pytest.LogCaptureFixture
) -> None:
    good, broken = UUID(tenant.workspace_id), new_id()
    with db.writing(app.state.engine, broken) as tx:
        operations.create_workspace(tx, name="Broken", timezone="UTC", at=NOW)
    given.draft()
    marks.write_mark(duties.ring.folder, broken, 1, Mark(10**6, b"1" * 32, (signer.public_key(duties.ring.key_path),)))
    told: worker.Told = {}

    with caplog.at_level(logging.ERROR, "followthrough"):
        for seconds in (0, 1, 59, 60, 61):
            worker.seal(app.state.engine, [broken, good], duties.ring, told, at=NOW + timedelta(seconds=seconds))

    lines = [(record.workspace, record.message) for record in caplog.records]  # type: ignore[attr-defined]
    assert [workspace for workspace, _ in lines] == [str(broken)] * 2
    assert all("but a tree of 1000000 was signed" in message for _, message in lines)
    assert count(app, tenant, "checkpoint") == 1


def test_a_database_that_is_away_is_not_complained_of_every_second(
    duties: worker.Duties, caplog: pytest.LogCaptureFixture
) -> None:
    engine, told = db.make_engine("postgresql://nobody@127.0.0.1:1/nowhere"), worker.Told()

    with caplog.at_level(logging.ERROR, "followthrough"):
        for seconds in (0, 1, 2, 60):
            worker.seal_grown(engine, duties.ring, told, at=NOW + timedelta(seconds=seconds))

    assert [record.message for record in caplog.records] == ["the sealing failed, and is tried again"] * 2
