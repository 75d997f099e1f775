"""The figures of a seller performance report, what each is about, and when one has become worse. Pure."""

from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import NamedTuple, Protocol

from app.notices.rules import Category


class Metric(StrEnum):
    """A figure that is known here."""

    ACCOUNT_STATUS = "account_status"
    ACCOUNT_HEALTH_RATING = "account_health_rating"
    WARNING = "warning"
    LISTING_POLICY = "listing_policy_violations"
    AUTHENTICITY = "product_authenticity_customer_complaints"
    CONDITION = "product_condition_customer_complaints"
    SAFETY = "product_safety_customer_complaints"
    FOOD_SAFETY = "food_and_product_safety_issues"
    RECEIVED_IP = "received_intellectual_property_complaints"
    SUSPECTED_IP = "suspected_intellectual_property_violations"
    RESTRICTED = "restricted_product_policy_violations"
    OTHER_POLICY = "other_policy_violations"
    DOCUMENTS = "document_requests"
    ORDER_DEFECT_MFN = "order_defect_rate_mfn"
    ORDER_DEFECT_AFN = "order_defect_rate_afn"
    LATE_SHIPMENT = "late_shipment_rate"
    CANCELLATION = "pre_fulfillment_cancellation_rate"
    ON_TIME_DELIVERY = "on_time_delivery_rate"
    UNIT_ON_TIME_DELIVERY = "unit_on_time_delivery_rate"
    VALID_TRACKING = "valid_tracking_rate"
    INVOICE_DEFECT = "invoice_defect_rate"
    OTHER = "other"

    @classmethod
    def named(cls, name: str) -> "Metric":
        """Return the figure that Amazon calls so, in its schema or in its example."""
        return _spellings().get(name.replace("_", "").replace(".", "").lower(), cls.OTHER)


_ALIASES = {
    "prefulfillmentcancelrate": Metric.CANCELLATION,
    "documentrequest": Metric.DOCUMENTS,
}


@cache
def _spellings() -> dict[str, Metric]:
    unnamed = (Metric.OTHER, Metric.WARNING, Metric.ACCOUNT_STATUS)
    return {one.value.replace("_", ""): one for one in Metric if one not in unnamed} | _ALIASES


class About(NamedTuple):
    category: Category
    title: str


METRICS = {
    Metric.ACCOUNT_STATUS: About(Category.ACCOUNT_STATUS, "Account status"),
    Metric.ACCOUNT_HEALTH_RATING: About(Category.ACCOUNT_STATUS, "Account health rating"),
    Metric.WARNING: About(Category.ACCOUNT_STATUS, "Warning"),
    Metric.LISTING_POLICY: About(Category.LISTING_POLICY, "Listing policy violations"),
    Metric.AUTHENTICITY: About(Category.AUTHENTICITY, "Complaints about authenticity"),
    Metric.CONDITION: About(Category.CONDITION, "Complaints about condition"),
    Metric.SAFETY: About(Category.SAFETY, "Complaints about safety"),
    Metric.FOOD_SAFETY: About(Category.SAFETY, "Food and product safety issues"),
    Metric.RECEIVED_IP: About(Category.INTELLECTUAL_PROPERTY, "Intellectual property complaints received"),
    Metric.SUSPECTED_IP: About(Category.INTELLECTUAL_PROPERTY, "Suspected intellectual property violations"),
    Metric.RESTRICTED: About(Category.RESTRICTED_PRODUCT, "Restricted product policy violations"),
    Metric.OTHER_POLICY: About(Category.OTHER, "Other policy violations"),
    Metric.DOCUMENTS: About(Category.DOCUMENTATION, "Document requests"),
    Metric.ORDER_DEFECT_MFN: About(Category.ORDER_PERFORMANCE, "Order defect rate (seller-fulfilled)"),
    Metric.ORDER_DEFECT_AFN: About(Category.ORDER_PERFORMANCE, "Order defect rate (fulfilled by Amazon)"),
    Metric.LATE_SHIPMENT: About(Category.ORDER_PERFORMANCE, "Late shipment rate"),
    Metric.CANCELLATION: About(Category.ORDER_PERFORMANCE, "Pre-fulfilment cancellation rate"),
    Metric.ON_TIME_DELIVERY: About(Category.ORDER_PERFORMANCE, "On-time delivery rate"),
    Metric.UNIT_ON_TIME_DELIVERY: About(Category.ORDER_PERFORMANCE, "Unit on-time delivery rate"),
    Metric.VALID_TRACKING: About(Category.ORDER_PERFORMANCE, "Valid tracking rate"),
    Metric.INVOICE_DEFECT: About(Category.ORDER_PERFORMANCE, "Invoice defect rate"),
    Metric.OTHER: About(Category.OTHER, "Account health"),
}


class Status(StrEnum):
    """What Amazon's words come to."""

    GOOD = "good"
    BAD = "bad"
    WORST = "worst"

    @property
    def rank(self) -> int:
        return tuple(Status).index(self)

    @classmethod
    def of(cls, word: str) -> "Status | None":
        return _WORDS.get(word)


_WORDS = {
    **dict.fromkeys(("GOOD", "NONE", "NORMAL", "GREAT", "HEALTHY"), Status.GOOD),
    **dict.fromkeys(("BAD", "AT_RISK", "WARNED", "UNHEALTHY", "FAIR"), Status.BAD),
    **dict.fromkeys(("DEACTIVATED", "SUSPENDED", "CRITICAL"), Status.WORST),
}


class Figure(Protocol):
    """How a figure stands: of a report, or as it is known."""

    @property
    def status(self) -> str: ...
    @property
    def count(self) -> int | None: ...
    @property
    def beyond(self) -> bool: ...
    @property
    def until(self) -> datetime | None: ...


def is_older(now: Figure, known: Figure | None) -> bool:
    """Say whether a figure is about an earlier time than what is known: it came late, and changes nothing."""
    return known is not None and known.until is not None and now.until is not None and now.until < known.until


def is_worse(now: Figure, known: Figure | None) -> bool:
    """Say whether a figure is bad news: its status fell, complaints are more, or its rate newly misses the target.

    Of what was never seen before, only the status speaks: a count or a rate alone is not worse than anything.
    """
    if known is None:
        return Status(now.status) is not Status.GOOD
    if is_older(now, known):
        return False
    more = now.count is not None and known.count is not None and now.count > known.count
    return Status(now.status).rank > Status(known.status).rank or more or (now.beyond and not known.beyond)
