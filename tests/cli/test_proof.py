"""`followthrough proof`: a file to hand over, and its parts."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.given import APPROVAL

pytestmark = pytest.mark.slow

PLAN = {
    "title": "Late shipments",
    "commitments": [
        {"kind": "corrective", "text": "Ship daily.", "owner": "ada@example.com", "due_on": "2026-04-01"},
    ],
    "approval": APPROVAL,
}
MEMBERS = [{"name": "Ada Okafor", "email": "ada@example.com", "role": "admin"}]

Write = Callable[[str, Any], str]


@pytest.fixture
def sealed(run: Run, workspace: str, write: Write) -> str:
    """A workspace with one approved plan, sealed."""
    members, plan = write("members.json", MEMBERS), write("plan.json", PLAN)
    assert run("import", members, plan).code == 0
    assert run("seal").code == 0
    return workspace


@pytest.mark.usefixtures("sealed")
def test_a_bundle_is_written_beside_a_word_about_the_key(run: Run, tmp_path: Path) -> None:
    made = run("proof", "bundle", "POA-1")

    bundle = json.loads((tmp_path / "POA-1.proof.json").read_bytes())
    assert (made.code, made.out) == (0, "")
    assert bundle["format"] == "followthrough.proof/1"
    assert "POA-1.proof.json: POA-1 as of the checkpoint of" in made.err
    assert "followthrough policy" in made.err


@pytest.mark.usefixtures("sealed")
@pytest.mark.parametrize(("redact", "is_there"), [((), True), (("--redact", "names"), False)])
def test_an_archive_names_people_unless_it_shall_not(
    run: Run, tmp_path: Path, redact: tuple[str, ...], *, is_there: bool
) -> None:
    made = run("proof", "bundle", "POA-1", "--zip", "-o", "out.zip", *redact)

    archive = zipfile.ZipFile(io.BytesIO((tmp_path / "out.zip").read_bytes()))
    assert made.code == 0
    assert ("Ada Okafor" in archive.read("report.html").decode()) is is_there


@pytest.mark.usefixtures("sealed")
def test_the_same_checkpoint_gives_the_same_bytes_on_standard_output(
    run: Run,
) -> None:
    first, second = (run("proof", "bundle", "POA-1", "-o", "-") for _ in range(2))

    assert first.out == second.out
    assert json.loads(first.out)["plan"]


@pytest.mark.usefixtures("sealed")
def test_events_are_extracted_once(run: Run, tmp_path: Path) -> None:
    run("proof", "bundle", "POA-1")

    made = run("proof", "extract", "POA-1.proof.json", "parts")
    again = run("proof", "extract", "POA-1.proof.json", "parts")

    assert (made.code, again.code) == (0, 1)
    assert len(list((tmp_path / "parts").iterdir())) == 2 * 5
    assert "is there already; nothing was written." in again.err


@pytest.mark.usefixtures("sealed")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("bundle", "POA-2"), "Nothing here is called POA-2."),
        (("bundle", "POA-1", "--size", "1"), "No checkpoint has the size 1."),
        (("bundle", "POA-1", "-o", "nowhere/file"), "nowhere/file cannot be written: No such file or directory."),
        (("extract", "plan.json", "parts"), "This is not a proof bundle."),
    ],
)
def test_what_cannot_be_done_is_one_line(run: Run, words: tuple[str, ...], said: str) -> None:
    refused = run("proof", *words)

    assert (refused.code, refused.err) == (1, f"followthrough: {said}\n")


def test_before_the_first_checkpoint_there_is_no_proof(run: Run, workspace: str, write: Write) -> None:
    assert workspace
    run("import", write("members.json", MEMBERS), write("plan.json", PLAN))

    refused = run("proof", "bundle", "POA-1")

    assert (refused.code, refused.err) == (1, "followthrough: Nothing is sealed yet.\n")
