"""Where every plan's chain ends, as a tree of its own: what makes a proof complete (PROOF.md, "Completeness").

Leaf *i* says of plan number *i* + 1 which event is its last and how many it has. The root is the last event before each
checkpoint. Nodes are kept with the size of the checkpoint from which on they hold, so that the tree of every checkpoint can
be read, and a plan's event changes one node of each height.
"""

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from app.core import db
from app.core.db import Read, Tx, workspace_of
from app.ledger import merkle
from app.ledger.tiles import range_root

_AS_OF = (
    "SELECT k.level, k.idx, n.hash FROM unnest(%(levels)s::int[], %(indices)s::bigint[]) k (level, idx), "
    "LATERAL (SELECT h.hash FROM heads_node h WHERE h.workspace_id = %(ws)s AND h.level = k.level AND h.idx = k.idx "
    "AND h.size <= %(size)s ORDER BY h.size DESC LIMIT 1) n"
)
_WRITE = (
    "INSERT INTO heads_node (workspace_id, level, idx, size, hash) SELECT %(ws)s, n.level, n.idx, %(size)s, n.hash "
    "FROM unnest(%(levels)s::int[], %(indices)s::bigint[], %(hashes)s::bytea[]) n (level, idx, hash)"
)

Nodes = dict[tuple[int, int], bytes]
"""Perfect subtrees by height and index."""


@dataclass(frozen=True, slots=True)
class End:
    """The end of a plan's chain."""

    number: int
    plan: UUID
    events: int
    last: bytes


def entry(plan: UUID, events: int, last: bytes) -> str:
    """Return the entry of a plan (RFC 8785)."""
    return json.dumps({"last": base64.b64encode(last).decode(), "n": events, "plan": str(plan)}, separators=(",", ":"))


def update(tx: Tx, ends: Iterable[End], *, count: int, size: int) -> bytes:
    """Record the *ends* that changed, as of the checkpoint of *size*, in a tree of *count* plans; return its root.

    Every plan that is new must be among them. A crash before the commit leaves the tree of the checkpoint before.
    """
    changed: Nodes = {
        (0, one.number - 1): merkle.leaf_hash(entry(one.plan, one.events, one.last).encode()) for one in ends
    }
    height, row = 0, sorted(index for _, index in changed)
    while row:
        parents = sorted({index // 2 for index in row if (index // 2 + 1) << (height + 1) <= count})
        below = [(height, child) for index in parents for child in (2 * index, 2 * index + 1)]
        nodes = _nodes(tx, [one for one in below if one not in changed], size=size) | changed
        for index in parents:
            changed[height + 1, index] = merkle.node_hash(nodes[height, 2 * index], nodes[height, 2 * index + 1])
        height, row = height + 1, parents
    _write(tx, changed, size=size)
    return root(tx, count=count, size=size)


def root(read: Read, *, count: int, size: int) -> bytes:
    """Return the root over *count* plans as of the checkpoint of *size*."""
    nodes = _nodes(read, merkle.perfect_nodes(0, count), size=size)
    return range_root(0, count, lambda height, index: nodes[height, index]) if count else merkle.root([])


def path(read: Read, number: int, *, count: int, size: int) -> list[bytes]:
    """Return the inclusion path of plan *number*'s entry among *count*, as of the checkpoint of *size*."""
    ranges = merkle.inclusion_ranges(number - 1, count)
    nodes = _nodes(read, [node for start, end in ranges for node in merkle.perfect_nodes(start, end)], size=size)
    return [range_root(start, end, lambda height, index: nodes[height, index]) for start, end in ranges]


def _nodes(read: Read, places: list[tuple[int, int]], *, size: int) -> Nodes:
    if not places:
        return {}
    values = {
        "ws": workspace_of(read),
        "levels": [height for height, _ in places],
        "indices": [index for _, index in places],
        "size": size,
    }
    return {(row.level, row.idx): row.hash for row in db.run(read, _AS_OF, values)}


def _write(tx: Tx, changed: Mapping[tuple[int, int], bytes], *, size: int) -> None:
    values = {
        "ws": workspace_of(tx),
        "levels": [height for height, _ in changed],
        "indices": [index for _, index in changed],
        "hashes": list(changed.values()),
        "size": size,
    }
    db.run(tx, _WRITE, values)
