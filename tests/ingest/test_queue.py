"""What nobody can place waits, visibly, until somebody says whose it is."""

import json
from typing import Any

import pytest

from tests.client import Client
from tests.given import Given
from tests.ingest.samples import SELLER, SUBSCRIPTION, anew, raw, sample
from tests.ingest.test_intake import ingest


def account(given: Given, marketplace: str = "amazon.com", seller: str = SELLER) -> str:
    found: str = given.post(
        "/v1/accounts", {"marketplace": marketplace, "external_id": seller, "timezone": "UTC"}, 201
    )["id"]
    return found


def waiting(api: Client) -> list[Any]:
    found: list[Any] = api.get("/v1/ingest/unresolved").json()["data"]
    return found


def test_an_account_status_without_a_known_subscription_waits(api: Client) -> None:
    taken = ingest(api, raw("account-status"))

    assert (taken["unresolved"], taken["data"][0]["notices"]) == (1, [])
    (message,) = waiting(api)
    assert (message["why"], message["subscription_id"]) == ("unknown_subscription", SUBSCRIPTION)
    assert message["id"] == taken["data"][0]["message"]


def test_a_seller_that_nobody_knows_waits(api: Client, given: Given) -> None:
    account(given, seller="A2SOMEBODYELSE")

    ingest(api, raw("listing-issues"))

    assert [one["why"] for one in waiting(api)] == ["unknown_seller"]


def test_a_report_says_whose_it_is_by_the_request(api: Client, given: Given) -> None:
    ours = account(given)

    alone, named = ingest(api, raw("report")), ingest(api, raw("report"), account=ours)

    assert [one["why"] for one in waiting(api)] == ["nothing_named"]
    assert alone["unresolved"] == 1
    assert (named["recorded"], named["data"][0]["account"]) == (1, ours)


@pytest.mark.parametrize(
    ("marketplace_id", "expected"),
    [("ATVPDKIKX0DER", "amazon.com"), ("A2EUQ1WTGCTBG2", "A2EUQ1WTGCTBG2"), ("A1PA6795UKMFR9", None), (None, None)],
)
def test_of_several_accounts_the_marketplace_chooses(
    api: Client, given: Given, marketplace_id: str | None, expected: str | None
) -> None:
    ours = {name: account(given, name) for name in ("amazon.com", "A2EUQ1WTGCTBG2")}

    taken = ingest(api, sample("listing-issues", MarketplaceId=marketplace_id))["data"][0]

    assert taken["account"] == (ours[expected] if expected else None)
    assert taken["why"] == (None if expected else "several_accounts")


def test_of_several_accounts_the_one_that_is_added_later_is_found(api: Client, given: Given) -> None:
    for name in ("amazon.fr", "amazon.it"):
        account(given, name)
    taken = ingest(api, sample("listing-issues", MarketplaceId="A1PA6795UKMFR9"))["data"][0]
    ours = account(given, "amazon.de")

    tried = given.post("/v1/ingest/unresolved/resolution", {}, 200)

    assert taken["why"] == "several_accounts"
    assert (tried["resolved"], waiting(api)) == (1, [])
    assert api.get(f"/v1/ingest/messages/{taken['message']}").json()["account"] == ours


def test_one_account_is_meant_whatever_the_marketplace_says(api: Client, given: Given) -> None:
    ours = account(given, "amazon.de")

    assert ingest(api, raw("listing-issues"))["data"][0]["account"] == ours


def test_a_message_is_resolved_by_naming_its_account(api: Client, given: Given) -> None:
    ours = account(given)
    ingest(api, raw("account-status"))
    (message,) = waiting(api)

    resolved = given.post(f"/v1/ingest/unresolved/{message['id']}/resolution", {"account": ours}, 200)

    assert (resolved["status"], resolved["account"], resolved["why"]) == ("recorded", ours, None)
    assert resolved["resolved_at"] is not None
    assert waiting(api) == []
    notice = api.get(f"/v1/notices/{resolved['notices'][0]}").json()
    assert (notice["title"], notice["account"]) == ("Account status: AT_RISK (was NORMAL)", ours)
    assert given.api.get("/v1/ingest/subscriptions").json()["data"] == []


def test_what_is_resolved_cannot_be_resolved_again(api: Client, given: Given) -> None:
    ours = account(given)
    message = ingest(api, raw("listing-issues"))["data"][0]["message"]

    answer = api.post(f"/v1/ingest/unresolved/{message}/resolution", json={"account": ours})

    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/message-is-resolved")


def test_a_resolution_can_be_remembered_for_the_subscription(api: Client, given: Given) -> None:
    ours = account(given)
    first, second, later = (anew(sample("account-status")) for _ in range(3))
    ingest(api, [first, second])
    message = waiting(api)[0]

    given.post(f"/v1/ingest/unresolved/{message['id']}/resolution", {"account": ours, "remember": True}, 200)

    assert waiting(api) == []
    assert ingest(api, later)["data"][0]["account"] == ours


def test_without_a_subscription_there_is_nothing_to_remember(api: Client, given: Given) -> None:
    ours = account(given)
    message = ingest(api, raw("report"))["data"][0]["message"]

    answer = api.post(f"/v1/ingest/unresolved/{message}/resolution", json={"account": ours, "remember": True})

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "no_subscription")
    assert len(waiting(api)) == 1


def test_a_mapped_subscription_settles_what_waited_for_it(api: Client, given: Given) -> None:
    ours = account(given)
    ingest(api, [anew(sample("account-status")) for _ in range(3)])
    ingest(api, sample("listing-issues", SellerId="A2NOBODY") | {"NotificationMetadata": {"NotificationId": "n"}})

    made = given.post("/v1/ingest/subscriptions", {"subscription": SUBSCRIPTION, "account": ours}, 201)

    assert (made["resolved"], made["waiting"]) == (3, 1)
    assert [one["seller_id"] for one in waiting(api)] == ["A2NOBODY"]
    assert ingest(api, anew(sample("account-status")))["recorded"] == 1


def test_a_subscription_can_be_given_to_another_account_for_what_comes(api: Client, given: Given) -> None:
    first, second = account(given), account(given, "amazon.de")
    body = {"subscription": SUBSCRIPTION, "account": first}
    given.post("/v1/ingest/subscriptions", body, 201)
    before = ingest(api, anew(sample("account-status")))["data"][0]["message"]

    again = given.post("/v1/ingest/subscriptions", body, 200)
    moved = given.post("/v1/ingest/subscriptions", body | {"account": second}, 200)

    assert (again["account"], moved["account"]) == (first, second)
    assert ingest(api, anew(sample("account-status")))["data"][0]["account"] == second
    assert api.get(f"/v1/ingest/messages/{before}").json()["account"] == first
    assert [one["account"] for one in api.get("/v1/ingest/subscriptions").json()["data"]] == [second]


def test_once_the_account_is_added_what_waited_for_it_can_be_tried_again(api: Client, given: Given) -> None:
    ingest(api, [sample("listing-issues"), sample("account-status")])
    ours = account(given)

    tried = given.post("/v1/ingest/unresolved/resolution", {}, 200)

    assert tried == {"resolved": 1, "waiting": 1}
    assert [one["type"] for one in waiting(api)] == ["ACCOUNT_STATUS_CHANGED"]
    settled = api.get("/v1/ingest/messages", params={"status": "recorded"}).json()["data"]
    assert [one["account"] for one in settled] == [ours]


def test_a_message_that_waits_and_comes_again_waits_once(api: Client) -> None:
    fates = [ingest(api, raw("account-status"))["data"][0]["fate"] for _ in range(3)]

    assert fates == ["unresolved", "duplicate", "duplicate"]
    assert [one["deliveries"] for one in waiting(api)] == [3]


def test_the_queue_is_read_page_by_page(api: Client) -> None:
    ingest(api, [anew(sample("account-status")) for _ in range(5)])

    pages, cursor = [], None
    while cursor is not None or not pages:
        page = api.get("/v1/ingest/unresolved", params={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        pages.append([one["id"] for one in page["data"]])
        cursor = page["next_cursor"]

    assert [len(page) for page in pages] == [2, 2, 1]
    assert len({one for page in pages for one in page}) == 5


def test_other_workspaces_see_nothing_of_it(api: Client, cy: Client, given: Given) -> None:
    ours = account(given)
    message = ingest(api, raw("account-status"))["data"][0]["message"]

    assert waiting(cy) == []
    assert cy.get(f"/v1/ingest/messages/{message}").status_code == 404
    assert cy.get(f"/v1/ingest/messages/{message}/raw").status_code == 404
    assert cy.post(f"/v1/ingest/unresolved/{message}/resolution", json={"account": ours}).status_code == 404
    assert cy.post("/v1/ingest/amazon", content=json.dumps({}), params={"account": ours}).status_code == 422


def test_who_only_looks_takes_nothing_in(given: Given) -> None:
    vera = given.client_of("vera")

    assert vera.post("/v1/ingest/amazon", json={}).status_code == 403
    assert vera.get("/v1/ingest/unresolved").status_code == 200
