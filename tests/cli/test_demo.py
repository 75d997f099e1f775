"""`followthrough demo`."""

import json
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from app import worker
from app.cli import demo
from app.core import db, schema
from tests.cli.conftest import Run

pytestmark = pytest.mark.slow

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def test_it_has_something_overdue_something_late_and_a_past(run: Run, tmp_path: Path) -> None:
    loaded = run("demo")

    now = json.loads(run("overdue", "--json").out)
    then = json.loads(run("overdue", "--json", "--as-of", "2020-01-01T00:00:00Z").out)
    assert loaded.out == (tmp_path / "var" / "demo-key").read_text()
    assert stat.S_IMODE((tmp_path / "var" / "demo-key").stat().st_mode) == 0o600
    assert 5 <= len(now["data"]) <= 20
    assert {item["state"] for item in now["data"]} == {"open", "in_progress"}
    assert then["data"] == []
    assert run("audit").code == 0


def test_it_is_loaded_once(run: Run) -> None:
    run("demo")

    again = run("demo")

    assert (again.code, again.out) == (0, "")
    assert "there already" in again.err


def test_the_same_instant_gives_the_same_workspace(run: Run, database: str) -> None:
    schema.migrate(database)
    engine = db.make_engine(database, pool_size=1)
    kept: list[str] = []

    key = demo.load(engine, at=AT, keep=kept.append)

    engine.dispose()
    overdue = json.loads(run("overdue", "--json", "--as-of", "2026-03-02T09:30:00Z").out)["data"]
    assert kept == [key]
    assert [(one["reference"], one["days_overdue"]) for one in overdue] == [
        ("POA-1.2", 96),
        ("POA-2.3", 19),
        ("POA-1.4.4", 18),
        ("POA-2.4.4", 16),
        ("POA-3.4.5", 8),
        ("POA-3.2", 6),
        ("POA-3.4.9", 4),
        ("POA-2.4.6", 2),
        ("POA-3.4.12", 1),
    ]


def test_nothing_in_it_happens_after_the_instant(database: str) -> None:
    schema.migrate(database)
    engine = db.make_engine(database, pool_size=1)

    demo.load(engine, at=AT, keep=str)

    with db.reading(engine, demo.WORKSPACE) as read:
        last = read.execute(sa.text("SELECT last_at FROM ledger_head")).scalar_one()
    engine.dispose()
    assert last <= AT


def test_something_in_it_stands_escalated(database: str) -> None:
    schema.migrate(database)
    engine = db.make_engine(database, pool_size=1)

    demo.load(engine, at=AT, keep=str)
    worker.escalate(engine, demo.WORKSPACE, at=AT)

    with db.reading(engine, demo.WORKSPACE) as read:
        levels = read.scalars(sa.text("SELECT level FROM escalation WHERE left_at IS NULL")).all()
    engine.dispose()
    assert levels == [3]
