"""The verifier as a single file, and as a command: the same words, and the same exit codes."""

import subprocess
import sys
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

from app.ledger import note, reader
from app.ledger.reader import Question
from app.ledger.single import single_file
from tests.ledger.proving import NOTE, SIGNER, kept_and_late, to_bytes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "b.proof.json").write_bytes(to_bytes(kept_and_late().bundle()))
    (tmp_path / "policy.txt").write_text(f"log {note.format_vkey(SIGNER.key)}\nquorum none\n")
    (tmp_path / "verify.py").write_text(single_file(), encoding="utf-8")
    return tmp_path


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    command = [sys.executable, "-I", "verify.py", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout


@pytest.mark.parametrize("extra", [[], ["--json"], ["--require", "P4"]])
def test_the_single_file_says_what_the_module_says(
    folder: Path, extra: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    alone = run(folder, "b.proof.json", "--policy", "policy.txt", *extra)

    code = reader.main([str(folder / "b.proof.json"), "--policy", str(folder / "policy.txt"), *extra])

    assert alone == (code, capsys.readouterr().out)
    assert code == (3 if "P4" in extra else 0)


def test_an_archive_is_read_with_its_evidence(folder: Path) -> None:
    for name, body, code in (("good", NOTE, 0), ("bad", "better", 1)):
        with zipfile.ZipFile(folder / f"{name}.zip", "w") as archive:
            archive.write(folder / "b.proof.json", "POA-1.proof.json")
            archive.writestr(f"evidence/{sha256(NOTE.encode()).hexdigest()}.txt", body)

        assert reader.answer(Question(folder / f"{name}.zip", folder / "policy.txt")) == code


def test_a_broken_archive_is_invalid(folder: Path) -> None:
    (folder / "broken.zip").write_bytes(b"PK\x03\x04nonsense")

    assert reader.answer(Question(folder / "broken.zip", folder / "policy.txt")) == 1


def test_what_cannot_be_tried_is_exit_code_2(folder: Path) -> None:
    bundle, policy = folder / "b.proof.json", folder / "policy.txt"

    assert reader.answer(Question(folder / "none.json", policy)) == 2
    assert reader.answer(Question(bundle, folder / "none.txt")) == 2
    assert reader.answer(Question(bundle)) == 2
    assert reader.answer(Question(bundle, bundle)) == 2
    assert reader.answer(Question(bundle, policy, require="P9")) == 2
    assert reader.answer(Question(bundle, policy, tsa_roots=[bundle])) == 2
    assert reader.answer(Question(bundle, policy, tsa_roots=[folder / "none"])) == 2


def test_a_key_will_do_in_place_of_a_policy(folder: Path) -> None:
    assert reader.answer(Question(folder / "b.proof.json", vkeys=[note.format_vkey(SIGNER.key)])) == 0
