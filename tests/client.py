"""The client of the tests: the application in process, a key, and the clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from starlette.testclient import TestClient

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI


class Client(TestClient):
    """Speaks to the application as the holder of one key would."""

    def __init__(self, app: FastAPI, key: str | None = None, clock: Any = None) -> None:
        super().__init__(app, raise_server_exceptions=False, headers={"Authorization": f"Bearer {key}"} if key else {})
        self.clock = clock

    def with_key(self, key: str | None, clock: Callable[[], object] | None = None) -> Client:
        """Return a client with that key on the application that this one started."""
        other = Client(self.app, key, clock or self.clock)  # type: ignore[arg-type]
        other.portal = self.portal
        return other

    def at(self, instant: str) -> Self:
        """Go on at that instant."""
        self.clock.set(instant)
        return self

    def overdue(self, **query: Any) -> list[str]:
        """Return the references of all that is overdue."""
        answer = self.get("/v1/overdue", params={"limit": 200, **query})
        assert answer.status_code == 200, answer.text
        return [item["reference"] for item in answer.json()["data"]]
