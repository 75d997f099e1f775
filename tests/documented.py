"""The requests that a page of docs/ shows: its curl commands, read as a shell would read them."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.client import Client

_SERVER = "http://127.0.0.1:8000"


@dataclass(frozen=True)
class Sent:
    """One request, as it stands on the page."""

    method: str
    path: str
    headers: dict[str, str]
    body: str | None

    def by(self, client: Client, filled: Mapping[str, str] | None = None, *, content: bytes | None = None) -> Any:
        """Send it, with what the page leaves open *filled* in, and return what was answered to it.

        *content* are the bytes of the file that it names.
        """
        path, body = self.path, self.body
        for name, value in (filled or {}).items():
            path, body = path.replace(name, value), body and body.replace(name, value)
        answer = client.request(self.method, path, content=content or body, headers=self.headers)
        assert answer.is_success, answer.text
        return answer.json()


def page(name: str) -> str:
    """Return a page of docs/."""
    return (Path(__file__).parents[1] / "docs" / name).read_text(encoding="utf-8")


def requests(text: str) -> list[Sent]:
    """Return the requests of a page, in order."""
    return [_read(shlex.split(one)) for one in re.findall(r"^    (curl .*(?:\n     .*)*)", text, re.MULTILINE)]


def _read(words: list[str]) -> Sent:
    given = {name: value for name, value in pairwise(words) if name in {"-X", "-d", "--data-binary"}}
    headers = dict(value.split(": ") for name, value in pairwise(words) if name == "-H")
    assert headers.pop("Authorization").startswith("Bearer $")
    body = given.get("-d", given.get("--data-binary"))
    (address,) = (one for one in words if one.startswith(_SERVER))
    return Sent(given.get("-X", "POST" if body else "GET"), address.removeprefix(_SERVER), headers, body)
