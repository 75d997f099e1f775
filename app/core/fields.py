"""What every field of the API is made of: bounded, strict, and with one error message each."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
# Neither what names no place, nor what PostgreSQL takes for an abbreviation, without summer time.
_ZONES = frozenset(available_timezones() - {"localtime", "Factory", "CET", "EET", "MET", "WET"})

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2199, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)


class In(BaseModel):
    """A request body: unknown fields are refused, so that a typing error is not a silent omission."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Out(BaseModel):
    """An answer. Its fields have no defaults: each is said every time."""

    model_config = ConfigDict(frozen=True)


def _day(value: object) -> object:
    # Pydantic alone reads 0 and "0.5" as days since 1970.
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise ValueError("a day is text such as 2026-12-01 (RFC 3339)")
    return value


def _instant(value: object) -> object:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        raise ValueError("an instant is text with its offset, such as 2026-12-01T09:00:00Z (RFC 3339)")
    # A `+` in a query arrives as a space when it was not escaped; the date and the time may have one too.
    return value[:10] + "T" + value[11:].upper()


def _utc(value: datetime) -> datetime:
    if not EARLIEST <= value <= LATEST:
        raise ValueError("instants lie between the years 1970 and 2199")
    return value.astimezone(UTC)


def _whole(value: datetime) -> datetime:
    if value.microsecond:
        raise ValueError("a deadline is given to the second")
    return value


def _era(value: date) -> date:
    if not EARLIEST.date() <= value <= LATEST.date():
        raise ValueError("days lie between the years 1970 and 2199")
    return value


def _zone(value: str) -> None:
    if value not in _ZONES:
        raise ValueError("not an IANA time zone; one is America/Los_Angeles")
    ZoneInfo(value)


def _number(value: object) -> object:
    # Pydantic alone reads "24" and true as numbers.
    if isinstance(value, str | bool):
        raise PydanticCustomError("number", "a number, without quotes")
    return value


number = BeforeValidator(_number)


def checked(check: Callable[[str], object], code: str) -> AfterValidator:
    """Return a validator that refuses with this code what *check* raises a ValueError for."""

    def validate(text: str) -> str:
        try:
            check(text)
        except ValueError as error:
            raise PydanticCustomError(code, "{reason}", {"reason": str(error)}) from None
        return text

    return AfterValidator(validate)


def format_instant(value: datetime) -> str:
    """Format an instant as answers have it: UTC with `Z`, a fraction only where there is one."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def schema(**facts: Any) -> WithJsonSchema:
    return WithJsonSchema(facts)


PRINTABLE = r"^[\x20-\x7e]*$"
_DATE = r"(19[7-9][0-9]|2[01][0-9]{2})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
_OFFSET = r"(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
_LINE = r"^[^\x00-\x1f\x7f]+$"
_CHAR = r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
_TEXT = rf"^{_CHAR}*$"
_SEEN = r"[^\x00-\x20\x7f\xa0\u2000-\u200b\u2028\u2029\u202f\u205f\u3000\ufeff]"
"""A character that shows: no space, of whatever width."""
_SAID = rf"^{_CHAR}*{_SEEN}{_CHAR}*$"

Line = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_LINE)]
"""One line of text, for names and titles."""

Text = Annotated[str, StringConstraints(min_length=1, max_length=10_000, pattern=_TEXT)]
"""Text of up to 10,000 characters, line breaks allowed."""

LongText = Annotated[str, StringConstraints(min_length=1, max_length=100_000, pattern=_TEXT)]
"""A letter."""

SaidLine = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, pattern=rf"^[^\x00-\x1f\x7f]*{_SEEN}[^\x00-\x1f\x7f]*$"),
]
"""One line that says something."""

Said = Annotated[str, StringConstraints(min_length=1, max_length=10_000, pattern=_SAID)]
"""Text that says something, such as a reason: spaces alone do not."""

LongSaid = Annotated[str, StringConstraints(min_length=1, max_length=100_000, pattern=_SAID)]
"""A letter that says something."""

Url = Annotated[str, StringConstraints(max_length=2000, pattern=r"^https?://[^\x00-\x20\x7f-\xa0]+$")]
Email = Annotated[
    str,
    StringConstraints(max_length=254, pattern=r"^[^@<>\x00-\x20\x7f-\xa0]{1,64}@[^@<>\x00-\x20\x7f-\xa0]{1,189}$"),
    Field(json_schema_extra={"format": "mailbox"}),
]
Slug = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
Zone = Annotated[
    str,
    StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_+/-]+$"),
    checked(_zone, "unknown_zone"),
    Field(json_schema_extra={"format": "iana-time-zone"}),
]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$", max_length=64)]
Flag = Annotated[bool, Field(strict=True)]
"""True or false: not 1, not "yes"."""

Count = Annotated[int, Field(ge=0, le=2_147_483_647, json_schema_extra={"format": "int32"})]
Positive = Annotated[int, Field(ge=1, le=2_147_483_647, json_schema_extra={"format": "int32"})]
Sequence = Annotated[int, Field(ge=0, le=2**53 - 1, json_schema_extra={"format": "int64"})]
Id = Annotated[UUID, schema(type="string", format="uuid", maxLength=36)]

Day = Annotated[
    date,
    BeforeValidator(_day),
    AfterValidator(_era),
    schema(type="string", format="date", maxLength=10, pattern=f"^{_DATE}$"),
]
Instant = Annotated[
    datetime,
    BeforeValidator(_instant),
    AfterValidator(_utc),
    PlainSerializer(format_instant, return_type=str, when_used="json"),
    schema(type="string", format="date-time", maxLength=35, pattern=rf"^{_DATE}T{_TIME}(\.[0-9]{{1,6}})?{_OFFSET}$"),
]
Second = Annotated[
    Instant,
    AfterValidator(_whole),
    schema(type="string", format="date-time", maxLength=25, pattern=f"^{_DATE}T{_TIME}{_OFFSET}$"),
]
"""An instant without a fraction."""
