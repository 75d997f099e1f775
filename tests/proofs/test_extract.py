"""`followthrough proof extract`: each event with its proof, as other people's tools read them (c2sp.org/tlog-proof)."""

import base64
import json
from pathlib import Path
from uuid import UUID

import pytest

from app.ledger import merkle, note, signer
from app.ledger.signer import Keyring
from app.proofs import extract
from app.proofs.extract import CannotExtract
from tests.client import Client
from tests.conftest import Tenant
from tests.given import Given
from tests.proofs.conftest import Seal


@pytest.fixture
def bundle(api: Client, given: Given, seal: Seal) -> bytes:
    given.draft()
    given.plan()
    given.done("POA-2.1")
    seal()
    answer: bytes = api.get("/v1/plans/POA-2/proof").content
    return answer


def test_each_event_can_be_checked_from_its_two_files(
    bundle: bytes, tmp_path: Path, ring: Keyring, tenant: Tenant
) -> None:
    count = extract.write(bundle, tmp_path / "parts")

    proofs = sorted((tmp_path / "parts").glob("*.tlog-proof"))
    assert count == 2 * len(proofs) == 2 * (len(json.loads(bundle)["events"]) + 1)
    for proof in proofs:
        above, _, checkpoint = proof.read_text(encoding="utf-8").partition("\n\n")
        header, index, *path = above.split("\n")
        opened = note.open_note(checkpoint, signer.verifier_keys(ring, UUID(tenant.workspace_id)))
        head = note.parse_checkpoint(opened.text)
        leaf = merkle.leaf_hash(proof.with_suffix(".event").read_bytes())
        assert (header, index) == ("c2sp.org/tlog-proof@v1", f"index {proof.stem}")
        merkle.check_inclusion(leaf, int(proof.stem), head.size, [base64.b64decode(one) for one in path], head.root)


def test_nothing_is_overwritten_and_nothing_is_half_written(bundle: bytes, tmp_path: Path) -> None:
    last = max(int(name.split(".")[0]) for name in extract.files(bundle))
    folder = tmp_path / "parts"
    folder.mkdir()
    (folder / f"{last}.event").write_text("mine")

    with pytest.raises(CannotExtract, match="is there already; nothing was written"):
        extract.write(bundle, folder)

    assert [one.read_text() for one in folder.iterdir()] == ["mine"]


def test_a_folder_that_cannot_be_made_is_named(bundle: bytes, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(CannotExtract, match="file/parts cannot be written: Not a directory"):
        extract.write(bundle, tmp_path / "file" / "parts")


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b'{"events":[{}],"heads":{},"checkpoint":""}',
        b'{"events":[{"index":0,"event":1,"proof":[]}],"heads":{},"checkpoint":""}',
        b'{"events":[{"index":"../x","event":"","proof":[]}],"heads":{},"checkpoint":""}',
        b'{"events":[{"index":0,"event":"","proof":null}],"heads":{},"checkpoint":""}',
        b'{"events":[{"index":0,"event":"\\ud800","proof":[]}],"heads":{},"checkpoint":""}',
    ],
)
def test_what_is_no_bundle_is_refused(text: bytes, tmp_path: Path) -> None:
    with pytest.raises(CannotExtract, match="This is not a proof bundle"):
        extract.write(text, tmp_path / "parts")
