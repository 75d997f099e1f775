"""Many writers at once: the numbers stay dense, and what was rolled back leaves no trace."""

import json
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from uuid import UUID

import psycopg
import pytest
from fastapi import FastAPI

from app.core import db
from app.ledger import merkle
from app.workspaces import operations
from app.workspaces.schemas import MemberIn
from tests.client import Client
from tests.conftest import Tenant
from tests.given import Given

pytestmark = pytest.mark.both_versions

Owner = psycopg.Connection[tuple[object, ...]]


def test_thirty_two_writers_leave_no_gap(api: Client, given: Given, owner: Owner, tenant: Tenant) -> None:
    given.plan()
    before = api.get("/v1/events").json()["size"]

    def write(number: int) -> int:
        if number % 2:
            body = {"kind": "note", "text": f"Box {number} is empty."}
            return api.post("/v1/commitments/POA-1.1/evidence", json=body).status_code
        return api.post("/v1/members", json={"name": "Dee", "email": f"{number}@example.com"}).status_code

    with ThreadPoolExecutor(32) as pool:
        statuses = list(pool.map(write, range(32)))

    assert statuses == [201] * 32
    query = "SELECT seq, body, leaf FROM ledger_event WHERE workspace_id = %s ORDER BY seq"
    rows = owner.execute(query, [tenant.workspace_id]).fetchall()
    events = [json.loads(body) for _, body, _ in rows]  # type: ignore[arg-type]
    assert [seq for seq, _, _ in rows] == [one["seq"] for one in events] == list(range(before + 32))
    chain = [number for number, one in enumerate(events) if one["plan"]]
    assert [events[number]["plan_seq"] for number in chain] == list(range(1, len(chain) + 1))
    for one, following in pairwise(chain):
        assert events[following]["prev"] == merkle_text(rows[one][2])
    head = owner.execute("SELECT size, frontier FROM ledger_head WHERE workspace_id = %s", [tenant.workspace_id])
    size, frontier = head.fetchone() or (0, b"")
    assert isinstance(frontier, bytes)
    peaks = tuple(frontier[i : i + 32] for i in range(0, len(frontier), 32))
    assert (size, merkle.frontier_root(peaks)) == (len(rows), merkle.root([leaf for _, _, leaf in rows]))  # type: ignore[misc]


def merkle_text(leaf: object) -> str:
    """Return a leaf as `prev` has it."""
    assert isinstance(leaf, bytes)
    return b64encode(leaf).decode()


def test_what_is_rolled_back_gives_its_number_back(api: Client, app: FastAPI, tenant: Tenant) -> None:
    size = api.get("/v1/events").json()["size"]

    def fail_after_writing() -> None:
        with db.writing(app.state.engine, UUID(tenant.workspace_id)) as tx:
            new = MemberIn(name="Dee", email="dee@example.com")
            operations.add_member(tx, new, by=UUID(tenant.workspace_id), at=app.state.clock())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_writing()

    assert api.get("/v1/events").json()["size"] == size
    assert api.get("/v1/members").json()["data"] == []
    assert api.post("/v1/members", json={"name": "Eve", "email": "eve@example.com"}).status_code == 201
    events = api.get("/v1/events").json()["data"]
    assert (events[-1]["seq"], len(events)) == (size, size + 1)
