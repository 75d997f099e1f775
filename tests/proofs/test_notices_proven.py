"""The proof of a plan includes the notices that it answers and every attempt at it."""

import base64
import io
import re
import zipfile
from uuid import UUID

import pytest

from app.ledger import note, reader, signer
from app.ledger.policy import of_key
from app.ledger.signer import Keyring
from app.ledger.verify import Report, verify_bundle
from tests.client import Client
from tests.conftest import Tenant
from tests.given import APPROVAL, Given
from tests.proofs.conftest import Seal

DECISION = APPROVAL | {"received_at": "2026-03-01T00:00:00Z"}


@pytest.fixture
def denied_then_approved(api: Client, given: Given, seal: Seal) -> str:
    """A plan that answers a notice, was denied, improved and approved; the notice's id."""
    notice: str = given.notice(external_id="case 1", attempts_allowed=2)["id"]
    plan = given.post(f"/v1/notices/{notice}/plan")["reference"]
    api.patch(f"/v1/plans/{plan}", json={"commitments": [given.promise()]})
    link = {"kind": "link", "url": "https://files.example.com/invoice", "items": ["asin:B0C7XK2M4P"]}
    given.post(f"/v1/plans/{plan}/evidence", link)
    given.submit(plan, {"text": "Dear Amazon"})
    given.post(f"/v1/plans/{plan}/decision", DECISION | {"outcome": "denied", "text": "Say why it happened."})
    causes = [{"key": "supplier", "area": "supplier", "statement": "No letter of authorisation."}]
    api.patch(f"/v1/plans/{plan}", json={"root_causes": causes})
    given.submit(plan)
    given.post(f"/v1/plans/{plan}/decision", DECISION | {"outcome": "approved"})
    seal()
    return notice


def proven(api: Client, ring: Keyring, tenant: Tenant, query: str = "") -> Report:
    (key,) = signer.verifier_keys(ring, UUID(tenant.workspace_id))
    return verify_bundle(api.get(f"/v1/plans/POA-1/proof{query}").content, of_key(note.format_vkey(key)))


@pytest.mark.parametrize(("query", "readable"), [("", 1), ("?redact=names", 1)])
def test_notices_and_attempts_are_proven(
    api: Client, ring: Keyring, tenant: Tenant, denied_then_approved: str, query: str, readable: int
) -> None:
    report = proven(api, ring, tenant, query)

    assert report.valid, report.checks[-1]
    said = next(one.sentence for one in report.checks if one.name == "attempts")
    assert said == f"2 were sent; 1 notices are answered, the words of {readable} can be read here."
    assert [(one.number, one.outcome, one.signed_off) for one in report.attempts] == [
        (1, "denied", "others"),
        (2, "approved", "others"),
    ]
    (answered,) = report.notices
    assert (answered.attempts, answered.facts["state"]) == ([1, 2], "closed")
    events = api.get("/v1/events?limit=200").json()["data"]
    recorded = next(one for one in events if one["type"] == "notice.received")
    leaf = base64.b64decode(recorded["leaf_hash"]).hex()
    assert answered.recorded == {"seq": recorded["seq"], "leaf": leaf}
    assert recorded["subject"] == denied_then_approved


@pytest.mark.usefixtures("denied_then_approved")
def test_a_reader_is_told_of_them(api: Client, ring: Keyring, tenant: Tenant) -> None:
    text = reader.to_text(proven(api, ring, tenant))

    assert "It answers a notice of 2026-03-01, recorded as event" in text
    assert "to be answered by 2026-03-04T17:04 UTC: by attempt 1, 2." in text
    assert (
        "Attempt 1, sent 2026-03-02, signed off by somebody else than its authors: denied on 2026-03-01.\n"
        "Attempt 2, sent 2026-03-02, signed off by somebody else than its authors: approved on 2026-03-01." in text
    )


def test_the_words_of_an_erased_notice_are_missed_and_nothing_else(
    api: Client, given: Given, seal: Seal, ring: Keyring, tenant: Tenant, denied_then_approved: str
) -> None:
    before = proven(api, ring, tenant)
    given.post("/v1/erasures", {"subject": denied_then_approved})
    seal()

    after = proven(api, ring, tenant)

    assert (before.valid, after.valid) == (True, True), after.checks[-1]
    assert (before.erased, after.erased, after.left_out) == (0, 10, 0)
    assert "the words of 0 can be read" in next(one.sentence for one in after.checks if one.name == "attempts")


def test_a_sign_off_by_an_author_is_told(api: Client, given: Given, seal: Seal, ring: Keyring, tenant: Tenant) -> None:
    api.patch("/v1/workspace", json={"four_eyes": False})
    given.draft()
    api.post("/v1/plans/POA-1/sign-off", json={})
    given.post("/v1/plans/POA-1/submissions")
    seal()

    report = proven(api, ring, tenant)

    assert [one.signed_off for one in report.attempts] == ["author"]
    assert "signed off by one of its authors: undecided" in reader.to_text(report)


@pytest.mark.usefixtures("denied_then_approved")
def test_the_printed_report_tells_the_case(api: Client) -> None:
    with zipfile.ZipFile(io.BytesIO(api.get("/v1/plans/POA-1/proof.zip").content)) as archive:
        html = archive.read("report.html").decode()
        evidence = [name for name in archive.namelist() if name.startswith("evidence/")]

    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))
    assert "What it answers amazon" in text
    assert "We removed B0C7XK2M4P. Send a plan of action within 72 hours." in text
    assert "Answer by 4 Mar 2026" in text
    assert "About asin:B0C7XK2M4P" in text
    assert "Denied on" in text
    assert "Say why it happened." in text
    assert "https://files.example.com/invoice" in text
    assert len(evidence) == 1
