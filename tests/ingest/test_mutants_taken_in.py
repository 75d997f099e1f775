"""Amazon's examples, changed at random and sent as they are: no server error, nothing lost, duplicates once."""

import json
import random
from collections import Counter
from uuid import UUID

import pytest
from fastapi import FastAPI

from app.ingest.records import read
from app.proofs import audit
from tests.client import Client
from tests.conftest import Tenant
from tests.given import Given
from tests.ingest.mutating import as_bytes, broken, mutated
from tests.ingest.samples import SELLER, SUBSCRIPTION

BATCH = 50


def send(api: Client, given: Given, *, count: int, seed: int) -> Counter[str]:
    """Send so many changed examples, some alone and most in batches, some of them twice, and return their fates."""
    rng = random.Random(seed)
    body = {"marketplace": "amazon.com", "external_id": SELLER, "timezone": "UTC"}
    account = given.post("/v1/accounts", body)["id"]
    given.post("/v1/ingest/subscriptions", {"subscription": SUBSCRIPTION, "account": account})
    fates: Counter[str] = Counter()
    sent: set[str] = set()
    while sum(fates.values()) < count:
        batch = [mutated(rng) for _ in range(1 if rng.random() < 0.2 else BATCH)]
        batch += [rng.choice(batch) for _ in range(len(batch) // 10)]
        named = account if rng.random() < 0.3 else None
        body = as_bytes(batch if len(batch) > 1 or rng.random() < 0.5 else batch[0], rng)
        answer = api.post("/v1/ingest/amazon", content=body, params={"account": named} if named else {})
        assert answer.status_code == 200, (answer.text, body)
        records = read(body)
        said = answer.json()["data"]
        assert len(said) == len(records)
        for record, one in zip(records, said, strict=True):
            fates[one["fate"]] += 1
            key = f"{record.identity(named)} {record.fingerprint}"
            assert (one["fate"] == "duplicate") == (key in sent), (record, one)
            sent.add(key)
        again = api.post("/v1/ingest/amazon", content=broken(body, rng))
        assert again.status_code in (200, 400, 422), again.text
        sent |= (
            {f"{one.identity()} {one.fingerprint}" for one in read(again.request.content)}
            if again.is_success
            else set()
        )
    return fates


def check(api: Client, app: FastAPI, tenant: Tenant, fates: Counter[str]) -> None:
    """All of it is there: what was new once, and what came again as a count."""
    with app.state.engine.connect() as connection:
        kept = connection.exec_driver_sql(
            "SELECT count(*), sum(deliveries), count(DISTINCT identity), count(*) FILTER (WHERE sha256 <> "
            "encode(sha256(raw), 'hex')) FROM message WHERE workspace_id = %s",
            (tenant.workspace_id,),
        ).one()
        notices, named = connection.exec_driver_sql(
            "SELECT count(*), count(DISTINCT (source, external_id)) FROM notice WHERE workspace_id = %s",
            (tenant.workspace_id,),
        ).one()
    new = sum(fates.values()) - fates["duplicate"]
    assert kept[0] >= new
    assert kept[1] >= sum(fates.values())
    assert (kept[2], kept[3]) == (kept[0], 0)
    assert notices == named > 0
    assert min(fates[name] for name in ("recorded", "duplicate", "unresolved", "kept")) > 0, fates
    assert api.get("/v1/ingest/messages", params={"limit": 200}).status_code == 200
    assert audit.check(app.state.engine, UUID(tenant.workspace_id), progress=lambda *_: None).faults == []


def test_changed_examples_are_taken_in(api: Client, given: Given, app: FastAPI, tenant: Tenant) -> None:
    fates = send(api, given, count=300, seed=1)

    check(api, app, tenant, fates)


@pytest.mark.slow
def test_ten_thousand_changed_examples_are_taken_in(api: Client, given: Given, app: FastAPI, tenant: Tenant) -> None:
    fates = send(api, given, count=10_000, seed=2)

    check(api, app, tenant, fates)


def test_every_page_of_what_was_taken_in_can_be_read(api: Client, given: Given) -> None:
    send(api, given, count=100, seed=3)

    cursor, seen = None, 0
    while cursor or not seen:
        page = api.get("/v1/ingest/messages", params={"limit": 200} | ({"cursor": cursor} if cursor else {})).json()
        for one in page["data"]:
            for notice in one["notices"]:
                assert api.get(f"/v1/notices/{notice}").status_code == 200
            assert api.get(f"/v1/ingest/messages/{one['id']}/raw").status_code == 200
        seen, cursor = seen + len(page["data"]), page["next_cursor"]
    assert seen >= 100 - 10
    assert json.dumps(page)
