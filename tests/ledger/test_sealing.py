"""Sealing: heads leaf last, tiles, root, signature; and what it refuses to sign."""

import json
from itertools import pairwise
from uuid import UUID

import psycopg
import pytest
import sqlalchemy as sa

from app.core import db
from app.ledger import checkpoint, heads, marks, merkle, note, signer, tiles
from app.ledger.marks import Mark
from app.ledger.signer import Keyring
from app.ledger.stored import LedgerDamaged
from tests.client import Client
from tests.conftest import NOW
from tests.given import Given
from tests.ledger.conftest import Bodies, Seal

pytestmark = pytest.mark.both_versions

Owner = psycopg.Connection[tuple[object, ...]]


def test_a_checkpoint_is_the_signed_root_of_all_events(
    given: Given, workspace: UUID, ring: Keyring, bodies: Bodies, seal: Seal
) -> None:
    given.plan()

    made = seal()

    leaves = [merkle.leaf_hash(body) for body in bodies()]
    opened = note.open_note(made.note, signer.verifier_keys(ring, workspace))
    said = note.parse_checkpoint(opened.text)
    assert said == note.Checkpoint(f"log.example/w/{workspace}", len(leaves), merkle.root(leaves))
    assert (made.epoch, made.size, made.root) == (1, said.size, said.root)


def test_the_last_leaf_names_the_end_of_every_plan(
    given: Given, engine: sa.Engine, workspace: UUID, bodies: Bodies, seal: Seal
) -> None:
    for _ in range(3):
        given.draft()
    given.plan()

    made = seal()

    events = [json.loads(body) for body in bodies()]
    ends = {one["plan"]: (one["plan_seq"], body) for one, body in zip(events, bodies(), strict=True)}
    del ends[None]
    entries = [heads.entry(UUID(plan), n, merkle.leaf_hash(body)) for plan, (n, body) in ends.items()]
    leaves = [merkle.leaf_hash(one) for one in entries]
    assert events[-1]["type"] == "ledger.heads"
    assert events[-1]["data"] == {"count": 4, "root": merkle.root(leaves).hex()}
    with db.reading(engine, workspace) as read:
        for number, leaf in enumerate(leaves, 1):
            path, root = heads.path(read, number=number, count=4, size=made.size)
            merkle.check_inclusion(leaf, number - 1, 4, path, root)
            assert root == merkle.root(leaves)


def test_nothing_new_is_nothing_to_seal(
    given: Given, engine: sa.Engine, workspace: UUID, ring: Keyring, bodies: Bodies, seal: Seal
) -> None:
    given.draft()
    made = seal()

    again = checkpoint.seal(engine, workspace, ring, at=NOW)

    assert again is None
    assert len(bodies()) == made.size


def test_each_checkpoint_extends_the_one_before(given: Given, engine: sa.Engine, workspace: UUID, seal: Seal) -> None:
    sealed = []
    for _ in range(4):
        given.plan()
        sealed.append(seal())

    with db.reading(engine, workspace) as read:
        for older, newer in pairwise(sealed):
            path = tiles.consistency_path(read, older.size, newer.size)
            merkle.check_consistency(older.size, newer.size, older.root, newer.root, path)


def test_a_crash_between_heads_and_signature_is_repaired_by_the_next_seal(
    given: Given, engine: sa.Engine, workspace: UUID, bodies: Bodies, seal: Seal
) -> None:
    given.draft()
    with db.writing(engine, workspace) as tx:
        assert checkpoint.append_heads(tx, at=NOW)

    made = seal()

    assert made.size == len(bodies())
    assert sum(b'"ledger.heads"' in body for body in bodies()) == 1


def test_writes_between_heads_and_signature_wait_for_the_next_checkpoint(
    given: Given, engine: sa.Engine, workspace: UUID, ring: Keyring, bodies: Bodies, seal: Seal
) -> None:
    given.draft()
    with db.writing(engine, workspace) as tx:
        checkpoint.append_heads(tx, at=NOW)
    given.draft()

    with db.writing(engine, workspace) as tx:
        made = checkpoint.sign_sealed(tx, ring, at=NOW)

    assert made is not None
    assert b'"ledger.heads"' in bodies()[made.size - 1]
    assert seal().size == len(bodies()) > made.size


def test_the_api_still_works_after_a_seal(given: Given, api: Client, bodies: Bodies, seal: Seal) -> None:
    made = given.commitment()
    seal()

    given.done(made["id"])

    assert api.get("/v1/events", params={"limit": 200}).json()["size"] == len(bodies())


@pytest.mark.parametrize("column", ["body", "leaf"])
def test_an_event_that_was_changed_stops_the_sealing(
    given: Given, engine: sa.Engine, workspace: UUID, ring: Keyring, owner: Owner, column: str
) -> None:
    given.draft()
    where = "WHERE workspace_id = %s AND seq = 0"
    owner.execute("ALTER TABLE ledger_event DISABLE TRIGGER USER")
    owner.execute(f"UPDATE ledger_event SET {column} = set_byte({column}, 9, 1) {where}".encode(), [workspace])
    owner.execute("ALTER TABLE ledger_event ENABLE TRIGGER USER")
    owner.commit()

    with pytest.raises(LedgerDamaged, match="event 0 is not what was appended"):
        checkpoint.seal(engine, workspace, ring, at=NOW)


def tamper(owner: Owner, table: str, statement: str, workspace: UUID) -> None:
    """Do what only the owner of the tables can, past triggers and policies."""
    for change in (
        f"ALTER TABLE {table} DISABLE TRIGGER USER",
        statement.replace("$ws", f"'{workspace}'"),
        f"ALTER TABLE {table} ENABLE TRIGGER USER",
    ):
        owner.execute(change.encode())
    owner.commit()


@pytest.mark.parametrize(
    ("table", "statement", "reason"),
    [
        ("ledger_event", "DELETE FROM ledger_event WHERE workspace_id = $ws AND seq = 1", "events are missing"),
        (
            "ledger_plan",
            "UPDATE ledger_plan SET events = events + 1 WHERE workspace_id = $ws",
            "do not end where its chain says",
        ),
    ],
)
def test_what_does_not_agree_with_itself_is_not_sealed(
    given: Given,
    engine: sa.Engine,
    workspace: UUID,
    ring: Keyring,
    owner: Owner,
    table: str,
    statement: str,
    reason: str,
) -> None:
    given.draft()
    tamper(owner, table, statement, workspace)

    with pytest.raises(LedgerDamaged, match=reason):
        checkpoint.seal(engine, workspace, ring, at=NOW)


def test_an_event_rewritten_with_its_leaf_is_noticed_by_the_frontier(
    given: Given, engine: sa.Engine, workspace: UUID, ring: Keyring, owner: Owner
) -> None:
    given.draft()
    body = b"another event"
    owner.execute("ALTER TABLE ledger_event DISABLE TRIGGER USER")
    owner.execute(
        "UPDATE ledger_event SET body = %s, leaf = %s WHERE workspace_id = %s AND seq = 0",
        [body, merkle.leaf_hash(body), workspace],
    )
    owner.execute("ALTER TABLE ledger_event ENABLE TRIGGER USER")
    owner.commit()

    with pytest.raises(LedgerDamaged, match=r"events 0 to .* are not those that were appended"):
        checkpoint.seal(engine, workspace, ring, at=NOW)


def test_a_ledger_that_grew_is_listed_until_it_is_sealed(
    given: Given, engine: sa.Engine, workspace: UUID, seal: Seal
) -> None:
    given.draft()

    before = checkpoint.grown(engine)
    seal()

    assert workspace in before
    assert workspace not in checkpoint.grown(engine)


def test_a_checkpoint_that_was_put_there_is_not_taken_for_ours(
    given: Given, engine: sa.Engine, workspace: UUID, ring: Keyring, owner: Owner, bodies: Bodies
) -> None:
    given.draft()
    size = len(bodies()) + 1
    for forged in (size, size + 1):
        owner.execute(
            "INSERT INTO checkpoint (workspace_id, epoch, size, root, note, sealed_at) "
            "VALUES (%s, 1, %s, %s, '', now())",
            [workspace, forged, bytes(32)],
        )
    owner.commit()
    marks.write_mark(ring.folder, workspace, 1, Mark(0, merkle.root([]), (signer.public_key(ring.key_path),)))

    with pytest.raises(LedgerDamaged, match=f"the checkpoint of size {size} has another root"):
        checkpoint.seal(engine, workspace, ring, at=NOW)
