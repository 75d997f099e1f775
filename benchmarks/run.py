# ruff: noqa: E402 - the code to measure is that of this checkout, found through the path
"""What a request costs, beside the floor under it, measured in the same minute.

make bench            about eleven minutes
make bench QUICK=1    about one: shows that it runs, not how fast it is
"""

import json
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import files
import ingest
import items
import proofs
import report
from data import PER_PLAN, Tenant, create_database, fill
from floors import as_script, sent_by
from ledger import make_ledger
from load import CLIENTS, Run, Server, pgbench, serving, wrk
from stale import look_for_stale_answers
from writes import Blocks, Writes

from app.core.embedded import Cluster

QUICK = os.environ.get("QUICK", "") not in ("", "0")
SECONDS, ROUNDS = (1, 1) if QUICK else (4, 3)
MANY, FEW, HUGE = (10_000, 1_000, 50_000) if QUICK else (100_000, 10_000, 3_000_000)
LEDGER = 20_000 if QUICK else 1_000_000
NOTICES = 100_000
REPORTED = 20_000 if QUICK else 1_000_000
SPREAD = 64

SAME = 67
"""Percent of the rate that is left where the cost is 1.5 times as high."""

HEAD = (
    "| what | /s | p50 / p99 ms | floor | floor /s | of the floor | goal | µs Python / PostgreSQL | RSS MB |\n"
    "|---|---|---|---|---|---|---|---|---|"
)

_ANEW = """
local asked = math.random(1, 400000)
function request()
  asked = asked + 1
  return wrk.format("GET", string.format("%s.%%06dZ", asked))
end
"""
_asked = count()

Measure = Callable[[], Run]


@dataclass(frozen=True, slots=True)
class Floor:
    """What a measure is held against, and the percentage to reach, if one is set."""

    name: str
    measure: Measure
    goal: int | None = None


@dataclass(slots=True)
class Bench:
    """A PostgreSQL of its own, as durable as the embedded one always is."""

    home: Path
    cluster: Cluster
    notes: list[str] = field(default_factory=list)

    @property
    def postmaster(self) -> int:
        return int((self.cluster.data_dir / "postmaster.pid").read_text().split()[0])

    @property
    def log(self) -> Path:
        return self.cluster.data_dir / "postgres.log"

    @property
    def program(self) -> Path:
        return self.cluster.bin / "pgbench"

    def url(self, database: str) -> str:
        return self.cluster.url("postgres", database)

    def filled(self, database: str, *sizes: int, open_share: int = 50, evidence: bool = True) -> list[Tenant]:
        started = time.monotonic()
        create_database(self.url("postgres"), database)
        tenants = fill(self.url(database), *sizes, open_share=open_share, evidence=evidence)
        _note(f"{sum(sizes):,} commitments filled in, {time.monotonic() - started:.0f} s")
        return tenants

    @contextmanager
    def server(self, database: str) -> Iterator[Server]:
        """Serve as `make run` does, with a larger quota, and with the housekeeping left to nobody."""
        environment = {
            "FOLLOWTHROUGH_DATABASE_URL": self.url(database),
            "FOLLOWTHROUGH_DATA_DIR": str(self.home),
            "FOLLOWTHROUGH_RATE_LIMIT": "1000000",
        }
        log = self.home / "server.log"
        words = ("-m", "app.cli", "serve", "--no-worker", "--port", "PORT")
        with serving(*words, postmaster=self.postmaster, log=log, **environment) as up:
            yield up

    @contextmanager
    def floor(self, body: bytes) -> Iterator[Server]:
        page = self.home / "page.json"
        page.write_bytes(body)
        with serving("benchmarks/floors.py", "PORT", str(page), log=self.home / "floor.log") as up:
            yield up

    def same_statements(self, database: str, request: Callable[[], object]) -> Measure:
        """Return the measure of pgbench sending what the server sends PostgreSQL for *request*."""
        url = self.url(database)
        request()  # what a driver asks about types is asked once
        script, variables = as_script(sent_by(request, url, self.log), {}, {})
        path = self.home / f"{len(list(self.home.glob('*.sql')))}.sql"
        path.write_text(script)
        return lambda: pgbench(self.program, url, [path], variables, seconds=SECONDS)

    def compare(self, what: str, subject: Measure, floors: list[Floor]) -> None:
        """Print a row for each floor. All are measured in turns, so that what disturbs one disturbs the others too."""
        rounds = [([floor.measure() for floor in floors], subject()) for _ in range(ROUNDS)]
        run = _middle([run for _, run in rounds])
        for index, floor in enumerate(floors):
            ratio = median(run.rate / below[index].rate for below, run in rounds)
            below = _middle([below[index] for below, _ in rounds])
            goal = "" if floor.goal is None else f"{floor.goal} %{'' if ratio * 100 >= floor.goal else ', missed'}"
            print(
                f"| {what} | {run.per_second} | {run.latency} | {floor.name} | {below.per_second} "
                f"| **{ratio:.0%}** | {goal} | {run.cost} |",
                flush=True,
            )


def _middle(runs: list[Run]) -> Run:
    return sorted(runs, key=lambda run: run.rate)[len(runs) // 2]


def unchanged(server: Server, headers: dict[str, str]) -> Run:
    """Measure polls answered 304: all of them, or it is measured again, as when a quarter of an hour began."""
    while True:
        tag = {"If-None-Match": server.ask("/v1/overdue", headers)[1]["ETag"]}
        run = wrk(server, "/v1/overdue", headers | tag, seconds=SECONDS)
        if server.ask("/v1/overdue", headers | tag)[0] == 304:
            return run


def as_of_next() -> str:
    """Return a question that nobody has asked: what will be overdue at another instant of tomorrow."""
    return f"/v1/overdue?as_of={datetime.now(UTC).date() + timedelta(days=1)}T00:00:00.{next(_asked):06d}Z"


def anew(server: Server, headers: dict[str, str]) -> Run:
    """Measure pages that are read anew: no two requests ask the same, so no page is kept for the second."""
    script = _ANEW % as_of_next().rpartition(".")[0]
    return wrk(server, "/", headers, seconds=SECONDS, script=script)


def second_pages(server: Server, headers: dict[str, str]) -> Run:
    """Measure one client that turns to the second page, however long that takes; a failure is a rate of 0."""
    took: list[float] = []
    while sum(took) < SECONDS:
        # Each first page has a cursor of its own instant, so no second page is kept for the next.
        cursor = json.loads(server.ask("/v1/overdue", headers)[2])["next_cursor"]
        started = time.monotonic()
        status, *_ = server.ask(f"/v1/overdue?cursor={cursor}", headers)
        took.append(time.monotonic() - started)
        if status != 200:
            return Run(0)
    return Run(1 / median(took), median(took) * 1000, max(took) * 1000)


def measure_polls(bench: Bench) -> None:
    headers = bench.filled("polls", MANY)[0].headers
    with bench.server("polls") as server:
        _, known, body = server.ask("/v1/overdue", headers)
        tag = {"If-None-Match": known["ETag"]}
        page_sql = bench.same_statements("polls", lambda: server.ask(as_of_next(), headers))
        poll_sql = bench.same_statements("polls", lambda: server.ask("/v1/overdue", headers | tag))
        with bench.floor(body) as floor:
            bench.compare(
                "poll, unchanged: 304",
                lambda: unchanged(server, headers),
                [
                    Floor("FastAPI, 304", lambda: wrk(floor, "/unchanged", {}, seconds=SECONDS), 35),
                    Floor("pgbench", poll_sql),
                ],
            )
            same_bytes = Floor("FastAPI, same bytes", lambda: wrk(floor, "/page", {}, seconds=SECONDS), 20)
            bench.compare(
                "page of 50 that others ask for too",
                lambda: wrk(server, "/v1/overdue", headers, seconds=SECONDS),
                [same_bytes],
            )
            bench.compare(
                "page of 50, read anew", lambda: anew(server, headers), [same_bytes, Floor("pgbench", page_sql)]
            )
        check_freshness(bench, server, headers)


def check_freshness(bench: Bench, server: Server, headers: dict[str, str]) -> None:
    verdict = look_for_stale_answers(server, headers, seconds=2 * SECONDS, plans=MANY // PER_PLAN)
    bench.notes.append(
        f"Never stale: {verdict.unchanged:,} answers 304 and {verdict.pages:,} pages while {verdict.writes:,} "
        f"completions were acknowledged; {len(verdict.stale)} of them stale."
    )
    if verdict.stale or not verdict.unchanged or not verdict.writes:
        sys.exit(f"{bench.notes[-1]} {verdict.stale[:5]}")


def measure_writes(bench: Bench) -> None:
    small = MANY // 100
    # pgbench cannot compute hashes, so what it has written to no server may write to again.
    sizes = [MANY, MANY // 2, MANY // 2, MANY // 2, *[small] * SPREAD, *[3 * small] * SPREAD]
    hot, floor, floor_once, floor_plans, *spread = bench.filled("writes", *sizes, open_share=100)
    with bench.server("writes") as server:
        through = Writes(server, bench.url("writes"), bench.log, bench.home, bench.program, SECONDS)
        blocks = Blocks(MANY, 2 * ROUNDS)
        for what, subject, below in (
            (
                "completing, one workspace",
                through.completing([hot], blocks, once=False),
                through.same_completing([floor], Blocks(MANY // 2, ROUNDS), once=False),
            ),
            (
                "the same with Idempotency-Key",
                through.completing([hot], blocks, once=True),
                through.same_completing([floor_once], Blocks(MANY // 2, ROUNDS), once=True),
            ),
            (
                f"completing, {SPREAD} workspaces",
                through.completing(spread[:SPREAD], Blocks(small, ROUNDS), once=False),
                through.same_completing(spread[SPREAD:], Blocks(3 * small, ROUNDS), once=False),
            ),
        ):
            bench.compare(what, subject, [Floor("pgbench", below, 25)])
        bench.compare(
            "recording a plan of 3, one workspace",
            through.recording(hot),
            [Floor("pgbench", through.same_recording(floor_plans))],
        )


def measure_sizes(bench: Bench) -> None:
    """Two databases, as the indexes of one would be as deep for the small workspace as for the large one."""
    few = bench.filled("few", FEW, evidence=False)[0].headers
    huge = bench.filled("huge", HUGE, evidence=False)[0].headers
    name = f"at {FEW:,}"
    with bench.server("few") as small, bench.server("huge") as large:
        bench.compare(
            f"first page at {HUGE:,}, read anew",
            lambda: anew(large, huge),
            [Floor(name, lambda: anew(small, few), SAME)],
        )
        bench.compare(
            f"its statements at {HUGE:,}, pgbench",
            bench.same_statements("huge", lambda: large.ask(as_of_next(), huge)),
            [Floor(name, bench.same_statements("few", lambda: small.ask(as_of_next(), few)), SAME)],
        )
        bench.compare(
            f"second page at {HUGE:,}, 1 client",
            lambda: second_pages(large, huge),
            [Floor(name, lambda: second_pages(small, few), SAME)],
        )


def measure_ingest(bench: Bench) -> None:
    (tenant,) = bench.filled("ingest", FEW, evidence=False)
    print(f"\n{ingest.HEAD}", flush=True)
    with bench.server("ingest") as server:
        ingest.measure_ingest(server, bench.url("ingest"), tenant, seconds=SECONDS, rounds=ROUNDS)


def measure_files(bench: Bench) -> None:
    (tenant,) = bench.filled("files", FEW, evidence=False)
    print(f"\n{files.HEAD}", flush=True)
    with bench.server("files") as server:
        files.measure_files(server, tenant, bench.home, size=10 if QUICK else 100, rounds=ROUNDS)


def measure_items(bench: Bench) -> None:
    tenant = bench.filled("items", 0)[0]
    url = bench.url("items")
    items.fill(url, tenant, notices=NOTICES)
    print(f"\n{proofs.HEAD}", flush=True)
    with bench.server("items") as server:
        items.measure(
            server,
            tenant,
            url,
            bench.floor,
            lambda request: sent_by(request, url, bench.log),
            notices=NOTICES,
            rounds=50 * ROUNDS,
        )


def measure_report(bench: Bench) -> None:
    tenant = bench.filled("report", REPORTED, evidence=False)[0]
    url = bench.url("report")
    report.fill(url, tenant)
    print(f"\n{proofs.HEAD}", flush=True)
    with bench.server("report") as server:
        report.measure(server, tenant, url, commitments=REPORTED, rounds=3 * ROUNDS)


def measure_proving(bench: Bench) -> None:
    """A ledger of a million events; its time stamps are those of START, so no announcement comes between."""
    create_database(bench.url("postgres"), "ledger")
    started = time.monotonic()
    large = make_ledger(bench.url("ledger"), LEDGER, others=LEDGER // 1000)
    _note(f"{LEDGER:,} events filled in, {time.monotonic() - started:.0f} s")
    started = time.monotonic()
    ring = proofs.sealed(bench.url("ledger"), large, bench.home / "signer")
    bench.notes.append(f"Sealing {LEDGER:,} events for the first time took {time.monotonic() - started:.1f} s.")
    print(f"\n{proofs.HEAD}", flush=True)
    with bench.server("ledger") as server:
        proofs.measure_proofs(server, bench.url("ledger"), large, ring, rounds=2 * ROUNDS - 1)
    proofs.measure_audit(bench.url("ledger"), large, ring)


def environment(home: Path) -> str:
    """Return what the figures depend on: the machine, what else it does, and how long its disk takes to be sure."""
    with (home / "disk").open("wb", buffering=0) as file:
        started = time.monotonic()
        for _ in range(100):
            file.write(bytes(8192))
            os.fdatasync(file.fileno())
        took = (time.monotonic() - started) / 100
    return (
        f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, fdatasync {took * 1e6:.0f} µs, "
        f"Python {platform.python_version()}, {MANY:,} commitments, {CLIENTS} clients, "
        f"median of {ROUNDS} ratios from runs of {SECONDS} s"
    )


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> None:
    home = Path(tempfile.mkdtemp(prefix="followthrough-bench-", dir=os.environ.get("BENCH_DIR")))
    home.chmod(0o711)
    cluster = Cluster.ensure(home / "pg")
    cluster.start()
    try:
        bench = Bench(home, cluster)
        print(f"{environment(home)}\n\n{HEAD}", flush=True)
        for measure in (
            measure_polls,
            measure_writes,
            measure_sizes,
            measure_ingest,
            measure_files,
            measure_items,
            measure_report,
            measure_proving,
        ):
            measure(bench)
        print("", *bench.notes, f"Load at the end: {os.getloadavg()[0]:.1f}", sep="\n")
    except BaseException:
        _note(f"The logs are in {home}; remove it, and {cluster.data_dir}.")
        raise
    finally:
        cluster.stop()
    shutil.rmtree(cluster.data_dir)
    shutil.rmtree(home)


if __name__ == "__main__":
    main()
