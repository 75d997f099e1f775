"""Digests at the command line: how the settings say to send them, and what would be sent now."""

from email.utils import parseaddr
from typing import Annotated

import typer

from app.cli import database
from app.cli.database import CannotStart
from app.cli.opening import WorkspaceOption, chosen, opened
from app.cli.terminal import say
from app.core import db
from app.core.clock import system_clock
from app.core.config import Settings
from app.digests import operations, queries, rounds
from app.digests.channels import Post
from app.digests.mail import Server
from app.workspaces import queries as members

app = typer.Typer(no_args_is_help=True, help="Digests: what each member is told, once a day.")


def post(given: Settings) -> Post:
    """Return how the settings say to send."""
    return Post(_server(given), given.public_url, given.private_channels)


def _server(given: Settings) -> Server | None:
    if given.smtp_url is None:
        return None
    if "@" not in parseaddr(given.mail_from or "")[1]:
        raise CannotStart("FOLLOWTHROUGH_MAIL_FROM has to say who sends, such as `Followthrough <us@example.com>`.")
    try:
        return Server.at(given.smtp_url, sender=given.mail_from or "")
    except ValueError as error:
        raise CannotStart(f"FOLLOWTHROUGH_SMTP_URL: {error}.") from None


@app.command()
def preview(
    member: Annotated[str, typer.Option(help="E-mail address or id.")], workspace: WorkspaceOption = None
) -> None:
    """Print the digest that a member would get now. Nothing is sent."""
    at, how = system_clock(), post(database.settings())
    with opened() as (engine, _), db.reading(engine, chosen(engine, workspace)) as read:
        found = members.members_by_name(read, {member}).get(member)
        if found is None:
            raise CannotStart(f"No active member is called {member}.")
        to = queries.recipient(read, found.id, mail=True)
        if to is None:
            raise CannotStart(f"{member} does not want digests.")
        letter = rounds.written(read, to, how, day="", token=operations.mint(db.workspace_of(read)), at=at)
    say(f"Subject: {letter.subject}\n\n{letter.text}" if letter else "There is nothing to say, so nothing is sent.")
