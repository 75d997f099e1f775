"""`followthrough serve`, as a process of its own on an embedded PostgreSQL of its own."""

import stat
import time
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.cli.conftest import Serve

pytestmark = pytest.mark.slow


def answer(url: str, key: str = "") -> tuple[int, str]:
    try:
        with urlopen(Request(url, headers={"Authorization": f"Bearer {key}"} if key else {}), timeout=10) as response:
            return response.status, response.headers.get("server", "")
    except HTTPError as error:
        return error.code, ""


def test_the_first_start_shows_a_key_that_works_and_keeps_it_privately(serving: Serve, home: Path) -> None:
    with serving() as (process, said, address):
        path = home / "var" / "first-key"
        key = path.read_text().strip()

        assert said.count(key) == 2
        assert f"curl -H 'Authorization: Bearer {key}' {address}/v1/overdue" in said
        assert "PostgreSQL 18 (embedded)" in said
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE((home / "var").stat().st_mode) & 0o066 == 0
        assert [answer(f"{address}{path}", key) for path in ("/healthz", "/readyz", "/v1/overdue")] == [(200, "")] * 3
        assert answer(f"{address}/v1/overdue")[0] == 401
    assert process.returncode == 0
    assert not (home / "var" / "postgres" / "postmaster.pid").exists()


def test_the_second_start_is_quick_and_shows_no_key(serving: Serve, home: Path) -> None:
    with serving():
        key = (home / "var" / "first-key").read_text().strip()
    began = time.monotonic()

    with serving() as (_, said, address):
        took = time.monotonic() - began

        assert answer(f"{address}/readyz") == (200, "")
        assert answer(f"{address}/v1/overdue", key)[0] == 200
        assert "ft_" not in said
        # Under 2 s where nothing else runs; here, other tests do.
        assert took < 10


def test_a_key_left_by_a_crash_is_moved_aside(serving: Serve, home: Path) -> None:
    (home / "var").mkdir(mode=0o711)
    (home / "var" / "first-key").write_text("ft_of_another_database\n")

    with serving() as (_, said, address):
        key = (home / "var" / "first-key").read_text().strip()

        assert key in said
        assert answer(f"{address}/v1/overdue", key)[0] == 200
    (old,) = (home / "var").glob("first-key.*")
    assert old.read_text() == "ft_of_another_database\n"


def test_the_demo_and_the_worker_share_one_database(serving: Serve, home: Path) -> None:
    with serving("serve", "--demo", "--no-worker", "--port", "0") as (_, _, address):
        key = (home / "var" / "demo-key").read_text().strip()
        with serving("worker") as (worker, _, _):
            assert worker.poll() is None

        assert worker.returncode == 0
        assert answer(f"{address}/v1/overdue", key)[0] == 200
    assert not (home / "var" / "first-key").exists()
