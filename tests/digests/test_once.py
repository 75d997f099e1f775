"""A digest goes out at its hour, once, whatever happens to the worker."""

import pytest

from tests.digests.conftest import Worker
from tests.digests.offices import Office
from tests.given import Given


@pytest.fixture(autouse=True)
def _something_to_say(given: Given) -> None:
    given.commitment(due_on="2026-03-01", zone="UTC")


def test_it_comes_at_its_hour_and_not_before(worker: Worker, office: Office) -> None:
    worker.at("2026-03-03T07:59:59Z")
    early = list(office.mail)
    worker.at("2026-03-03T08:00:00Z")

    assert early == []
    assert office.to == ["Ada Okafor <ada@example.com>"]


def test_it_comes_once_a_day_however_often_the_worker_looks(worker: Worker, office: Office) -> None:
    for minute in range(5):
        worker.at(f"2026-03-03T08:0{minute}:00Z")
    worker.at("2026-03-03T23:59:00Z")
    worker.at("2026-03-04T07:59:00Z")
    today = len(office.mail)
    worker.at("2026-03-04T08:00:00Z")

    assert (today, len(office.mail)) == (1, 2)
    assert office.mail[0]["Message-ID"] != office.mail[1]["Message-ID"]


def test_a_worker_that_slept_for_three_days_sends_one_of_now(worker: Worker, office: Office) -> None:
    worker.at("2026-03-03T08:00:00Z")

    worker.at("2026-03-06T21:10:00Z")
    worker.at("2026-03-06T21:11:00Z")

    assert len(office.mail) == 2
    assert "5 days overdue" in office.mail[1].get_body(("plain",)).get_content()  # type: ignore[union-attr]


def test_a_worker_that_wakes_shortly_before_the_hour_sends_one_and_not_two(worker: Worker, office: Office) -> None:
    worker.at("2026-03-06T07:00:00Z")
    worker.at("2026-03-06T08:00:00Z")

    assert len(office.mail) == 1


def test_who_has_joined_after_the_hour_waits_for_the_next(worker: Worker, office: Office) -> None:
    worker.at("2026-03-02T09:01:00Z")

    assert (office.mail, worker.states()) == ([], [])
