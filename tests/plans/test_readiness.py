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
