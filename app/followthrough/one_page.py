"""The follow-through report as one page for a person (PDF). The same figures give the same bytes."""

import unicodedata
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import typst

from app.followthrough.report import About, rate
from app.followthrough.report_schemas import SHOWN, By, Figures, FollowThrough, Rate, ReportGroup

MONTHS = 18
"""Of those with something decided, the last."""

_TEMPLATE = resources.files("app.followthrough").joinpath("one_page.typ").read_bytes()
# Those of the wheel. The monospaced one knows Arabic and many signs that the first does not.
_FONTS = ("Libertinus Serif", "DejaVu Sans Mono")
_BY = {By.AREA: "root cause", By.ACCOUNT: "account", By.OWNER: "owner", By.PLAN: "plan", By.KIND: "kind"}
_COLUMNS = ("promised", "on time", "late", "overdue", "ahead", "waived", "on time %", "vs. original %", "median", "p90")
_DASH = "–"  # noqa: RUF001 - as in print
_PARTS = ("kept_on_time", "kept_late", "still_overdue", "not_yet_due", "waived")
"""They add up to what was promised."""
_MEANINGS = (
    ("promised", "the due day first agreed on lies in the period; an extension moves nobody out of it"),
    ("kept on time", "recorded as done before it was overdue; what counts is when it was recorded"),
    ("kept late", "recorded as done afterwards; median and p90 are local days after the due, at least 1"),
    ("still overdue", "open, and the due has passed"),
    ("not yet due", "open, and the due is still ahead"),
    ("waived", "dropped by a decision; it never counts as done"),
    ("effective", "somebody judged afterwards that the problem did not come back"),
    ("verified", "somebody else has looked at the evidence of what was kept"),
    ("on time %", "kept on time, of what is decided: kept on time, kept late or still overdue"),
    ("vs. original %", "the same by the due first agreed on: an extension does not help"),
)


def page(report: FollowThrough, months: FollowThrough, about: About, *, fonts: Path | None = None) -> bytes:
    """Return the page of a *report* by anything, with the shares of *months*, the same by month.

    *fonts* is a folder of further fonts. A sign that no font has, such as a Chinese one without them, is a box.
    """
    groups = [(one.name, one.counts, one.days_late) for one in report.groups[:SHOWN]]
    counts = report.all.counts
    rows = [_row(*one) for one in groups]
    if report.groups_in_all > SHOWN:
        rows.append(_others(report))
    as_of = report.as_of.astimezone(ZoneInfo(about.zone))
    said = "forecast for" if about.forecast else "as recorded on"
    shown = {
        "title": f"Follow-through, {about.workspace}",
        "fonts": _FONTS,
        "workspace": cut(about.workspace, 60),
        "period": _period(report.from_, report.to),
        "as_of": f"{said} {_day(as_of.date())}, {as_of:%H:%M}, {about.zone}",
        "filters": cut("; ".join(cut(one, 50) for one in about.filters), 90),
        "tiles": _tiles(report),
        "all": counts.model_dump(),
        "parts": [{"name": one, "said": one.replace("_", " "), "count": f"{getattr(counts, one):,}"} for one in _PARTS],
        "months": _months(months.groups),
        "months_note": f" (last {MONTHS} months)" if sum(_decided(one) > 0 for one in months.groups) > MONTHS else "",
        "verified": f"verified {counts.verified:,}, waiting for it {counts.awaiting_verification:,}",
        "by": "month" if report.by is By.MONTH else _BY[report.by or By.OWNER],
        "groups": rows,
        "columns": _COLUMNS,
        "totals": _cells(counts, report.all.days_late.median, report.all.days_late.p90),
        "meanings": _MEANINGS,
        "footer": _footer(report),
    }
    known = typst.Fonts(
        # Those of the machine would make other bytes on another machine.
        include_system_fonts=False,
        font_paths=[fonts] if fonts else [],
    )
    data = {"data": orjson.dumps(shown).decode()}
    return typst.compile(_TEMPLATE, font_paths=known, ignore_system_fonts=True, sys_inputs=data, format="pdf")


def cut(text: str, most: int) -> str:
    """Return the beginning of a text that is not wider than so many letters; Chinese signs are as wide as two."""
    width = 0
    for index, sign in enumerate(text):
        width += 2 if unicodedata.east_asian_width(sign) in "WF" else 0 if unicodedata.combining(sign) else 1
        if width > most:
            return f"{text[: max(index - 1, 0)].rstrip()}…"
    return text


def _tiles(report: FollowThrough) -> list[dict[str, str]]:
    counts, late, rates = report.all.counts, report.all.days_late, report.all.rates
    checked = report.effectiveness
    how_late = "none" if late.median is None else f"median {late.median} d, p90 {late.p90} d"
    return [
        {
            "label": "on time",
            "value": percent(rates.on_time, " %"),
            "note": f"{counts.kept_on_time:,} of {_decided(report.all):,}",
            "colour": "kept_on_time",
        },
        {"label": "kept late", "value": f"{counts.kept_late:,}", "note": how_late, "colour": "kept_late"},
        {
            "label": "still overdue",
            "value": f"{counts.still_overdue:,}",
            "note": f"{counts.not_yet_due:,} not yet due",
            "colour": "still_overdue",
        },
        {
            "label": "by the original due",
            "value": percent(rates.on_time_vs_original, " %"),
            "note": f"{counts.extended:,} extended",
            "colour": "waived",
        },
        {
            "label": "recurring, on time",
            "value": percent(rates.recurring_on_time, " %"),
            "note": f"{counts.recurring:,} occurrences",
            "colour": "ink",
        },
        {
            "label": "effective plans",
            "value": f"{checked.effective:,}",
            "note": f"of {checked.plans:,}; {checked.ineffective:,} not",
            "colour": "ink",
        },
    ]


def percent(one: Rate, unit: str = "") -> str:
    """Return a share as people read it; only all of it is 100, only nothing of it is 0."""
    if one.millionths is None:
        return _DASH
    tenths = (one.millionths + 500) // 1000
    if 0 < one.numerator < one.denominator:
        tenths = min(max(tenths, 1), 999)
    whole, tenth = divmod(tenths, 10)
    return f"{whole}{unit}" if tenths in (0, 1000) else f"{whole}.{tenth}{unit}"


def _decided(one: Any) -> int:
    decided: int = one.rates.on_time.denominator
    return decided


def _row(name: str, counts: Figures, late: Any) -> dict[str, Any]:
    cells = _cells(counts, late.median, late.p90)
    return {"name": cut(name, 36), "short": cut(name, 20), "counts": counts.model_dump(), "cells": cells}


def _others(report: FollowThrough) -> dict[str, Any]:
    """Return what is left of all. Only a commitment of several areas is in several groups, and areas are all shown."""
    shown = [one.counts for one in report.groups[:SHOWN]]
    left = {
        name: max(getattr(report.all.counts, name) - sum(getattr(one, name) for one in shown), 0)
        for name in Figures.model_fields
    }
    counts = Figures(**left)
    name = f"{report.groups_in_all - SHOWN:,} others"
    return {"name": name, "short": name, "counts": left, "cells": _cells(counts, None, None)}


def _cells(one: Figures, median: int | None, p90: int | None) -> list[str]:
    decided = one.kept_on_time + one.kept_late + one.still_overdue
    originally = one.on_time_vs_original + one.late_vs_original + one.overdue_vs_original
    counts = (one.promised, one.kept_on_time, one.kept_late, one.still_overdue, one.not_yet_due, one.waived)
    return [
        *(f"{count:,}" for count in counts),
        percent(rate(one.kept_on_time, decided)),
        percent(rate(one.on_time_vs_original, originally)),
        *(_DASH if days is None else f"{days:,}" for days in (median, p90)),
    ]


def _months(groups: list[ReportGroup]) -> list[dict[str, Any]]:
    """Return the last months of which something is decided."""
    decided = [one for one in groups if _decided(one)][-MONTHS:]
    return [
        {
            "label": _month(one.key, first=not index or one.key.endswith("-01")),
            "millionths": one.rates.on_time.millionths,
        }
        for index, one in enumerate(decided)
    ]


def _month(key: str, *, first: bool) -> str:
    day = date.fromisoformat(f"{key}-01")
    return f"{day:%b} ’{day:%y}" if first else f"{day:%b}"  # noqa: RUF001 - as in print


def _day(day: date) -> str:
    return f"{day.day} {day:%B} {day.year}"


def _period(first: date | None, last: date | None) -> str:
    if first and last:
        return f"due {_day(first)} {_DASH} {_day(last)}"
    return f"due since {_day(first)}" if first else f"due up to {_day(last)}" if last else "all due days"


def _footer(report: FollowThrough) -> str:
    instant = report.model_dump(mode="json")["as_of"]
    return f"The commitments behind each figure: GET /v1/follow-through?drill=kept_late&as_of={instant}"
