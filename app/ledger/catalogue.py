"""Which events there are, and what is in the `data` of each: ids, enums, integers, instants, hashes, no more.

An event is hashed for ever, so the schema of a type is never changed: what says more is a new type.
"""

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
_DIGEST = record(
    member=ID,
    channel=one_of("email", "apprise"),
    hour=INTEGER,
    timezone=optional(ZONE),
    days=one_of("every_day", "weekdays"),
    active=FLAG,
)
_HEADS = record(count=INTEGER, root=SHA256)
_ROTATION = record(old=PUBLIC_KEY, new=PUBLIC_KEY)
_EPOCH = record(epoch=INTEGER, size=INTEGER, root=SHA256)
_ERASURE = record(digests=list_of(DIGEST))
_EVIDENCE = record(
    commitment=optional(ID), kind=one_of("note", "link"), sha256=SHA256, document_on=optional(DAY), added_by=ID
)
_FILED = record(
    commitment=optional(ID),
    kind=one_of("file"),
    sha256=SHA256,
    size=INTEGER,
    media_type=one_of(
        *("application/pdf", "image/png", "image/jpeg", "image/gif", "image/webp", "image/heic", "image/tiff"),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.oasis.opendocument.text",
        "application/vnd.oasis.opendocument.spreadsheet",
        *("message/rfc822", "text/plain"),
    ),
    document_on=optional(DAY),
    added_by=ID,
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

_STATES = ("requested", "granted", "refused", "withdrawn")
_REQUESTED = one_of(*_STATES)
_REQUEST = record(
    commitment=ID,
    state=_REQUESTED,
    due_on=optional(DAY),
    due_at=optional(INSTANT),
    from_due_on=DAY,
    from_due_at=INSTANT,
    requested_by=ID,
    requested_at=INSTANT,
    decided_by=optional(ID),
    decided_at=optional(INSTANT),
)
_AMENDMENT = record(
    number=INTEGER,
    state=_REQUESTED,
    content_sha256=SHA256,
    requested_by=ID,
    requested_at=INSTANT,
    decided_by=optional(ID),
    decided_at=optional(INSTANT),
    received_at=optional(INSTANT),
)
_EFFECT = record(
    number=INTEGER,
    outcome=one_of("effective", "ineffective", "inconclusive"),
    recurrences=optional(INTEGER),
    carried_out_at=INSTANT,
    window_ends_at=INSTANT,
    checked_by=ID,
    checked_at=INSTANT,
)

_ESCALATION_RULE = record(
    count=optional(INTEGER),
    older_than_days=INTEGER,
    kind=optional(KIND),
    owner=optional(ID),
    account=optional(ID),
    level=INTEGER,
    tell=list_of(ID),
    active=FLAG,
)
_ESCALATION = record(rule=ID, commitment=optional(ID), level=INTEGER, entered_at=INSTANT, left_at=optional(INSTANT))

SCHEMAS: dict[str, Kind] = {
    **dict.fromkeys(("workspace.created", "workspace.changed"), _WORKSPACE),
    **dict.fromkeys(("member.added", "member.changed"), _MEMBER),
    "account.added": _ACCOUNT,
    **dict.fromkeys(("key.created", "key.rotated", "key.revoked"), _KEY),
    **dict.fromkeys(("plan.drafted", "plan.redrafted", "plan.submitted", "plan.answered", "plan.withdrawn"), _PLAN),
    "plan.signed_off": _PLAN,
    **dict.fromkeys(("plan.approved", "plan.denied", "plan.more_info_requested"), _PLAN),
    **dict.fromkeys(("series.opened", "series.extended", "series.reassigned"), _SERIES),
    "series.ended": record(**_SERIES.fields, ended_on=DAY),
    **dict.fromkeys(("commitment.opened", "commitment.started", "commitment.paused"), _COMMITMENT),
    **dict.fromkeys(("commitment.completed", "commitment.reassigned"), _COMMITMENT),
    **dict.fromkeys(("commitment.verified", "commitment.rejected"), _COMMITMENT),
    **dict.fromkeys(("commitment.extended", "commitment.waived"), _COMMITMENT),
    **dict.fromkeys(("commitment.due_soon", "commitment.overdue"), _COMMITMENT),
    **dict.fromkeys((f"{one}.{state}" for one in ("extension", "waiver") for state in _STATES), _REQUEST),
    **dict.fromkeys((f"amendment.{state}" for state in _STATES), _AMENDMENT),
    "effectiveness.checked": _EFFECT,
    "evidence.added": _EVIDENCE,
    "evidence.filed": _FILED,
    "evidence.superseded": record(superseded_by=ID, superseded_at=INSTANT),
    **dict.fromkeys(("notice.received", "notice.changed", "notice.acknowledged"), record(**_NOTICE)),
    **dict.fromkeys(("notice.dismissed", "notice.responded", "notice.reopened", "notice.closed"), record(**_NOTICE)),
    "notice.answered": _ANSWERED,
    **dict.fromkeys(("message.received", "message.resolved"), _MESSAGE),
    **dict.fromkeys(("subscription.mapped", "subscription.changed"), record(account=ID)),
    **dict.fromkeys(("figure.added", "figure.changed"), _FIGURE),
    **dict.fromkeys(("digest.chosen", "digest.changed"), _DIGEST),
    **dict.fromkeys(("escalation_rule.added", "escalation_rule.changed"), _ESCALATION_RULE),
    **dict.fromkeys(("escalation.entered", "escalation.left"), _ESCALATION),
    "ledger.heads": _HEADS,
    "ledger.key_rotated": _ROTATION,
    "ledger.epoch_opened": _EPOCH,
    "disclosure.erased": _ERASURE,
}
"""Every event type there is, with the schema of its `data`: the state of its subject after the change."""
