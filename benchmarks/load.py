"""Programs under load: servers, wrk, pgbench, and what each costs in processor time and memory."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from tempfile import NamedTemporaryFile
from urllib.error import HTTPError
from urllib.request import Request, urlopen

ROOT = Path(__file__).parents[1]
CLIENTS = 8
_TICK = os.sysconf("SC_CLK_TCK")

_REPORT = """
function done(summary, latency, requests)
  local e = summary.errors
  print(string.format("RESULT %d %d %d %d %d", summary.requests, summary.duration, latency:percentile(50),
    latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end
"""


@dataclass(frozen=True, slots=True)
class Run:
    """One measurement: how many a second, how long each took, and what a request cost in processor time."""

    rate: float
    p50: float = 0
    p99: float = 0
    python_us: float = 0
    postgres_us: float = 0
    rss_mb: float = 0

    @property
    def per_second(self) -> str:
        return f"{self.rate:,.0f}" if self.rate >= 10 else f"{self.rate:.2g}"

    @property
    def latency(self) -> str:
        return f"{self.p50:.1f} / {self.p99:.1f}" if self.p99 else f"{self.p50:.1f} on average"

    @property
    def cost(self) -> str:
        return f"{self.python_us:.0f} / {self.postgres_us:.0f} | {self.rss_mb:.0f}" if self.rss_mb else "|"


@dataclass(frozen=True, slots=True)
class Server:
    """A server process that answers on a port, and the PostgreSQL behind it, if there is one."""

    port: int
    pid: int
    postmaster: int | None

    def ask(
        self, path: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Return the status, the headers and the body of one answer: to a GET or, with a *body*, to a POST."""
        request = Request(f"http://127.0.0.1:{self.port}{path}", body, dict(headers))
        try:
            with urlopen(request) as answer:
                return answer.status, answer.headers, answer.read()
        except HTTPError as error:
            return error.code, error.headers, error.read()


@contextmanager
def serving(*words: str, postmaster: int | None = None, log: Path, **environment: str) -> Iterator[Server]:
    """Run `python *words*`, in which `PORT` stands for a free port, until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, *(word.replace("PORT", str(port)) for word in words)]
    with log.open("ab") as lines:
        process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)} | environment, stdout=lines, stderr=lines
        )
    try:
        _wait_for(port, process, log)
        yield Server(port, process.pid, postmaster)
    finally:
        process.terminate()
        process.wait()


def wrk(server: Server, path: str, headers: Mapping[str, str], *, seconds: int, script: str = "") -> Run:
    """Load *path* with 8 connections, each of which waits for its answer; a *script* makes requests of its own."""
    program = shutil.which("wrk")
    if program is None:
        sys.exit("The load comes from wrk: apt-get install wrk")
    flags = [word for name, value in headers.items() for word in ("-H", f"{name}: {value}")]
    with NamedTemporaryFile("w", suffix=".lua") as lua:
        lua.write(_REPORT + script)
        lua.flush()
        url = f"http://127.0.0.1:{server.port}{path}"
        before = seconds_of(server)
        said = _output(program, "-t1", f"-c{CLIENTS}", f"-d{seconds}s", "--timeout", "30s", "-s", lua.name, *flags, url)
        after = seconds_of(server)
    found = re.search(r"RESULT (\d+) (\d+) (\d+) (\d+) (\d+)", said)
    assert found, said
    requests, microseconds, p50, p99, failures = map(int, found.groups())
    if failures or not requests:
        sys.exit(f"{failures} of {requests} requests to {path} failed.\n{said}")
    costs = [(end - start) * 1e6 / requests for start, end in zip(before, after, strict=True)]
    return Run(requests * 1e6 / microseconds, p50 / 1000, p99 / 1000, *costs, memory_of(server.pid))


def pgbench(program: Path, url: str, scripts: list[Path], values: Mapping[str, str], *, seconds: int) -> Run:
    """Run the scripts, each as often as the others, with 8 clients and statements prepared once.

    What counts are the last *seconds*: before them, each client has to plan the statements of each script.
    """
    first = 1 if len(scripts) == 1 else seconds
    files = [word for script in scripts for word in ("-f", str(script))]
    named = [word for name, value in values.items() for word in ("-D", f"{name}={value}")]
    flags = ("-n", "-Mprepared", f"-c{CLIENTS}", "-j1", f"-T{first + seconds}", "-P1")
    said = _output(str(program), *flags, *files, *named, "-d", url)
    each = re.findall(r"^progress: [\d.]+ s, ([\d.]+) tps, lat ([\d.]+) ms", said, re.MULTILINE)[first:]
    assert each, said
    return Run(mean(float(rate) for rate, _ in each), mean(float(late) for _, late in each))


def _output(*command: str) -> str:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        sys.exit(f"{command[0]} failed:\n{done.stdout[-3000:]}")
    return done.stdout


def _wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
        if process.poll() is not None:
            break
    sys.exit(f"A server did not start:\n{log.read_text()[-3000:]}")


def seconds_of(server: Server) -> tuple[float, float]:
    """Return the processor time that the server and that PostgreSQL with all its processes have had so far."""
    if server.postmaster is None:
        return _times(server.pid)[0], 0.0
    postgres = sum(_times(server.postmaster))
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            if _fields(stat)[1] == str(server.postmaster):
                postgres += _times(int(stat.parent.name))[0]
        except OSError:
            continue
    return _times(server.pid)[0], postgres


def _times(pid: int) -> tuple[float, float]:
    fields = _fields(Path(f"/proc/{pid}/stat"))
    own, children = int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14])
    return own / _TICK, children / _TICK


def _fields(stat: Path) -> list[str]:
    """Return the fields after the name, which may hold anything: state, parent, ..."""
    return stat.read_text().rpartition(")")[2].split()


def memory_of(pid: int) -> float:
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else 0
