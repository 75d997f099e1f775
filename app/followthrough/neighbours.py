"""Notices that say the same: earlier ones about an item, and recent ones about others ("is there a bigger issue?").

No index finds similar texts behind row-level security, whose policies let only leakproof operators through to an index,
and those of full text and trigrams are not. So the newest are read by an index and compared in Python.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

from app.core.db import Read
from app.core.problems import Fault, Invalid
from app.followthrough.items import MINE, NOTICES, THEN, About, ask
from app.followthrough.similar import READ, Match, rank

COMPARED = 200
"""With how many one is compared: the newest. That takes some milliseconds."""
LISTED = 20
_ALIKE = 25
"""From which score on a notice about another item may be the same problem. Texts of two problems share less."""
_WORDS = 2
"""One word in common says little."""

_COLUMNS = f"n.id, n.kind, n.category, n.title, n.received_at, left(n.title || ' ' || n.text, {READ}) AS words"
_OWN = (
    f"SELECT {_COLUMNS}, s.state FROM {NOTICES} WHERE {MINE} AND {THEN} AND (CAST(:notice AS uuid) IS NULL "
    "OR (n.received_at, n.id) <= (SELECT o.received_at, o.id FROM notice o "
    "WHERE o.workspace_id = :ws AND o.id = CAST(:notice AS uuid))) "
    f"ORDER BY n.received_at DESC, n.id DESC LIMIT {COMPARED} + 1"
)
# Each is asked in turn whether it is about this item, too: planned as a join, all of the item's would be looked at.
_OTHERS = (
    f"SELECT {_COLUMNS}, o.type, o.ref FROM notice n CROSS JOIN LATERAL (SELECT i.type, i.ref, "
    "bool_or(i.type = :type AND i.ref = :ref) OVER () AS mine FROM notice_item i "
    "WHERE i.workspace_id = n.workspace_id AND i.notice_id = n.id ORDER BY i.type, i.ref LIMIT 1) o "
    "WHERE n.workspace_id = :ws AND n.category = :category AND n.created_at <= :as_of AND NOT o.mine "
    "AND n.received_at > CAST(:as_of AS timestamptz) - interval '180 days' "
    f"ORDER BY n.received_at DESC LIMIT {COMPARED}"
)


class Similar(NamedTuple):
    """A notice that says the same, and in which words."""

    notice: Any
    match: Match


class Same(NamedTuple):
    """What of another item says the same: the notice most alike, and how many there are."""

    best: Similar
    notices: int


class Neighbours(NamedTuple):
    """What was found for one notice about an item; None: nothing came in about it."""

    subject: Any | None
    earlier: Sequence[Any]
    similar: Sequence[Similar]
    """Of the earlier ones, most alike first."""
    others: Sequence[Any]
    elsewhere: Sequence[Same]
    """By item, most alike first."""


def neighbours(session: Read, about: About, *, notice: UUID | None) -> Neighbours:
    """Compare a notice, the newest if none is named, with what came in before about the item, and about others."""
    own = ask(session, _OWN, about, notice=notice)
    if notice and (not own or own[0].id != notice):
        detail = "There is no such notice about this item."
        raise Invalid(detail, errors=[Fault("/query/notice", detail, "unknown_notice")])
    if not own:
        return Neighbours(None, (), (), (), ())
    subject, *earlier = own
    others = ask(session, _OTHERS, about, category=subject.category)
    alike = [
        one for one in _ranked(subject, others, about) if one.match.score >= _ALIKE and len(one.match.words) >= _WORDS
    ]
    return Neighbours(subject, earlier, _ranked(subject, earlier, about), others, _by_item(alike))


def _ranked(subject: Any, rows: Sequence[Any], about: About) -> list[Similar]:
    matches = rank(subject.words, [row.words for row in rows], without=about.ref)
    return [Similar(rows[match.place], match) for match in matches]


def _by_item(alike: Sequence[Similar]) -> list[Same]:
    def item(one: Similar) -> tuple[str, str]:
        return one.notice.type, one.notice.ref

    groups = [list(group) for _, group in groupby(sorted(alike, key=item), item)]
    return sorted((Same(group[0], len(group)) for group in groups), key=lambda same: -same.best.match.score)
