"""Create what is taken in: messages as they came, whose subscriptions are, how the figures of reports stand."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"

APP = "followthrough_app"
MINE = "workspace_id = current_setting('followthrough.workspace_id')::uuid"
WORDS = ("type", "notification_id", "subscription_id", "seller_id", "marketplace_id", "remarks")
UPDATES = {
    # The last ones only to erase them, as the triggers see to.
    "message": f"status, why, account_id, notices, resolved_at, deliveries, raw, {', '.join(WORDS)}",
    "subscription": "account_id, subscription",
    "figure": "status, count, rate_millionths, beyond, until, message_id, marketplace, name",
}
METRICS = (
    *("account_status", "account_health_rating", "warning", "listing_policy_violations"),
    *("product_authenticity_customer_complaints", "product_condition_customer_complaints"),
    *("product_safety_customer_complaints", "food_and_product_safety_issues"),
    *("received_intellectual_property_complaints", "suspected_intellectual_property_violations"),
    *("restricted_product_policy_violations", "other_policy_violations", "document_requests"),
    *("order_defect_rate_mfn", "order_defect_rate_afn", "late_shipment_rate", "pre_fulfillment_cancellation_rate"),
    *("on_time_delivery_rate", "unit_on_time_delivery_rate", "valid_tracking_rate", "invoice_defect_rate"),
    "other",
)


def upgrade() -> None:
    _create_message()
    op.create_table(
        "subscription",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subscription", sa.String(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _within("subscription", "account"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_subscription"),
        sa.UniqueConstraint("workspace_id", "subscription", name="uq_subscription_workspace_id_subscription"),
    )
    _create_figure()
    for table, columns in UPDATES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY one_workspace ON {table} TO {APP} USING ({MINE}) WITH CHECK ({MINE})")
        op.execute(f"GRANT SELECT, INSERT ON {table} TO {APP}")
        op.execute(f"GRANT UPDATE ({columns}) ON {table} TO {APP}")
    _guard()


def _guard() -> None:
    """What was delivered is written once; it can be erased, and nothing else."""
    for table, columns in {
        "message": WORDS,
        "subscription": ("subscription",),
        "figure": ("marketplace", "name"),
    }.items():
        names = ", ".join(f"'{column}'" for column in columns)
        op.execute(
            f"CREATE TRIGGER only_erase BEFORE UPDATE OF {', '.join(columns)} ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION only_erase({names})"
        )
    op.execute(
        """CREATE FUNCTION only_erase_bytes() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.raw <> OLD.raw AND NEW.raw <> '[erased]'::bytea
            THEN RAISE EXCEPTION '%.raw is written once; it can only be erased', TG_TABLE_NAME; END IF;
            RETURN NEW;
        END $$"""
    )
    op.execute(
        "CREATE TRIGGER only_erase_bytes BEFORE UPDATE OF raw ON message "
        "FOR EACH ROW EXECUTE FUNCTION only_erase_bytes()"
    )


def _create_message() -> None:
    waiting = sa.text("status = 'unresolved'")
    op.create_table(
        "message",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("identity", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("notices", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("flags", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("remarks", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("notification_id", sa.String(), nullable=True),
        sa.Column("subscription_id", sa.String(), nullable=True),
        sa.Column("seller_id", sa.String(), nullable=True),
        sa.Column("marketplace_id", sa.String(), nullable=True),
        sa.Column("event_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deliveries", sa.Integer(), nullable=False),
        _words("message", "status", "recorded", "unresolved", "kept", "nothing_worse"),
        _words("message", "why", "unknown_seller", "several_accounts", "unknown_subscription", "nothing_named"),
        _within("message", "account"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_message"),
        sa.UniqueConstraint("workspace_id", "identity", name="uq_message_workspace_id_identity"),
    )
    mine = "workspace_id"
    op.create_index("ix_message_workspace_id_status_id", "message", [mine, "status", "id"])
    op.create_index("ix_message_waiting", "message", [mine, "received_at", "id"], postgresql_where=waiting)
    op.create_index("ix_message_subscription", "message", [mine, "subscription_id"], postgresql_where=waiting)
    op.create_index("ix_message_seller", "message", [mine, "seller_id"], postgresql_where=waiting)
    op.create_index("ix_message_notice", "message", [mine, sa.text("(notices[1])")])
    several = sa.text("cardinality(notices) > 1")
    op.create_index("ix_message_notices", "message", [mine, "id"], postgresql_where=several)


def _create_figure() -> None:
    op.create_table(
        "figure",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("marketplace", sa.String(), nullable=False),
        sa.Column("metric", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=True),
        sa.Column("rate_millionths", sa.Integer(), nullable=True),
        sa.Column("beyond", sa.Boolean(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        _words("figure", "metric", *METRICS),
        _words("figure", "status", "good", "bad", "worst"),
        _within("figure", "account"),
        _within("figure", "message"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_figure"),
        sa.UniqueConstraint(
            *("workspace_id", "account_id", "marketplace", "metric", "name"),
            name="uq_figure_workspace_id_account_id_marketplace_metric_name",
        ),
    )


def _within(table: str, of: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["workspace_id", f"{of}_id"], [f"{of}.workspace_id", f"{of}.id"], name=f"fk_{table}_workspace_id_{of}_id"
    )


def _words(table: str, column: str, *allowed: str) -> sa.CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in allowed)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=op.f(f"ck_{table}_{column}"))


def downgrade() -> None:
    message = "A ledger is not taken back. Restore a backup."
    raise NotImplementedError(message)
