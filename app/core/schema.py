"""The database's schema: bring it to the version that this code was made for, and say which one it has."""

from functools import cache
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from app.core import db

_MIGRATIONS = Path(__file__).parents[2] / "alembic"


def migrate(url: str, *, to: str = "head") -> None:
    """Run the migrations that are missing, as a role that may create tables; one migration at a time, anywhere."""
    engine = sa.create_engine(db.sqlalchemy_url(url), poolclass=sa.NullPool)
    with engine.begin() as connection:
        # Two servers that start at once: the second waits, and finds nothing to do.
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('followthrough.migrate'))"))
        command.upgrade(config(connection), to)


def config(connection: sa.Connection | None = None) -> Config:
    """Return alembic's configuration, for the migrations in this tree."""
    found = Config()
    found.set_main_option("script_location", str(_MIGRATIONS))
    found.set_main_option("path_separator", "os")
    found.attributes["connection"] = connection
    return found


@cache
def head() -> str | None:
    """Return the newest migration there is."""
    return ScriptDirectory.from_config(config()).get_current_head()


@cache
def knows(revision: str) -> bool:
    """Say whether *revision* is one of ours: a newer database has had one that is not."""
    return any(one.revision == revision for one in ScriptDirectory.from_config(config()).walk_revisions())


def revision(engine: sa.Engine) -> str | None:
    """Return the newest migration that the database has had, None if it has had none."""
    with engine.connect() as connection:
        if connection.execute(sa.text("SELECT to_regclass('alembic_version')")).scalar_one() is None:
            return None
        return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
