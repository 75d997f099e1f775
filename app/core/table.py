"""What all tables have in common."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

# Names that alembic and a person at 3 a.m. can both predict.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Row(SQLModel):
    """A row of one workspace, which leads its key; row-level security hides all others.

    SQLModel does not validate tables: wire schemas check what comes in, constraints hold what is stored.
    """

    workspace_id: UUID = Field(primary_key=True)


def instant(**options: Any) -> Any:
    """A column for an instant: aware in Python, `timestamptz` in PostgreSQL."""
    return Field(sa_type=sa.DateTime(timezone=True), **options)


def words(column: str, *allowed: str) -> sa.CheckConstraint:
    """Return the constraint that *column* holds one of the *allowed* words."""
    listed = ", ".join(f"'{word}'" for word in allowed)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=column)


def within(*columns: str, of: str) -> sa.ForeignKeyConstraint:
    """Return a foreign key to the table *of* that cannot leave the workspace."""
    return sa.ForeignKeyConstraint(["workspace_id", *columns], [f"{of}.workspace_id", f"{of}.id"])
