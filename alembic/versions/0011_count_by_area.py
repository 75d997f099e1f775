"""Copy to each promise where its root causes lie, so that what was kept can be counted by area."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"

TABLES = ("series", "commitment")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(
            table, sa.Column("areas", postgresql.ARRAY(sa.String()), nullable=False, server_default=sa.text("'{}'"))
        )
    op.create_index(
        "ix_commitment_extended",
        "commitment",
        ["workspace_id", "original_due_at"],
        postgresql_where=sa.text("extensions > 0 AND state IN ('open', 'in_progress')"),
    )
    # The policies know no role that sees all rows; for these statements, the owner is bound by none.
    for table in ("plan", *TABLES):
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    for table in TABLES:
        op.execute(_fill(table))
    for table in ("plan", *TABLES):
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def _fill(table: str) -> str:
    """Return the statement that takes the areas from the frozen content, as the application writes them."""
    return (
        f"UPDATE {table} c SET areas = coalesce((SELECT array_agg(DISTINCT one->>'area' COLLATE \"C\") "  # noqa: S608 - names are ours
        "FROM plan p, jsonb_array_elements(CAST(convert_from(p.content, 'UTF8') AS jsonb)->'root_causes') one "
        "WHERE p.workspace_id = c.workspace_id AND p.id = c.plan_id AND one->>'key' = ANY (c.root_causes)), '{}') "
        "WHERE root_causes <> '{}'"
    )


def downgrade() -> None:
    message = "A ledger is not taken back. Restore a backup."
    raise NotImplementedError(message)
