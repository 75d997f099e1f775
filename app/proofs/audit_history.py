"""What the events say about rows: all of it, for as many rows as are compared at once."""

from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from app.core.db import Read
from app.ledger.catalogue import SCHEMAS
from app.ledger.events import opened
from app.proofs.audit_rows import rows

_EVENTS = (
    "SELECT e.seq, e.subject, e.body, (SELECT array_agg(d.disclosure) FROM disclosure d "
    "WHERE d.workspace_id = e.workspace_id AND d.seq = e.seq) AS said FROM ledger_event e "
    "WHERE e.workspace_id = %(ws)s AND e.subject = ANY(CAST(%(ids)s AS uuid[])) "
    # Of the ledger's own events, whose subject is the workspace, there is one for each checkpoint.
    'AND position(\'"type":"ledger.\' IN e.body) = 0 ORDER BY e.seq'
)


class Said(NamedTuple):
    """An event about a row."""

    seq: int
    type: str
    at: str
    actor: str
    plan: str | None
    data: dict[str, Any]
    words: dict[str, str]
    """What it discloses, by name."""


def histories(read: Read, ids: list[UUID]) -> dict[UUID, list[Said]]:
    """Return the events about each of *ids*, in order; those of erasures are about the ledger, and left out.

    What is no event is left out, too: the walk over the events has named it.
    """
    found: dict[UUID, list[Said]] = {}
    for row in rows(read, _EVENTS, {"ids": ids}):
        try:
            event = orjson.loads(row.body)
            fields = (event[name] for name in ("type", "at", "actor", "plan", "data"))
            said = Said._make([row.seq, *fields, words_of(row.said or ())])
        except (ValueError, KeyError, TypeError):
            continue
        if said.type != "disclosure.erased" and said.type in SCHEMAS and SCHEMAS[said.type](said.data):
            found.setdefault(row.subject, []).append(said)
    return found


def words_of(disclosures: Iterable[str]) -> dict[str, str]:
    """Return what is disclosed, by name; what cannot be read is left out, as the walk has named it, too."""
    found = {}
    for one in disclosures:
        try:
            name, value = opened(one)
            found[name] = value
        except (ValueError, TypeError):
            continue
    return found


def last_words(history: list[Said]) -> dict[str, str]:
    """Return what was disclosed last under each name."""
    return {name: value for said in history for name, value in said.words.items()}
