"""New notices by the hundred: making rows of the ORM takes longer than storing them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.notices.models import facts_of
from app.notices.rules import NoticeKind, NoticeState


@dataclass(slots=True, kw_only=True)
class Arrival:
    """A notice before it is a row, with the columns of one, as a machine reports it: it names no deadline."""

    workspace_id: UUID
    id: UUID
    kind: str = NoticeKind.NOTIFICATION.value
    source: str
    external_id: str
    account_id: UUID
    category: str
    severity: str
    title: str
    text: str
    text_sha256: str
    received_at: datetime
    respond_by: None = None
    attempts_allowed: None = None
    attempts: int = 0
    evidence_window_days: None = None
    plan_requested: bool = False
    state: str = NoticeState.RECEIVED.value
    acknowledged_at: datetime | None = None
    responded_at: None = None
    ended_at: None = None
    plan_id: None = None
    submission: None = None
    version: int = 1
    created_at: datetime
    created_by: UUID

    def facts(self) -> dict[str, object]:
        return facts_of(self)

    def columns(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in _COLUMNS}

    def span(self) -> dict[str, Any]:
        """Return the columns of its first span."""
        names = ("workspace_id", "version", "state", "respond_by")
        return {"notice_id": self.id, "since": self.created_at} | {name: getattr(self, name) for name in names}


_COLUMNS = tuple(Arrival.__dataclass_fields__)
