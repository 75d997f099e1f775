"""A file as evidence: of a commitment, with its completion, of a plan."""

from typing import Any

import orjson
import pytest

from tests.client import Client
from tests.files.filing import invoice, uploaded
from tests.files.samples import PDF
from tests.given import Given


def last_event(api: Client, type_: str) -> Any:
    events = api.get("/v1/events?limit=200").json()["data"]
    return next(one for one in reversed(events) if one["type"] == type_)


def test_a_file_is_evidence_of_a_commitment(api: Client, given: Given) -> None:
    commitment = given.commitment()["reference"]
    filed = invoice(api, document_on="2026-02-27", items=["asin:B0C7XK2M4P"])

    piece = given.post(f"/v1/commitments/{commitment}/evidence", filed, 201)

    assert piece["kind"] == "file"
    assert (piece["sha256"], piece["size"], piece["media_type"]) == (filed["sha256"], len(PDF), "application/pdf")
    assert (piece["title"], piece["body"]) == ("invoice-2026-11.pdf", f"/v1/files/{filed['sha256']}")
    assert api.get(piece["body"]).content == PDF
    assert api.get(f"/v1/commitments/{commitment}/evidence").json()["data"] == [piece]
    assert api.get(f"/v1/commitments/{commitment}").json()["evidence"] == 1


def test_the_ledger_has_what_the_file_is_and_not_what_it_is_called(api: Client, given: Given) -> None:
    commitment = given.commitment()["reference"]
    filed = invoice(api)

    piece = given.post(f"/v1/commitments/{commitment}/evidence", filed, 201)

    event = last_event(api, "evidence.filed")
    assert orjson.loads(event["text"])["data"] == {
        "commitment": piece["commitment"],
        "kind": "file",
        "sha256": filed["sha256"],
        "size": len(PDF),
        "media_type": "application/pdf",
        "document_on": None,
        "added_by": piece["added_by"],
    }
    assert [(one["name"], one["value"]) for one in event["disclosures"]] == [("title", "invoice-2026-11.pdf")]


def test_a_commitment_is_completed_with_a_file(api: Client, given: Given) -> None:
    commitment = given.commitment()["reference"]

    done = given.post(f"/v1/commitments/{commitment}/completion", {"evidence": invoice(api)}, 200)

    assert (done["state"], done["evidence"]) == ("done", 1)


def test_a_file_goes_to_the_authority_with_the_plan(api: Client, given: Given) -> None:
    plan = given.draft()["reference"]

    piece = given.post(f"/v1/plans/{plan}/evidence", invoice(api), 201)

    assert api.get(f"/v1/plans/{plan}/evidence").json()["data"] == [piece]
    assert piece["media_type"] == "application/pdf"


def test_the_same_file_shows_several_things(api: Client, given: Given) -> None:
    plan = given.plan(given.promise(), given.promise())["reference"]
    filed = invoice(api)

    pieces = [given.post(f"/v1/commitments/{plan}.{number}/evidence", filed, 201) for number in (1, 2)]

    assert pieces[0]["sha256"] == pieces[1]["sha256"]


@pytest.mark.parametrize("whose", ["nobody's", "Cy's"])
def test_a_file_that_was_not_uploaded_here_is_no_evidence(api: Client, cy: Client, given: Given, whose: str) -> None:
    commitment = given.commitment()["reference"]
    sha256 = "0" * 64 if whose == "nobody's" else uploaded(cy)

    filed = {"kind": "file", "sha256": sha256, "name": "a.pdf"}
    answer = api.post(f"/v1/commitments/{commitment}/evidence", json=filed)

    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/unknown-file"


@pytest.mark.parametrize(
    "name",
    ["", "../a.pdf", "a/b.pdf", "a\\b.pdf", "a\x00.pdf", "a\n.pdf", ".hidden", "..", "a\u202efdp.exe", "a" * 201],
)
def test_a_name_is_no_path_and_hides_nothing(api: Client, given: Given, name: str) -> None:
    commitment = given.commitment()["reference"]

    answer = api.post(f"/v1/commitments/{commitment}/evidence", json=invoice(api, name=name))

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].endswith("/name")


def test_a_plan_is_reviewed_without_what_was_superseded(api: Client, given: Given) -> None:
    plan = given.draft(notices=[given.notice(evidence_window_days=365)["id"]])["reference"]
    dated = invoice(api, document_on="2020-01-01")
    piece = given.post(f"/v1/plans/{plan}/evidence", dated, 201)
    before = hints(api, plan)

    right = {"reason": "The old one.", "evidence": invoice(api, PDF + b"2", document_on="2026-02-01")}
    given.post(f"/v1/plans/{plan}/evidence/{piece['id']}/supersession", right, 201)

    assert "evidence_too_old" in before
    assert "evidence_too_old" not in hints(api, plan)


def hints(api: Client, plan: str) -> set[str]:
    """Return the codes of what a reviewer would ask about."""
    return {one["code"] for one in api.get(f"/v1/plans/{plan}/readiness").json()["hints"]}
