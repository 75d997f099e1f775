"""Pages lately read: of several who ask the same, only the first after a change costs the database a page."""

from collections.abc import Awaitable, Callable, Hashable
from datetime import datetime
from typing import NamedTuple

_KEPT = 128
"""Pages, of 200 items at most: some 15 MB if all are as long as can be."""


class Rows(NamedTuple):
    """One page as it was read: JSON items, whether there are more, the last row's key if so, the next change."""

    items: bytes
    more: bool
    last_due: datetime
    last_id: str
    next_change_at: datetime | None


class Pages:
    """Pages by what was asked and by the ETag under which they were read.

    The ETag is read from the database each time, before this is asked. While it is the same, nothing was written, no
    due and no local day has passed: the page is what it would be if it were read again.
    """

    def __init__(self) -> None:
        self._kept: dict[Hashable, Rows] = {}

    async def get(self, key: Hashable, read: Callable[[], Awaitable[Rows]]) -> Rows:
        """Return the page of *key*, read now if it is not kept; the one kept longest makes room."""
        rows = self._kept.get(key)
        if rows is None:
            rows = await read()
            while len(self._kept) >= _KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = rows
        return rows
