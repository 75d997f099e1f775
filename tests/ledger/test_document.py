"""A bundle that is read in pieces is the same as one that is read as a whole, wherever it is cut."""

import io
import json
import os
import random
import threading
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest

from app.ledger import document, note, reader, strict
from app.ledger.bundle import MAX_BYTES
from app.ledger.document import Document
from app.ledger.reader import Question
from app.ledger.strict import Malformed
from app.ledger.verify import verify_bundle
from tests.ledger.forging import refused
from tests.ledger.proving import POLICY, SIGNER, Parts, kept_and_late, parts, to_bytes

BUNDLE = kept_and_late().bundle()
DATA = to_bytes(BUNDLE)
KEY = note.format_vkey(SIGNER.key)


def reading(data: bytes) -> Document:
    return Document(io.BytesIO(data), limit=MAX_BYTES, otherwise="it is not one")


def agrees(found: Parts, whole: dict[str, Any]) -> bool:
    """Say whether the parts are those of the whole document, and the only ones."""
    events = [{"event": event_text(one.event), "index": one.index} for one in found.events]
    return (
        whole.keys() == BUNDLE.keys()
        and (found.checkpoint, found.ending.plan) == (whole["checkpoint"], whole["plan"])
        and found.disclosures == whole["disclosures"]
        and events == [{"event": one["event"], "index": one["index"]} for one in whole["events"]]
        and event_text(found.ending.heads.event) == whole["heads"]["event"]
    )


def event_text(event: dict[str, Any]) -> str:
    return to_bytes(event).decode()


@pytest.mark.parametrize("block", [1, 2, 3, 7, 64, 1000])
def test_it_does_not_matter_where_a_block_ends(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "_BLOCK", block)

    report = verify_bundle(DATA, POLICY)

    assert parts(DATA) == parts(io.BytesIO(DATA).read())
    assert agrees(parts(DATA), BUNDLE)
    assert report == verify_bundle(io.BytesIO(DATA), POLICY)
    assert report.valid


def test_what_is_accepted_in_pieces_is_canonical_as_a_whole() -> None:
    chance = random.Random(8785)
    tokens = [b'"', b"{", b"}", b"[", b"]", b",", b":", b" ", b"\\", b'","', b'},{"event":', b'],"format":', b"\xff"]
    accepted = 0

    for _ in range(5000):
        place, more = chance.randrange(len(DATA)), chance.choice(tokens)
        changed = DATA[:place] + more + DATA[place + chance.choice([0, len(more)]) :]
        try:
            found = parts(changed)
        except Malformed:
            continue
        accepted += 1
        assert agrees(found, strict.parse(changed))

    assert accepted


@pytest.mark.parametrize(
    "written",
    [
        json.dumps(BUNDLE, sort_keys=True).encode(),
        json.dumps(BUNDLE, separators=(",", ":")).encode(),
        DATA + b"\n",
        DATA + b",",
        DATA[:-1],
        DATA.replace(b'"events":[{', b'"events":[,{'),
        DATA.replace(b'],"format"', b',],"format"'),
        DATA.replace(b'"disclosures":{"', b'"disclosures":{,"'),
        DATA.replace(b'},"events"', b',},"events"'),
        DATA.replace(b'"events":[{', b'"events":[7,{'),
        DATA.replace(b'{"checkpoint"', b'{"a":1,"checkpoint"'),
        DATA.replace(b'"plan":', b'"o":1,"plan":'),
        to_bytes(BUNDLE | {"zebra": 1}),
        to_bytes(BUNDLE | {"disclosures": []}),
        to_bytes(BUNDLE | {"disclosures": {"A" * 43: 7}}),
        to_bytes({name: value for name, value in BUNDLE.items() if name != "timestamps"}),
        to_bytes(BUNDLE | {"format": "followthrough.proof/2"}),
        DATA[1:],
        b"",
    ],
)
def test_a_bundle_that_is_written_in_another_way_is_not_in_its_format(written: bytes) -> None:
    report = verify_bundle(written, POLICY)

    assert [(one.name, one.ok) for one in report.checks] == [("format", False)]


def test_disclosures_are_sorted_and_each_is_there_once() -> None:
    (first, second), *_ = zip(BUNDLE["disclosures"].items(), list(BUNDLE["disclosures"].items())[1:], strict=False)
    for members in ([first, first], sorted([first, second], reverse=True)):
        text = ",".join(f'"{name}":"{value}"' for name, value in members)
        start, end = DATA.index(b'"disclosures":{') + 15, DATA.index(b'},"events":')

        report = verify_bundle(DATA[:start] + text.encode() + DATA[end:], POLICY)

        assert (report.checks[-1].name, report.checks[-1].sentence) == (
            "format",
            "Refused: disclosures are sorted, and each is there once.",
        )


def test_a_bundle_of_no_events_and_no_disclosures_has_a_form_too() -> None:
    document = BUNDLE | {"events": [], "disclosures": {}}

    assert (parts(to_bytes(document)).events, parts(to_bytes(document)).disclosures) == ((), {})
    refused(document, "chain", "a plan has at least one event")


def test_the_mark_that_comes_first_counts() -> None:
    for marks in ((b"bc", b"ab"), (b"ab", b"bc")):
        assert reading(b"__abc").up_to(*marks) == (b"__", b"ab")


def test_where_it_is_read_again_it_says_the_same() -> None:
    read = reading(b'{"a","b"}rest')
    assert read.take(b"{")
    place = read.place

    for _ in range(2):
        read.back_to(place)
        assert list(read.pieces(b'"', b'"', end=b"}")) == [b'"a"', b'"b"']
    assert (read.rest(), read.rest()) == (b"rest", b"")


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.proof.json", DATA)
    return tmp_path / "a.zip"


def test_an_archive_that_is_damaged_inside_is_invalid(packed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole, said = packed.read_bytes(), set()
    # The last few only say that there is no more: without them, all of it has been read and compared.
    start, end = 30 + len("a.proof.json"), whole.index(b"PK\x01\x02") - 16

    for place in range(start, end, 9):
        packed.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        assert reader.answer(Question(packed, vkeys=[KEY])) == 1
        said.add(capsys.readouterr().out.splitlines()[0])

    assert "FAIL  format          Refused: it cannot be unpacked." in said


def test_an_archive_that_is_damaged_while_it_is_read_is_invalid() -> None:
    class Archived(io.BytesIO):
        """The archive's stream, whose file somebody has changed by the time that it is read again."""

        def seek(self, *_: int) -> int:
            raise zlib.error

    report = verify_bundle(Archived(DATA), POLICY)

    assert (report.checks[-1].name, report.checks[-1].sentence) == ("disclosures", "Refused: it cannot be unpacked.")


def test_an_archive_is_compressed_as_all_can_read_it(packed: Path) -> None:
    assert reader.answer(Question(packed, vkeys=[KEY])) == 0
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a.proof.json", DATA)

    assert reader.answer(Question(packed, vkeys=[KEY])) == 1


def test_a_bundle_may_come_through_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=[DATA])
    writer.start()

    code = reader.answer(Question(tmp_path / "pipe", vkeys=[KEY]))

    writer.join()
    assert code == 0


def test_a_disk_that_fails_later_is_no_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "b.proof.json").write_bytes(DATA)

    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Document, "rest", fail)

    assert reader.answer(Question(tmp_path / "b.proof.json", vkeys=[KEY])) == reader.USAGE
    assert "b.proof.json cannot be read: Input/output error." in capsys.readouterr().err
