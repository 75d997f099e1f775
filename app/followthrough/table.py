"""Tables as text (RFC 4180)."""

import csv
import io
from collections.abc import Iterable, Sequence


def harmless(cell: str) -> str:
    """Keep a spreadsheet from reading a cell as a formula (OWASP, CSV injection)."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else cell


def written(rows: Iterable[Sequence[object]]) -> str:
    """Return rows as lines of a table. What people wrote has to be made harmless before."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()
