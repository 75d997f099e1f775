"""Notes, keys and checkpoints: what is written is read, and nothing else is."""

import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.ledger import note
from app.ledger.note import Checkpoint, Note, NoteInvalid, Signature, Signer, VerifierKey

OWN: dict[str, Any] = json.loads(
    (Path(__file__).parent / "vectors" / "note.json").read_text(encoding="utf-8"),
)
LOG = note.parse_vkey(OWN["vkey"])
LOG_SIGNER = note.parse_skey(OWN["skey"])
WITNESS = note.parse_vkey(OWN["witness_vkey"])
WITNESS_PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(OWN["witness_seed"]))
STRANGER = Signer("stranger.example", Ed25519PrivateKey.from_private_bytes(b"s" * 32))
CHECKPOINT = Checkpoint(OWN["origin"], OWN["size"], bytes.fromhex(OWN["root"]))
TEXT, NOTE, COSIGNED = OWN["text"], OWN["note"], OWN["cosigned_note"]


def _line(signed: str) -> str:
    return signed.rpartition("\n\n")[2]


def _cosigned(text: str, time: int) -> str:
    """Return the witness's line under *text*, written down from c2sp.org/tlog-cosignature."""
    signature = WITNESS_PRIVATE.sign(b"cosignature/v1\ntime %d\n" % time + text.encode())
    raw = WITNESS.key_id + time.to_bytes(8) + signature
    return f"\u2014 {WITNESS.name} {b64encode(raw).decode()}\n"


def test_our_own_checkpoint_is_written_signed_opened_and_read() -> None:
    text = note.format_checkpoint(CHECKPOINT)
    signed = note.sign_note(text, LOG_SIGNER)
    opened = note.open_note(signed, [LOG])

    assert (text, signed) == (TEXT, NOTE)
    assert note.parse_checkpoint(opened.text) == CHECKPOINT


def test_keys_are_read_and_written_back() -> None:
    assert note.format_vkey(LOG) == OWN["vkey"]
    assert note.format_vkey(WITNESS) == OWN["witness_vkey"]
    assert note.format_skey(LOG_SIGNER) == OWN["skey"]
    assert LOG_SIGNER.key == LOG


def test_a_signer_does_not_show_its_seed() -> None:
    seed = LOG_SIGNER.private_key.private_bytes_raw()

    shown = repr(LOG_SIGNER)

    assert seed.hex() not in shown
    assert OWN["skey"].rpartition("+")[2] not in shown


def test_a_note_read_from_a_file_may_come_as_bytes() -> None:
    assert note.open_note(NOTE.encode(), [LOG]) == note.open_note(NOTE, [LOG])


def test_a_note_opens_with_the_signatures_of_the_known_keys_only() -> None:
    by_log = note.open_note(COSIGNED, [LOG])
    by_witness = note.open_note(COSIGNED, [WITNESS])
    by_both = note.open_note(COSIGNED, [WITNESS, LOG])

    assert by_both.signatures == by_log.signatures + by_witness.signatures
    assert note.format_note(by_log) == NOTE
    assert note.format_note(by_both) == COSIGNED


def test_a_signature_is_claimed_by_its_key_and_by_no_other() -> None:
    by_log, by_witness = note.open_note(COSIGNED, [LOG, WITNESS]).signatures

    assert LOG.claims(by_log)
    assert not LOG.claims(by_witness)


def test_a_cosignature_tells_its_time() -> None:
    (signature,) = note.open_note(COSIGNED, [WITNESS]).signatures

    assert note.cosigned_at(signature) == OWN["cosigned_at"]


def test_a_cosignature_moved_to_another_time_is_refused() -> None:
    (signature,) = note.open_note(COSIGNED, [WITNESS]).signatures
    later = (OWN["cosigned_at"] + 1).to_bytes(8) + signature.payload[8:]
    moved = note.format_note(Note(TEXT, (Signature(signature.name, signature.key_id, later),)))

    with pytest.raises(NoteInvalid, match="not good"):
        note.open_note(moved, [WITNESS])


def test_a_cosignature_from_beyond_the_end_of_time_is_refused() -> None:
    last, beyond = 2**63 - 1, 2**63

    note.open_note(f"{TEXT}\n{_cosigned(TEXT, last)}", [WITNESS])

    with pytest.raises(NoteInvalid, match="time"):
        note.open_note(f"{TEXT}\n{_cosigned(TEXT, beyond)}", [WITNESS])


def test_a_witness_counts_once_and_by_its_first_cosignature() -> None:
    first, second = _cosigned(TEXT, 1_900_000_000), _cosigned(TEXT, 1_900_000_001)

    opened = note.open_note(f"{TEXT}\n{second}{first}", [WITNESS])

    assert [note.cosigned_at(signature) for signature in opened.signatures] == [1_900_000_001]


def test_a_key_for_notes_is_not_a_key_for_cosignatures() -> None:
    as_witness = VerifierKey(LOG.name, note.COSIGNATURE, LOG.public)

    assert as_witness.key_id != LOG.key_id
    with pytest.raises(NoteInvalid, match="none of the known keys"):
        note.open_note(NOTE, [as_witness])


def test_a_bad_signature_by_a_known_key_refuses_the_whole_note() -> None:
    forged = Signature(LOG.name, LOG.key_id, b"\x00" * 64)
    good = note.open_note(COSIGNED, [LOG, WITNESS])

    for signatures in [(*good.signatures, forged), (forged, *good.signatures)]:
        text = note.format_note(Note(good.text, signatures))
        note.open_note(text, [WITNESS])
        with pytest.raises(NoteInvalid, match="not good"):
            note.open_note(text, [LOG, WITNESS])


def test_a_signature_by_an_unknown_key_of_a_known_name_or_id_is_ignored() -> None:
    same_name = Signature(LOG.name, b"\x00" * 4, b"junk")
    same_id = Signature("another.example", LOG.key_id, b"junk")
    good = note.open_note(NOTE, [LOG])

    opened = note.open_note(note.format_note(Note(TEXT, (same_name, same_id, *good.signatures))), [LOG])

    assert opened == good


def test_a_signature_said_twice_counts_once() -> None:
    opened = note.open_note(NOTE + _line(NOTE), [LOG])

    assert opened == note.open_note(NOTE, [LOG])


def test_a_note_nobody_known_has_signed_is_refused() -> None:
    for keys in ([], [STRANGER.key]):
        with pytest.raises(NoteInvalid, match="none of the known keys"):
            note.open_note(NOTE, keys)


def test_a_key_listed_twice_is_refused_only_where_it_is_needed() -> None:
    note.open_note(NOTE, [LOG, WITNESS, WITNESS])

    with pytest.raises(NoteInvalid, match="two of the known keys"):
        note.open_note(NOTE, [LOG, WITNESS, LOG])


@pytest.mark.parametrize("count", [1, 16, 100])
def test_up_to_a_hundred_signatures_are_accepted(count: int) -> None:
    strangers = "".join(_line(note.sign_note(TEXT, STRANGER)) for _ in range(count - 1))

    assert note.open_note(NOTE + strangers, [LOG]).text == TEXT


def test_more_than_a_hundred_signatures_or_none_are_refused() -> None:
    with pytest.raises(NoteInvalid, match="1 to 100"):
        note.open_note(NOTE + _line(NOTE) * 100, [LOG])
    with pytest.raises(NoteInvalid, match="1 to 100"):
        note.format_note(Note(TEXT, ()))


def test_a_note_has_at_most_a_million_bytes() -> None:
    rest = len(note.sign_note("\n", LOG_SIGNER).encode())
    longest = note.sign_note("x" * (1_000_000 - rest) + "\n", LOG_SIGNER)

    note.open_note(longest, [LOG])

    for longer in ("x" + longest, b"x" + longest.encode(), "ü" + longest[1:]):
        with pytest.raises(NoteInvalid, match="at most"):
            note.open_note(longer, [LOG])


@pytest.mark.parametrize("text", ["\n", "a\n\n", "\n\nb\n", f"a\n\n{_line(NOTE)}", "\u2028\u00a0\x7f\x85\n"])
def test_any_text_that_ends_in_a_newline_can_be_signed(text: str) -> None:
    assert note.open_note(note.sign_note(text, LOG_SIGNER), [LOG]).text == text


@pytest.mark.parametrize("text", ["", "a", "a\r\n", "a\tb\n", "\x00\n", "\x1f\n", "\ud800\n"])
def test_no_other_text_can_be_signed(text: str) -> None:
    with pytest.raises(NoteInvalid, match="a text ends in a newline"):
        note.sign_note(text, LOG_SIGNER)


NAMES = ["", "a b", "a+b", "a\u00a0b", "a\u3000b", "a\u2028b", "a\x85b", "a\nb", "a\x00b", "a\ud800b"]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_with_a_space_or_a_plus_names_nothing(name: str) -> None:
    with pytest.raises(NoteInvalid, match="name"):
        note.sign_note(TEXT, Signer(name, STRANGER.private_key))
    with pytest.raises(NoteInvalid, match="name"):
        VerifierKey(name, note.ED25519, LOG.public)
    with pytest.raises(NoteInvalid, match="name"):
        Checkpoint(name, 1, CHECKPOINT.root)
    with pytest.raises(NoteInvalid):
        note.parse_skey(OWN["skey"].replace(LOG.name, name))
    with pytest.raises(NoteInvalid):
        note.open_note(NOTE + f"\u2014 {name} AAAAAAA=\n", [LOG])


BROKEN_LINES = [
    "\n",
    "\u2014 x AAAAAAA=",
    "\u2014 x AAAAAA==\n",
    "\u2014 x AAAAAAB=\n",
    "\u2014 x AAAAAAA\n",
    "\u2014 x AAAA_AA=\n",
    "\u2014 x  AAAAAAA=\n",
    "\u2014 x AAAAAAA= \n",
    "\u2014 x\n",
    "\u2013 x AAAAAAA=\n",
    "- x AAAAAAA=\n",
    "\u2014\u00a0x AAAAAAA=\n",
    " \u2014 x AAAAAAA=\n",
    "\u2014 x AAAAAAA=\r\n",
]


@pytest.mark.parametrize("line", BROKEN_LINES)
def test_a_line_that_is_no_signature_refuses_the_note(line: str) -> None:
    with pytest.raises(NoteInvalid):
        note.open_note(NOTE + line, [LOG])


@pytest.mark.parametrize(
    ("kind", "public"), [(0x01, b"k" * 31), (0x04, b"k" * 33), (0x02, b"k" * 32), (0x106, b"k" * 32)]
)
def test_a_key_of_another_type_or_length_is_refused(kind: int, public: bytes) -> None:
    with pytest.raises(NoteInvalid):
        VerifierKey("a.example", kind, public)


@pytest.mark.parametrize(("size", "root"), [(-1, b"r" * 32), (2**63, b"r" * 32), (1, b"r" * 31), (1, b"")])
def test_a_checkpoint_of_an_impossible_tree_is_refused(size: int, root: bytes) -> None:
    with pytest.raises(NoteInvalid):
        Checkpoint("a.example", size, root)


@pytest.mark.parametrize(("key_id", "payload"), [(b"", b"s"), (b"123", b"s"), (b"12345", b"s"), (b"1234", b"")])
def test_a_signature_without_a_whole_key_id_or_without_a_rest_is_refused(key_id: bytes, payload: bytes) -> None:
    with pytest.raises(NoteInvalid, match="4 bytes"):
        Signature("a.example", key_id, payload)


SIZES = ["", "07", "+7", "-7", "7 ", "7.0", "7_0", "0x7", "\u0667", str(2**63), "9" * 5000]


@pytest.mark.parametrize("size", SIZES, ids=range(len(SIZES)))
def test_a_size_in_other_digits_is_refused(size: str) -> None:
    with pytest.raises(NoteInvalid):
        note.parse_checkpoint(TEXT.replace("\n7\n", f"\n{size}\n"))


def test_extension_lines_are_refused() -> None:
    with pytest.raises(NoteInvalid, match="each on its line"):
        note.parse_checkpoint(TEXT + "an extension\n")
