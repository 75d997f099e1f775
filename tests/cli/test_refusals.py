"""What is in the way is said in one line with what to do, without a traceback, and the exit code is 1."""

import os
import socket
from pathlib import Path

import psycopg
import pytest

from app.core import schema
from tests.cli.conftest import Run

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("DATABASE_URL", "mysql://user:s3cret@host/name", "has to look like postgresql://"),
        ("DATABASE_URL", "postgresql://user:s3cret@127.0.0.1:1/name", "does not answer"),
        ("DATABASE_URL", "postgresql://user:s3cret@127.0.0.1:port/name", "invalid integer value"),
        ("DATABASE_URL_FILE", "/nowhere/url", "'/nowhere/url'"),
        ("POOL_SIZE", "many", "FOLLOWTHROUGH_POOL_SIZE is wrong"),
    ],
)
def test_a_wrong_setting(run: Run, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str) -> None:
    monkeypatch.delenv("FOLLOWTHROUGH_DATABASE_URL")
    monkeypatch.setenv(f"FOLLOWTHROUGH_{name}", value)

    refused = run("migrate")

    assert refused.code == 1
    assert said in refused.err
    assert refused.err.count("\n") == 1
    assert "s3cret" not in refused.err


def test_a_port_that_is_taken(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = run("serve", "--port", str(taken.getsockname()[1]))

    assert refused.code == 1
    assert "Address already in use. Choose with --host and --port." in refused.err


def test_a_folder_that_cannot_be(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FOLLOWTHROUGH_DATABASE_URL")
    monkeypatch.setenv("FOLLOWTHROUGH_DATA_DIR", "/dev/null/var")

    refused = run("migrate")

    assert (refused.code, refused.err) == (
        1,
        "followthrough: No data can be in /dev/null/var: Not a directory. Set FOLLOWTHROUGH_DATA_DIR.\n",
    )


def test_a_folder_with_other_files(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("FOLLOWTHROUGH_DATABASE_URL")
    (tmp_path / "var" / "postgres").mkdir(parents=True)
    (tmp_path / "var" / "postgres" / "notes.txt").touch()

    refused = run("migrate")

    assert refused.code == 1
    assert refused.err.startswith("followthrough: ")
    assert "Traceback" not in refused.err


def test_a_database_that_is_newer_than_the_code(run: Run, database: str) -> None:
    schema.migrate(database)
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")

    refused = run("overdue")

    assert (
        refused.err == "followthrough: The database is at version 9999, newer than this code: update Followthrough.\n"
    )
    assert refused.code == 1


def test_a_role_that_may_not_migrate(run: Run, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    role = f"weak_{os.getpid()}"
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN".encode())
        monkeypatch.setenv("FOLLOWTHROUGH_DATABASE_URL", database.replace("postgres@", f"{role}@"))

        refused = run("overdue")

        connection.execute(f"DROP ROLE {role}".encode())
    assert refused.code == 1
    assert "run `followthrough migrate` as the role that owns the database" in refused.err
    assert "Traceback" not in refused.err
