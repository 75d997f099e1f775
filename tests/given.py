"""What is there before a test begins, said in the words of the domain. Everything goes through the API."""

from typing import Any

from tests.client import Client

NOTE = {"kind": "note", "text": "Removal order 90-3344 is closed."}
CAST = {
    "ada": {"name": "Ada Okafor", "email": "ada@example.com", "role": "admin"},
    "bo": {"name": "Bo Lindqvist", "email": "bo@example.com", "role": "approver"},
    "chidi": {"name": "Chidi Park", "email": "chidi@example.com", "role": "contributor"},
    "vera": {"name": "Vera Sol", "email": "vera@example.com", "role": "viewer"},
    "ren": {"name": "Ren Abara", "email": "ren@example.com", "role": "approver"},
}
APPROVAL = {"authority": "Amazon", "received_at": "2026-02-20T17:04:00Z", "reference": "case 1"}


class Given:
    """Builders. Each returns what the API answered."""

    def __init__(self, api: Client) -> None:
        self.api = api
        self._members: dict[str, Any] = {}

    def post(self, path: str, body: Any = None, status: int | None = None) -> Any:
        answer = self.api.post(path, json=body or {})
        assert answer.status_code == status if status else answer.is_success, answer.text
        return answer.json()

    def member(self, who: str) -> Any:
        """One of the cast, added when first named."""
        if who not in self._members:
            added = self.api.post("/v1/members", json=CAST[who])
            self._members[who] = added.json() if added.status_code == 201 else self._known(CAST[who]["email"])
        return self._members[who]

    def _known(self, email: str) -> Any:
        known = self.api.get("/v1/members", params={"limit": 200}).json()["data"]
        return next(one for one in known if one["email"] == email)

    def client_of(self, who: str, *scopes: str) -> Client:
        """A client with a key of that member."""
        member = self.member(who)
        made = self.post("/v1/api-keys", {"name": f"{who}'s", "member": member["id"], "scopes": scopes or _ALL[who]})
        return self.api.with_key(made["secret"])

    def promise(self, **more: Any) -> dict[str, Any]:
        """A commitment as written: Ada's, due on 1 April 2026, unless said otherwise."""
        owner = more.pop("owner", "ada")
        self.member(owner) if owner in CAST else None
        dues = {"due_on", "due_at", "due_after_approval"} & more.keys()
        due = {} if dues else {"due_on": "2026-04-01"}
        who = CAST[owner]["email"] if owner in CAST else owner
        return {"kind": "corrective", "text": "Remove the remaining 212 units.", "owner": who} | due | more

    def plan(self, *promises: dict[str, Any], zone: str = "America/Los_Angeles", **more: Any) -> Any:
        """An approved plan with these promises (one of Ada's if none is given)."""
        body = {
            "title": "Inauthentic complaints on B0C7XK2M4P",
            "timezone": zone,
            "items": [{"type": "asin", "ref": "B0C7XK2M4P"}],
            "commitments": list(promises) or [self.promise()],
            "approval": APPROVAL,
        }
        return self.post("/v1/plans", body | more, 201)

    def draft(self, *promises: dict[str, Any], **more: Any) -> Any:
        """A draft with these promises (one of Ada's if none is given)."""
        body = {
            "title": "Late shipments",
            "timezone": "Europe/Berlin",
            "commitments": list(promises) or [self.promise()],
        }
        return self.post("/v1/plans", body | more, 201)

    def sign_off(self, plan: str) -> Any:
        """A draft that somebody has read who writes none: Ren."""
        answer = self.client_of("ren").post(f"/v1/plans/{plan}/sign-off", json={})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def submit(self, plan: str, body: dict[str, Any] | None = None) -> Any:
        """A plan that was sent; a draft is signed off before."""
        if self.api.get(f"/v1/plans/{plan}").json()["state"] == "draft":
            self.sign_off(plan)
        return self.post(f"/v1/plans/{plan}/submissions", body)

    def notice(self, **more: Any) -> Any:
        """A notice about an item, to be answered within three days, that asks for a plan."""
        body = {
            "source": "amazon",
            "category": "authenticity",
            "title": "Inauthentic complaints on B0C7XK2M4P",
            "text": "We removed B0C7XK2M4P. Send a plan of action within 72 hours.",
            "received_at": "2026-03-01T17:04:00Z",
            "respond_by": "2026-03-04T17:04:00Z",
            "plan_requested": True,
            "items": [{"type": "asin", "ref": "B0C7XK2M4P"}],
        }
        if (more.get("respond_by") or "9") < str(body["received_at"]):
            # It came in before the deadline that it names.
            body["received_at"] = more["respond_by"]
        return self.post("/v1/notices", body | more)

    def commitment(self, *, zone: str = "America/Los_Angeles", **promise: Any) -> Any:
        """One commitment of an approved plan of its own."""
        plan = self.plan(self.promise(**promise), zone=zone)
        return self.api.get(f"/v1/commitments/{plan['reference']}.1").json()

    def evidence(self, commitment: str, text: str = "Removal order 90-3344 is closed.") -> Any:
        return self.post(f"/v1/commitments/{commitment}/evidence", {"kind": "note", "text": text}, 201)

    def done(self, commitment: str, **more: Any) -> Any:
        """A commitment, completed with a note."""
        evidence = {"kind": "note", "text": "Removal order 90-3344 is closed."}
        return self.post(f"/v1/commitments/{commitment}/completion", {"evidence": evidence} | more, 200)


_ALL = {
    "ada": ["read", "write", "approve", "admin"],
    "bo": ["read", "write", "approve"],
    "chidi": ["read", "write"],
    "vera": ["read"],
    "ren": ["read", "approve"],
}
