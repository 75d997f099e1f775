"""The command line: `followthrough`."""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import orjson
import typer
from pydantic import ValidationError

from app.cli import database, demo, digesting, handbook, letters, planfiles, review, sealing, serving, terminal
from app.cli.auditing import audit
from app.cli.database import CannotStart
from app.cli.erase import erase as erase_words
from app.cli.opening import WorkspaceOption
from app.cli.opening import chosen as _chosen
from app.cli.opening import opened as _opened
from app.cli.overdue import overdue as ask_overdue
from app.cli.proof import app as proof
from app.cli.terminal import note, say
from app.cli.verify import verify
from app.cli.witness import witness
from app.commitments import schedule
from app.commitments.horizon import Horizon
from app.core import contract, db
from app.core.clock import system_clock
from app.core.config import Settings
from app.core.embedded import ClusterFailed
from app.core.ids import BEFORE_ALL, new_id
from app.core.problems import Problem
from app.followthrough.schemas import OverdueQuery
from app.main import VERSION, create_app
from app.workspaces import operations, queries
from app.workspaces.models import ApiKey, Member
from app.workspaces.rules import Scope
from app.workspaces.schemas import ApiKeyIn, WorkspaceChange

app = typer.Typer(
    no_args_is_help=True, add_completion=False, rich_markup_mode="markdown", pretty_exceptions_enable=False
)
keys = typer.Typer(no_args_is_help=True, help="API keys: what clients present.")
workspaces = typer.Typer(no_args_is_help=True, help="Workspaces: each a tenant of its own.")
app.add_typer(keys, name="keys")
app.add_typer(workspaces, name="workspace")
app.add_typer(proof, name="proof")
app.add_typer(digesting.app, name="digest")
sealing.register(app, keys)


@app.callback(invoke_without_command=True)
def followthrough(
    *, version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False
) -> None:
    """Proves that people did what they promised."""
    if version:
        say(f"followthrough {VERSION}")
        raise typer.Exit


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes any that is free.")] = 8000,
    *,
    demo: Annotated[bool, typer.Option("--demo", help="Load the demo first, unless it is there.")] = False,
    worker: Annotated[bool, typer.Option("--worker/--no-worker", help="Do the housekeeping too.")] = True,
) -> None:
    """Start the server, and a PostgreSQL of its own unless FOLLOWTHROUGH_DATABASE_URL names one."""
    serving.serve(database.settings(), host=host, port=port, with_demo=demo, with_worker=worker, say=say)


@app.command()
def worker() -> None:
    """Do the housekeeping of all workspaces, for servers that were started with --no-worker."""
    serving.housekeep(database.settings(), say)


@app.command()
def migrate() -> None:
    """Bring the database to the version of this code."""
    with database.opened(database.settings(), say):
        say("The database is up to date.")


@app.command("demo")
def load_demo() -> None:
    """Load a small workspace to look at, and print its key."""
    path = database.settings().data_dir / "demo-key"
    with _opened() as (engine, _):
        secret = demo.load(engine, at=system_clock(), keep=lambda key: serving.keep_key(path, key))
    if secret is None:
        note(f"The demo is there already; its key was written to {path}.")
    else:
        note(f"The demo is loaded. Its key, shown this once (it is in {path} too):")
        say(secret)


@workspaces.command("create")
def create_workspace(
    name: Annotated[str, typer.Option(help="What it is called.")],
    timezone: Annotated[str, typer.Option(help="IANA zone of plans that name none.")] = "UTC",
) -> None:
    """Create a workspace and print its first key, which may do everything in it."""
    checked = WorkspaceChange(name=name, timezone=timezone)
    with _opened() as (engine, _), db.writing(engine, new_id()) as tx:
        made = operations.create_workspace(
            tx, name=checked.name or name, timezone=checked.timezone or timezone, at=system_clock()
        )
    note(f"Workspace {made.row.workspace_id} is there. Its first key, shown this once:")
    say(made.secret)


@keys.command("create")
def create_key(
    name: Annotated[str, typer.Option(help="What it is for.")],
    scope: Annotated[list[Scope], typer.Option(help="What it may be used for; give it several times.")],
    member: Annotated[str | None, typer.Option(help="E-mail address or id of the member it acts for.")] = None,
    expires_in: Annotated[str | None, typer.Option(help="How long it works, such as P90D.")] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Make a key and print it. Only its hash is kept."""
    at = system_clock()
    new = ApiKeyIn.model_validate(
        {"name": name, "scopes": scope, "member": member, "expires_at": expires_in and at + _duration(expires_in)}
    )
    with _opened() as (engine, _), db.writing(engine, chosen := _chosen(engine, workspace)) as tx:
        made = operations.create_key(tx, new, by=chosen, powers_of_maker=frozenset(Scope), at=at)
    note(f"Key {made.row.id}, shown this once:")
    say(made.secret)


def _duration(text: str) -> timedelta:
    try:
        length = schedule.parse_duration(text)
    except ValueError as error:
        raise CannotStart(f"--expires-in {text}: {error}.") from None
    start = system_clock()
    return (start + length) - start


@keys.command("list")
def list_keys(workspace: WorkspaceOption = None) -> None:
    """List the keys, revoked ones too; never their secrets."""
    with _opened() as (engine, _), db.reading(engine, _chosen(engine, workspace)) as read:
        rows = queries.listed(read, ApiKey, after=BEFORE_ALL, limit=1000)
        members = {one.id: one.email for one in queries.listed(read, Member, after=BEFORE_ALL, limit=10_000)}
    terminal.show_keys(rows, members, at=system_clock())


@keys.command("revoke")
def revoke_key(
    key: Annotated[UUID, typer.Argument(help="The key's id, as `keys list` shows it.")],
    workspace: WorkspaceOption = None,
) -> None:
    """Revoke a key, at once."""
    with _opened() as (engine, _), db.writing(engine, chosen := _chosen(engine, workspace)) as tx:
        row = operations.revoke_key(tx, queries.one(tx, ApiKey, key), by=chosen, at=system_clock())
    say(f"Revoked: {row.name}")


@app.command("import")
def import_files(
    files: Annotated[list[Path], typer.Argument(help="Files, folders of *.json, or one letter.", exists=True)],
    workspace: WorkspaceOption = None,
) -> None:
    """Record plans from files in the shape of `POST /v1/plans`, and members from files that list them.

    Of a letter (.txt, .md, .docx), a plan of action as people write it, nothing is recorded: what it says is printed as
    such a file, for review.
    """
    if letter := letters.only(files):
        with _opened() as (engine, _):
            found = letters.read(engine, _chosen(engine, workspace), letter, at=system_clock())
        _print_json(found.plan.model_dump(mode="json"))
        review.show(letter.name, found)
        return
    sources = planfiles.read(files)
    with _opened() as (engine, _), terminal.progress("Importing") as progress:
        chosen, failed = _chosen(engine, workspace), False
        progress(0, len(sources))
        for number, source in enumerate(sources, 1):
            fate = planfiles.record(engine, chosen, source, at=system_clock())
            terminal.show_fate(fate)
            failed = failed or bool(fate.faults)
            progress(number, len(sources))
    if failed:
        raise typer.Exit(1)


def _print_json(content: Any) -> None:
    sys.stdout.buffer.write(orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    sys.stdout.flush()


@app.command()
def overdue(
    as_of: Annotated[str | None, typer.Option(help="The answer as of then, such as 2026-12-01T09:00:00Z.")] = None,
    owner: Annotated[str | None, typer.Option(help="Only this member's: e-mail address or id.")] = None,
    *,
    json: Annotated[
        bool, typer.Option("--json", help="Print what `GET /v1/overdue` answers, all pages in one.")
    ] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Show what is overdue, oldest first."""
    query = OverdueQuery.model_validate({"as_of": as_of, "owner": owner})
    with _opened() as (engine, url):
        chosen, at = _chosen(engine, workspace), system_clock()
        Horizon().keep(engine, chosen, at=at)
        answer = asyncio.run(ask_overdue(url, chosen, query, at=at))
    if json:
        _print_json(answer)
    else:
        terminal.show_overdue(answer)


app.command()(audit)


@app.command()
def erase(
    subject: Annotated[UUID, typer.Argument(help="Id of a member, account, key, plan, commitment or evidence.")],
    name: Annotated[list[str] | None, typer.Option(help="Only what events disclose under it; several times.")] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Erase what people wrote of one thing, for good. Events, roots and older proofs stay as they are."""
    with _opened() as (engine, _):
        say(erase_words(engine, _chosen(engine, workspace), subject, name or [], at=system_clock()))


app.command()(verify)
app.command()(witness)


@app.command()
def openapi() -> None:
    """Print the contract of the API (OpenAPI 3.1)."""
    sys.stdout.write(contract.to_text(create_app(Settings.model_construct(), "postgresql://nowhere/none").openapi()))


@app.command(hidden=True)
def docs(folder: Path) -> None:
    """Write the pages that are made from the code."""
    (folder / "settings.md").write_text(handbook.settings_page(), encoding="utf-8")
    (folder / "cli.md").write_text(handbook.cli_page(app), encoding="utf-8")


def main(arguments: list[str] | None = None) -> None:
    """Run a command. What cannot be done is said in plain words, and the exit code is 1."""
    try:
        app(arguments, prog_name="followthrough")
    except (CannotStart, ClusterFailed) as refusal:
        note(f"followthrough: {refusal}")
    except Problem as problem:
        for said in [one.detail for one in problem.errors] or [problem.detail or problem.title()]:
            note(f"followthrough: {said}")
    except ValidationError as error:
        for one in error.errors():
            note(f"followthrough: {'/'.join(map(str, one['loc']))}: {one['msg'].removeprefix('Value error, ')}")
    else:
        return
    sys.exit(1)


if __name__ == "__main__":
    main()
