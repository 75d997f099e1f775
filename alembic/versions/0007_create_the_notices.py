"""Create the notices: what came in, what it is about, how it stood over time; and what plans need to answer them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"

APP = "followthrough_app"
MINE = "workspace_id = current_setting('followthrough.workspace_id')::uuid"
UPDATES = {
    "notice": "account_id, category, severity, title, respond_by, attempts_allowed, attempts, evidence_window_days, "
    "plan_requested, state, acknowledged_at, responded_at, ended_at, plan_id, submission, response, reason, version, "
    # Only to erase them, as the trigger sees to.
    "source, external_id, text",
    "notice_span": "until",
    "plan": "signed_off_at, signed_off_by, authors",
}
CATEGORIES = (
    *("authenticity", "condition", "safety", "intellectual_property", "restricted_product", "listing_policy"),
    *("listing_issue", "order_performance", "customer_service", "documentation", "account_status", "other"),
)
STATES = ("received", "acknowledged", "responded", "closed", "dismissed")


def upgrade() -> None:
    _create_notice()
    op.create_table(
        "notice_item",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "notice_id"],
            ["notice.workspace_id", "notice.id"],
            name="fk_notice_item_workspace_id_notice_id",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "type", "ref", "notice_id", name="pk_notice_item"),
    )
    op.create_index("ix_notice_item_workspace_id_notice_id", "notice_item", ["workspace_id", "notice_id"])
    op.create_table(
        "notice_span",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("respond_by", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id", "notice_id"],
            ["notice.workspace_id", "notice.id"],
            name="fk_notice_span_workspace_id_notice_id",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "notice_id", "version", name="pk_notice_span"),
    )
    op.create_index("ix_notice_span_ended", "notice_span", ["workspace_id", "until", "respond_by"])
    _let_plans_answer()
    for table in ("notice", "notice_item", "notice_span", "plan_notice"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY one_workspace ON {table} TO {APP} USING ({MINE}) WITH CHECK ({MINE})")
        op.execute(f"GRANT SELECT, INSERT ON {table} TO {APP}")
    for table, columns in UPDATES.items():
        op.execute(f"GRANT UPDATE ({columns}) ON {table} TO {APP}")
    op.execute(f"GRANT DELETE ON notice_item, plan_notice TO {APP}")
    op.execute(f"GRANT UPDATE (items) ON evidence TO {APP}")
    op.execute(
        "CREATE TRIGGER only_erase_items BEFORE UPDATE OF items ON evidence "
        "FOR EACH ROW EXECUTE FUNCTION only_erase('items')"
    )
    op.execute(
        "CREATE TRIGGER only_erase BEFORE UPDATE OF source, external_id, text ON notice "
        "FOR EACH ROW EXECUTE FUNCTION only_erase('source', 'external_id', 'text')"
    )


def _create_notice() -> None:
    op.create_table(
        "notice",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("text_sha256", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("respond_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts_allowed", sa.Integer(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("evidence_window_days", sa.Integer(), nullable=True),
        sa.Column("plan_requested", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("responded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("plan_id", sa.Uuid(), nullable=True),
        sa.Column("submission", sa.Integer(), nullable=True),
        sa.Column("response", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        _words("kind", "notification", "complaint"),
        _words("category", *CATEGORIES),
        _words("severity", "info", "warning", "serious", "critical"),
        _words("state", *STATES),
        sa.ForeignKeyConstraint(
            ["workspace_id", "account_id"],
            ["account.workspace_id", "account.id"],
            name="fk_notice_workspace_id_account_id",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "plan_id"], ["plan.workspace_id", "plan.id"], name="fk_notice_workspace_id_plan_id"
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_notice"),
        sa.UniqueConstraint("workspace_id", "source", "external_id", name="uq_notice_workspace_id_source_external_id"),
    )
    awaiting = sa.text("state IN ('received', 'acknowledged')")
    ignored = sa.text("state = 'received'")
    mine = "workspace_id"
    op.create_index("ix_notice_respond_by", "notice", [mine, "respond_by", "id"], postgresql_where=awaiting)
    op.create_index("ix_notice_ignored", "notice", [mine, "received_at", "id"], postgresql_where=ignored)
    op.create_index("ix_notice_workspace_id_received_at_id", "notice", [mine, "received_at", "id"])
    op.create_index(
        "ix_notice_workspace_id_account_id_received_at_id", "notice", [mine, "account_id", "received_at", "id"]
    )
    op.create_index("ix_notice_workspace_id_category_received_at", "notice", [mine, "category", "received_at"])
    op.create_index("ix_notice_workspace_id_plan_id", "notice", [mine, "plan_id"])


def _let_plans_answer() -> None:
    op.create_table(
        "plan_notice",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "plan_id"], ["plan.workspace_id", "plan.id"], name="fk_plan_notice_workspace_id_plan_id"
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "notice_id"],
            ["notice.workspace_id", "notice.id"],
            name="fk_plan_notice_workspace_id_notice_id",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "plan_id", "notice_id", name="pk_plan_notice"),
    )
    op.create_index(
        "ix_plan_pending",
        "plan",
        ["workspace_id", "state"],
        postgresql_where=sa.text("state IN ('draft', 'submitted', 'more_info_requested', 'denied')"),
    )
    op.create_index("ix_plan_notice_workspace_id_notice_id", "plan_notice", ["workspace_id", "notice_id"])
    op.add_column("plan", sa.Column("signed_off_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("plan", sa.Column("signed_off_by", sa.Uuid(), nullable=True))
    op.add_column("plan", sa.Column("authors", postgresql.ARRAY(sa.Uuid()), nullable=False, server_default="{}"))
    op.create_check_constraint(
        op.f("ck_plan_signed_off_by_someone"), "plan", "(signed_off_at IS NULL) = (signed_off_by IS NULL)"
    )
    op.alter_column("evidence", "commitment_id", nullable=True)
    op.add_column("evidence", sa.Column("plan_id", sa.Uuid(), nullable=True))
    op.add_column("evidence", sa.Column("items", postgresql.ARRAY(sa.String()), nullable=True))
    # The policies know no role that sees all rows; for these statements, the owner is bound by none.
    for table in _READ:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(_AUTHORS)
    op.create_foreign_key(
        "fk_evidence_workspace_id_plan_id", "evidence", "plan", ["workspace_id", "plan_id"], ["workspace_id", "id"]
    )
    for table in _READ:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.create_index("ix_evidence_workspace_id_plan_id", "evidence", ["workspace_id", "plan_id"])
    op.create_check_constraint(op.f("ck_evidence_of_one"), "evidence", "(plan_id IS NULL) <> (commitment_id IS NULL)")


_READ = ("plan", "evidence", "ledger_event")
_AUTHORS = """
UPDATE plan p SET authors = (SELECT array_agg(a.actor ORDER BY a.first) FROM (
    SELECT (e.said->>'actor')::uuid AS actor, min(e.seq) AS first FROM (
        SELECT l.seq, convert_from(l.body, 'UTF8')::json AS said FROM ledger_event l
        WHERE l.workspace_id = p.workspace_id AND l.subject = p.id) e
    WHERE e.said->>'type' IN ('plan.drafted', 'plan.redrafted') GROUP BY 1) a)
"""


def _words(column: str, *allowed: str) -> sa.CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in allowed)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=op.f(f"ck_notice_{column}"))


def downgrade() -> None:
    message = "A ledger is not taken back. Restore a backup."
    raise NotImplementedError(message)
