"""Tables in a letter, as Markdown writes them and as Word's are given here. Pure."""

from collections.abc import Iterable, Iterator

from app.letters.pattern import Pattern

_ROW = Pattern(r"\s*\|(?P<cells>.*)\|\s*")
_RULE = Pattern(r"[\s|:+=-]+")
_NUMBER = Pattern(r"#?\s*\d{0,3}[.)]?")


def as_items(lines: Iterable[str]) -> Iterator[str]:
    """Return the lines, a row of a table as an item of a list: `| Train | Bo |` as `- Train; Owner: Bo`.

    The first row of a table says what its columns are, and stays as it is.
    """
    labels: list[str] | None = None
    for line in lines:
        row = _ROW.fullmatch(line)
        if not row:
            labels = None
            yield line
        elif labels is None or _RULE.fullmatch(line):
            labels = labels or _cells(row["cells"])
            yield line
        else:
            yield _item(labels, _cells(row["cells"]))


def _cells(row: str) -> list[str]:
    return [one.strip() for one in row.split("|")]


def _item(labels: list[str], cells: list[str]) -> str:
    labelled = [
        (label, cell)
        for label, cell in zip([*labels, *[""] * len(cells)], cells, strict=False)
        if not _NUMBER.fullmatch(cell)
    ]
    said = [f"{label}: {cell}" if place and label else cell for place, (label, cell) in enumerate(labelled)]
    return f"- {'; '.join(said)}" if said else ""
