"""How long after a write a checkpoint covers it, asked of a real server from outside."""

import json
import time
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.cli.conftest import Serve

pytestmark = pytest.mark.slow


def sealed_size(address: str, key: str) -> int:
    """Return how many events the newest checkpoint covers."""
    asked = Request(f"{address}/v1/ledger/checkpoint", headers={"Authorization": f"Bearer {key}"})
    try:
        with urlopen(asked, timeout=10) as answer:
            return int(answer.read().splitlines()[1])
    except HTTPError as error:
        if error.code != 409:
            raise
        return 0


def seconds_until_sealed(address: str, key: str) -> float:
    """Write, and return how long after the answer a checkpoint that covers the write was served."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    write = Request(f"{address}/v1/plans", json.dumps({"title": "Late shipments"}).encode(), headers)
    with urlopen(write, timeout=10) as answer:
        event = int(answer.headers["Followthrough-Event"])
    began = time.monotonic()
    while sealed_size(address, key) <= event:
        assert time.monotonic() < began + 30
        time.sleep(0.01)
    return time.monotonic() - began


def measured(serving: Serve, home: Path, *, writes: int, **settings: str) -> list[float]:
    """Return how long each of some writes was not sealed, the shortest first.

    Each but the first comes just after a seal: it waits as long as any write does that comes alone.
    """
    with serving(**settings) as (_, _, address):
        key = (home / "var" / "first-key").read_text().strip()
        seconds_until_sealed(address, key)
        return sorted(seconds_until_sealed(address, key) for _ in range(writes))


def test_a_write_is_sealed_within_a_second(serving: Serve, home: Path) -> None:
    took = measured(serving, home, writes=12)

    # One may come late, as other tests run beside it.
    assert took[-2] < 1, took


def test_how_long_that_takes_can_be_set(serving: Serve, home: Path) -> None:
    rarely = measured(serving, home, writes=2, FOLLOWTHROUGH_SEAL_INTERVAL="3")
    often = measured(serving, home, writes=12, FOLLOWTHROUGH_SEAL_INTERVAL="0.05")

    assert rarely[0] > 2, rarely
    assert often[len(often) // 2] < 0.4, often
