"""How the report says who it was, when, and what they wrote: escaped, in the plan's zone."""

from collections.abc import Mapping
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_GONE = '<span class="quiet">(erased or left out; the ledger keeps its fingerprint)</span>'

People = Mapping[str, str]
"""Names by id."""


def who(person: str | None, people: People) -> str:
    """Return a name, or else the end of an id: ids made in one moment begin alike."""
    if person is None:
        return "nobody named"
    name = people.get(person)
    return escape(name) if name else f'<span class="mono id" title="{escape(person)}">…{escape(person[-12:])}</span>'


def words(text: str | None) -> str:
    return _GONE if text is None else escape(text)


def day(day: str) -> str:
    year, month, number = day.split("-")
    return f"{int(number)} {_MONTHS[int(month) - 1]} {year}"


def moment(at: str, zone: str) -> str:
    here = local(at, zone)
    return f"{day(here.date().isoformat())}, {here:%H:%M}"


def local(at: str, zone: str) -> datetime:
    return datetime.fromisoformat(at).astimezone(ZoneInfo(zone))
