"""`kill -9`, under write load, of the server and of PostgreSQL: what was acknowledged is there, once, and audits clean.

FOLLOWTHROUGH_KILLS=50 makes it long (scripts/kill.sh).
"""

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

import httpx2
import pytest

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("FOLLOWTHROUGH_KILLS", "2"))
WRITERS = 4


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


class Server:
    """A real server on a data folder of its own, which can be killed and started again."""

    def __init__(self, home: Path) -> None:
        self.data = home / "var"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("FOLLOWTHROUGH_")},
            "FOLLOWTHROUGH_DATA_DIR": str(self.data),
            "FOLLOWTHROUGH_RATE_LIMIT": "1000000",
        }
        self.process: subprocess.Popen[bytes] | None = None

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "app.cli", *words]
        return subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)

    def start(self) -> None:
        command = [sys.executable, "-m", "app.cli", "serve", "--port", str(self.port)]
        with (self.data.parent / "serve.log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)
        deadline = time.monotonic() + 90
        while not self.is_ready():
            assert self.process.poll() is None, (self.data.parent / "serve.log").read_text()
            assert time.monotonic() < deadline, "the server did not come back"
            time.sleep(0.1)

    def is_ready(self) -> bool:
        try:
            return httpx2.get(f"{self.url}/readyz", timeout=2).status_code == 200
        except httpx2.HTTPError:
            return False

    def key(self) -> str:
        return (self.data / "first-key").read_text().strip()

    def kill(self) -> None:
        assert self.process
        self.process.kill()
        self.process.wait()

    def kill_postgres(self) -> None:
        postmaster = int((self.data / "postgres").resolve().joinpath("postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGKILL)

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)


@pytest.fixture
def server() -> Iterator[Server]:
    home = Path(tempfile.mkdtemp(prefix="followthrough-kill-", dir="/tmp"))
    home.chmod(0o711)
    made = Server(home)
    made.start()
    yield made
    made.stop()
    shutil.rmtree((made.data / "postgres").resolve(), ignore_errors=True)
    shutil.rmtree(home, ignore_errors=True)


class Writers:
    """Clients that draft plans and retry each, under one Idempotency-Key, until they know how it went."""

    def __init__(self, server: Server) -> None:
        self.server, self.key = server, server.key()
        self.acknowledged: dict[str, str] = {}
        """The reference of each plan that was acknowledged, by its title."""
        self._stop = threading.Event()
        self._given_up = False
        self._threads = [threading.Thread(target=self._write) for _ in range(WRITERS)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, failed: object, *_: object) -> None:
        self._stop.set()
        self._given_up = bool(failed)
        for thread in self._threads:
            thread.join()

    def _write(self) -> None:
        with httpx2.Client(headers={"Authorization": f"Bearer {self.key}"}, timeout=10) as client:
            while not self._stop.is_set():
                title = str(uuid.uuid4())
                reference = None
                while reference is None and not self._given_up:
                    reference = self._once(client, title)
                self.acknowledged[title] = reference or "unknown"

    def _once(self, client: httpx2.Client, title: str) -> str | None:
        try:
            answer = client.post(
                f"{self.server.url}/v1/plans", json={"title": title}, headers={"Idempotency-Key": title}
            )
        except httpx2.HTTPError:
            time.sleep(0.05)
            return None
        if answer.status_code == 201:
            reference: str = answer.json()["reference"]
            return reference
        assert answer.status_code in (409, 500, 503), answer.text
        time.sleep(0.05)
        return None


@pytest.mark.slow
@pytest.mark.parametrize("who", ["server", "postgres"])
def test_what_was_acknowledged_survives_kill_9(server: Server, who: str) -> None:
    kill: Callable[[], None] = server.kill if who == "server" else server.kill_postgres
    choose = random.Random(1)

    with Writers(server) as writers:
        for _ in range(KILLS):
            time.sleep(choose.uniform(0.5, 1.5))
            kill()
            if who == "server":
                server.start()
            _wait_until(server.is_ready)
        time.sleep(0.5)

    stored = dict(_plans(server, writers.key))
    assert len(writers.acknowledged) > 20 * KILLS
    assert stored == writers.acknowledged
    assert sorted(int(one.removeprefix("POA-")) for one in stored.values()) == list(range(1, len(stored) + 1))
    audit = server.run("audit")
    assert audit.returncode == 0, audit.stdout + audit.stderr


def _wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 90
    while not true():
        assert time.monotonic() < deadline, "the server did not come back"
        time.sleep(0.1)


def _plans(server: Server, key: str) -> Iterator[tuple[str, str]]:
    """Yield title and reference of all plans there are."""
    address: str | None = "/v1/plans?limit=200"
    with httpx2.Client(base_url=server.url, headers={"Authorization": f"Bearer {key}"}) as client:
        while address:
            page = client.get(address).json()
            yield from ((one["title"], one["reference"]) for one in page["data"])
            address = page["next_cursor"] and f"/v1/plans?limit=200&cursor={page['next_cursor']}"
