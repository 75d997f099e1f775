"""What mutants of the notes' code survived: the empty tree, a witness's own statement, keys cut at other places."""

import json
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.ledger import note
from app.ledger.note import COSIGNATURE, Checkpoint, Note, NoteInvalid, Signature, Signer

OWN: dict[str, Any] = json.loads((Path(__file__).parent / "vectors" / "note.json").read_text(encoding="utf-8"))
TEXT, COSIGNED = OWN["text"], OWN["cosigned_note"]
WITNESS = note.parse_vkey(OWN["witness_vkey"])
WITNESS_SIGNER = Signer(
    WITNESS.name, Ed25519PrivateKey.from_private_bytes(bytes.fromhex(OWN["witness_seed"])), COSIGNATURE
)
WITNESS_NOTES = Signer(WITNESS.name, WITNESS_SIGNER.private_key)
AT = datetime.fromtimestamp(OWN["cosigned_at"], UTC)


def test_the_empty_tree_has_a_checkpoint() -> None:
    empty = Checkpoint(OWN["origin"], 0, sha256(b"").digest())

    assert note.parse_checkpoint(note.format_checkpoint(empty)) == empty


def test_the_largest_size_is_one_below_2_to_the_63() -> None:
    largest = Checkpoint(OWN["origin"], 2**63 - 1, b"r" * 32)

    assert note.parse_checkpoint(note.format_checkpoint(largest)) == largest
    with pytest.raises(NoteInvalid, match="a size is"):
        Checkpoint(OWN["origin"], 2**63, b"r" * 32)
    with pytest.raises(NoteInvalid, match="a size is"):
        Checkpoint(OWN["origin"], -1, b"r" * 32)
    with pytest.raises(NoteInvalid, match="a root is"):
        Checkpoint(OWN["origin"], 1, b"r" * 33)


def test_a_witness_writes_the_published_cosignature() -> None:
    signature = note.cosign(TEXT, WITNESS_SIGNER, at=AT)

    assert note.format_signature(signature) in COSIGNED.split("\n")
    assert (signature.name, signature.key_id) == (WITNESS.name, WITNESS.key_id)
    assert WITNESS.claims(signature)


def test_a_cosignature_opens_and_tells_the_whole_second_it_was_made_in() -> None:
    signature = note.cosign(TEXT, WITNESS_SIGNER, at=AT + timedelta(microseconds=999_999))

    opened = note.open_note(note.format_note(Note(TEXT, (signature,))), [WITNESS])

    assert opened.signatures == (signature,)
    assert note.cosigned_at(signature) == OWN["cosigned_at"]


def test_nothing_but_a_text_is_cosigned() -> None:
    with pytest.raises(NoteInvalid, match="a text ends in a newline"):
        note.cosign("no end", WITNESS_SIGNER, at=AT)


def test_the_last_second_is_the_one_before_2_to_the_63() -> None:
    last, beyond = (Signature("a", b"1234", time.to_bytes(8)) for time in (2**63 - 1, 2**63))

    assert note.cosigned_at(last) == 2**63 - 1
    with pytest.raises(NoteInvalid, match="the time of a cosignature"):
        note.cosigned_at(beyond)


def test_a_key_claims_only_what_has_its_name_and_its_id_both() -> None:
    assert WITNESS.claims(Signature(WITNESS.name, WITNESS.key_id, b"x"))
    assert not WITNESS.claims(Signature(WITNESS.name, b"\0" * 4, b"x"))
    assert not WITNESS.claims(Signature("another.example", WITNESS.key_id, b"x"))


@pytest.mark.parametrize("text", ["", "a", "a+b", "PRIVATE+KEY+a+b", "PRIVATE+KEY+a+b+c+d", "a+b+!"])
def test_a_key_without_its_parts_is_refused_without_repeating_it(text: str) -> None:
    for parse in (note.parse_vkey, note.parse_skey):
        with pytest.raises(NoteInvalid) as refused:
            parse(text)
        assert not text or f"`{text}`" not in str(refused.value)


def test_a_key_of_a_name_with_a_plus_is_not_cut_elsewhere() -> None:
    for vkey in (OWN["vkey"] + "+", "a+" + OWN["vkey"], OWN["vkey"].replace("+", "++", 1)):
        with pytest.raises(NoteInvalid):
            note.parse_vkey(vkey)
    for skey in (OWN["skey"] + "+", "a+" + OWN["skey"], OWN["skey"].replace("+", "++", 1)):
        with pytest.raises(NoteInvalid):
            note.parse_skey(skey)


def test_what_was_checked_when_it_was_made_cannot_be_changed_after() -> None:
    made = (
        (Note(TEXT, ()), "text"),
        (Checkpoint(OWN["origin"], 0, b"r" * 32), "size"),
        (Signature("a", b"1234", b"x"), "payload"),
        (WITNESS, "public"),
        (WITNESS_SIGNER, "kind"),
    )
    for one, name in made:
        with pytest.raises(FrozenInstanceError):
            setattr(one, name, None)


def test_a_signer_signs_notes_unless_it_is_said_to_witness() -> None:
    signer = Signer(WITNESS.name, WITNESS_SIGNER.private_key)

    assert (signer.key.kind, WITNESS_SIGNER.key) == (note.ED25519, WITNESS)
    assert note.parse_skey(note.format_skey(WITNESS_SIGNER)).kind == COSIGNATURE


def test_a_key_whose_base64_holds_a_plus_is_read_whole() -> None:
    signer = next(
        one
        for one in (
            Signer("a.example", Ed25519PrivateKey.from_private_bytes(bytes([n, 0xFB] * 16))) for n in range(256)
        )
        if "+" in note.format_vkey(one.key).split("+", 2)[2] and "+" in note.format_skey(one).split("+", 4)[4]
    )

    assert note.parse_vkey(note.format_vkey(signer.key)) == signer.key
    assert note.parse_skey(note.format_skey(signer)).key == signer.key


def _changed(key: str, old: str, new: str) -> str:
    assert key.count(old) == 1
    return key.replace(old, new)


def test_a_key_under_an_id_that_is_not_its_own_or_is_written_otherwise_is_refused() -> None:
    for key, parse, parts in ((OWN["vkey"], note.parse_vkey, 2), (OWN["skey"], note.parse_skey, 4)):
        key_id = key.split("+", parts)[-2]
        for other in ("00000000", key_id.upper(), f"0{key_id}", key_id[:-1], "", f" {key_id}"):
            if other != key_id:
                with pytest.raises(NoteInvalid, match="not as it would be written"):
                    parse(_changed(key, f"+{key_id}+", f"+{other}+"))


@pytest.mark.parametrize("start", ["private+key+", "PRIVATE+", "+KEY+", "PUBLIC+KEY+"])
def test_a_secret_key_begins_by_saying_so(start: str) -> None:
    with pytest.raises(NoteInvalid):
        note.parse_skey(_changed(OWN["skey"], "PRIVATE+KEY+", start))


def test_a_note_of_exactly_a_million_bytes_opens_from_bytes_and_one_more_is_not_even_decoded() -> None:
    rest = len(note.sign_note("\n", WITNESS_NOTES).encode())
    longest = note.sign_note("x" * (1_000_000 - rest) + "\n", WITNESS_NOTES).encode()

    assert len(longest) == note.MAX_BYTES
    assert note.open_note(longest, [WITNESS_NOTES.key]).signatures
    with pytest.raises(NoteInvalid, match="at most"):
        note.open_note(b"\xff" * 1_000_001, [WITNESS_NOTES.key])
    with pytest.raises(NoteInvalid, match="a note is UTF-8"):
        note.open_note(b"\xff" * 1_000_000, [WITNESS_NOTES.key])
