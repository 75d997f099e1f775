"""Reading the ledger."""

from collections import defaultdict

from sqlmodel import col, select

from app.core.db import Read, workspace_of
from app.ledger.models import Disclosure, LedgerEvent, LedgerHead


def size(session: Read) -> int:
    return session.exec(select(LedgerHead.size).where(LedgerHead.workspace_id == workspace_of(session))).one()


def events(session: Read, *, after: int, limit: int) -> list[LedgerEvent]:
    """Return up to *limit* events with a number above *after*, in order."""
    query = select(LedgerEvent).where(LedgerEvent.workspace_id == workspace_of(session), LedgerEvent.seq > after)
    return list(session.exec(query.order_by(col(LedgerEvent.seq)).limit(limit)))


def disclosures(session: Read, first: int, last: int) -> dict[int, list[Disclosure]]:
    """Return what events *first* to *last* disclose, by their number; erased ones are absent."""
    query = select(Disclosure).where(
        Disclosure.workspace_id == workspace_of(session), Disclosure.seq >= first, Disclosure.seq <= last
    )
    found: dict[int, list[Disclosure]] = defaultdict(list)
    for row in session.exec(query.order_by(col(Disclosure.seq), col(Disclosure.digest))):
        found[row.seq].append(row)
    return found
