"""The worker's round through all workspaces, in a database of its own."""

import logging
import threading
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import psycopg
import pytest
from fastapi import FastAPI

from app import worker as workers
from app.core import db, schema
from app.core.config import Settings
from app.core.embedded import Cluster
from app.digests import rounds
from app.digests.channels import Post
from app.digests.mail import Server
from app.ledger import signer
from app.main import create_app
from tests.client import Client
from tests.conftest import NOW, Tenant
from tests.digests import offices
from tests.digests.conftest import SENDER
from tests.digests.offices import Office
from tests.given import Given

LATER = NOW.replace(day=3)


@pytest.fixture(scope="module")
def url(cluster: Cluster) -> Iterator[str]:
    with psycopg.connect(cluster.url("postgres", "postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE of_the_digests")
        schema.migrate(cluster.url("postgres", "of_the_digests"))
        yield cluster.url("postgres", "of_the_digests")
        connection.execute("DROP DATABASE of_the_digests WITH (FORCE)")


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
def post(office: Office) -> Post:
    return Post(Server.at(f"smtp://127.0.0.1:{office.port}", sender=SENDER))


def test_each_workspace_has_its_turn_and_a_broken_one_is_logged(
    app: FastAPI, given: Given, cy: Client, tenant: Tenant, post: Post, office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    given.commitment(due_on="2026-02-20")
    Given(cy).commitment(due_on="2026-02-20", owner="chidi")
    with db.writing(app.state.engine, cy_id := _id(cy)) as tx:
        db.run(tx, "UPDATE workspace SET timezone = 'Nowhere/AtAll' WHERE id = %(ws)s", {"ws": cy_id})

    with caplog.at_level(logging.ERROR, "followthrough"):
        rounds.step(app.state.engine, post, clock=lambda: LATER)

    # Those of the other tests are due, too.
    assert set(office.to) == {"Ada Okafor <ada@example.com>"}
    logged = {record.workspace for record in caplog.records if record.name == "followthrough"}  # type: ignore[attr-defined]
    assert str(cy_id) in logged
    assert tenant.workspace_id not in logged


def test_once_asked_to_stop_nothing_more_is_sent(app: FastAPI, given: Given, post: Post, office: Office) -> None:
    given.commitment(due_on="2026-02-20")
    stop = threading.Event()
    stop.set()

    rounds.step(app.state.engine, post, clock=lambda: LATER, stop=stop)

    assert office.mail == []


def test_once_asked_to_stop_no_other_workspace_is_looked_at(app: FastAPI, given: Given, post: Post) -> None:
    given.commitment(due_on="2026-02-20")
    stop, looked = threading.Event(), []

    def clock() -> datetime:
        stop.set()
        looked.append(LATER)
        return LATER

    rounds.step(app.state.engine, post, clock=clock, stop=stop)
    once = len(looked)
    rounds.step(app.state.engine, post, clock=clock, stop=stop)

    assert once == len(looked) > 0


def test_a_mail_server_that_hangs_keeps_nothing_from_being_sealed(
    given: Given, api: Client, url: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "_PAUSE", 0.01)
    given.commitment(due_on="2026-02-20")
    api.patch(f"/v1/digests/{given.member('ada')['id']}", json={"timezone": "UTC"})
    ring = signer.opened(tmp_path_factory.mktemp("signer"), "log.example")
    stop, connected = threading.Event(), threading.Event()
    with offices.silent(connected=connected) as port:
        duties = workers.Duties(
            ring, seal_interval=0.05, post=Post(Server.at(f"smtp://127.0.0.1:{port}", sender=SENDER))
        )
        thread = threading.Thread(target=workers.run, args=(url, {}, duties), kwargs={"stop": stop})
        thread.start()
        try:
            hung = connected.wait(20)
            event = int(api.post("/v1/plans", json={"title": "Late"}).headers["Followthrough-Event"])
            while not stop.wait(0.05) and _sealed(api) <= event:
                pass
        finally:
            stop.set()
            thread.join(10)

    assert hung
    assert not thread.is_alive()


def _id(api: Client) -> UUID:
    return UUID(api.get("/v1/workspace").json()["id"])


def _sealed(api: Client) -> int:
    answer = api.get("/v1/ledger/checkpoint")
    return int(answer.text.splitlines()[1]) if answer.status_code == 200 else 0
