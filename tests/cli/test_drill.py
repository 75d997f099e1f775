"""The drill of docs/operations.md: a backup is restored, and nobody can take what follows for what was lost."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from app.core.embedded import Cluster
from app.ledger import note
from tests.cli.conftest import Ran, Run

pytestmark = pytest.mark.both_versions

APPROVAL = {"authority": "Amazon", "received_at": "2026-02-20T17:04:00Z"}


@pytest.fixture
def record(run: Run, workspace: str, write: Callable[[str, Any], str]) -> Callable[[str], Ran]:
    """Record an approved plan of that title."""
    assert workspace
    run("import", write("members.json", [{"name": "Ada", "email": "ada@example.com"}]))

    def record(title: str) -> Ran:
        promise = {"kind": "corrective", "text": "Remove it.", "owner": "ada@example.com", "due_on": "2026-04-01"}
        plan = {"title": title, "commitments": [promise], "approval": APPROVAL}
        done = run("import", write(f"{title}.json", plan))
        assert done.code == 0, done.out
        return done

    return record


@pytest.fixture
def back_up(cluster: Cluster, database: str, tmp_path: Path) -> Callable[[], Callable[[], None]]:
    """Dump the database; what is returned restores it."""

    def program(name: str, *words: str | Path) -> None:
        done = subprocess.run([cluster.bin / name, *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def back_up() -> Callable[[], None]:
        file = tmp_path / "followthrough.dump"
        program("pg_dump", "--format=custom", f"--file={file}", database)

        def restore() -> None:
            name = psycopg.conninfo.conninfo_to_dict(database)["dbname"]
            with psycopg.connect(cluster.url("postgres", "postgres"), autocommit=True) as server:
                server.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
                server.execute(f"CREATE DATABASE {name}".encode())
            program("pg_restore", "--exit-on-error", f"--dbname={database}", file)

        return restore

    return back_up


def checkpoints(database: str) -> list[str]:
    with psycopg.connect(database) as connection:
        return [text for (text,) in connection.execute("SELECT note FROM checkpoint ORDER BY size")]


def test_after_a_restore_nothing_is_signed_until_an_epoch_is_opened(
    run: Run, record: Callable[[str], Ran], back_up: Callable[[], Callable[[], None]], database: str
) -> None:
    record("kept")
    run("seal")
    restore = back_up()
    record("lost")
    run("seal")
    *_, signed_before = checkpoints(database)

    restore()
    record("written instead")

    refused = run("seal")
    assert refused.code == 1
    assert "was signed" in refused.err
    assert "followthrough epoch open" in refused.err
    behind = run("audit")
    assert behind.code == 1
    assert "which the ledger does not have" in behind.out

    assert run("epoch", "open").code == 0
    record("afterwards")
    assert run("seal").code == 0
    clean = run("audit")
    assert clean.code == 0, clean.out
    keys = [note.parse_vkey(line.split()[1]) for line in run("policy").out.splitlines() if line.startswith("log ")]
    old, new = keys
    assert new.name == f"{old.name}/e2"
    assert note.open_note(signed_before, keys)
    *_, signed_after = checkpoints(database)
    assert signed_after.startswith(f"{new.name}\n")
