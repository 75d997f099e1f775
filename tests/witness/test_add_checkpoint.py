"""A witness cosigns a tree only if it grew from the last one that it cosigned (c2sp.org/tlog-witness)."""

import threading
from base64 import b64encode
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from app.ledger import merkle, note
from app.ledger.note import Checkpoint, NoteInvalid, Signer
from app.witness import witness
from app.witness.witness import OldSizeDiffers, Refused, Witness

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LOG = Signer("example.com/w/1", Ed25519PrivateKey.generate())
LEAVES = [merkle.leaf_hash(bytes([number])) for number in range(20)]
FORK = [*LEAVES[:9], *(merkle.leaf_hash(b"other" + bytes([number])) for number in range(11))]


def signed(size: int, leaves: Sequence[bytes] = LEAVES, signer: Signer = LOG, origin: str = LOG.name) -> str:
    checkpoint = Checkpoint(origin, size, merkle.root(leaves[:size]))
    return note.sign_note(note.format_checkpoint(checkpoint), signer)


def request(old: int, new: int, leaves: Sequence[bytes] = LEAVES, *, text: str = "", proof: str | None = None) -> bytes:
    path = merkle.consistency_path(leaves, old, new) if 0 < old < new else []
    lines = "".join(f"{b64encode(one).decode()}\n" for one in path) if proof is None else proof
    return f"old {old}\n{lines}\n{text or signed(new, leaves)}".encode()


@pytest.fixture
def ours(tmp_path: Path) -> Witness:
    return witness.opened(tmp_path / "witness", name="example.com/witness", logs=[LOG.key])


def add(ours: Witness, old: int, new: int, leaves: Sequence[bytes] = LEAVES) -> str:
    return witness.add_checkpoint(ours, request(old, new, leaves), at=AT)


def refusal(ours: Witness, body: bytes) -> tuple[int, str]:
    with pytest.raises(Refused) as caught:
        witness.add_checkpoint(ours, body, at=AT)
    return caught.value.status, str(caught.value)


def test_what_it_says_is_a_cosignature_of_the_checkpoint(ours: Witness) -> None:
    line = add(ours, 0, 5)

    opened = note.open_note(signed(5) + line, [ours.signer.key])
    assert note.cosigned_at(opened.signatures[0]) == AT.timestamp()


def test_a_log_may_grow_and_be_asked_about_again(ours: Witness) -> None:
    for old, new in [(0, 3), (3, 3), (3, 4), (4, 11), (11, 20), (20, 20)]:
        add(ours, old, new)

        assert witness.latest(ours, LOG.name).size == new


def test_it_remembers_across_a_restart(ours: Witness) -> None:
    add(ours, 0, 7)

    again = witness.opened(ours.folder, name="another name", logs=[LOG.key])

    assert again.signer.key == ours.signer.key
    assert refusal(again, request(0, 9)) == (409, "7\n")


def test_its_folder_is_private(ours: Witness) -> None:
    add(ours, 0, 7)

    assert ours.folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o077 for path in ours.folder.glob("*[ty]")} == {0}


def test_it_may_begin_with_the_empty_tree(ours: Witness) -> None:
    add(ours, 0, 0)
    add(ours, 0, 2)

    assert witness.latest(ours, LOG.name).size == 2


@pytest.mark.parametrize(("old", "new"), [(0, 9), (5, 9), (8, 9), (11, 12)])
def test_another_old_size_is_answered_with_the_right_one(ours: Witness, old: int, new: int) -> None:
    add(ours, 0, 7)

    with pytest.raises(OldSizeDiffers, match=r"7\n"):
        add(ours, old, new)


def test_another_tree_of_the_same_size_is_refused(ours: Witness) -> None:
    add(ours, 0, 12)

    assert refusal(ours, request(12, 12, FORK)) == (409, "12\n")


def test_a_fork_is_refused(ours: Witness) -> None:
    add(ours, 0, 12)

    assert refusal(ours, request(12, 15, FORK))[0] == 422
    assert witness.latest(ours, LOG.name).size == 12


@pytest.mark.parametrize(("old", "new", "proof"), [(0, 9, "A" * 43 + "=\n"), (7, 7, "A" * 43 + "=\n"), (7, 9, "")])
def test_a_proof_that_does_not_fit_is_refused(ours: Witness, old: int, new: int, proof: str) -> None:
    if old:
        add(ours, 0, old)

    assert refusal(ours, request(old, new, proof=proof))[0] == 422


def test_a_log_that_is_unknown_is_not_found(ours: Witness) -> None:
    other = Signer("example.com/w/2", LOG.private_key)

    assert refusal(ours, request(0, 3, text=signed(3, signer=other, origin=other.name)))[0] == 404


def test_a_signature_by_another_key_is_forbidden(ours: Witness) -> None:
    thief = Signer(LOG.name, Ed25519PrivateKey.generate())

    assert refusal(ours, request(0, 3, text=signed(3, signer=thief)))[0] == 403


def test_an_old_size_beyond_the_new_one_is_a_bad_request(ours: Witness) -> None:
    assert refusal(ours, request(5, 3))[0] == 400


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"old 0\n\n",
        b"\xff",
        request(0, 3).replace(b"old 0", b"old 00"),
        request(0, 3).replace(b"old 0", b"old -1"),
        request(0, 3).replace(b"old 0", b"0"),
        request(0, 3, proof="AAAA\n"),
        request(0, 3, proof="\N{EM DASH}\n"),
        request(0, 3, proof="!\n"),
        request(0, 3, proof=("A" * 43 + "=\n") * 64),
        request(0, 3).replace(b"example.com/w/1\n3\n", b"example.com/w/1\n03\n"),
        request(0, 3).replace(b"old 0\n\n", b"old 0\n"),
    ],
)
def test_what_is_not_a_request_is_a_bad_one(ours: Witness, body: bytes) -> None:
    assert refusal(ours, body)[0] == 400


def test_of_two_that_grow_from_one_size_one_wins(ours: Witness) -> None:
    add(ours, 0, 9)
    start = threading.Barrier(8)
    won: list[Sequence[bytes]] = []

    def race(leaves: Sequence[bytes]) -> None:
        start.wait()
        with suppress(OldSizeDiffers):
            add(ours, 9, 15, leaves)
            won.append(leaves)

    threads = [threading.Thread(target=race, args=(LEAVES if number % 2 else FORK,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(won) == 1
    assert witness.latest(ours, LOG.name).root == merkle.root(won[0][:15])


def test_the_key_of_a_witness_is_not_one_of_a_log(tmp_path: Path) -> None:
    other = Signer("example.com/w/1", Ed25519PrivateKey.generate(), note.COSIGNATURE)

    with pytest.raises(NoteInvalid, match="not one of a log"):
        witness.opened(tmp_path, name="example.com/witness", logs=[other.key])


@given(st.data())
def test_nothing_but_a_refusal_escapes(ours: Witness, data: st.DataObject) -> None:
    good = request(0, 3)
    start = data.draw(st.integers(0, len(good)))
    end = data.draw(st.integers(start, len(good)))
    body = good[:start] + data.draw(st.binary(max_size=5)) + good[end:]

    with suppress(Refused):
        witness.add_checkpoint(ours, body, at=AT)
