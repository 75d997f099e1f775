"""What is overdue, asked over HTTP."""

from tests.client import Client
from tests.given import Given


def test_a_commitment_due_today_is_not_overdue(api: Client, given: Given) -> None:
    given.commitment(due_on="2026-03-02", zone="America/Los_Angeles")

    overdue = api.at("2026-03-03T07:59:59Z").overdue()

    assert overdue == []


def test_it_is_overdue_with_the_first_instant_of_the_next_local_day(api: Client, given: Given) -> None:
    given.commitment(due_on="2026-03-02", zone="America/Los_Angeles")

    overdue = api.at("2026-03-03T08:00:00Z").overdue()

    assert overdue == ["POA-1.1"]
