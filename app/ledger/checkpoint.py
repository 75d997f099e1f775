"""Sealing: what was appended since the last time gets a root, and the root a signature (PROOF.md, "Checkpoint").

Two transactions. The first appends the heads leaf, which says of every plan how far it has come. The second computes
the root from the stored bytes and has it signed. Both do only what is missing, so whoever comes next repairs what a
crash between them left.
"""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from app.core import db
from app.core.db import Read, Tx, workspace_of
from app.ledger import heads, log, merkle, signer, stored, subtrees, tiles
from app.ledger.events import LEDGER, Change
from app.ledger.models import SealedCheckpoint
from app.ledger.signer import Keyring
from app.ledger.stored import LedgerDamaged

_GROWN = "SELECT workspace_id FROM ledger_head WHERE size <> sealed ORDER BY workspace_id"
_HEAD = "SELECT size, sealed, epoch, frontier FROM ledger_head WHERE workspace_id = %(ws)s"
_PLANS = (
    "SELECT plan_id, number, events, last_leaf FROM ledger_plan "
    "WHERE workspace_id = %(ws)s AND plan_id = ANY(CAST(%(plans)s AS uuid[]))"
)
_SEALED = "UPDATE ledger_head SET sealed = size WHERE workspace_id = %(ws)s RETURNING size"
# Until the transaction ends: the tiles are extended by one at a time, without keeping writers waiting.
_ALONE = "SELECT pg_advisory_xact_lock(hashtextextended('followthrough.seal ' || %(ws)s, 0))"

Ends = dict[UUID, tuple[int, bytes]]
"""Of each plan, how many events it has had and the leaf hash of the last."""


def grown(engine: sa.Engine) -> list[UUID]:
    """Return the workspaces in which something was appended since their last heads leaf."""
    with engine.connect() as connection:
        connection.exec_driver_sql(f"BEGIN READ ONLY; SET LOCAL ROLE {db.WORKER_ROLE}")
        found = connection.exec_driver_sql(_GROWN).scalars().all()
        connection.exec_driver_sql("COMMIT")
        return list(found)


def seal(engine: sa.Engine, workspace: UUID, ring: Keyring, *, at: datetime) -> SealedCheckpoint | None:
    """Seal what was appended since the last checkpoint, and return the new one; None if there was nothing to seal.

    Of two who seal at once, one appends the heads leaf and one signs; the other finds it done. Raises LedgerDamaged
    if what is stored does not agree with itself, and WillNotSign if it contradicts what was signed before.
    """
    with db.writing(engine, workspace) as tx:
        append_heads(tx, at=at)
    # A crash here leaves a tree that ends in its heads leaf, without a signature; the next seal signs it.
    with db.writing(engine, workspace) as tx:
        return sign_sealed(tx, ring, at=at)


def latest(read: Read) -> SealedCheckpoint | None:
    """Return the newest checkpoint, of the newest epoch; None if nothing was sealed yet."""
    query = select(SealedCheckpoint).where(SealedCheckpoint.workspace_id == workspace_of(read))
    newest = query.order_by(col(SealedCheckpoint.epoch).desc(), col(SealedCheckpoint.size).desc()).limit(1)
    return read.exec(newest).first()


def append_heads(tx: Tx, *, at: datetime) -> bool:
    """Append the heads leaf, unless it is the last one already. Return whether there was anything to do."""
    workspace = workspace_of(tx)
    seen = db.run(tx, _HEAD, {"ws": workspace})[0]
    if seen.size == seen.sealed:
        return False
    # Most is read before the head is locked, so that writers wait for the rest alone.
    ends = _ends(tx, seen.sealed, seen.size)
    head = db.run(tx, f"{_HEAD} FOR UPDATE", {"ws": workspace})[0]
    if head.sealed != seen.sealed:
        # Another was faster. What came after its leaf is left for the next round.
        return False
    ends |= _ends(tx, seen.size, head.size)
    size = head.size + 1
    count, root = heads.update(tx, _entries(tx, ends), size=size)
    change = Change(type="ledger.heads", subject=LEDGER, data={"count": count, "root": root.hex()})
    log.append(tx, [change], actor=workspace, at=at)
    db.run(tx, _SEALED, {"ws": workspace})
    return True


def sign_sealed(tx: Tx, ring: Keyring, *, at: datetime) -> SealedCheckpoint | None:
    """Sign the tree that ends in the last heads leaf, unless that was done. Return the checkpoint if it is new."""
    workspace = workspace_of(tx)
    db.run(tx, _ALONE, {"ws": str(workspace)})
    head = db.run(tx, _HEAD, {"ws": workspace})[0]
    before = _last_size(tx, head.epoch)
    if head.sealed == before:
        return None
    tiles.extend(tx, head.sealed)
    root = tiles.root(tx, head.sealed)
    _compare(tx, head.frontier, head.size, head.sealed)
    tree = signer.Tree(workspace, head.epoch, head.sealed, root, before)
    text = signer.sign(ring, tree, root_at=lambda size: tiles.root(tx, size))
    # A crash here leaves the tiles as they were and the signature with nobody; the next seal does both again.
    return _keep(tx, tree, text, at=at)


def _keep(tx: Tx, tree: signer.Tree, text: str, *, at: datetime) -> SealedCheckpoint | None:
    """Write the checkpoint down. If one of that size is there, it must be the same."""
    values = {"workspace_id": tree.workspace, "epoch": tree.epoch, "size": tree.size, "root": tree.root}
    row = insert(SealedCheckpoint).values(values | {"note": text, "sealed_at": at}).on_conflict_do_nothing()
    made = tx.execute(row.returning(col(SealedCheckpoint.size))).first()
    found = tx.get_one(SealedCheckpoint, (tree.workspace, tree.epoch, tree.size))
    if found.root != tree.root:
        raise LedgerDamaged(f"the checkpoint of size {tree.size} has another root than the events below it")
    return found if made else None


def _last_size(read: Read, epoch: int) -> int:
    query = sa.select(sa.func.max(SealedCheckpoint.size)).where(
        col(SealedCheckpoint.workspace_id) == workspace_of(read), col(SealedCheckpoint.epoch) == epoch
    )
    return read.execute(query).scalar_one() or 0


def _ends(read: Read, start: int, end: int) -> Ends:
    """Return how the plans end that events from *start* up to *end* belong to, by what those events say."""
    last = {event.plan_id: event for batch in stored.events(read, start, end) for event in batch if event.plan_id}
    return {plan: (orjson.loads(event.body)["plan_seq"], event.leaf) for plan, event in last.items() if plan}


def _entries(read: Read, ends: Ends) -> dict[int, bytes]:
    """Return the entries of plans in the heads tree, by plan number."""
    rows = db.run(read, _PLANS, {"ws": workspace_of(read), "plans": list(ends)})
    found = {row.plan_id: row for row in rows}
    for plan, end in ends.items():
        if plan not in found or (found[plan].events, found[plan].last_leaf) != end:
            raise LedgerDamaged(f"the events of plan {plan} do not end where its chain says")
    return {row.number: heads.entry(row.plan_id, row.events, row.last_leaf) for row in rows}


def _compare(read: Read, frontier: bytes, size: int, sealed: int) -> None:
    """Refuse if the tree that grew with every write is not the one that the stored bytes make."""
    for (level, index), expected in zip(subtrees.peaks(0, size), _hashes(frontier), strict=True):
        start, end = index << level, index + 1 << level
        if end <= sealed and tiles.nodes(read, [(start, end)])[level, index] != expected:
            raise LedgerDamaged(f"events {start} to {end - 1} are not those that were appended")


def _hashes(text: bytes) -> Iterator[bytes]:
    for start in range(0, len(text), merkle.HASH_SIZE):
        yield text[start : start + merkle.HASH_SIZE]
