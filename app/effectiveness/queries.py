"""What is known of a plan's effect: its actions, what came in since, what was judged."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlmodel import col, select

from app.commitments.queries import overdue, still_open
from app.core import db
from app.core.db import Read, Tx, workspace_of
from app.core.erased import MARK
from app.effectiveness.models import EffectivenessCheck
from app.plans.models import Plan

_LISTED = 50


def is_action(commitment: str, series: str) -> str:
    """Return the SQL for "it has to be done for the plan to be carried out", of a commitment with its series, if any.

    Of what recurs without an end, the first time stands for the practice: nothing would ever be carried out else.
    """
    ends = f"{series}.ended_on IS NOT NULL OR {series}.rule ~ '(COUNT|UNTIL)='"
    return f"({series}.id IS NULL OR {commitment}.occurrence = 1 OR {ends})"


_ACTIONS = (
    f"SELECT count(*) FILTER (WHERE {is_action('c', 's')} AND {still_open('c')}) AS left_to_do, "
    f"max(c.done_at) FILTER (WHERE {is_action('c', 's')}) AS last_done_at, "
    f"coalesce(bool_or({overdue('c').replace(':as_of', '%(as_of)s')}), false) AS overdue, "
    f"min(c.due_at) FILTER (WHERE {still_open('c')} AND c.due_at > %(as_of)s) AS next_due_at, "
    "array_agg(DISTINCT c.done_by) FILTER (WHERE c.done_by IS NOT NULL) AS actors "
    "FROM commitment c LEFT JOIN series s ON s.workspace_id = c.workspace_id AND s.id = c.series_id "
    "WHERE c.workspace_id = %(ws)s AND c.plan_number = %(number)s"
)
_SINCE = (
    "SELECT n.id, n.title, n.received_at, count(*) OVER () AS n, "
    "count(*) FILTER (WHERE n.created_at > (SELECT max(e.checked_at) FROM effectiveness_check e "
    "WHERE e.workspace_id = n.workspace_id AND e.plan_id = %(plan)s)) OVER () AS since_judged FROM notice n "
    "WHERE n.workspace_id = %(ws)s AND n.received_at > %(since)s AND n.received_at <= %(as_of)s "
    "AND n.state <> 'dismissed' AND n.severity <> 'info' "
    "AND (EXISTS (SELECT FROM notice_item i JOIN plan_item p ON p.workspace_id = i.workspace_id AND p.type = i.type "
    "AND p.ref = i.ref WHERE i.workspace_id = n.workspace_id AND i.notice_id = n.id AND p.plan_id = %(plan)s) "
    f"OR n.text = '{MARK}' AND EXISTS (SELECT FROM plan_item p WHERE p.workspace_id = n.workspace_id "
    "AND p.plan_id = %(plan)s)) "
    "AND (NOT EXISTS (SELECT FROM plan_notice a WHERE a.workspace_id = n.workspace_id AND a.plan_id = %(plan)s) "
    "OR n.category IN (SELECT o.category FROM plan_notice a JOIN notice o ON o.workspace_id = a.workspace_id "
    "AND o.id = a.notice_id WHERE a.workspace_id = n.workspace_id AND a.plan_id = %(plan)s)) "
    f"ORDER BY n.received_at DESC, n.id LIMIT {_LISTED}"
)
"""Of a plan that names no notices, the category is not known, so any counts. Nor is it known what an erased notice was
about: it counts, too.
"""

_HOLD = (
    "SELECT id FROM series WHERE workspace_id = %(ws)s AND plan_id = %(plan)s ORDER BY id FOR SHARE",
    "SELECT id FROM commitment WHERE workspace_id = %(ws)s AND plan_number = %(number)s ORDER BY id FOR SHARE",
)
"""Series first, as whoever extends or ends one locks them."""


class Known(NamedTuple):
    """What is known of a plan's effect at an instant."""

    carried_out_at: datetime | None
    window_ends_at: datetime | None
    overdue: bool
    next_due_at: datetime | None
    actors: Sequence[UUID]
    """Who completed its commitments."""
    recurrences: int | None
    """None: the plan's words were erased, and with them what it was about."""
    since_judged: int
    """How many of them were recorded after the newest check, if there was one."""
    notices: Sequence[Any]
    """The newest of them."""

    def days_observed(self, at: datetime) -> int:
        """Return how many whole days of the window have passed."""
        if self.carried_out_at is None or self.window_ends_at is None:
            return 0
        return max(0, (min(at, self.window_ends_at) - self.carried_out_at).days)


def hold_actions(tx: Tx, plan: Plan) -> None:
    """Keep others from changing a plan's commitments, and from opening further ones, until this transaction ends."""
    for statement in _HOLD:
        db.run(tx, statement, {"ws": workspace_of(tx), "plan": plan.id, "number": plan.number})


def known(session: Read, plan: Plan, *, at: datetime) -> Known:
    """Return what is known of a plan's effect at that instant."""
    mine = {"ws": workspace_of(session), "plan": plan.id, "number": plan.number, "as_of": at}
    row = db.run(session, _ACTIONS, mine)[0]
    carried_out_at = None if row.left_to_do else row.last_done_at
    notices = db.run(session, _SINCE, mine | {"since": carried_out_at}) if carried_out_at else []
    return Known(
        carried_out_at=carried_out_at,
        window_ends_at=carried_out_at and carried_out_at + timedelta(days=plan.observation_days),
        overdue=row.overdue,
        next_due_at=row.next_due_at,
        actors=row.actors or (),
        recurrences=None if plan.is_erased else notices[0].n if notices else 0,
        since_judged=notices[0].since_judged if notices else 0,
        notices=notices,
    )


def unjudged(known: Known, checks: Sequence[EffectivenessCheck]) -> int:
    """Return how many notices have come in that the newest of the *checks* did not know of."""
    then = checks[-1].recurrences if checks else None
    # One that it knew may have been dismissed since, so that the numbers alone do not tell.
    return max(known.since_judged, (known.recurrences or 0) - (then or 0))


def checks(session: Read, plan: UUID, *, after: int, limit: int) -> Sequence[EffectivenessCheck]:
    """Return up to *limit* of what was judged, oldest first."""
    query = select(EffectivenessCheck).where(
        EffectivenessCheck.workspace_id == workspace_of(session),
        EffectivenessCheck.plan_id == plan,
        EffectivenessCheck.number > after,
    )
    return session.exec(query.order_by(col(EffectivenessCheck.number)).limit(limit)).all()


def newest_checks(session: Read, plan: UUID, *, limit: int = _LISTED) -> Sequence[EffectivenessCheck]:
    """Return the newest *limit* of what was judged, oldest first."""
    query = select(EffectivenessCheck).where(
        EffectivenessCheck.workspace_id == workspace_of(session), EffectivenessCheck.plan_id == plan
    )
    return session.exec(query.order_by(col(EffectivenessCheck.number).desc()).limit(limit)).all()[::-1]
