"""What needs someone now, most urgent first, with why: one statement over notices, commitments and plans.

By rank first: whatever a marketplace waits for comes before what was promised to it, and that before what is in our own
hands. Within a rank, the earliest deadline or the longest wait.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from app.commitments.queries import overdue
from app.core.fields import EARLIEST, LATEST
from app.core.paging import CursorUnreadable, format_cursor, parse_cursor
from app.followthrough.json_sql import escaped, instant, instant_text, optional, quoted, written
from app.followthrough.notice_schemas import Reason
from app.notices.queries import awaiting, ignored, response_due_soon, response_overdue

RANKS = {reason: rank for rank, reason in enumerate(Reason)}

_LEFT = (
    "CASE WHEN n.attempts_allowed IS NULL THEN '' ELSE '; ' || greatest(0, n.attempts_allowed - n.attempts) || ' of ' "
    "|| n.attempts_allowed || ' attempts left' END || '.'"
)
_NOTICE = "notice n WHERE n.workspace_id = :ws"
_PLAN = (
    "plan p JOIN submission s ON s.workspace_id = p.workspace_id AND s.plan_id = p.id AND s.number = p.attempts WHERE"
)
_DRAFT = "plan p JOIN workspace w ON w.id = p.workspace_id WHERE"
# As `plans.queries.is_read` has it, but for keys that are nobody's: by somebody who wrote none of it.
_UNREAD = "w.four_eyes AND (p.signed_off_by IS NULL OR p.signed_off_by = ANY(p.authors))"
_OWNED = (
    "commitment c JOIN plan p ON p.workspace_id = c.workspace_id AND p.id = c.plan_id "
    "JOIN member m ON m.workspace_id = c.workspace_id AND m.id = c.owner_id"
)
_COMMITMENT = f"{_OWNED} WHERE c.workspace_id = :ws"
_REQUEST = (
    f"{_OWNED} JOIN request r ON r.workspace_id = c.workspace_id AND r.commitment_id = c.id WHERE c.workspace_id = :ws"
)


class _Source(NamedTuple):
    """Where things come from that need someone for one reason: their rows, and what is said of each."""

    rows: str
    at: str
    why: str
    alias: str
    account: str = "p.account_id"


def _of_plan(state: str, at: str, why: str) -> _Source:
    return _Source(f"{_PLAN} p.workspace_id = :ws AND p.state = '{state}'", at, why, "p")


def _of_draft(condition: str, at: str, why: str) -> _Source:
    return _Source(f"{_DRAFT} p.workspace_id = :ws AND p.state = 'draft' AND {condition}", at, why, "p")


_SOURCES = {
    Reason.RESPONSE_OVERDUE: _Source(
        f"{_NOTICE} AND {response_overdue('n')}",
        "n.respond_by",
        f"'No answer by ' || {instant_text('n.respond_by')} || {_LEFT}",
        *("n", "n.account_id"),
    ),
    Reason.RESPONSE_DUE_SOON: _Source(
        f"{_NOTICE} AND {response_due_soon('n')}",
        "n.respond_by",
        f"'Answer it by ' || {instant_text('n.respond_by')} || {_LEFT}",
        *("n", "n.account_id"),
    ),
    Reason.NOTICE_IGNORED: _Source(
        # One whose deadline is near is listed for that already.
        f"{_NOTICE} AND {ignored('n')} AND (n.respond_by IS NULL OR n.respond_by > :until)",
        "n.received_at",
        "'Nobody has taken note of it since ' || to_char(n.received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') || '.'",
        *("n", "n.account_id"),
    ),
    Reason.MESSAGE_UNRESOLVED: _Source(
        "message i WHERE i.workspace_id = :ws AND i.status = 'unresolved'",
        "i.received_at",
        "'It came in, and nobody has said which account it concerns.'",
        *("i", "i.account_id"),
    ),
    Reason.COMMITMENT_OVERDUE: _Source(
        f"{_COMMITMENT} AND {overdue('c')}", "c.due_at", "'It was due on ' || c.due_on || '.'", "c"
    ),
    Reason.MORE_INFO_REQUESTED: _of_plan(
        "more_info_requested", "s.received_at", "'The authority asks for more: answer it, the attempt stays open.'"
    ),
    Reason.PLAN_DENIED: _of_plan(
        "denied", "s.received_at", "'Attempt ' || s.number || ' was denied: change the plan, or withdraw it.'"
    ),
    Reason.REQUEST_PENDING: _Source(
        f"{_REQUEST} AND r.state = 'requested'",
        "r.requested_at",
        "CASE r.kind WHEN 'waiver' THEN 'A waiver' ELSE 'An extension to ' || r.due_on END "
        "|| ' is asked for: somebody else than who asked decides.'",
        "c",
    ),
    Reason.AMENDMENT_PENDING: _Source(
        "plan p JOIN amendment a ON a.workspace_id = p.workspace_id AND a.plan_id = p.id "
        "WHERE p.workspace_id = :ws AND a.state = 'requested'",
        "a.requested_at",
        "'Amendment ' || a.number || ' is asked for: somebody else than who asked decides.'",
        "p",
    ),
    Reason.SIGN_OFF_PENDING: _of_draft(
        _UNREAD,
        "p.created_at",
        "'A draft: somebody else than its authors signs it off before it is sent.'",
    ),
    Reason.READY_TO_SEND: _of_draft(
        f"NOT ({_UNREAD})",
        "coalesce(p.signed_off_at, p.created_at)",
        "CASE WHEN p.signed_off_at IS NULL THEN 'A draft that was not sent.' ELSE 'Signed off, and not sent.' END",
    ),
    Reason.DECISION_PENDING: _of_plan(
        "submitted", "s.submitted_at", "'Sent as attempt ' || s.number || ': record what the authority decides.'"
    ),
    Reason.VERIFICATION_PENDING: _Source(
        f"{_COMMITMENT} AND c.state = 'done'",
        "c.done_at",
        "'Done, and nobody else has looked at the evidence yet.'",
        "c",
    ),
}
_KINDS = {"n": "notices", "i": "ingest/messages", "c": "commitments", "p": "plans"}
_TITLES = {"n": "n.title", "i": "i.type", "c": "c.text", "p": "p.title"}
_REFERENCES = {
    "n": "NULL::text",
    "i": "NULL::text",
    "c": "'POA-' || c.plan_number || '.' || c.number || coalesce('.' || c.occurrence, '')",
    "p": "'POA-' || p.number",
}
_OWNER = {"id": quoted("m.id"), "name": escaped("m.name"), "email": escaped("m.email")}


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedAttention:
    """A question about what needs someone. None: not asked for."""

    as_of: datetime
    until: datetime
    reason: Reason | None = None
    account: UUID | None = None
    limit: int = 50
    after_rank: int | None = None
    after_at: datetime | None = None
    after_id: UUID | None = None

    def parameters(self) -> dict[str, Any]:
        """Return the values that the statement takes, by name."""
        named = ("as_of", "until", "account", "limit", "after_at", "after_id")
        return {name: value for name in named if (value := getattr(self, name)) is not None}

    def ranks(self) -> tuple[int, ...]:
        """Return the ranks of which the page may have rows."""
        first = self.after_rank or 0
        return tuple(rank for one, rank in RANKS.items() if rank >= first and self.reason in (None, one))


def _item(reason: Reason, source: _Source) -> dict[str, Any]:
    alias = source.alias
    return {
        "reason": [f'"{reason.value}"'],
        "why": escaped(f"CAST({source.why} AS text)"),
        "at": instant(source.at),
        "href": [f'"/v1/{_KINDS[alias]}/', *quoted(f"{alias}.id")[1:]],
        "id": quoted(f"{alias}.id"),
        "reference": optional(_REFERENCES[alias]),
        "title": escaped(_TITLES[alias]),
        "account": optional(source.account),
        "owner": _OWNER if alias == "c" else ["null"],
    }


@cache
def page_sql(ranks: tuple[int, ...], after_rank: int | None, *, by_account: bool) -> str:
    """Return the statement of one page: its JSON items, whether there are more, the last row's key, the next change."""
    rows = " UNION ALL ".join(_rows(tuple(Reason)[rank], rank, after_rank, by_account=by_account) for rank in ranks)
    return (
        "SELECT coalesce(string_agg(i.item, ',' ORDER BY i.n) FILTER (WHERE i.n <= :limit), '') AS items, "
        "count(*) > :limit AS more, max(i.rank) FILTER (WHERE i.n = :limit) AS last_rank, "
        "max(i.at) FILTER (WHERE i.n = :limit) AS last_at, "
        f"max(CAST(i.id AS text)) FILTER (WHERE i.n = :limit) AS last_id, {_NEXT_CHANGE} AS next_change_at "
        f"FROM (SELECT row_number() OVER (ORDER BY r.rank, r.at, r.id) AS n, r.* FROM ({rows}) r "
        "ORDER BY r.rank, r.at, r.id LIMIT :limit + 1) i"
    )


def _rows(reason: Reason, rank: int, after_rank: int | None, *, by_account: bool) -> str:
    source = _SOURCES[reason]
    more = f" AND {source.account} = :account" if by_account else ""
    if rank == after_rank:
        more += f" AND ({source.at}, {source.alias}.id) > (:after_at, :after_id)"
    return (
        f"(SELECT {rank} AS rank, {source.at} AS at, {source.alias}.id, {written(_item(reason, source))} AS item "
        f"FROM {source.rows}{more} ORDER BY {source.at}, {source.alias}.id LIMIT :limit + 1)"
    )


_NEXT_CHANGE = (
    "least((SELECT min(n.respond_by) FROM notice n WHERE n.workspace_id = :ws "
    f"AND {awaiting('n')} AND n.respond_by > :as_of), "
    "(SELECT min(n.respond_by) - (CAST(:until AS timestamptz) - CAST(:as_of AS timestamptz)) FROM notice n "
    f"WHERE n.workspace_id = :ws AND {awaiting('n')} AND n.respond_by > :until), "
    "(SELECT min(c.due_at) FROM commitment c WHERE c.workspace_id = :ws "
    "AND c.state IN ('open', 'in_progress') AND c.due_at > :as_of))"
)


@cache
def summary_sql(ranks: tuple[int, ...], *, by_account: bool) -> str:
    """Return the statement that counts, by reason."""
    counts = []
    for rank in ranks:
        reason = tuple(Reason)[rank]
        source = _SOURCES[reason]
        more = f" AND {source.account} = :account" if by_account else ""
        counts.append(
            f"SELECT {rank} AS rank, '{reason.value}' AS reason, count(*) AS count, min({source.at}) AS first_at "
            f"FROM {source.rows}{more}"
        )
    return f"SELECT r.* FROM ({' UNION ALL '.join(counts)}) r WHERE r.count > 0 ORDER BY r.rank"


def cursor_after(rank: int, at: datetime, id_: str) -> str:
    return format_cursor(rank, at.isoformat(), id_)


def read_cursor(cursor: str) -> tuple[int, datetime, UUID]:
    """Return the key of the row that a cursor continues after; refuse one that we did not write."""
    rank, at, id_ = parse_cursor(cursor, int, str, str)
    try:
        instant_, key = datetime.fromisoformat(at), UUID(id_)
    except ValueError:
        raise CursorUnreadable from None
    if instant_.tzinfo is None or not EARLIEST <= instant_ <= LATEST or not 0 <= rank < len(RANKS):
        raise CursorUnreadable
    return rank, instant_, key
