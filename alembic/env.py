"""How alembic runs: on a connection that it is given, or on FOLLOWTHROUGH_DATABASE_URL for `alembic revision`."""

import os

import sqlalchemy as sa
from alembic import context

from app.core.db import sqlalchemy_url
from app.tables import metadata


def run(connection: sa.Connection) -> None:
    context.configure(connection=connection, target_metadata=metadata, compare_server_default=True)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with sa.create_engine(sqlalchemy_url(os.environ["FOLLOWTHROUGH_DATABASE_URL"])).connect() as own:
        run(own)
        own.commit()
