"""What was sent is frozen as canonical JSON, and its SHA-256 names it."""

from hashlib import sha256
from typing import Any

import rfc8785

from tests.client import Client
from tests.given import APPROVAL, Given

ITEMS = [{"type": "asin", "ref": "B0C7XK2M4P"}]
CAUSES = [{"key": "carrier", "area": "shipping", "statement": "Streik der Spediteure: «nobody switched» \U0001f69a."}]


def canonical(owner: str, **more: Any) -> str:
    """Return the SHA-256 of the plan below, as anyone can work it out from RFC 8785."""
    promise = {
        "kind": "corrective",
        "text": "Remove the remaining 212 units.",
        "owner": owner,
        "due_on": None,
        "due_at": None,
        "due_after_approval": "P14D",
        "except_on": [],
        "recurrence": None,
        "root_causes": ["carrier"],
        "items": [],
    }
    content = {
        "title": "Late shipments",
        "timezone": "Europe/Berlin",
        "account": None,
        "notices": [],
        "items": ITEMS,
        "root_causes": CAUSES,
        "commitments": [promise],
        "observation_days": 180,
    }
    return sha256(rfc8785.dumps(content | more)).hexdigest()


def draft(given: Given) -> Any:
    return given.draft(
        given.promise(due_after_approval="P14D", root_causes=["carrier"]), items=ITEMS, root_causes=CAUSES
    )


def test_its_hash_is_that_of_its_canonical_json(given: Given) -> None:
    plan = draft(given)

    assert plan["content_sha256"] == canonical(given.member("ada")["id"])


def test_an_attempt_keeps_the_hash_of_what_was_sent(api: Client, given: Given) -> None:
    sent = draft(given)["content_sha256"]
    given.submit("POA-1")
    given.post("/v1/plans/POA-1/decision", {"outcome": "denied", **APPROVAL})
    api.patch("/v1/plans/POA-1", json={"title": "Better"})
    plan = given.submit("POA-1")

    assert [one["content_sha256"] for one in plan["submissions"]] == [
        sent,
        canonical(given.member("ada")["id"], title="Better"),
    ]


def test_nothing_that_happens_later_changes_it(api: Client, given: Given) -> None:
    draft(given)
    given.submit("POA-1")
    approved = given.post("/v1/plans/POA-1/decision", {"outcome": "approved", **APPROVAL})
    given.member("bo")

    given.post("/v1/commitments/POA-1.1/reassignment", {"owner": "bo@example.com"})
    given.done("POA-1.1")

    assert api.get("/v1/plans/POA-1").json() == approved
    assert approved["content_sha256"] == canonical(given.member("ada")["id"])
    assert approved["submissions"][0]["content_sha256"] == approved["content_sha256"]
