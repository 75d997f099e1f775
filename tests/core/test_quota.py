"""How many requests a key may make in a minute."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from hypothesis import given, strategies

from app.core.config import Settings
from app.core.edge import Quota
from app.main import create_app
from tests.client import Client
from tests.conftest import Clock, Tenant, new_tenant

LIMIT = 3


@pytest.fixture
def small(url: str, tenant: Tenant, clock: Clock) -> Iterator[Client]:
    """Ada's client on an application with a small quota."""
    settings = Settings(_env_file=None, rate_limit=LIMIT, pool_size=2)  # type: ignore[call-arg]
    with Client(create_app(settings, url, clock=clock), tenant.key, clock) as client:
        yield client


def test_every_answer_says_what_is_left(small: Client) -> None:
    left = [small.get("/v1/workspace").headers["ratelimit"].split(";")[1] for _ in range(LIMIT)]

    assert left == ["r=2", "r=1", "r=0"]
    assert small.get("/v1/workspace").headers["ratelimit-policy"] == '"default";q=3;w=60'


def test_one_request_too_many_is_refused_with_when_to_come_back(small: Client) -> None:
    for _ in range(LIMIT):
        assert small.get("/v1/workspace").status_code == 200

    refused = small.get("/v1/workspace")

    assert (refused.status_code, refused.headers["content-type"]) == (429, "application/problem+json")
    assert refused.headers["retry-after"] == "60"
    assert refused.headers["ratelimit"] == '"default";r=0;t=60'
    assert refused.json()["type"] == "/problems/too-many"
    assert refused.json()["detail"] == "Wait 60 s."
    assert refused.json()["request_id"] == refused.headers["x-request-id"]


def test_the_next_minute_begins_anew(small: Client) -> None:
    for _ in range(LIMIT + 1):
        small.get("/v1/workspace")

    assert small.at("2026-03-02T09:00:59Z").get("/v1/workspace").headers["retry-after"] == "1"
    assert small.at("2026-03-02T09:01:00Z").get("/v1/workspace").status_code == 200


def test_an_answer_304_is_free(small: Client) -> None:
    seen = {path: small.get(path).headers["etag"] for path in ("/v1/workspace", "/v1/overdue")}

    for path, tag in seen.items():
        for _ in range(LIMIT + 1):
            answer = small.get(path, headers={"If-None-Match": tag})
            assert (answer.status_code, answer.headers["ratelimit"].split(";")[1]) == (304, "r=1")
    assert small.get("/v1/workspace").status_code == 200


def test_each_key_has_its_own_quota(small: Client, app: FastAPI) -> None:
    for _ in range(LIMIT + 1):
        small.get("/v1/workspace")

    assert small.with_key(new_tenant(app, "Cy's shop").key).get("/v1/workspace").status_code == 200


def test_refusals_count_too(small: Client) -> None:
    nobody = small.with_key("ft_wrong")

    assert [nobody.get("/v1/workspace").status_code for _ in range(LIMIT + 1)] == [401, 401, 401, 429]


@given(strategies.lists(strategies.tuples(strategies.sampled_from([b"ada", b"cy"]), strategies.integers(0, 200))))
def test_nobody_gets_more_than_the_quota_in_a_minute(requests: list[tuple[bytes, int]]) -> None:
    quota = Quota(LIMIT)
    let_in: dict[tuple[bytes, int], int] = {}

    for who, now in sorted(requests, key=lambda one: one[1]):
        if quota.take(who, now) >= 0:
            let_in[who, now // 60] = let_in.get((who, now // 60), 0) + 1

    asked: dict[tuple[bytes, int], int] = {}
    for who, now in requests:
        asked[who, now // 60] = asked.get((who, now // 60), 0) + 1
    assert let_in == {one: min(count, LIMIT) for one, count in asked.items()}
