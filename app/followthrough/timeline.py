"""What happened about an item, newest first: what came in, what was planned, which promises were kept, which were not.

What came from outside stands where it is said to have happened: much is recorded later, some of it all at once. What
was done here stands where it was recorded.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from app.commitments.queries import still_open
from app.core.db import Read
from app.core.fields import EARLIEST, LATEST
from app.core.paging import CursorUnreadable, parse_cursor
from app.followthrough.items import MINE, NOTICES, PLANS, PROMISES, REFERENCE, About, ask

_CUT = 300
"""Characters of a promise that an entry repeats."""
_MOST = 2**31 - 1


class Happened(StrEnum):
    """What an entry says."""

    NOTICE_RECEIVED = "notice.received"
    NOTICE_ACKNOWLEDGED = "notice.acknowledged"
    NOTICE_RESPONDED = "notice.responded"
    NOTICE_REOPENED = "notice.reopened"
    NOTICE_CLOSED = "notice.closed"
    NOTICE_DISMISSED = "notice.dismissed"
    PLAN_DRAFTED = "plan.drafted"
    PLAN_SUBMITTED = "plan.submitted"
    PLAN_APPROVED = "plan.approved"
    PLAN_DENIED = "plan.denied"
    PLAN_ASKED = "plan.more_info_requested"
    COMMITMENT_KEPT = "commitment.kept"
    COMMITMENT_LATE = "commitment.late"
    COMMITMENT_OVERDUE = "commitment.overdue"
    COMMITMENT_WAIVED = "commitment.waived"


_SAYS = {
    Happened.NOTICE_RECEIVED: "received",
    Happened.NOTICE_ACKNOWLEDGED: "acknowledged",
    Happened.NOTICE_RESPONDED: "answered",
    Happened.NOTICE_REOPENED: "to be answered again",
    Happened.NOTICE_CLOSED: "closed",
    Happened.NOTICE_DISMISSED: "dismissed",
    Happened.PLAN_DRAFTED: "drafted",
    Happened.PLAN_SUBMITTED: "submitted",
    Happened.PLAN_APPROVED: "approved",
    Happened.PLAN_DENIED: "denied",
    Happened.PLAN_ASKED: "asked about",
    Happened.COMMITMENT_KEPT: "done on time",
    Happened.COMMITMENT_LATE: "done late",
    Happened.COMMITMENT_OVERDUE: "overdue",
    Happened.COMMITMENT_WAIVED: "waived",
}

# Each entry has a number that is its own among those of its subject: `at`, `n` and `id` are the key of a page.
_NOTICE = (
    "SELECT CASE s.version WHEN 1 THEN n.received_at ELSE s.since END AS at, s.version AS n, n.id, "
    "'notice.' || CASE WHEN s.version = 1 THEN 'received' WHEN s.state = 'acknowledged' AND b.state = 'responded' "
    "THEN 'reopened' ELSE s.state END AS kind, "
    "initcap(n.kind) AS what, NULL AS reference, n.title AS text "
    f"FROM {NOTICES} LEFT JOIN notice_span b ON b.workspace_id = s.workspace_id AND b.notice_id = s.notice_id "
    f"AND b.version = s.version - 1 WHERE {MINE} AND b.state IS DISTINCT FROM s.state"
)
_ATTEMPTS = "plans p JOIN submission a ON a.workspace_id = p.workspace_id AND a.plan_id = p.id"
_PLAN = "'POA-' || p.number AS what, 'POA-' || p.number AS reference, p.title AS text"
# No plan is written after its decision has come, even if all of that is recorded later.
_DRAFTED = (
    "SELECT least(p.created_at, (SELECT min(a.received_at) FROM submission a WHERE a.workspace_id = p.workspace_id "
    f"AND a.plan_id = p.id AND a.decided_at <= :as_of)) AS at, 0 AS n, p.id, 'plan.drafted' AS kind, {_PLAN} "
    "FROM plans p"
)
_SUBMITTED = (
    "SELECT least(a.submitted_at, CASE WHEN a.decided_at <= :as_of THEN a.received_at END) AS at, "
    f"2 * a.number - 1 AS n, p.id, 'plan.submitted' AS kind, {_PLAN} FROM {_ATTEMPTS} WHERE a.submitted_at <= :as_of"
)
_DECIDED = (
    f"SELECT a.received_at AS at, 2 * a.number AS n, p.id, 'plan.' || a.outcome AS kind, {_PLAN} "
    f"FROM {_ATTEMPTS} WHERE a.decided_at <= :as_of AND a.outcome IS NOT NULL"
)
# A span in which it is open is the one in which it became overdue, unless it begins so.
_BEGINS = "greatest(s.since, s.due_at)"
_COMMITMENT = (
    f"SELECT CASE WHEN {still_open('s')} THEN {_BEGINS} ELSE s.since END AS at, s.version AS n, c.id, "
    f"CASE WHEN {still_open('s')} THEN CASE WHEN {_BEGINS} <= :as_of AND coalesce(s.until > {_BEGINS}, true) "
    f"AND NOT (s.due_at <= s.since AND coalesce({still_open('b')} AND b.due_at <= s.since, false)) "
    "THEN 'commitment.overdue' END WHEN b.state IS NOT DISTINCT FROM s.state THEN NULL "
    "WHEN s.state = 'done' THEN CASE WHEN s.since < s.due_at THEN 'commitment.kept' ELSE 'commitment.late' END "
    "WHEN s.state = 'waived' THEN 'commitment.waived' END AS kind, "
    f"{REFERENCE} AS what, {REFERENCE} AS reference, c.text FROM {PROMISES} "
    "LEFT JOIN commitment_span b ON b.workspace_id = s.workspace_id AND b.commitment_id = s.commitment_id "
    "AND b.version = s.version - 1"
)
_EACH = (_NOTICE, _DRAFTED, _SUBMITTED, _DECIDED, _COMMITMENT)
_ALL = f"WITH {PLANS} SELECT e.* FROM ({' UNION ALL '.join(_EACH)}) e WHERE e.kind IS NOT NULL"
_LAST_FIRST = " ORDER BY e.at DESC, e.n DESC, e.id DESC LIMIT :limit"
_FIRST_PAGE = _ALL + _LAST_FIRST
_NEXT_PAGE = _ALL + " AND (e.at, e.n, e.id) < (:at, :n, :id)" + _LAST_FIRST


class Place(NamedTuple):
    """The key of an entry."""

    at: datetime
    n: int
    id: UUID


def entries(session: Read, about: About, *, after: Place | None, limit: int) -> list[Any]:
    """Return up to *limit* entries, newest first: at, n, id, kind, what it is, its reference, its words."""
    if after is None:
        return ask(session, _FIRST_PAGE, about, limit=limit)
    return ask(session, _NEXT_PAGE, about, limit=limit, **after._asdict())


def sentence(kind: Happened, what: str, text: str) -> str:
    """Say what happened: "POA-7.3 done late: Remove the remaining 212 units."."""
    return f"{what} {_SAYS[kind]}: {text if len(text) <= _CUT else text[: _CUT - 1] + '…'}"


def read_cursor(cursor: str) -> Place:
    """Return the key that a cursor holds; refuse one that we did not write."""
    at, n, id_ = parse_cursor(cursor, str, int, str)
    try:
        place = Place(datetime.fromisoformat(at), n, UUID(id_))
    except ValueError:
        raise CursorUnreadable from None
    if place.at.tzinfo is None or not EARLIEST <= place.at <= LATEST or not 0 <= n <= _MOST:
        raise CursorUnreadable
    return place
