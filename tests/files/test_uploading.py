"""Bytes in: which are taken, once, by whom, and how many."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import Any

import pytest

from app.core.config import Settings
from app.files import api as files_api
from app.files import spool
from app.files.store import Store
from app.main import create_app
from tests.client import Client
from tests.conftest import Clock, Tenant
from tests.files.samples import PDF, REFUSED, TAKEN
from tests.given import Given


def pieces(content: bytes, size: int = 1000) -> Iterator[bytes]:
    """Yield the content as a client does that does not know how much it will be."""
    for start in range(0, len(content), size):
        yield content[start : start + size]


def files(api: Client) -> Store:
    """Return the store of the application."""
    store: Store = api.app.state.files  # type: ignore[attr-defined]
    return store


@pytest.mark.parametrize("kind", TAKEN)
def test_what_a_file_is_is_told_from_its_bytes(api: Client, kind: str) -> None:
    content, media_type = TAKEN[kind]

    answer = api.post("/v1/files", content=content, headers={"Content-Type": "text/html"})

    assert answer.status_code == 201, answer.text
    assert answer.json()["media_type"] == media_type
    assert answer.json()["sha256"] == sha256(content).hexdigest()
    assert answer.json()["size"] == len(content)


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_none_of_the_types_is_refused_whatever_the_header_says(api: Client, kind: str) -> None:
    answer = api.post("/v1/files", content=REFUSED[kind], headers={"Content-Type": "application/pdf"})

    assert answer.status_code == 415
    assert answer.json()["type"] == "/problems/file-type-refused"


def test_a_file_that_is_uploaded_can_be_downloaded(api: Client) -> None:
    made = api.post("/v1/files", content=pieces(PDF))

    answer = api.get(made.headers["location"])

    assert made.status_code == 201
    assert answer.content == PDF


def test_the_same_content_is_kept_once(api: Client, clock: Clock) -> None:
    first = api.post("/v1/files", content=PDF)
    clock.set("2026-03-02T10:00:00Z")

    second = api.post("/v1/files", content=pieces(PDF), headers={"Idempotency-Key": "again"})

    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json() == first.json()


def test_of_two_who_upload_the_same_at_once_one_makes_it(api: Client) -> None:
    content = PDF + b"at once"

    with ThreadPoolExecutor(4) as several:
        answers = list(several.map(lambda _: api.post("/v1/files", content=content), range(4)))

    assert sorted(one.status_code for one in answers) == [200, 200, 200, 201]
    assert api.get(answers[0].headers["location"]).content == content


def test_an_empty_file_is_refused(api: Client) -> None:
    answer = api.post("/v1/files", content=b"")

    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/empty-file"


def test_another_workspace_learns_nothing_of_it(api: Client, cy: Client) -> None:
    made = api.post("/v1/files", content=PDF)

    there = cy.get(made.headers["location"])
    theirs = cy.post("/v1/files", content=PDF)

    assert there.status_code == 404
    assert theirs.status_code == 201


class Body:
    """A body that notes how much of it was asked for."""

    def __init__(self, size: int) -> None:
        self.left, self.sent = size, 0

    async def receive(self) -> dict[str, Any]:
        block = PDF if not self.sent else bytes(min(65_536, self.left))
        self.left -= len(block)
        self.sent += len(block)
        return {"type": "http.request", "body": block, "more_body": self.left > 0}


def asked(api: Client, body: Body, key: str | None, app: Any = None) -> int:
    """Send a body of unknown length straight to the application; return the status."""
    statuses: list[int] = []

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    headers = [(b"authorization", f"Bearer {key}".encode())] if key else []
    scope = {"type": "http", "method": "POST", "path": "/v1/files", "raw_path": b"/v1/files", "query_string": b""}
    scope |= {"headers": headers, "server": ("test", 80), "scheme": "http", "http_version": "1.1", "root_path": ""}
    asyncio.run((app or api.app)(scope, body.receive, send))
    return statuses[0]


def test_nothing_is_read_of_the_body_before_the_key_is_known(api: Client, given: Given) -> None:
    viewer = given.client_of("vera").headers["authorization"].removeprefix("Bearer ")
    body = Body(10_000_000)

    statuses = [asked(api, body, key) for key in (None, "ft_wrong", viewer)]

    assert statuses == [401, 401, 403]
    assert body.sent == 0


def test_a_body_that_goes_on_past_the_limit_is_refused_when_it_does(api: Client, tenant: Tenant, url: str) -> None:
    settings = Settings(_env_file=None, file_limit=2, files_url=files(api).url)  # type: ignore[call-arg]
    small = create_app(settings, url, clock=api.clock)
    body = Body(50_000_000)

    status = asked(api, body, tenant.key, small)

    small.state.engine.dispose()
    assert status == 413
    assert body.sent < 3_000_000


def test_a_body_that_announces_too_much_is_refused_at_once(api: Client) -> None:
    answer = api.post("/v1/files", content=pieces(PDF), headers={"Content-Length": str(101 * 1024 * 1024)})

    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/file-too-large")


def test_a_large_json_body_is_refused_as_before(api: Client) -> None:
    answer = api.post(
        "/v1/plans", content=pieces(b" " * 1_100_000, 100_000), headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 413


def test_a_file_may_be_larger_than_any_json(api: Client) -> None:
    content = PDF + bytes(3_000_000)

    made = api.post("/v1/files", content=pieces(content, 100_000))

    assert made.status_code == 201
    assert api.get(made.headers["location"]).content == content


def test_a_body_that_ends_early_leaves_nothing(api: Client, tenant: Tenant) -> None:
    class Cut(Body):
        async def receive(self) -> dict[str, Any]:
            return await super().receive() if self.sent < 200_000 else {"type": "http.disconnect"}

    status = asked(api, Cut(1_000_000), tenant.key)

    assert status == 400
    assert not [one for some in files(api).listed() for one in some if one.key.startswith(tenant.workspace_id)]


@pytest.mark.parametrize("pause", [0.02, 3600])
def test_a_body_that_does_not_come_is_not_waited_for(
    api: Client, tenant: Tenant, monkeypatch: pytest.MonkeyPatch, pause: float
) -> None:
    class Slow(Body):
        async def receive(self) -> dict[str, Any]:
            await asyncio.sleep(pause)
            return {"type": "http.request", "body": b"%", "more_body": True}

    async def through(scope: Any, _: Any, send: Any) -> None:
        await api.app(scope, Slow(0).receive, send)

    monkeypatch.setattr(spool, "AT_ONCE", 1)
    with monkeypatch.context() as hurried:
        hurried.setattr(files_api, "_PATIENCE", 0.2)
        answer = Client(through, tenant.key).post("/v1/files", content=PDF)

    assert (answer.status_code, answer.headers["connection"]) == (408, "close")
    assert answer.json()["type"] == "/problems/upload-too-slow"
    assert api.post("/v1/files", content=PDF).status_code == 201
