"""What is not there is refused by a name of its own, so that a client knows which of several names was wrong."""

from typing import Any

import pytest

from tests.client import Client
from tests.given import NOTE, Given
from tests.routes import MISSING

WRONG = {"reason": "It was another's.", "evidence": NOTE}


@pytest.mark.parametrize(
    ("method", "path", "body", "slug"),
    [
        ("GET", f"/v1/members/{MISSING}", None, "member-not-found"),
        ("PATCH", f"/v1/members/{MISSING}", {"name": "Dee"}, "member-not-found"),
        ("GET", f"/v1/digests/{MISSING}", None, "member-not-found"),
        ("GET", f"/v1/accounts/{MISSING}", None, "account-not-found"),
        ("GET", f"/v1/api-keys/{MISSING}", None, "key-not-found"),
        ("DELETE", f"/v1/api-keys/{MISSING}", None, "key-not-found"),
        ("GET", f"/v1/notices/{MISSING}", None, "notice-not-found"),
        ("POST", f"/v1/notices/{MISSING}/plan", {}, "notice-not-found"),
        ("GET", f"/v1/ingest/messages/{MISSING}", None, "message-not-found"),
        ("GET", f"/v1/plans/{MISSING}", None, "plan-not-found"),
        ("POST", "/v1/plans/POA-9/withdrawal", {"reason": "?"}, "plan-not-found"),
        ("POST", f"/v1/plans/POA-1/evidence/{MISSING}/supersession", WRONG, "evidence-not-found"),
        ("GET", f"/v1/commitments/{MISSING}", None, "commitment-not-found"),
        ("POST", "/v1/commitments/POA-1.9/start", {}, "commitment-not-found"),
        ("POST", f"/v1/commitments/POA-1.1/evidence/{MISSING}/supersession", WRONG, "evidence-not-found"),
        ("GET", f"/v1/waivers/{MISSING}", None, "request-not-found"),
        ("GET", f"/v1/amendments/{MISSING}", None, "amendment-not-found"),
        ("GET", f"/v1/escalation-rules/{MISSING}", None, "escalation-rule-not-found"),
        ("POST", "/v1/erasures", {"subject": MISSING}, "subject-not-found"),
        ("GET", f"/v1/files/{'0' * 64}", None, "file-not-found"),
        ("GET", "/v1/ledger/tile/0/x999/999", None, "tile-not-found"),
        ("GET", "/v1/ledger/tile/entries/x999/999", None, "tile-not-found"),
        ("GET", "/v1/items/asin/B000000000", None, "item-unknown"),
    ],
    ids=lambda one: one if isinstance(one, str) and "/" in one else "",
)
def test_each_thing_that_is_not_there_has_a_problem_of_its_own(
    api: Client, given: Given, method: str, path: str, body: Any, slug: str
) -> None:
    given.plan()
    size = api.get("/v1/events").json()["size"]

    answer = api.request(method, path, json=body)

    assert (answer.status_code, answer.json()["type"]) == (404, f"/problems/{slug}")
    assert api.get("/v1/events").json()["size"] == size
