"""`followthrough proof`: a plan's proof as a file to hand over, and its parts for other people's tools."""

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Literal

import typer

from app.cli import database
from app.cli.database import CannotStart
from app.cli.opening import WorkspaceOption, chosen, opened
from app.cli.terminal import note
from app.core import db
from app.files import store
from app.plans import queries as plans
from app.proofs import archive, bundles, extract
from app.proofs.bundles import Choice
from app.proofs.extract import CannotExtract

app = typer.Typer(no_args_is_help=True, help="Proofs: what was promised and done, for people who trust nobody here.")

STDOUT = Path("-")


@app.command()
def bundle(
    plan: Annotated[str, typer.Argument(help="The plan: `POA-7`, or its id.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Where to; `-` is standard output. Unset: a file named after the plan."),
    ] = None,
    redact: Annotated[Literal["names"] | None, typer.Option(help="Leave out what tells of people.")] = None,
    size: Annotated[int | None, typer.Option(min=1, help="Size of the checkpoint; the newest if left out.")] = None,
    vouched_by: Annotated[
        Literal["timestamp", "witness"] | None,
        typer.Option(help="The newest checkpoint that somebody outside vouches for, instead of the newest."),
    ] = None,
    *,
    zipped: Annotated[
        bool, typer.Option("--zip", help="With the evidence, a report, and a program that checks it.")
    ] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Write the proof of a plan, complete as of a signed checkpoint, into a file to hand over."""
    with tempfile.TemporaryFile() as content:
        with opened() as (engine, _), db.reading(engine, chosen(engine, workspace)) as read:
            row = plans.plan(read, plan)
            made = bundles.make(read, row.id, number=row.number, choice=Choice(size, vouched_by, redact))
            if zipped:
                people = archive.people(read, made.text) if not redact else {}
                files, kept = archive.unerased(read, made.text), store.opened(database.settings())
                archive.pack(made.text, content, reference=row.reference, people=people, store=kept, files=files)
            else:
                content.write(made.text)
        content.seek(0)
        if output == STDOUT:
            shutil.copyfileobj(content, sys.stdout.buffer)
            return
        path = output or Path(f"{row.reference}.proof.{'zip' if zipped else 'json'}")
        try:
            with path.open("wb") as file:
                shutil.copyfileobj(content, file)
        except OSError as error:
            raise CannotStart(f"{path} cannot be written: {error.strerror}.") from None
    note(f"{path}: {row.reference} as of the checkpoint of {made.size:,} events.")
    note("Hand over the log's key another way: `followthrough policy` prints it.")


@app.command("extract")
def extract_files(
    file: Annotated[Path, typer.Argument(metavar="BUNDLE", help="A `*.proof.json`.", exists=True, dir_okay=False)],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to. Nothing in it is overwritten.")],
) -> None:
    """Write each event of a proof as `N.event` and `N.tlog-proof`, for tools of others (c2sp.org/tlog-proof)."""
    try:
        count = extract.write(file.read_bytes(), folder)
    except CannotExtract as refusal:
        raise CannotStart(str(refusal)) from None
    note(f"{folder}: {count} files.")
