"""Escalation rules, and what stands by them."""

from typing import Any

from tests.client import Client
from tests.given import Given


def rule(given: Given, **more: Any) -> Any:
    """A rule that tells Bo of level 1 what is overdue, unless said otherwise."""
    for who in ("ada", "bo"):
        given.member(who)
    return given.post("/v1/escalation-rules", {"name": "Late", "level": 1, "tell": ["bo@example.com"]} | more, 201)


def standing(api: Client, **query: Any) -> list[Any]:
    """What stands escalated."""
    answer = api.get("/v1/escalations", params=query)
    assert answer.status_code == 200, answer.text
    found: list[Any] = answer.json()["data"]
    return found
