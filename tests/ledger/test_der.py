"""DER has one way to write a thing, and only that one is read."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ledger import der
from app.ledger.der import DerInvalid, Reader
from tests import tsa


@pytest.mark.parametrize("size", [0, 1, 127, 128, 255, 256, 65_536])
def test_a_length_is_as_short_as_it_can_be(size: int) -> None:
    assert der.read_content(tsa.der(4, bytes(size)), 4) == bytes(size)


@pytest.mark.parametrize(
    "raw",
    [
        "04",
        "0401",
        "048100",
        "04817f" + "00" * 127,
        "04820080" + "00" * 128,
        "0480",
        "04800000",
        "04ff",
        "0485000000000100",
        "040000",
        "3000",
        "",
        "0402ff",
        "0484",
        "04850100000000",
    ],
)
def test_other_octets_are_refused(raw: str) -> None:
    with pytest.raises(DerInvalid):
        der.read_content(bytes.fromhex(raw), 4)


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        ("020100", 0),
        ("02017f", 127),
        ("02020080", 128),
        ("020180", -128),
        ("0202ff7f", -129),
        ("0202007f", None),
        ("0202ff80", None),
        ("0200", None),
        ("02020000", None),
        ("0202ffff", None),
        ("030100", None),
    ],
)
def test_an_integer_is_as_short_as_it_can_be(raw: str, number: int | None) -> None:
    reader = Reader(bytes.fromhex(raw))

    if number is None:
        with pytest.raises(DerInvalid):
            reader.integer()
    else:
        assert reader.integer() == number


def test_an_element_that_is_not_there_is_left_for_the_next_question() -> None:
    reader = Reader(bytes.fromhex("0101ff0500"))

    assert reader.take_if(der.NULL) is None
    assert reader.open_if(der.SET) is None
    assert (reader.take(der.BOOLEAN), reader.take_whole(der.NULL)) == (b"\xff", b"\x05\x00")
    assert not reader.has_more()
    assert reader.take_if(der.NULL) is None


@given(st.binary(max_size=40), st.sampled_from([der.SEQUENCE, der.INTEGER, der.OCTETS]))
def test_what_is_read_is_what_would_be_written(raw: bytes, tag: int) -> None:
    with suppress(DerInvalid):
        assert tsa.der(tag, der.read_content(raw, tag)) == raw
    with suppress(DerInvalid):
        assert tsa.der(tag, der.read_content(bytes([tag]) + raw, tag)) == bytes([tag]) + raw
