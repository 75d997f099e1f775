"""What the signer refuses: whatever does not begin with what it signed before."""

import stat
import threading
from dataclasses import replace
from uuid import UUID

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from app.core import db
from app.core.ids import new_id
from app.ledger import checkpoint, marks, merkle, note, signer, tiles
from app.ledger.signer import Keyring, Tree, WillNotSign
from tests.conftest import NOW
from tests.given import Given
from tests.ledger.conftest import Bodies, Seal

LEAVES = [bytes([number]) * 32 for number in range(20)]
OTHERS = [bytes([number + 100]) * 32 for number in range(20)]
WORKSPACE = new_id()


def tree(size: int, leaves: list[bytes] = LEAVES, *, epoch: int = 1, signed_before: int = 0) -> Tree:
    return Tree(WORKSPACE, epoch, size, merkle.root(leaves[:size]), signed_before)


def sign(ring: Keyring, one: Tree, leaves: list[bytes] = LEAVES) -> str:
    return signer.sign(ring, one, root_at=lambda size: merkle.root(leaves[:size]))


def test_the_key_is_for_its_owner_alone(ring: Keyring) -> None:
    assert stat.S_IMODE(ring.key_path.stat().st_mode) == 0o600
    assert stat.S_IMODE(ring.folder.stat().st_mode) == 0o700


def test_the_key_is_made_once(ring: Keyring) -> None:
    before = ring.key_path.read_bytes()

    signer.opened(ring.folder, "log.example")

    assert ring.key_path.read_bytes() == before


def test_a_larger_tree_that_begins_with_the_last_is_signed(ring: Keyring) -> None:
    sign(ring, tree(5))

    signed = sign(ring, tree(9))

    (key,) = signer.verifier_keys(ring, WORKSPACE)
    said = note.parse_checkpoint(note.open_note(signed, [key]).text)
    assert said == note.Checkpoint(f"log.example/w/{WORKSPACE}", 9, merkle.root(LEAVES[:9]))


def test_the_same_tree_gets_the_same_note_again(ring: Keyring) -> None:
    assert sign(ring, tree(5)) == sign(ring, tree(5))


def test_another_tree_of_the_same_size_is_refused(ring: Keyring) -> None:
    sign(ring, tree(5))

    with pytest.raises(WillNotSign) as refused:
        sign(ring, tree(5, OTHERS), OTHERS)

    assert merkle.root(LEAVES[:5]).hex() in str(refused.value)
    assert merkle.root(OTHERS[:5]).hex() in str(refused.value)
    assert f"followthrough epoch open --workspace {WORKSPACE}" in str(refused.value)


def test_a_smaller_tree_is_refused(ring: Keyring) -> None:
    sign(ring, tree(9))

    with pytest.raises(WillNotSign, match="has 5 events, but a tree of 9 was signed"):
        sign(ring, tree(5))


def test_a_larger_tree_that_begins_otherwise_is_refused(ring: Keyring) -> None:
    sign(ring, tree(5))

    with pytest.raises(WillNotSign, match="the root of the first 5 events"):
        sign(ring, tree(9, OTHERS), OTHERS)


def test_an_epoch_that_was_left_is_refused(ring: Keyring) -> None:
    sign(ring, tree(5, epoch=2))

    with pytest.raises(WillNotSign, match="in epoch 1, but epoch 2 was signed"):
        sign(ring, tree(9))


def test_a_database_that_another_key_signed_is_refused(ring: Keyring) -> None:
    with pytest.raises(WillNotSign, match="a checkpoint of size 5 that this server did not sign"):
        sign(ring, tree(9, signed_before=5))


def test_a_key_that_was_replaced_without_a_word_is_refused(ring: Keyring) -> None:
    sign(ring, tree(5))
    signer.make_key(ring.key_path)

    with pytest.raises(WillNotSign, match="is not the one that signed before"):
        sign(ring, tree(9))


def test_a_refusal_leaves_the_mark(ring: Keyring) -> None:
    sign(ring, tree(5))
    before = marks.read_mark(ring.folder, WORKSPACE, 1)

    with pytest.raises(WillNotSign):
        sign(ring, tree(9, OTHERS), OTHERS)

    assert marks.read_mark(ring.folder, WORKSPACE, 1) == before
    assert before is not None
    assert before.size == 5


def test_a_restored_backup_that_was_written_on_is_refused(
    given: Given, engine: sa.Engine, workspace: UUID, ring: Keyring, seal: Seal, bodies: Bodies
) -> None:
    given.draft()
    made = seal()
    mark = marks.read_mark(ring.folder, workspace, 1)
    assert mark is not None
    # As if a later state had been signed than the database has now, of which then something else became.
    later = replace(mark, size=made.size + 1, root=b"\1" * 32)
    marks.write_mark(ring.folder, workspace, 1, later)
    given.plan()

    with pytest.raises(WillNotSign, match=f"the root of the first {made.size + 1} events"):
        checkpoint.seal(engine, workspace, ring, at=NOW)

    with db.reading(engine, workspace) as read:
        last = checkpoint.latest(read)
        assert last is not None
        assert last.size == made.size < len(bodies())
        assert tiles.length(read) == made.size


def test_many_workers_at_once_sign_one_tree_of_each_size(
    given: Given, engine: sa.Engine, workspace: UUID, ring: Keyring, bodies: Bodies
) -> None:
    failed: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(5):
                checkpoint.seal(engine, workspace, signer.opened(ring.folder, ring.host), at=NOW)
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test says so
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for one in threads:
        one.start()
    for _ in range(6):
        given.draft()
    for one in threads:
        one.join()
    checkpoint.seal(engine, workspace, ring, at=NOW)

    leaves = [merkle.leaf_hash(body) for body in bodies()]
    with db.reading(engine, workspace) as read:
        rows = read.execute(sa.text("SELECT size, root FROM checkpoint ORDER BY size")).all()
        last = checkpoint.latest(read)
    assert not failed
    assert last is not None
    assert last.size == len(leaves)
    assert all(row.root == merkle.root(leaves[: row.size]) for row in rows)
    assert all(b'"ledger.heads"' in bodies()[row.size - 1] for row in rows)


def test_a_key_of_another_kind_signs_nothing(ring: Keyring) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    ring.key_path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    with pytest.raises(WillNotSign, match="does not hold an Ed25519 key"):
        sign(ring, tree(5))


def test_a_switch_that_crashed_half_way_retires_the_old_key_once(ring: Keyring) -> None:
    old = signer.public_key(ring.key_path)
    (ring.folder / "retired").write_text(f"{old}\n")
    signer.make_key(ring.next_path)

    signer.switch_keys(ring)

    assert signer.retired_keys(ring) == [old]
    assert signer.public_key(ring.key_path) != old
