"""Erasing a notice takes what was delivered with it; what is erased still counts as known."""

from uuid import UUID

import psycopg
import pytest
from fastapi import FastAPI

from app.core import db
from app.proofs import audit
from tests.client import Client
from tests.conftest import Tenant
from tests.given import Given
from tests.ingest.samples import SELLER, SUBSCRIPTION, raw, sample
from tests.ingest.test_intake import ingest


@pytest.fixture
def account(given: Given) -> str:
    body = {"marketplace": "amazon.com", "external_id": SELLER, "timezone": "UTC"}
    found: str = given.post("/v1/accounts", body)["id"]
    return found


def erase(api: Client, subject: str, *names: str) -> int:
    answer = api.post("/v1/erasures", json={"subject": subject} | ({"names": names} if names else {}))
    assert answer.status_code == 200, answer.text
    found: int = answer.json()["disclosures"]
    return found


def faults(app: FastAPI, tenant: Tenant) -> list[str]:
    return audit.check(app.state.engine, UUID(tenant.workspace_id), progress=lambda *_: None).faults


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("name", ["text", "title", "items"])
def test_the_words_of_a_notice_are_not_left_in_what_was_delivered(
    api: Client, given: Given, app: FastAPI, tenant: Tenant, name: str
) -> None:
    (taken,) = ingest(api, raw("listing-issues"))["data"]
    given.post(f"/v1/notices/{taken['notices'][0]}/dismissal", {"reason": "Ours."})

    erase(api, taken["notices"][0], name)

    assert api.get(f"/v1/ingest/messages/{taken['message']}/raw").content == b"[erased]"
    assert api.get(f"/v1/ingest/messages/{taken['message']}").json()["seller_id"] == SELLER
    assert faults(app, tenant) == []


@pytest.mark.usefixtures("account")
def test_what_the_source_calls_it_goes_from_the_message_too(
    api: Client, given: Given, app: FastAPI, tenant: Tenant
) -> None:
    (taken,) = ingest(api, raw("listing-issues"))["data"]
    given.post(f"/v1/notices/{taken['notices'][0]}/dismissal", {"reason": "Ours."})

    erase(api, taken["notices"][0])

    message = api.get(f"/v1/ingest/messages/{taken['message']}").json()
    words = ("type", "notification_id", "subscription_id", "seller_id", "marketplace_id")
    assert [message[name] for name in words] == ["[erased]"] * 5
    assert faults(app, tenant) == []


def test_a_report_goes_with_any_of_its_notices(
    api: Client, given: Given, account: str, app: FastAPI, tenant: Tenant
) -> None:
    (taken,) = ingest(api, sample("report"), account=account)["data"]
    last = taken["notices"][-1]
    given.post(f"/v1/notices/{last}/dismissal", {"reason": "Known."})

    erase(api, last, "text")

    assert api.get(f"/v1/ingest/messages/{taken['message']}/raw").content == b"[erased]"
    assert faults(app, tenant) == []


def test_what_is_erased_and_comes_again_is_a_duplicate(api: Client, account: str, app: FastAPI, tenant: Tenant) -> None:
    message = ingest(api, raw("listing-issues"))["data"][0]["message"]

    assert erase(api, message) == 1

    assert api.get(f"/v1/ingest/messages/{message}").json()["remarks"] == []
    assert ingest(api, raw("listing-issues"))["duplicate"] == 1
    assert account
    assert faults(app, tenant) == []


def test_subscriptions_and_figures_can_be_erased(
    api: Client, given: Given, account: str, app: FastAPI, tenant: Tenant
) -> None:
    mapped = given.post("/v1/ingest/subscriptions", {"subscription": SUBSCRIPTION, "account": account})["id"]
    ingest(api, sample("report"), account=account)
    events = api.get("/v1/events?limit=200").json()["data"]
    figures = [one["subject"] for one in events if one["type"] == "figure.added"]

    done = [erase(api, one) for one in (mapped, *figures)]

    assert done == [1] * (1 + len(figures))
    assert api.get("/v1/ingest/subscriptions").json()["data"][0]["subscription"] == f"erased-{mapped}"
    assert faults(app, tenant) == []


def test_what_waits_is_not_erased(api: Client) -> None:
    message = ingest(api, raw("account-status"))["data"][0]["message"]

    answer = api.post("/v1/erasures", json={"subject": message})

    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/not-erasable-yet")


@pytest.mark.usefixtures("account")
def test_what_was_delivered_is_written_once(api: Client, url: str, tenant: Tenant) -> None:
    ingest(api, raw("listing-issues"))
    with psycopg.connect(url, autocommit=True) as application:
        application.execute(db.begin(UUID(tenant.workspace_id), "READ WRITE"))

        with pytest.raises(psycopg.errors.RaiseException, match="can only be erased"):
            application.execute("UPDATE message SET raw = 'other'")
