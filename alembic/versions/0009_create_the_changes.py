"""Create what follows an approval: verification, extensions, waivers, amendments, effectiveness checks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"

APP = "followthrough_app"
MINE = "workspace_id = current_setting('followthrough.workspace_id')::uuid"
UPDATES = {
    "request": "state, decided_by, decided_at, decision_reason, reason",
    "amendment": "state, decided_by, decided_at, decision_reason, received_at, authority, decision_reference, content",
    "verification": "reason",
    "effectiveness_check": "reason",
}
WRITTEN_ONCE = {"request": "reason", "amendment": "content", "verification": "reason", "effectiveness_check": "reason"}
"""Columns that may only be erased, as the trigger sees to."""
REQUEST = ("requested", "granted", "refused", "withdrawn")


def upgrade() -> None:
    _create_amendment()
    _create_request()
    op.create_table(
        "verification",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("commitment_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("by", sa.Uuid(), nullable=False),
        _at("at"),
        _words("verification", "outcome", "verified", "rejected"),
        _within("verification", "commitment"),
        sa.PrimaryKeyConstraint("workspace_id", "commitment_id", "number", name="pk_verification"),
    )
    op.create_table(
        "effectiveness_check",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("recurrences", sa.Integer(), nullable=False),
        _at("carried_out_at"),
        _at("window_ends_at"),
        sa.Column("checked_by", sa.Uuid(), nullable=False),
        _at("checked_at"),
        _words("effectiveness_check", "outcome", "effective", "ineffective", "inconclusive"),
        _within("effectiveness_check", "plan"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_effectiveness_check"),
        sa.UniqueConstraint(
            "workspace_id", "plan_id", "number", name="uq_effectiveness_check_workspace_id_plan_id_number"
        ),
    )
    _widen()
    for table, columns in UPDATES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY one_workspace ON {table} TO {APP} USING ({MINE}) WITH CHECK ({MINE})")
        op.execute(f"GRANT SELECT, INSERT ON {table} TO {APP}")
        op.execute(f"GRANT UPDATE ({columns}) ON {table} TO {APP}")
    for table, column in WRITTEN_ONCE.items():
        op.execute(
            f"CREATE TRIGGER only_erase BEFORE UPDATE OF {column} ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION only_erase('{column}')"
        )


def _widen() -> None:
    """Let commitments and series say what became of them since."""
    op.add_column("commitment", sa.Column("requests", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("commitment", sa.Column("extensions", sa.Integer(), nullable=False, server_default="0"))
    op.execute(f"GRANT UPDATE (requests, extensions) ON commitment TO {APP}")
    op.create_index(
        "ix_commitment_unverified",
        "commitment",
        ["workspace_id", "done_at", "id"],
        postgresql_where=sa.text("state = 'done'"),
    )
    op.add_column("series", sa.Column("except_on", postgresql.ARRAY(sa.Date()), nullable=False, server_default="{}"))
    op.add_column("series", sa.Column("ended_on", sa.Date(), nullable=True))
    for table in ("series", "commitment"):
        op.add_column(table, sa.Column("amendment_id", sa.Uuid(), nullable=True))
        op.add_column(table, sa.Column("clause", sa.Integer(), nullable=True))
        op.create_check_constraint(
            op.f(f"ck_{table}_clause_of_an_amendment"), table, "(amendment_id IS NULL) = (clause IS NULL)"
        )
        # The policies know no role that sees all rows; the check of the new key is made by the owner.
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.create_foreign_key(
            f"fk_{table}_workspace_id_amendment_id",
            table,
            "amendment",
            ["workspace_id", "amendment_id"],
            ["workspace_id", "id"],
        )
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"GRANT UPDATE (owner_id, ended_on) ON series TO {APP}")


def _create_amendment() -> None:
    op.create_table(
        "amendment",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("content_sha256", sa.String(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        _at("requested_at"),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        _at("decided_at", nullable=True),
        sa.Column("decision_reason", sa.String(), nullable=True),
        _at("received_at", nullable=True),
        sa.Column("authority", sa.String(), nullable=True),
        sa.Column("decision_reference", sa.String(), nullable=True),
        _words("amendment", "state", *REQUEST),
        *_decided("amendment"),
        sa.CheckConstraint(
            "(received_at IS NOT NULL) = (state = 'granted')", name=op.f("ck_amendment_received_iff_granted")
        ),
        _within("amendment", "plan"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_amendment"),
        sa.UniqueConstraint("workspace_id", "plan_id", "number", name="uq_amendment_workspace_id_plan_id_number"),
    )
    op.create_index(
        "ix_amendment_waiting",
        "amendment",
        ["workspace_id", "requested_at", "id"],
        postgresql_where=sa.text("state = 'requested'"),
    )


def _create_request() -> None:
    op.create_table(
        "request",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("commitment_id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        _at("due_at", nullable=True),
        sa.Column("from_due_on", sa.Date(), nullable=False),
        _at("from_due_at"),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        _at("requested_at"),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        _at("decided_at", nullable=True),
        sa.Column("decision_reason", sa.String(), nullable=True),
        _words("request", "kind", "extension", "waiver"),
        _words("request", "state", *REQUEST),
        sa.CheckConstraint("(due_at IS NULL) = (due_on IS NULL)", name=op.f("ck_request_due_is_both")),
        sa.CheckConstraint("(due_at IS NOT NULL) = (kind = 'extension')", name=op.f("ck_request_due_iff_extension")),
        *_decided("request"),
        _within("request", "commitment"),
        _within("request", "plan"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_request"),
    )
    undecided = sa.text("state = 'requested'")
    op.create_index("ix_request_workspace_id_commitment_id_id", "request", ["workspace_id", "commitment_id", "id"])
    op.create_index(
        "uq_request_undecided", "request", ["workspace_id", "commitment_id"], unique=True, postgresql_where=undecided
    )
    op.create_index("ix_request_waiting", "request", ["workspace_id", "requested_at", "id"], postgresql_where=undecided)


def _at(name: str, *, nullable: bool = False) -> sa.Column[sa.DateTime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _words(table: str, column: str, *allowed: str) -> sa.CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in allowed)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=op.f(f"ck_{table}_{column}"))


def _decided(table: str) -> tuple[sa.CheckConstraint, ...]:
    return (
        sa.CheckConstraint("(decided_at IS NULL) = (state = 'requested')", name=op.f(f"ck_{table}_decided_iff_closed")),
        sa.CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", name=op.f(f"ck_{table}_decided_by_someone")),
    )


def _within(table: str, of: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["workspace_id", f"{of}_id"],
        [f"{of}.workspace_id", f"{of}.id"],
        name=f"fk_{table}_workspace_id_{of}_id",
    )


def downgrade() -> None:
    message = "A ledger is not taken back. Restore a backup."
    raise NotImplementedError(message)
