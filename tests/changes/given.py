"""Asking for a change, and deciding on it, as requests."""

from typing import Any

from httpx2 import Response

from tests.client import Client

WHY = "The carrier collects the units on the 10th only."


def ask_extension(client: Client, commitment: str = "POA-1.1", **more: Any) -> Response:
    """Ask that it be due on 10 April 2026, unless said otherwise."""
    due = {} if "due_at" in more else {"due_on": "2026-04-10"}
    return client.post(f"/v1/commitments/{commitment}/extensions", json={"reason": WHY} | due | more)


def ask_waiver(client: Client, commitment: str = "POA-1.1", reason: str = "No longer sold.") -> Response:
    return client.post(f"/v1/commitments/{commitment}/waivers", json={"reason": reason})


def decide(client: Client, asked: Response, outcome: str = "granted", **more: Any) -> Response:
    """Decide on what was asked for, at its own address."""
    headers = more.pop("headers", {})
    body = {"outcome": outcome, "reason": "Confirmed in writing."} | more
    return client.post(f"{asked.headers['location']}/decision", json=body, headers=headers)


def withdraw(client: Client, asked: Response, **body: Any) -> Response:
    return client.post(f"{asked.headers['location']}/withdrawal", json=body)


def amend(client: Client, *promises: dict[str, Any], plan: str = "POA-1", **more: Any) -> Response:
    body = {"commitments": list(promises)} | more
    return client.post(f"/v1/plans/{plan}/amendments", json=body)


def added(**more: Any) -> dict[str, Any]:
    """A commitment that an amendment adds: Ada's, due on 1 May 2026, unless said otherwise."""
    due = {} if {"due_on", "due_at", "due_after_approval"} & more.keys() else {"due_on": "2026-05-01"}
    written = {"kind": "preventive", "text": "Check returns.", "owner": "ada@example.com", "why": "They asked for it."}
    return written | due | more


def ended(number: int = 1, from_on: str = "2026-04-01", **more: Any) -> dict[str, Any]:
    """That a recurring commitment ends on 1 April 2026, unless said otherwise."""
    return {"number": number, "from_on": from_on, "why": "The supplier is gone."} | more


def refusal(answer: Response) -> tuple[int, str, str]:
    """Return what a refusal says: status, type, and its sentence."""
    problem = answer.json()
    return answer.status_code, problem["type"].removeprefix("/problems/"), problem.get("detail", "")


def faults(answer: Response) -> list[tuple[str, str, str]]:
    """Return each wrong place: pointer, code, sentence."""
    assert answer.status_code in {409, 422}, answer.text
    return [(one["pointer"], one["code"], one["detail"]) for one in answer.json()["errors"]]


def events(api: Client, prefix: str) -> list[str]:
    """Return the types of the workspace's events that begin so, in order."""
    return [
        one["type"]
        for one in api.get("/v1/events", params={"limit": 200}).json()["data"]
        if one["type"].startswith(prefix)
    ]
