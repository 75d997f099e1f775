"""A small workspace to look at: a seller of tumblers, some months in, with the usual mixture of good and late work.

Every act is recorded at an instant in the past, through the same operations as everybody's, so that `as_of` has
something to show. The same instant gives the same workspace, but for ids and the key.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from app.changes.rules import RequestKind
from app.cli.acts import (
    Act,
    Scene,
    approved,
    decided,
    done,
    drafted,
    extension_asked,
    granted,
    redrafted,
    rejected,
    ruled,
    started,
    submitted,
    verified,
    waiver_asked,
)
from app.core import db
from app.plans.rules import Outcome
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
    yield ruled(90, "mara", name="A month late: tell Mara", level=3, older_than_days=30)
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
    yield verified(124, "POA-1.1", "jonas")
    yield started(100, "POA-1.2", "jonas")
    yield done(57, "POA-1.3", "mara", "Supplement to the supply agreement, signed by both sides.")
    yield verified(50, "POA-1.3", "jonas")
    for number, ago in enumerate((111, 80, 45), 1):
        yield done(ago, f"POA-1.4.{number}", "tomi", f"Batch inspection {number}: adapter temperature within limits.")
        yield verified(ago - 2, f"POA-1.4.{number}", "mara")


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
    yield done(39, "POA-2.2", "priya", "Refund report: 11 of 14 paid.")
    yield rejected(37, "POA-2.2", "jonas", "Three buyers are missing from the report.")
    yield done(33, "POA-2.2", "priya", "Refund report: 14 of 14 paid.")
    yield verified(32, "POA-2.2", "jonas")
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
    yield extension_asked(3, "POA-3.3", "jonas", 16, "The second carrier picks up from next week only.")
    yield granted(2, RequestKind.EXTENSION, "POA-3.3", "mara", "Confirmed by the carrier in writing.")
    yield waiver_asked(5, "POA-3.4.14", "priya", "The depot is closed that day.")
    for number in (1, 2, 3, 4, 6, 7, 8, 10, 11):
        yield done(12.6 - number, f"POA-3.4.{number}", "priya", f"Late shipment rate on day {number}: below 2 %.")


def _cause(key: str, area: str, statement: str) -> dict[str, str]:
    return {"key": key, "area": area, "statement": statement}


def _promise(kind: str, text: str, owner: str, due: int | str, *causes: str) -> dict[str, Any]:
    """Return a promise that is due so many days from today, or so long after the approval."""
    name = "due_on" if isinstance(due, int) else "due_after_approval"
    return {"kind": kind, "text": text, "owner": owner, name: due, "root_causes": list(causes)}
