"""The only place that reads the time. Everything else is told (`at=`)."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the present as an aware UTC instant."""


def system_clock() -> datetime:
    return datetime.now(UTC)
