"""Amazon's examples, changed in ways that senders, queues and malice have."""

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

from tests.ingest.samples import NAMES, WRAPPERS, anew, sample

ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, 1e300, -1e300, 10**40, "", " ", "x" * 5000, "\x00", "\ud800", "\x7f", "é\u2028"),
    *([], {}, [[]], [None], [1, "a"], {"": ""}, {"a": {"b": {"c": []}}}, "2026-13-45T99:99Z", "0001-01-01T00:00+14:00"),
    *("{}", "[", '{"NotificationType":1}', "NaN", "../../etc", "'; DROP TABLE notice; --", "[erased]"),
)
"""Values that Amazon never sends, and somebody will."""


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of everything in a JSON value."""
    yield path
    if isinstance(value, dict | list):
        for key, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(one, (*path, key))


def mutated(rng: random.Random) -> Any:
    """Return an example with a few changes, in some envelope."""
    message = sample(rng.choice(NAMES))
    if "accountStatuses" not in message and rng.random() < 0.9:
        message = anew(message)
    for _ in range(rng.choice((0, 1, 1, 2, 4))):
        message = _changed(message, rng)
    wrapper = rng.choice(list(WRAPPERS)) if isinstance(message, dict) else "array"
    wrapped = WRAPPERS[wrapper](message)
    return _changed(wrapped, rng) if rng.random() < 0.1 else wrapped


def _changed(message: Any, rng: random.Random) -> Any:
    message = copy.deepcopy(message)
    found = [path for path in places(message) if path]
    if not found:
        return rng.choice(ODD)
    *way, last = rng.choice(found)
    parent = message
    for key in way:
        parent = parent[key]
    match rng.randrange(6):
        case 0:
            del parent[last]
        case 1 if isinstance(last, str):
            parent[rng.choice((last.swapcase(), last[:1].swapcase() + last[1:], f"{last}s", "new", ""))] = parent.pop(
                last
            )
        case 2 if isinstance(parent, list):
            parent *= 2
        case 3 if isinstance(parent[last], str):
            parent[last] = rng.choice((parent[last].lower(), parent[last][::-1], parent[last][:-4], [parent[last]]))
        case _:
            parent[last] = copy.deepcopy(rng.choice(ODD))
    return message


def as_bytes(value: Any, rng: random.Random) -> bytes:
    """Return a value as JSON text, written one way or another."""
    return json.dumps(value, indent=rng.choice((None, None, 2)), ensure_ascii=True).encode()


def broken(body: bytes, rng: random.Random) -> bytes:
    """Return what is left of a body after an accident."""
    at = rng.randrange(len(body) + 1)
    return rng.choice((body[:at], body[at:], body[:at] + bytes([rng.randrange(256)]) + body[at + 1 :]))
