"""Separation of duties: who did the one half of something does not do the other (DESIGN.md, 2.7)."""

from collections.abc import Collection
from uuid import UUID

from app.core import db
from app.core.db import Read, Tx, workspace_of
from app.core.problems import Conflict, Forbidden
from app.workspaces import queries

# Who made a key that is nobody's acts through it, and the ledger knows who made it.
_HANDS = """
WITH RECURSIVE
made AS (
  SELECT k.id, CAST(CAST(convert_from(e.body, 'UTF8') AS jsonb) ->> 'actor' AS uuid) AS by
  FROM api_key k
  JOIN ledger_event e ON e.workspace_id = k.workspace_id AND e.subject = k.id
  WHERE k.workspace_id = %(ws)s AND k.member_id IS NULL
  AND CAST(convert_from(e.body, 'UTF8') AS jsonb) ->> 'type' = 'key.created'
),
hands AS (
  SELECT CAST(%(who)s AS uuid) AS id
  UNION
  SELECT made.id FROM made JOIN hands ON made.by = hands.id
)
SELECT id FROM hands
"""


class MemberNeeded(Forbidden):
    """A service key grants, verifies, judges and signs off nothing while the workspace asks for four eyes.

    It belongs to nobody, so nobody could say whose the second pair of eyes was. Use a key of a member: `POST
    /v1/api-keys` with `member` makes one. The workspace setting `four_eyes` switches this rule off.
    """


def check(tx: Tx, by: UUID, *, first: Collection[UUID | None], refusal: type[Conflict]) -> None:
    """Refuse with *refusal* that *by* decides about what *first* did, where four eyes are asked for.

    :raises MemberNeeded: *by* is a service key.
    """
    if not queries.workspace(tx).four_eyes:
        return
    if by in first:
        raise refusal
    if not queries.is_member(tx, by):
        raise MemberNeeded
    if not hands(tx, by).isdisjoint(first):
        raise refusal("It was done with a service key, which counts as done by who made the key.")


def is_second(session: Read, who: UUID, *, first: Collection[UUID | None]) -> bool:
    """Say whether *who* is a person, and somebody else than those who did the one half, with whichever key."""
    return queries.is_member(session, who) and hands(session, who).isdisjoint(first)


def hands(session: Read, who: UUID) -> set[UUID]:
    """Return by whose id *who* acts: their own, and those of the service keys that they made."""
    return {row.id for row in db.run(session, _HANDS, {"ws": workspace_of(session), "who": who})}
