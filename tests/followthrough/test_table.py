"""The lists as CSV: RFC 4180, all rows, harmless in a spreadsheet."""

import csv
import io
from typing import Any

import pytest

from app.followthrough.lists import CSV_COLUMNS
from tests.client import Client
from tests.given import Given

LATER = "2026-05-01T00:00:00Z"


def table(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.content.decode(), newline="")))


def test_a_row_says_what_an_item_says(api: Client, given: Given) -> None:
    given.commitment(due_on="2026-03-10")

    answer = api.at(LATER).get("/v1/overdue.csv")

    (row,) = table(answer)
    assert row == {
        "reference": "POA-1.1",
        "text": "Remove the remaining 212 units.",
        "kind": "corrective",
        "state": "open",
        "plan": "POA-1",
        "plan_title": "Inauthentic complaints on B0C7XK2M4P",
        "owner": "Ada Okafor",
        "owner_email": "ada@example.com",
        "due_on": "2026-03-10",
        "due_at": "2026-03-11T07:00:00Z",
        "timezone": "America/Los_Angeles",
        "days_overdue": "51",
        "original_due_on": "2026-03-10",
        "extensions": "0",
        "extension_pending": "false",
        "id": api.get("/v1/commitments/POA-1.1").json()["id"],
    }
    assert answer.text.startswith(",".join(CSV_COLUMNS) + "\r\n")
    assert answer.headers["content-disposition"] == 'attachment; filename="overdue.csv"'


@pytest.mark.parametrize("path", ["/v1/overdue", "/v1/due-soon", "/v1/commitments"])
def test_the_header_asks_for_the_same_as_the_suffix(api: Client, given: Given, path: str) -> None:
    given.plan(given.promise(due_on="2026-02-27"), given.promise(due_on="2026-03-04"))

    by_suffix = api.get(f"{path}.csv")
    by_header = api.get(path, headers={"Accept": "text/csv"})

    assert by_header.content == by_suffix.content
    listed = api.get(path).json()["data"]
    assert [row["reference"] for row in table(by_suffix)] == [one["reference"] for one in listed]


def test_all_rows_are_in_it_whatever_a_page_holds(api: Client, given: Given) -> None:
    given.plan(given.promise(due_on="2026-03-03", recurrence="FREQ=DAILY;COUNT=250"))

    rows = table(api.at("2027-01-01T00:00:00Z").get("/v1/overdue.csv", params={"limit": 10}))

    assert [row["reference"] for row in rows] == [f"POA-1.1.{number}" for number in range(1, 251)]


def test_it_answers_for_any_instant(api: Client, given: Given) -> None:
    given.commitment(due_on="2026-03-10")
    api.at("2026-03-12T00:00:00Z")
    given.done("POA-1.1")

    def rows(as_of: str) -> int:
        return len(table(api.get("/v1/overdue.csv", params={"as_of": as_of})))

    assert [rows("2026-03-11T06:59:59Z"), rows("2026-03-11T07:00:00Z"), rows("2026-03-12T00:00:00Z")] == [0, 1, 0]


@pytest.mark.parametrize("text", ["=1+1", "+49 30 1234", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_a_cell_is_never_a_formula(api: Client, given: Given, text: str) -> None:
    given.commitment(due_on="2026-03-10", text=text)

    (row,) = table(api.at(LATER).get("/v1/overdue.csv"))

    assert row["text"] == f"'{text}"


@pytest.mark.parametrize(
    "text",
    ['He said "no", twice', "two\nlines", "a;b,c", "revisión de lotes — מספר אצווה — 批号 \U0001f69a", "1=1", "'"],
)
def test_a_cell_is_what_was_written(api: Client, given: Given, text: str) -> None:
    given.commitment(due_on="2026-03-10", text=text)

    (row,) = table(api.at(LATER).get("/v1/overdue.csv"))

    assert row["text"] == text


@pytest.mark.parametrize("path", ["/v1/overdue", "/v1/due-soon", "/v1/commitments"])
@pytest.mark.parametrize("accept", ["text/html", "image/png", "application/xml", "text/plain, text/html;q=0.5"])
def test_no_other_form_is_there(api: Client, path: str, accept: str) -> None:
    answer = api.get(path, headers={"Accept": accept})

    assert (answer.status_code, answer.json()["type"]) == (406, "/problems/not-acceptable")


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/*", "text/html, */*;q=0.1"])
def test_json_is_what_everyone_else_gets(api: Client, accept: str) -> None:
    answer = api.get("/v1/overdue", headers={"Accept": accept})

    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")


@pytest.mark.parametrize("path", ["/v1/overdue.csv", "/v1/due-soon.csv", "/v1/commitments.csv"])
def test_a_table_needs_a_key(api: Client, path: str) -> None:
    assert api.with_key(None).get(path).status_code == 401
