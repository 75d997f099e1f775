"""Count the evidence that a verdict was about: what was rejected does not show it again."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("verification", sa.Column("evidence", sa.Integer(), nullable=False, server_default="0"))
    # The policies know no role that sees all rows; for this statement, the owner is bound by none.
    for table in ("verification", "evidence"):
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(
        "UPDATE verification v SET evidence = (SELECT count(*) FROM evidence e WHERE e.workspace_id = v.workspace_id "
        "AND e.commitment_id = v.commitment_id AND e.added_at <= v.at)"
    )
    for table in ("verification", "evidence"):
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.alter_column("verification", "evidence", server_default=None)


def downgrade() -> None:
    message = "A ledger is not taken back. Restore a backup."
    raise NotImplementedError(message)
