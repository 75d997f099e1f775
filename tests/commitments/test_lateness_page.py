"""What docs/lateness.md says happens: each line of its tables is done, through the API."""

import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.commitments.schedule import at_same_time
from app.core.fields import format_instant
from tests.client import Client
from tests.given import Given

PAGE = Path(__file__).parents[2] / "docs" / "lateness.md"
Row = dict[str, str]

RECORDED = ["zone", "due", "overdue from", "recorded", "days late", "because"]
RECURRING = ["zone", "first deadline", "on", "deadline"]
STORY = ["at", "what happens", "state", "due_on", "performed_on", "days_late", "days_late_vs_original"]


def tables() -> list[tuple[str, list[str], list[Row]]]:
    """Return the tables of the page, each with its heading and columns."""
    found = []
    for section in PAGE.read_text().split("\n## ")[1:]:
        for table in re.findall(r"(?:^\|.*\n)+", section, re.MULTILINE):
            head, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines())
            found.append((section.splitlines()[0], head, [dict(zip(head, row, strict=True)) for row in rows]))
    return found


def of(columns: list[str]) -> Any:
    """Return the tables with these columns, as parameters of a test."""
    return [pytest.param(rows, id=title) for title, head, rows in tables() if head == columns]


def promised(given: Given, zone: str, due: str) -> str:
    """Record a plan with one commitment, ten days before its due; return its reference."""
    before = datetime.fromisoformat(due[:10] + "T00:00:00Z") - timedelta(days=10)
    given.api.at(format_instant(before))
    when = {"due_at": due} if "T" in due else {"due_on": due}
    approval = {"authority": "Amazon", "received_at": format_instant(before)}
    plan = given.plan(given.promise(**when), zone=zone, approval=approval)
    return f"{plan['reference']}.1"


def test_every_table_is_tried() -> None:
    columns = [head for _, head, _ in tables()]

    assert all(head in (RECORDED, RECURRING, STORY) for head in columns)
    assert [columns.count(head) for head in (RECORDED, RECURRING, STORY)] == [8, 1, 4]


@pytest.mark.parametrize("rows", of(RECORDED))
def test_what_was_recorded_then_is_so_late(given: Given, rows: list[Row]) -> None:
    for row in rows:
        reference = promised(given, row["zone"], row["due"])

        done = given.api.at(row["recorded"]) and given.done(reference)

        assert (
            row
            | {
                "overdue from": done["due_at"],
                "recorded": done["done_at"],
                "days late": str(done["days_late"]),
            }
            == row
        )
        assert done["days_late_vs_original"] == done["days_late"]


@pytest.mark.parametrize("rows", of(RECORDED))
def test_what_is_still_open_is_overdue_from_then_on(given: Given, rows: list[Row]) -> None:
    last = rows[-1]
    reference = promised(given, last["zone"], last["due"])
    due = datetime.fromisoformat(last["overdue from"])

    before = given.api.at(format_instant(due - timedelta(seconds=1))).overdue()
    after = given.api.at(format_instant(due)).overdue()

    assert (before, after) == ([], [reference])


@pytest.mark.parametrize("rows", of(RECURRING))
def test_a_deadline_that_recurs_is_then(rows: list[Row]) -> None:
    for row in rows:
        first = datetime.fromisoformat(row["first deadline"])

        found = at_same_time(date.fromisoformat(row["on"]), first, ZoneInfo(row["zone"]))

        assert row | {"deadline": format_instant(found)} == row


@pytest.mark.parametrize("rows", of(STORY))
def test_a_story_goes_as_it_is_told(api: Client, given: Given, rows: list[Row]) -> None:
    ada, bo = given.client_of("ada"), Given(given.client_of("bo"))
    reference = ""
    for row in rows:
        api.at(row["at"])
        match row["what happens"].split():
            case ["due", "on", day]:
                approval = {"authority": "Amazon", "received_at": row["at"]}
                reference = given.plan(given.promise(due_on=day), approval=approval)["reference"] + ".1"
            case ["completed" | "completed,", *said]:
                performed = {"performed_on": said[-1]} if said else {}
                Given(ada).done(reference, **performed)
            case ["extension", "to", day, "asked", "for"]:
                Given(ada).post(
                    f"/v1/commitments/{reference}/extensions", {"due_on": day, "reason": "The carrier is late."}
                )
            case ["extension", "granted"]:
                (asked,) = api.get(f"/v1/commitments/{reference}/extensions").json()["data"]
                bo.post(f"/v1/extensions/{asked['id']}/decision", {"outcome": "granted", "reason": "It is."})
            case ["rejected"]:
                bo.post(f"/v1/commitments/{reference}/verification", {"outcome": "rejected", "reason": "Which order?"})
            case ["overdue"]:
                assert api.overdue() == [reference]
            case _:
                assert row["what happens"] == "not overdue"
                assert api.overdue() == []
        stands = api.get(f"/v1/commitments/{reference}").json()
        assert row | {name: "-" if stands[name] is None else str(stands[name]) for name in STORY[2:]} == row


def test_an_extension_granted_late_heals_nothing_that_was_seen(api: Client, given: Given) -> None:
    rows = next(
        rows
        for title, _, rows in tables()
        if title == "A due that was extended" and rows[1]["what happens"] == "overdue"
    )

    test_a_story_goes_as_it_is_told(api, given, rows)

    assert api.overdue(as_of=rows[1]["at"]) == ["POA-1.1"]
    assert api.overdue(as_of=rows[4]["at"]) == []
