"""What lies in the ledger after people have worked: PROOF.md, "Event" and "Tree", on the stored bytes."""

import base64
import json
from datetime import datetime
from itertools import pairwise, product
from typing import Any, NamedTuple

import psycopg
import pytest
import rfc8785

from app.ledger import merkle
from app.ledger.catalogue import SCHEMAS
from app.ledger.events import digest
from tests.client import Client
from tests.conftest import Tenant
from tests.files.filing import invoice
from tests.given import APPROVAL, Given
from tests.ingest import samples

pytestmark = pytest.mark.both_versions

Owner = psycopg.Connection[tuple[object, ...]]

FIELDS = {"v", "ws", "seq", "at", "type", "actor", "plan", "plan_seq", "prev", "subj", "data", "sd"}


class Stored(NamedTuple):
    """One event as it is stored."""

    seq: int
    body: bytes
    leaf: bytes
    event: dict[str, Any]


def stored(owner: Owner, tenant: Tenant) -> list[Stored]:
    rows = owner.execute(
        "SELECT seq, body, leaf FROM ledger_event WHERE workspace_id = %s ORDER BY seq", [tenant.workspace_id]
    )
    return [Stored(seq, body, leaf, json.loads(body)) for seq, body, leaf in rows]  # type: ignore[arg-type, call-overload]


def work(given: Given, api: Client) -> None:
    """Let everything happen at least once, while the clock goes forward and back."""
    api.patch("/v1/workspace", json={"four_eyes": False})
    given.member("chidi")
    for hour in (6, 7):
        api.patch(f"/v1/digests/{given.member('chidi')['id']}", json={"hour": hour})
    api.patch(f"/v1/members/{given.member('chidi')['id']}", json={"role": "viewer"})
    account = given.post("/v1/accounts", {"marketplace": "amazon.com", "external_id": "A1", "timezone": "UTC"})["id"]
    take_in(given, account)
    key = given.post("/v1/api-keys", {"name": "Bot", "scopes": ["read"]})
    given.post(f"/v1/api-keys/{key['id']}/rotation")
    api.delete(f"/v1/api-keys/{key['id']}")
    given.plan(given.promise(), given.promise(recurrence="FREQ=WEEKLY;COUNT=3"))
    rule = given.post("/v1/escalation-rules", {"name": "Late", "level": 1, "tell": ["ada@example.com"]})["id"]
    api.patch(f"/v1/escalation-rules/{rule}", json={"level": 2})
    api.at("2026-03-01T09:00:00Z")
    noticed = [given.notice()["id"] for _ in range(3)]
    api.patch(f"/v1/notices/{noticed[0]}", json={"severity": "critical"})
    given.post(f"/v1/notices/{noticed[0]}/acknowledgement")
    given.post(f"/v1/notices/{noticed[1]}/response", {"note": "It is in stock."})
    given.post(f"/v1/notices/{noticed[1]}/closure")
    given.post(f"/v1/notices/{noticed[2]}/dismissal", {"reason": "Not ours."})
    draft = given.draft(notices=noticed[:1])["reference"]
    api.patch(f"/v1/plans/{draft}", json={"title": "Later shipments"})
    given.submit(draft)
    given.post(f"/v1/plans/{draft}/decision", APPROVAL | {"outcome": "more_info_requested"})
    given.submit(draft, {"text": "Here is more."})
    given.post(f"/v1/plans/{draft}/decision", APPROVAL | {"outcome": "denied"})
    given.post(f"/v1/plans/{draft}/withdrawal", {"reason": "No longer sold."})
    api.at("2026-03-04T09:00:00Z")
    given.member("bo")
    given.post("/v1/commitments/POA-1.1/start")
    given.post("/v1/commitments/POA-1.1/pause")
    given.post("/v1/commitments/POA-1.1/reassignment", {"owner": "bo@example.com"})
    given.done("POA-1.1")
    wrong = given.post("/v1/commitments/POA-1.1/evidence", invoice(api))["id"]
    right = {"reason": "Another's.", "evidence": {"kind": "note", "text": "Removed."}}
    given.post(f"/v1/commitments/POA-1.1/evidence/{wrong}/supersession", right)
    follow(given, api)


def follow(given: Given, api: Client) -> None:
    """What is asked for, decided and judged after an approval."""
    given.plan(*(given.promise() for _ in range(3)), given.promise(recurrence="FREQ=WEEKLY"))
    for number, (kind, outcome) in enumerate(product(("extension", "waiver"), ("granted", "refused", "")), 6):
        of, due = f"POA-3.{1 + number % 3}", {"due_on": f"2026-05-{number:02}"} if kind == "extension" else {}
        asked = given.post(f"/v1/commitments/{of}/{kind}s", {"reason": "The carrier is late."} | due)["id"]
        decide(given, f"/v1/{kind}s/{asked}", outcome)
    given.post("/v1/commitments/POA-1.1/verification", {"outcome": "rejected", "reason": "It cannot be read."})
    for one in ("POA-1.1", "POA-3.2", "POA-3.3", "POA-3.4.1"):
        given.done(one)
    given.post("/v1/commitments/POA-1.1/verification", {"outcome": "verified"})
    given.post("/v1/plans/POA-3/effectiveness", {"outcome": "inconclusive", "reason": "It is too early."})
    api.patch(f"/v1/members/{given.member('ada')['id']}", json={"active": False, "hand_over_to": "bo@example.com"})
    ends = {"ends": [{"number": 4, "from_on": "2026-06-01", "why": "No longer sold."}]}
    for outcome in ("refused", "", "granted"):
        amendment = given.post("/v1/plans/POA-3/amendments", ends)["id"]
        decide(given, f"/v1/amendments/{amendment}", outcome)


def decide(given: Given, request: str, outcome: str) -> None:
    if outcome:
        given.post(f"{request}/decision", {"outcome": outcome, "reason": "As asked."})
    else:
        given.post(f"{request}/withdrawal")


def take_in(given: Given, account: str) -> None:
    """Messages that wait, subscriptions that tell whose they are, and one report after the other."""
    given.post("/v1/ingest/amazon", samples.sample("account-status"))
    other = given.post("/v1/accounts", {"marketplace": "amazon.de", "external_id": "A2", "timezone": "UTC"})["id"]
    for one in (other, account):
        given.post("/v1/ingest/subscriptions", {"subscription": samples.SUBSCRIPTION, "account": one})
    for day in ("2026-02-25", "2026-02-26"):
        given.post(f"/v1/ingest/amazon?account={account}", samples.dated("report", "2026-02-25", day))


@pytest.fixture
def events(given: Given, api: Client, owner: Owner, tenant: Tenant) -> list[Stored]:
    work(given, api)
    return stored(owner, tenant)


def test_everything_that_can_happen_has_happened(events: list[Stored]) -> None:
    """So that the tests below look at every type of event but those that no request makes."""
    others = {"series.extended", "commitment.due_soon", "commitment.overdue", "disclosure.erased"}
    others |= {"escalation.entered", "escalation.left"}
    others |= {"ledger.heads", "ledger.key_rotated", "ledger.epoch_opened"}
    assert {one.event["type"] for one in events} == SCHEMAS.keys() - others


def test_the_bytes_are_canonical_and_whole(events: list[Stored]) -> None:
    for one in events:
        assert rfc8785.dumps(one.event) == one.body
        assert one.event.keys() == FIELDS
        assert one.event["v"] == 1
        assert SCHEMAS[one.event["type"]](one.event["data"])


def test_the_numbers_are_dense_and_are_the_places_of_the_leaves(events: list[Stored], tenant: Tenant) -> None:
    assert [one.seq for one in events] == list(range(len(events)))
    assert [one.event["seq"] for one in events] == [one.seq for one in events]
    assert {one.event["ws"] for one in events} == {tenant.workspace_id}


def test_time_does_not_go_back_though_the_clock_does(events: list[Stored]) -> None:
    times = [one.event["at"] for one in events]

    assert all(datetime.strptime(at, "%Y-%m-%dT%H:%M:%S.%fZ") and len(at) == 27 for at in times)  # noqa: DTZ007
    assert times == sorted(times)
    assert set(times) == {"2026-03-02T09:00:00.000000Z", "2026-03-04T09:00:00.000000Z"}


def test_each_plan_has_a_chain_without_gaps(events: list[Stored]) -> None:
    plans = {one.event["plan"] for one in events} - {None}
    assert len(plans) == 3

    for plan in plans:
        chain = [one for one in events if one.event["plan"] == plan]
        assert [one.event["plan_seq"] for one in chain] == list(range(1, len(chain) + 1))
        assert chain[0].event["prev"] is None
        for before, after in pairwise(chain):
            assert base64.b64decode(after.event["prev"], validate=True) == merkle.leaf_hash(before.body)
    assert all(one.event["plan_seq"] is one.event["prev"] is None for one in events if one.event["plan"] is None)


def test_the_head_is_the_root_of_all_leaves(events: list[Stored], owner: Owner, tenant: Tenant) -> None:
    query = "SELECT size, frontier, last_at FROM ledger_head WHERE workspace_id = %s"
    size, frontier, last_at = owner.execute(query, [tenant.workspace_id]).fetchone() or (0, b"", None)
    assert isinstance(frontier, bytes)
    assert isinstance(last_at, datetime)

    peaks = tuple(frontier[i : i + 32] for i in range(0, len(frontier), 32))

    assert [one.leaf for one in events] == [merkle.leaf_hash(one.body) for one in events]
    assert size == len(events)
    assert merkle.frontier_root(peaks) == merkle.root([one.leaf for one in events])
    assert last_at.isoformat() == "2026-03-04T09:00:00+00:00"


def test_the_ends_of_the_chains_are_written_down(events: list[Stored], owner: Owner, tenant: Tenant) -> None:
    query = "SELECT plan_id::text, events, last_leaf FROM ledger_plan WHERE workspace_id = %s"
    ends = {plan: (count, leaf) for plan, count, leaf in owner.execute(query, [tenant.workspace_id])}

    for plan, end in ends.items():
        chain = [one for one in events if one.event["plan"] == plan]
        assert end == (len(chain), chain[-1].leaf)


def test_each_disclosure_is_known_to_its_event(events: list[Stored], owner: Owner, tenant: Tenant) -> None:
    query = "SELECT seq, digest, disclosure FROM disclosure WHERE workspace_id = %s"
    said: dict[object, list[str]] = {}
    salts = []
    for seq, named, disclosure in owner.execute(query, [tenant.workspace_id]):
        assert isinstance(disclosure, str)
        salt, name, _ = json.loads(base64.urlsafe_b64decode(disclosure + "=" * (-len(disclosure) % 4)))
        assert digest(disclosure) == named
        assert len(base64.urlsafe_b64decode(salt + "==")) == 16
        assert name.isidentifier()
        said.setdefault(seq, []).append(named)
        salts.append(salt)

    assert len(salts) == len(set(salts)) > 20
    for one in events:
        assert one.event["sd"] == sorted(said.get(one.seq, []))
