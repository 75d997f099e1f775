"""`GET /v1/plans/{plan}/proof.zip`: what is handed over, complete, and the same bytes each time."""

import io
import zipfile
from hashlib import sha256

import pytest

from tests.client import Client
from tests.given import Given
from tests.proofs.conftest import Seal

ZIP = "/v1/plans/POA-1/proof.zip"
NOTE = "Removal order 90-3344 is closed."


def unzipped(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == sorted(archive.namelist())
        return {name: archive.read(name) for name in archive.namelist()}


def test_it_holds_the_proof_the_evidence_and_what_to_do_with_them(api: Client, given: Given, seal: Seal) -> None:
    given.plan()
    given.done("POA-1.1")
    seal()

    answer = api.get(ZIP)

    files = unzipped(answer.content)
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == 'attachment; filename="POA-1.proof.zip"'
    assert files["POA-1.proof.json"] == api.get("/v1/plans/POA-1/proof").content
    assert files[f"evidence/{sha256(NOTE.encode()).hexdigest()}.txt"] == NOTE.encode()
    assert b"POA-1.proof.json --policy policy.txt" in files["README.txt"]
    assert files.keys() >= {"report.html", "policy-example.txt", "verify.py"}


def test_the_key_is_not_in_it(api: Client, given: Given, seal: Seal) -> None:
    given.plan()
    origin = seal().note.split("\n")[0]

    policy = unzipped(api.get(ZIP).content)["policy-example.txt"].decode()

    assert origin in policy
    assert not [line for line in policy.splitlines() if line.startswith("log ")]


def test_the_same_checkpoint_gives_the_same_bytes(api: Client, given: Given, seal: Seal) -> None:
    given.plan()
    given.done("POA-1.1")
    seal()
    first = api.get(ZIP)
    given.draft()
    size = first.headers["followthrough-checkpoint-size"]
    seal()

    again = api.get(ZIP, params={"size": size})

    assert again.content == first.content
    assert again.headers["etag"] == first.headers["etag"]


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("application/zip", "application/zip"),
        ("application/json;q=0.5, application/zip", "application/zip"),
        ("*/*", "application/json"),
        ("application/json", "application/json"),
    ],
)
def test_who_asks_for_a_zip_gets_one(api: Client, given: Given, seal: Seal, accept: str, kind: str) -> None:
    given.plan()
    seal()

    answer = api.get("/v1/plans/POA-1/proof", headers={"Accept": accept})

    assert (answer.status_code, answer.headers["content-type"], answer.headers["vary"]) == (200, kind, "Accept")


def test_it_is_not_there_as_a_picture(api: Client, given: Given, seal: Seal) -> None:
    given.plan()
    seal()

    assert api.get("/v1/plans/POA-1/proof", headers={"Accept": "image/png"}).status_code == 406


def test_erased_evidence_is_not_in_it(api: Client, given: Given, seal: Seal) -> None:
    given.plan()
    evidence = given.evidence("POA-1.1")
    seal()
    given.post("/v1/erasures", {"subject": evidence["id"]})
    seal()

    files = unzipped(api.get(ZIP).content)

    assert not [name for name in files if name.startswith("evidence/")]
    assert all(NOTE.encode() not in content for content in files.values())


def test_names_that_shall_not_be_told_are_nowhere(api: Client, given: Given, seal: Seal) -> None:
    given.plan(approval={"authority": "Ms Quist", "received_at": "2026-02-20T17:04:00Z"})
    given.done("POA-1.1")
    seal()

    whole, redacted = (unzipped(api.get(ZIP, params=query).content) for query in ({}, {"redact": "names"}))

    told = {name for name in ("Ada Okafor", "Ms Quist") if name in whole["report.html"].decode()}
    assert told == {"Ada Okafor", "Ms Quist"}
    for content in redacted.values():
        assert b"Ada Okafor" not in content
        assert b"Ms Quist" not in content
