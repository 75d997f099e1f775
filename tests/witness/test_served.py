"""The witness as others meet it: over HTTP, in a process of its own."""

import http.client
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from app.ledger import note
from app.witness import server, witness
from tests.witness.test_add_checkpoint import LOG, request, signed

pytestmark = pytest.mark.slow


def start(folder: Path, *logs: str, name: str = "example.com/witness") -> tuple[subprocess.Popen[str], str, str]:
    """Return a process, its key, and its address."""
    arguments = ["witness", "--dir", str(folder), "--name", name, "--port", "0"]
    command = [sys.executable, "-m", "app.cli", *arguments, *(word for log in logs for word in ("--log", log))]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout
    key = process.stdout.readline().split()[1]
    found = re.search(r"http://\S+:\d+", process.stdout.readline())
    assert found
    return process, key, found[0]


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[str, str]]:
    process, key, address = start(tmp_path / "witness", note.format_vkey(LOG.key))
    with process:
        yield key, address
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def post(address: str, body: bytes, path: str = "/add-checkpoint", **headers: str) -> tuple[int, str | None, str]:
    parts = urlsplit(address)
    assert parts.hostname
    with closing(http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)) as connection:
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.getheader("Content-Type"), answer.read().decode()


def test_it_cosigns_over_http(running: tuple[str, str]) -> None:
    key, address = running

    status, _, line = post(address, request(0, 5))

    assert status == 200
    assert note.open_note(signed(5) + line, [note.parse_vkey(key)])
    assert post(address, request(3, 7)) == (409, server.SIZE, "5\n")
    assert post(address, request(5, 7))[0] == 200


def test_what_it_cannot_take_is_answered(running: tuple[str, str]) -> None:
    _, address = running

    assert post(address, b"", path="/elsewhere")[0] == 404
    assert post(address, b"old")[0] == 400
    assert post(address, b"", **{"Content-Length": str(witness.MAX_BYTES + 1)})[0] == 413
    assert post(address, b"", **{"Content-Length": "-1"})[0] == 411


def test_its_key_can_be_printed_and_stays(tmp_path: Path) -> None:
    arguments = [sys.executable, "-m", "app.cli", "witness", "--dir", str(tmp_path), "--print-key"]

    first, second = (subprocess.run(arguments, capture_output=True, text=True, check=True).stdout for _ in "ab")

    assert first == second
    assert note.parse_vkey(first.rstrip("\n")).kind == note.COSIGNATURE


@pytest.mark.parametrize(
    "more", [["--log", "nonsense"], ["--dir", "/proc/nowhere"], ["--port", "1", "--host", "192.0.2.1"]]
)
def test_what_it_cannot_do_it_says(tmp_path: Path, more: list[str]) -> None:
    command = [sys.executable, "-m", "app.cli", "witness", "--dir", str(tmp_path / "one"), *more]

    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)

    assert done.returncode == 1
    assert done.stderr.startswith("followthrough: ")
    assert "Traceback" not in done.stderr
