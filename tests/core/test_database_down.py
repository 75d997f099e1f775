"""While the database is away the server says so, and goes on by itself when it is back."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core import schema
from app.core.config import Settings
from app.core.embedded import Cluster
from app.main import create_app
from tests.client import Client
from tests.conftest import FAST, VERSION, Clock, new_tenant

pytestmark = [pytest.mark.slow, pytest.mark.both_versions]

PATHS = ("/v1/workspace", "/v1/overdue", "/v1/events")


@pytest.fixture
def spare() -> Iterator[Cluster]:
    """A server that may be stopped."""
    home = Path(tempfile.mkdtemp(prefix="followthrough-", dir="/tmp"))
    home.chmod(0o711)
    cluster = Cluster.ensure(home / "pg", version=VERSION, settings=FAST)
    cluster.start()
    yield cluster
    cluster.stop()
    shutil.rmtree(home)


def test_the_server_outlives_its_database(spare: Cluster) -> None:
    url = spare.url("postgres", "postgres")
    app = create_app(Settings(_env_file=None, pool_size=2), url, clock=Clock())  # type: ignore[call-arg]
    with Client(app) as anyone:
        assert (
            anyone.get("/readyz").text
            == "migrate: the database is at None, this version needs " + str(schema.head()) + "\n"
        )
        schema.migrate(url)
        assert anyone.get("/readyz").status_code == 200
        api = anyone.with_key(new_tenant(app, "Ada's shop").key)
        assert [api.get(path).status_code for path in PATHS] == [200] * 3

        spare.stop()

        for path in PATHS * 2:
            answer = api.get(path)
            assert (answer.status_code, answer.json()["type"]) == (503, "/problems/unavailable"), path
            assert answer.headers["retry-after"] == "2"
            assert str(spare.socket_dir) not in answer.text
        assert api.post("/v1/members", json={"name": "Dee", "email": "dee@example.com"}).status_code == 503
        assert (api.get("/readyz").status_code, api.get("/healthz").status_code) == (503, 200)

        spare.start()

        assert [api.get(path).status_code for path in PATHS] == [200] * 3
        assert api.get("/readyz").text == "ready\n"
