"""What the server hands out is what the verifier accepts, whatever kinds of promises there are."""

import io
import zipfile
from uuid import UUID

import pytest

from app.ledger import note, reader, signer
from app.ledger.policy import of_key
from app.ledger.reader import Question
from app.ledger.signer import Keyring
from app.ledger.verify import verify_bundle
from tests.client import Client
from tests.conftest import Tenant
from tests.given import Given
from tests.proofs.conftest import Seal

PROMISES = [
    {"due_on": None, "due_after_approval": "P1M"},
    {"due_on": None, "due_after_approval": "PT72H"},
    {"due_on": "2026-04-01", "recurrence": "FREQ=WEEKLY;COUNT=5"},
    {"due_on": None, "due_at": "2026-05-01T17:00:00-07:00"},
    {"due_on": None, "due_at": "2026-05-01T17:00:00-07:00", "recurrence": "FREQ=MONTHLY;COUNT=3"},
]


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Europe/Berlin", "Pacific/Apia", "America/Havana"])
@pytest.mark.parametrize("query", ["", "?redact=names"])
def test_a_proof_of_the_server_verifies(
    api: Client, given: Given, seal: Seal, ring: Keyring, tenant: Tenant, zone: str, query: str
) -> None:
    given.plan(*(given.promise(**one) for one in PROMISES), zone=zone)
    given.evidence("POA-1.1")
    given.done("POA-1.1")
    given.done("POA-1.3.1")
    sealed = seal()
    (key,) = signer.verifier_keys(ring, UUID(tenant.workspace_id))

    answer = api.get(f"/v1/plans/POA-1/proof{query}")
    report = verify_bundle(answer.content, of_key(note.format_vkey(key)))

    assert report.valid, report.checks[-1]
    assert (report.level, report.size, report.number) == ("P2", sealed.size, 1)
    assert len(report.verdicts) == 11
    assert bool(report.left_out) is bool(query)


def test_the_archive_of_the_server_verifies(
    api: Client, given: Given, seal: Seal, ring: Keyring, tenant: Tenant, tmp_path_factory: pytest.TempPathFactory
) -> None:
    given.plan()
    given.evidence("POA-1.1")
    given.done("POA-1.1")
    seal()
    (key,) = signer.verifier_keys(ring, UUID(tenant.workspace_id))
    content = api.get("/v1/plans/POA-1/proof.zip").content
    path = tmp_path_factory.mktemp("reader") / "POA-1.zip"
    path.write_bytes(content)

    code = reader.answer(Question(path, vkeys=[note.format_vkey(key)]))

    assert code == 0
    assert "verify.py" in zipfile.ZipFile(io.BytesIO(content)).namelist()
