"""Keep beside a plan's words for how long its effect is observed: the window outlives their erasure."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

APP = "followthrough_app"


def upgrade() -> None:
    op.add_column("plan", sa.Column("observation_days", sa.Integer(), nullable=False, server_default="180"))
    # The policies know no role that sees all rows; for this statement, the owner is bound by none.
    op.execute("ALTER TABLE plan NO FORCE ROW LEVEL SECURITY")
    op.execute(
        "UPDATE plan SET observation_days = CAST(written->>'observation_days' AS int) FROM "
        "(SELECT workspace_id, id, CAST(convert_from(content, 'UTF8') AS jsonb) AS written FROM plan) w "
        "WHERE (w.workspace_id, w.id) = (plan.workspace_id, plan.id) AND written ? 'observation_days'"
    )
    op.execute("ALTER TABLE plan FORCE ROW LEVEL SECURITY")
    # What was frozen before there was such a field, or was erased by now, is observed for as long as it was so far.
    op.alter_column("plan", "observation_days", server_default=None)
    op.create_check_constraint(op.f("ck_plan_observation_days"), "plan", "observation_days BETWEEN 1 AND 1000")
    # Of a plan whose words were erased, nobody can tell how often its problem came back.
    op.alter_column("effectiveness_check", "recurrences", nullable=True)
    op.execute(f"GRANT UPDATE (observation_days) ON plan TO {APP}")


def downgrade() -> None:
    message = "A ledger is not taken back. Restore a backup."
    raise NotImplementedError(message)
