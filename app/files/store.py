"""Where the bytes of files are: a folder, or a bucket of S3 or what speaks like it. Keys are `<workspace>/<sha256>`."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import IO, NamedTuple
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from app.core.config import Settings
from app.files.rules import NoSpaceLeft, StoreUnavailable, is_full

_PART = 5 * 1024 * 1024
"""The smallest that S3 takes; two of them are in memory at once."""
_PIECE = 1024 * 1024
"""The same for a folder."""
_BLOCK = 256 * 1024
_LISTED = 1000
"""Keys at a time: what S3 answers with."""


class Stored(NamedTuple):
    """An object as the store lists it."""

    key: str
    at: datetime
    """When it was put there."""


class Store:
    """Holds bytes by key. What `put` has returned from is there after a loss of power."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.url = url
        self._folder = Path(unquote(parts.path)) if parts.scheme == "file" else None

    @cached_property
    def _objects(self) -> ObjectStore:
        # Not before it is used: who only asks for the contract makes no folder.
        if self._folder:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return LocalStore(self._folder)
        return from_url(
            self.url,
            client_options={
                "connect_timeout": timedelta(seconds=5),
                # For a whole download, at the pace of who asked for it.
                "timeout": timedelta(minutes=30),
                # Who names an endpoint without TLS means it.
                "allow_http": os.environ.get("AWS_ENDPOINT_URL", "").startswith("http://"),
            },
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=20)},
        )

    def put(self, key: str, file: IO[bytes]) -> None:
        """Store what *file* holds, from its beginning. Nobody sees half of it; a second time it is overwritten."""
        file.seek(0)
        with _asking():
            try:
                size = _PIECE if self._folder else _PART
                obstore.put(self._objects, key, file, chunk_size=size, max_concurrency=2)
            except FileNotFoundError as no_bucket:
                raise StoreUnavailable("Its bucket is not there.") from no_bucket
            if self._folder:
                # obstore writes beside the place and renames, but leaves the flushing to whoever needs it.
                path = self._folder / key
                for one in (path, path.parent, self._folder):
                    _flush(one)

    def size(self, key: str) -> int | None:
        """Return how many bytes are there; None: it is not."""
        try:
            with _asking():
                return int(obstore.head(self._objects, key)["size"])
        except FileNotFoundError:
            return None

    def blocks(self, key: str) -> Iterator[bytes]:
        """Yield what is there; FileNotFoundError if it is not."""
        with _asking():
            for block in obstore.get(self._objects, key).stream(min_chunk_size=_BLOCK):
                yield bytes(block)

    async def stream(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        """Yield the bytes from *start* to before *end*."""
        found = await obstore.get_async(self._objects, key, options={"range": (start, end)})
        async for block in found.stream(min_chunk_size=_BLOCK):
            yield bytes(block)

    def delete(self, key: str) -> None:
        """Delete what is there, if anything is."""
        with suppress(FileNotFoundError), _asking():
            obstore.delete(self._objects, key)

    def listed(self) -> Iterator[list[Stored]]:
        """Yield all that is there, a thousand at a time, in no order. What is half written is not among it."""
        for some in obstore.list(self._objects, chunk_size=_LISTED):
            yield [Stored(one["path"], one["last_modified"]) for one in some]

    def tidy(self, before: datetime) -> None:
        """Delete what crashes have left half written in a folder; a bucket does so itself, by a rule of its own."""
        for left in self._folder.glob("*/*#*") if self._folder else ():
            if left.stat().st_mtime < before.timestamp():
                left.unlink(missing_ok=True)


def opened(settings: Settings) -> Store:
    """Return the store that the settings name. Nothing is asked of it yet."""
    return Store(settings.files_url or (settings.data_dir / "files").resolve().as_uri())


@contextmanager
def _asking() -> Iterator[None]:
    """What goes wrong is the store's, but that a thing is not there."""
    try:
        yield
    except FileNotFoundError:
        raise
    except (BaseError, OSError) as error:
        if is_full(error):
            raise NoSpaceLeft from error
        raise StoreUnavailable("Try again.", Retry_After="2") from error


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
