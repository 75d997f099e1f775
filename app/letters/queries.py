"""Reading a letter in a workspace: by its zone, and with its members for owners."""

from datetime import datetime
from zoneinfo import ZoneInfo

from app.core.db import Read
from app.core.ids import BEFORE_ALL
from app.letters import draft
from app.letters.owners import Known
from app.letters.schemas import LetterIn, LetterOut, PieceOut, ProposedPlan, Unread
from app.plans import rules
from app.plans.case_schemas import Gap
from app.workspaces import queries as workspaces
from app.workspaces.models import Member

_MANY = 10_000
"""Members of one workspace."""


def draft_of(session: Read, letter: LetterIn, *, at: datetime) -> LetterOut:
    """Return the draft that *letter* describes; days without a year are the nearest to the local day of *at*."""
    zone = letter.timezone or workspaces.workspace(session).timezone
    members = [one for one in workspaces.listed(session, Member, after=BEFORE_ALL, limit=_MANY) if one.active]
    found = draft.propose(
        letter.text,
        timezone=zone,
        on=at.astimezone(ZoneInfo(zone)).date(),
        members=[Known(one.name, one.email) for one in members],
    )
    dues = dict.fromkeys(rules.DUES)
    content = found.plan | {"commitments": [dues | one for one in found.plan["commitments"]]}
    return LetterOut(
        plan=ProposedPlan.model_validate(found.plan),
        pieces=[PieceOut.of(one) for one in found.pieces],
        unread=[Unread.of(one) for one in found.unread],
        gaps=[Gap.of(one) for one in rules.gaps(content, active={one.email for one in members})],
    )
