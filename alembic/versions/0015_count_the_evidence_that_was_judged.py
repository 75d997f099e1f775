"""Count the evidence that a verdict was about: what was rejected does not show it again."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

TABLES = ("verification", "evidence", "ledger_event")
VERDICTS = """
SELECT l.workspace_id, l.subject, l.seq,
  row_number() OVER (PARTITION BY l.workspace_id, l.subject ORDER BY l.seq) AS number
FROM ledger_event l
WHERE EXISTS (SELECT FROM verification v WHERE v.workspace_id = l.workspace_id AND v.commitment_id = l.subject)
AND CAST(convert_from(l.body, 'UTF8') AS jsonb) ->> 'type' IN ('commitment.verified', 'commitment.rejected')
"""
ADDED = "(SELECT min(a.seq) FROM ledger_event a WHERE a.workspace_id = e.workspace_id AND a.subject = e.id)"


def upgrade() -> None:
    op.add_column("verification", sa.Column("evidence", sa.Integer(), nullable=False, server_default="0"))
    # The policies know no role that sees all rows; for this statement, the owner is bound by none.
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(
        "UPDATE verification v SET evidence = (SELECT count(*) FROM evidence e WHERE e.workspace_id = v.workspace_id "  # noqa: S608
        f"AND e.commitment_id = v.commitment_id AND {ADDED} < j.seq) FROM ({VERDICTS}) j "
        "WHERE (j.workspace_id, j.subject, j.number) = (v.workspace_id, v.commitment_id, v.number)"
    )
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.alter_column("verification", "evidence", server_default=None)


def downgrade() -> None:
    message = "A ledger is not taken back. Restore a backup."
    raise NotImplementedError(message)
