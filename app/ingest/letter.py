"""A JSON object as somebody sent it: names in any case, any of them missing, anything under them. Nothing raises."""

import re
from datetime import UTC, datetime
from typing import Any

from app.core.fields import EARLIEST, LATEST
from app.ingest.rules import Flag

MAX_REMARKS = 50
MAX_QUOTED = 100_000
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]+")
_UNSTORABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def line(text: str, most: int = 200) -> str:
    """Return *text* as one line that can be stored and shown."""
    return _UNPRINTABLE.sub(" ", text[: 2 * most]).strip()[:most]


def folded(name: str) -> str:
    """`NotificationType`, `notificationType`, `notification-type`: one name."""
    return name.replace("-", "").replace("_", "").lower()


class Remarks:
    """What was odd: flags for programs, and sentences that name the fields."""

    def __init__(self) -> None:
        self._flags: dict[Flag, None] = {}
        self._said: dict[str, None] = {}

    def note(self, flag: Flag, what: str = "") -> None:
        self._flags[flag] = None
        if what and len(self._said) < MAX_REMARKS:
            self._said[line(what)] = None

    @property
    def flags(self) -> tuple[Flag, ...]:
        return tuple(self._flags)

    @property
    def said(self) -> tuple[str, ...]:
        return tuple(self._said)


def quoted(text: str, remarks: Remarks) -> str:
    """Return part of a message for people to read: character by character as it came, which is JSON text.

    What cannot be stored is escaped as JSON would; what is longer than a notice may be is cut.
    """
    found = _UNSTORABLE.sub(lambda one: f"\\u{ord(one[0]):04x}", text)
    if len(found) > MAX_QUOTED:
        remarks.note(Flag.CUT)
    return found[:MAX_QUOTED]


def instant(value: object) -> datetime | None:
    """Return the instant that an ISO 8601 text means, seconds or not; one without an offset is in UTC."""
    if not isinstance(value, str) or not 10 <= len(value) <= 40:
        return None
    try:
        found = datetime.fromisoformat(value.strip())
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if EARLIEST <= found <= LATEST else None


class Letter:
    """One object of a message. It remembers what was read, so that the rest can be named."""

    def __init__(self, value: dict[str, Any], remarks: Remarks, path: str = "") -> None:
        self._fields: dict[str, tuple[str, Any]] = {}
        self._remarks, self._path = remarks, path
        for name, one in value.items():
            if folded(name) in self._fields:
                self.note(Flag.UNKNOWN_FIELD, name)
            else:
                self._fields[folded(name)] = (name, one)

    def note(self, flag: Flag, name: str) -> None:
        self._remarks.note(flag, f"{flag.value}: {self._path}{name}")

    def take(self, *names: str, required: bool = False) -> tuple[str, Any]:
        """Return the first of *names* that is there, as it is spelt, with its value; that is read now."""
        found = next(
            (self._fields.pop(name.lower()) for name in names if name.lower() in self._fields), (names[0], None)
        )
        if required and found[1] is None:
            self.note(Flag.MISSING_FIELD, found[0])
        return found

    def text(self, *names: str, required: bool = False) -> str | None:
        """Return a field as one line; a number as its digits."""
        name, value = self.take(*names, required=required)
        if value is None or isinstance(value, str):
            return line(value or "") or None
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)[:200]
        self.note(Flag.WRONG_KIND, name)
        return None

    def words(self, *names: str, required: bool = False) -> list[str]:
        """Return a field as a list of words in capitals, none twice; one alone counts as a list."""
        name, value = self.take(*names, required=required)
        listed = value if isinstance(value, list) else [] if value is None else [value]
        found = [line(one, 60).upper() for one in listed if isinstance(one, str)]
        if len(found) < len(listed):
            self.note(Flag.WRONG_KIND, name)
        return list(dict.fromkeys(one for one in found if one))[:20]

    def instant(self, *names: str) -> datetime | None:
        name, value = self.take(*names)
        found = instant(value)
        if value is not None and found is None:
            self.note(Flag.UNREADABLE_TIME, name)
        return found

    def number(self, *names: str) -> float | None:
        """Return a number of reasonable size."""
        name, value = self.take(*names)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not -1e12 < value < 1e12:
            self.note(Flag.WRONG_KIND, name)
            return None
        return value

    def inner(self, *names: str, required: bool = False) -> "Letter | None":
        """Return a field that is an object."""
        name, value = self.take(*names, required=required)
        if isinstance(value, dict):
            return Letter(value, self._remarks, f"{self._path}{name}.")
        if value is not None:
            self.note(Flag.WRONG_KIND, name)
        return None

    def ignore(self, *names: str) -> None:
        """Take note of fields that Amazon's schema has and that say nothing here."""
        for name in names:
            self._fields.pop(name.lower(), None)

    def rest(self) -> dict[str, Any]:
        """Return what nobody has asked for, by its name as spelt."""
        return {name: value for name, value in self._fields.values() if value is not None}

    def finish(self) -> None:
        """Name what nobody has asked for."""
        for name in self.rest():
            self.note(Flag.UNKNOWN_FIELD, name)
