"""`Idempotency-Key`: a request that is sent again has one effect, and the first one's answer."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from fastapi import FastAPI
from httpx2 import Response

from app.core import db
from app.workspaces import idempotency
from tests.client import Client
from tests.conftest import Clock, Tenant
from tests.given import Given
from tests.routes import one_of_each, operations

Owner = psycopg.Connection[tuple[object, ...]]

DEE = {"name": "Dee", "email": "dee@example.com"}


def post(client: Client, body: Any = None, *, key: str = "once", path: str = "/v1/members") -> Response:
    return client.post(path, json=body or DEE, headers={"Idempotency-Key": key})


def test_the_same_request_gets_the_stored_answer(api: Client) -> None:
    first, again = post(api), post(api)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    for name in ("etag", "location", "content-type"):
        assert again.headers[name] == first.headers[name]
    assert len(api.get("/v1/members").json()["data"]) == 1


def test_a_quoted_name_is_the_same_name(api: Client) -> None:
    first, again = post(api, key="once"), post(api, key='"once"')

    assert again.headers["idempotency-replayed"] == "true"
    assert again.content == first.content


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/members", DEE | {"name": "Eve"}),
        ("/v1/accounts", {"marketplace": "amazon.com", "external_id": "A1", "timezone": "UTC"}),
    ],
)
def test_another_request_of_the_same_name_is_refused(api: Client, path: str, body: dict[str, Any]) -> None:
    post(api)

    answer = post(api, body, path=path)

    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/idempotency-key-reused")


def test_each_api_key_has_names_of_its_own(api: Client, given: Given) -> None:
    other = api.with_key(given.post("/v1/api-keys", {"name": "Bot", "scopes": ["admin"]})["secret"])

    mine, theirs = post(api), post(other, DEE | {"email": "eve@example.com"})

    assert (mine.status_code, theirs.status_code) == (201, 201)


def test_a_request_that_failed_may_be_mended_and_sent_again(api: Client) -> None:
    wrong = post(api, {"name": "Dee"})

    mended = post(api)

    assert (wrong.status_code, mended.status_code) == (422, 201)
    assert "idempotency-replayed" not in mended.headers


def test_a_replay_needs_a_key_that_still_works(api: Client, given: Given) -> None:
    made = given.post("/v1/api-keys", {"name": "Bot", "scopes": ["admin"]})
    bot = api.with_key(made["secret"])
    post(bot)

    api.delete(f"/v1/api-keys/{made['id']}")

    assert post(bot).status_code == 401


def test_many_at_once_have_one_effect(api: Client) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: post(api), range(8)))

    made = [one for one in answers if one.status_code == 201]
    running = [one for one in answers if one.status_code == 409]
    assert len(made) + len(running) == 8
    assert made
    assert len({one.content for one in made}) == 1
    assert sum("idempotency-replayed" not in one.headers for one in made) == 1
    assert all(one.headers["retry-after"] == "1" for one in running)
    assert [one["type"] for one in api.get("/v1/events").json()["data"]].count("member.added") == 1


def test_while_the_first_is_still_running_the_second_is_told_to_wait(api: Client, owner: Owner) -> None:
    key = api.get("/v1/api-keys").json()["data"][0]["id"]
    # As the first request of that name does until its transaction ends.
    owner.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"once{key}"])

    waiting = post(api)
    owner.rollback()
    done = post(api)

    assert (waiting.status_code, waiting.json()["type"]) == (409, "/problems/still-running")
    assert (waiting.headers["retry-after"], done.status_code) == ("1", 201)


def test_the_secret_of_a_key_is_in_the_first_answer_only(api: Client) -> None:
    body = {"name": "Bot", "scopes": ["read"]}

    first, again = post(api, body, path="/v1/api-keys").json(), post(api, body, path="/v1/api-keys").json()

    assert api.with_key(first["secret"]).get("/v1/workspace").status_code == 200
    assert again == first | {"secret": None}


def test_an_answer_is_kept_seven_days(api: Client, app: FastAPI, tenant: Tenant, clock: Clock) -> None:
    post(api)
    kept_until = clock.now + idempotency.KEPT

    def forget(at: timedelta) -> int:
        with db.writing(app.state.engine, UUID(tenant.workspace_id)) as tx:
            return idempotency.forget(tx, at=kept_until + at)

    assert forget(timedelta()) == 0
    assert post(api).headers["idempotency-replayed"] == "true"
    assert forget(timedelta(microseconds=1)) == 1
    assert post(api).status_code == 409  # a new request now: this member exists


@pytest.mark.parametrize("name", ["", "x" * 256])
def test_a_name_has_bounds(api: Client, name: str) -> None:
    answer = post(api, key=name)

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/header/Idempotency-Key")


def test_every_post_can_be_repeated(given: Given, api: Client) -> None:
    for operation in operations():
        # What reads a letter records nothing: it can be asked again without a name.
        if operation.method == "POST" and str(operation) != "POST /v1/plans/parse":
            assert "Idempotency-Key" in operation.parameters, operation
    names = one_of_each(given)
    path = f"/v1/commitments/{names['commitment']}/completion"
    body = {"evidence": {"kind": "note", "text": "Removed."}}

    first, again = post(api, body, path=path), post(api, body, path=path)

    assert (first.status_code, again.status_code) == (200, 200)
    assert again.headers["idempotency-replayed"] == "true"


@pytest.mark.both_versions
def test_the_answer_is_stored_with_what_it_answers(api: Client, owner: Owner, tenant: Tenant) -> None:
    answer = post(api)

    stored = owner.execute("SELECT status, body FROM idempotency WHERE workspace_id = %s", [tenant.workspace_id])

    assert stored.fetchall() == [(201, answer.content)]
