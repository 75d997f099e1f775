"""Whose a message is: by its seller, else by its subscription, else by what the sender says."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from app.core.db import Read
from app.ingest import queries
from app.ingest.rules import Candidate, Why, account_of


@dataclass(frozen=True, slots=True)
class Owners:
    """What is known of some sellers and subscriptions."""

    accounts: dict[str, list[Candidate]]
    """By seller id."""
    subscriptions: dict[str, UUID]
    otherwise: UUID | None = None
    """The account that the sender named, for messages that do not tell."""

    @classmethod
    def known(
        cls, read: Read, named: Iterable[tuple[str | None, str | None]], *, otherwise: UUID | None = None
    ) -> Self:
        """Return what is known of the sellers and subscriptions that messages have *named*."""
        named = list(named)
        sellers = {seller for seller, _ in named if seller}
        subscriptions = {subscription for _, subscription in named if subscription}
        return cls(queries.candidates(read, sellers), queries.subscribed(read, subscriptions), otherwise)

    def of(self, seller: str | None, subscription: str | None, marketplace: str | None) -> UUID | Why:
        """Return the account that a message is about, or why nobody knows."""
        found: UUID | Why = Why.UNKNOWN_SUBSCRIPTION if subscription else Why.NOTHING_NAMED
        if seller:
            found = account_of(self.accounts.get(seller, []), marketplace)
        if isinstance(found, UUID):
            return found
        return self.subscriptions.get(subscription or "") or self.otherwise or found
