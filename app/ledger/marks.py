"""What the signer remembers outside the database: the last tree it signed, of each workspace and epoch.

A database can be restored from an old backup and written on. What it then holds is a fork of what was signed before,
and only a memory that was not restored with it can tell.
"""

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import LOCK_EX, flock
from pathlib import Path
from uuid import UUID

import orjson


@dataclass(frozen=True, slots=True)
class Mark:
    """The largest tree that was ever signed, and the public keys that signed in its epoch, oldest first, in hex."""

    size: int
    root: bytes
    keys: tuple[str, ...]


_NAME = re.compile(r"([0-9a-f-]{36})\.([0-9]+)\.json")


def read_mark(folder: Path, workspace: UUID, epoch: int) -> Mark | None:
    """Return the mark; None if nothing was signed yet."""
    try:
        said = orjson.loads(_path(folder, workspace, epoch).read_bytes())
    except FileNotFoundError:
        return None
    return Mark(said["size"], bytes.fromhex(said["root"]), tuple(said["keys"]))


def write_mark(folder: Path, workspace: UUID, epoch: int, mark: Mark) -> None:
    """Replace the mark, durably."""
    said = {"size": mark.size, "root": mark.root.hex(), "keys": list(mark.keys)}
    write_durably(_path(folder, workspace, epoch), orjson.dumps(said, option=orjson.OPT_APPEND_NEWLINE))


def epochs(folder: Path, workspace: UUID) -> list[int]:
    """Return the epochs of *workspace* in which something was signed, in order."""
    return sorted(epoch for one, epoch in _all(folder) if one == workspace)


def workspaces(folder: Path) -> set[UUID]:
    """Return the workspaces that something was signed of."""
    return {workspace for workspace, _ in _all(folder)}


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep all others out, in whatever process, until the block ends; a crash unlocks."""
    with (folder / "lock").open("ab") as file:
        flock(file, LOCK_EX)
        yield


def write_durably(path: Path, content: bytes) -> None:
    """Make *path* hold *content*, readable by us alone.

    A crash here leaves either the old file or the new one, and perhaps a `.new-*` beside it that nobody reads.
    """
    handle, name = tempfile.mkstemp(prefix=".new-", dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    Path(name).replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make durable which names are in *folder*."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _all(folder: Path) -> list[tuple[UUID, int]]:
    found = (_NAME.fullmatch(one.name) for one in (folder / "marks").iterdir())
    return [(UUID(match[1]), int(match[2])) for match in found if match]


def _path(folder: Path, workspace: UUID, epoch: int) -> Path:
    return folder / "marks" / f"{workspace}.{epoch}.json"
