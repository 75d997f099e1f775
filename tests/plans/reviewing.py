"""Cases for a reviewer: a plan of which nothing has to be said, but for what is given."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from app.notices.rules import NoticeState
from app.plans import readiness
from app.plans.readiness import Asked, Case, Shown
from app.plans.rules import PlanState

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def asked(*items: str, **more: Any) -> Asked:
    said: dict[str, Any] = {
        "title": "Complaint",
        "state": NoticeState.RECEIVED,
        "items": items,
        "respond_by": None,
        "attempts_allowed": None,
        "attempts": 0,
        "evidence_window_days": None,
        "received_at": AT,
    }
    return Asked(**said | more)


def shown(document_on: str | None, *items: str, name: str = "Invoice 7") -> Shown:
    return Shown(name=name, items=items, document_on=date.fromisoformat(document_on) if document_on else None)


def promise(*items: str, text: str = "?", kind: str = "corrective", causes: tuple[str, ...] = ("a",)) -> dict[str, Any]:
    return {"kind": kind, "text": text, "root_causes": list(causes), "items": list(items)}


def case(
    *notices: Asked,
    evidence: tuple[Shown, ...] = (),
    promises: tuple[dict[str, Any], ...] | None = None,
    items: tuple[str, ...] = (),
    **more: Any,
) -> Case:
    """A plan of which nothing has to be said, but for what is given."""
    content = {
        "timezone": "America/Los_Angeles",
        "notices": [str(n) for n in range(len(notices))],
        "items": [dict(zip(("type", "ref"), one.split(":"), strict=True)) for one in items],
        "root_causes": [{"key": "a"}],
        "commitments": list((promise(), promise(kind="preventive")) if promises is None else promises),
    }
    said: dict[str, Any] = {"state": PlanState.DRAFT, "is_signed_off": True, "four_eyes": True}
    return Case(content=content, notices=notices, evidence=evidence, **said | more)


def told(one: Case, at: datetime = AT) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.code) for fault in readiness.hints(one, at=at)]


def detail(one: Case, at: datetime = AT) -> str:
    (fault,) = readiness.hints(one, at=at)
    return fault.detail
