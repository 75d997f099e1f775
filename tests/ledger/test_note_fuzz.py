"""Whatever the parsers of notes are given, they read it as it was written or refuse it."""

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from app.ledger import note
from app.ledger.note import NoteInvalid

OWN = json.loads((Path(__file__).parent / "vectors" / "note.json").read_text(encoding="utf-8"))
TEXT, NOTE, COSIGNED = OWN["text"], OWN["note"], OWN["cosigned_note"]
KEYS = [note.parse_vkey(OWN["vkey"]), note.parse_vkey(OWN["witness_vkey"])]
THERE_AND_BACK: list[Callable[[str], str]] = [
    lambda text: note.format_vkey(note.parse_vkey(text)),
    lambda text: note.format_skey(note.parse_skey(text)),
    lambda text: note.format_checkpoint(note.parse_checkpoint(text)),
]


@given(st.sampled_from([TEXT, NOTE, COSIGNED, OWN["vkey"], OWN["skey"]]), st.data())
def test_a_parser_accepts_only_what_it_would_write(good: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(good)))
    end = data.draw(st.integers(start, len(good)))
    text = good[:start] + data.draw(st.text(max_size=3)) + good[end:]

    _read_as_everything(text)


@given(st.one_of(st.text(), st.text("+\n \u2014=019aAZ/")))
def test_nothing_but_a_refusal_escapes_a_parser(text: str) -> None:
    _read_as_everything(text)


@given(st.binary())
def test_nothing_but_a_refusal_escapes_from_bytes(raw: bytes) -> None:
    for data in (raw, NOTE.encode() + raw, raw + NOTE.encode(), TEXT.encode() + b"\n" + raw):
        try:
            opened = note.open_note(data, KEYS)
        except NoteInvalid:
            continue
        assert data.decode().startswith(opened.text)


def _read_as_everything(text: str) -> None:
    for there_and_back in THERE_AND_BACK:
        with suppress(NoteInvalid):
            assert there_and_back(text) == text
    with suppress(NoteInvalid):
        assert text.startswith(note.open_note(text, KEYS).text + "\n")
