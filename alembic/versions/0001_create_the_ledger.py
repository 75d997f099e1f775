"""Create the ledger: its head, the ends of the plans' chains, the events, what they disclose."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "ledger_head",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("workspace_id", name="pk_ledger_head"),
    )
    op.create_table(
        "ledger_plan",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("last_leaf", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("workspace_id", "plan_id", name="pk_ledger_plan"),
    )
    op.create_table(
        "ledger_event",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("octet_length(body) <= 65535", name=op.f("ck_ledger_event_body_size")),
        sa.CheckConstraint("octet_length(leaf) = 32", name=op.f("ck_ledger_event_leaf_size")),
        sa.PrimaryKeyConstraint("workspace_id", "seq", name="pk_ledger_event"),
    )
    op.create_index(
        "ix_ledger_event_workspace_id_plan_id_seq", "ledger_event", ["workspace_id", "plan_id", "seq"], unique=False
    )
    op.create_index(
        "ix_ledger_event_workspace_id_subject_seq", "ledger_event", ["workspace_id", "subject", "seq"], unique=False
    )
    op.create_table(
        "disclosure",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("disclosure", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "seq", "digest", name="pk_disclosure"),
    )


def downgrade() -> None:
    op.drop_table("disclosure")
    op.drop_table("ledger_event")
    op.drop_table("ledger_plan")
    op.drop_table("ledger_head")
