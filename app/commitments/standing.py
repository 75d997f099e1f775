"""How a commitment stands: its row, the span that says since when, the event that says so. Written in one place."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from app.commitments.models import Commitment, CommitmentSpan, Series
from app.core import db
from app.core.db import Tx
from app.ledger.events import Change


def turn(tx: Tx, row: Commitment, *, at: datetime, **values: Any) -> None:
    """Write *values* to the row, end the span that stood until now and begin the next."""
    db.run(tx, _turning(tuple(values)), {"ws": row.workspace_id, "id": row.id, "at": at, **values})
    for name, value in (values | {"version": row.version + 1}).items():
        # The row in memory says the same, without the unit of work writing it again.
        sa.orm.attributes.set_committed_value(row, name, value)


@cache
def _turning(names: tuple[str, ...]) -> str:
    """Return the statement for a change of the columns *names*: the row and both spans in one round trip."""
    changes = ", ".join(f"{name} = %({name})s" for name in names)
    return (
        f"WITH standing AS (UPDATE commitment SET {changes}, version = version + 1 "  # noqa: S608 - names are ours
        "WHERE workspace_id = %(ws)s AND id = %(id)s RETURNING *), "
        # Whoever waited for the row read the clock before those who held it: a span does not end before it begins.
        "ended AS (UPDATE commitment_span SET until = greatest(since, %(at)s) "
        "WHERE workspace_id = %(ws)s AND commitment_id = %(id)s AND until IS NULL RETURNING until) "
        "INSERT INTO commitment_span (workspace_id, commitment_id, version, since, state, owner_id, due_on, due_at) "
        "SELECT workspace_id, id, version, until, state, owner_id, due_on, due_at FROM standing, ended"
    )


def change(type_: str, row: Commitment, **private: str) -> Change:
    return Change(type=type_, subject=row.id, data=row.facts(), private=private)


def series_change(type_: str, series: Series) -> Change:
    ended = {"ended_on": series.ended_on} if type_ == "series.ended" else {}
    return Change(type=type_, subject=series.id, data=series.facts() | ended, private={"text": series.text})


def store(tx: Tx, rows: Sequence[Commitment]) -> None:
    tx.add_all(rows)
    tx.flush()
    tx.add_all(_first_span(row) for row in rows)
    tx.flush()


def _first_span(row: Commitment) -> CommitmentSpan:
    return CommitmentSpan(
        workspace_id=row.workspace_id,
        commitment_id=row.id,
        version=row.version,
        since=row.created_at,
        state=row.state,
        owner_id=row.owner_id,
        due_on=row.due_on,
        due_at=row.due_at,
    )
