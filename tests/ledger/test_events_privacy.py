"""Nothing that a person wrote is in an event: words can be erased, events cannot."""

import psycopg

from tests.client import Client
from tests.conftest import Tenant
from tests.given import Given
from tests.ingest.samples import sample

Owner = psycopg.Connection[tuple[object, ...]]

WORD = "Canary"


def write_it_everywhere(api: Client, given: Given) -> None:
    """Put the word into every field that takes words, through the whole life of a plan."""
    api.patch("/v1/workspace", json={"name": f"{WORD} shop"})
    email = f"{WORD}@example.com"
    member = given.post("/v1/members", {"name": WORD, "email": email, "role": "admin"})["id"]
    api.patch(f"/v1/members/{member}", json={"name": f"{WORD} II"})
    api.patch(f"/v1/digests/{member}", json={"channel": f"ntfys://{WORD}@ntfy.example.org/{WORD}"})
    account = {"marketplace": WORD, "external_id": WORD, "name": WORD, "timezone": "UTC"}
    account_id = given.post("/v1/accounts", account)["id"]
    given.post("/v1/api-keys", {"name": WORD, "scopes": ["read"], "member": email})
    given.post("/v1/escalation-rules", {"name": WORD, "level": 1, "tell": [email], "owner": email})
    decision = {"authority": WORD, "received_at": "2026-03-01T00:00:00Z", "reference": WORD, "text": WORD}
    promise = {"kind": "corrective", "text": WORD, "owner": email, "due_on": "2026-04-01", "root_causes": [WORD]}
    plan = {
        "title": WORD,
        "timezone": "UTC",
        "account": account_id,
        "items": [{"type": WORD.lower(), "ref": WORD}],
        "root_causes": [{"key": WORD, "area": "supplier", "statement": WORD}],
        "commitments": [promise, promise | {"recurrence": "FREQ=WEEKLY;COUNT=2"}],
    }
    about = {"source": WORD, "external_id": WORD, "category": "safety", "title": WORD, "text": WORD}
    notice = given.post("/v1/notices", about | {"items": plan["items"]})["id"]
    given.api.patch(f"/v1/notices/{notice}", json={"title": WORD})
    given.post(f"/v1/notices/{notice}/dismissal", {"reason": WORD})
    given.post(f"/v1/notices/{notice}/acknowledgement")
    given.post(f"/v1/notices/{notice}/response", {"note": WORD})
    everything = sample("listing-issues", SellerId=WORD, MarketplaceId=WORD, Asin=WORD, Sku=WORD) | {WORD: WORD}
    everything["NotificationMetadata"] = {"NotificationId": WORD, "SubscriptionId": WORD}
    given.post("/v1/ingest/amazon", [everything, {"NotificationType": WORD}, {"SellerId": WORD}])
    given.post("/v1/ingest/subscriptions", {"subscription": WORD, "account": account_id})
    figures = {"marketplaceId": WORD, WORD: {"status": WORD}, "warningState": [{"warningType": WORD, "status": "BAD"}]}
    report = {"accountStatuses": [], "performanceMetrics": [figures]}
    given.post(f"/v1/ingest/amazon?account={account_id}", report)
    given.post("/v1/plans", plan | {"approval": decision, "notices": [notice]})
    given.post("/v1/plans", plan)
    api.patch("/v1/plans/POA-2", json={"title": f"{WORD} again"})
    given.submit("POA-2", {"text": WORD})
    given.post("/v1/plans/POA-2/decision", decision | {"outcome": "more_info_requested"})
    given.submit("POA-2", {"text": WORD})
    given.post("/v1/plans/POA-2/decision", decision | {"outcome": "denied"})
    given.post("/v1/plans/POA-2/withdrawal", {"reason": WORD})
    link = {"kind": "link", "url": f"https://example.com/{WORD}", "title": WORD, "items": [f"asin:{WORD}"]}
    given.post("/v1/plans/POA-1/evidence", link)
    given.post("/v1/commitments/POA-1.1/evidence", link)
    given.post("/v1/commitments/POA-1.1/reassignment", {"owner": given.member("bo")["id"], "reason": WORD})
    given.post("/v1/commitments/POA-1.1/completion", {"evidence": {"kind": "note", "text": WORD}})
    write_it_after_the_approval(api, given, email)


def write_it_after_the_approval(api: Client, given: Given, email: str) -> None:
    api.patch("/v1/workspace", json={"four_eyes": False})
    given.post("/v1/commitments/POA-1.1/verification", {"outcome": "verified", "reason": WORD})
    decision = {"outcome": "refused", "reason": WORD}
    for kind, due in (("extension", {"due_on": "2026-05-01"}), ("waiver", {})):
        for end in ("decision", "withdrawal"):
            asked = given.post(f"/v1/commitments/POA-1.2.1/{kind}s", {"reason": WORD} | due)["id"]
            given.post(f"/v1/{kind}s/{asked}/{end}", decision if end == "decision" else {"reason": WORD})
    for one in ("POA-1.2.1", "POA-1.2.2"):
        given.done(one)
    given.post("/v1/commitments/POA-1.2.1/verification", {"outcome": "rejected", "reason": WORD})
    given.done("POA-1.2.1")
    given.post("/v1/plans/POA-1/effectiveness", {"outcome": "ineffective", "reason": WORD})
    promise = {"kind": "corrective", "text": WORD, "owner": email, "due_on": "2026-04-01", "why": WORD}
    ends = [{"number": 2, "from_on": "2026-06-01", "why": WORD}]
    amendment = given.post("/v1/plans/POA-1/amendments", {"commitments": [promise], "ends": ends})["id"]
    granted = decision | {"outcome": "granted", "authority": WORD, "reference": WORD}
    given.post(f"/v1/amendments/{amendment}/decision", granted)


def test_no_words_of_people_are_in_any_event(api: Client, given: Given, owner: Owner, tenant: Tenant) -> None:
    write_it_everywhere(api, given)

    bodies = [
        str(body)
        for (body,) in owner.execute(
            "SELECT convert_from(body, 'UTF8') FROM ledger_event WHERE workspace_id = %s", [tenant.workspace_id]
        )
    ]

    assert len(bodies) > 20
    assert [body for body in bodies if WORD.lower() in body.lower() or "@" in body or "example.com" in body] == []


def test_all_of_them_are_disclosed_to_those_who_may_read(api: Client, given: Given) -> None:
    write_it_everywhere(api, given)

    events = api.get("/v1/events?limit=200").json()["data"]

    named = {one["name"] for event in events for one in event["disclosures"] if WORD in one["value"]}
    assert named >= {
        *("name", "email", "marketplace", "external_id", "title", "content", "text", "reason"),
        *("authority", "reference", "body", "said", "subscription", "decision_reason"),
    }
