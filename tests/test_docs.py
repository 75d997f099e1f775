"""The documents that are made from the code say what the code says.

After a change of the code: `UPDATE_DOCS=1 python -m pytest tests/test_docs.py`, and read the difference.
"""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from app.core.problems import Problem
from app.ledger.catalogue import SCHEMAS
from app.ledger.kinds import Kind
from app.main import create_app

DOCS = Path(__file__).parents[1] / "docs"

assert create_app  # every module that declares a problem is imported now


def problems() -> str:
    """Return docs/problems.md."""
    kinds = sorted(Problem.registry.items(), key=lambda one: (one[1].status, one[0]))
    rows = "".join(f"| {kind.status} | [`{slug}`](#{slug}) | {kind.title()} |\n" for slug, kind in kinds)
    sections = "".join(f"\n## {slug}\n\n{kind.title()}. {_paragraphs(kind)}".rstrip() + "\n" for slug, kind in kinds)
    return (
        "# Problems\n\n"
        "Every error is `application/problem+json` (RFC 9457). Its `type` is `/problems/` and one of these names;\n"
        "the server has a page at that address. Names and statuses stay; titles and details may be worded better.\n\n"
        f"| status | type | title |\n|---|---|---|\n{rows}{sections}"
    )


def _paragraphs(kind: type[Problem]) -> str:
    return "\n\n".join(" ".join(one.split()) for one in kind.explanation().split("\n\n"))


def events() -> str:
    """Return docs/events.md."""
    together: dict[int, list[str]] = {}
    for name, schema in SCHEMAS.items():
        together.setdefault(id(schema), []).append(name)
    sections = "".join(
        f"\n## {', '.join(f'`{name}`' for name in names)}\n\n| field | kind |\n|---|---|\n"
        + "".join(f"| `{path}` | {kind} |\n" for path, kind in _fields(SCHEMAS[names[0]].fields))
        for names in together.values()
    )
    return (
        "# Events\n\n"
        "Every change is an event of the workspace's ledger (`GET /v1/events`). Its `data` is the state of its\n"
        "subject after the change: ids, enums, integers, days, instants and hashes, in exactly these fields. What\n"
        "people wrote is disclosed beside the event and can be erased; the event holds its salted digest in `sd`.\n"
        f"{sections}"
    )


def _fields(fields: Mapping[str, Kind], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, kind in fields.items():
        yield f"{prefix}{name}", kind.name
        yield from _fields(kind.fields, f"{prefix}{name}.")


@pytest.mark.parametrize("made", [problems, events], ids=["problems.md", "events.md"])
def test_a_document_says_what_the_code_says(made: type, request: pytest.FixtureRequest) -> None:
    path = DOCS / request.node.callspec.id
    if os.environ.get("UPDATE_DOCS"):
        path.write_text(made())

    assert path.read_text() == made(), "run: UPDATE_DOCS=1 python -m pytest tests/test_docs.py"


def test_each_problem_has_a_title_of_its_own() -> None:
    titles = [kind.title() for kind in Problem.registry.values()]

    assert len(set(titles)) == len(titles)
    assert all(0 < len(title) <= 100 for title in titles)


def test_each_page_is_linked_from_the_readme() -> None:
    readme = (DOCS.parent / "README.md").read_text()

    assert [page.name for page in DOCS.glob("*.md") if f"](docs/{page.name}" not in readme] == []


def test_each_command_is_in_the_readmes_table() -> None:
    readme = (DOCS.parent / "README.md").read_text()
    named = " ".join(re.findall(r"^\| (`.+?`) \|", readme, re.MULTILINE))
    commands = re.findall(r"^## `followthrough (\w+)", (DOCS / "cli.md").read_text(), re.MULTILINE)

    # The demo is `make demo`.
    assert {one for one in commands if f"`{one}" not in named} == {"demo"}
