"""A page is read once for all who ask the same, until something changes."""

import asyncio
from datetime import UTC, datetime

from fastapi import FastAPI

from app.followthrough.pages import _KEPT, Pages, Rows
from tests.client import Client
from tests.given import Given

ROWS = Rows(b"{}", more=False, last_due=datetime(2026, 1, 1, tzinfo=UTC), last_id="", next_change_at=None)


def reads(pages: Pages, *keys: str) -> list[str]:
    """Ask for the pages of *keys*, in order, and return those that had to be read."""
    found: list[str] = []

    async def ask(key: str) -> None:
        async def read() -> Rows:
            found.append(key)
            return ROWS

        assert await pages.get(key, read) is ROWS

    async def ask_all() -> None:
        for key in keys:
            await ask(key)

    asyncio.run(ask_all())
    return found


def test_the_same_page_is_read_once() -> None:
    assert reads(Pages(), "a", "b", "a", "b") == ["a", "b"]


def test_the_page_kept_longest_makes_room() -> None:
    pages = Pages()
    reads(pages, *(str(number) for number in range(_KEPT)))

    assert reads(pages, "one more", "1", "0") == ["one more", "0"]
    assert len(pages._kept) == _KEPT


def test_a_second_bot_gets_the_page_of_the_first_with_the_time_of_its_own(
    api: Client, given: Given, app: FastAPI
) -> None:
    given.commitment(due_on="2026-03-01", zone="UTC")
    first = api.at("2026-03-05T10:00:00Z").get("/v1/overdue")
    kept = len(app.state.pages._kept)

    second = api.at("2026-03-05T10:00:01Z").get("/v1/overdue")

    assert len(app.state.pages._kept) == kept
    assert second.headers["etag"] == first.headers["etag"]
    assert second.json() == first.json() | {"as_of": "2026-03-05T10:00:01Z"}


def test_a_page_is_read_again_after_a_write(api: Client, given: Given) -> None:
    given.commitment(due_on="2026-03-01", zone="UTC")
    before = api.at("2026-03-05T10:00:00Z").overdue()

    given.done("POA-1.1")

    assert (before, api.overdue()) == (["POA-1.1"], [])


def test_another_workspace_never_gets_the_page(api: Client, given: Given, cy: Client) -> None:
    given.commitment(due_on="2026-03-01", zone="UTC")

    mine = api.at("2026-03-05T10:00:00Z").overdue()

    assert (mine, cy.overdue()) == (["POA-1.1"], [])
