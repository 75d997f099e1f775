"""`followthrough audit`: does what is stored agree with itself?

From the stored bytes, event by event (`audit_events`), the trees are grown again (`audit_tree`) and compared with the
tiles, the tree of the plans and every checkpoint (`audit_seals`); then each row that people work on with what the
events about it say (`audit_state`). Memory stays flat: a batch of events, the edges of the trees, and the end of each
plan's chain.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from app.core import db
from app.core.db import Read
from app.ledger import merkle
from app.ledger.events import plain
from app.proofs import audit_events
from app.proofs.audit_events import Walk
from app.proofs.audit_evidence import EvidenceCheck
from app.proofs.audit_rows import Event, events, rows
from app.proofs.audit_seals import Checkpoints, Trust, sealed_size, vouched_faults
from app.proofs.audit_state import state_faults
from app.proofs.audit_tree import Heads, Tiles

MAX_FAULTS = 100
"""Enough to see what is wrong; after as many, the audit stops."""

_HEAD = "SELECT size, frontier, last_at, epoch, sealed FROM ledger_head WHERE workspace_id = %(ws)s"


@dataclass
class Report:
    """What was looked at and what is wrong."""

    events: int = 0
    root: str = ""
    faults: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not self.faults


def check(
    engine: sa.Engine, workspace_id: UUID, *, trust: Trust | None = None, progress: Callable[[int, int], None]
) -> Report:
    """Audit one workspace and report; *progress* is called with how many events are done, and of how many.

    Signatures are checked if *trust* says by whom they have to be. Everything is read as of one instant, so writes
    that go on meanwhile disturb nothing.
    """
    report = Report()
    with db.reading(engine, workspace_id) as read:
        read.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        read.execute(sa.text("SET LOCAL statement_timeout = 0"))
        for fault in _faults(read, Walk(str(workspace_id)), trust, report, progress):
            report.faults.append(fault)
            if len(report.faults) == MAX_FAULTS:
                break
    return report


def _faults(
    read: Read, walk: Walk, trust: Trust | None, report: Report, progress: Callable[[int, int], None]
) -> Iterator[str]:
    head = rows(read, _HEAD)[0]
    tree = _Tree(read, trust)
    evidence = EvidenceCheck()
    for batch in events(read):
        added: list[tuple[Event, dict[str, Any]]] = []
        for row in batch:
            faults: list[str] = []
            event = audit_events.step(walk, row, faults)
            yield from faults
            yield from tree.faults(walk, event)
            if event is not None and event["type"].startswith("evidence."):
                added.append((row, event))
        yield from tree.tiles.faults(read)
        yield from evidence.faults(read, added)
        report.events, report.root = walk.size, merkle.frontier_root(walk.frontier).hex()
        progress(walk.size, head.size)
    yield from _head_faults(head, walk, tree.sealed)
    for digest, row in walk.missing.items():
        yield f"event {row.seq}: what {digest} stands for is gone, and no event says that it was erased"
    yield from tree.last_faults(read, walk)
    yield from vouched_faults(read, trust)
    yield from evidence.last_faults(read, walk)
    yield from state_faults(read, walk)


class _Tree:
    """What is made of the leaves: tiles, the tree of the plans, checkpoints."""

    def __init__(self, read: Read, trust: Trust | None) -> None:
        self.tiles = Tiles(sealed_size(read))
        self.sealed = 0
        """The size of the tree that ends in the last heads leaf."""
        self._heads = Heads(read)
        self._checkpoints = Checkpoints(read, trust)

    def faults(self, walk: Walk, event: dict[str, Any] | None) -> Iterator[str]:
        """Check what is due at the event that *walk* has just stepped over."""
        self.tiles.add(walk.leaf)
        type_ = event["type"] if event else None
        if event and type_ == "ledger.heads":
            self.sealed = walk.size
            yield from self._heads.faults(walk.size, event["data"], {one: walk.chains[one] for one in walk.moved})
            walk.moved.clear()
        yield from self._checkpoints.faults(walk, type_)

    def last_faults(self, read: Read, walk: Walk) -> Iterator[str]:
        yield from self.tiles.last_faults(read)
        yield from self._heads.last_faults()
        yield from self._checkpoints.last_faults(walk)


def _head_faults(head: Any, walk: Walk, sealed: int) -> Iterator[str]:
    if walk.size != head.size:
        yield f"the head counts {head.size} events, {walk.size} are stored"
    if b"".join(walk.frontier) != head.frontier:
        yield "the head's frontier is not that of the stored events"
    if (plain(head.last_at) or "") != walk.at:
        yield f"the head says that the last event was at {head.last_at}, it was at {walk.at}"
    if head.epoch != walk.epoch:
        yield f"the head is in epoch {head.epoch}, the ledger in {walk.epoch}"
    if head.sealed != sealed:
        yield f"the head says that {head.sealed} events are sealed, the last heads leaf says {sealed}"
