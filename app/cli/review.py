"""What was read in a letter, line by line, for whoever reviews it."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from rich.table import Table
from rich.text import Text

from app.cli.terminal import err, many
from app.letters.draft import Part
from app.letters.schemas import LetterOut, PieceOut, Unread

_WHAT = {
    Part.TITLE: ("title", "bold"),
    Part.ITEM: ("item", "cyan"),
    Part.ROOT_CAUSE: ("root cause", "magenta"),
    Part.DONE: ("done", "green"),
    Part.PROMISE: ("promise", "yellow"),
}
_GAPS = {
    "no_commitment": "promise something",
    "owner_missing": "name who is accountable",
    "due_missing": "say when it is due",
}
_WIDEST = 160


def show(name: str, found: LetterOut) -> None:
    """Show the pieces beside their lines, on standard error: the plan itself goes to standard output."""
    parts = Counter(one.part for one in found.pieces)
    counts = (
        f"{many(parts[Part.ROOT_CAUSE], 'root cause')}, {parts[Part.DONE]} done, "
        f"{parts[Part.PROMISE]} promised, {many(parts[Part.ITEM], 'item')}"
    )
    err.print(Text.assemble((name, "bold"), f"  {counts}. Nothing is recorded."))
    err.print(_rows(found), soft_wrap=False)
    if not found.plan.commitments and not found.plan.root_causes:
        err.print("This does not read like a plan of action: no cause, nothing done, nothing promised.", markup=False)
    for code, said in _GAPS.items():
        places = [gap.pointer.rpartition("/")[0] for gap in found.gaps if gap.code == code]
        lines = ", ".join(str(one.line) for one in found.pieces if one.pointer in places)
        if places:
            err.print(f"Before it can be approved: {said}{f', {_at(lines)}' if lines else ''}.", markup=False)
    err.print("Correct the JSON, save it as plan.json, then: followthrough import plan.json", markup=False)


def _rows(found: LetterOut) -> Table:
    plan = found.plan.model_dump(mode="json")
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(justify="right", no_wrap=True, style="dim")
    table.add_column(no_wrap=True)
    table.add_column()
    rows: list[PieceOut | Unread] = [*(one for one in found.pieces if one.part in _WHAT), *found.unread]
    for one in sorted(rows, key=lambda one: one.line):
        lines = _lines(one.line, one.last_line)
        if isinstance(one, Unread):
            table.add_row(lines, Text("left out", "dim"), Text(_short(one.text), "dim"))
            continue
        table.add_row(lines, Text(*_WHAT[one.part]), Text(_short(one.source)))
        if details := "  ".join(_details(one, plan)):
            table.add_row("", "", Text(details, "cyan"))
        for doubt in one.doubts:
            table.add_row("", "", Text(f"? {doubt}", "bright_red"))
    return table


def _short(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= _WIDEST else f"{line[:_WIDEST]}\u2026"


def _details(piece: PieceOut, plan: dict[str, Any]) -> Iterator[str]:
    """Yield what was found out about a root cause or a commitment."""
    _, name, *place = piece.pointer.split("/")
    thing = plan[name][int(place[0])] if place else {}
    if "area" in thing:
        yield thing["area"].replace("_", " ")
    if thing.get("owner"):
        yield thing["owner"]
    elif piece.names:
        yield f"{', '.join(piece.names)}?"
    if piece.performed_on:
        yield f"done {piece.performed_on}"
    if thing.get("due_on"):
        yield f"due {thing['due_on']}"
    if thing.get("due_after_approval"):
        yield f"due {thing['due_after_approval']} after the approval"
    if thing.get("recurrence"):
        yield thing["recurrence"]


def _lines(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"


def _at(lines: str) -> str:
    return f"line{'' if lines.isdecimal() else 's'} {lines}"
