"""The follow-through report as a table: as text (CSV), and as a workbook (XLSX) with the definitions beside it."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from app.core.fields import format_instant
from app.followthrough import table
from app.followthrough.report_schemas import Effects, Figures, FollowedThrough, FollowThrough, Rates

_EPOCH = datetime(1980, 1, 1, tzinfo=UTC).replace(tzinfo=None)
"""What a file says when it was made: the same figures are the same bytes."""

COLUMNS = (
    *("from", "to", "as_of", "by", "key", "name"),
    *Figures.model_fields,
    *("days_late_median", "days_late_p90"),
    *(f"{name}_{part}" for name in Rates.model_fields for part in ("numerator", "denominator", "millionths")),
    *(f"plans_{name}".replace("plans_plans", "plans") for name in Effects.model_fields),
)
_SHOWN = tuple(name for name in COLUMNS if not name.endswith(("_numerator", "_denominator")))
"""The columns of a workbook: it divides by itself."""
Cell = str | int | None


def rows(report: FollowThrough) -> Iterator[list[Cell]]:
    """Yield the row of all, whose `by` is empty, and one for each group; whether plans are effective is said of all."""
    about = [_day(report.from_), _day(report.to), format_instant(report.as_of)]
    checked = [getattr(report.effectiveness, name) for name in Effects.model_fields]
    yield [*about, "", "", "all", *_cells(report.all), *checked]
    for group in report.groups:
        yield [*about, report.by, group.key, group.name, *_cells(group), *[None] * len(checked)]


def _day(day: Any) -> str:
    return day.isoformat() if day else ""


def _cells(one: FollowedThrough) -> Iterator[int | None]:
    yield from (getattr(one.counts, name) for name in Figures.model_fields)
    yield from (one.days_late.median, one.days_late.p90)
    for name in Rates.model_fields:
        share = getattr(one.rates, name)
        yield from (share.numerator, share.denominator, share.millionths)


def as_csv(report: FollowThrough) -> bytes:
    """Return the table as text (RFC 4180)."""
    cells = ([table.harmless(one) if isinstance(one, str) else one for one in row] for row in rows(report))
    return table.written([COLUMNS, *cells]).encode()


def as_xlsx(report: FollowThrough) -> bytes:
    """Return the workbook. Words are written as words, so that none is a formula."""
    file = io.BytesIO()
    with Workbook(file, {"in_memory": True}) as book:
        book.set_properties({"title": "Follow-through", "author": "Followthrough", "created": _EPOCH})
        _fill(book.add_worksheet("Follow-through"), report, book)
        _define(book.add_worksheet("Definitions"), book)
    return file.getvalue()


def _fill(sheet: Worksheet, report: FollowThrough, book: Workbook) -> None:
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    share = book.add_format({"num_format": "0.0%"})
    for column, name in enumerate(_SHOWN):
        sheet.write_string(0, column, _title(name), head)
    for number, row in enumerate(rows(report), 1):
        named = dict(zip(COLUMNS, row, strict=True))
        for column, name in enumerate(_SHOWN):
            match named[name]:
                case int(value) if name.endswith("_millionths"):
                    sheet.write_number(number, column, value / 1_000_000, share)
                case int(value):
                    sheet.write_number(number, column, value)
                case value:
                    sheet.write_string(number, column, value or "")
    sheet.set_column(0, 4, 12)
    sheet.set_column(5, 5, 32)
    sheet.set_column(6, len(_SHOWN) - 1, 11)
    sheet.freeze_panes(1, 6)
    sheet.autofilter(0, 0, len(report.groups) + 1, len(_SHOWN) - 1)


def _define(sheet: Worksheet, book: Workbook) -> None:
    wrapped, word = book.add_format({"text_wrap": True}), book.add_format({"bold": True, "valign": "top"})
    sheet.set_column(0, 0, 32)
    sheet.set_column(1, 1, 90)
    fields = [*Figures.model_fields.items(), *Rates.model_fields.items(), *_CHECKED.items()]
    for row, (name, field) in enumerate(fields):
        sheet.write_string(row, 0, _title(name), word)
        sheet.write_string(row, 1, (field.description or "").replace("`", ""), wrapped)


_CHECKED = {f"plans {name}": field for name, field in Effects.model_fields.items() if name != "plans"}


def _title(name: str) -> str:
    return name.removesuffix("_millionths").replace("_", " ")
