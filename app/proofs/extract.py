"""A bundle's events as files that other tools can check one by one (c2sp.org/tlog-proof)."""

from collections.abc import Sequence
from pathlib import Path

import orjson

_HEADER = "c2sp.org/tlog-proof@v1"


class CannotExtract(Exception):
    """The bundle cannot be written as files there; the text says why."""


def files(text: bytes) -> dict[str, bytes]:
    """Return, by name, for each event `N.event`, its exact bytes, and `N.tlog-proof`, which proves them.

    The heads event is among them. Nothing is checked: that is what the files are for.
    """
    try:
        bundle = orjson.loads(text)
        found = {}
        for one in (*bundle["events"], bundle["heads"]):
            index = int(one["index"])
            found[f"{index}.event"] = one["event"].encode()
            found[f"{index}.tlog-proof"] = format_proof(index, one["proof"], bundle["checkpoint"]).encode()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CannotExtract("This is not a proof bundle.") from error
    return found


def write(text: bytes, folder: Path) -> int:
    """Write the files into *folder*, which is made if need be, and return how many. Nothing is overwritten."""
    made = files(text)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if taken := sorted(name for name in made if (folder / name).exists()):
            raise CannotExtract(f"{folder / taken[0]} is there already; nothing was written.")
        for name, content in made.items():
            with (folder / name).open("xb") as file:
                file.write(content)
    except OSError as error:
        raise CannotExtract(f"{folder} cannot be written: {error.strerror}.") from error
    return len(made)


def format_proof(index: int, path: Sequence[str], checkpoint: str) -> str:
    """Return the proof that *checkpoint* covers the leaf at *index*; hashes are base64."""
    hashes = "".join(f"{one}\n" for one in path)
    return f"{_HEADER}\nindex {index}\n{hashes}\n{checkpoint}"
