"""What a mail server says or leaves unsaid decides whether a digest is tried again: never if it may have been taken."""

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from functools import partial

import pytest

from app.digests import mail, rounds
from app.digests.mail import Server
from tests.digests import offices
from tests.digests.conftest import SENDER, Worker
from tests.digests.offices import Office
from tests.given import Given


@pytest.fixture(autouse=True)
def _something_to_say(given: Given) -> None:
    given.commitment(due_on="2026-03-01", zone="UTC")


def test_a_refusal_is_tried_again_after_a_pause_under_the_same_name(worker: Worker, office: Office) -> None:
    office.says = "451 come back later"
    worker.at("2026-03-03T08:00:00Z")
    worker.at("2026-03-03T08:00:59Z")
    refused = worker.states()
    office.says = "250 OK"

    worker.at("2026-03-03T08:01:00Z")

    assert (refused, worker.states()) == ([("refused", 1)], [("sent", 2)])
    assert len(office.mail) == 1
    names = [line for raw in office.raw for line in raw.splitlines() if line.startswith(b"Message-ID")]
    assert len(names) == 2
    assert len(set(names)) == 1


def test_after_some_refusals_the_day_is_given_up_and_the_next_one_begins_anew(worker: Worker, office: Office) -> None:
    office.says = "550 never"
    for hour in range(8, 24):
        worker.at(f"2026-03-03T{hour:02}:00:00Z")
    given_up = worker.states()
    office.says = "250 OK"

    worker.at("2026-03-04T08:00:00Z")

    assert (given_up, worker.states()) == ([("refused", 6)], [("refused", 6), ("sent", 1)])
    assert len(office.raw) == 7


def test_a_server_that_is_not_there_is_asked_again(worker: Worker, office: Office) -> None:
    worker.through(1).at("2026-03-03T08:00:00Z")

    worker.at("2026-03-03T08:01:00Z")

    assert worker.states() == [("sent", 2)]
    assert len(office.mail) == 1


def test_a_server_that_is_not_there_is_asked_once_a_round(given: Given, worker: Worker, office: Office) -> None:
    given.commitment(due_on="2026-03-01", zone="UTC", owner="chidi")

    worker.through(1).at("2026-03-03T08:00:00Z")
    asked = worker.states()
    worker.at("2026-03-03T08:00:30Z")
    worker.at("2026-03-03T08:01:00Z")

    assert asked == [("refused", 1)]
    assert sorted(worker.states()) == [("sent", 1), ("sent", 2)]
    assert len(office.mail) == 2


@pytest.mark.parametrize("after_data", [b"", b"nonsense\r\n", b"251 well\r\n"])
def test_when_nobody_knows_whether_it_was_taken_it_is_never_sent_again(
    worker: Worker, office: Office, after_data: bytes
) -> None:
    with offices.odd(after_data) as (port, seen):
        worker.through(port).at("2026-03-03T08:00:00Z")
    for hour in range(9, 24):
        worker.at(f"2026-03-03T{hour:02}:00:00Z")

    assert worker.states() == [("lost", 1)]
    assert (len(seen), office.mail) == (1, [])


@pytest.mark.parametrize("state", ["handing", "claimed"])
def test_a_worker_that_died_has_sent_nothing_or_is_believed_to_have_sent_it(
    worker: Worker, office: Office, state: str
) -> None:
    """Who only prepared had sent nothing: another takes over when the claim has run out. Else, it is not risked."""
    office.says = "451 no"
    worker.at("2026-03-03T08:00:00Z")
    office.says = "250 OK"
    worker.owner.execute("UPDATE digest_delivery SET state = %s WHERE workspace_id = %s", [state, worker.workspace])
    worker.owner.commit()

    worker.at("2026-03-03T08:04:59Z")
    meanwhile = len(office.mail)
    worker.at("2026-03-03T08:05:00Z")
    worker.at("2026-03-03T12:00:00Z")

    assert (meanwhile, len(office.mail)) == (0, 1 if state == "claimed" else 0)


def test_of_many_workers_at_once_one_sends(worker: Worker, office: Office) -> None:
    ready = threading.Barrier(6)

    def work(_: int) -> None:
        ready.wait()
        worker.at("2026-03-03T08:00:00Z")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))

    assert (len(office.mail), worker.states()) == (1, [("sent", 1)])


def test_who_was_overtaken_while_connecting_sends_nothing(worker: Worker, office: Office) -> None:
    """A worker stands still after its claim, for longer than that lasts; another sends meanwhile."""
    office.meanwhile = lambda: worker.at("2026-03-03T08:06:00Z")

    worker.at("2026-03-03T08:00:00Z")

    assert (len(office.mail), worker.states()) == (1, [("sent", 2)])


def test_a_server_that_says_nothing_is_left_after_a_while(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "PATIENCE", 0.2)
    with offices.silent() as port:
        started = time.monotonic()
        worker.through(port).at("2026-03-03T08:00:00Z")

    assert time.monotonic() - started < 3
    assert worker.states() == [("refused", 1)]


@pytest.mark.parametrize(
    ("greeting", "drip"),
    [(b"220 slow\r\n", b"250-\r\n"), (b"", b"220-\r\n"), (b"", b"2")],
    ids=["later", "while it greets", "within a line"],
)
def test_a_server_that_speaks_slowly_is_cut_off(
    worker: Worker, monkeypatch: pytest.MonkeyPatch, greeting: bytes, drip: bytes
) -> None:
    monkeypatch.setattr(mail, "ALTOGETHER", 0.5)
    with offices.silent(drip=drip, greeting=greeting) as port:
        started = time.monotonic()
        worker.through(port).at("2026-03-03T08:00:00Z")

    assert time.monotonic() - started < 4
    assert worker.states() == [("refused", 1)]


def test_what_went_wrong_is_logged_without_addresses_or_secrets(
    worker: Worker, office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    office.says = "550 no such ada@example.com"
    server = Server("127.0.0.1", office.port, SENDER, "user", "s3cret")
    with caplog.at_level(logging.INFO):
        replace(worker, post=replace(worker.post, server=server)).at("2026-03-03T08:00:00Z")
        worker.at("2026-03-03T08:02:00Z")

    # The other side is in this process, and has a log of its own.
    (first, second) = [record.getMessage() for record in caplog.records if record.name == "followthrough"]
    assert first.endswith(f"was not taken: 127.0.0.1:{office.port}: SMTPNotSupportedError")
    assert second.endswith(f"was not taken: 127.0.0.1:{office.port}: SMTPDataError 550")
    assert not any(word in line for word in ("ada@", "s3cret") for line in (first, second))


def test_old_deliveries_are_forgotten(worker: Worker) -> None:
    worker.at("2026-03-03T08:00:00Z")
    worker.at("2026-06-02T08:00:00Z")

    assert worker.owner.execute(
        "SELECT day FROM digest_delivery WHERE workspace_id = %s", [worker.workspace]
    ).fetchall() == [(datetime(2026, 6, 2).date(),)]  # noqa: DTZ001


def test_a_server_that_is_slow_for_everybody_has_so_much_time_and_the_rest_is_sent_in_the_next_round(
    given: Given, worker: Worker, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "BUDGET", 0.2)
    given.commitment(due_on="2026-03-01", zone="UTC", owner="chidi")

    sent = []
    for _ in range(3):
        office.meanwhile = partial(time.sleep, 0.3)
        worker.at("2026-03-03T08:00:00Z")
        sent.append(len(office.mail))

    assert sent == [1, 2, 2]
    assert worker.states() == [("sent", 1)] * 2


def test_who_was_tried_goes_to_the_end_so_that_nobody_waits_for_ever(
    given: Given, worker: Worker, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "BUDGET", 0.1)
    for who in ("bo", "chidi"):
        given.commitment(due_on="2026-03-01", zone="UTC", owner=who)
    office.says = "451 come back later"

    for minute in (1, 3, 5):
        office.meanwhile = partial(time.sleep, 0.2)
        worker.at(f"2026-03-03T08:0{minute}:00Z")

    assert worker.states() == [("refused", 1)] * 3
