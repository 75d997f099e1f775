"""The command line on an empty database of its own, and as a server with an embedded PostgreSQL of its own."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from app.cli import __main__ as cli
from app.core import schema
from app.core.embedded import Cluster


@dataclass(frozen=True)
class Ran:
    """What a command left."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]
ROOT = Path(__file__).parents[2]
Serve = Callable[..., AbstractContextManager[tuple[subprocess.Popen[str], str, str]]]
"""Gives the process, what it said until it served, and its address."""


@pytest.fixture
def database(cluster: Cluster) -> Iterator[str]:
    """The address of an empty database, made and dropped for one test; it has no tables yet."""
    name = f"cli_{uuid4().hex}"
    with psycopg.connect(cluster.url("postgres", "postgres"), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}".encode())
        yield cluster.url("postgres", name)
        server.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def run(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command as the launcher does, on that database."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FOLLOWTHROUGH_DATABASE_URL", database)
    monkeypatch.setenv("FOLLOWTHROUGH_DATA_DIR", str(tmp_path / "var"))

    def run(*words: str) -> Ran:
        with pytest.raises(SystemExit) as left:
            cli.main(list(words))
        said = capsys.readouterr()
        return Ran(int(left.value.code or 0), said.out, said.err)

    return run


@pytest.fixture
def workspace(run: Run, database: str) -> str:
    """The key of the only workspace."""
    schema.migrate(database)
    return run("workspace", "create", "--name", "Ada's shop", "--timezone", "America/Los_Angeles").out.strip()


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, Any], str]:
    """Write a JSON file and return its path."""

    def write(name: str, content: Any) -> str:
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return str(path)

    return write


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that other accounts may pass, which pytest's own are not: root's PostgreSQL is another's."""
    folder = Path(tempfile.mkdtemp(prefix="serve-", dir="/tmp"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def serving(home: Path) -> Serve:
    """Start a server below *home*; in the end, ask it to stop and wait."""

    @contextmanager
    def serve(*words: str, **settings: str) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("FOLLOWTHROUGH_")}
        environment |= {"FOLLOWTHROUGH_DATA_DIR": str(home / "var"), "PYTHONPATH": str(ROOT), **settings}
        command = [sys.executable, "-P", "-m", "app.cli", *(words or ("serve", "--port", "0"))]
        with subprocess.Popen(
            command, cwd=home, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            try:
                assert process.stdout is not None
                said = ""
                while not (found := re.search(r"^(?:Followthrough on (\S+)|Housekeeping)", said, re.MULTILINE)):
                    line = process.stdout.readline()
                    assert line, said
                    said += line
                yield process, said, found[1]
            finally:
                process.send_signal(signal.SIGTERM)
                process.communicate(timeout=30)

    return serve
