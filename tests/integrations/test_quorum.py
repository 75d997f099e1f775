"""From a sealed workspace over witnesses in processes of their own to a checkpoint that a policy accepts."""

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.core import db
from app.integrations import outside
from app.integrations.outside import Outside
from app.ledger import note
from app.ledger.policy import Policy, parse_policy
from tests.conftest import NOW
from tests.integrations.conftest import Log
from tests.witness.test_served import start

Started = list[tuple["subprocess.Popen[str]", str, str]]

pytestmark = pytest.mark.slow


@pytest.fixture
def three(log: Log, tmp_path: Path) -> Iterator[Started]:
    """Three witnesses that know the log: process, key, address."""
    log.grow()
    logs = [note.format_vkey(key) for key in log.keys]
    started = [start(tmp_path / name, *logs, name=f"example.com/{name}") for name in ("ada", "bo", "cy")]
    yield started
    for process, _, _ in started:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=10)


def policy(log: Log, three: Started, quorum: str) -> Policy:
    lines = [f"log {note.format_vkey(key)}" for key in log.keys]
    lines += [f"witness {name} {key} {url}" for name, (_, key, url) in zip("abc", three, strict=True)]
    return parse_policy("\n".join([*lines, f"group enough {quorum} a b c", "quorum enough", ""]))


def met(log: Log, asked: Policy) -> bool:
    with db.reading(log.app.state.engine, log.workspace) as read:
        rows = read.execute(sa.text("SELECT line FROM cosignature WHERE size = (SELECT max(size) FROM checkpoint)"))
        signed = read.execute(sa.text("SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1")).scalar_one()
        text = signed + "".join(f"{line}\n" for line in rows.scalars())
    opened = note.open_note(text, asked.keys)
    return asked.is_met([key for key in asked.keys if any(key.claims(one) for one in opened.signatures)])


def test_two_of_three_are_enough_where_two_are_asked_for(log: Log, three: Started) -> None:
    engine, everyone = log.app.state.engine, policy(log, three, "all")
    outside.step(engine, Outside(witnesses=everyone.witnesses), {}, at=NOW)
    assert met(log, everyone)

    three[2][0].send_signal(signal.SIGTERM)
    three[2][0].wait(10)
    log.grow()
    outside.step(engine, Outside(witnesses=everyone.witnesses), {}, at=NOW)

    assert met(log, policy(log, three, "2"))
    assert not met(log, everyone)
