"""Which form of an answer an `Accept` header likes best."""

import pytest

from app.core.accept import preferred
from tests.client import Client


@pytest.mark.parametrize(
    ("accept", "best"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("application/json, text/csv", "application/json"),
        ("text/csv, application/json", "application/json"),
        ("text/csv", "text/csv"),
        ("TEXT/CSV", "text/csv"),
        ("text/*", "text/csv"),
        ("text/csv, */*;q=0.1", "text/csv"),
        ("application/json;q=0.5, text/csv;q=0.9", "text/csv"),
        ("application/json;q=0, */*", "text/csv"),
        ("application/json; charset=utf-8", "application/json"),
        ("application/json;q=much", "application/json"),
        ("text/csv;q=0", None),
        ("image/png", None),
    ],
)
def test_the_best_form_wins_and_the_first_offered_of_equals(accept: str, best: str | None) -> None:
    assert preferred(accept, "application/json", "text/csv") == best


def test_a_client_that_takes_both_gets_json(api: Client) -> None:
    answer = api.get("/v1/overdue", headers={"Accept": "application/json, text/csv, application/problem+json"})

    assert answer.headers["Content-Type"] == "application/json"


def test_a_table_says_that_it_depends_on_accept(api: Client) -> None:
    answer = api.get("/v1/overdue", headers={"Accept": "text/csv"})

    assert answer.headers["Content-Type"].startswith("text/csv")
    assert answer.headers["Vary"] == "Accept"
