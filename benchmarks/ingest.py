"""Taking in what Amazon sends, in batches, beside what reading and hashing the same bytes takes alone."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from itertools import count, islice
from statistics import median, quantiles
from uuid import UUID

import psycopg
from data import Tenant
from load import Run, Server, memory_of, seconds_of

from app.core import db
from app.core.clock import system_clock
from app.ingest.records import read
from app.workspaces import operations
from app.workspaces.schemas import AccountIn

CLIENTS = 2
GOAL = 2000
"""Notifications a second."""
HEAD = (
    "| what | notifications /s | p50 / p99 ms of a batch | floor | floor /s | of the floor | goal /s "
    "| µs Python / PostgreSQL of each |\n|---|---|---|---|---|---|---|---|"
)
SELLER = "A3TUMBLERS0US1"
_numbers = count()


def measure_ingest(server: Server, url: str, tenant: Tenant, *, seconds: int, rounds: int) -> None:
    """Print a row for each size of a batch. Subject and floor in turns, so that what disturbs one disturbs both."""
    add_account(url, tenant)
    # As autovacuum does within a minute: planned for empty tables, foreign keys are looked up by the wrong index.
    taking_in(server, tenant, 100, seconds=1)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    for size in (100, 500):
        pairs = [
            (reading(size, seconds=seconds), taking_in(server, tenant, size, seconds=seconds)) for _ in range(rounds)
        ]
        run = sorted((run for _, run in pairs), key=lambda one: one.rate)[len(pairs) // 2]
        floor = median(rate for rate, _ in pairs)
        ratio = median(one.rate / below for below, one in pairs)
        missed = "" if run.rate >= GOAL else ", missed"
        print(
            f"| batches of {size}, one workspace, {CLIENTS} clients | {run.rate:,.0f} | {run.latency} "
            f"| reading and hashing | {floor:,.0f} | **{ratio:.0%}** | {GOAL:,}{missed} "
            f"| {run.python_us:.0f} / {run.postgres_us:.0f} |",
            flush=True,
        )


def add_account(url: str, tenant: Tenant) -> None:
    engine = db.make_engine(url)
    new = AccountIn(marketplace="amazon.com", external_id=SELLER, timezone="UTC")
    with db.writing(engine, tenant.id) as tx:
        operations.add_account(tx, new, by=tenant.id, at=system_clock())
    engine.dispose()


def bodies(size: int) -> Iterator[bytes]:
    """Yield batches of notifications, each of which is another fact."""
    while True:
        yield b"[%s]" % b",".join(_notification(next(_numbers)) for _ in range(size))


def _notification(number: int) -> bytes:
    return json.dumps(
        {
            "NotificationVersion": "1.0",
            "NotificationType": "LISTINGS_ITEM_ISSUES_CHANGE",
            "PayloadVersion": "2023-12-13",
            "EventTime": "2026-02-05T18:59:30.194Z",
            "Payload": {
                "SellerId": SELLER,
                "MarketplaceId": "ATVPDKIKX0DER",
                "Asin": f"B{number % 5000:09d}",
                "Sku": f"TUMBLER-{number % 5000}",
                "Severities": ["ERROR", "WARNING"],
                "EnforcementActions": ["SEARCH_SUPPRESSED", "LISTING_SUPPRESSED"],
            },
            "NotificationMetadata": {
                "ApplicationId": "amzn1.sellerapps.app.0e1f6d2c-6a55-4b8e-9c1d-51f2a7c3b9d0",
                "SubscriptionId": "93b098e1-0c42-2f45-93a1-78910a6a8369",
                "PublishTime": "2026-02-05T18:59:48.768Z",
                "NotificationId": str(UUID(int=number)),
            },
        }
    ).encode()


def reading(size: int, *, seconds: int) -> float:
    """Return how many notifications a second are read and hashed by one thread that does nothing else."""
    (body,) = islice(bodies(size), 1)
    started, done = time.perf_counter(), 0
    while time.perf_counter() - started < seconds:
        done += len([one.identity() + one.sha256 for one in read(body)])
    return done / (time.perf_counter() - started)


def taking_in(server: Server, tenant: Tenant, size: int, *, seconds: int) -> Run:
    """Return how many notifications a second clients get rid of that wait for each answer."""
    ready = [list(islice(bodies(size), max(4, 6000 * seconds // size // CLIENTS))) for _ in range(CLIENTS)]
    before, started = seconds_of(server), time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        took = list(pool.map(lambda mine: _send(server, tenant, mine, until=started + seconds), ready))
    elapsed, after = time.perf_counter() - started, seconds_of(server)
    each = [one * 1000 for mine in took for one in mine]
    sent = len(each) * size
    costs = [(end - start) * 1e6 / sent for start, end in zip(before, after, strict=True)]
    return Run(sent / elapsed, median(each), quantiles(each, n=100)[-1], *costs, memory_of(server.pid))


def _send(server: Server, tenant: Tenant, batches: list[bytes], *, until: float) -> list[float]:
    """Return how long each batch took; every message of each has to be recorded."""
    connection = HTTPConnection("127.0.0.1", server.port)
    took = []
    for body in batches:
        started = time.perf_counter()
        connection.request("POST", "/v1/ingest/amazon", body, {**tenant.headers, "Content-Type": "application/json"})
        answer = json.loads(connection.getresponse().read())
        assert answer["recorded"] == len(answer["data"]) > 0, answer
        took.append(time.perf_counter() - started)
        if time.perf_counter() > until:
            break
    connection.close()
    return took
