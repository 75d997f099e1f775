"""Notifications of Amazon's Selling Partner API, read leniently: Amazon's own examples do not follow its schemas.

Facts: amzn/selling-partner-api-models at 34dc93f, schemas/notifications; ACCOUNT_STATUS_CHANGED has no schema there
and is described in the documentation of notification types alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.ingest.envelope import Piece, within
from app.ingest.letter import Letter, Remarks, line, quoted
from app.ingest.rules import Flag
from app.notices.rules import Category, Severity

ACCOUNT_STATUS = "ACCOUNT_STATUS_CHANGED"
LISTING_ISSUES = "LISTINGS_ITEM_ISSUES_CHANGE"
LISTING_STATUS = "LISTINGS_ITEM_STATUS_CHANGE"

_SPELT = {
    # Amazon's schema has a word that its own example, and what it sends, has not.
    "LISTINGS_ITEM_STATUS_CHANGED": LISTING_STATUS,
    "LISTINGS_ITEM_ISSUES_CHANGED": LISTING_ISSUES,
    "ACCOUNT_STATUS_CHANGE": ACCOUNT_STATUS,
}
DEACTIVATED = {"SUSPENDED": "DEACTIVATED", "DEACTIVATED": "DEACTIVATED"}
"""Amazon's schema has one word, its example the other."""
STATUS_SEVERITY = {"NORMAL": Severity.INFO, "AT_RISK": Severity.SERIOUS, "DEACTIVATED": Severity.CRITICAL}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What a message would be as a notice."""

    category: Category
    severity: Severity
    title: str
    text: str
    items: tuple[tuple[str, str], ...] = ()

    @property
    def is_good(self) -> bool:
        """Nobody has to do anything about it."""
        return self.severity is Severity.INFO


def read(letter: Letter, piece: Piece, remarks: Remarks) -> dict[str, Any]:
    """Return the facts of a notification, by their names in a `Message`. What is missing or odd goes to *remarks*."""
    said = letter.text("NotificationType", required=True) or line(piece.hint or "") or "unknown"
    type_ = _SPELT.get(said.upper(), said.upper() if said.upper() in TYPES else said[:100])
    letter.ignore("NotificationVersion", "PayloadVersion")
    found: dict[str, Any] = {"type": type_, "event_at": letter.instant("EventTime")}
    metadata = letter.inner("NotificationMetadata", required=True)
    if metadata:
        found["notification_id"] = metadata.text("NotificationId", required=True)
        found["subscription_id"] = metadata.text("SubscriptionId", required=True)
        found["published_at"] = metadata.instant("PublishTime")
        metadata.ignore("ApplicationId")
        metadata.finish()
    if found.get("notification_id") is None:
        remarks.note(Flag.NO_ID)
    if type_ not in TYPES:
        remarks.note(Flag.UNKNOWN_TYPE)
        letter.ignore("Payload")
        return found
    name, value = letter.take("Payload", required=True)
    if not isinstance(value, dict):
        if value is not None:
            letter.note(Flag.WRONG_KIND, name)
        return found
    payload = Letter(value, remarks, f"{name}.")
    found["seller_id"] = payload.text("SellerId", required=type_ != ACCOUNT_STATUS)
    found["marketplace_id"] = payload.text("MarketplaceId")
    proposal = TYPES[type_](payload, remarks)
    payload.finish()
    return found | {"proposal": Proposal(**proposal, text=quoted(within(piece.text, *piece.path, name), remarks))}


def _account_status(payload: Letter, remarks: Remarks) -> dict[str, Any]:
    inner = payload.inner("accountStatusChangeNotification", required=True) or payload
    before = account_status(inner.text("previousAccountStatus"))
    now = account_status(inner.text("currentAccountStatus", required=True))
    if inner is not payload:
        inner.finish()
    for word in (before, now):
        if word and word not in STATUS_SEVERITY:
            remarks.note(Flag.UNKNOWN_VALUE, f"{Flag.UNKNOWN_VALUE}: account status {word}")
    was = f" (was {before})" if before else ""
    return {
        "category": Category.ACCOUNT_STATUS,
        "severity": STATUS_SEVERITY.get(now or "", Severity.WARNING),
        "title": line(f"Account status: {now or 'unknown'}{was}"),
    }


def account_status(word: str | None) -> str | None:
    """Return the one word that means it."""
    return word and DEACTIVATED.get(word.upper(), word.upper())


_ISSUES = {"ERROR": Severity.SERIOUS, "WARNING": Severity.WARNING, "NONE": Severity.INFO}
_ENFORCED = {
    "CATALOG_ITEM_REMOVED": Severity.CRITICAL,
    "LISTING_SUPPRESSED": Severity.SERIOUS,
    "SEARCH_SUPPRESSED": Severity.SERIOUS,
    "ATTRIBUTE_SUPPRESSED": Severity.WARNING,
}
_ORDER = tuple(Severity)


def _listing_issues(payload: Letter, remarks: Remarks) -> dict[str, Any]:
    items, label = _listing(payload)
    issues = payload.words("Severities", required=True)
    actions = payload.words("EnforcementActions")
    ranks = []
    for word, known in (*((one, _ISSUES) for one in issues), *((one, _ENFORCED) for one in actions)):
        if word not in known:
            remarks.note(Flag.UNKNOWN_VALUE, f"{Flag.UNKNOWN_VALUE}: {word}")
        ranks.append(known.get(word, Severity.WARNING))
    severity = max(ranks, key=_ORDER.index, default=Severity.WARNING)
    bad = ", ".join([*(one for one in issues if one != "NONE"), *actions])
    title = f"Listing issues of {label}: {bad or 'of unknown severity'}"
    if severity is Severity.INFO:
        title = f"No more listing issues of {label}"
    return {"category": Category.LISTING_ISSUE, "severity": severity, "title": line(title), "items": items}


def _listing_status(payload: Letter, remarks: Remarks) -> dict[str, Any]:
    items, label = _listing(payload)
    # Absent is not the same as empty: an empty list says that it is neither buyable nor discoverable.
    status = payload.words("Status", required=True)
    payload.ignore("CreatedDate")
    if unknown := [one for one in status if one not in ("BUYABLE", "DISCOVERABLE", "DELETED")]:
        remarks.note(Flag.UNKNOWN_VALUE, f"{Flag.UNKNOWN_VALUE}: {', '.join(unknown)}")
    severity, what = Severity.SERIOUS, "is not buyable"
    if "DELETED" in status:
        what = "was deleted"
    elif {"BUYABLE", "DISCOVERABLE"} <= set(status):
        severity, what = Severity.INFO, "is buyable and discoverable"
    elif "BUYABLE" in status:
        severity, what = Severity.WARNING, "is buyable, but not discoverable"
    return {
        "category": Category.LISTING_ISSUE,
        "severity": severity,
        "title": line(f"{label} {what}"),
        "items": items,
    }


def _listing(payload: Letter) -> tuple[tuple[tuple[str, str], ...], str]:
    """Return what a listing's notification is about, and what people call it."""
    sku, asin = payload.text("Sku", required=True), payload.text("Asin")
    items = tuple((type_, ref) for type_, ref in (("asin", asin), ("sku", sku)) if ref)
    label = f"{sku} ({asin})" if sku and asin else sku or asin or "an unnamed listing"
    return items, label[:120]


TYPES: dict[str, Callable[[Letter, Remarks], dict[str, Any]]] = {
    ACCOUNT_STATUS: _account_status,
    LISTING_ISSUES: _listing_issues,
    LISTING_STATUS: _listing_status,
}
"""The notifications that are understood, and how each is read."""
