"""The same messages sent by several at once are recorded once, and nobody waits for ever."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.client import Client
from tests.given import Given
from tests.ingest.samples import SELLER, anew, sample

pytestmark = pytest.mark.both_versions


def test_many_who_send_the_same_batch_record_it_once(api: Client, given: Given) -> None:
    given.post("/v1/accounts", {"marketplace": "amazon.com", "external_id": SELLER, "timezone": "UTC"})
    batch = [anew(sample("listing-issues")) for _ in range(20)]
    bodies = [json.dumps(batch if n % 2 else batch[::-1]).encode() for n in range(8)]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda body: api.post("/v1/ingest/amazon", content=body), bodies))

    assert {one.status_code for one in answers} == {200}
    fates = Counter(one["fate"] for answer in answers for one in answer.json()["data"])
    assert fates == {"recorded": 20, "duplicate": 140}
    assert len(api.get("/v1/ingest/messages", params={"limit": 200}).json()["data"]) == 20
