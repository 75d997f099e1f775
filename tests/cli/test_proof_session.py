"""The README's way to a proof: a server that runs, the three commands, and the archive's own verifier."""

import os
import re
import shlex
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT, Serve

pytestmark = pytest.mark.slow

README = ROOT / "README.md"


def commands() -> list[list[str]]:
    """Return the commands of the README's `sh` blocks."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [shlex.split(line) for block in blocks for line in block.splitlines()]


def run(words: list[str], folder: Path) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FOLLOWTHROUGH_")}
    environment |= {"FOLLOWTHROUGH_DATA_DIR": str(folder / "var"), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-P", "-m", "app.cli", *words]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def followthrough(words: list[str], folder: Path) -> str:
    """Run one of the commands, again while nothing is sealed yet, and return what it prints."""
    line, _, target = " ".join(words[1:]).partition(" > ")
    for _ in range(20):
        done = run(line.split(), folder)
        if done.returncode == 0:
            break
        time.sleep(1)
    assert done.returncode == 0, done.stderr
    if target:
        (folder / target).write_text(done.stdout)
    return done.stdout


def test_the_readme_leads_to_a_proof_that_verifies(serving: Serve, home: Path) -> None:
    with serving("serve", "--port", "0", "--demo"):
        _, policy, verify = (followthrough(words, home) for words in commands())

    assert policy.startswith("log localhost/w/")
    assert "VALID, level P2." in verify
    with zipfile.ZipFile(home / "POA-1.zip") as archive:
        archive.extractall(home / "theirs")
    (home / "theirs" / "policy.txt").write_text(policy)
    alone = subprocess.run(
        [sys.executable, "-I", "verify.py", "POA-1.proof.json", "--policy", "policy.txt"],
        cwd=home / "theirs",
        capture_output=True,
        text=True,
        check=False,
    )
    assert "VALID, level P2." in alone.stdout
