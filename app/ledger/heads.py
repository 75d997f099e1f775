"""The tree over the ends of all plans' chains, which makes a proof complete (PROOF.md, "Completeness").

Leaf `i` is the entry of plan number `i + 1`: how many events the plan has, and the leaf hash of the last. The tree is
dense and its leaves change, so each of its perfect subtrees is kept with the size of the checkpoint from which on it is
so: the tree of any checkpoint can be read later, in as few rows as the tree is high.
"""

import base64
from collections.abc import Iterable, Mapping
from typing import NamedTuple
from uuid import UUID

import orjson

from app.core import db
from app.core.db import Read, Tx, workspace_of
from app.ledger import merkle, subtrees
from app.ledger.stored import LedgerDamaged
from app.ledger.subtrees import Node

_READ = (
    "SELECT w.level, w.idx, n.hash FROM unnest(CAST(%(levels)s AS int[]), CAST(%(indices)s AS bigint[])) w(level, idx) "
    "CROSS JOIN LATERAL (SELECT hash FROM heads_node h WHERE h.workspace_id = %(ws)s AND h.level = w.level "
    "AND h.idx = w.idx AND h.size <= %(size)s ORDER BY h.size DESC LIMIT 1) n"
)
_WRITE = (
    "INSERT INTO heads_node (workspace_id, level, idx, size, hash) SELECT %(ws)s, n.level, n.idx, %(size)s, n.hash "
    "FROM unnest(CAST(%(levels)s AS int[]), CAST(%(indices)s AS bigint[]), CAST(%(hashes)s AS bytea[])) "
    "n(level, idx, hash)"
)
_COUNT = "SELECT idx + 1 AS count FROM heads_node WHERE workspace_id = %(ws)s AND level = 0 ORDER BY idx DESC LIMIT 1"


class EntryProof(NamedTuple):
    """That a plan's entry is in the tree of a checkpoint."""

    path: list[bytes]
    """From the entry's neighbour up, as `merkle.check_inclusion` takes it."""
    root: bytes


def entry(plan: UUID, events: int, last: bytes) -> bytes:
    """Return a plan's entry (RFC 8785): so many *events*, and *last* is the leaf hash of the newest."""
    said = {"last": base64.b64encode(last).decode(), "n": events, "plan": str(plan)}
    return orjson.dumps(said, option=orjson.OPT_SORT_KEYS)


def path(read: Read, *, number: int, count: int, size: int) -> EntryProof:
    """Return the proof of plan *number*'s entry, among *count*, as of the checkpoint of *size*."""
    ranges = subtrees.inclusion(number - 1, count)
    known = _nodes(read, {node for one in [*ranges, (0, count)] for node in subtrees.peaks(*one)}, size)
    return EntryProof([subtrees.root(one, known) for one in ranges], subtrees.root((0, count), known))


def update(tx: Tx, entries: Mapping[int, bytes], *, size: int) -> tuple[int, bytes]:
    """Put the *entries*, by plan number, into the tree of the checkpoint of *size*; return its count and root.

    Plan numbers have no gaps: a new plan without its entry here would be one that the checkpoint hides.
    """
    before = _count(tx)
    count = max(before, *entries) if entries else before
    if missing := set(range(before + 1, count + 1)) - entries.keys():
        raise LedgerDamaged(f"plan number {min(missing)} has no event")
    changed = {(0, number - 1): merkle.leaf_hash(text) for number, text in entries.items()}
    above = _above(changed, count)
    beside = {(level - 1, child) for level, index in above for child in (2 * index, 2 * index + 1)}
    peaks = set(subtrees.peaks(0, count))
    known = _nodes(tx, (beside | peaks) - changed.keys() - set(above), size) | changed
    for level, index in above:
        known[level, index] = merkle.node_hash(known[level - 1, 2 * index], known[level - 1, 2 * index + 1])
    _write(tx, {node: known[node] for node in [*changed, *above]}, size)
    return count, subtrees.root((0, count), known)


def _above(nodes: Iterable[Node], count: int) -> list[Node]:
    """Return the perfect subtrees of *count* leaves that hold one of *nodes*, the lowest first."""
    found: list[Node] = []
    level, indices = 0, {index for _, index in nodes}
    while indices:
        level += 1
        indices = {index >> 1 for index in indices if (index >> 1) + 1 << level <= count}
        found += [(level, index) for index in sorted(indices)]
    return found


def _count(read: Read) -> int:
    rows = db.run(read, _COUNT, {"ws": workspace_of(read)})
    return int(rows[0].count) if rows else 0


def _nodes(read: Read, wanted: set[Node], size: int) -> dict[Node, bytes]:
    if not wanted:
        return {}
    levels, indices = zip(*sorted(wanted), strict=True)
    values = {"ws": workspace_of(read), "size": size, "levels": list(levels), "indices": list(indices)}
    found = {(row.level, row.idx): row.hash for row in db.run(read, _READ, values)}
    if missing := wanted - found.keys():
        level, index = min(missing)
        raise LedgerDamaged(f"the tree of the plans has no node {index} of level {level} at {size}")
    return found


def _write(tx: Tx, nodes: Mapping[Node, bytes], size: int) -> None:
    if nodes:
        levels, indices = zip(*nodes, strict=True)
        values = {"levels": list(levels), "indices": list(indices), "hashes": list(nodes.values())}
        db.run(tx, _WRITE, {"ws": workspace_of(tx), "size": size} | values)
