"""Uploads: `kill -9` leaves no half file and no evidence without its file; memory stays flat."""

import os
import random
import threading
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.durability.test_kill import KILLS, Server, server
from tests.files.samples import PDF

__all__ = ["server"]

MIB = 1024 * 1024
GROWTH = 20 * MIB


def client(server: Server) -> httpx2.Client:
    headers = {"Authorization": f"Bearer {server.key()}"}
    return httpx2.Client(base_url=server.url, headers=headers, timeout=60)


def pdf(size: int) -> Iterator[bytes]:
    """Yield a PDF, as far as anybody looks, that nobody has had before."""
    block = os.urandom(64 * 1024)
    yield PDF
    for _ in range(size // len(block)):
        yield block


def promise(api: httpx2.Client) -> None:
    ada = {"name": "Ada Okafor", "email": "ada@example.com"}
    approval = {"authority": "Amazon", "received_at": "2026-02-20T17:04:00Z"}
    promised = {"kind": "corrective", "text": "Remove them.", "owner": ada["email"], "due_on": "2026-04-01"}
    plan = {"title": "Late", "timezone": "UTC", "commitments": [promised], "approval": approval}
    assert api.post("/v1/members", json=ada).status_code == 201
    assert api.post("/v1/plans", json=plan).status_code == 201


def listed(api: httpx2.Client) -> Iterator[str]:
    """Yield the hashes of all evidence, page by page."""
    cursor: dict[str, str] = {}
    while True:
        page = api.get("/v1/commitments/POA-1.1/evidence", params={"limit": 200, **cursor}).json()
        yield from (one["sha256"] for one in page["data"])
        if not page["has_more"]:
            return
        cursor = {"cursor": page["next_cursor"]}


class Filing(threading.Thread):
    """Uploads files and adds each as evidence, as fast as it can, whatever happens to the server."""

    def __init__(self, server: Server) -> None:
        super().__init__()
        self.server, self.stop, self.acknowledged = server, threading.Event(), list[str]()

    def run(self) -> None:
        with client(self.server) as api:
            while not self.stop.is_set():
                try:
                    self._file(api)
                except httpx2.HTTPError:
                    time.sleep(0.05)

    def _file(self, api: httpx2.Client) -> None:
        made = api.post("/v1/files", content=pdf(4 * MIB))
        if made.is_success:
            filed = {"kind": "file", "sha256": made.json()["sha256"], "name": "a.pdf"}
            if api.post("/v1/commitments/POA-1.1/evidence", json=filed).is_success:
                self.acknowledged.append(filed["sha256"])


@pytest.mark.slow
def test_kill_9_leaves_no_evidence_without_its_file_and_no_half_file(server: Server) -> None:
    choose = random.Random(2)
    with client(server) as api:
        promise(api)
    filing = Filing(server)
    filing.start()

    for _ in range(KILLS):
        time.sleep(choose.uniform(0.3, 1.2))
        server.kill()
        server.start()
    time.sleep(0.5)
    filing.stop.set()
    filing.join()

    with client(server) as api:
        pieces = list(listed(api))
        served = [sha256(api.get(f"/v1/files/{one}").content).hexdigest() for one in pieces]
    assert len(filing.acknowledged) > KILLS
    assert set(filing.acknowledged) <= set(pieces)
    assert served == pieces
    stored = [path for path in (server.data / "files").glob("*/*") if "#" not in path.name]
    assert all(sha256(path.read_bytes()).hexdigest() == path.name for path in stored)
    audit = server.run("audit")
    assert audit.returncode == 0, audit.stdout + audit.stderr


def memory(server: Server, name: str) -> int:
    """Return what the server's process has of `VmRSS` or, at most so far, of `VmHWM`: bytes."""
    assert server.process
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith(f"{name}:"))) * 1024


@pytest.mark.slow
def test_memory_is_flat_while_100_mib_come_in_and_go_out(server: Server) -> None:
    with client(server) as api:
        # The libraries that the first request loads.
        small: Any = api.post("/v1/files", content=pdf(MIB)).json()
        api.get(f"/v1/files/{small['sha256']}")
        before = memory(server, "VmRSS")
        assert server.process
        Path(f"/proc/{server.process.pid}/clear_refs").write_text("5")

        made = api.post("/v1/files", content=pdf(99 * MIB))
        uploading = memory(server, "VmHWM") - before
        with api.stream("GET", made.headers["location"]) as answer:
            size = sum(len(block) for block in answer.iter_bytes())
        downloading = memory(server, "VmHWM") - before

    print(f"grown by {uploading / MIB:.1f} MiB uploading, by {downloading / MIB:.1f} MiB downloading")  # noqa: T201
    assert size == made.json()["size"] > 98 * MIB
    assert max(uploading, downloading) < GROWTH
