"""`followthrough import letter.txt`: the plan to standard output, what was read where beside it, nothing recorded."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.cli.conftest import Run

pytestmark = pytest.mark.slow

LETTERS = Path(__file__).parents[1] / "data" / "letters"
MEMBERS = [{"name": "Ada Okafor", "email": "ada@example.com", "role": "admin"}]
LETTER = """\
Root cause
- The carrier moved its pickup.

Steps to prevent
- Ada will book a second pickup by 1 May 2199.
- Jane Miller will review the rate every Monday.
"""

Write = Callable[[str, Any], str]


@pytest.mark.usefixtures("workspace")
def test_a_letter_is_printed_as_a_plan_and_its_lines_beside_it(run: Run, write: Write) -> None:
    run("import", write("members.json", MEMBERS))

    done = run("import", write("letter.txt", f"Dear team\n\n{LETTER}"))

    assert done.code == 0
    assert [one["owner"] for one in json.loads(done.out)["commitments"]] == ["ada@example.com", None]
    assert [line.rstrip() for line in done.err.splitlines()] == [
        "letter.txt  1 root cause, 0 done, 2 promised, 0 items. Nothing is recorded.",
        "1  left out    Dear team",
        "4  root cause  The carrier moved its pickup.",
        "               shipping",
        "7  promise     Ada will book a second pickup by 1 May 2199.",
        "               ada@example.com  due 2199-05-01",
        "8  promise     Jane Miller will review the rate every Monday.",
        "               Jane Miller?  FREQ=WEEKLY;BYDAY=MO",
        "Before it can be approved: name who is accountable, line 8.",
        "Before it can be approved: say when it is due, line 8.",
        "Correct the JSON, save it as plan.json, then: followthrough import plan.json",
    ]


def test_nothing_is_recorded_until_the_plan_itself_is_imported(
    run: Run, write: Write, workspace: str, database: str
) -> None:
    assert workspace
    run("import", write("members.json", MEMBERS))
    before = events(database)

    plan = run("import", write("letter.txt", LETTER)).out

    assert events(database) == before
    assert run("import", write("plan.json", plan)).out == "✓ plan.json  POA-1 draft: Plan of action\n"


def events(database: str) -> Any:
    with psycopg.connect(database) as owner:
        return owner.execute("SELECT size FROM ledger_head").fetchall()


@pytest.mark.usefixtures("workspace")
def test_what_is_no_letter_is_said_to_be_none(run: Run) -> None:
    done = run("import", str(LETTERS / "not-a-letter.txt"))

    assert done.code == 0
    assert json.loads(done.out)["commitments"] == []
    assert "This does not read like a plan of action" in done.err
    assert "Before it can be approved: promise something." in done.err


@pytest.mark.usefixtures("workspace")
@pytest.mark.parametrize(
    "data",
    [
        LETTER.encode("utf-8-sig"),
        LETTER.replace("The carrier", "»Café« — the carrier").encode("cp1252"),
        LETTER.replace("\n", "\r\n").encode("utf-16"),
        LETTER.replace("Root", "\x00\x1bRoot").encode(),
    ],
    ids=["utf-8 with a mark", "cp1252", "utf-16", "control characters"],
)
def test_text_comes_in_the_encodings_of_windows_too(run: Run, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "letter.txt"
    path.write_bytes(data)

    done = run("import", str(path))

    plan = json.loads(done.out)
    assert (len(plan["root_causes"]), len(plan["commitments"])) == (1, 2)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("letter.pdf", b"%PDF", "letter.pdf: save it as .docx or as .txt first."),
        ("letter.DOC", b"\xd0\xcf", "letter.DOC: save it as .docx or as .txt first."),
        ("letter.docx", b"not a zip", "letter.docx: it is no Word document, or it is damaged."),
        ("letter.txt", b" \n", "letter.txt: there is no text in it."),
        ("letter.md", b"a" * 100_001, "letter.md: 100,001 characters; a letter has at most 100,000."),
    ],
)
@pytest.mark.usefixtures("workspace")
def test_a_file_that_cannot_be_read_is_refused_in_one_line(
    run: Run, tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)

    done = run("import", str(path))

    assert (done.code, done.out, done.err) == (1, "", f"followthrough: {said}\n")


@pytest.mark.usefixtures("workspace")
def test_a_letter_is_read_alone(run: Run, write: Write) -> None:
    done = run("import", write("letter.txt", LETTER), write("members.json", MEMBERS))

    assert (done.code, done.out) == (1, "")
    assert done.err == "followthrough: letter.txt is a letter: give it alone, since each becomes a plan to review.\n"
