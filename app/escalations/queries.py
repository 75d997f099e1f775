"""Reading escalation rules; and, as SQL, which commitments one applies to."""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from app.commitments.queries import days_overdue, overdue
from app.core import db
from app.core.db import Read, workspace_of
from app.escalations.models import EscalationRule
from app.escalations.rules import EscalationRuleNotFound
from app.escalations.schemas import TOLD
from app.workspaces.models import Member
from app.workspaces.rules import Role

APPLIES = (
    f"{overdue('c')} AND {days_overdue('c')} > r.older_than_days "
    # True of all of them anyhow (a day of the calendar that a zone leaves out, and an hour): a range of the index.
    "AND c.due_at <= CAST(:as_of AS timestamptz) - make_interval(hours => 24 * greatest(r.older_than_days - 2, 0)) "
    "AND (r.kind IS NULL OR c.kind = r.kind) AND (r.owner_id IS NULL OR c.owner_id = r.owner_id) "
    "AND (r.account_id IS NULL OR EXISTS (SELECT FROM plan p WHERE p.workspace_id = c.workspace_id "
    "AND p.id = c.plan_id AND p.account_id = r.account_id))"
)
"""That the rule `r` applies at `as_of` to the commitment `c`, whether the rule counts or not."""

_MIDNIGHT = "(CAST(c.due_on + r.older_than_days + 1 AS timestamp) AT TIME ZONE c.timezone)"
# Where clocks go back to midnight, it comes twice, and PostgreSQL takes the second.
_IS_SECOND = f"((({_MIDNIGHT} - interval '1 second') AT TIME ZONE c.timezone)::date > c.due_on + r.older_than_days)"
SINCE = (
    "CASE WHEN r.older_than_days = 0 THEN c.due_at "
    f"WHEN {_IS_SECOND} THEN {_MIDNIGHT} - interval '1 hour' ELSE {_MIDNIGHT} END"
)
"""The SQL twin of `rules.stands_since`; a property test holds the two together."""

STANDING_IN = (
    "SELECT id, name, email FROM (SELECT *, rank() OVER (ORDER BY "
    f"CASE role WHEN '{Role.ADMIN}' THEN 1 WHEN '{Role.APPROVER}' THEN 2 ELSE 3 END) AS place "
    f"FROM member WHERE workspace_id = {{ws}} AND active) m WHERE place = 1 ORDER BY id LIMIT {TOLD}"
)
"""Who is told when all have left: the admins; where a key alone is one, the approvers; or else all members."""
_TELLING = (
    "SELECT r.id FROM escalation_rule r WHERE r.workspace_id = %(ws)s AND r.active AND (%(member)s = ANY(r.tell) OR ("
    f"%(member)s IN (SELECT id FROM ({STANDING_IN.format(ws='%(ws)s')}) s) AND NOT EXISTS (SELECT FROM member m "
    "WHERE m.workspace_id = r.workspace_id AND m.active AND m.id = ANY(r.tell)))) ORDER BY r.level DESC, r.id"
)


def rule(session: Read, id_: UUID) -> EscalationRule:
    """Return a rule, or refuse."""
    query = select(EscalationRule).where(EscalationRule.workspace_id == workspace_of(session), EscalationRule.id == id_)
    row = session.exec(query).one_or_none()
    if row is None:
        raise EscalationRuleNotFound
    return row


def rules_listed(session: Read, *, after: UUID, limit: int) -> Sequence[EscalationRule]:
    """Return up to *limit* rules, oldest first."""
    query = select(EscalationRule).where(
        EscalationRule.workspace_id == workspace_of(session), EscalationRule.id > after
    )
    return session.exec(query.order_by(col(EscalationRule.id)).limit(limit)).all()


def rules_telling(session: Read, member: UUID) -> list[UUID]:
    """Return which rules at work tell an active member, the highest level first.

    When all whom a rule names have left, it tells the admins; the approvers if there are none; else all members.
    """
    return [row.id for row in db.run(session, _TELLING, {"ws": workspace_of(session), "member": member})]


def active_rules(session: Read) -> int:
    """Return how many rules are at work."""
    query = select(sa.func.count()).where(
        col(EscalationRule.workspace_id) == workspace_of(session), col(EscalationRule.active)
    )
    return session.exec(query).one()


def nobody_is_here(session: Read, rules: Sequence[EscalationRule]) -> set[UUID]:
    """Return which of the *rules* would tell nobody, because all whom they name have left."""
    told = {id_ for rule in rules for id_ in rule.tell}
    query = select(Member.id).where(
        Member.workspace_id == workspace_of(session), col(Member.id).in_(told), col(Member.active)
    )
    here = set(session.exec(query))
    return {rule.id for rule in rules if here.isdisjoint(rule.tell)}
