"""Pages are cut by the last row's key, and all of them answer for the instant of the first."""

import base64
import json
from typing import Any

import pytest

from tests.client import Client
from tests.given import Given

LATER = "2026-05-01T00:00:00Z"


def walk(api: Client, path: str = "/v1/overdue", **query: Any) -> list[Any]:
    """Return all pages, following `Link` as a client that knows nothing else would."""
    pages, answer = [], api.get(path, params=query)
    while True:
        assert answer.status_code == 200, answer.text
        pages.append(answer.json())
        following = answer.headers.get("link")
        assert (following is not None) == pages[-1]["has_more"] == (pages[-1]["next_cursor"] is not None)
        if following is None:
            return pages
        address, _, rel = following.partition(">")
        assert rel == '; rel="next"'
        answer = api.get(address.removeprefix("<"))


def references(pages: list[Any]) -> list[str]:
    return [one["reference"] for page in pages for one in page["data"]]


@pytest.mark.parametrize("limit", [1, 3, 7, 8, 200])
def test_the_pages_together_are_the_list(api: Client, given: Given, limit: int) -> None:
    dues = ["2026-03-10", "2026-03-09", "2026-03-10", "2026-03-11", "2026-03-10", "2026-03-10", "2026-03-08"]
    given.plan(*(given.promise(due_on=day) for day in dues))

    pages = walk(api.at(LATER), limit=limit)

    assert references(pages) == api.overdue()
    assert sorted(references(pages)) == [f"POA-1.{number}" for number in range(1, 8)]
    assert [len(page["data"]) for page in pages[:-1]] == [limit] * (len(pages) - 1)


def test_pages_stay_stable_while_rows_come_and_go(api: Client, given: Given) -> None:
    given.plan(*(given.promise(due_on=f"2026-03-{day}") for day in range(10, 16)))
    before = api.at(LATER).overdue()
    first = api.get("/v1/overdue", params={"limit": 2}).json()

    api.at("2026-05-01T00:00:01Z")
    given.done("POA-1.2")
    given.done("POA-1.4")
    given.plan(*[given.promise(due_on="2026-03-13")] * 3)
    rest, cursor = [], first["next_cursor"]
    while cursor:
        page = api.get("/v1/overdue", params={"limit": 2, "cursor": cursor}).json()
        rest, cursor = [*rest, page], page["next_cursor"]

    assert references([first, *rest]) == before
    assert {page["as_of"] for page in rest} == {LATER}


def test_pages_of_a_narrowed_list_stay_narrowed(api: Client, given: Given) -> None:
    given.plan(*(given.promise(due_on="2026-03-10", owner=owner) for owner in ("ada", "bo") * 4))

    pages = walk(api.at(LATER), limit=3, owner="bo@example.com", item="asin:B0C7XK2M4P")

    assert [len(page["data"]) for page in pages] == [3, 1]
    assert {one["owner"]["email"] for page in pages for one in page["data"]} == {"bo@example.com"}


@pytest.mark.parametrize("query", [{"as_of": "2026-03-20T00:00:00Z"}, {"as_of": "2027-01-01T00:00:00Z"}])
def test_pages_of_another_instant_keep_it(api: Client, given: Given, query: dict[str, str]) -> None:
    given.plan(*[given.promise(due_on="2026-03-10")] * 5)

    pages = walk(api.at(LATER), limit=2, **query)

    assert {page["as_of"] for page in pages} == {query["as_of"]}
    assert len(references(pages)) == 5


@pytest.mark.parametrize("path", ["/v1/due-soon", "/v1/commitments"])
def test_the_other_lists_have_pages_too(api: Client, given: Given, path: str) -> None:
    given.plan(*[given.promise(due_on="2026-03-05")] * 5)

    pages = walk(api, path, limit=2)

    assert [len(page["data"]) for page in pages] == [2, 2, 1]
    assert len(set(references(pages))) == 5


@pytest.mark.parametrize("limit", ["0", "-1", "201", "1.5", "many", ""])
def test_a_page_has_1_to_200_rows(api: Client, limit: str) -> None:
    answer = api.get("/v1/overdue", params={"limit": limit})

    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json()["errors"]] == ["/query/limit"]


def forged(*values: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(values, separators=(",", ":")).encode()).rstrip(b"=").decode()


ID, AT = "01970000-0000-7000-8000-000000000000", "2026-03-10T00:00:00+00:00"


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "AAAA",
        forged(),
        forged(AT, AT),
        forged(AT, AT, ID, 1),
        forged(1, AT, ID),
        forged(AT, AT, None),
        forged(AT, AT, "x"),
        forged(AT, "yesterday", ID),
        forged("2026-03-10T00:00:00", AT, ID),
        forged(AT, "0001-01-01T00:00:00+00:00", ID),
        forged(AT, "9999-12-31T23:59:59+00:00", ID),
        forged(AT, AT, ID) + "A",
    ],
)
@pytest.mark.parametrize("path", ["/v1/overdue", "/v1/commitments", "/v1/overdue.csv"])
def test_a_cursor_that_we_did_not_write_is_refused(api: Client, path: str, cursor: str) -> None:
    answer = api.get(path, params={"cursor": cursor})

    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/cursor-unreadable")


def test_a_cursor_of_another_workspace_shows_nothing_of_it(api: Client, cy: Client, given: Given) -> None:
    given.plan(*[given.promise(due_on="2026-03-10")] * 3)
    cursor = api.at(LATER).get("/v1/overdue", params={"limit": 1}).json()["next_cursor"]

    assert cy.get("/v1/overdue", params={"cursor": cursor}).json()["data"] == []
