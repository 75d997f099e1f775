"""The commands about the ledger's signatures."""

from pathlib import Path

import pytest

from app.ledger import note
from tests.cli.conftest import Run

pytestmark = pytest.mark.usefixtures("workspace")


def keys(policy: str) -> list[note.VerifierKey]:
    return [note.parse_vkey(line.removeprefix("log ")) for line in policy.splitlines() if line.startswith("log ")]


def test_seal_says_what_it_sealed(run: Run) -> None:
    first, second = run("seal"), run("seal")

    assert (first.code, second.code) == (0, 0)
    assert ": sealed 3 events, root " in first.out
    assert second.out.endswith(": nothing new\n")


def test_the_policy_names_the_key_that_signed(run: Run, tmp_path: Path) -> None:
    before = run("policy")
    run("seal")

    after = run("policy")

    assert (before.code, before.out) == (1, "")
    assert "`followthrough seal`" in before.err
    (key,) = keys(after.out)
    assert key.name.startswith("localhost/w/")
    assert after.out.endswith("\nquorum none\n")
    assert (tmp_path / "var" / "signer" / "key.pem").exists()


def test_a_rotation_makes_a_second_key(run: Run) -> None:
    run("seal")

    rotated = run("keys", "rotate-signer")

    assert rotated.code == 0, rotated.err
    old, new = keys(run("policy").out)
    assert old.name == new.name
    assert f": {new.public.hex()}\n" in rotated.out


def test_a_lost_signer_is_refused_until_an_epoch_is_opened(run: Run, tmp_path: Path) -> None:
    run("seal")
    (tmp_path / "var" / "signer").rename(tmp_path / "lost")
    run("keys", "create", "--name", "Bot", "--scope", "read")

    refused, opened, sealed = run("seal"), run("epoch", "open"), run("seal")

    assert (refused.code, opened.code, sealed.code) == (1, 0, 0), opened.err
    assert "that this server did not sign" in refused.err
    assert "followthrough epoch open --workspace" in refused.err
    assert "Epoch 2 of" in opened.out
    assert [key.name.endswith("/e2") for key in keys(run("policy").out)] == [True]


def test_a_folder_that_cannot_be_made_is_said(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FOLLOWTHROUGH_SIGNER_DIR", str(tmp_path / "file" / "signer"))

    refused = run("seal")

    assert refused.code == 1
    assert "Set FOLLOWTHROUGH_SIGNER_DIR." in refused.err
