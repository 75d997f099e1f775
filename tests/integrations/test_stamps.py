"""The newest checkpoint is stamped by an authority outside, once an interval, if anything was sealed since."""

import subprocess
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.core import db
from app.integrations import stamps
from app.integrations.outgoing import Unusable
from app.ledger.timestamp import check_timestamp
from tests.conftest import NOW
from tests.integrations.conftest import REPLY, Answers, Authority, Log

HOUR = timedelta(hours=1)


def stamp(log: Log, tsa: Answers, *, after: timedelta = timedelta(0)) -> int | None:
    return stamps.step(log.app.state.engine, log.workspace, tsa.url, interval=HOUR, at=NOW + after)


def stored(log: Log) -> list[tuple[int, bytes]]:
    with db.reading(log.app.state.engine, log.workspace) as read:
        rows = read.execute(sa.text("SELECT size, token FROM timestamp_token ORDER BY size")).all()
    return [(row.size, row.token) for row in rows]


def test_a_checkpoint_is_stamped(log: Log, tsa: Answers, authority: Authority) -> None:
    sealed = log.grow()

    assert stamp(log, tsa) == sealed.size

    ((size, token),) = stored(log)
    assert size == sealed.size
    assert check_timestamp(token, imprint=sha256(sealed.note.encode()).digest(), roots=[authority.root])


def test_openssl_finds_the_stamp_good_too(log: Log, tsa: Answers, authority: Authority, tmp_path: Path) -> None:
    sealed = log.grow()
    stamp(log, tsa)
    (tmp_path / "note").write_text(sealed.note)
    (tmp_path / "token").write_bytes(stored(log)[0][1])

    command = ["openssl", "ts", "-verify", "-data", "note", "-in", "token", "-CAfile", authority.folder / "root.pem"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert "Verification: OK" in done.stdout + done.stderr


def test_nothing_sealed_is_nothing_to_stamp(log: Log, tsa: Answers) -> None:
    assert stamp(log, tsa) is None
    assert tsa.asked == []


def test_a_stamped_checkpoint_is_not_stamped_again(log: Log, tsa: Answers) -> None:
    sealed = log.grow()
    stamp(log, tsa)

    assert stamp(log, tsa, after=10 * HOUR) == sealed.size
    assert len(tsa.asked) == 1


def test_the_next_one_waits_for_an_interval_to_pass(log: Log, tsa: Answers) -> None:
    first = log.grow()
    stamp(log, tsa)
    second = log.grow()

    assert stamp(log, tsa, after=HOUR - timedelta(seconds=1)) is None
    assert stamp(log, tsa, after=HOUR) == second.size
    assert [size for size, _ in stored(log)] == [first.size, second.size]


def test_an_answer_that_is_no_stamp_is_not_kept_and_asked_for_again(
    log: Log, tsa: Answers, authority: Authority
) -> None:
    sealed = log.grow()
    old = authority.reply(tsa_query(b"another note"))
    same = authority.reply(tsa_query(sealed.note.encode()))
    good = tsa.say
    for answer in (
        (500, REPLY, b""),
        (200, "text/html", same),
        (200, REPLY, b"junk"),
        (200, REPLY, old),
        (200, REPLY, same),
        (200, REPLY, bytes.fromhex("30053003020102")),
        (200, REPLY, same[:-1] + bytes([same[-1] ^ 1])),
        (307, "/elsewhere", b""),
    ):
        tsa.say = lambda _, answer=answer: answer  # type: ignore[misc]
        with pytest.raises(Unusable):
            stamp(log, tsa)
    assert stored(log) == []

    tsa.say = good
    assert stamp(log, tsa) == sealed.size


def tsa_query(note: bytes) -> bytes:
    command = ["openssl", "ts", "-query", "-data", "/dev/stdin", "-sha256", "-cert"]
    return subprocess.run(command, input=note, capture_output=True, check=True).stdout
