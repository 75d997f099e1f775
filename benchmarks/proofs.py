"""What proving costs: sealing, the proof of a plan, verifying it, the audit of everything.

Each stands beside what cannot be left out: reading the rows, hashing the bytes, parsing the JSON.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import psycopg
from ledger import Ledger
from load import Server

from app.core import db
from app.core.clock import system_clock
from app.ledger import checkpoint, note, signer
from app.ledger.policy import parse_policy
from app.ledger.signer import Keyring
from app.ledger.verify import verify_bundle
from app.proofs import audit
from app.proofs.audit_seals import Trust

GROWTH = 5
"""Megabytes that ten times as many events may take more."""

HEAD = "| what | ms | floor | floor ms | times the floor | goal |\n|---|---|---|---|---|---|"

_READ = "SELECT seq, body, leaf FROM ledger_event WHERE workspace_id = %s AND plan_id = %s ORDER BY seq"
# Not `ru_maxrss`, which a program inherits from the one that started it.
_PEAK = """
import re, sys
from pathlib import Path
from app.ledger import reader

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024

before = peak()
assert reader.main(["bundle", "--policy", "policy", "--json"]) == 0
print(peak() - before, file=sys.stderr)
"""
_COPY = "COPY (SELECT body FROM ledger_event ORDER BY seq) TO STDOUT (FORMAT binary)"


def compare(
    what: str, subject: Callable[[], object], floor: str, below: Callable[[], object], *, goal: int, rounds: int
) -> None:
    """Print a row: the medians of both, measured in turns, and whether the subject is within *goal* milliseconds."""
    took = [(_milliseconds(subject), _milliseconds(below)) for _ in range(rounds)]
    ours, theirs = (statistics.median(column) for column in zip(*took, strict=True))
    verdict = f"{goal:,} ms{'' if ours <= goal else ', missed'}"
    print(f"| {what} | {ours:,.1f} | {floor} | {theirs:,.1f} | **{ours / theirs:.1f}** | {verdict} |", flush=True)


def _milliseconds(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return (time.perf_counter() - started) * 1000


def megabytes(bundle: bytes, policy: str) -> float:
    """Return what a process that verifies *bundle* takes at most, beyond what it takes before."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "bundle").write_bytes(bundle)
        (folder / "policy").write_text(policy)
        environment = {"PYTHONPATH": str(Path(__file__).parents[1])}
        command = [sys.executable, "-c", _PEAK]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return float(done.stderr)


def sealed(url: str, ledger: Ledger, folder: Path) -> Keyring:
    """Seal the whole ledger, and return who signed it."""
    ring = signer.opened(folder, "localhost")
    engine = db.make_engine(url, pool_size=1)
    assert checkpoint.seal(engine, ledger.tenant.id, ring, at=system_clock())
    engine.dispose()
    return ring


def measure_proofs(server: Server, url: str, ledger: Ledger, ring: Keyring, *, rounds: int) -> None:
    """Print what the proofs of the two plans cost, and what it costs to verify the larger one."""
    with psycopg.connect(url) as connection:
        plans = [
            row[0]
            for row in connection.execute(
                "SELECT plan_id FROM ledger_plan WHERE workspace_id = %s ORDER BY number LIMIT 2", [ledger.tenant.id]
            )
        ]

        def rows(plan: object) -> list[tuple[object, ...]]:
            return connection.execute(_READ, [ledger.tenant.id, plan]).fetchall()

        for number, goal in ((1, 300), (2, 3000)):
            count = len(rows(plans[number - 1]))
            compare(
                f"proof of a plan of {count:,} events, of {ledger.size:,}",
                lambda number=number: server.ask(f"/v1/plans/POA-{number}/proof", ledger.tenant.headers),  # type: ignore[misc]
                "reading its events",
                lambda number=number: rows(plans[number - 1]),  # type: ignore[misc]
                goal=goal,
                rounds=rounds,
            )
        few = len(rows(plans[0]))
    small, bundle = (server.ask(f"/v1/plans/POA-{number}/proof", ledger.tenant.headers)[2] for number in (1, 2))
    keys = signer.verifier_keys(ring, ledger.tenant.id)
    asked = "".join(f"log {note.format_vkey(key)}\n" for key in keys) + "quorum none\n"
    policy = parse_policy(asked)

    def floor() -> None:
        for one in json.loads(bundle)["events"]:
            json.loads(one["event"])
            for _ in one["proof"]:
                sha256(one["event"].encode())

    assert verify_bundle(bundle, policy).valid
    compare(
        f"verifying {count:,} events",
        lambda: verify_bundle(bundle, policy),
        "parsing, and as many hashes",
        floor,
        goal=1000,
        rounds=rounds,
    )
    less, more = megabytes(small, asked), megabytes(bundle, asked)
    verdict = f"{GROWTH} MB more{'' if more - less <= GROWTH else ', missed'}"
    print(
        f"| memory of verifying {count:,} events, {len(bundle) / 2**20:.0f} MB | {more:.1f} MB | of {few:,} events "
        f"| {less:.1f} MB | **{more / less:.1f}** | {verdict} |",
        flush=True,
    )


def measure_audit(url: str, ledger: Ledger, ring: Keyring) -> None:
    """Print what the audit of the whole ledger costs."""
    engine = db.make_engine(url, pool_size=1)

    def run() -> None:
        trust = Trust(signer.verifier_keys(ring, ledger.tenant.id))
        report = audit.check(engine, ledger.tenant.id, trust=trust, progress=lambda *_: None)
        assert report.clean, report.faults

    def floor() -> None:
        hashed = sha256()
        with psycopg.connect(url) as connection, connection.cursor().copy(_COPY) as copy:
            for block in copy:
                hashed.update(block)

    compare(f"audit of {ledger.size:,} events", run, "reading and hashing them", floor, goal=60_000, rounds=1)
    engine.dispose()
