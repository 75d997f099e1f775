"""What belongs to one plan, commitment or notice is listed in pages, to its end: nothing is cut off in silence."""

import base64
from typing import Any

import orjson
import psycopg
import pytest

from app.commitments.models import Evidence
from tests.changes.given import added, amend, ask_extension, ask_waiver, withdraw
from tests.client import Client
from tests.effectiveness.given import carried_out, check, effect
from tests.escalations.ruling import rule
from tests.given import NOTE, Given


def pages(api: Client, path: str) -> list[list[dict[str, Any]]]:
    """Return the pages of a list, two rows each, as `next` links lead from one to the other."""
    found = []
    url = f"{path}?limit=2"
    while url:
        answer = api.get(url)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert page["has_more"] is (page["next_cursor"] is not None) is ("next" in answer.links)
        found.append(page["data"])
        url = answer.links["next"]["url"] if page["has_more"] else ""
    return found


def shown(api: Client, path: str, name: str) -> list[list[Any]]:
    return [[one[name] for one in page] for page in pages(api, path)]


def test_what_was_asked_for_of_a_commitment_is_paged(api: Client, given: Given) -> None:
    given.commitment()
    ada = given.client_of("ada")
    for number in range(5):
        assert withdraw(ada, ask_extension(ada, reason=f"Reason {number}.")).status_code == 200
        assert withdraw(ada, ask_waiver(ada, reason=f"Waiver {number}.")).status_code == 200

    extensions = shown(api, "/v1/commitments/POA-1.1/extensions", "reason")
    waivers = shown(api, "/v1/commitments/POA-1.1/waivers", "reason")

    assert extensions == [["Reason 0.", "Reason 1."], ["Reason 2.", "Reason 3."], ["Reason 4."]]
    assert waivers == [["Waiver 0.", "Waiver 1."], ["Waiver 2.", "Waiver 3."], ["Waiver 4."]]


def test_verdicts_evidence_and_history_are_paged(api: Client, given: Given) -> None:
    given.commitment()
    ada, bo = given.client_of("ada"), given.client_of("bo")
    for number in range(3):
        note = {"evidence": NOTE | {"text": f"Look {number}."}}
        assert ada.post("/v1/commitments/POA-1.1/completion", json=note).status_code == 200
        verdict = {"outcome": "rejected", "reason": f"No {number}."}
        assert bo.post("/v1/commitments/POA-1.1/verification", json=verdict).status_code == 200

    verdicts = shown(api, "/v1/commitments/POA-1.1/verifications", "number")
    evidence = shown(api, "/v1/commitments/POA-1.1/evidence", "body")
    history = shown(api, "/v1/commitments/POA-1.1/history", "state")

    assert verdicts == [[1, 2], [3]]
    assert evidence == [["Look 0.", "Look 1."], ["Look 2."]]
    assert history == [["open", "done"], ["open", "done"], ["open", "done"], ["open"]]


def test_amendments_and_the_evidence_of_a_plan_are_paged(api: Client, given: Given) -> None:
    given.plan()
    ada = given.client_of("ada")
    for number in range(3):
        assert withdraw(ada, amend(ada, added())).status_code == 200
        given.post("/v1/plans/POA-1/evidence", NOTE | {"text": f"Invoice {number}."})

    amendments = shown(api, "/v1/plans/POA-1/amendments", "number")
    evidence = shown(api, "/v1/plans/POA-1/evidence", "body")

    assert amendments == [[1, 2], [3]]
    assert evidence == [["Invoice 0.", "Invoice 1."], ["Invoice 2."]]


def test_a_notices_history_is_paged(api: Client, given: Given) -> None:
    notice = given.notice()["id"]
    for severity in ("serious", "critical", "warning"):
        assert api.patch(f"/v1/notices/{notice}", json={"severity": severity}).status_code == 200

    history = pages(api, f"/v1/notices/{notice}/history")

    assert [len(one) for one in history] == [2, 2]


def test_all_checks_of_a_plans_effect_are_listed_and_the_newest_beside_its_health(api: Client, given: Given) -> None:
    carried_out(given)
    bo = given.client_of("bo")
    for _ in range(52):
        assert check(bo, "inconclusive").status_code == 201

    numbers = [one for page in shown(api, "/v1/plans/POA-1/effectiveness/checks", "number") for one in page]

    assert numbers == list(range(1, 53))
    assert [one["number"] for one in effect(api)["checks"]] == list(range(3, 53))


def test_readiness_looks_at_all_the_evidence_of_a_plan(
    api: Client, given: Given, owner: psycopg.Connection[Any]
) -> None:
    notice = given.notice(evidence_window_days=365)["id"]
    plan = given.draft(given.promise(items=[]), notices=[notice], items=[])
    first = given.post(f"/v1/plans/{plan['id']}/evidence", NOTE | {"text": "Undated."})
    names = [one for one in Evidence.model_fields if one != "id"]
    copied = f"SELECT ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, {', '.join(names)}"
    source = "FROM evidence, generate_series(1, 1000) n WHERE evidence.id = %s"
    owner.execute(f"INSERT INTO evidence (id, {', '.join(names)}) {copied} {source}", (first["id"],))
    owner.commit()
    invoice = {"text": "Invoice.", "document_on": "2026-02-20", "items": ["asin:B0C7XK2M4P"]}
    given.post(f"/v1/plans/{plan['id']}/evidence", NOTE | invoice)

    hints = [one["code"] for one in api.get(f"/v1/plans/{plan['id']}/readiness").json()["hints"]]

    assert "item_not_covered" not in hints
    assert hints.count("evidence_undated") == 500


def test_what_belongs_to_a_workspace_is_paged(api: Client, given: Given) -> None:
    for who in ("ada", "bo", "chidi"):
        given.client_of(who)
        rule(given, name=f"Tell {who}")
        given.post("/v1/accounts", {"marketplace": "amazon.com", "external_id": who, "timezone": "UTC"})
        given.plan()

    assert shown(api, "/v1/members", "email") == [["ada@example.com", "bo@example.com"], ["chidi@example.com"]]
    assert shown(api, "/v1/escalation-rules", "name") == [["Tell ada", "Tell bo"], ["Tell chidi"]]
    assert shown(api, "/v1/accounts", "external_id") == [["ada", "bo"], ["chidi"]]
    assert shown(api, "/v1/plans", "reference") == [["POA-3", "POA-2"], ["POA-1"]]
    assert [len(page) for page in pages(api, "/v1/api-keys")] == [2, 2]


@pytest.mark.parametrize("number", [-1, 2**31, 2**63])
def test_no_number_of_a_cursor_is_too_large_to_be_refused(api: Client, given: Given, number: int) -> None:
    given.commitment()
    notice = given.notice()["id"]
    cursor = base64.urlsafe_b64encode(orjson.dumps([number])).rstrip(b"=").decode()

    answers = [
        api.get(f"/v1/{path}", params={"cursor": cursor})
        for path in (
            "plans",
            "plans/POA-1/amendments",
            "plans/POA-1/effectiveness/checks",
            "commitments/POA-1.1/history",
            "commitments/POA-1.1/verifications",
            f"notices/{notice}/history",
        )
    ]

    assert {(one.status_code, one.json()["type"]) for one in answers} == {(400, "/problems/cursor-unreadable")}
