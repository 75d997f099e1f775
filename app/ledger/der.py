"""A strict reader of DER (X.690, section 10), for the few structures that `timestamp` looks into.

DER has one way to write a thing, and that one is accepted: lengths and integers as short as they can be, no indefinite
lengths, nothing left over. What is read is a slice of what was given, so that it can be hashed as it was sent.
"""

SEQUENCE = 0x30
SET = 0x31
INTEGER = 0x02
BOOLEAN = 0x01
OCTETS = 0x04
NULL = 0x05
OID = 0x06
TIME = 0x18
"""GeneralizedTime."""
FIELD_0 = 0xA0
FIELD_1 = 0xA1
"""Constructed fields `[0]` and `[1]`, explicit or implicit."""

_LONG = 0x80
_HIGH_TAG = 0x1F


class DerInvalid(ValueError):
    """The bytes are not DER, or not of the structure that was expected."""


class Reader:
    """The elements of one constructed value, taken one by one."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, tag: int) -> bytes:
        """Return the content of the next element, which must have this tag."""
        return self._take(tag)[0]

    def take_whole(self, tag: int) -> bytes:
        """Return the next element with its tag and length."""
        return self._take(tag)[1]

    def take_if(self, tag: int) -> bytes | None:
        """Return the content of the next element if it has this tag, else None and stay."""
        return self.take(tag) if self.next_is(tag) else None

    def open(self, tag: int = SEQUENCE) -> "Reader":
        """Return a reader of what is inside of the next element."""
        return Reader(self.take(tag))

    def open_if(self, tag: int) -> "Reader | None":
        content = self.take_if(tag)
        return None if content is None else Reader(content)

    def next_is(self, tag: int) -> bool:
        return self._data[self._at : self._at + 1] == bytes([tag])

    def has_more(self) -> bool:
        return self._at < len(self._data)

    def end(self) -> None:
        """Refuse if anything is left."""
        if self.has_more():
            raise DerInvalid("there is something behind the last field")

    def integer(self) -> int:
        """Return the next element, an INTEGER, section 8.3."""
        content = self.take(INTEGER)
        number = int.from_bytes(content, signed=True)
        if not content or (len(content) > 1 and -0x80 <= int.from_bytes(content[:2], signed=True) < _LONG):
            raise DerInvalid("an integer is not as short as it can be")
        return number

    def _take(self, tag: int) -> tuple[bytes, bytes]:
        head = self._data[self._at : self._at + 2]
        if len(head) < 2 or head[0] != tag or tag & _HIGH_TAG == _HIGH_TAG:
            raise DerInvalid(f"an element {tag:#04x} is missing")
        start = self._at + 2
        length = head[1]
        if length >= _LONG:
            start += length - _LONG
            digits = self._data[self._at + 2 : start]
            length = int.from_bytes(digits)
            if length < _LONG or digits[0] == 0 or len(digits) > 4:
                raise DerInvalid("a length is not as short as it can be")
        end = start + length
        if end > len(self._data):
            raise DerInvalid("an element is longer than what it is in")
        whole = self._data[self._at : end]
        self._at = end
        return self._data[start:end], whole


def read_content(data: bytes, tag: int) -> bytes:
    """Return the content of the one element that *data* is."""
    outside = Reader(data)
    content = outside.take(tag)
    outside.end()
    return content


def read(data: bytes, tag: int = SEQUENCE) -> Reader:
    """Return a reader of what is inside of the one element that *data* is."""
    return Reader(read_content(data, tag))
