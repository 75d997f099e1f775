"""Create plans, the attempts to get them approved, and the commitments they bind."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "plan",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("content_sha256", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.CheckConstraint("(approved_at IS NOT NULL) = (state = 'approved')", name=op.f("ck_plan_approved_iff_dated")),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'more_info_requested', 'denied', 'approved', 'withdrawn')",
            name=op.f("ck_plan_state"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "account_id"],
            ["account.workspace_id", "account.id"],
            name="fk_plan_workspace_id_account_id",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_plan"),
        sa.UniqueConstraint("workspace_id", "number", name="uq_plan_workspace_id_number"),
    )
    op.create_index("ix_plan_workspace_id_account_id", "plan", ["workspace_id", "account_id"], unique=False)
    op.create_table(
        "plan_item",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "plan_id"], ["plan.workspace_id", "plan.id"], name="fk_plan_item_workspace_id_plan_id"
        ),
        sa.PrimaryKeyConstraint("workspace_id", "type", "ref", "plan_id", name="pk_plan_item"),
    )
    op.create_index("ix_plan_item_workspace_id_plan_id", "plan_item", ["workspace_id", "plan_id"], unique=False)
    op.create_table(
        "submission",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("content_sha256", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=True),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_by", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("authority", sa.String(), nullable=True),
        sa.Column("decision_reference", sa.String(), nullable=True),
        sa.Column("decision_text", sa.String(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('approved', 'denied', 'more_info_requested')", name=op.f("ck_submission_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "plan_id"], ["plan.workspace_id", "plan.id"], name="fk_submission_workspace_id_plan_id"
        ),
        sa.PrimaryKeyConstraint("workspace_id", "plan_id", "number", name="pk_submission"),
    )
    op.create_table(
        "series",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("plan_number", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened", sa.Integer(), nullable=False),
        sa.Column("root_causes", postgresql.ARRAY(sa.String()), nullable=False),
        sa.CheckConstraint("kind IN ('corrective', 'preventive')", name=op.f("ck_series_kind")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "owner_id"], ["member.workspace_id", "member.id"], name="fk_series_workspace_id_owner_id"
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "plan_id"], ["plan.workspace_id", "plan.id"], name="fk_series_workspace_id_plan_id"
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_series"),
        sa.UniqueConstraint("workspace_id", "plan_id", "number", name="uq_series_workspace_id_plan_id_number"),
    )
    op.create_table(
        "commitment",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("plan_number", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("occurrence", sa.Integer(), nullable=True),
        sa.Column("series_id", sa.Uuid(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("root_causes", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("original_due_on", sa.Date(), nullable=False),
        sa.Column("original_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("performed_on", sa.Date(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.Uuid(), nullable=True),
        sa.Column("days_late", sa.Integer(), nullable=True),
        sa.Column("days_late_vs_original", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(done_at IS NOT NULL) = (state IN ('done', 'verified'))", name=op.f("ck_commitment_done_iff_recorded")
        ),
        sa.CheckConstraint("kind IN ('corrective', 'preventive')", name=op.f("ck_commitment_kind")),
        sa.CheckConstraint(
            "state IN ('open', 'in_progress', 'done', 'verified', 'waived')", name=op.f("ck_commitment_state")
        ),
        sa.CheckConstraint(
            "(days_late IS NOT NULL) = (done_at IS NOT NULL)", name=op.f("ck_commitment_lateness_iff_done")
        ),
        sa.CheckConstraint(
            "(series_id IS NULL) = (occurrence IS NULL)", name=op.f("ck_commitment_occurrence_of_a_series")
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "owner_id"],
            ["member.workspace_id", "member.id"],
            name="fk_commitment_workspace_id_owner_id",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "plan_id"], ["plan.workspace_id", "plan.id"], name="fk_commitment_workspace_id_plan_id"
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "series_id"],
            ["series.workspace_id", "series.id"],
            name="fk_commitment_workspace_id_series_id",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_commitment"),
    )
    op.create_index("ix_commitment_due", "commitment", ["workspace_id", "due_at", "id"], unique=False)
    op.create_index(
        "ix_commitment_open_due",
        "commitment",
        ["workspace_id", "due_at", "id"],
        unique=False,
        postgresql_where=sa.text("state IN ('open', 'in_progress')"),
    )
    op.create_index(
        "ix_commitment_owner",
        "commitment",
        ["workspace_id", "owner_id", "due_at", "id"],
        unique=False,
        postgresql_where=sa.text("state IN ('open', 'in_progress')"),
    )
    op.create_index("ix_commitment_series", "commitment", ["workspace_id", "series_id"], unique=False)
    op.create_index(
        "uq_commitment_reference",
        "commitment",
        ["workspace_id", "plan_number", "number", "occurrence"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "commitment_span",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("commitment_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "commitment_id"],
            ["commitment.workspace_id", "commitment.id"],
            name="fk_commitment_span_workspace_id_commitment_id",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "commitment_id", "version", name="pk_commitment_span"),
    )
    op.create_index(
        "ix_commitment_span_current",
        "commitment_span",
        ["workspace_id", "due_at", "commitment_id"],
        unique=False,
        postgresql_where=sa.text("until IS NULL AND state IN ('open', 'in_progress')"),
    )
    op.create_index("ix_commitment_span_ended", "commitment_span", ["workspace_id", "until", "due_at"], unique=False)
    op.create_table(
        "evidence",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("commitment_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("document_on", sa.Date(), nullable=True),
        sa.Column("added_by", sa.Uuid(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('note', 'link')", name=op.f("ck_evidence_kind")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "commitment_id"],
            ["commitment.workspace_id", "commitment.id"],
            name="fk_evidence_workspace_id_commitment_id",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_evidence"),
    )
    op.create_index(
        "ix_evidence_workspace_id_commitment_id", "evidence", ["workspace_id", "commitment_id"], unique=False
    )


def downgrade() -> None:
    op.drop_table("evidence")
    op.drop_table("commitment_span")
    op.drop_table("commitment")
    op.drop_table("series")
    op.drop_table("submission")
    op.drop_table("plan_item")
    op.drop_table("plan")
