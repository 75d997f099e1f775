"""A commitment is done when that is recorded, with evidence; how late it was is frozen then."""

from typing import Any

import pytest

from tests.client import Client
from tests.given import Given

NOTE = {"kind": "note", "text": "Removal order 90-3344 is closed."}
LINK = {"kind": "link", "url": "https://files.example.com/loa.pdf", "title": "Letter", "document_on": "2026-02-01"}


def complete(api: Client, commitment: str, **body: Any) -> Any:
    return api.post(f"/v1/commitments/{commitment}/completion", json=body)


def test_a_commitment_is_started_and_completed(api: Client, given: Given) -> None:
    given.commitment()

    started = api.at("2026-03-03T10:00:00Z").post("/v1/commitments/POA-1.1/start").json()
    done = complete(api.at("2026-03-04T10:00:00Z"), "POA-1.1", evidence=NOTE).json()

    assert (started["state"], started["started_at"]) == ("in_progress", "2026-03-03T10:00:00Z")
    assert (done["state"], done["done_at"], done["started_at"]) == (
        "done",
        "2026-03-04T10:00:00Z",
        "2026-03-03T10:00:00Z",
    )
    assert (done["days_late"], done["days_late_vs_original"], done["evidence"]) == (0, 0, 1)
    assert done == api.get("/v1/commitments/POA-1.1").json()


def test_work_that_stops_is_open_again_and_may_begin_anew(api: Client, given: Given) -> None:
    opened = given.commitment()
    api.at("2026-03-03T10:00:00Z").post("/v1/commitments/POA-1.1/start")

    paused = api.at("2026-03-04T10:00:00Z").post("/v1/commitments/POA-1.1/pause")
    again = api.at("2026-03-05T10:00:00Z").post("/v1/commitments/POA-1.1/start").json()

    assert (paused.status_code, paused.json()) == (200, opened | {"started_at": "2026-03-03T10:00:00Z"})
    assert (again["state"], again["started_at"]) == ("in_progress", "2026-03-05T10:00:00Z")
    spans = api.get("/v1/commitments/POA-1.1/history").json()["data"]
    assert [one["state"] for one in spans] == ["open", "in_progress", "open", "in_progress"]


def test_what_is_open_has_no_lateness(given: Given) -> None:
    commitment = given.commitment()

    assert commitment["state"] == "open"
    unknown = ("started_at", "performed_on", "done_at", "done_by", "days_late", "days_late_vs_original")
    assert [commitment[name] for name in unknown] == [None] * 6


def test_completing_needs_evidence(api: Client, given: Given) -> None:
    given.commitment()

    refused = complete(api, "POA-1.1")

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/evidence-needed")
    assert api.get("/v1/commitments/POA-1.1").json()["state"] == "open"


@pytest.mark.parametrize("evidence", [NOTE, LINK], ids=["note", "link"])
def test_evidence_may_come_before_the_completion(api: Client, given: Given, evidence: dict[str, str]) -> None:
    given.commitment()
    added = api.post("/v1/commitments/POA-1.1/evidence", json=evidence)

    done = complete(api, "POA-1.1")

    assert added.status_code == 201
    assert (done.status_code, done.json()["evidence"]) == (200, 1)
    assert api.get(added.headers["location"]).json()["data"] == [added.json()]
    assert added.json()["body"] == evidence.get("text", evidence.get("url"))


def test_evidence_may_be_added_to_what_is_done(api: Client, given: Given) -> None:
    given.commitment()
    given.done("POA-1.1")

    late = given.evidence("POA-1.1", "The receipt, a week later.")

    listed = api.get("/v1/commitments/POA-1.1/evidence").json()["data"]
    assert len(listed) == 2
    assert listed[1] == late


@pytest.mark.parametrize(
    "evidence",
    [
        {"kind": "note"},
        {"kind": "note", "text": ""},
        {"kind": "note", "text": " \n\t"},
        {"kind": "link", "url": "javascript:alert(1)"},
        {"kind": "link", "text": "no address"},
        {"kind": "file", "text": "?"},
    ],
)
def test_what_is_no_evidence_completes_nothing(api: Client, given: Given, evidence: dict[str, str]) -> None:
    given.commitment()

    refused = complete(api, "POA-1.1", evidence=evidence)

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"].startswith("/body/evidence")
    assert api.get("/v1/commitments/POA-1.1").json()["state"] == "open"


def test_a_workspace_may_do_without_evidence(api: Client, given: Given) -> None:
    api.patch("/v1/workspace", json={"evidence_required": False})
    given.commitment()

    done = complete(api, "POA-1.1")

    assert (done.status_code, done.json()["evidence"]) == (200, 0)


@pytest.mark.parametrize(
    ("recorded", "days_late"),
    [
        ("2026-04-02T06:59:59Z", 0),
        ("2026-04-02T07:00:00Z", 1),
        ("2026-04-03T06:59:59Z", 1),
        ("2026-04-06T07:00:00Z", 5),
    ],
)
def test_lateness_is_counted_to_when_it_was_recorded(api: Client, given: Given, recorded: str, days_late: int) -> None:
    given.commitment(due_on="2026-04-01", zone="America/Los_Angeles")

    done = complete(api.at(recorded), "POA-1.1", evidence=NOTE).json()

    assert (done["days_late"], done["days_late_vs_original"]) == (days_late, days_late)


def test_a_back_dated_completion_does_not_erase_lateness(api: Client, given: Given) -> None:
    given.commitment(due_on="2026-04-01")

    done = complete(api.at("2026-04-10T12:00:00Z"), "POA-1.1", evidence=NOTE, performed_on="2026-03-20").json()

    assert (done["performed_on"], done["done_at"]) == ("2026-03-20", "2026-04-10T12:00:00Z")
    assert (done["days_late"], done["days_late_vs_original"]) == (9, 9)
    assert api.overdue(as_of="2026-04-09T12:00:00Z") == ["POA-1.1"]


@pytest.mark.parametrize(
    ("claimed", "status"), [("2026-03-02", 200), ("2026-03-03", 200), ("2026-03-04", 422), ("1970-01-01", 200)]
)
def test_nobody_did_it_on_a_day_to_come(api: Client, given: Given, claimed: str, status: int) -> None:
    given.commitment(zone="Europe/Berlin")

    answer = complete(api.at("2026-03-02T12:00:00Z"), "POA-1.1", evidence=NOTE, performed_on=claimed)

    assert answer.status_code == status
    assert status == 200 or answer.json()["type"] == "/problems/performed-in-the-future"


def test_lateness_is_frozen_whatever_comes_later(api: Client, given: Given) -> None:
    given.commitment(due_on="2026-04-01")
    given.api.at("2026-04-04T18:00:00Z")
    done = complete(given.client_of("ada"), "POA-1.1", evidence=NOTE).json()

    verified = {"outcome": "verified"}
    given.client_of("bo").at("2026-06-01T00:00:00Z").post("/v1/commitments/POA-1.1/verification", json=verified)
    given.evidence("POA-1.1", "The receipt.")

    assert (done["days_late"], done["days_late_vs_original"]) == (3, 3)
    later = api.at("2027-01-01T00:00:00Z").get("/v1/commitments/POA-1.1").json()
    assert later == done | {"state": "verified", "evidence": 2}


def test_the_claimed_day_is_the_local_today_if_left_out(api: Client, given: Given) -> None:
    given.commitment(zone="America/Los_Angeles")

    done = complete(api.at("2026-03-03T07:59:59Z"), "POA-1.1", evidence=NOTE).json()

    assert done["performed_on"] == "2026-03-02"


def test_what_is_done_is_not_done_again(api: Client, given: Given) -> None:
    given.commitment()
    first = given.done("POA-1.1")

    again = complete(api.at("2026-03-05T10:00:00Z"), "POA-1.1", evidence=NOTE)

    assert (again.status_code, again.json()["type"]) == (409, "/problems/commitment-cannot-move")
    assert api.post("/v1/commitments/POA-1.1/start").status_code == 409
    assert api.get("/v1/commitments/POA-1.1").json() == first


def test_who_looked_at_an_older_version_is_told_so(api: Client, given: Given) -> None:
    given.commitment()
    seen = api.get("/v1/commitments/POA-1.1").headers["etag"]
    api.post("/v1/commitments/POA-1.1/start")

    stale = api.post("/v1/commitments/POA-1.1/completion", json={"evidence": NOTE}, headers={"If-Match": seen})
    current = api.get("/v1/commitments/POA-1.1").headers["etag"]
    fresh = api.post("/v1/commitments/POA-1.1/completion", json={"evidence": NOTE}, headers={"If-Match": current})

    assert (stale.status_code, stale.headers["etag"]) == (412, current)
    assert fresh.status_code == 200


@pytest.mark.parametrize("name", ["POA-1.2", "POA-2.1", "POA-1.1.1", "01970000-0000-7000-8000-000000000000"])
def test_what_is_not_there_is_not_completed(api: Client, given: Given, name: str) -> None:
    given.commitment()

    assert complete(api, name, evidence=NOTE).status_code == 404


def test_who_only_looks_completes_nothing(api: Client, given: Given) -> None:
    given.commitment()

    refused = complete(given.client_of("vera"), "POA-1.1", evidence=NOTE)

    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/scope-missing")
    assert api.get("/v1/commitments/POA-1.1").json()["state"] == "open"


def test_who_completed_it_is_named(given: Given) -> None:
    given.commitment()

    done = complete(given.client_of("chidi"), "POA-1.1", evidence=NOTE).json()

    assert done["done_by"] == given.member("chidi")["id"]
