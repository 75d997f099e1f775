"""A file in a proof: it comes along, is what was recorded, and is missed where it was changed."""

import io
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI

from app.ledger import note, reader, signer
from app.ledger.reader import Question
from app.ledger.signer import Keyring
from app.proofs import archive, audit
from tests.client import Client
from tests.conftest import Tenant
from tests.files.filing import invoice
from tests.files.samples import PDF
from tests.given import Given
from tests.proofs.conftest import Seal

ZIP = "/v1/plans/POA-1/proof.zip"
NAME = f"evidence/{sha256(PDF).hexdigest()}.pdf"


@pytest.fixture
def piece(given: Given, seal: Seal) -> Any:
    """An invoice that is evidence of a commitment's completion and of the plan itself; sealed."""
    given.plan()
    given.post("/v1/commitments/POA-1.1/completion", {"evidence": invoice(given.api)}, 200)
    piece = given.post("/v1/plans/POA-1/evidence", invoice(given.api, name="Überweisung.pdf"), 201)
    seal()
    return piece


def unzipped(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


class Reader:
    """Somebody with the log's key and `followthrough verify`."""

    def __init__(self, ring: Keyring, tenant: Tenant, folder: Path) -> None:
        self.ring, self.tenant, self.path = ring, tenant, folder / "POA-1.proof.zip"

    def verify(self, content: bytes) -> int:
        (key,) = signer.verifier_keys(self.ring, UUID(self.tenant.workspace_id))
        self.path.write_bytes(content)
        return reader.answer(Question(self.path, vkeys=[note.format_vkey(key)]))


@pytest.fixture
def stranger(ring: Keyring, tenant: Tenant, tmp_path: Path) -> Reader:
    return Reader(ring, tenant, tmp_path)


def faults(app: FastAPI, tenant: Tenant) -> list[str]:
    return audit.check(app.state.engine, UUID(tenant.workspace_id), progress=lambda *_: None).faults


@pytest.mark.usefixtures("piece")
def test_the_archive_holds_each_file_once(api: Client) -> None:
    files = unzipped(api.get(ZIP).content)

    page = files["report.html"].decode()
    assert [name for name in files if name.startswith("evidence/")] == [NAME]
    assert files[NAME] == PDF
    assert f"<code>{NAME}</code>" in page
    assert "invoice-2026-11.pdf" in page
    assert "Überweisung.pdf" in page


@pytest.mark.usefixtures("piece")
def test_a_stranger_verifies_the_file(
    api: Client, stranger: Reader, app: FastAPI, tenant: Tenant, capsys: pytest.CaptureFixture[str]
) -> None:
    code = stranger.verify(api.get(ZIP).content)

    assert code == 0, capsys.readouterr().out
    assert "2 pieces were recorded; 2 can be read here" in capsys.readouterr().out
    assert faults(app, tenant) == []


@pytest.mark.usefixtures("piece")
def test_a_changed_file_is_found(api: Client, stranger: Reader, capsys: pytest.CaptureFixture[str]) -> None:
    files = unzipped(api.get(ZIP).content)

    code = stranger.verify(zipped(files | {NAME: PDF.replace(b"obj", b"OBJ")}))

    assert code == 1
    assert "is not evidence that was recorded under that name" in capsys.readouterr().out


@pytest.mark.usefixtures("piece")
def test_a_proof_holds_without_the_file_and_says_so(
    api: Client, stranger: Reader, capsys: pytest.CaptureFixture[str]
) -> None:
    files = unzipped(api.get(ZIP).content)
    del files[NAME]

    code = stranger.verify(zipped(files))

    assert code == 0
    assert "2 pieces were recorded; 0 can be read here" in capsys.readouterr().out


@pytest.mark.usefixtures("piece")
def test_what_has_no_room_is_named_and_may_be_added(
    api: Client, stranger: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "_MAX_ENCLOSED", len(PDF) - 1)

    files = unzipped(api.get(ZIP).content)

    readme = files["README.txt"].decode()
    assert NAME not in files
    assert f"{sha256(PDF).hexdigest()}  {len(PDF)} bytes" in readme
    assert "not in this archive" in files["report.html"].decode()
    assert stranger.verify(zipped(files | {NAME.replace(".pdf", " as I got it.pdf"): PDF})) == 0


@pytest.mark.usefixtures("piece")
def test_the_archive_is_sent_again_only_if_it_changed(api: Client) -> None:
    first = api.get(ZIP)

    again = api.get(ZIP, headers={"If-None-Match": first.headers["etag"]})

    assert int(first.headers["content-length"]) == len(first.content)
    assert (again.status_code, again.content) == (304, b"")
    assert api.get(ZIP).content == first.content


def test_a_superseded_piece_is_shown_as_such(
    api: Client, given: Given, seal: Seal, stranger: Reader, piece: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = {"reason": "Of another supplier.", "evidence": invoice(api, PDF + b"2", name="right.pdf")}
    given.post(f"/v1/plans/POA-1/evidence/{piece['id']}/supersession", wrong, 201)
    seal()

    content = api.get(ZIP).content

    page = unzipped(content)["report.html"].decode()
    assert stranger.verify(content) == 0
    assert "Others took the place of 1." in capsys.readouterr().out
    assert "<b>Superseded</b>" in page
    assert "Of another supplier." in page


def test_an_erased_file_is_nowhere_and_the_proof_holds(
    api: Client, given: Given, seal: Seal, stranger: Reader, piece: Any, app: FastAPI, tenant: Tenant
) -> None:
    other = api.get("/v1/commitments/POA-1.1/evidence").json()["data"][0]
    given.post("/v1/erasures", {"subject": other["id"], "names": ["body"]})
    still = api.get(f"/v1/files/{piece['sha256']}")
    given.post("/v1/erasures", {"subject": piece["id"]})
    seal()

    files = unzipped(api.get(ZIP).content)

    assert still.content == PDF
    assert api.get(f"/v1/files/{piece['sha256']}").status_code == 404
    assert NAME not in files
    assert all(b"berweisung" not in content and b"invoice-2026" not in content for content in files.values())
    assert stranger.verify(zipped(files)) == 0
    assert faults(app, tenant) == []
    assert api.get("/v1/plans/POA-1/evidence").json()["data"][0]["body"] == "[erased]"


def test_erasing_twice_is_harmless_and_an_erased_file_is_uploaded_anew(
    api: Client, given: Given, piece: Any, app: FastAPI, tenant: Tenant
) -> None:
    other = api.get("/v1/commitments/POA-1.1/evidence").json()["data"][0]
    for one in (piece, other, piece):
        given.post("/v1/erasures", {"subject": one["id"]})

    again = given.post("/v1/commitments/POA-1.1/evidence", invoice(api), 201)

    assert api.get(again["body"]).content == PDF
    assert faults(app, tenant) == []


def test_the_reason_of_a_supersession_can_be_erased(
    api: Client, given: Given, piece: Any, app: FastAPI, tenant: Tenant
) -> None:
    wrong = {"reason": "Chidi took the wrong one.", "evidence": {"kind": "note", "text": "Invoice 7."}}
    given.post(f"/v1/plans/POA-1/evidence/{piece['id']}/supersession", wrong, 201)

    given.post("/v1/erasures", {"subject": piece["id"], "names": ["reason"]})

    first = api.get("/v1/plans/POA-1/evidence").json()["data"][0]
    assert (first["supersession_reason"], first["title"]) == ("[erased]", "Überweisung.pdf")
    assert faults(app, tenant) == []
