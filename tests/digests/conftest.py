"""A mail server on this machine, and the worker's step that sends, at the instant that the test says."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
import pytest
from fastapi import FastAPI

from app.digests import rounds
from app.digests.channels import Post
from app.digests.mail import Server
from tests.conftest import Tenant
from tests.digests import offices
from tests.digests.offices import Office

SENDER = "Followthrough <digests@follow.example>"
PUBLIC = "https://follow.example"


@pytest.fixture
def office() -> Iterator[Office]:
    with offices.opened() as office:
        yield office


@dataclass
class Worker:
    """Sends what is due in the test's workspace."""

    app: FastAPI
    workspace: UUID
    post: Post
    owner: Any = field(repr=False)

    def at(self, instant: str) -> None:
        now = datetime.fromisoformat(instant)
        rounds.send_due(self.app.state.engine, self.workspace, self.post, clock=lambda: now)

    def through(self, port: int) -> "Worker":
        """The same worker with another mail server."""
        return replace(self, post=replace(self.post, server=Server.at(f"smtp://127.0.0.1:{port}", sender=SENDER)))

    def states(self) -> list[tuple[str, int]]:
        """What became of the digests of all days, oldest first, and in how many attempts."""
        query = "SELECT state, attempts FROM digest_delivery WHERE workspace_id = %s ORDER BY day, member_id"
        self.owner.rollback()
        return [(str(state), int(attempts)) for state, attempts in self.owner.execute(query, [self.workspace])]


@pytest.fixture
def worker(app: FastAPI, tenant: Tenant, office: Office, owner: psycopg.Connection[tuple[object, ...]]) -> Worker:
    server = Server.at(f"smtp://127.0.0.1:{office.port}", sender=SENDER)
    return Worker(app, UUID(tenant.workspace_id), Post(server, PUBLIC, private=True), owner)
