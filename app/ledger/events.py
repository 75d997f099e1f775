"""Events: what is in one, byte by byte, and which there are (PROOF.md, "Event").

An event is hashed from the bytes that are stored, for ever. So its `data` holds ids, enums, integers, instants and
hashes only, by a closed schema per type; whatever a person wrote is a disclosure (RFC 9901, section 4.2): the event
holds its salted digest, the text lies in a table from which it can be erased.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import orjson

from app.ledger.kinds import (
    DAY,
    DIGEST,
    FLAG,
    ID,
    INSTANT,
    INTEGER,
    PUBLIC_KEY,
    RULE,
    SHA256,
    ZONE,
    Kind,
    list_of,
    one_of,
    optional,
    record,
)

VERSION = 1
LEDGER = UUID(int=0)
"""The subject of events that are about the ledger itself, and so about no row."""
MAX_BYTES = 65_535

KIND = one_of("corrective", "preventive")
SCOPE = one_of("read", "write", "approve", "admin")

_WORKSPACE = record(timezone=ZONE, four_eyes=FLAG, evidence_required=FLAG)
_MEMBER = record(role=one_of("viewer", "contributor", "approver", "admin"), active=FLAG)
_ACCOUNT = record(timezone=ZONE)
_KEY = record(member=optional(ID), scopes=list_of(SCOPE), expires_at=optional(INSTANT), revoked_at=optional(INSTANT))
_SUBMISSION = record(
    number=INTEGER,
    outcome=optional(one_of("approved", "denied", "more_info_requested")),
    content_sha256=SHA256,
    submitted_at=INSTANT,
    received_at=optional(INSTANT),
)
_PLAN = record(
    number=INTEGER,
    state=one_of("draft", "submitted", "more_info_requested", "denied", "approved", "withdrawn"),
    timezone=ZONE,
    account=optional(ID),
    content_sha256=SHA256,
    approved_at=optional(INSTANT),
    submission=optional(_SUBMISSION),
)
_SERIES = record(
    number=INTEGER, kind=KIND, owner=ID, rule=RULE, starts_on=DAY, starts_at=optional(INSTANT), opened=INTEGER
)
_COMMITMENT = record(
    number=INTEGER,
    occurrence=optional(INTEGER),
    series=optional(ID),
    kind=KIND,
    state=one_of("open", "in_progress", "done", "verified", "waived"),
    owner=ID,
    timezone=ZONE,
    due_on=DAY,
    due_at=INSTANT,
    original_due_on=DAY,
    original_due_at=INSTANT,
    started_at=optional(INSTANT),
    done_at=optional(INSTANT),
    done_by=optional(ID),
    performed_on=optional(DAY),
    days_late=optional(INTEGER),
    days_late_vs_original=optional(INTEGER),
)
_HEADS = record(count=INTEGER, root=SHA256)
_ROTATION = record(old=PUBLIC_KEY, new=PUBLIC_KEY)
_EPOCH = record(epoch=INTEGER, size=INTEGER, root=SHA256)
_ERASURE = record(digests=list_of(DIGEST))
_EVIDENCE = record(
    commitment=optional(ID), kind=one_of("note", "link"), sha256=SHA256, document_on=optional(DAY), added_by=ID
)
_NOTICE: dict[str, Kind] = {
    "kind": one_of("notification", "complaint"),
    "category": one_of(
        *("authenticity", "condition", "safety", "intellectual_property", "restricted_product", "listing_policy"),
        *("listing_issue", "order_performance", "customer_service", "documentation", "account_status", "other"),
    ),
    "severity": one_of("info", "warning", "serious", "critical"),
    "state": one_of("received", "acknowledged", "responded", "closed", "dismissed"),
    "account": optional(ID),
    "text_sha256": SHA256,
    "received_at": INSTANT,
    "respond_by": optional(INSTANT),
    "attempts_allowed": optional(INTEGER),
    "attempts": INTEGER,
    "evidence_window_days": optional(INTEGER),
    "plan_requested": FLAG,
    "acknowledged_at": optional(INSTANT),
    "responded_at": optional(INSTANT),
    "ended_at": optional(INSTANT),
    "plan": optional(ID),
    "submission": optional(INTEGER),
}
_MESSAGE = record(
    identity=SHA256,
    fingerprint=SHA256,
    sha256=SHA256,
    status=one_of("recorded", "unresolved", "kept", "nothing_worse"),
    why=optional(one_of("unknown_seller", "several_accounts", "unknown_subscription", "nothing_named")),
    account=optional(ID),
    notices=list_of(ID),
    flags=list_of(
        one_of(
            *("unknown_type", "unknown_field", "missing_field", "wrong_kind", "unknown_value", "unreadable_time"),
            *("no_id", "not_a_message", "too_deep", "too_many", "cut", "differs"),
        )
    ),
    event_at=optional(INSTANT),
    published_at=optional(INSTANT),
    resolved_at=optional(INSTANT),
)
_FIGURE = record(
    account=ID,
    message=ID,
    metric=one_of(
        *("account_status", "account_health_rating", "warning", "listing_policy_violations"),
        *("product_authenticity_customer_complaints", "product_condition_customer_complaints"),
        *("product_safety_customer_complaints", "food_and_product_safety_issues"),
        *("received_intellectual_property_complaints", "suspected_intellectual_property_violations"),
        *("restricted_product_policy_violations", "other_policy_violations", "document_requests"),
        *("order_defect_rate_mfn", "order_defect_rate_afn", "late_shipment_rate", "pre_fulfillment_cancellation_rate"),
        *("on_time_delivery_rate", "unit_on_time_delivery_rate", "valid_tracking_rate", "invoice_defect_rate"),
        "other",
    ),
    status=one_of("good", "bad", "worst"),
    count=optional(INTEGER),
    rate_millionths=optional(INTEGER),
    beyond=FLAG,
    until=optional(INSTANT),
)
_ANSWERED = record(**_NOTICE, recorded=record(seq=INTEGER, leaf=SHA256))

SCHEMAS: dict[str, Kind] = {
    **dict.fromkeys(("workspace.created", "workspace.changed"), _WORKSPACE),
    **dict.fromkeys(("member.added", "member.changed"), _MEMBER),
    "account.added": _ACCOUNT,
    **dict.fromkeys(("key.created", "key.rotated", "key.revoked"), _KEY),
    **dict.fromkeys(("plan.drafted", "plan.redrafted", "plan.submitted", "plan.answered", "plan.withdrawn"), _PLAN),
    "plan.signed_off": _PLAN,
    **dict.fromkeys(("plan.approved", "plan.denied", "plan.more_info_requested"), _PLAN),
    **dict.fromkeys(("series.opened", "series.extended"), _SERIES),
    **dict.fromkeys(("commitment.opened", "commitment.started"), _COMMITMENT),
    **dict.fromkeys(("commitment.completed", "commitment.reassigned"), _COMMITMENT),
    **dict.fromkeys(("commitment.due_soon", "commitment.overdue"), _COMMITMENT),
    "evidence.added": _EVIDENCE,
    **dict.fromkeys(("notice.received", "notice.changed", "notice.acknowledged"), record(**_NOTICE)),
    **dict.fromkeys(("notice.dismissed", "notice.responded", "notice.reopened", "notice.closed"), record(**_NOTICE)),
    "notice.answered": _ANSWERED,
    **dict.fromkeys(("message.received", "message.resolved"), _MESSAGE),
    **dict.fromkeys(("subscription.mapped", "subscription.changed"), record(account=ID)),
    **dict.fromkeys(("figure.added", "figure.changed"), _FIGURE),
    "ledger.heads": _HEADS,
    "ledger.key_rotated": _ROTATION,
    "ledger.epoch_opened": _EPOCH,
    "disclosure.erased": _ERASURE,
}
"""Every event type there is, with the schema of its `data`: the state of its subject after the change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that happened, before the ledger gives it a number.

    `data` is the subject's state after the change, in Python values; `private` is what a person wrote.
    """

    type: str
    subject: UUID
    data: Mapping[str, Any]
    private: Mapping[str, str] = field(default_factory=dict)


def instant(at: datetime) -> str:
    """Format an instant as events have it: UTC, six digits, `Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def plain(value: Any) -> Any:
    """Return *value* as an event's `data` holds it: ids, days and instants become text."""
    match value:
        case dict():
            return {key: plain(one) for key, one in value.items()}
        case list() | tuple():
            return [plain(one) for one in value]
        case UUID():
            return str(value)
        case datetime():
            return instant(value)
        case date():
            return value.isoformat()
        case _:
            return value


def disclose(name: str, value: str) -> str:
    """Return a new disclosure: base64url of `[salt, name, value]`, with a salt of 16 random bytes."""
    salt = base64.urlsafe_b64encode(secrets.token_bytes(16)).rstrip(b"=").decode()
    return base64.urlsafe_b64encode(json.dumps([salt, name, value], ensure_ascii=False).encode()).rstrip(b"=").decode()


def digest(disclosure: str) -> str:
    """Return the digest of a disclosure, as `sd` lists it (RFC 9901, section 4.2.3)."""
    return base64.urlsafe_b64encode(hashlib.sha256(disclosure.encode("ascii")).digest()).rstrip(b"=").decode()


def opened(disclosure: str) -> tuple[str, str]:
    """Return the name and the value that *disclosure* discloses."""
    _, name, value = json.loads(base64.urlsafe_b64decode(disclosure + "=" * (-len(disclosure) % 4)))
    return name, value


def format_event(
    change: Change,
    *,
    workspace: UUID,
    seq: int,
    at: datetime,
    actor: UUID,
    plan: UUID | None,
    plan_seq: int | None,
    prev: bytes | None,
    digests: list[str],
) -> bytes:
    """Return the event's bytes (RFC 8785), which are stored and hashed as they are.

    Raises ValueError if `data` does not follow the schema of its type or the event is larger than 65,535 bytes:
    both are bugs of ours, and neither may reach the ledger.
    """
    data = plain(dict(change.data))
    if change.type not in SCHEMAS or not SCHEMAS[change.type](data):
        message = f"{change.type} does not follow its schema: {data}"
        raise ValueError(message)
    body = {
        "v": VERSION,
        "ws": str(workspace),
        "seq": seq,
        "at": instant(at),
        "type": change.type,
        "actor": str(actor),
        "plan": None if plan is None else str(plan),
        "plan_seq": plan_seq,
        "prev": None if prev is None else base64.b64encode(prev).decode(),
        "subj": str(change.subject),
        "data": data,
        "sd": sorted(digests),
    }
    # Sorted and compact is all that RFC 8785 asks of what the schemas let through: ASCII names, no floats.
    text = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    if len(text) > MAX_BYTES:
        message = f"{change.type} has {len(text)} bytes, more than {MAX_BYTES}"
        raise ValueError(message)
    return text
