"""Separation of duties: who did the one half of something does not do the other (DESIGN.md, 2.7)."""

from collections.abc import Iterable
from uuid import UUID

from app.core import db
from app.core.db import Read, Tx, workspace_of
from app.core.problems import Conflict, Forbidden
from app.workspaces import queries

# Who made a key that is nobody's acts through it, and the ledger knows who made it.
_BEHIND = """
WITH RECURSIVE behind AS (
  SELECT unnest(CAST(%(ids)s AS uuid[])) AS id
  UNION
  SELECT CAST(CAST(convert_from(e.body, 'UTF8') AS jsonb) ->> 'actor' AS uuid)
  FROM behind b
  JOIN api_key k ON k.workspace_id = %(ws)s AND k.id = b.id AND k.member_id IS NULL
  JOIN ledger_event e ON e.workspace_id = %(ws)s AND e.subject = k.id
  WHERE CAST(convert_from(e.body, 'UTF8') AS jsonb) ->> 'type' = 'key.created'
)
SELECT id FROM behind
"""


class MemberNeeded(Forbidden):
    """A service key decides nothing while the workspace asks for four eyes.

    It belongs to nobody, so nobody could say whose the second pair of eyes was. Use a key of a member: `POST
    /v1/api-keys` with `member` makes one. The workspace setting `four_eyes` switches this rule off.
    """


def check(tx: Tx, by: UUID, *, first: Iterable[UUID | None], refusal: type[Conflict]) -> None:
    """Refuse with *refusal* that *by* decides about what *first* did, where four eyes are asked for.

    What a service key did counts as done by who made the key, too.

    :raises MemberNeeded: *by* is a service key.
    """
    if not queries.workspace(tx).four_eyes:
        return
    if by in _behind(tx, first):
        raise refusal
    if not queries.is_member(tx, by):
        raise MemberNeeded


def _behind(session: Read, ids: Iterable[UUID | None]) -> set[UUID]:
    named = {"ws": workspace_of(session), "ids": [one for one in ids if one is not None]}
    return {row.id for row in db.run(session, _BEHIND, named)}
