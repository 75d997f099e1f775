"""Identifiers: UUIDv7 (RFC 9562, section 5.7), so that primary keys are inserted in order."""

import secrets
import time
from uuid import UUID

BEFORE_ALL = UUID(int=0)
"""Less than any id: where lists in the order of ids begin."""

_VERSION_AND_VARIANT = (0x7 << 76) | (0b10 << 62)
_RANDOM = ~((0xF << 76) | (0b11 << 62)) & ((1 << 80) - 1)


def new_id() -> UUID:
    """Return a new UUIDv7: 48 bits of milliseconds, 74 bits of randomness.

    The time in an id only helps the index; no rule reads it, so it comes from the
    machine's clock and not from the request's.
    """
    milliseconds = time.time_ns() // 1_000_000
    return UUID(int=(milliseconds << 80) | (secrets.randbits(80) & _RANDOM) | _VERSION_AND_VARIANT)
