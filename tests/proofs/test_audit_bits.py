"""One flipped bit, in any column of any table, is found, and the audit says where."""

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI
from psycopg.types.json import Json

from app import worker
from app.commitments import announcements
from app.commitments.announcements import Moment
from app.core import db
from app.ledger import checkpoint, note, signer
from app.ledger.note import Signer
from app.proofs import audit
from app.proofs.audit_seals import Trust
from tests import tsa
from tests.client import Client
from tests.conftest import Clock, new_tenant
from tests.files.filing import invoice
from tests.files.samples import PDF
from tests.given import Given
from tests.ingest import samples

Owner = psycopg.Connection[Any]

UNCOVERED = {
    **dict.fromkeys(
        (
            *("workspace.created_at", "member.created_at", "account.created_at", "api_key.created_at"),
            *("plan.created_at", "commitment.created_at", "evidence.added_at", "submission.decided_at"),
            *("plan.signed_off_at", "notice.created_at", "notice_span.since"),
            *("message.received_at", "subscription.created_at", "verification.at"),
            *("checkpoint.sealed_at", "announcement.at", "commitment_span.since", "escalation_rule.created_at"),
        ),
        "the clock of the server that wrote it; the event has the time that counts, which may be later",
    ),
    "cosignature.added_at": "when it was fetched; the time that counts is in the signed line",
    "timestamp_token.added_at": "when it was fetched; the time that counts is in the token",
    "timestamp_token.tsa": "what this server calls the authority; the token says who it is",
    **dict.fromkeys(
        [f"file.{name}" for name in ("uploaded_by", "uploaded_at", "kept_until")],
        "no event: an upload says nothing until evidence names it",
    ),
    "message.deliveries": "no event: that a message came again says nothing new",
    "digest.address": "holds secrets, which the ledger must not help to guess",
    **dict.fromkeys(
        [f"digest_delivery.{name}" for name in ("day", "member_id", "state", "attempts", "at", "token_hash")],
        "no event: a guard against sending twice; proofs never read it",
    ),
    "api_key.hash": "of a secret that the ledger must not help to guess",
    "api_key.last_used_at": "no event: it says nothing about what was promised or done",
    **dict.fromkeys(
        [f"idempotency.{name}" for name in ("key_id", "key", "fingerprint", "status", "headers", "body", "created_at")],
        "answers to be given again for seven days; proofs never read them",
    ),
}
"""Columns that the ledger does not cover, and why."""

COLUMNS = (
    "SELECT c.table_name, c.column_name FROM information_schema.columns c JOIN information_schema.tables t "
    "USING (table_schema, table_name) WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' "
    "AND c.table_name <> 'alembic_version' ORDER BY 1, 2"
)
PLACES = {
    "ledger_event": "event",
    "ledger_head": "head",
    "disclosure": "event",
    "timestamp_token": "timestamp",
    "submission": "attempt|submission",
    "tile": "tile",
    "evidence": "evidence",
    "announcement": "announcement",
    "effectiveness_check": "effectiveness_check",
}
"""What the audit calls the rows of a table, where it is not the table's name."""


class Watched:
    """A workspace in which everything there is was written, sealed and vouched for."""

    def __init__(self, app: FastAPI, running: Client, folder: Path) -> None:
        self.engine = app.state.engine
        app.state.clock = clock = Clock()
        tenant = new_tenant(app, "Ada's shop")
        self.id = UUID(tenant.workspace_id)
        self.trust = self._fill(Given(running.with_key(tenant.key, clock)), signer.opened(folder, "log.example"), clock)

    def faults(self) -> list[str]:
        return audit.check(self.engine, self.id, trust=self.trust, progress=lambda *_: None).faults

    def _fill(self, given: Given, ring: signer.Keyring, clock: Clock) -> Trust:
        causes = [{"key": "supplier", "area": "supplier", "statement": "It lied."}]
        account = given.post("/v1/accounts", {"marketplace": "amazon.com", "external_id": "A1", "timezone": "UTC"})
        self._ingest(given, account["id"])
        weekly = given.promise(
            recurrence="FREQ=WEEKLY;COUNT=3",
            except_on=["2026-04-08"],
            root_causes=["supplier"],
            due_at="2026-04-01T10:00:00Z",
        )
        weekly.pop("due_on", None)
        full = {"authority": "Amazon", "received_at": "2026-02-20T17:04:00Z", "reference": "case 1", "text": "Yes."}
        answered = [
            given.notice(external_id="case 1", account=account["id"], attempts_allowed=2, evidence_window_days=365)[
                "id"
            ]
        ]
        more = {"account": account["id"], "notices": answered, "approval": full}
        given.plan(weekly, given.promise(), root_causes=causes, **more)
        checkpoint.seal(self.engine, self.id, ring, at=clock())
        given.post("/v1/commitments/POA-1.2/start")
        given.done("POA-1.2", performed_on="2026-03-01")
        link = {"kind": "link", "url": "https://a.example/", "title": "Letter", "document_on": "2026-03-01"}
        given.post("/v1/commitments/POA-1.1.1/evidence", link)
        self._file(given)
        given.draft()
        given.post("/v1/plans/POA-2/evidence", link | {"items": ["asin:B0C7XK2M4P"]})
        given.submit("POA-2", {"text": "Please."})
        for said in ("dismissal", {"reason": "Not ours."}), ("response", {"note": "It is in stock."}):
            given.post(f"/v1/notices/{given.notice()['id']}/{said[0]}", said[1])
        asked = {"outcome": "more_info_requested", "authority": "Amazon", "received_at": "2026-03-01T00:00:00Z"}
        given.post("/v1/plans/POA-2/decision", asked | {"text": "Why?", "reference": "case 2"})
        given.submit("POA-2", {"text": "Because."})
        self._change(given)
        soon = {
            "name": "Bot",
            "scopes": ["read"],
            "expires_at": "2027-01-01T00:00:00Z",
            "member": given.member("ada")["id"],
        }
        key = given.post("/v1/api-keys", soon)
        given.post(f"/v1/api-keys/{key['id']}/rotation")
        given.api.patch(f"/v1/digests/{given.member('ada')['id']}", json={"hour": 7, "timezone": "Europe/Berlin"})
        clock.set("2026-05-01T00:00:00Z")
        with db.writing(self.engine, self.id) as tx:
            announcements.announce(tx, Moment.OVERDUE, at=clock(), ahead=timedelta(days=3))
        self._escalate(given, account["id"], clock)
        made = checkpoint.seal(self.engine, self.id, ring, at=clock())
        assert made
        return self._vouch(made.note, made.size, Trust(signer.verifier_keys(ring, self.id)))

    def _file(self, given: Given) -> None:
        """A file as evidence, and another in its place."""
        path = "/v1/commitments/POA-1.1.1/evidence"
        piece = given.post(path, invoice(given.api), 201)
        right = {"reason": "It was another's.", "evidence": invoice(given.api, PDF + b"2")}
        given.post(f"{path}/{piece['id']}/supersession", right, 201)

    def _change(self, given: Given) -> None:
        """What follows an approval: verdicts, requests, an amendment, a check."""
        given.api.patch("/v1/workspace", json={"four_eyes": False})
        for said in {"outcome": "rejected", "reason": "The order is open."}, {"outcome": "verified", "reason": "Seen."}:
            given.post("/v1/commitments/POA-1.2/verification", said)
            if said["outcome"] == "rejected":
                given.done("POA-1.2", performed_on="2026-03-01")
        decided = {"outcome": "granted", "reason": "Agreed."}
        later = given.post("/v1/commitments/POA-1.1.1/extensions", {"due_on": "2026-04-04", "reason": "Late."})
        given.post(f"/v1/extensions/{later['id']}/decision", decided)
        never = given.post("/v1/commitments/POA-1.1.2/waivers", {"reason": "Holiday."})
        given.post(f"/v1/waivers/{never['id']}/decision", decided)
        more = {"kind": "corrective", "text": "Look again.", "owner": "ada@example.com", "why": "Asked for."}
        daily = more | {"due_on": "2026-03-04", "recurrence": "FREQ=DAILY;COUNT=2"}
        for amended in (
            {"commitments": [more | {"due_on": "2026-03-09"}, daily]},
            {"ends": [{"number": 1, "from_on": "2026-05-01", "why": "Enough."}]},
        ):
            asked = given.post("/v1/plans/POA-1/amendments", amended)
            said = decided | {"authority": "Amazon", "reference": "case 3"}
            given.post(f"/v1/amendments/{asked['id']}/decision", said)
        for one in "1.1.1", "1.3", "1.4.1", "1.4.2":
            given.done(f"POA-{one}")
        given.post("/v1/plans/POA-1/effectiveness", {"outcome": "inconclusive", "reason": "Too early."})
        given.plan()

    def _escalate(self, given: Given, account: str, clock: Clock) -> None:
        """What stands by two rules, and some that stood before one of them was changed."""
        late = {"name": "Late", "level": 1, "tell": [given.member("ada")["id"]]}
        narrow = {"owner": "ada@example.com", "account": account, "kind": "corrective", "count": 1}
        given.post("/v1/escalation-rules", late | narrow)
        rule = given.post("/v1/escalation-rules", late)["id"]
        worker.escalate(self.engine, self.id, at=clock())
        given.api.patch(f"/v1/escalation-rules/{rule}", json={"level": 3})
        worker.escalate(self.engine, self.id, at=clock())

    def _ingest(self, given: Given, account: str) -> None:
        """Messages of every kind, one that waits, one that waited."""
        odd = samples.sample("listing-issues", SellerId="A1") | {"Colour": "teal"}
        given.post("/v1/ingest/amazon", [odd, samples.anew(samples.sample("listing-issues"))])
        given.post(f"/v1/ingest/amazon?account={account}", samples.sample("report"))
        given.post("/v1/ingest/amazon", samples.sample("account-status"))
        given.post("/v1/ingest/subscriptions", {"subscription": samples.SUBSCRIPTION, "account": account})
        given.post("/v1/ingest/amazon", samples.sample("listing-issues", SellerId="A2") | {"NotificationMetadata": {}})

    def _vouch(self, text: str, size: int, trust: Trust) -> Trust:
        witness = Signer("witness.example", Ed25519PrivateKey.generate(), note.COSIGNATURE)
        line = note.format_signature(note.cosign(text.rpartition("\n\n")[0] + "\n", witness, at=tsa.AT))
        root = tsa.root()
        token = tsa.Token(tsa.stamper(root), sha256(text.encode()).digest()).reply()
        with db.writing(self.engine, self.id) as tx:
            mine = {"ws": self.id, "size": size, "line": line, "token": token}
            db.run(tx, "INSERT INTO cosignature VALUES (%(ws)s, 1, %(size)s, 'witness.example', %(line)s, now())", mine)
            db.run(tx, "INSERT INTO timestamp_token VALUES (%(ws)s, 1, %(size)s, 'tsa', %(token)s, now())", mine)
        return Trust([*trust.keys, witness.key], [root.der])


@pytest.fixture(scope="module")
def watched(app: FastAPI, running: Client, tmp_path_factory: pytest.TempPathFactory) -> Watched:
    return Watched(app, running, tmp_path_factory.mktemp("signer"))


def test_what_is_whole_is_clean(watched: Watched) -> None:
    assert watched.faults() == []


@pytest.mark.slow
def test_a_flipped_bit_is_found_where_it_is(watched: Watched, url: str) -> None:
    silent = []
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("SET session_replication_role = replica")
        for table, column in owner.execute(COLUMNS).fetchall():
            if (
                f"{table}.{column}" not in UNCOVERED
                and column != "workspace_id"
                and (table, column) != ("workspace", "id")
            ):
                silent += _silent(watched, owner, table, column)

    assert silent == []


def _silent(watched: Watched, owner: Owner, table: str, column: str) -> Iterator[str]:
    """Flip a bit in some rows, one after another, and yield each change that the audit does not name."""
    mine = "id" if table == "workspace" else "workspace_id"
    rows = owner.execute(
        f"SELECT ctid::text, {column} FROM {table} WHERE {mine} = %s AND {column} IS NOT NULL", [watched.id]
    ).fetchall()
    rows = [row for row in rows if row[1] not in ([], b"", "")]
    assert rows, f"nothing is in {table}.{column}"
    for place, value in random.sample(rows, min(2, len(rows))):
        flipped = _flip(value)
        kind = "::json" if isinstance(value, list) and table == "submission" else ""
        update = f"UPDATE {table} SET {column} = %s{kind} WHERE {mine} = %s AND ctid = %s::tid RETURNING ctid::text"
        new, old = (Json(flipped), Json(value)) if kind else (flipped, value)
        try:
            (now,) = owner.execute(update, [new, watched.id, place]).fetchone() or ("",)
        except psycopg.errors.IntegrityError:
            continue
        names = PLACES.get(table, table).split("|")
        faults = watched.faults()
        if not any(name in fault for name in names for fault in faults):
            yield f"{table}.{column}: {value!r} to {flipped!r}: {faults[:3]}"
        owner.execute(update, [old, watched.id, now])


def _flip(value: Any) -> Any:  # noqa: PLR0911 - one for each kind
    """Return *value* with one bit of it changed, or its smallest neighbour."""
    match value:
        case bool():
            return not value
        case int():
            return value ^ 1 << random.randrange(12)
        case bytes():
            at = random.randrange(len(value))
            return value[:at] + bytes([value[at] ^ 1 << random.randrange(8)]) + value[at + 1 :]
        case UUID():
            return UUID(int=value.int ^ 1 << random.randrange(128))
        case datetime():
            return value + timedelta(microseconds=1 << random.randrange(30))
        case date():
            return value + timedelta(days=1)
        case list():
            return type(value)([_flip(value[0]), *value[1:]])
        case _:
            at = random.randrange(len(value))
            return value[:at] + chr(ord(value[at]) ^ 1 << random.randrange(5)).replace("\0", "?") + value[at + 1 :]
