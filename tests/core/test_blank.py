"""What shows nothing says nothing: spaces of any width are no title, no promise, no reason."""

from typing import Any

import pytest

from tests.client import Client
from tests.given import Given

BLANK = " \xa0\u2003\u200b\u3000"
PLAN: dict[str, Any] = {"title": "Late shipments"}
CAUSE = {"key": "supplier", "area": "supplier", "statement": BLANK}
OWNER = {"owner": "bo@example.com", "reason": BLANK}


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("plans", {"title": BLANK}, "/body/title"),
        ("plans", PLAN | {"root_causes": [CAUSE]}, "/body/root_causes/0/statement"),
        ("plans", PLAN | {"commitments": [{"kind": "corrective", "text": BLANK}]}, "/body/commitments/0/text"),
        ("plans/POA-1/sign-off", {"note": BLANK}, "/body/note"),
        ("commitments/POA-2.1/evidence", {"kind": "note", "text": BLANK}, "/body/text"),
        ("commitments/POA-2.1/reassignment", OWNER, "/body/reason"),
        ("commitments/POA-2.1/waivers", {"reason": BLANK}, "/body/reason"),
    ],
)
def test_what_shows_nothing_says_nothing(
    api: Client, given: Given, path: str, body: dict[str, Any], pointer: str
) -> None:
    given.draft()
    given.plan()
    given.member("bo")

    refused = api.post(f"/v1/{path}", json=body)

    assert refused.status_code == 422
    assert [one["pointer"] for one in refused.json()["errors"]] == [pointer]
