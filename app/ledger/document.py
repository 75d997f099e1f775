"""The bytes of a bundle, read from front to back a piece at a time, so that never more than a piece is held.

Pieces are told apart by marks: bytes with a quotation mark that begins a string or ends one. In canonical JSON no mark
stands where it does not belong, so what is cut in the wrong place was not canonical, and its pieces are not JSON.
"""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from app.ledger.strict import Malformed

_BLOCK = 64 * 1024
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError)


@contextmanager
def _unpacked() -> Iterator[None]:
    try:
        yield
    except _BROKEN as error:
        raise Malformed("it cannot be unpacked") from error


class Document:
    """A stream of at most *limit* bytes, and how far it was read. *otherwise* is said of one that lacks a mark."""

    def __init__(self, stream: IO[bytes], *, limit: int, otherwise: str) -> None:
        self._stream, self._limit, self._otherwise = stream, limit, otherwise
        self._held, self._at, self._start = b"", 0, 0
        """What was read ahead, what of it is done with, and where in the stream it begins."""

    @property
    def place(self) -> int:
        """How many bytes were read, for `back_to`."""
        return self._start + self._at

    def back_to(self, place: int) -> None:
        with _unpacked():
            self._stream.seek(place)
        self._held, self._at, self._start = b"", 0, place

    def take(self, literal: bytes) -> bool:
        """Pass *literal* if it comes next; say whether it did."""
        while len(self._held) - self._at < len(literal):
            self._need()
        if not self._held.startswith(literal, self._at):
            return False
        self._at += len(literal)
        return True

    def up_to(self, *marks: bytes) -> tuple[bytes, bytes]:
        """Return all before whichever of *marks* comes first, and that mark, which is passed."""
        while True:
            first, found = len(self._held), b""
            for mark in marks:
                # Looked for only where it would come before the others.
                place = self._held.find(mark, self._at, first + len(mark) - 1)
                if place >= 0:
                    first, found = place, mark
            if found:
                piece = self._held[self._at : first]
                self._at = first + len(found)
                return piece, found
            self._need()

    def pieces(self, first: bytes, last: bytes, *, end: bytes) -> Iterator[bytes]:
        """Yield what stands between commas up to *end*, which is passed; each begins with *first*, ends with *last*."""
        if self.take(end):
            return
        if not self.take(first):
            raise Malformed(self._otherwise)
        mark = between = last + b"," + first
        while mark == between:
            piece, mark = self.up_to(between, last + end)
            yield first + piece + last

    def rest(self) -> bytes:
        """Return all that was not read yet."""
        while self._read_on():
            pass
        piece, self._at = self._held[self._at :], len(self._held)
        return piece

    def _need(self) -> None:
        if not self._read_on():
            raise Malformed(self._otherwise)

    def _read_on(self) -> bool:
        kept = self._held[self._at :]
        with _unpacked():
            # As much again as there is: what is looked for in a long piece is looked for a few times, not a thousand.
            block = self._stream.read(max(_BLOCK, len(kept)))
        self._held, self._at, self._start = kept + block, 0, self.place
        if self._start + len(self._held) > self._limit:
            raise Malformed(f"a bundle has at most {self._limit} bytes")
        return bool(block)
