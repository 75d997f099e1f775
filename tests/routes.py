"""Every operation of the API, read from its contract: what holds for all of them is tested for all of them."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from httpx2 import Response

from app.core.config import Settings
from app.ledger import checkpoint, signer
from app.main import create_app
from tests.client import Client
from tests.files.filing import invoice
from tests.given import APPROVAL, NOTE, Given
from tests.ingest.samples import sample

MISSING = str(UUID(int=0))

AMENDMENT: dict[str, Any] = {
    "commitments": [
        {
            "kind": "preventive",
            "text": "Check returns.",
            "owner": "ada@example.com",
            "due_on": "2026-05-01",
            "why": "They asked for it.",
        }
    ]
}
BODIES: dict[str, Any] = {
    "POST /v1/plans": {"title": "Late shipments"},
    "POST /v1/plans/parse": {"text": "Root cause: the carrier was late."},
    "PATCH /v1/plans/{plan}": {"title": "Later shipments"},
    "POST /v1/plans/{plan}/submissions": {},
    "POST /v1/plans/{plan}/decision": APPROVAL | {"outcome": "denied"},
    "POST /v1/plans/{plan}/withdrawal": {"reason": "No longer sold."},
    "POST /v1/commitments/{commitment}/start": {},
    "POST /v1/commitments/{commitment}/pause": {},
    "POST /v1/commitments/{commitment}/evidence": {"kind": "note", "text": "Removed."},
    "POST /v1/commitments/{commitment}/completion": {"evidence": {"kind": "note", "text": "Removed."}},
    "POST /v1/commitments/{commitment}/reassignment": {"owner": "ada@example.com"},
    "POST /v1/commitments/{commitment}/verification": {"outcome": "verified"},
    "POST /v1/commitments/{commitment}/extensions": {"due_on": "2026-05-01", "reason": "The carrier comes late."},
    "POST /v1/extensions/{extension}/decision": {"outcome": "granted", "reason": "Confirmed."},
    "POST /v1/extensions/{extension}/withdrawal": {},
    "POST /v1/commitments/{commitment}/waivers": {"reason": "No longer sold."},
    "POST /v1/waivers/{waiver}/decision": {"outcome": "granted", "reason": "Confirmed."},
    "POST /v1/waivers/{waiver}/withdrawal": {},
    "POST /v1/plans/{plan}/amendments": AMENDMENT,
    "POST /v1/amendments/{amendment}/decision": {"outcome": "granted", "reason": "Confirmed."},
    "POST /v1/amendments/{amendment}/withdrawal": {},
    "POST /v1/plans/{plan}/effectiveness": {"outcome": "inconclusive", "reason": "Too few orders."},
    "POST /v1/notices": {"category": "safety", "title": "Complaint", "text": "It broke."},
    "PATCH /v1/notices/{notice}": {"severity": "critical"},
    "POST /v1/notices/{notice}/acknowledgement": {},
    "POST /v1/notices/{notice}/dismissal": {"reason": "Not ours."},
    "POST /v1/notices/{notice}/response": {"note": "It is in stock."},
    "POST /v1/notices/{notice}/closure": {},
    "POST /v1/notices/{notice}/plan": {},
    "POST /v1/plans/{plan}/evidence": {"kind": "note", "text": "Invoice 7."},
    "POST /v1/plans/{plan}/sign-off": {},
    "POST /v1/ingest/amazon": {"hello": "world"},
    "POST /v1/ingest/unresolved/resolution": {},
    "POST /v1/ingest/unresolved/{message}/resolution": {"account": MISSING},
    "POST /v1/ingest/subscriptions": {"subscription": "sub-1", "account": MISSING},
    "POST /v1/files": {"any": "bytes"},
    "POST /v1/commitments/{commitment}/evidence/{piece}/supersession": (
        wrong := {"reason": "It was another's.", "evidence": {"kind": "note", "text": "Removed."}}
    ),
    "POST /v1/plans/{plan}/evidence/{piece}/supersession": wrong,
    "PATCH /v1/workspace": {"four_eyes": False},
    "POST /v1/members": {"name": "Dee", "email": "dee@example.com"},
    "PATCH /v1/members/{member}": {"name": "Dee"},
    "PATCH /v1/digests/{member}": {"hour": 7},
    "POST /v1/accounts": {"marketplace": "amazon.com", "external_id": "A2", "timezone": "UTC"},
    "POST /v1/api-keys": {"name": "Bot", "scopes": ["read"]},
    "POST /v1/api-keys/{key}/rotation": {},
    "POST /v1/erasures": {"subject": MISSING},
    "POST /v1/escalation-rules": {"name": "Late", "level": 1, "tell": ["ada@example.com"]},
    "PATCH /v1/escalation-rules/{rule}": {"level": 2},
}
"""A body that each writing operation accepts."""


@dataclass(frozen=True)
class Operation:
    """One method of one address."""

    method: str
    template: str
    parameters: frozenset[str]
    """The headers and query parameters that it declares."""

    def __str__(self) -> str:
        return f"{self.method} {self.template}"

    @property
    def names_one(self) -> bool:
        return "{" in self.template

    def path(self, names: dict[str, str] | None = None) -> str:
        """Return its address with *names* filled in, or those of things that are not there."""
        absent = {"plan": "POA-999", "commitment": "POA-999.1", "member": MISSING, "account": MISSING, "key": MISSING}
        absent |= dict.fromkeys(("extension", "waiver", "amendment"), MISSING)
        absent |= {
            "type": "asin",
            "ref": "B000000000",
            "notice": MISSING,
            "message": MISSING,
            "piece": MISSING,
            "sha256": "0" * 64,
            "rule": MISSING,
            "event": "999999",
            "level": "0",
            "tile": "x999/999",
        }
        names = names or {}
        if self.template.startswith("/v1/plans/") and "of_plan" in names:
            names = names | {"piece": names["of_plan"]}
        return self.template.format(**(absent | names))

    def ask(self, client: Client, names: dict[str, str] | None = None, **options: Any) -> Response:
        """Send it with a body that would be accepted."""
        body = {"json": BODIES[str(self)]} if self.method in {"POST", "PATCH"} else {}
        if names and body.get("json", {}).get("account") == MISSING:
            body["json"] = body["json"] | {"account": names["account"]}
        return client.request(self.method, self.path(names), **(body | options))


@cache
def operations() -> tuple[Operation, ...]:
    """Return every operation there is, without a database."""
    document = create_app(Settings(_env_file=None), "postgresql:///nothing").openapi()  # type: ignore[call-arg]
    return tuple(
        Operation(verb.upper(), path, frozenset(one["name"] for one in operation.get("parameters", ())))
        for path, item in document["paths"].items()
        for verb, operation in item.items()
    )


def reads() -> tuple[Operation, ...]:
    return tuple(one for one in operations() if one.method == "GET")


def one_of_each(given: Given) -> dict[str, str]:
    """Return the names, as paths have them, of one of each thing of that workspace, all of them made now."""
    notice = given.notice()["id"]
    plan = given.plan(*(given.promise() for _ in range(3)), notices=[given.notice()["id"]])
    first, second, third = (f"/v1/commitments/{plan['reference']}.{number}" for number in (1, 2, 3))
    body = {"marketplace": "amazon.com", "external_id": "A1", "timezone": "UTC"}
    account = given.post("/v1/accounts", body)["id"]
    taken = given.post(f"/v1/ingest/amazon?account={account}", sample("report"))
    given.post("/v1/ingest/subscriptions", {"subscription": "sub-1", "account": account})
    piece = given.post("/v1/commitments/POA-1.1/evidence", invoice(given.api))
    return {
        "plan": plan["id"],
        "piece": piece["id"],
        "of_plan": given.post(f"/v1/plans/{plan['id']}/evidence", NOTE)["id"],
        "sha256": piece["sha256"],
        "message": taken["data"][0]["message"],
        "notice": notice,
        "commitment": given.api.get(first).json()["id"],
        "extension": given.post(f"{second}/extensions", {"due_on": "2026-05-01", "reason": "Late."})["id"],
        "waiver": given.post(f"{third}/waivers", {"reason": "No longer sold."})["id"],
        "amendment": given.post(f"/v1/plans/{plan['id']}/amendments", AMENDMENT)["id"],
        "member": given.member("ada")["id"],
        "account": account,
        "rule": given.post("/v1/escalation-rules", {"name": "Late", "level": 1, "tell": ["ada@example.com"]})["id"],
        "key": given.post("/v1/api-keys", {"name": "Bot", "scopes": ["read"]})["id"],
        "event": "0",
        "level": "0",
        "tile": "000.p/1",
        "type": "asin",
        "ref": "B0C7XK2M4P",
    }


def seal(given: Given) -> None:
    """Seal what was written in that workspace, as a worker does."""
    api = given.api
    with TemporaryDirectory() as folder:
        ring = signer.opened(Path(folder), "log.example")
        workspace = UUID(api.get("/v1/workspace").json()["id"])
        checkpoint.seal(api.app.state.engine, workspace, ring, at=api.clock())  # type: ignore[attr-defined]
