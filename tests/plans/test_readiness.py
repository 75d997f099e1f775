"""Before a plan is approved, one can ask what it lacks."""

from typing import Any

from tests.client import Client
from tests.given import Given

CAUSES = [{"key": key, "area": "supplier", "statement": "?"} for key in ("supplier", "intake")]


def readiness(api: Client) -> Any:
    return api.get("/v1/plans/POA-1/readiness").json()


def test_a_complete_plan_is_ready(api: Client, given: Given) -> None:
    causes = {"root_causes": ["supplier", "intake"]}
    given.draft(given.promise(**causes), given.promise(kind="preventive", **causes), root_causes=CAUSES)

    given.sign_off("POA-1")

    assert readiness(api) == {
        "ready": True,
        "gaps": [],
        "hints": [],
        "budget": {"respond_by": None, "attempts_allowed": None, "attempts_left": None},
    }


def test_gaps_keep_a_plan_from_being_approved(api: Client, given: Given) -> None:
    given.draft(given.promise(), {"kind": "corrective", "text": "?"})

    said = readiness(api)

    assert said["ready"] is False
    assert [(one["pointer"], one["code"]) for one in said["gaps"]] == [
        ("/commitments/1/owner", "owner_missing"),
        ("/commitments/1/due_on", "due_missing"),
    ]


def test_an_empty_plan_promises_nothing(api: Client, given: Given) -> None:
    given.post("/v1/plans", {"title": "?"})

    assert [(one["pointer"], one["code"]) for one in readiness(api)["gaps"]] == [("/commitments", "no_commitment")]


def test_hints_are_what_a_reviewer_would_ask_about(api: Client, given: Given) -> None:
    given.draft(given.promise(root_causes=["supplier"]), root_causes=CAUSES)

    said = readiness(api)

    assert (said["ready"], said["gaps"]) == (True, [])
    assert [(one["pointer"], one["code"]) for one in said["hints"]] == [
        ("/root_causes/0", "no_preventive"),
        ("/root_causes/1", "no_corrective"),
        ("/root_causes/1", "no_preventive"),
        ("/", "not_signed_off"),
    ]


def test_a_plan_that_is_not_there_is_not_ready(api: Client) -> None:
    assert api.get("/v1/plans/POA-1/readiness").status_code == 404


def test_every_hint_that_there_is_can_be_had(api: Client, given: Given) -> None:
    notice = given.notice(attempts_allowed=1, evidence_window_days=30)["id"]
    over = given.notice()["id"]
    given.post(f"/v1/notices/{over}/dismissal", {"reason": "Not ours."})
    given.post("/v1/plans", {"title": "?", "notices": [notice, over]}, 201)
    bare = readiness(api)["hints"]
    api.patch("/v1/plans/POA-1", json={"root_causes": CAUSES[:1]})
    for document_on in None, "2026-01-01":
        note = {"kind": "note", "text": "Invoice 7\tof a supplier\n", "document_on": document_on}
        given.post("/v1/plans/POA-1/evidence", note)
    late = readiness(api.at("2026-03-05T00:00:00Z"))["hints"]

    assert [(one["pointer"], one["code"]) for one in bare] == [
        ("/root_causes", "no_root_cause"),
        ("/notices/0", "item_not_covered"),
        ("/evidence", "no_evidence"),
        ("/notices/1", "notice_ended"),
        ("/notices", "deadline_near"),
        ("/notices", "last_attempt"),
        ("/", "not_signed_off"),
    ]
    assert [(one["pointer"], one["code"]) for one in late] == [
        ("/root_causes/0", "no_corrective"),
        ("/root_causes/0", "no_preventive"),
        ("/notices/0", "item_not_covered"),
        ("/evidence/0", "evidence_undated"),
        ("/evidence/1", "evidence_too_old"),
        ("/notices/1", "notice_ended"),
        ("/notices", "deadline_passed"),
        ("/notices", "last_attempt"),
        ("/", "not_signed_off"),
    ]


def test_evidence_and_commitments_fill_what_was_missing(api: Client, given: Given) -> None:
    items = [{"type": "asin", "ref": "B0C7XK2M4P"}, {"type": "sku", "ref": "A-1"}]
    notice = given.notice(items=items, evidence_window_days=30)["id"]
    causes = {"root_causes": ["supplier"], "items": ["asin:B0C7XK2M4P"]}
    promises = given.promise(**causes), given.promise(kind="preventive", **causes)
    given.draft(*promises, notices=[notice], items=items, root_causes=CAUSES[:1])
    link = {"kind": "link", "url": "https://a.example/", "document_on": "2026-02-20", "items": ["sku:A-1"]}
    given.post("/v1/plans/POA-1/evidence", link)
    given.sign_off("POA-1")

    assert [one["code"] for one in readiness(api)["hints"]] == ["deadline_near"]
