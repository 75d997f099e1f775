"""The seller's guide: all its commands, word for word, in one shell, on a server that has just been started."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT, Serve

GUIDE = ROOT / "docs" / "seller-guide.md"


def script(address: str) -> str:
    """Return the guide's commands, for a server at *address* and the command line of this checkout."""
    blocks = re.findall(r"^```bash\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    commands = "".join(blocks).replace("http://127.0.0.1:8000", address)
    return commands.replace(".venv/bin/followthrough", f"{shlex.quote(sys.executable)} -P -m app.cli")


def run(home: Path, commands: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FOLLOWTHROUGH_")}
    environment |= {"FOLLOWTHROUGH_DATA_DIR": str(home / "var"), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=home,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr}"
    return done.stdout


@pytest.mark.slow
def test_every_command_of_the_guide_succeeds_and_the_proof_tells_the_case(serving: Serve, home: Path) -> None:
    with serving() as (_, _, address):
        said = run(home, script(address))

    assert '"reason":"notice_ignored"' in said
    assert '"reason":"plan_denied"' in said
    assert '"code":"no_preventive"' in said
    assert '"op":"added","text":"Commitment 2 (preventive):"' in said
    assert '"state":"closed"' in said
    assert "ok    attempts        2 were sent; 1 notices are answered, the words of 1 can be read here." in said
    assert re.search(
        r"Attempt 1, sent [-0-9]+, signed off by somebody else than its authors: denied on 2026-11-22", said
    )
    assert "VALID, level P2." in said


def test_the_guide_names_only_documents_that_are_there() -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", GUIDE.read_text(encoding="utf-8")):
        assert (GUIDE.parent / link).exists(), link
