"""Events: what is in one, byte by byte, and which there are (PROOF.md, "Event").

An event is hashed from the bytes that are stored, for ever. So its `data` holds ids, enums, integers, instants and
hashes only, by a closed schema per type; whatever a person wrote is a disclosure (RFC 9901, section 4.2): the event
holds its salted digest, the text lies in a table from which it can be erased.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import orjson

from app.ledger.catalogue import SCHEMAS

VERSION = 1
LEDGER = UUID(int=0)
"""The subject of events that are about the ledger itself, and so about no row."""
MAX_BYTES = 65_535


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that happened, before the ledger gives it a number.

    `data` is the subject's state after the change, in Python values; `private` is what a person wrote.
    """

    type: str
    subject: UUID
    data: Mapping[str, Any]
    private: Mapping[str, str] = field(default_factory=dict)


def instant(at: datetime) -> str:
    """Format an instant as events have it: UTC, six digits, `Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def plain(value: Any) -> Any:
    """Return *value* as an event's `data` holds it: ids, days and instants become text."""
    match value:
        case dict():
            return {key: plain(one) for key, one in value.items()}
        case list() | tuple():
            return [plain(one) for one in value]
        case UUID():
            return str(value)
        case datetime():
            return instant(value)
        case date():
            return value.isoformat()
        case _:
            return value


def disclose(name: str, value: str) -> str:
    """Return a new disclosure: base64url of `[salt, name, value]`, with a salt of 16 random bytes."""
    salt = base64.urlsafe_b64encode(secrets.token_bytes(16)).rstrip(b"=").decode()
    return base64.urlsafe_b64encode(json.dumps([salt, name, value], ensure_ascii=False).encode()).rstrip(b"=").decode()


def digest(disclosure: str) -> str:
    """Return the digest of a disclosure, as `sd` lists it (RFC 9901, section 4.2.3)."""
    return base64.urlsafe_b64encode(hashlib.sha256(disclosure.encode("ascii")).digest()).rstrip(b"=").decode()


def opened(disclosure: str) -> tuple[str, str]:
    """Return the name and the value that *disclosure* discloses."""
    _, name, value = json.loads(base64.urlsafe_b64decode(disclosure + "=" * (-len(disclosure) % 4)))
    return name, value


def format_event(
    change: Change,
    *,
    workspace: UUID,
    seq: int,
    at: datetime,
    actor: UUID,
    plan: UUID | None,
    plan_seq: int | None,
    prev: bytes | None,
    digests: list[str],
) -> bytes:
    """Return the event's bytes (RFC 8785), which are stored and hashed as they are.

    Raises ValueError if `data` does not follow the schema of its type or the event is larger than 65,535 bytes:
    both are bugs of ours, and neither may reach the ledger.
    """
    data = plain(dict(change.data))
    if change.type not in SCHEMAS or not SCHEMAS[change.type](data):
        message = f"{change.type} does not follow its schema: {data}"
        raise ValueError(message)
    body = {
        "v": VERSION,
        "ws": str(workspace),
        "seq": seq,
        "at": instant(at),
        "type": change.type,
        "actor": str(actor),
        "plan": None if plan is None else str(plan),
        "plan_seq": plan_seq,
        "prev": None if prev is None else base64.b64encode(prev).decode(),
        "subj": str(change.subject),
        "data": data,
        "sd": sorted(digests),
    }
    # Sorted and compact is all that RFC 8785 asks of what the schemas let through: ASCII names, no floats.
    text = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    if len(text) > MAX_BYTES:
        message = f"{change.type} has {len(text)} bytes, more than {MAX_BYTES}"
        raise ValueError(message)
    return text
