"""Create the digests: what members chose, and what became of each day's."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

APP = "followthrough_app"
MINE = "workspace_id = current_setting('followthrough.workspace_id')::uuid"
UPDATES = {
    "digest": "channel, address, hour, timezone, days, active",
    "digest_delivery": "state, attempts, at, token_hash",
}


def upgrade() -> None:
    op.create_table(
        "digest",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=True),
        sa.Column("days", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        _words("digest", "channel", "email", "apprise"),
        _words("digest", "days", "every_day", "weekdays"),
        sa.CheckConstraint("hour BETWEEN 0 AND 23", name=op.f("ck_digest_hour")),
        sa.CheckConstraint("(address IS NULL) = (channel = 'email')", name=op.f("ck_digest_address")),
        _within_member("digest"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_digest"),
        sa.UniqueConstraint("workspace_id", "member_id", name="uq_digest_workspace_id_member_id"),
    )
    op.create_table(
        "digest_delivery",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        # Before the member: what is old is found by it.
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=True),
        _words("digest_delivery", "state", "empty", "claimed", "handing", "sent", "refused", "lost"),
        sa.CheckConstraint("octet_length(token_hash) = 32", name=op.f("ck_digest_delivery_hash_size")),
        _within_member("digest_delivery"),
        sa.PrimaryKeyConstraint("workspace_id", "day", "member_id", name="pk_digest_delivery"),
        sa.UniqueConstraint("workspace_id", "token_hash", name="uq_digest_delivery_workspace_id_token_hash"),
    )
    for table, columns in UPDATES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY one_workspace ON {table} TO {APP} USING ({MINE}) WITH CHECK ({MINE})")
        op.execute(f"GRANT SELECT, INSERT ON {table} TO {APP}")
        op.execute(f"GRANT UPDATE ({columns}) ON {table} TO {APP}")
    op.execute(f"GRANT DELETE ON digest_delivery TO {APP}")


def _within_member(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["workspace_id", "member_id"],
        ["member.workspace_id", "member.id"],
        name=f"fk_{table}_workspace_id_member_id",
    )


def _words(table: str, column: str, *allowed: str) -> sa.CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in allowed)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=op.f(f"ck_{table}_{column}"))


def downgrade() -> None:
    message = "A ledger is not taken back. Restore a backup."
    raise NotImplementedError(message)
