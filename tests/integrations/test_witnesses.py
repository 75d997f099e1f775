"""Witnesses cosign the newest checkpoint, and their cosignatures are kept."""

from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.core import db
from app.integrations import witnesses
from app.integrations.outgoing import Unusable
from app.ledger import note
from app.ledger.policy import Witness
from app.witness import witness
from app.witness.server import SIZE
from tests.conftest import NOW
from tests.integrations.conftest import Answers, Log


def cosign(log: Log, named: Witness) -> int | None:
    return witnesses.step(log.app.state.engine, log.workspace, named, at=NOW)


def stored(log: Log) -> dict[int, str]:
    with db.reading(log.app.state.engine, log.workspace) as read:
        rows = read.execute(sa.text("SELECT size, line FROM cosignature ORDER BY size")).all()
    return {row.size: row.line for row in rows}


def test_a_checkpoint_is_cosigned(log: Log, watching: Witness) -> None:
    sealed = log.grow()

    assert cosign(log, watching) == sealed.size

    both = f"{sealed.note}{stored(log)[sealed.size]}\n"
    assert len(note.open_note(both, [watching.key, *log.keys]).signatures) == 2


def test_each_time_from_where_the_witness_was(log: Log, watching: Witness) -> None:
    sizes = []
    for plans in (1, 3, 2):
        sizes.append(log.grow(plans).size)
        cosign(log, watching)

    assert list(stored(log)) == sizes


def test_what_is_cosigned_is_not_sent_again(log: Log, watching: Witness) -> None:
    sealed = log.grow()
    cosign(log, watching)
    away = replace(watching, url="http://127.0.0.1:1")

    assert cosign(log, away) == sealed.size


def test_a_witness_that_knows_another_size_is_sent_a_proof_from_there(
    log: Log, watching: Witness, owner: db.psycopg.Connection[tuple[object, ...]]
) -> None:
    log.grow()
    cosign(log, watching)
    # As after a crash between its answer and our note of it.
    owner.execute("DELETE FROM cosignature")
    owner.commit()
    sealed = log.grow()

    assert cosign(log, watching) == sealed.size


def test_a_cosignature_that_was_lost_on_the_way_is_asked_for_again(
    log: Log, watching: Witness, owner: db.psycopg.Connection[tuple[object, ...]]
) -> None:
    sealed = log.grow()
    cosign(log, watching)
    owner.execute("DELETE FROM cosignature WHERE workspace_id = %s", [log.workspace])
    owner.commit()

    assert cosign(log, watching) == sealed.size
    assert list(stored(log)) == [sealed.size]


def test_nothing_sealed_is_nothing_to_cosign(log: Log, answers: Answers) -> None:
    key = note.Signer("w", note.Ed25519PrivateKey.generate(), note.COSIGNATURE).key

    assert cosign(log, Witness("w", key, answers.url)) is None
    assert answers.asked == []


def test_a_witness_that_does_not_know_the_log_says_so(log: Log, watching: Witness, answers: Answers) -> None:
    answers.say = lambda _: (404, "text/plain", b"this log is not known here\n")

    with pytest.raises(Unusable, match="answered 404: this log is not known here"):
        cosign(log, replace(watching, url=answers.url))


def test_a_witness_that_is_ahead_of_us_is_believed_and_reported(log: Log, watching: Witness, answers: Answers) -> None:
    answers.say = lambda _: (409, SIZE, b"999\n")

    with pytest.raises(Unusable, match="seen a tree of 999"):
        cosign(log, replace(watching, url=answers.url))


@pytest.mark.parametrize(
    "answer",
    [(409, SIZE, b"0\n"), (409, "text/plain", b"1\n"), (409, SIZE, b"01\n"), (409, SIZE, b"1\n"), (503, "", b"")],
)
def test_a_refusal_ends_after_one_more_try(log: Log, watching: Witness, answers: Answers, answer: object) -> None:
    answers.say = lambda _: answer  # type: ignore[assignment, return-value]

    with pytest.raises(Unusable, match="answered"):
        cosign(log, replace(watching, url=answers.url))
    assert len(answers.asked) <= 2


def test_a_cosignature_by_another_or_of_something_else_is_not_kept(
    log: Log, watching: Witness, answers: Answers, tmp_path: Path
) -> None:
    other = witness.opened(tmp_path / "other", name=watching.key.name).signer
    ours = witness.opened(tmp_path / "witness", name="").signer
    sealed = log.grow()
    text = sealed.note.partition("\n\n")[0] + "\n"
    good = note.format_signature(note.cosign(text, ours, at=NOW)).encode() + b"\n"
    for said in (
        note.format_signature(note.cosign(text, other, at=NOW)).encode() + b"\n",
        note.format_signature(note.cosign(text.replace("/w/", "/v/"), ours, at=NOW)).encode() + b"\n",
        b"",
        b"\xff",
        good[:-1],
        b"\n" + good,
    ):
        answers.say = lambda _, said=said: (200, "text/plain", said)  # type: ignore[misc]
        with pytest.raises(Unusable, match="that is none"):
            cosign(log, replace(watching, url=answers.url))

    assert stored(log) == {}
    answers.say = lambda _: (200, "text/plain", good)
    assert cosign(log, replace(watching, url=answers.url)) == sealed.size
