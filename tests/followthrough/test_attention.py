"""One list of everything that needs someone now, most urgent first, with why."""

from typing import Any

from tests.client import Client
from tests.given import APPROVAL, Given

UNPLACED = {
    "notificationVersion": "1.0",
    "notificationType": "ACCOUNT_STATUS_CHANGED",
    "payloadVersion": "2021-01-01",
    "eventTime": "2026-03-01T19:42:04.284Z",
    "payload": {
        "accountStatusChangeNotification": {"previousAccountStatus": "NORMAL", "currentAccountStatus": "AT_RISK"}
    },
    "notificationMetadata": {
        "applicationId": "amzn1.sellerapps.app.1",
        "subscriptionId": "s-1",
        "publishTime": "2026-03-01T19:45:04.284Z",
        "notificationId": "d0e9e693-c3ad-4373-979f-ed4ec98dd746",
    },
}
"""What names no seller, and so waits until somebody says whose it is."""
DECISION = APPROVAL | {"received_at": "2026-03-01T00:00:00Z"}


def attention(api: Client, **query: Any) -> Any:
    answer = api.get("/v1/attention", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def everything(given: Given) -> None:
    """Something that needs someone for every reason there is."""
    given.notice(title="late", respond_by="2026-03-01T12:00:00Z", attempts_allowed=2)
    given.notice(title="near", respond_by="2026-03-03T12:00:00Z")
    given.notice(title="ignored", respond_by=None)
    given.post("/v1/ingest/amazon", UNPLACED)
    given.plan(given.promise(due_on="2026-02-27"))
    for outcome in ("more_info_requested", "denied", None):
        plan = given.draft()["reference"]
        given.submit(plan)
        given.post(f"/v1/plans/{plan}/decision", DECISION | {"outcome": outcome}) if outcome else None
    given.draft()
    given.sign_off(given.draft()["reference"])
    given.plan(given.promise(), given.promise())
    given.done("POA-7.1")
    given.post("/v1/commitments/POA-7.2/waivers", {"reason": "No longer sold."})
    given.post("/v1/plans/POA-7/amendments", {"commitments": [given.promise() | {"why": "Asked for."}]})


REASONS = [
    "response_overdue",
    "response_due_soon",
    "notice_ignored",
    "message_unresolved",
    "commitment_overdue",
    "more_info_requested",
    "plan_denied",
    "request_pending",
    "amendment_pending",
    "sign_off_pending",
    "ready_to_send",
    "decision_pending",
    "verification_pending",
]


def test_every_reason_has_its_place_and_its_words(api: Client, given: Given) -> None:
    everything(given)

    page = attention(api)

    assert [one["reason"] for one in page["data"]] == REASONS
    assert [one["why"] for one in page["data"]] == [
        "No answer by 2026-03-01T12:00:00Z; 2 of 2 attempts left.",
        "Answer it by 2026-03-03T12:00:00Z.",
        "Nobody has taken note of it since 2026-03-01.",
        "It came in, and nobody has said which account it concerns.",
        "It was due on 2026-02-27.",
        "The authority asks for more: answer it, the attempt stays open.",
        "Attempt 1 was denied: change the plan, or withdraw it.",
        "A waiver is asked for: somebody else than who asked decides.",
        "Amendment 1 is asked for: somebody else than who asked decides.",
        "A draft: somebody else than its authors signs it off before it is sent.",
        "Signed off, and not sent.",
        "Sent as attempt 1: record what the authority decides.",
        "Done, and nobody else has looked at the evidence yet.",
    ]
    assert [one["reference"] for one in page["data"]] == [
        *[None] * 4,
        *("POA-1.1", "POA-2", "POA-3", "POA-7.2", "POA-7", "POA-5", "POA-6", "POA-4", "POA-7.1"),
    ]
    assert page["data"][4]["owner"]["name"] == "Ada Okafor"
    assert page["next_change_at"] == "2026-03-03T12:00:00Z"


def test_each_leads_to_where_it_is(api: Client, given: Given) -> None:
    everything(given)

    for one in attention(api)["data"]:
        assert api.get(one["href"]).json()["id"] == one["id"]


def test_pages_go_on_where_the_last_one_ended(api: Client, given: Given) -> None:
    everything(given)
    found, page = [], attention(api, limit=2)
    while True:
        found += [one["reason"] for one in page["data"]]
        if not page["has_more"]:
            break
        page = attention(api, limit=2, cursor=page["next_cursor"])

    assert found == REASONS


def test_the_summary_counts_by_reason(api: Client, given: Given) -> None:
    everything(given)
    given.notice(title="ignored, too", respond_by=None, received_at="2026-02-01T00:00:00Z")

    said = api.get("/v1/attention/summary").json()["data"]

    assert [one["reason"] for one in said] == REASONS
    assert {one["reason"]: one["count"] for one in said} == dict.fromkeys(REASONS, 1) | {"notice_ignored": 2}
    assert said[2]["first_at"] == "2026-02-01T00:00:00Z"


def test_it_is_narrowed_by_reason_and_account(api: Client, given: Given) -> None:
    everything(given)
    body = {"marketplace": "amazon.com", "external_id": "A1", "timezone": "UTC"}
    account = given.post("/v1/accounts", body)["id"]
    given.notice(title="ours", respond_by=None, account=account)

    assert [one["title"] for one in attention(api, reason="notice_ignored")["data"]] == ["ignored", "ours"]
    assert [one["title"] for one in attention(api, account=account)["data"]] == ["ours"]
    counted = api.get("/v1/attention/summary", params={"account": account}).json()["data"]
    assert [(one["reason"], one["count"]) for one in counted] == [("notice_ignored", 1)]


def test_a_draft_that_only_its_author_signed_off_is_not_ready_where_four_eyes_are_asked_for(
    api: Client, given: Given
) -> None:
    api.patch("/v1/workspace", json={"four_eyes": False})
    given.draft()
    api.post("/v1/plans/POA-1/sign-off", json={})
    alone = [one["reason"] for one in attention(api)["data"]]
    api.patch("/v1/workspace", json={"four_eyes": True})

    assert alone == ["ready_to_send"]
    assert [one["reason"] for one in attention(api)["data"]] == ["sign_off_pending"]


def test_nothing_needs_anybody_in_an_empty_workspace(api: Client) -> None:
    assert attention(api)["data"] == []
    assert api.get("/v1/attention/summary").json()["data"] == []


def test_a_notice_leaves_the_list_with_its_answer_and_comes_back_with_a_denial(api: Client, given: Given) -> None:
    notice = given.notice()
    plan = given.post(f"/v1/notices/{notice['id']}/plan")["reference"]
    api.patch(f"/v1/plans/{plan}", json={"commitments": [given.promise()]})
    given.submit(plan)
    after_sending = [one["reason"] for one in attention(api)["data"]]
    given.post(f"/v1/plans/{plan}/decision", DECISION | {"outcome": "denied"})

    assert after_sending == ["decision_pending"]
    assert [one["reason"] for one in attention(api)["data"]] == ["response_due_soon", "plan_denied"]


def test_others_have_their_own(cy: Client, given: Given) -> None:
    everything(given)

    assert attention(cy)["data"] == []
