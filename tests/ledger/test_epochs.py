"""New keys and new epochs: each is an event, and what was signed before still verifies."""

import json
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from app.core import db
from app.core.ids import new_id
from app.ledger import checkpoint, marks, note, rotation, signer
from app.ledger.rotation import CannotRotate
from app.ledger.signer import Keyring
from app.workspaces import operations
from tests.conftest import NOW
from tests.given import Given
from tests.ledger.conftest import Bodies, Seal


@pytest.fixture
def sealed(seal: Seal) -> int:
    """The size of a checkpoint: so a rotation has to tell this workspace of it, and no other."""
    return seal().size


def said(bodies: Bodies, kind: str) -> list[Any]:
    return [one["data"] for one in map(json.loads, bodies()) if one["type"] == kind]


def test_a_new_key_is_announced_under_the_old_one(
    engine: sa.Engine, workspace: UUID, ring: Keyring, sealed: int, bodies: Bodies
) -> None:
    old = signer.public_key(ring.key_path)

    new = rotation.rotate(engine, ring, at=NOW)

    with db.reading(engine, workspace) as read:
        last = checkpoint.latest(read)
    assert last is not None
    assert last.size == len(bodies()) > sealed
    name = signer.origin(ring.host, workspace, 1)
    assert note.open_note(last.note, [note.VerifierKey(name, note.ED25519, bytes.fromhex(old))])
    assert said(bodies, "ledger.key_rotated") == [{"old": old, "new": new}]
    assert signer.public_key(ring.key_path) == new != old
    assert signer.retired_keys(ring) == [old]
    assert not ring.next_path.exists()


@pytest.mark.usefixtures("sealed")
def test_after_a_rotation_the_new_key_signs_and_both_are_to_be_trusted(
    given: Given, engine: sa.Engine, workspace: UUID, ring: Keyring, seal: Seal
) -> None:
    new = rotation.rotate(engine, ring, at=NOW)
    given.draft()

    made = seal()

    old_key, new_key = signer.verifier_keys(ring, workspace)
    assert new_key.public.hex() == new
    assert note.open_note(made.note, [new_key])
    with pytest.raises(note.NoteInvalid):
        note.open_note(made.note, [old_key])


@pytest.mark.usefixtures("sealed")
def test_a_rotation_that_crashed_goes_on_with_the_same_keys(
    engine: sa.Engine, workspace: UUID, ring: Keyring, bodies: Bodies
) -> None:
    signer.make_key(ring.next_path)
    old, new = signer.public_key(ring.key_path), signer.public_key(ring.next_path)
    rotation._hand_over(engine, workspace, ring, old=old, new=new, at=NOW)

    assert rotation.rotate(engine, ring, at=NOW) == new
    assert len(said(bodies, "ledger.key_rotated")) == 1


@pytest.mark.usefixtures("sealed")
def test_no_key_is_switched_while_one_workspace_cannot_be_told(
    given: Given, engine: sa.Engine, workspace: UUID, ring: Keyring
) -> None:
    before = signer.public_key(ring.key_path)
    mark = marks.read_mark(ring.folder, workspace, 1)
    assert mark is not None
    marks.write_mark(ring.folder, workspace, 1, replace(mark, root=b"\1" * 32))
    given.draft()

    with pytest.raises(CannotRotate, match=f"workspace {workspace} cannot be sealed"):
        rotation.rotate(engine, ring, at=NOW)

    assert signer.public_key(ring.key_path) == before


@pytest.mark.usefixtures("sealed")
def test_a_workspace_that_the_old_key_never_signed_is_told_nothing(engine: sa.Engine, ring: Keyring) -> None:
    other = new_id()
    with db.writing(engine, other) as tx:
        operations.create_workspace(tx, name="New", timezone="UTC", at=NOW)

    rotation.rotate(engine, ring, at=NOW)

    with db.reading(engine, other) as read:
        assert checkpoint.latest(read) is None


@pytest.mark.usefixtures("sealed")
def test_a_workspace_that_is_first_sealed_during_a_rotation_is_told_too(engine: sa.Engine, ring: Keyring) -> None:
    late = new_id()
    with db.writing(engine, late) as tx:
        operations.create_workspace(tx, name="Late", timezone="UTC", at=NOW)
    sealed: list[object] = []

    def seal_late(_: sa.Connection) -> None:
        # The first transaction that ends is the one that asks which workspaces there are.
        if not sealed:
            sealed.append(None)
            sealed[0] = checkpoint.seal(engine, late, ring, at=NOW)

    sa.event.listen(engine, "commit", seal_late)
    try:
        new = rotation.rotate(engine, ring, at=NOW)
    finally:
        sa.event.remove(engine, "commit", seal_late)

    with db.reading(engine, late) as read:
        last, events = checkpoint.latest(read), db.run(read, "SELECT body FROM ledger_event ORDER BY seq", {})
    assert sealed[0] is not None
    assert last is not None
    assert last.size == len(events)
    assert any(b"ledger.key_rotated" in one.body and new.encode() in one.body for one in events)


def test_a_new_epoch_names_the_last_checkpoint_that_the_signer_knows(
    given: Given, engine: sa.Engine, workspace: UUID, ring: Keyring, seal: Seal, bodies: Bodies
) -> None:
    made = seal()
    mark = marks.read_mark(ring.folder, workspace, 1)
    assert mark is not None
    marks.write_mark(ring.folder, workspace, 1, replace(mark, size=made.size + 100, root=b"\1" * 32))
    given.draft()

    opened = rotation.open_epoch(engine, ring, workspace, at=NOW)

    assert said(bodies, "ledger.epoch_opened") == [{"epoch": 2, "size": made.size + 100, "root": "01" * 32}]
    assert opened is not None
    assert (opened.epoch, opened.size) == (2, len(bodies()))
    assert opened.note.startswith(f"log.example/w/{workspace}/e2\n")
    assert [key.name for key in signer.verifier_keys(ring, workspace)] == [
        f"log.example/w/{workspace}",
        f"log.example/w/{workspace}/e2",
    ]


def test_in_a_new_epoch_sealing_goes_on(
    given: Given, engine: sa.Engine, workspace: UUID, ring: Keyring, seal: Seal
) -> None:
    seal()
    rotation.open_epoch(engine, ring, workspace, at=NOW)
    given.draft()

    made = seal()

    with db.reading(engine, workspace) as read:
        assert checkpoint.latest(read) == made
    assert made.epoch == 2


def test_an_epoch_number_is_never_used_twice(engine: sa.Engine, workspace: UUID, ring: Keyring, seal: Seal) -> None:
    """A backup from before the second epoch is restored: the next one is the third."""
    seal()
    mark = marks.read_mark(ring.folder, workspace, 1)
    assert mark is not None
    marks.write_mark(ring.folder, workspace, 2, replace(mark, size=mark.size + 7))

    opened = rotation.open_epoch(engine, ring, workspace, at=NOW)

    assert opened is not None
    assert opened.epoch == 3


def test_without_the_signers_memory_the_databases_last_checkpoint_counts(
    engine: sa.Engine, workspace: UUID, ring: Keyring, seal: Seal, bodies: Bodies
) -> None:
    made = seal()
    (ring.folder / "marks" / f"{workspace}.1.json").unlink()
    signer.make_key(ring.key_path)

    opened = rotation.open_epoch(engine, ring, workspace, at=NOW)

    assert said(bodies, "ledger.epoch_opened") == [{"epoch": 2, "size": made.size, "root": made.root.hex()}]
    assert opened is not None
