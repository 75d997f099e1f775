"""Housekeeping."""

import logging
import threading
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from app import worker
from app.core import db
from app.core.ids import new_id
from app.ledger import signer
from app.workspaces import operations
from tests.client import Client
from tests.conftest import NOW, Tenant


@pytest.fixture
def duties(tmp_path: Path) -> worker.Duties:
    return worker.Duties(signer.opened(tmp_path / "signer", "log.example"), seal_interval=0.05)


def count(app: FastAPI, tenant: Tenant, table: str) -> int:
    with db.reading(app.state.engine, UUID(tenant.workspace_id)) as read:
        return int(read.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one())


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
    assert [record.workspace for record in caplog.records] == [str(broken)]  # type: ignore[attr-defined]


def test_it_stops_at_once_when_asked(url: str, duties: worker.Duties) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=worker.run, args=(url, {}, duties), kwargs={"stop": stop})
    thread.start()

    stop.set()
    thread.join(timeout=10)

    assert not thread.is_alive()


def test_a_database_that_is_away_is_logged_and_tried_again(
    caplog: pytest.LogCaptureFixture, duties: worker.Duties
) -> None:
    stop = threading.Event()
    stop.set()

    with caplog.at_level(logging.ERROR, "followthrough"):
        worker.run("postgresql://nobody@127.0.0.1:1/nowhere", {}, duties, stop=stop)

    assert [record.message for record in caplog.records] == ["the housekeeping failed, and is tried again"]
