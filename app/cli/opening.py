"""What most commands begin with: a database that is open, and the workspace that is meant."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, NamedTuple
from uuid import UUID

import sqlalchemy as sa
import typer

from app.cli import database
from app.cli.database import CannotStart
from app.core import db
from app.workspaces import queries

WorkspaceOption = Annotated[
    UUID | None, typer.Option("--workspace", help="Its id. Needed only where there are several.", show_default=False)
]


class Open(NamedTuple):
    """A database that is open for a command."""

    engine: sa.Engine
    url: str


@contextmanager
def opened() -> Iterator[Open]:
    """Open the database for one command; the embedded one is started if need be, and stopped again."""
    with database.opened(database.settings(), _quiet) as url, database.explained():
        engine = db.make_engine(url, pool_size=2)
        try:
            yield Open(engine, url)
        finally:
            engine.dispose()


def _quiet(_: str) -> None: ...


def names(engine: sa.Engine, ids: Sequence[UUID]) -> dict[UUID, str]:
    found = {}
    for one in ids:
        with db.reading(engine, one) as read:
            found[one] = queries.workspace(read).name
    return found


def chosen(engine: sa.Engine, wanted: UUID | None) -> UUID:
    """Return the workspace that is meant; where that is not clear, refuse and list them."""
    ids = db.workspace_ids(engine)
    if wanted in ids or (wanted is None and len(ids) == 1):
        return wanted or ids[0]
    if not ids:
        raise CannotStart("There is no workspace yet: `followthrough workspace create --name ...` makes one.")
    listed = "\n".join(f"  {one}  {name}" for one, name in names(engine, ids[:100]).items())
    raise CannotStart(
        f"{'Say which' if wanted is None else 'There is no such'} workspace: --workspace ID, one of\n{listed}"
    )
