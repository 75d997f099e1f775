"""A verifier holds next to nothing of an event, so the length of a plan's story does not matter to its memory."""

import subprocess
import sys
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

from app.ledger import note
from tests.ledger.large import large
from tests.ledger.proving import SIGNER

ROOT = Path(__file__).parents[2]
FEW, MANY = 1_000, 10_000
A_FILE = bytes(4_000_000)

# VmHWM and not `ru_maxrss`, which a new program inherits from the one that started it.
MEASURE = """
import re, sys
from pathlib import Path
from app.ledger import reader

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024

before = peak()
code = reader.main([sys.argv[1], "--policy", "policy.txt", "--json"])
print(code, peak() - before, file=sys.stderr)
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux says how much it was"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "policy.txt").write_text(f"log {note.format_vkey(SIGNER.key)}\nquorum none\n")
    return tmp_path


def peak(folder: Path, name: str) -> tuple[int, int]:
    """Return the exit code, and how many bytes the process had at most beyond those that it starts with."""
    command = [sys.executable, "-c", MEASURE, name]
    done = subprocess.run(
        command, cwd=folder, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True
    )
    code, used = done.stderr.split()
    return int(code), int(used)


def test_an_event_more_takes_less_than_a_kilobyte(folder: Path) -> None:
    used = []
    for count in (FEW, MANY):
        (folder / "b.proof.json").write_bytes(large(count))
        code, most = peak(folder, "b.proof.json")
        assert code == 0
        used.append(most)

    assert used[1] - used[0] < 800 * (MANY - FEW)


def test_an_archive_takes_no_more_than_what_is_in_it(folder: Path) -> None:
    data = large(MANY)
    (folder / "b.proof.json").write_bytes(data)
    with zipfile.ZipFile(folder / "b.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("b.proof.json", data)
        archive.writestr(f"evidence/{sha256(A_FILE).hexdigest()}", A_FILE)

    alone, packed = peak(folder, "b.proof.json"), peak(folder, "b.zip")

    # The file is evidence of something else.
    assert (alone[0], packed[0]) == (0, 1)
    assert packed[1] - alone[1] < len(A_FILE) / 2
