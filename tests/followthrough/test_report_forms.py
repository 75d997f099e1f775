"""The report in its other forms: the same figures as JSON has, and the same bytes each time."""

import csv
import io
import re
import zipfile
import zlib
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.client import Client
from tests.given import Given

PATH = "/v1/follow-through"
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}
AWKWARD = ["=1+1", "张伟", "سلمى", "🚀 Ops", '#let x = 1 *b* $y$ "', "\\", "x" * 200, "@SUM(A1)", "a<b>&amp;"]


@pytest.fixture
def kept(api: Client, given: Given) -> Client:
    """One promise kept, one of a member with a name like a formula overdue."""
    api.post("/v1/members", json={"name": "=1+1", "email": "eve@example.com"})
    given.plan(given.promise(due_on="2026-03-10"), given.promise(due_on="2026-03-11", owner="eve@example.com"))
    given.done("POA-1.1")
    return api.at("2026-03-20T10:30:00Z")


def rows(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_the_table_has_a_row_for_all_and_one_for_each_group(kept: Client) -> None:
    found = rows(kept.get(f"{PATH}.csv", params={"by": "owner", "from": "2026-03-01"}))

    said = [(one["name"], one["promised"], one["kept_on_time"], one["on_time_millionths"]) for one in found]
    assert said == [("all", "2", "1", "500000"), ("'=1+1", "1", "0", "0"), ("Ada Okafor", "1", "1", "1000000")]
    assert {(one["from"], one["to"], one["as_of"]) for one in found} == {("2026-03-01", "", "2026-03-20T10:30:00Z")}


@pytest.mark.parametrize("by", ["owner", "plan", "month", "area", "kind", "account"])
def test_the_table_says_what_json_says(kept: Client, by: str) -> None:
    told = kept.get(PATH, params={"by": by}).json()

    found = rows(kept.get(PATH, params={"by": by}, headers={"Accept": "text/csv"}))

    assert [one["key"] for one in found] == ["", *(group["key"] for group in told["groups"])]
    for row, one in zip(found, [told["all"], *told["groups"]], strict=True):
        assert {name: int(row[name]) for name in one["counts"]} == one["counts"]
        assert row["days_late_p90"] == ("" if one["days_late"]["p90"] is None else str(one["days_late"]["p90"]))


def cells(workbook: bytes) -> list[list[str]]:
    """Return the words and numbers of the first sheet."""
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    with zipfile.ZipFile(io.BytesIO(workbook)) as parts:
        words = ["".join(one.itertext()) for one in ET.fromstring(parts.read("xl/sharedStrings.xml"))]
        sheet = ET.fromstring(parts.read("xl/worksheets/sheet1.xml"))
    assert not list(sheet.iter(f"{space}f")), "a formula"

    def value(cell: ET.Element) -> str:
        text = cell.findtext(f"{space}v") or ""
        return words[int(text)] if cell.get("t") == "s" else text

    return [[value(cell) for cell in row.iter(f"{space}c")] for row in sheet.iter(f"{space}row")]


def test_the_workbook_says_the_same_and_has_no_formula(kept: Client) -> None:
    head, everything, *groups = cells(kept.get(f"{PATH}.xlsx", params={"by": "owner"}).content)

    table = [dict(zip(head, row, strict=True)) for row in (everything, *groups)]
    said = [(one["name"], one["promised"], one["on time"]) for one in table]
    assert said == [("all", "2", "0.5"), ("=1+1", "1", "0"), ("Ada Okafor", "1", "1")]


def unpacked(page: bytes) -> bytes:
    """Return a PDF and what is packed in it."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", page, re.DOTALL)
    return page + b"".join(zlib.decompressobj().decompress(one) for one in streams if one[:1] == b"x")


def test_the_page_is_one_page_and_carries_no_date(kept: Client) -> None:
    page = kept.get(f"{PATH}.pdf").content

    inside = unpacked(page)
    assert page.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b", inside)) == 1
    assert b"CreationDate" not in inside


@pytest.mark.parametrize("form", TYPES)
def test_the_same_question_has_the_same_bytes_and_is_not_sent_twice(kept: Client, form: str) -> None:
    asked = {"by": "owner", "as_of": "2026-03-15T00:00:00Z"}

    first, second = (kept.get(f"{PATH}.{form}", params=asked) for _ in range(2))
    kept.at("2026-04-20T10:30:00Z")
    later = kept.get(f"{PATH}.{form}", params=asked)
    again = kept.get(f"{PATH}.{form}", params=asked, headers={"If-None-Match": first.headers["ETag"]})

    assert first.content == second.content == later.content
    assert first.headers["content-type"] == TYPES[form]
    assert f'filename="follow-through.{form}"' in first.headers["content-disposition"]
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("form", TYPES)
def test_the_header_asks_for_the_same_as_the_suffix(kept: Client, form: str) -> None:
    by_suffix = kept.get(f"{PATH}.{form}")
    by_header = kept.get(PATH, headers={"Accept": TYPES[form].split(";", maxsplit=1)[0]})

    assert by_header.content == by_suffix.content
    assert by_header.headers["vary"] == "Accept"


@pytest.mark.parametrize("form", TYPES)
def test_no_name_breaks_a_form(api: Client, given: Given, form: str) -> None:
    for index, name in enumerate(AWKWARD):
        api.post("/v1/members", json={"name": name, "email": f"{index}@example.com"})
    title = {"title": AWKWARD[4], "zone": "Asia/Shanghai"}
    given.plan(*(given.promise(owner=f"{index}@example.com") for index in range(len(AWKWARD))), **title)
    api.patch("/v1/workspace", json={"name": "深圳 — متجر"})

    for by in ("owner", "plan", "area"):
        assert api.get(f"{PATH}.{form}", params={"by": by, "plan": "POA-1"}).status_code == 200


@pytest.mark.parametrize("form", TYPES)
def test_a_form_of_nothing_is_there(api: Client, form: str) -> None:
    assert api.get(f"{PATH}.{form}").status_code == 200


def test_many_groups_are_a_few_and_the_others_on_the_page(api: Client, given: Given) -> None:
    given.plan(given.promise(due_on="2024-01-31", recurrence="FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=40"))

    page = api.get(f"{PATH}.pdf", params={"by": "month"})

    assert page.status_code == 200


@pytest.mark.parametrize(("query", "accept"), [({}, "text/html"), ({"drill": "promised"}, "text/csv")])
def test_no_other_form_is_there(api: Client, query: dict[str, str], accept: str) -> None:
    answer = api.get(PATH, params=query, headers={"Accept": accept})

    assert (answer.status_code, answer.json()["type"]) == (406, "/problems/not-acceptable")
