"""Let requests overwrite what people wrote with the placeholder, and with nothing else.

The columns stay written once for everybody: a trigger refuses every other new value.
"""

from alembic import op

revision = "0006"
down_revision = "0005"

APP = "followthrough_app"
COLUMNS = {
    "member": ("email",),
    "account": ("marketplace", "external_id"),
    "api_key": ("name",),
    "submission": ("content", "text"),
    "series": ("text", "root_causes"),
    "commitment": ("text", "root_causes"),
    "evidence": ("body", "title"),
}
_NO_PLAN = '{"account":null,"commitments":[],"items":[],"root_causes":[],"timezone":"UTC","title":"[erased]"}'


def upgrade() -> None:
    op.execute(
        f"""CREATE FUNCTION only_erase() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            name text;
            before jsonb := to_jsonb(OLD);
            after jsonb := to_jsonb(NEW);
            mark text := 'erased-' || coalesce(after->>'id', '');
        BEGIN
            FOREACH name IN ARRAY TG_ARGV LOOP
                IF after->name IS DISTINCT FROM before->name AND coalesce(after->>name, '') NOT IN
                    ('[erased]', 'erased', '[]', mark, mark || '@invalid', '\\x{_NO_PLAN.encode().hex()}')
                THEN RAISE EXCEPTION '%.% is written once; it can only be erased', TG_TABLE_NAME, name; END IF;
            END LOOP;
            RETURN NEW;
        END $$"""
    )
    for table, columns in COLUMNS.items():
        op.execute(f"GRANT UPDATE ({', '.join(columns)}) ON {table} TO {APP}")
        words = ", ".join(f"'{column}'" for column in columns)
        op.execute(
            f"CREATE TRIGGER only_erase BEFORE UPDATE OF {', '.join(columns)} ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION only_erase({words})"
        )


def downgrade() -> None:
    message = "A ledger is not taken back. Restore a backup."
    raise NotImplementedError(message)
