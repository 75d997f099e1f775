"""What a value in an event's `data` may be: ids, enums, integers, instants, hashes, and nothing that a person wrote."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

MAX_INTEGER = 2**53 - 1


@dataclass(frozen=True, slots=True)
class Kind:
    """What a value in `data` may be. Says whether one is; docs/events.md is made from the names."""

    name: str
    holds: Callable[[object], bool]
    fields: Mapping[str, "Kind"] = field(default_factory=dict)
    """Of a record."""

    def __call__(self, value: object) -> bool:
        return self.holds(value)


def _text(name: str, pattern: str) -> Kind:
    compiled = re.compile(pattern, re.ASCII)
    return Kind(name, lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None)


def one_of(*words: str) -> Kind:
    return Kind(", ".join(f"`{word}`" for word in words), lambda value: value in words)


def optional(kind: Kind) -> Kind:
    return Kind(f"{kind.name}, or null", lambda value: value is None or kind(value), kind.fields)


def list_of(kind: Kind) -> Kind:
    return Kind(f"list of {kind.name}", lambda value: isinstance(value, list) and all(kind(one) for one in value))


def record(**kinds: Kind) -> Kind:
    """An object with exactly these fields: a new field that nobody declared cannot slip in."""
    return Kind(
        "object",
        lambda value: (
            isinstance(value, dict)
            and value.keys() == kinds.keys()
            and all(kind(value[name]) for name, kind in kinds.items())
        ),
        kinds,
    )


ID = _text("id", r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
INSTANT = _text("instant", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
DAY = _text("day", r"\d{4}-\d\d-\d\d")
SHA256 = _text("SHA-256 in hex", r"[0-9a-f]{64}")
PUBLIC_KEY = _text("Ed25519 public key in hex", r"[0-9a-f]{64}")
DIGEST = _text("digest of a disclosure", r"[0-9A-Za-z_-]{43}")
ZONE = _text("IANA time zone", r"[A-Za-z0-9_+/-]{1,64}")
RULE = _text("RFC 5545 rule", r"[A-Z0-9=;,+-]{1,500}")
FLAG = Kind("true or false", lambda value: isinstance(value, bool))
INTEGER = Kind("integer", lambda value: type(value) is int and abs(value) <= MAX_INTEGER)
