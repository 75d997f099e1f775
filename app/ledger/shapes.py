"""The fields that events in a proof have, each type's own: a second reading of PROOF.md, "Event".

On purpose not the table that the server writes by: a mistake there is found here.
"""

from typing import Any

from app.ledger import strict
from app.ledger.strict import Shape, is_count, list_of, one_of, optional, record

is_id = strict.text(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
is_instant = strict.text(r"(?!0000)\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{6}Z")
is_day = strict.text(r"(?!0000)\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
is_hash = strict.text(r"[0-9a-f]{64}")
is_base64_hash = strict.text(r"[0-9A-Za-z+/]{43}=")
is_digest = strict.text(r"[0-9A-Za-z_-]{43}")
is_zone = strict.text(r"[A-Za-z0-9_+-]{1,32}(/[A-Za-z0-9_+-]{1,32}){0,3}")
is_rule = strict.text(r"[A-Z0-9=;,+-]{1,500}")
is_kind = one_of("corrective", "preventive")

_SUBMISSION = {
    "number": is_count,
    "outcome": optional(one_of("approved", "denied", "more_info_requested")),
    "content_sha256": is_hash,
    "submitted_at": is_instant,
    "received_at": optional(is_instant),
}
_PLAN = {
    "number": is_count,
    "state": one_of("draft", "submitted", "more_info_requested", "denied", "approved", "withdrawn"),
    "timezone": is_zone,
    "account": optional(is_id),
    "content_sha256": is_hash,
    "approved_at": optional(is_instant),
    "submission": optional(record(_SUBMISSION)),
}
_SERIES = {
    "number": is_count,
    "kind": is_kind,
    "owner": is_id,
    "rule": is_rule,
    "starts_on": is_day,
    "starts_at": optional(is_instant),
    "opened": is_count,
}
_COMMITMENT = {
    "number": is_count,
    "occurrence": optional(is_count),
    "series": optional(is_id),
    "kind": is_kind,
    "state": one_of("open", "in_progress", "done", "verified", "waived"),
    "owner": is_id,
    "timezone": is_zone,
    "due_on": is_day,
    "due_at": is_instant,
    "original_due_on": is_day,
    "original_due_at": is_instant,
    "started_at": optional(is_instant),
    "done_at": optional(is_instant),
    "done_by": optional(is_id),
    "performed_on": optional(is_day),
    "days_late": optional(is_count),
    "days_late_vs_original": optional(is_count),
}
_NOTICE = {
    "kind": one_of("notification", "complaint"),
    "category": one_of(
        *("authenticity", "condition", "safety", "intellectual_property", "restricted_product", "listing_policy"),
        *("listing_issue", "order_performance", "customer_service", "documentation", "account_status", "other"),
    ),
    "severity": one_of("info", "warning", "serious", "critical"),
    "state": one_of("received", "acknowledged", "responded", "closed", "dismissed"),
    "account": optional(is_id),
    "text_sha256": is_hash,
    "received_at": is_instant,
    "respond_by": optional(is_instant),
    "attempts_allowed": optional(is_count),
    "attempts": is_count,
    "evidence_window_days": optional(is_count),
    "plan_requested": lambda value: isinstance(value, bool),
    "acknowledged_at": optional(is_instant),
    "responded_at": optional(is_instant),
    "ended_at": optional(is_instant),
    "plan": optional(is_id),
    "submission": optional(is_count),
}
_RECORDED = record({"seq": is_count, "leaf": is_hash})
_REQUESTED = one_of("requested", "granted", "refused", "withdrawn")
_REQUEST = {
    "commitment": is_id,
    "state": _REQUESTED,
    "due_on": optional(is_day),
    "due_at": optional(is_instant),
    "from_due_on": is_day,
    "from_due_at": is_instant,
    "requested_by": is_id,
    "requested_at": is_instant,
    "decided_by": optional(is_id),
    "decided_at": optional(is_instant),
}
_AMENDMENT = {
    "number": is_count,
    "state": _REQUESTED,
    "content_sha256": is_hash,
    "requested_by": is_id,
    "requested_at": is_instant,
    "decided_by": optional(is_id),
    "decided_at": optional(is_instant),
    "received_at": optional(is_instant),
}
_EFFECT = {
    "number": is_count,
    "outcome": one_of("effective", "ineffective", "inconclusive"),
    "recurrences": optional(is_count),
    "carried_out_at": is_instant,
    "window_ends_at": is_instant,
    "checked_by": is_id,
    "checked_at": is_instant,
}
_EVIDENCE = {
    "commitment": optional(is_id),
    "kind": one_of("note", "link"),
    "sha256": is_hash,
    "document_on": optional(is_day),
    "added_by": is_id,
}
_FILED = _EVIDENCE | {
    "kind": one_of("file"),
    "size": is_count,
    "media_type": one_of(
        *("application/pdf", "image/png", "image/jpeg", "image/gif", "image/webp", "image/heic", "image/tiff"),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.oasis.opendocument.text",
        "application/vnd.oasis.opendocument.spreadsheet",
        *("message/rfc822", "text/plain"),
    ),
}
_DATA: dict[str, Shape] = {
    **dict.fromkeys(
        (
            *("plan.drafted", "plan.redrafted", "plan.submitted", "plan.answered"),
            *("plan.approved", "plan.denied", "plan.more_info_requested", "plan.withdrawn"),
            "plan.signed_off",
        ),
        record(_PLAN),
    ),
    **dict.fromkeys(("series.opened", "series.extended", "series.reassigned"), record(_SERIES)),
    "series.ended": record(_SERIES | {"ended_on": is_day}),
    **dict.fromkeys(
        (
            *("commitment.opened", "commitment.started", "commitment.completed", "commitment.reassigned"),
            *("commitment.verified", "commitment.rejected", "commitment.extended", "commitment.waived"),
            *("commitment.due_soon", "commitment.overdue", "commitment.paused"),
        ),
        record(_COMMITMENT),
    ),
    **dict.fromkeys(
        (
            *("extension.requested", "extension.granted", "extension.refused", "extension.withdrawn"),
            *("waiver.requested", "waiver.granted", "waiver.refused", "waiver.withdrawn"),
        ),
        record(_REQUEST),
    ),
    **dict.fromkeys(
        ("amendment.requested", "amendment.granted", "amendment.refused", "amendment.withdrawn"), record(_AMENDMENT)
    ),
    "effectiveness.checked": record(_EFFECT),
    "evidence.added": record(_EVIDENCE),
    "evidence.filed": record(_FILED),
    "evidence.superseded": record({"superseded_by": is_id, "superseded_at": is_instant}),
    "notice.answered": record(_NOTICE | {"recorded": _RECORDED}),
    **dict.fromkeys(("notice.reopened", "notice.closed"), record(_NOTICE)),
    "ledger.heads": record({"count": is_count, "root": is_hash}),
    "disclosure.erased": record({"digests": list_of(is_digest)}),
}
_EVENT = record(
    {
        "v": lambda value: type(value) is int and value == 1,
        "ws": is_id,
        "seq": is_count,
        "at": is_instant,
        "type": lambda value: isinstance(value, str) and value in _DATA,
        "actor": is_id,
        "plan": optional(is_id),
        "plan_seq": optional(is_count),
        "prev": optional(is_base64_hash),
        "subj": is_id,
        "data": lambda value: isinstance(value, dict),
        "sd": list_of(is_digest),
    }
)


def is_event(value: Any) -> bool:
    """Say whether it has the fields of an event that may be in a proof."""
    return _EVENT(value) and _DATA[value["type"]](value["data"])
