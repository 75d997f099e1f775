"""The migrations: from nothing, from any version, by two at once, by a role that is no superuser."""

import itertools
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory

from app.core import db, schema
from app.core.config import Settings
from app.core.embedded import Cluster
from app.core.ids import new_id
from app.main import create_app
from app.tables import metadata
from tests.client import Client
from tests.conftest import FAST, VERSION, Clock, new_tenant
from tests.given import Given

pytestmark = pytest.mark.both_versions

_numbers = itertools.count(1)


@pytest.fixture
def empty(cluster: Cluster) -> Iterator[str]:
    """An empty database in the cluster of the tests, where our roles are known already."""
    name = f"empty_{next(_numbers)}"
    with psycopg.connect(cluster.url("postgres", "postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield cluster.url("postgres", name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def fresh() -> Iterator[Cluster]:
    """A server that has never heard of us."""
    home = Path(tempfile.mkdtemp(prefix="followthrough-", dir="/tmp"))
    home.chmod(0o711)
    cluster = Cluster.ensure(home / "pg", version=VERSION, settings=FAST)
    cluster.start()
    yield cluster
    cluster.stop()
    shutil.rmtree(home)


def engine_of(url: str) -> sa.Engine:
    return sa.create_engine(db.sqlalchemy_url(url), poolclass=sa.NullPool)


def revisions() -> list[str]:
    """Return all migrations, oldest first."""
    return [one.revision for one in ScriptDirectory.from_config(schema.config()).walk_revisions()][::-1]


def test_the_migrations_make_the_tables_that_the_code_knows(empty: str) -> None:
    schema.migrate(empty)

    with engine_of(empty).connect() as connection:
        command.check(schema.config(connection))  # raises if alembic would have something to do
        found = sa.inspect(connection)
        for table in metadata.sorted_tables:
            # Alembic does not compare these.
            assert {one["name"] for one in found.get_check_constraints(table.name)} == {
                one.name for one in table.constraints if isinstance(one, sa.CheckConstraint)
            }, table.name


def test_each_version_leads_to_the_next(empty: str) -> None:
    engine = engine_of(empty)
    assert schema.revision(engine) is None

    for revision in revisions():
        schema.migrate(empty, to=revision)

        assert schema.revision(engine) == revision
    assert schema.revision(engine) == schema.head()


def test_a_plan_is_observed_for_as_long_as_it_says(empty: str) -> None:
    schema.migrate(empty, to="0013")
    rows = "(gen_random_uuid(), gen_random_uuid(), 1, 'draft', '', 'UTC', %s, '', 0, now(), gen_random_uuid())"
    insert = (
        "INSERT INTO plan (workspace_id, id, number, state, title, timezone, content, content_sha256, attempts, "
        f"created_at, created_by) VALUES {rows}"
    )
    with psycopg.connect(empty, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        for content in (b'{"observation_days":30}', b'{"title":"Before there was such a field"}'):
            connection.execute(insert, [content])  # type: ignore[arg-type]

    schema.migrate(empty)

    with psycopg.connect(empty) as connection:
        assert connection.execute("SELECT observation_days FROM plan ORDER BY 1").fetchall() == [(30,), (180,)]


def test_what_was_judged_before_is_counted_by_the_ledger(empty: str) -> None:
    schema.migrate(empty, to="0014")
    ws, commitment, pieces = new_id(), new_id(), [new_id() for _ in range(3)]
    event = "INSERT INTO ledger_event (workspace_id, seq, body, leaf, subject) VALUES (%s, %s, %s, %s, %s)"
    judged = (
        "INSERT INTO verification (workspace_id, commitment_id, number, outcome, by, at) "
        "VALUES (%s, %s, %s, %s, %s, now())"
    )
    shown = (
        "INSERT INTO evidence (workspace_id, id, commitment_id, kind, body, sha256, added_by, added_at) "
        "VALUES (%s, %s, %s, 'note', '', '', %s, now())"
    )
    order = [(pieces[0], "evidence.added"), (commitment, "commitment.rejected"), (pieces[1], "evidence.added")]
    order += [(commitment, "commitment.verified"), (pieces[0], "disclosure.erased"), (pieces[2], "evidence.added")]
    with psycopg.connect(empty, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        for seq, (subject, kind) in enumerate(order):
            connection.execute(event, [ws, seq, f'{{"type":"{kind}"}}'.encode(), bytes(32), subject])
        for piece in pieces:
            connection.execute(shown, [ws, piece, commitment, ws])
        for number, outcome in enumerate(("rejected", "verified"), 1):
            connection.execute(judged, [ws, commitment, number, outcome, ws])

    schema.migrate(empty)

    with psycopg.connect(empty) as connection:
        counted = connection.execute("SELECT number, evidence FROM verification ORDER BY number").fetchall()
    assert counted == [(1, 1), (2, 2)]


def test_a_second_migration_finds_nothing_to_do(empty: str) -> None:
    schema.migrate(empty)
    schema.migrate(empty)

    assert schema.revision(engine_of(empty)) == schema.head()


def test_of_two_servers_that_start_at_once_one_migrates(empty: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(schema.migrate, [empty, empty]))

    assert done == [None, None]
    assert schema.revision(engine_of(empty)) == schema.head()


def test_there_is_one_newest_migration_and_one_way_to_it() -> None:
    scripts = ScriptDirectory.from_config(schema.config())

    assert scripts.get_heads() == [schema.head()]
    assert len(scripts.get_bases()) == 1


def test_a_ledger_is_not_taken_back(empty: str) -> None:
    schema.migrate(empty)

    with pytest.raises(NotImplementedError), engine_of(empty).begin() as connection:
        command.downgrade(schema.config(connection), "base")

    assert schema.revision(engine_of(empty)) == schema.head()


def serves(url: str) -> None:
    """Let a server on *url* do a write and a read, and look after all workspaces."""
    clock = Clock()
    app = create_app(Settings(_env_file=None, pool_size=2), url, clock=clock)  # type: ignore[call-arg]
    with Client(app) as anyone:
        tenant = new_tenant(app, "Ada's shop")
        api = anyone.with_key(tenant.key, clock)
        Given(api).plan()
        assert api.at("2026-06-01T00:00:00Z").overdue() == ["POA-1.1"]
        assert api.get("/readyz").text == "ready\n"
        assert [str(one) for one in db.workspace_ids(app.state.engine)] == [tenant.workspace_id]


@pytest.mark.slow
def test_a_role_that_only_owns_its_database_can_migrate_and_serve(fresh: Cluster) -> None:
    with psycopg.connect(fresh.url("postgres", "postgres"), autocommit=True) as connection:
        connection.execute("CREATE ROLE keeper LOGIN CREATEROLE NOSUPERUSER")
        connection.execute("CREATE DATABASE shop OWNER keeper")
        connection.execute("CREATE ROLE clerk LOGIN NOSUPERUSER")
        connection.execute("CREATE DATABASE second OWNER clerk")

    schema.migrate(fresh.url("keeper", "shop"))
    serves(fresh.url("keeper", "shop"))

    # A second database on the same server, whose owner may make no roles: an administrator has granted ours.
    with psycopg.connect(fresh.url("postgres", "postgres"), autocommit=True) as connection:
        connection.execute(f"GRANT {db.APP_ROLE}, {db.WORKER_ROLE} TO clerk")
    schema.migrate(fresh.url("clerk", "second"))
    serves(fresh.url("clerk", "second"))
