"""What others have published about trees, notes and checkpoints, case by case.

The vectors are not part of the project: they lie in `shared/vectors` beside
it, or where FOLLOWTHROUGH_SHARED says. Each file names its source.
"""

import json
import os
from base64 import b64decode
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.ledger import merkle, note
from app.ledger.merkle import ProofInvalid
from app.ledger.note import NoteInvalid

SHARED = Path(os.environ.get("FOLLOWTHROUGH_SHARED") or Path(__file__).parents[3] / "shared")

pytestmark = pytest.mark.skipif(
    not (SHARED / "vectors").is_dir(),
    reason=f"there are no published vectors in {SHARED / 'vectors'}",
)


@cache
def _published(name: str) -> dict[str, Any]:
    path = SHARED / "vectors" / f"{name}.json"
    # The cases are named while pytest collects, which is before it skips.
    if not path.exists():
        return {}
    published: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return published


def _cases(name: str, key: str, title: str) -> list[Any]:
    return [pytest.param(case, id=case[title]) for case in _published(name).get(key, [])]


INCLUSION = "01_merkle_inclusion"
ROOTS = "03_rfc6962_roots_and_accumulators"
GO_NOTE = "04_signed_note_go"
C2SP = "05_c2sp_note_and_checkpoint"


@pytest.mark.parametrize("case", _cases(INCLUSION, "cases", "file"))
def test_inclusion_proofs_of_transparency_dev(case: dict[str, Any]) -> None:
    leaf, root = (b64decode(case[key] or "") for key in ("leafHash", "root"))
    path = [b64decode(node) for node in case["proof"] or []]

    if case["wantErr"]:
        with pytest.raises(ProofInvalid):
            merkle.check_inclusion(leaf, case["leafIdx"], case["treeSize"], path, root)
    else:
        merkle.check_inclusion(leaf, case["leafIdx"], case["treeSize"], path, root)


def test_roots_and_hashes_of_rfc6962() -> None:
    published = _published(ROOTS)
    leaves = [merkle.leaf_hash(bytes.fromhex(data)) for data in published["leaf_inputs_hex"]]

    roots = [merkle.root(leaves[:size]).hex() for size in range(len(leaves) + 1)]

    assert roots == published["roots_by_size"]
    assert published["hasher"] == {
        "empty_root": merkle.root([]).hex(),
        "leaf_of_empty": merkle.leaf_hash(b"").hex(),
        "leaf_L123456": merkle.leaf_hash(b"L123456").hex(),
        "node_N123_N456": merkle.node_hash(b"N123", b"N456").hex(),
    }


LEAVES = [merkle.leaf_hash(bytes([i])) for i in range(130)]


@cache
def _subtree(start: int, end: int) -> bytes:
    return merkle.root(LEAVES[start:end])


def _subtrees(end: int) -> Iterator[int]:
    """Start of every subtree that ends at *end*; draft-ietf-plants-merkle-tree-certs, section "Subtrees"."""
    yield from (start for start in range(end) if start % (1 << (end - start - 1).bit_length()) == 0)
    yield end


def _subtree_consistency(start: int, end: int, low: int, high: int, *, known: bool = True) -> list[bytes]:
    """SUBTREE_SUBPROOF of the draft, which is the recursion behind consistency_path if *start* is 0."""
    if start == end:
        return []
    if (start, end) == (low, high):
        return [] if known else [_subtree(start, end)]
    middle = low + (1 << (high - low - 1).bit_length() - 1)
    if end <= middle:
        return [*_subtree_consistency(start, end, low, middle, known=known), _subtree(middle, high)]
    if start >= middle:
        return [*_subtree_consistency(start, end, middle, high, known=known), _subtree(low, middle)]
    return [*_subtree_consistency(middle, end, middle, high, known=False), _subtree(low, middle)]


def _line(head: str, path: list[bytes]) -> str:
    return " ".join([head, *(node.hex() for node in path)]) + "\n"


def _lines(name: str) -> Iterator[str]:
    return {
        "draft_subtree_hash": (
            _line(f"[{start}, {end})", [_subtree(start, end)]) for end in range(131) for start in _subtrees(end)
        ),
        "draft_subtree_inclusion": (
            _line(f"{index} [{start}, {end})", merkle.inclusion_path(LEAVES[start:end], index - start))
            for end in range(131)
            for start in _subtrees(end)
            for index in range(start, end)
        ),
        "draft_subtree_consistency": (
            _line(f"[{start}, {end}) {size}", _subtree_consistency(start, end, 0, size))
            for size in range(131)
            for end in range(size + 1)
            for start in _subtrees(end)
        ),
        "plain_inclusion": (
            _line(f"{index} {size}", merkle.inclusion_path(LEAVES[:size], index))
            for size in range(1, 131)
            for index in range(size)
        ),
        "plain_consistency": (
            _line(f"{old_size} {size}", merkle.consistency_path(LEAVES, old_size, size))
            for size in range(1, 131)
            for old_size in range(1, size + 1)
        ),
    }[name]


@pytest.mark.parametrize("name", [key for key in _published(ROOTS) if key.startswith(("draft_", "plain_"))])
def test_proofs_of_every_tree_up_to_130_leaves(name: str) -> None:
    accumulated = sha256("".join(_lines(name)).encode()).hexdigest()

    assert accumulated == _published(ROOTS)[name]["sha256"]


def test_the_note_that_go_signs() -> None:
    sign = _published(GO_NOTE)["sign"]
    signer = note.parse_skey(sign["skey"])

    signed = note.sign_note(b64decode(sign["text_b64"]).decode(), signer)

    assert signed.encode() == b64decode(sign["signed_b64"])
    assert note.format_vkey(signer.key) == sign["vkey"]
    assert note.format_skey(signer) == sign["skey"]


def test_the_key_that_go_makes_from_a_zero_seed() -> None:
    private_key = Ed25519PrivateKey.from_private_bytes(bytes(32))

    vkey = note.format_vkey(note.Signer("EnochRoot", private_key).key)

    assert vkey == _published(GO_NOTE)["enoch_vkey_is_zero_seed"]


@pytest.mark.parametrize("case", _cases(GO_NOTE, "accept", "name"))
def test_notes_that_go_opens(case: dict[str, Any]) -> None:
    opened = note.open_note(b64decode(case["msg_b64"]), [note.parse_vkey(text) for text in case["vkeys"]])

    assert [signature.name for signature in opened.signatures] == case["verified"]


@pytest.mark.parametrize("case", _cases(GO_NOTE, "reject", "name"))
def test_notes_that_go_refuses(case: dict[str, Any]) -> None:
    keys = [note.parse_vkey(text) for text in case["vkeys"]]

    with pytest.raises(NoteInvalid):
        note.open_note(b64decode(case["msg_b64"]), keys)


def test_keys_that_go_refuses() -> None:
    *bad, rule = _published(GO_NOTE)["bad_vkeys"]
    good = _published(GO_NOTE)["sign"]["vkey"]
    parts = {good[i:j] for i in range(len(good)) for j in range(i, len(good) + 1)} - {good}
    changed = {good[:i] + chr(ord(good[i]) + 1) + good[i + 1 :] for i in range(len(good))}

    assert rule == "every proper substring of vkey, and vkey with any one byte +1"
    for text in {*bad, *parts, *changed}:
        with pytest.raises(NoteInvalid):
            note.parse_vkey(text)


def test_the_note_of_c2sp() -> None:
    published = _published(C2SP)["note"]
    key = note.parse_vkey(published["vkey"])

    opened = note.open_note(published["msg"], [key])

    assert opened.text == "This is an example message.\n"
    assert note.format_note(opened) == published["msg"]


def test_the_checkpoint_of_c2sp() -> None:
    published = _published(C2SP)
    cosigned = published["checkpoint_cosigned"]

    checkpoint = note.parse_checkpoint(published["good_checkpoint_body"])

    assert note.format_checkpoint(checkpoint) == published["good_checkpoint_body"]
    assert checkpoint == note.Checkpoint(cosigned["origin"], cosigned["size"], b64decode(cosigned["root_b64"]))


def test_the_cosigned_checkpoint_of_c2sp_is_well_formed_and_by_nobody_we_know() -> None:
    published = _published(C2SP)
    cosigned = published["checkpoint_cosigned"]
    known = note.Signer("known.example", Ed25519PrivateKey.from_private_bytes(bytes(32)))
    line = note.sign_note(published["good_checkpoint_body"], known).rpartition("\n\n")[2]

    opened = note.open_note(cosigned["msg"] + line, [known.key])

    assert opened.text == published["good_checkpoint_body"]
    with pytest.raises(NoteInvalid, match="none of the known keys"):
        note.open_note(cosigned["msg"], [known.key])


def test_the_cosignature_of_c2sp_has_the_time_that_its_message_has() -> None:
    cosigned = _published(C2SP)["checkpoint_cosigned"]
    name, raw = cosigned["msg"].splitlines()[-1].split(" ")[1:]
    signature = note.Signature(name, b64decode(raw)[:4], b64decode(raw)[4:])

    assert name == cosigned["cosig_name"]
    assert note.cosigned_at(signature) == cosigned["cosig_timestamp"]
    assert cosigned["cosig_signed_message"].startswith(f"cosignature/v1\ntime {cosigned['cosig_timestamp']}\n")


@pytest.mark.parametrize("case", _cases(C2SP, "bad_checkpoint_bodies", "name"))
def test_checkpoints_that_break_the_rules_of_c2sp(case: dict[str, Any]) -> None:
    with pytest.raises(NoteInvalid):
        note.parse_checkpoint(case["body"])
