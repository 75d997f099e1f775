"""What the command line shows: tables, bars, and lines that say what became of something."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from app.cli.planfiles import Fate
from app.core.fields import format_instant
from app.proofs.audit import Report
from app.workspaces.models import ApiKey

out = Console(highlight=False, width=None if sys.stdout.isatty() else 240)
err = Console(stderr=True, highlight=False, soft_wrap=True)

_SHADES = ((90, "bold white on red3"), (30, "bold red3"), (7, "red1"), (0, "light_coral"))
"""The redder, the longer: from over so many days on."""


def say(line: str) -> None:
    """Print a line as it is: what is to be copied is not wrapped."""
    out.print(line, markup=False, soft_wrap=True)


def note(line: str) -> None:
    """Say something beside the result, which alone goes to standard output."""
    err.print(line, markup=False)


def show_overdue(answer: dict[str, Any]) -> None:
    items = answer["data"]
    if items:
        table = _table("Reference", "Days", "Due", "Owner")
        table.columns[1].justify = "right"
        # One line each: what does not fit is cut from the text, not from the reference.
        table.add_column("Commitment", no_wrap=True, ratio=1)
        table.expand = True
        for item in items:
            shade = next(shade for days, shade in _SHADES if item["days_overdue"] > days)
            days = Text(f" {item['days_overdue']} ", shade)
            table.add_row(item["reference"], days, item["due_on"], Text(item["owner"]["name"]), Text(item["text"]))
        out.print(table)
        owners = len({item["owner"]["id"] for item in items})
        plans = len({item["plan"]["id"] for item in items})
        counted = f"{many(len(items), 'commitment')} of {many(owners, 'owner')} in {many(plans, 'plan')}"
        out.print(f"[bold]{counted}[/] overdue on {_moment(answer['as_of'])}.")
    else:
        out.print(f"[green]Nothing is overdue[/] on {_moment(answer['as_of'])}.")
    following = answer["next_change_at"]
    if following:
        out.print(f"[dim]If nobody acts, the list changes next on {_moment(following)}.[/]")


def show_keys(keys: Sequence[ApiKey], emails: dict[Any, str], *, at: datetime) -> None:
    table = _table("Id", "Name", "Scopes", "Member", "Last used", "State")
    table.columns[0].no_wrap = True
    for key in keys:
        member = emails.get(key.member_id, "service key")
        used = _minute(key.last_used_at) if key.last_used_at else "never"
        table.add_row(str(key.id), Text(key.name), " ".join(key.scopes), Text(member), used, _state(key, at))
    out.print(table)


def show_fate(fate: Fate) -> None:
    name = fate.path.name
    if fate.faults:
        out.print(Text.assemble(("✗ ", "bold red"), (name, "bold"), "  nothing recorded"), soft_wrap=True)
        for fault in fate.faults:
            out.print(Text.assemble("    ", (fault.pointer or "/", "cyan"), f"  {fault.detail}"), soft_wrap=True)
    elif fate.skipped:
        out.print(Text.assemble(("= ", "bold yellow"), (name, "bold"), f"  {fate.skipped}"), soft_wrap=True)
    else:
        out.print(Text.assemble(("✓ ", "bold green"), (name, "bold"), f"  {fate.done}"), soft_wrap=True)


def show_report(name: str, report: Report) -> None:
    if report.clean:
        events = many(report.events, "event")
        out.print(
            Text.assemble(("✓ ", "bold green"), (name, "bold"), f"  {events}, root {report.root}"), soft_wrap=True
        )
        return
    out.print(
        Text.assemble(("✗ ", "bold red"), (name, "bold"), f"  {many(len(report.faults), 'fault')}"), soft_wrap=True
    )
    for fault in report.faults:
        out.print(f"    {fault}", markup=False, soft_wrap=True)


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar on standard error while the block works; it is told how much is done, and of how much."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _table(*columns: str) -> Table:
    return Table(*columns, box=None, header_style="dim", padding=(0, 2, 0, 0))


def _state(key: ApiKey, at: datetime) -> str:
    for ends, past, ahead in ((key.revoked_at, "revoked", "revoked from"), (key.expires_at, "expired", "until")):
        if ends is not None:
            return f"[dim]{past}[/]" if ends <= at else f"[yellow]{ahead} {_minute(ends)}[/]"
    return "[green]works[/]"


def many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _minute(at: datetime) -> str:
    return format_instant(at)[:16].replace("T", " ")


def _moment(text: str) -> str:
    return f"{text[:10]} at {text[11:16]} UTC"
