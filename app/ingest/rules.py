"""What became of a message, what was odd about it, and to which account it belongs. Pure."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from app.core.problems import BadRequest, Conflict, Invalid, NotFound

MAX_RECORDS = 1000
"""Messages of one request."""

MAX_READINGS = 5000
"""Figures in all reports of one request."""

ERASED = "[erased]"
"""What stands where words were erased (`proofs`)."""


class Fate(StrEnum):
    """What became of a message."""

    RECORDED = "recorded"
    """It is a notice, or as many as a report has bad news."""
    DUPLICATE = "duplicate"
    """It came before: counted, nothing added."""
    UNRESOLVED = "unresolved"
    """It waits until somebody says which account it concerns."""
    KEPT = "kept"
    """It is of a type that is not understood, or says something else under a known id: kept and flagged."""
    NOTHING_WORSE = "nothing_worse"
    """A report in which nothing is worse than in the last one."""


class Status(StrEnum):
    """How a message stands: what became of it, unless something did since."""

    RECORDED = Fate.RECORDED
    UNRESOLVED = Fate.UNRESOLVED
    KEPT = Fate.KEPT
    NOTHING_WORSE = Fate.NOTHING_WORSE


class Flag(StrEnum):
    """What was odd about a message."""

    UNKNOWN_TYPE = "unknown_type"
    UNKNOWN_FIELD = "unknown_field"
    MISSING_FIELD = "missing_field"
    WRONG_KIND = "wrong_kind"
    """A field holds another kind of JSON value than Amazon's own schema says."""
    UNKNOWN_VALUE = "unknown_value"
    UNREADABLE_TIME = "unreadable_time"
    NO_ID = "no_id"
    """Nothing tells it from another with the same content, so a second one counts as the same."""
    NOT_A_MESSAGE = "not_a_message"
    TOO_DEEP = "too_deep"
    """Wrapped or nested more deeply than is looked."""
    TOO_MANY = "too_many"
    """A report with more figures than are looked at."""
    CUT = "cut"
    """The words of its notice are cut; the message itself is whole."""
    DIFFERS = "differs"
    """One with this id came before, about the same instant and with other content."""


class Why(StrEnum):
    """Why a message waits."""

    UNKNOWN_SELLER = "unknown_seller"
    SEVERAL_ACCOUNTS = "several_accounts"
    """The seller has several accounts here, and the marketplace that the message names is none of theirs."""
    UNKNOWN_SUBSCRIPTION = "unknown_subscription"
    NOTHING_NAMED = "nothing_named"
    """It names neither a seller nor a subscription, as reports do."""


class BodyUnreadable(BadRequest):
    """This is not JSON, so it is no message.

    Send what Amazon sent, as it is: one JSON value, or several, one after the other. Nothing was kept of this request.
    """


class TooManyMessages(Invalid):
    """There is too much in one request.

    Send up to 1,000 messages at a time, and reports with up to 5,000 figures together. Nothing was recorded.
    """


class MessageNotFound(NotFound):
    """There is no such message."""


class MessageIsResolved(Conflict):
    """This message does not wait for an account.

    It was resolved before, or needed no account. `GET /v1/ingest/messages/{id}` says what became of it.
    """


class Candidate(NamedTuple):
    """An account that a seller id may mean."""

    id: UUID
    marketplace: str


def account_of(candidates: Sequence[Candidate], marketplace_id: str | None) -> UUID | Why:
    """Return which of a seller's accounts a message concerns, or why nobody knows.

    With one account there is no question. `MarketplaceId` is often wrong (amzn/selling-partner-api-models#2376), so it
    chooses among several and rules out none.
    """
    if not candidates:
        return Why.UNKNOWN_SELLER
    if len(candidates) == 1:
        return candidates[0].id
    names = {marketplace_id.casefold(), MARKETPLACES.get(marketplace_id, "")} if marketplace_id else set()
    matching = [one.id for one in candidates if one.marketplace.casefold() in names]
    return matching[0] if len(matching) == 1 else Why.SEVERAL_ACCOUNTS


MARKETPLACES = {
    "ATVPDKIKX0DER": "amazon.com",
    "A2EUQ1WTGCTBG2": "amazon.ca",
    "A1AM78C64UM0Y8": "amazon.com.mx",
    "A2Q3Y263D00KWC": "amazon.com.br",
    "A1F83G8C2ARO7P": "amazon.co.uk",
    "A28R8C7NBKEWEA": "amazon.ie",
    "A1PA6795UKMFR9": "amazon.de",
    "A13V1IB3VIYZZH": "amazon.fr",
    "A1RKKUPIHCS9HS": "amazon.es",
    "APJ6JRA9NG5V4": "amazon.it",
    "A1805IZSGTT6HS": "amazon.nl",
    "AMEN7PMS3EDWL": "amazon.com.be",
    "A2NODRKZP88ZB9": "amazon.se",
    "A1C3SOZRARQ6R3": "amazon.pl",
    "A33AVAJ2PDY3EV": "amazon.com.tr",
    "AE08WJ6YKNBMC": "amazon.co.za",
    "ARBP9OOSHTCHU": "amazon.eg",
    "A17E79C6D8DWNP": "amazon.sa",
    "A2VIGQ35RCS4UG": "amazon.ae",
    "A21TJRUUN4KGV": "amazon.in",
    "A19VAU5U5O7RUS": "amazon.sg",
    "A39IBJ37TRP1C6": "amazon.com.au",
    "A1VC38T7YXB528": "amazon.co.jp",
}
"""Amazon's marketplaces by id (developer-docs.amazon.com/sp-api/docs/marketplace-ids)."""
