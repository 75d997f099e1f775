"""Create the files, and what evidence needs to have one as its content, or to be superseded."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

APP = "followthrough_app"
MINE = "workspace_id = current_setting('followthrough.workspace_id')::uuid"
TYPES = (
    *("application/pdf", "image/png", "image/jpeg", "image/gif", "image/webp", "image/heic", "image/tiff"),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.oasis.opendocument.text",
    "application/vnd.oasis.opendocument.spreadsheet",
    *("message/rfc822", "text/plain"),
)


def upgrade() -> None:
    listed = ", ".join(f"'{one}'" for one in TYPES)
    op.create_table(
        "file",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("uploaded_by", sa.Uuid(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("kept_until", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"media_type IN ({listed})", name=op.f("ck_file_media_type")),
        sa.CheckConstraint("size > 0 AND uses >= 0", name=op.f("ck_file_counts")),
        sa.PrimaryKeyConstraint("workspace_id", "sha256", name="pk_file"),
    )
    op.create_index("ix_file_unused", "file", ["workspace_id", "kept_until"], postgresql_where=sa.text("uses = 0"))
    op.execute("ALTER TABLE file ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE file FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY one_workspace ON file TO {APP} USING ({MINE}) WITH CHECK ({MINE})")
    op.execute(f"GRANT SELECT, INSERT, DELETE ON file TO {APP}")
    op.execute(f"GRANT UPDATE (uses, kept_until) ON file TO {APP}")
    _let_evidence_be_a_file()


def _let_evidence_be_a_file() -> None:
    op.add_column("evidence", sa.Column("size", sa.BigInteger(), nullable=True))
    op.add_column("evidence", sa.Column("media_type", sa.String(), nullable=True))
    op.add_column("evidence", sa.Column("superseded_by", sa.Uuid(), nullable=True))
    op.add_column("evidence", sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("evidence", sa.Column("supersession_reason", sa.String(), nullable=True))
    op.drop_constraint(op.f("ck_evidence_kind"), "evidence")
    op.create_check_constraint(op.f("ck_evidence_kind"), "evidence", "kind IN ('note', 'link', 'file')")
    for name, check in {
        "size_of_a_file": "(size IS NOT NULL) = (kind = 'file')",
        "type_of_a_file": "(media_type IS NOT NULL) = (kind = 'file')",
        "superseded_once": "(superseded_at IS NULL) = (superseded_by IS NULL)",
    }.items():
        op.create_check_constraint(op.f(f"ck_evidence_{name}"), "evidence", check)
    # The policies know no role that sees all rows; the check of the new key is made by the owner.
    op.execute("ALTER TABLE evidence NO FORCE ROW LEVEL SECURITY")
    op.create_foreign_key(
        "fk_evidence_workspace_id_superseded_by",
        "evidence",
        "evidence",
        ["workspace_id", "superseded_by"],
        ["workspace_id", "id"],
    )
    op.execute("ALTER TABLE evidence FORCE ROW LEVEL SECURITY")
    op.execute(f"GRANT UPDATE (superseded_by, superseded_at, supersession_reason) ON evidence TO {APP}")
    op.execute(
        """CREATE FUNCTION only_supersede() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF OLD.superseded_by IS NOT NULL AND (
                NEW.superseded_by IS DISTINCT FROM OLD.superseded_by
                OR NEW.superseded_at IS DISTINCT FROM OLD.superseded_at
                OR NEW.supersession_reason NOT IN (OLD.supersession_reason, '[erased]'))
            THEN RAISE EXCEPTION 'evidence is superseded once; the reason can only be erased'; END IF;
            RETURN NEW;
        END $$"""
    )
    op.execute(
        "CREATE TRIGGER only_supersede BEFORE UPDATE OF superseded_by, superseded_at, supersession_reason ON evidence "
        "FOR EACH ROW EXECUTE FUNCTION only_supersede()"
    )


def downgrade() -> None:
    message = "A ledger is not taken back. Restore a backup."
    raise NotImplementedError(message)
