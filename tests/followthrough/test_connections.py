"""The connections that polls share: a transaction may linger for a moment, and no longer."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import asyncpg
import pytest

from app.core.problems import Unauthorized
from app.followthrough import polled
from app.followthrough.polled import Connections, Reading

NOBODY = UUID("0190a8f6-7c00-7000-8000-00000000000f")
_LINGERING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%' "
    "AND query ~ 'pg_backend_pid.. AS pid|pg_sleep'"
)
Scene = Callable[[Connections, Callable[[], Awaitable[int]]], Awaitable[None]]


def play(url: str, scene: Scene, *, size: int = 2) -> None:
    async def run() -> None:
        connections, watcher = Connections(url, size), await asyncpg.connect(url)

        async def lingering() -> int:
            found: int = await watcher.fetchval(_LINGERING)
            return found

        try:
            await scene(connections, lingering)
        finally:
            await connections.close()
            await watcher.close()

    asyncio.run(run())


async def backend(read: Reading) -> int:
    return int((await read.fetch("SELECT pg_backend_pid() AS pid", {}))[0]["pid"])


def test_a_poll_does_not_wait_for_its_commit_which_follows_in_a_moment(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polled, "_MOMENT", 0.2)

    async def scene(connections: Connections, lingering: Callable[[], Awaitable[int]]) -> None:
        async with Reading(connections, NOBODY) as read:
            await backend(read)
        assert await lingering() == 1
        await asyncio.sleep(0.6)
        assert await lingering() == 0

    play(url, scene)


def test_the_next_poll_sees_its_own_workspace_and_what_was_committed_since(url: str) -> None:
    async def scene(connections: Connections, _: object) -> None:
        asked = "SELECT current_setting('followthrough.workspace_id') AS ws, now() AS began"
        seen = []
        for number in (1, 2):
            async with Reading(connections, UUID(int=number)) as read:
                seen.append((await read.fetch(asked, {}))[0])

        assert [row["ws"] for row in seen] == [str(UUID(int=1)), str(UUID(int=2))]
        assert seen[0]["began"] < seen[1]["began"]

    play(url, scene)


def test_a_refusal_and_a_failed_statement_keep_the_connection(url: str) -> None:
    async def scene(connections: Connections, _: object) -> None:
        pids = []

        async def refused() -> None:
            async with Reading(connections, NOBODY) as read:
                pids.append(await backend(read))
                raise Unauthorized("No.")

        async def failed() -> None:
            async with Reading(connections, NOBODY) as read:
                pids.append(await backend(read))
                await read.fetch("SELECT 1 / 0", {})

        with pytest.raises(Unauthorized):
            await refused()
        with pytest.raises(asyncpg.DivisionByZeroError):
            await failed()
        async with Reading(connections, NOBODY) as read:
            pids.append(await backend(read))

        assert len(set(pids)) == 1

    play(url, scene)


def test_a_cancelled_poll_leaves_nothing_behind(url: str) -> None:
    async def scene(connections: Connections, lingering: Callable[[], Awaitable[int]]) -> None:
        for _ in range(4):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1), Reading(connections, NOBODY) as read:
                    await read.fetch("SELECT pg_sleep(10)", {})
        async with Reading(connections, NOBODY) as read:
            assert await backend(read)
        await asyncio.sleep(0.2)
        assert await lingering() == 0

    play(url, scene)


def test_no_more_connections_are_made_than_there_may_be(url: str) -> None:
    async def scene(connections: Connections, _: object) -> None:
        async def one() -> int:
            async with Reading(connections, NOBODY) as read:
                return await backend(read)

        for _ in range(3):
            assert len(set(await asyncio.gather(*(one() for _ in range(12))))) <= 2
            await asyncio.sleep(0.03)

    play(url, scene)


def test_a_connection_that_broke_while_it_was_idle_is_not_used_again(url: str) -> None:
    async def scene(connections: Connections, _: object) -> None:
        async with Reading(connections, NOBODY) as read:
            pid = await backend(read)
        killer = await asyncpg.connect(url)
        await killer.execute("SELECT pg_terminate_backend($1)", pid)
        await killer.close()
        await asyncio.sleep(0.2)

        async with Reading(connections, NOBODY) as read:
            assert await backend(read) != pid

    play(url, scene)


@pytest.mark.parametrize("turns", range(0, 12, 2))
def test_none_is_left_open_if_closing_meets_a_commit_on_its_way(
    url: str, monkeypatch: pytest.MonkeyPatch, turns: int
) -> None:
    monkeypatch.setattr(polled, "_MOMENT", 0)

    async def scene(connections: Connections, _: object) -> None:
        async with Reading(connections, NOBODY) as read:
            pid = await backend(read)
        for _turn in range(turns):
            await asyncio.sleep(0)

        await connections.close()

        watcher = await asyncpg.connect(url)
        for _wait in range(100):
            if not await watcher.fetchval("SELECT count(*) FROM pg_stat_activity WHERE pid = $1", pid):
                break
            await asyncio.sleep(0.02)
        else:
            pytest.fail("it is still connected")
        await watcher.close()

    play(url, scene)
