"""A real PostgreSQL from the wheel, migrated; a workspace of its own for each test; a clock that the test holds.

The cast: Ada administers and owns, Bo decides, Chidi works, Vera only looks; Cy is in another workspace.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, settings

from app.core import db, schema
from app.core.config import Settings
from app.core.embedded import Cluster
from app.core.fields import format_instant
from app.core.ids import new_id
from app.main import create_app
from app.workspaces import operations
from tests.client import Client
from tests.given import Given

VERSION = int(os.environ.get("FOLLOWTHROUGH_TEST_POSTGRES", "18"))
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "60"}
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

settings.register_profile("ci", deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
settings.load_profile("ci")


class Clock:
    """The time, as the test says."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def set(self, at: str | datetime) -> None:
        self.now = datetime.fromisoformat(at) if isinstance(at, str) else at

    def __str__(self) -> str:
        return format_instant(self.now)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    # pytest's own temporary folders are closed to the account that PostgreSQL runs as.
    home = Path(tempfile.mkdtemp(prefix="followthrough-", dir="/tmp"))
    home.chmod(0o711)
    running = Cluster.ensure(home / "pg", version=VERSION, settings=FAST)
    running.start()
    yield running
    running.stop()
    shutil.rmtree(home)


@pytest.fixture(scope="session")
def url(cluster: Cluster) -> str:
    """A migrated database, as the role that owns it and is bound by nothing; requests become the application's."""
    url = cluster.url("postgres", "postgres")
    schema.migrate(url)
    return url


@pytest.fixture(scope="session")
def app(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    files = tmp_path_factory.mktemp("files").as_uri()
    given = Settings(_env_file=None, rate_limit=1_000_000, pool_size=16, files_url=files)  # type: ignore[call-arg]
    made = create_app(given, url)
    yield made
    made.state.engine.dispose()


@pytest.fixture(scope="session")
def running(app: FastAPI) -> Iterator[Client]:
    """The application, started."""
    with Client(app) as client:
        yield client


@pytest.fixture
def clock(app: FastAPI) -> Clock:
    app.state.clock = Clock()
    clock: Clock = app.state.clock
    return clock


@dataclass(frozen=True)
class Tenant:
    """A workspace and its first key."""

    key: str
    workspace_id: str


def new_tenant(app: FastAPI, name: str) -> Tenant:
    workspace_id = new_id()
    with db.writing(app.state.engine, workspace_id) as tx:
        made = operations.create_workspace(tx, name=name, timezone="UTC", at=app.state.clock())
    return Tenant(made.secret, str(workspace_id))


@pytest.fixture
def tenant(app: FastAPI, clock: Clock) -> Tenant:
    app.state.clock = clock
    return new_tenant(app, "Ada's shop")


@pytest.fixture
def api(running: Client, tenant: Tenant, clock: Clock) -> Client:
    """A client with a key that may do everything in the test's workspace."""
    return running.with_key(tenant.key, clock)


@pytest.fixture
def given(api: Client) -> Given:
    return Given(api)


@pytest.fixture
def cy(running: Client, app: FastAPI, clock: Clock) -> Client:
    """A client with a key that may do everything in another workspace."""
    return running.with_key(new_tenant(app, "Cy's shop").key, clock)


@pytest.fixture
def owner(url: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A connection as the role that owns the tables."""
    with psycopg.connect(url) as connection:
        yield connection
