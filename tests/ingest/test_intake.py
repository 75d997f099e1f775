"""Taking in what Amazon sends: each fact once, nothing dropped, and the fate of each message said."""

import json
from hashlib import sha256
from typing import Any

import pytest

from tests.client import Client
from tests.given import Given
from tests.ingest.samples import NAMES, PUBLISHED, SELLER, SUBSCRIPTION, WRAPPERS, anew, raw, sample, sqs


@pytest.fixture
def account(given: Given) -> str:
    body = {
        "marketplace": "amazon.com",
        "external_id": SELLER,
        "name": "Tumblers US",
        "timezone": "America/Los_Angeles",
    }
    found: str = given.post("/v1/accounts", body)["id"]
    return found


def ingest(api: Client, value: Any, **query: Any) -> Any:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    answer = api.post("/v1/ingest/amazon", content=body, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def notices(api: Client, taken: Any) -> list[Any]:
    return [api.get(f"/v1/notices/{id_}").json() for one in taken["data"] for id_ in one["notices"]]


def test_a_notification_becomes_a_notice(api: Client, account: str) -> None:
    taken = ingest(api, raw("listing-issues"))

    assert taken["recorded"] == 1
    assert taken["data"][0]["fate"] == "recorded"
    (notice,) = notices(api, taken)
    assert (notice["source"], notice["account"], notice["state"]) == ("amazon", account, "received")
    assert (notice["category"], notice["severity"]) == ("listing_issue", "serious")
    assert notice["external_id"] == "LISTINGS_ITEM_ISSUES_CHANGE:5c1f0b7e-91d2-4f4b-8a3c-0d6e7f8a9b10"
    assert notice["items"] == [{"type": "asin", "ref": "B0C7XK2M4P"}, {"type": "sku", "ref": "TUMBLER-40-TEAL"}]
    assert notice["received_at"] == "2026-02-05T18:59:48.768000Z"
    assert json.loads(notice["text"]) == sample("listing-issues")["Payload"]


def test_good_news_needs_nobody(api: Client, account: str) -> None:
    (notice,) = notices(api, ingest(api, raw("listing-status")))

    assert (notice["severity"], notice["state"], notice["account"]) == ("info", "acknowledged", account)


def test_the_bytes_are_kept_as_they_came(api: Client, account: str) -> None:
    taken = ingest(api, raw("listing-issues"))

    message = api.get(f"/v1/ingest/messages/{taken['data'][0]['message']}").json()
    kept = api.get(f"/v1/ingest/messages/{message['id']}/raw")
    assert kept.content == raw("listing-issues").strip()
    assert message["sha256"] == sha256(kept.content).hexdigest()
    assert message["account"] == account
    assert kept.headers["content-type"] == "application/octet-stream"
    assert kept.headers["x-content-type-options"] == "nosniff"
    assert kept.headers["content-disposition"].startswith("attachment")


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("name", ["listing-issues", "listing-issues-1.0", "listing-status"])
def test_the_same_delivered_in_every_envelope_is_one_notice(api: Client, name: str) -> None:
    fates = [ingest(api, wrap(sample(name)))["data"][0] for wrap in WRAPPERS.values()]

    assert [one["fate"] for one in fates] == ["recorded", *["duplicate"] * (len(WRAPPERS) - 1)]
    assert len({one["message"] for one in fates}) == 1
    assert api.get(f"/v1/ingest/messages/{fates[0]['message']}").json()["deliveries"] == len(WRAPPERS)


@pytest.mark.usefixtures("account")
def test_a_batch_says_the_fate_of_each_in_order(api: Client) -> None:
    first = sample("listing-issues")
    unknown = anew(first) | {"NotificationType": "ANY_OFFER_CHANGED"}

    taken = ingest(api, sqs(first, anew(first), first, sample("account-status"), unknown, "hello"))

    fates = [one["fate"] for one in taken["data"]]
    assert fates == ["recorded", "recorded", "duplicate", "unresolved", "kept", "kept"]
    assert [taken[fate] for fate in ("recorded", "duplicate", "unresolved", "kept", "nothing_worse")] == [2, 1, 1, 2, 0]
    assert taken["data"][4]["type"] == "ANY_OFFER_CHANGED"
    assert taken["data"][4]["flags"] == ["unknown_type"]
    assert taken["data"][5]["flags"] == ["unknown_type", "not_a_message"]


@pytest.mark.usefixtures("account")
def test_out_of_order_each_fact_is_one_notice(api: Client) -> None:
    facts = [anew(sample("listing-issues"), at=f"2026-02-0{day}T10:00:00Z") for day in (5, 2, 9, 1)]

    taken = [ingest(api, one) for one in (*facts, *reversed(facts))]

    assert [one["data"][0]["fate"] for one in taken] == ["recorded"] * 4 + ["duplicate"] * 4


@pytest.mark.usefixtures("account")
def test_other_content_under_a_known_id_is_kept_and_flagged(api: Client) -> None:
    ingest(api, sample("listing-issues"))

    taken = [ingest(api, sample("listing-issues", Severities=["NONE"]))["data"][0] for _ in range(2)]

    assert [one["fate"] for one in taken] == ["kept", "duplicate"]
    assert taken[0]["flags"] == ["differs"]
    assert taken[0]["notices"] == []
    assert taken[0]["message"] == taken[1]["message"]


@pytest.mark.usefixtures("account")
def test_another_publish_time_is_only_another_delivery(api: Client) -> None:
    again = sample("listing-issues")
    ingest(api, again)
    again["NotificationMetadata"]["PublishTime"] = "2026-02-06T00:00:00Z"

    assert ingest(api, again)["duplicate"] == 1


@pytest.mark.usefixtures("account")
def test_two_facts_with_one_id_are_two_notices(api: Client) -> None:
    # As in Amazon's own examples of the two versions of LISTINGS_ITEM_ISSUES_CHANGE.
    earlier = sample("listing-issues", EnforcementActions=[]) | {"EventTime": "2023-02-05T18:59:30Z"}

    taken = ingest(api, [sample("listing-issues"), earlier])

    assert taken["recorded"] == 2
    assert len({one["external_id"] for one in notices(api, taken)}) == 2


@pytest.mark.usefixtures("account")
def test_a_notice_that_a_person_recorded_before_is_the_same_if_its_words_are(api: Client, given: Given) -> None:
    payload = json.dumps(sample("listing-issues")["Payload"])
    theirs = {
        "source": "amazon",
        "external_id": "LISTINGS_ITEM_ISSUES_CHANGE:5c1f0b7e-91d2-4f4b-8a3c-0d6e7f8a9b10",
        "category": "listing_issue",
        "title": "Issues",
    }
    known = given.post("/v1/notices", theirs | {"text": payload}, 201)
    given.post(
        "/v1/notices",
        theirs
        | {"text": "In my words.", "external_id": "LISTINGS_ITEM_STATUS_CHANGE:9a7e5d31-2c4b-4e8f-b6a1-3f5d7c9e1b20"},
        201,
    )

    same = ingest(api, sample("listing-issues"))
    other = ingest(api, sample("listing-status"))

    assert same["data"][0]["notices"] == [known["id"]]
    assert notices(api, other)[0]["title"].endswith("is buyable and discoverable")


def test_what_is_not_json_is_refused_and_leaves_nothing(api: Client) -> None:
    answer = api.post("/v1/ingest/amazon", content=b'{"notificationType": ')

    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/body-unreadable")
    assert api.get("/v1/ingest/messages").json()["data"] == []


def test_more_messages_than_a_request_may_have_are_refused(api: Client) -> None:
    answer = api.post("/v1/ingest/amazon", json=[{}] * 1001)

    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/too-many-messages")


def test_an_account_that_is_not_there_is_refused(api: Client) -> None:
    nobody = "00000000-0000-0000-0000-000000000000"

    answer = api.post("/v1/ingest/amazon", json={}, params={"account": nobody})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "unknown_account"


@pytest.mark.usefixtures("account")
def test_with_an_idempotency_key_the_answer_is_the_first_one(api: Client) -> None:
    asked = {"content": raw("listing-issues"), "headers": {"Idempotency-Key": "sqs-1"}}
    first, second = (api.post("/v1/ingest/amazon", **asked) for _ in range(2))

    assert second.json() == first.json()
    assert second.headers["idempotency-replayed"] == "true"


@pytest.mark.usefixtures("account")
def test_a_duplicate_writes_nothing_to_the_ledger(api: Client) -> None:
    first = api.post("/v1/ingest/amazon", content=raw("listing-issues"))
    second = api.post("/v1/ingest/amazon", content=raw("listing-issues"))

    assert "followthrough-event" in first.headers
    assert "followthrough-event" not in second.headers


def test_an_empty_batch_is_fine(api: Client) -> None:
    assert ingest(api, {"Records": []})["data"] == []


@pytest.mark.skipif(not PUBLISHED.is_dir(), reason="Amazon's own examples are not in this checkout")
def test_amazons_own_examples_go_in_as_they_are(api: Client, given: Given) -> None:
    for seller in ("AXXXXXXXXXXXXX", "A3AYAZLIQ7AX77"):
        given.post("/v1/accounts", {"marketplace": "amazon.com", "external_id": seller, "timezone": "UTC"})
    account = api.get("/v1/accounts").json()["data"][0]["id"]

    taken = [ingest(api, path.read_bytes(), account=account) for path in sorted(PUBLISHED.glob("*.json"))]

    assert [len(one["data"][0]["notices"]) for one in taken] == [1, 1, 1, 11]
    assert [one["data"][0]["flags"] for one in taken] == [[]] * 4


def test_the_samples_are_all_there() -> None:
    assert all(raw(name) for name in NAMES)
    assert SUBSCRIPTION in raw("account-status").decode()
