"""A small workspace to look at: a seller of tumblers, some months in, with the usual mixture of good and late work.

Every act is recorded at an instant in the past, through the same operations as everybody's, so that `as_of` has
something to show. The same instant gives the same workspace, but for ids and the key.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from app.commitments import operations as commitments
from app.commitments import queries
from app.commitments.models import Commitment
from app.commitments.rules import EvidenceKind
from app.commitments.schemas import Completion, NoteIn
from app.core import db
from app.core.db import Tx
from app.plans import operations as plans
from app.plans import queries as plan_queries
from app.plans.rules import Outcome
from app.plans.schemas import Approval, Decision, PlanChange, PlanIn, SubmissionIn
from app.workspaces import operations as workspaces
from app.workspaces.rules import Role
from app.workspaces.schemas import AccountIn, MemberIn

WORKSPACE = UUID("00000000-0000-7000-8000-00000000de30")
"""Always the same, so that it is there once."""

_MEMBERS = {
    "mara": MemberIn(name="Mara Ellison", email="mara@tumbler.example", role=Role.ADMIN),
    "jonas": MemberIn(name="Jonas Weber", email="jonas@tumbler.example", role=Role.APPROVER),
    "priya": MemberIn(name="Priya Natarajan", email="priya@tumbler.example", role=Role.CONTRIBUTOR),
    "tomi": MemberIn(name="Tomi Aalto", email="tomi@tumbler.example", role=Role.CONTRIBUTOR),
}
_ACCOUNTS = {
    "us": AccountIn(
        marketplace="amazon.com", external_id="A2EUQ1WTGCTBG2", name="Tumblers US", timezone="America/Los_Angeles"
    ),
    "de": AccountIn(marketplace="amazon.de", external_id="A1PA6795UKMFR9", name="Becher DE", timezone="Europe/Berlin"),
}


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


def load(engine: sa.Engine, *, at: datetime, keep: Callable[[str], None]) -> str | None:
    """Load the demo and return its key, which *keep* gets before it works; None if it is there already."""
    if WORKSPACE in db.workspace_ids(engine):
        return None
    told_at = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    with db.writing(engine, WORKSPACE) as tx:
        scene = Scene(tx, told_at)
        acts = sorted(_story(), key=lambda act: -act.ago)
        begun = told_at - timedelta(days=acts[0].ago + 1)
        made = workspaces.create_workspace(tx, name="Demo: Tumbler & Co", timezone="America/Los_Angeles", at=begun)
        for name, member in _MEMBERS.items():
            scene.members[name] = workspaces.add_member(tx, member, by=WORKSPACE, at=begun).id
        for name, account in _ACCOUNTS.items():
            scene.accounts[name] = workspaces.add_account(tx, account, by=scene.members["mara"], at=begun).id
        for act in acts:
            act.do(scene, told_at - timedelta(days=act.ago))
        keep(made.secret)
    return made.secret


def _story() -> Iterator[Act]:
    yield from _night_light()
    yield from _inauthentic()
    yield from _late_shipments()
    yield approved(
        4,
        {
            "title": "Main image of the sage tumbler shows a straw that is not included",
            "account": "us",
            "items": [{"type": "asin", "ref": "B0C7XK2M4P"}],
            "root_causes": [_cause("photo", "listing", "The photo studio styled the product with an accessory.")],
            "commitments": [
                _promise("corrective", "Replace the main image in all four colours.", "priya", 0, "photo"),
                _promise("preventive", "Add a what-is-in-the-box check to the photo brief.", "priya", 12, "photo"),
            ],
        },
    )
    yield drafted(
        1,
        {
            "title": "Safety data sheet missing for the cleaning tablets",
            "timezone": "Europe/Berlin",
            "account": "de",
            "commitments": [
                {"kind": "corrective", "text": "Upload the safety data sheet.", "owner": "tomi"},
                _promise("preventive", "Ask for the sheet before a listing is created.", "jonas", 20),
            ],
        },
    )


def _night_light() -> Iterator[Act]:
    yield approved(
        128,
        {
            "title": "Two reports of an overheating night light",
            "timezone": "Pacific/Auckland",
            "items": [{"type": "asin", "ref": "B09QW6Z1TR"}],
            "root_causes": [_cause("adapter", "product", "The factory changed the power adapter without telling us.")],
            "commitments": [
                _promise(
                    "corrective", "Stop selling the batch and confirm zero sellable units.", "mara", -124, "adapter"
                ),
                _promise("corrective", "Have a laboratory test the adapter; file the report.", "jonas", -96, "adapter"),
                _promise("preventive", "Agree that no component changes without notice.", "mara", -60, "adapter"),
                _promise("preventive", "Inspect one unit of every batch.", "tomi", -110, "adapter")
                | {"recurrence": "FREQ=MONTHLY;COUNT=12"},
            ],
        },
    )
    yield done(125, "POA-1.1", "mara", "All channels show 0 sellable units; screenshots are filed.")
    yield started(100, "POA-1.2", "jonas")
    yield done(57, "POA-1.3", "mara", "Supplement to the supply agreement, signed by both sides.")
    for number, ago in enumerate((111, 80, 45), 1):
        yield done(ago, f"POA-1.4.{number}", "tomi", f"Batch inspection {number}: adapter temperature within limits.")


def _inauthentic() -> Iterator[Act]:
    body = {
        "title": "Inauthentic complaints on the 40 oz tumbler",
        "account": "us",
        "items": [{"type": "asin", "ref": "B0C7XK2M4P"}, {"type": "sku", "ref": "TMB-40-SAGE"}],
        "root_causes": [
            _cause("supplier", "supplier", "212 units came from a distributor without a letter of authorisation."),
            _cause("intake", "inventory", "Receiving did not compare lot numbers with the purchase order."),
        ],
        "commitments": [
            _promise("corrective", "Remove and destroy the remaining 212 units.", "tomi", -40, "supplier"),
            _promise("corrective", "Refund the 14 buyers who complained.", "priya", -36, "supplier"),
            _promise("preventive", "Buy only from the brand's own warehouse.", "mara", -19, "supplier"),
            _promise("preventive", "Compare lots and invoices of each inbound shipment.", "tomi", -37, "intake")
            | {"recurrence": "FREQ=WEEKLY"},
        ],
    }
    yield drafted(60, body)
    yield submitted(59, "POA-2")
    yield decided(54, "POA-2", Outcome.DENIED, "Tell us how you will prevent this in future.")
    yield redrafted(52, "POA-2", body)
    yield submitted(52, "POA-2")
    yield decided(47, "POA-2", Outcome.APPROVED, "We have reinstated your listing.")
    yield done(42, "POA-2.1", "tomi", "Removal order 90-3344: 212 units destroyed.")
    yield done(33, "POA-2.2", "priya", "Refund report: 14 of 14 paid.")
    yield started(25, "POA-2.3", "mara")
    for number, ago in enumerate((37, 30, 21), 1):
        yield done(ago, f"POA-2.4.{number}", "tomi", f"Inbound check {number}: lots match the invoices.")
    yield done(9, "POA-2.4.5", "tomi", "Inbound check 5: lots match the invoices.")


def _late_shipments() -> Iterator[Act]:
    yield approved(
        20,
        {
            "title": "Late shipment rate above 4 % in the week of the carrier strike",
            "timezone": "Europe/Berlin",
            "account": "de",
            "items": [{"type": "order", "ref": "303-1187254-9943521"}],
            "root_causes": [_cause("carrier", "shipping", "All parcels went with one carrier.")],
            "commitments": [
                _promise("corrective", "Set handling time to two days.", "jonas", "PT72H", "carrier"),
                _promise("corrective", "Write to the 61 affected buyers.", "priya", -6, "carrier"),
                _promise("preventive", "Sign a second carrier; test with 20 parcels.", "jonas", 9, "carrier"),
                _promise("preventive", "Check the late shipment rate.", "priya", -12, "carrier")
                | {"recurrence": "FREQ=DAILY;COUNT=14"},
            ],
        },
    )
    yield done(19, "POA-3.1", "jonas", "Handling time is two days on all listings.")
    yield started(4, "POA-3.3", "jonas")
    for number in (1, 2, 3, 4, 6, 7, 8, 10, 11):
        yield done(12.6 - number, f"POA-3.4.{number}", "priya", f"Late shipment rate on day {number}: below 2 %.")


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
        commitments.complete(scene.tx, row, completion, has_evidence=False, by=by, at=at)

    return Act(ago, act)


def _row(scene: Scene, reference: str) -> Commitment:
    row: Commitment = queries.locked(scene.tx, reference).commitment
    return row


def _cause(key: str, area: str, statement: str) -> dict[str, str]:
    return {"key": key, "area": area, "statement": statement}


def _promise(kind: str, text: str, owner: str, due: int | str, *causes: str) -> dict[str, Any]:
    """Return a promise that is due so many days from today, or so long after the approval."""
    name = "due_on" if isinstance(due, int) else "due_after_approval"
    return {"kind": kind, "text": text, "owner": owner, name: due, "root_causes": list(causes)}


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
