"""The README's session, as requests: its bash blocks, read as a shell would read them."""

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

README = Path(__file__).parents[2] / "README.md"
_BLOCK = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Step:
    """One `api ...` of the session."""

    method: str
    path: str
    body: Any
    conditional: bool
    """Whether it sends the ETag that the step before it kept."""


def script() -> str:
    """Return all commands, in order."""
    return "".join(_BLOCK.findall(README.read_text(encoding="utf-8")))


def session() -> list[Step]:
    """Return the requests of the session. Setting it up (`KEY=`, `api()`) is none."""
    return list(_steps(shlex.split(script().replace("$(", " ").replace("\n", " ; "))))


def _steps(words: list[str]) -> Iterator[Step]:
    starts = [place for place, word in enumerate(words) if word == "api"]
    for start, end in zip(starts, [*starts[1:], len(words)], strict=True):
        path, *options = words[start + 1 : end]
        body = options[options.index("-d") + 1] if "-d" in options else None
        yield Step(
            method="POST" if body else "GET",
            path=f"/v1/{path}",
            body=json.loads(body.replace(" ; ", "\n")) if body else None,
            conditional="If-None-Match: $TAG" in options,
        )
