"""A real server on a port, in a thread. Its workspace has lived through the README's session."""

import threading
import time
from collections.abc import Iterator

import httpx2
import pytest
import uvicorn

from app.core.config import Settings
from app.main import create_app
from tests.conftest import new_tenant
from tests.contract.readme import session


@pytest.fixture(scope="session")
def server(url: str) -> Iterator[tuple[str, str]]:
    """The address of a server, and a key."""
    app = create_app(Settings(_env_file=None, rate_limit=1_000_000), url)  # type: ignore[call-arg]
    running = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None))
    thread = threading.Thread(target=running.run)
    thread.start()
    while not running.started:
        assert thread.is_alive()
        time.sleep(0.01)
    address = f"http://127.0.0.1:{running.servers[0].sockets[0].getsockname()[1]}"
    key = new_tenant(app, "Ada's shop").key
    for step in session():
        headers = {"Authorization": f"Bearer {key}"}
        httpx2.request(step.method, address + step.path, json=step.body, headers=headers).raise_for_status()
    yield address, key
    running.should_exit = True
    thread.join()
