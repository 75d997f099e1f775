"""What people do in the demo: each verb an act, recorded at an instant in the past, by the operations of everybody."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from app.changes import operations as changes
from app.changes import queries as change_queries
from app.changes.rules import Outcome as Granting
from app.changes.rules import RequestKind
from app.changes.schemas import ExtensionIn, RequestDecision, WaiverIn
from app.commitments import operations as commitments
from app.commitments import queries, verification
from app.commitments.models import Commitment
from app.commitments.rules import EvidenceKind
from app.commitments.schemas import Completion, NoteIn
from app.core.db import Tx
from app.core.ids import BEFORE_ALL
from app.escalations import operations as escalations
from app.escalations.schemas import EscalationRuleIn
from app.plans import operations as plans
from app.plans import queries as plan_queries
from app.plans.rules import Outcome
from app.plans.schemas import Approval, Decision, PlanChange, PlanIn, SubmissionIn


class Act(NamedTuple):
    """Something that was done so many days ago."""

    ago: float
    do: Callable[["Scene", datetime], object]


class Scene:
    """The transaction that tells the story, its people and accounts by their short names, and the day it is told."""

    def __init__(self, tx: Tx, told_at: datetime) -> None:
        self.tx, self.told_at = tx, told_at
        self.members: dict[str, UUID] = {}
        self.accounts: dict[str, UUID] = {}

    def day(self, offset: int) -> str:
        """Return the day so many days after this one, or before."""
        return (self.told_at.date() + timedelta(days=offset)).isoformat()


def drafted(ago: float, body: dict[str, Any]) -> Act:
    return Act(ago, lambda scene, at: plans.draft(scene.tx, _plan(scene, body), by=scene.members["priya"], at=at))


def submitted(ago: float, plan: str) -> Act:
    def act(scene: Scene, at: datetime) -> object:
        row = plan_queries.locked(scene.tx, plan)
        plans.sign_off(scene.tx, row, note=None, by=scene.members["jonas"], at=at)
        return plans.submit(scene.tx, row, SubmissionIn(), by=scene.members["priya"], at=at)

    return Act(ago, act)


def redrafted(ago: float, plan: str, body: dict[str, Any]) -> Act:
    def act(scene: Scene, at: datetime) -> object:
        change = PlanChange(commitments=_plan(scene, body).commitments)
        return plans.redraft(scene.tx, plan_queries.locked(scene.tx, plan), change, by=scene.members["priya"], at=at)

    return Act(ago, act)


def decided(ago: float, plan: str, outcome: Outcome, text: str) -> Act:
    def act(scene: Scene, at: datetime) -> object:
        decision = Decision(outcome=outcome, authority="Amazon", received_at=at, text=text)
        return plans.decide(scene.tx, plan_queries.locked(scene.tx, plan), decision, by=scene.members["jonas"], at=at)

    return Act(ago, act)


def approved(ago: float, body: dict[str, Any]) -> Act:
    def act(scene: Scene, at: datetime) -> object:
        approval = Approval(authority="Amazon", received_at=at, reference="case 55201198004")
        return plans.record_approved(scene.tx, _plan(scene, body), approval, by=scene.members["jonas"], at=at)

    return Act(ago, act)


def started(ago: float, commitment: str, who: str) -> Act:
    return Act(
        ago, lambda scene, at: commitments.start(scene.tx, _row(scene, commitment), by=scene.members[who], at=at)
    )


def done(ago: float, commitment: str, who: str, note: str) -> Act:
    def act(scene: Scene, at: datetime) -> None:
        completion = Completion(evidence=NoteIn(kind=EvidenceKind.NOTE, text=note))
        row, by = _row(scene, commitment), scene.members[who]
        commitments.complete(scene.tx, row, completion, is_shown=True, by=by, at=at)

    return Act(ago, act)


def _row(scene: Scene, reference: str) -> Commitment:
    row: Commitment = queries.locked(scene.tx, reference).commitment
    return row


def _plan(scene: Scene, body: dict[str, Any]) -> PlanIn:
    """Return the plan with its account, its owners and its days filled in."""
    promises = [
        one
        | {"owner": str(scene.members[one["owner"]])}
        | ({"due_on": scene.day(one["due_on"])} if "due_on" in one else {})
        for one in body["commitments"]
    ]
    account = {"account": scene.accounts[body["account"]]} if "account" in body else {}
    return PlanIn.model_validate(body | account | {"commitments": promises})


def verified(ago: float, commitment: str, who: str) -> Act:
    return Act(
        ago,
        lambda scene, at: verification.verify(
            scene.tx, _row(scene, commitment), reason=None, by=scene.members[who], at=at
        ),
    )


def rejected(ago: float, commitment: str, who: str, reason: str) -> Act:
    return Act(
        ago,
        lambda scene, at: verification.reject(
            scene.tx, _row(scene, commitment), reason=reason, owner=None, by=scene.members[who], at=at
        ),
    )


def extension_asked(ago: float, commitment: str, who: str, days: int, reason: str) -> Act:
    """Return the act of asking for a due so many days from when the story is told."""

    def act(scene: Scene, at: datetime) -> object:
        asked = ExtensionIn.model_validate({"due_on": scene.day(days), "reason": reason})
        return changes.ask_extension(scene.tx, _row(scene, commitment), asked, by=scene.members[who], at=at)

    return Act(ago, act)


def waiver_asked(ago: float, commitment: str, who: str, reason: str) -> Act:
    def act(scene: Scene, at: datetime) -> object:
        return changes.ask_waiver(
            scene.tx, _row(scene, commitment), WaiverIn(reason=reason), by=scene.members[who], at=at
        )

    return Act(ago, act)


def granted(ago: float, kind: RequestKind, commitment: str, who: str, reason: str) -> Act:
    def act(scene: Scene, at: datetime) -> object:
        asked = change_queries.requests_of(scene.tx, _row(scene, commitment).id, kind, after=BEFORE_ALL, limit=9)[-1]
        decision = RequestDecision(outcome=Granting.GRANTED, reason=reason)
        return changes.decide(scene.tx, asked, decision, by=scene.members[who], at=at)

    return Act(ago, act)


def ruled(ago: float, who: str, **rule: Any) -> Act:
    """Return the act of saying for what that member is to be told."""

    def act(scene: Scene, at: datetime) -> object:
        new = EscalationRuleIn.model_validate(rule | {"tell": [str(scene.members[who])]})
        return escalations.add_rule(scene.tx, new, by=scene.members["mara"], at=at)

    return Act(ago, act)
