"""A file coming in, beside what writing, hashing and flushing the same bytes takes by itself."""

import os
import re
import time
from collections.abc import Iterator
from hashlib import sha256
from http.client import HTTPConnection
from pathlib import Path
from statistics import median

from data import Tenant
from load import Server, memory_of

MIB = 1024 * 1024
HEAD = "| what | MiB/s | floor | floor MiB/s | of the floor | RSS grown by, MiB |\n|---|---|---|---|---|---|"


def measure_files(server: Server, tenant: Tenant, home: Path, *, size: int, rounds: int) -> None:
    """Print a row: uploads of *size* MiB, one after the other. Subject and floor in turns."""
    _upload(server, tenant, 1)
    before = memory_of(server.pid)
    Path(f"/proc/{server.pid}/clear_refs").write_text("5")
    pairs = [(_writing(home / "floor", size), _upload(server, tenant, size)) for _ in range(rounds)]
    grown = _peak(server.pid) - before
    floor, rate = median(one for one, _ in pairs), median(one for _, one in pairs)
    ratio = median(one / below for below, one in pairs)
    print(
        f"| uploading {size} MiB, one client | {rate:,.0f} | writing and hashing | {floor:,.0f} | **{ratio:.0%}** "
        f"| {grown:.1f} |",
        flush=True,
    )


def _blocks(size: int) -> Iterator[bytes]:
    """Yield a PDF of that many MiB, as far as anybody looks, that nobody has had before."""
    block = b"%PDF-1.7" + os.urandom(64 * 1024 - 8)
    return (block for _ in range(size * MIB // len(block)))


def _writing(path: Path, size: int) -> float:
    """Return how many MiB a second one thread writes, hashes and flushes."""
    started, hashed = time.perf_counter(), sha256()
    with path.open("wb") as file:
        for block in _blocks(size):
            hashed.update(block)
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    took = time.perf_counter() - started
    path.unlink()
    return size / took


def _upload(server: Server, tenant: Tenant, size: int) -> float:
    """Return how many MiB a second a client sends without saying how many there will be."""
    connection = HTTPConnection("127.0.0.1", server.port)
    started = time.perf_counter()
    connection.request("POST", "/v1/files", _blocks(size), tenant.headers)
    answer = connection.getresponse()
    body = answer.read()
    took = time.perf_counter() - started
    connection.close()
    assert answer.status == 201, body
    return size / took


def _peak(pid: int) -> float:
    """Return the most that a process has had in memory, in MiB."""
    found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else 0
