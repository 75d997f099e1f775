"""A file on its way to the store: counted, hashed and looked at as it comes, in a temporary file without a name.

A crash leaves nothing of it. Memory is flat: it lies on the disk of `TMPDIR`.
"""

import codecs
import logging
import re
import tempfile
import weakref
import zipfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from typing import IO
from uuid import UUID

from app.files.rules import HEAD, Look, NoSpaceLeft, StoreUnavailable, TooManyUploads, is_full

log = logging.getLogger("followthrough")

AT_ONCE = 32
"""Files that may be on their way in one process: so many times the limit of one is what they take of the disk."""

OF_ONE = 8
"""Of those, how many one workspace may have, so that it leaves places to the others."""

_places: dict[int, UUID] = {}
"""Whose places are taken, by spool. The event loop takes them, so nobody else does meanwhile; anyone gives one back."""

_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_ENDING = 22 + 65_535
"""Bytes at the end of a ZIP archive among which its list of members is named: the record, and a comment."""
_MAX_DIRECTORY = 1024 * 1024
"""Bytes of an archive's list of members: a document has a few hundred of them."""


class Spool:
    """What has come so far."""

    def __init__(self, workspace: UUID) -> None:
        taken = list(_places.values())
        if len(taken) >= AT_ONCE or taken.count(workspace) >= OF_ONE:
            raise TooManyUploads("Try again.", Retry_After="5")
        with _on_disk():
            self.file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by who has the spool
        _places[id(self)] = workspace
        # Also when nobody comes to close it, because something else of the request was refused.
        self._leave = weakref.finalize(self, _places.pop, id(self))
        self.size = 0
        self._hash = sha256()
        self._head = b""
        self._text: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("utf-8")()
        """None: it is not text."""

    def add(self, block: bytes) -> None:
        """Take the next bytes."""
        with _on_disk():
            self.file.write(block)
            # What does not fit is to be known here, not when somebody reads it.
            self.file.flush()
        self.size += len(block)
        self._hash.update(block)
        self._head += block[: HEAD - len(self._head)]
        self._read(block)

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def look(self) -> Look:
        """Return what is looked at, once all of it is there."""
        self._read(b"", final=True)
        members, mimetype = self._members()
        return Look(self._head, self._text is not None, members, mimetype)

    def close(self) -> None:
        # On a full disk, closing tries once more to write what is left.
        with suppress(OSError):
            self.file.close()
        self._leave()

    def _read(self, block: bytes, *, final: bool = False) -> None:
        if self._text is None:
            return
        try:
            self._text.decode(block, final)
        except UnicodeDecodeError:
            self._text = None
        else:
            self._text = None if _CONTROL.search(block) else self._text

    def _members(self) -> tuple[Collection[str] | None, bytes]:
        """Return the names of a ZIP archive's members, and what one called `mimetype` holds if it is the first."""
        if not self._head.startswith(b"PK\x03\x04"):
            return None, b""
        try:
            self._check_directory()
            with zipfile.ZipFile(self.file) as archive:
                members = archive.infolist()
                first = members[0] if members else None
                if first is None or first.filename != "mimetype" or first.compress_type != zipfile.ZIP_STORED:
                    return archive.namelist(), b""
                # This very member, and so much of it: another of that name may be as long as it likes.
                with archive.open(first) as said:
                    return archive.namelist(), said.read(200)
        except (zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError, EOFError, OverflowError, OSError):
            # OSError: its list says that a member lies before the beginning.
            return None, b""

    def _check_directory(self) -> None:
        """Refuse a list of members that is longer than any document's, before it is read into memory."""
        self.file.seek(max(0, self.size - _ENDING))
        tail = self.file.read()
        at = tail.rfind(b"PK\x05\x06")
        # No document needs ZIP64, whose list may be longer than the one that is said here.
        is_plain = at >= 0 and b"PK\x06\x07" not in tail and b"PK\x06\x06" not in tail
        ends = at + 22 + int.from_bytes(tail[at + 20 : at + 22], "little") if is_plain else -1
        if ends != len(tail) or int.from_bytes(tail[at + 12 : at + 16], "little") > _MAX_DIRECTORY:
            raise ValueError("no list of members, or a very long one")


@contextmanager
def _on_disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if is_full(error):
            raise NoSpaceLeft from error
        log.exception("an upload cannot be written to the temporary folder")
        raise StoreUnavailable("The temporary folder of the server cannot be written.", Retry_After="5") from error
