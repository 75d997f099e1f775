"""Create what proves: checkpoints, tiles, heads, cosignatures, timestamps, announcements."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

APP, WORKER = "followthrough_app", "followthrough_worker"
ONCE = ("checkpoint", "heads_node", "cosignature", "timestamp_token", "announcement")
MINE = "workspace_id = current_setting('followthrough.workspace_id')::uuid"


def upgrade() -> None:
    op.add_column("ledger_head", sa.Column("epoch", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("ledger_head", sa.Column("sealed", sa.BigInteger(), nullable=False, server_default="0"))
    op.alter_column("ledger_head", "epoch", server_default=None)
    op.alter_column("ledger_head", "sealed", server_default=None)
    _number_the_chains()
    _create_tables()
    for table in (*ONCE, "tile"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY one_workspace ON {table} TO {APP} USING ({MINE}) WITH CHECK ({MINE})")
        op.execute(f"GRANT SELECT, INSERT ON {table} TO {APP}")
    op.execute(f"GRANT UPDATE (hashes) ON tile TO {APP}")
    op.execute(f"GRANT UPDATE (epoch, sealed) ON ledger_head TO {APP}")
    op.execute(f"GRANT DELETE ON disclosure TO {APP}")
    # The worker sees whose ledger grew, and nothing of what it says.
    op.execute(f"GRANT SELECT (workspace_id, size, sealed) ON ledger_head TO {WORKER}")
    op.execute(f"CREATE POLICY all_sizes ON ledger_head FOR SELECT TO {WORKER} USING (true)")
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON checkpoint FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON checkpoint "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def _number_the_chains() -> None:
    op.add_column("ledger_plan", sa.Column("number", sa.Integer(), nullable=True))
    # The policies know no role that sees all rows; for this statement, the owner is bound by none.
    for table in ("ledger_plan", "plan"):
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(
        "UPDATE ledger_plan l SET number = p.number FROM plan p "
        "WHERE (p.workspace_id, p.id) = (l.workspace_id, l.plan_id)"
    )
    for table in ("ledger_plan", "plan"):
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.alter_column("ledger_plan", "number", nullable=False)
    op.create_unique_constraint("uq_ledger_plan_workspace_id_number", "ledger_plan", ["workspace_id", "number"])


def _create_tables() -> None:
    op.create_table(
        "checkpoint",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("octet_length(root) = 32", name=op.f("ck_checkpoint_root_size")),
        sa.PrimaryKeyConstraint("workspace_id", "epoch", "size", name="pk_checkpoint"),
    )
    op.create_table(
        "heads_node",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("idx", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("octet_length(hash) = 32", name=op.f("ck_heads_node_hash_size")),
        sa.PrimaryKeyConstraint("workspace_id", "level", "idx", "size", name="pk_heads_node"),
    )
    op.create_table(
        "tile",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("idx", sa.BigInteger(), nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("octet_length(hashes) BETWEEN 32 AND 8192", name=op.f("ck_tile_hashes_size")),
        sa.PrimaryKeyConstraint("workspace_id", "level", "idx", name="pk_tile"),
    )
    op.create_table(
        "cosignature",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("line", sa.String(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "epoch", "size", "key", name="pk_cosignature"),
    )
    op.create_table(
        "timestamp_token",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("tsa", sa.String(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "epoch", "size", "tsa", name="pk_timestamp_token"),
    )
    op.create_table(
        "announcement",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("commitment_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('due_soon', 'overdue')", name=op.f("ck_announcement_kind")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "commitment_id"],
            ["commitment.workspace_id", "commitment.id"],
            name="fk_announcement_workspace_id_commitment_id",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "commitment_id", "kind", "due_at", name="pk_announcement"),
    )


def downgrade() -> None:
    message = "A ledger is not taken back. Restore a backup."
    raise NotImplementedError(message)
