"""What waits for somebody's decision: evidence to look at, requests, drafts, plans whose effect is to be judged.

Whoever may not decide something, because they did it or asked for it, with whichever key, is not shown it.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import psycopg as dialect

from app.commitments.queries import still_open
from app.core import db
from app.core.db import Read, workspace_of
from app.effectiveness.queries import is_action
from app.workspaces import four_eyes
from app.workspaces import queries as workspaces
from app.workspaces.models import Member
from app.workspaces.rules import SCOPES_OF, Role, Scope

_DIALECT = dialect.dialect()  # type: ignore[no-untyped-call]


class Wait(StrEnum):
    """What is to be decided."""

    VERIFICATION = "verification"
    EXTENSION = "extension"
    WAIVER = "waiver"
    AMENDMENT = "amendment"
    SIGN_OFF = "sign_off"
    EFFECTIVENESS = "effectiveness"


class Waiting(NamedTuple):
    """One thing that waits."""

    kind: str
    at: datetime
    """Since when."""
    id: UUID
    """Of the commitment, request, amendment or plan."""
    plan_id: UUID
    reference: str
    title: str
    reason: str | None
    """Why it was asked for."""
    by: UUID | None
    """Who did it or asked for it."""


class AskedWaiting(NamedTuple):
    """A question about what waits. None: for anybody, or not asked for."""

    member: UUID | None = None
    kind: Wait | None = None
    after: tuple[datetime, UUID] | None = None
    limit: int = 50


_COMMITMENT = "'POA-' || c.plan_number || '.' || c.number || coalesce('.' || c.occurrence, '')"
_REQUESTS = (
    "SELECT r.kind, r.requested_at AS at, r.id, c.plan_id, "
    f"{_COMMITMENT} AS reference, c.text AS title, r.reason, r.requested_by AS by "
    "FROM request r JOIN commitment c ON c.workspace_id = r.workspace_id AND c.id = r.commitment_id "
    "WHERE r.workspace_id = :ws AND r.state = 'requested' AND r.kind = '{kind}' "
    "AND r.requested_by <> ALL(CAST(:not AS uuid[]))"
)
_WINDOW = "make_interval(days => p.observation_days)"
_SOURCES = {
    Wait.VERIFICATION: "SELECT 'verification' AS kind, c.done_at AS at, c.id, c.plan_id, "
    f"{_COMMITMENT} AS reference, c.text AS title, NULL AS reason, c.done_by AS by FROM commitment c "
    "WHERE c.workspace_id = :ws AND c.state = 'done' AND c.done_by <> ALL(CAST(:not AS uuid[]))",
    Wait.EXTENSION: _REQUESTS.replace("{kind}", "extension"),
    Wait.WAIVER: _REQUESTS.replace("{kind}", "waiver"),
    Wait.AMENDMENT: "SELECT 'amendment' AS kind, a.requested_at AS at, a.id, a.plan_id, "
    "'POA-' || p.number AS reference, p.title, NULL AS reason, a.requested_by AS by "
    "FROM amendment a JOIN plan p ON p.workspace_id = a.workspace_id AND p.id = a.plan_id "
    "WHERE a.workspace_id = :ws AND a.state = 'requested' AND a.requested_by <> ALL(CAST(:not AS uuid[]))",
    Wait.SIGN_OFF: "SELECT 'sign_off' AS kind, p.created_at AS at, p.id, p.id AS plan_id, "
    "'POA-' || p.number AS reference, p.title, NULL AS reason, p.created_by AS by "
    "FROM plan p JOIN workspace w ON w.id = p.workspace_id WHERE p.workspace_id = :ws AND p.state = 'draft' "
    "AND w.four_eyes AND (p.signed_off_by IS NULL OR p.signed_off_by = ANY(p.authors)) "
    "AND NOT p.authors && CAST(:not AS uuid[])",
    Wait.EFFECTIVENESS: "SELECT 'effectiveness' AS kind, e.at, e.id, e.id AS plan_id, "
    "'POA-' || e.number AS reference, e.title, NULL AS reason, NULL::uuid AS by FROM ("
    f"SELECT p.id, p.number, p.title, max(c.done_at) + {_WINDOW} AS at "
    "FROM plan p JOIN commitment c ON c.workspace_id = p.workspace_id AND c.plan_number = p.number "
    "LEFT JOIN series s ON s.workspace_id = c.workspace_id AND s.id = c.series_id "
    # Nothing is done before its plan is written: where the window cannot be over, no commitment is looked at.
    f"WHERE p.workspace_id = :ws AND p.state = 'approved' AND p.created_at + {_WINDOW} <= :as_of "
    "AND NOT EXISTS (SELECT FROM effectiveness_check x "
    "WHERE x.workspace_id = p.workspace_id AND x.plan_id = p.id "
    "AND (x.outcome <> 'inconclusive' OR x.checked_at >= x.window_ends_at)) "
    f"AND {is_action('c', 's')} GROUP BY p.workspace_id, p.id "
    f"HAVING NOT bool_or({still_open('c')}) AND NOT coalesce(bool_or(c.done_by = ANY(CAST(:not AS uuid[]))), false)) e "
    "WHERE e.at <= :as_of",
}


def listed(session: Read, asked: AskedWaiting, *, at: datetime) -> Sequence[Waiting]:
    """Return up to *limit* things that wait for a decision, longest first; nothing for who may not decide."""
    if asked.member is not None:
        member = workspaces.one(session, Member, asked.member)
        if not member.active or Scope.APPROVE not in SCOPES_OF[Role(member.role)]:
            return []
    mine: set[UUID] = set()
    if asked.member is not None and workspaces.workspace(session).four_eyes:
        mine = four_eyes.hands(session, asked.member)
    after_at, after_id = asked.after or (None, None)
    values = {
        "ws": workspace_of(session),
        "not": list(mine),
        "as_of": at,
        "limit": asked.limit,
        "after_at": after_at,
        "after_id": after_id,
    }
    rows: list[Any] = db.run(session, _statement(asked.kind), values)
    return [Waiting(*row) for row in rows]


@cache
def _statement(kind: Wait | None) -> str:
    after = "(CAST(:after_at AS timestamptz), CAST(:after_id AS uuid))"
    # Each by itself as far as the page goes: of what is done, there may be very much.
    rows = " UNION ALL ".join(
        f"(SELECT w.* FROM ({sql}) w WHERE CAST(:after_at AS timestamptz) IS NULL OR (w.at, w.id) > {after} "
        "ORDER BY w.at, w.id LIMIT :limit)"
        for one, sql in _SOURCES.items()
        if kind in (None, one)
    )
    text = f"SELECT w.* FROM ({rows}) w ORDER BY w.at, w.id LIMIT :limit"
    return str(sa.text(text).compile(dialect=_DIALECT))
