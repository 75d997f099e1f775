"""Guard the rows: roles that own nothing, row-level security on every table, an append-only ledger.

The application never updates or deletes an event, and may not. The triggers are for everyone else: a console, a
careless script, a future maintainer. Roles belong to the whole server, so they may be there already, and stay when
this is taken back. On Citus the statement-level trigger (TRUNCATE) is refused: leave that one out there.
"""

from alembic import op

revision = "0004"
down_revision = "0003"

APP, WORKER = "followthrough_app", "followthrough_worker"

# What the application may change, by column where only some may: all else is written once.
UPDATES = {
    "ledger_head": "size, frontier, last_at",
    "ledger_plan": "events, last_leaf",
    "workspace": "name, timezone, four_eyes, evidence_required, plans",
    "member": "name, role, active",
    "account": "name",
    "api_key": "revoked_at, last_used_at",
    "plan": "state, title, timezone, account_id, content, content_sha256, attempts, approved_at",
    "submission": "answers, outcome, authority, decision_reference, decision_text, received_at, decided_at, decided_by",
    "series": "opened",
    "commitment": "state, owner_id, due_on, due_at, started_at, performed_on, done_at, done_by, days_late, "
    "days_late_vs_original, version",
    "commitment_span": "until",
}
ONCE = ("ledger_event", "disclosure", "evidence", "plan_item", "idempotency")
DELETES = ("plan_item", "idempotency")

MINE = "{column} = current_setting('followthrough.workspace_id')::uuid"


def upgrade() -> None:
    for role in (APP, WORKER):
        op.execute(
            f"""DO $$
            DECLARE
                -- From 16 on, who creates a role is its member and may still not become it.
                able text := CASE WHEN current_setting('server_version_num')::int < 160000 THEN 'MEMBER' ELSE 'SET' END;
            BEGIN
                IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN CREATE ROLE {role} NOLOGIN; END IF;
                IF NOT pg_has_role(current_user, '{role}', able) THEN GRANT {role} TO CURRENT_USER; END IF;
            END $$"""
        )
        op.execute(f"GRANT USAGE ON SCHEMA public TO {role}")
        # A server that does not own the tables still asks whether they are those it was made for.
        op.execute(f"GRANT SELECT ON alembic_version TO {role}")
    for table in (*UPDATES, *ONCE):
        column = "id" if table == "workspace" else "workspace_id"
        mine = MINE.format(column=column)
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY one_workspace ON {table} TO {APP} USING ({mine}) WITH CHECK ({mine})")
        op.execute(f"GRANT SELECT, INSERT ON {table} TO {APP}")
    for table, columns in UPDATES.items():
        op.execute(f"GRANT UPDATE ({columns}) ON {table} TO {APP}")
    for table in DELETES:
        op.execute(f"GRANT DELETE ON {table} TO {APP}")
    op.execute(f"GRANT SELECT (id) ON workspace TO {WORKER}")
    op.execute(f"CREATE POLICY all_ids ON workspace FOR SELECT TO {WORKER} USING (true)")
    op.execute(
        """CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'the ledger is append-only: % on % refused', TG_OP, TG_TABLE_NAME; END $$"""
    )
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger_event "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON ledger_event "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    message = "A ledger is not taken back. Restore a backup."
    raise NotImplementedError(message)
