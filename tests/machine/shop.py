"""The real thing that the model is held against: one workspace, a key for each of the cast, the server's words."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient, Response

from app import worker
from app.commitments import horizon
from app.commitments.announcements import Moment
from app.ledger import checkpoint, note, signer
from app.ledger.policy import of_key
from app.ledger.signer import Keyring
from app.ledger.verify import Report, verify_bundle
from app.proofs import audit
from tests.client import Client
from tests.conftest import Clock, new_tenant
from tests.given import Given
from tests.machine.model import ROLES, ROOT, Refused, World

_TWO = ThreadPoolExecutor(2, "actor")


@dataclass(frozen=True)
class Act:
    """What somebody does: the request, and the same to the model."""

    name: str
    who: str
    path: str
    body: dict[str, Any]
    does: Callable[[World], Any]
    method: str = "POST"
    makes: str | None = None
    """The handle by which the machine calls what the server gives an id."""

    def __str__(self) -> str:
        return f"{self.who} {self.method} {self.path} {self.body}"

    def to(self, world: World) -> set[tuple[int, str]]:
        """Do it in the model; return the refusals that may come of it, or none."""
        try:
            self.does(world)
        except Refused as refused:
            return refused.answers
        return set()


@dataclass
class Shop:
    app: FastAPI
    workspace: UUID
    ring: Keyring
    clock: Clock
    keys: dict[str, Client]
    ids: dict[str, str]
    """Ids by name of member or by handle."""
    reader: AsyncClient
    """Asks within the application's own loop: the many questions, three times as fast."""
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    """For handles."""
    kept: dict[str, tuple[str, Any]] = field(default_factory=dict)
    """Answers by address, with their ETags: sent again, a 304 says that nothing has changed."""

    @classmethod
    def opened(cls, app: FastAPI, running: Client, ring: Keyring) -> "Shop":
        clock = app.state.clock = Clock()
        tenant = new_tenant(app, "Ada's shop")
        root = running.with_key(tenant.key, clock)
        given = Given(root)
        keys = {who: given.client_of(who) for who in ROLES} | {ROOT: root}
        ids = {who: given.member(who)["id"] for who in ROLES}
        key = root.get("/v1/api-keys").json()["data"][0]["id"]
        reader = AsyncClient(transport=ASGITransport(app), base_url="http://shop", headers=root.headers)
        return cls(app, UUID(tenant.workspace_id), ring, clock, keys, ids | {ROOT: key}, reader)

    @property
    def names(self) -> dict[str, str]:
        return {id_: name for name, id_ in self.ids.items()}

    def send(self, act: Act) -> Response:
        answer = self.keys[act.who].request(act.method, act.path, json=act.body)
        if act.makes and answer.is_success:
            self.ids[act.makes] = answer.json()["id"]
        return answer

    def upload(self, text: str) -> str:
        """Return the hash by which evidence names a file of that text."""
        answer = self.keys[ROOT].post(
            "/v1/files", content=text.encode(), headers={"Content-Type": "application/octet-stream"}
        )
        assert answer.is_success, answer.text
        found: str = answer.json()["sha256"]
        return found

    def send_both(self, *acts: Act) -> list[Response]:
        return list(_TWO.map(self.send, acts))

    def get(self, path: str, **query: Any) -> Any:
        """Return what is answered to a GET; what was answered before, if the server says that it is still so."""
        asked = self.reader.build_request("GET", path, params=query)
        tag, body = self.kept.get(str(asked.url), ("", None))
        if tag:
            asked.headers["If-None-Match"] = tag
        answer = self.keys[ROOT].portal.call(self.reader.send, asked)
        if answer.status_code == 304:
            return body
        assert answer.status_code == 200, answer.text
        if "as_of" not in query:
            self.kept[str(asked.url)] = (answer.headers["ETag"], answer.json())
        return answer.json()

    def pages(self, path: str, **query: Any) -> Iterator[Any]:
        """Yield the items of all pages."""
        page = self.get(path, limit=200, **query)
        yield from page["data"]
        while page["has_more"]:
            page = self.get(path, limit=200, cursor=page["next_cursor"], **query)
            yield from page["data"]

    def work(self, at: datetime) -> None:
        """Let the worker do what is due."""
        horizon.keep(self.app.state.engine, self.workspace, at=at)
        for moment in Moment:
            worker.announce(self.app.state.engine, self.workspace, moment, ahead=timedelta(days=3), at=at)

    def faults(self) -> list[str]:
        return audit.check(self.app.state.engine, self.workspace, progress=lambda *_: None).faults

    def seal(self) -> None:
        checkpoint.seal(self.app.state.engine, self.workspace, self.ring, at=self.clock())

    def proof(self, plan: int) -> Report:
        """Return what a stranger finds in the proof of a plan."""
        (key,) = signer.verifier_keys(self.ring, self.workspace)
        answer = self.keys[ROOT].get(f"/v1/plans/POA-{plan}/proof")
        assert answer.status_code == 200, answer.text
        return verify_bundle(answer.content, of_key(note.format_vkey(key)))
