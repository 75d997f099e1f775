"""Create escalation: rules, and what the ledger was told by them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"

APP = "followthrough_app"
MINE = "workspace_id = current_setting('followthrough.workspace_id')::uuid"
UPDATES = {
    "escalation_rule": "name, count, older_than_days, kind, owner_id, account_id, level, tell, active",
    "escalation": "left_at",
}


def upgrade() -> None:
    op.create_table(
        "escalation_rule",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=True),
        sa.Column("older_than_days", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("tell", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('corrective', 'preventive')", name=op.f("ck_escalation_rule_kind")),
        sa.CheckConstraint("level BETWEEN 1 AND 5", name=op.f("ck_escalation_rule_level")),
        sa.CheckConstraint("count >= 1", name=op.f("ck_escalation_rule_count")),
        sa.CheckConstraint("older_than_days >= 0", name=op.f("ck_escalation_rule_older_than_days")),
        _within("escalation_rule", "owner_id", "member"),
        _within("escalation_rule", "account_id", "account"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_escalation_rule"),
    )
    op.create_table(
        "escalation",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rule_id", sa.Uuid(), nullable=False),
        sa.Column("commitment_id", sa.Uuid(), nullable=True),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        _within("escalation", "rule_id", "escalation_rule"),
        _within("escalation", "commitment_id", "commitment"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_escalation"),
    )
    op.create_index(
        "uq_escalation_standing",
        "escalation",
        ["workspace_id", "rule_id", "commitment_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("left_at IS NULL"),
    )
    for table, columns in UPDATES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY one_workspace ON {table} TO {APP} USING ({MINE}) WITH CHECK ({MINE})")
        op.execute(f"GRANT SELECT, INSERT ON {table} TO {APP}")
        op.execute(f"GRANT UPDATE ({columns}) ON {table} TO {APP}")


def _within(table: str, column: str, of: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["workspace_id", column], [f"{of}.workspace_id", f"{of}.id"], name=f"fk_{table}_workspace_id_{column}"
    )


def downgrade() -> None:
    message = "A ledger is not taken back. Restore a backup."
    raise NotImplementedError(message)
