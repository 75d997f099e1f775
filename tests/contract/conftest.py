"""A real server on a port, in a thread."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx2
import pytest
import uvicorn
from fastapi import FastAPI

from app.core.config import Settings
from app.main import create_app
from tests.conftest import new_tenant
from tests.contract.readme import session


@dataclass(frozen=True)
class Server:
    app: FastAPI
    address: str

    def key(self) -> str:
        """Return the key of a new workspace, which has lived through the README's session."""
        key = new_tenant(self.app, "Ada's shop").key
        with httpx2.Client(base_url=self.address, headers={"Authorization": f"Bearer {key}"}) as client:
            for step in session():
                client.request(step.method, step.path, json=step.body).raise_for_status()
        return key


@pytest.fixture(scope="session")
def server(url: str) -> Iterator[Server]:
    app = create_app(Settings(_env_file=None, rate_limit=1_000_000), url)  # type: ignore[call-arg]
    running = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None))
    thread = threading.Thread(target=running.run)
    thread.start()
    while not running.started:
        assert thread.is_alive()
        time.sleep(0.01)
    yield Server(app, f"http://127.0.0.1:{running.servers[0].sockets[0].getsockname()[1]}")
    running.should_exit = True
    thread.join()
