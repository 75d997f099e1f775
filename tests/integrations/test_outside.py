"""Those outside are asked in rounds; who does not answer holds up nobody, and is asked again."""

import logging
import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from app.integrations import outside
from app.integrations.outside import Outside, Settled
from app.ledger.policy import Witness
from tests.conftest import NOW
from tests.integrations.conftest import Answers, Log
from tests.integrations.test_stamps import stored as stamped
from tests.integrations.test_witnesses import stored as cosigned


def ask(log: Log, given: Outside, settled: Settled | None = None) -> bool:
    return outside.step(log.app.state.engine, given, {} if settled is None else settled, at=NOW)


def test_a_round_stamps_and_cosigns(log: Log, tsa: Answers, watching: Witness) -> None:
    sealed = log.grow()

    ask(log, Outside(tsa.url, timedelta(hours=1), [watching]))

    assert [size for size, _ in stamped(log)] == [sealed.size]
    assert list(cosigned(log)) == [sealed.size]


def test_who_does_not_answer_is_asked_once_a_round_and_holds_up_nobody(
    log: Log, watching: Witness, caplog: pytest.LogCaptureFixture
) -> None:
    sealed = log.grow()
    away = "http://127.0.0.1:1"

    with caplog.at_level(logging.WARNING, "followthrough"):
        well = ask(log, Outside(away, witnesses=[watching]))

    assert not well
    assert list(cosigned(log)) == [sealed.size]
    assert len([one for one in caplog.records if "did not answer" in one.message]) == 1


def test_what_is_settled_is_not_looked_at_until_something_is_sealed(log: Log, watching: Witness) -> None:
    settled: Settled = {}
    log.grow()
    ask(log, Outside(witnesses=[watching]), settled)
    first = settled[watching.key.name, log.workspace]

    second = log.grow().size
    ask(log, Outside(witnesses=[watching]), settled)

    assert first < second
    assert settled[watching.key.name, log.workspace] == second


def test_a_witness_without_an_address_is_not_asked(log: Log, watching: Witness) -> None:
    log.grow()

    assert ask(log, Outside(witnesses=[replace(watching, url=None)]))
    assert cosigned(log) == {}


def test_nobody_named_is_nobody_asked() -> None:
    assert not Outside()
    assert Outside(tsa="https://tsa.example")


@pytest.mark.parametrize("reachable", [True, False])
def test_it_stops_when_asked(url: str, caplog: pytest.LogCaptureFixture, reachable: bool) -> None:  # noqa: FBT001
    stop = threading.Event()
    stop.set()

    with caplog.at_level(logging.ERROR, "followthrough"):
        outside.run(url if reachable else "postgresql://nobody@127.0.0.1:1/nowhere", Outside(), stop=stop)

    assert len(caplog.records) == (0 if reachable else 1)
