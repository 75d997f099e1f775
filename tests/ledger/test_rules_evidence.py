"""Files as evidence, and what takes the place of a wrong piece: the verifier's reading of it."""

from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest

from app.ledger.events import plain
from app.ledger.verify import verify_bundle
from tests.ledger.forging import forge, refused
from tests.ledger.proving import ADA, FIRST, PIECE, POLICY, START, Maker, approved, kept_and_late, to_bytes

SCAN = b"%PDF-1.7 a scan"
NAME = f"{sha256(SCAN).hexdigest()}.pdf"
RIGHT, THIRD = UUID(int=0x88), UUID(int=0x89)


def filed(**changed: Any) -> dict[str, Any]:
    """Return what an event says of a file."""
    facts = {
        "commitment": FIRST,
        "kind": "file",
        "sha256": sha256(SCAN).hexdigest(),
        "size": len(SCAN),
        "media_type": "application/pdf",
        "document_on": None,
        "added_by": ADA,
    }
    return facts | changed


def file_of(facts: dict[str, Any]) -> Maker:
    maker = approved()
    maker.append("evidence.filed", PIECE, facts, title="scan.pdf")
    return maker


def superseded(old: UUID = PIECE, new: UUID = RIGHT, **changed: Any) -> Maker:
    """Return a log in which a note was superseded by a file."""
    maker = kept_and_late()
    maker.append("evidence.filed", RIGHT, filed())
    facts = {"superseded_by": new, "superseded_at": maker.at} | changed
    maker.append("evidence.superseded", old, facts, reason="Another's.")
    return maker


def sentence(maker: Maker, evidence: dict[str, bytes] | None = None) -> str:
    report = verify_bundle(to_bytes(maker.bundle()), POLICY, evidence=evidence)
    assert report.valid, report.checks[-1]
    return next(one.sentence for one in report.checks if one.name == "evidence")


def test_a_file_is_read_beside_the_proof() -> None:
    maker = file_of(filed())

    assert sentence(maker).startswith("1 pieces were recorded; 0 can be read here")
    assert sentence(maker, {NAME: SCAN}).startswith("1 pieces were recorded; 1 can be read here")


def test_a_file_of_other_bytes_is_refused() -> None:
    refused(file_of(filed()), "evidence", "is not evidence that was recorded", evidence={NAME: SCAN + b"!"})


def test_a_file_of_another_size_than_was_recorded_is_refused() -> None:
    refused(file_of(filed(size=7)), "evidence", "has not the size that was recorded", evidence={NAME: SCAN})


def test_the_same_file_has_one_size() -> None:
    maker = file_of(filed())
    maker.append("evidence.filed", RIGHT, filed(size=7))

    refused(maker, "replay", "the same file was recorded with another size")


def test_a_file_is_of_a_type_that_is_taken() -> None:
    maker = file_of(filed())
    forge(maker, data=plain(filed(media_type="text/html")))

    refused(maker, "format", "has not the fields of an event of its type")


def test_how_many_pieces_were_superseded_is_said() -> None:
    assert sentence(superseded()).endswith("Others took the place of 1.")


def test_what_took_its_place_may_be_superseded_in_turn() -> None:
    maker = superseded()
    maker.append("evidence.filed", THIRD, filed())
    maker.append("evidence.superseded", RIGHT, {"superseded_by": THIRD, "superseded_at": maker.at})

    assert sentence(maker).endswith("Others took the place of 2.")


def test_nothing_is_superseded_twice() -> None:
    maker = superseded()
    maker.append("evidence.filed", THIRD, filed())
    maker.append("evidence.superseded", PIECE, {"superseded_by": THIRD, "superseded_at": maker.at})

    refused(maker, "replay", "another took its place before")


def test_what_is_not_there_is_not_superseded() -> None:
    refused(superseded(old=THIRD), "replay", "there is no such piece")


@pytest.mark.parametrize(("old", "new"), [(PIECE, THIRD), (PIECE, PIECE), (RIGHT, RIGHT)])
def test_only_what_was_added_with_it_takes_its_place(old: UUID, new: UUID) -> None:
    refused(superseded(old=old, new=new), "replay", "what takes its place was not added with it")


def test_one_piece_takes_the_place_of_one() -> None:
    maker = kept_and_late()
    maker.append("evidence.filed", THIRD, filed())
    maker.append("evidence.filed", RIGHT, filed())
    for old in (PIECE, THIRD):
        maker.append("evidence.superseded", old, {"superseded_by": RIGHT, "superseded_at": maker.at})

    refused(maker, "replay", "what takes its place was not added with it")


def test_it_is_not_superseded_later_than_it_was_recorded() -> None:
    refused(superseded(superseded_at=START + timedelta(days=400)), "replay", "later than it was recorded")
