"""The tree in tiles of 256 hashes (c2sp.org/tlog-tiles), written when sealing, read for every proof.

Tile *n* of level *l* holds the hashes of height 8*l* from number 256*n* on: the roots of perfect subtrees of 256^l leaves.
What lies between two levels is hashed again when it is needed. So a proof reads a tile or two for every level, however
large the tree is, and every tile that is full never changes.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from app.core import db
from app.core.db import Read, Tx, workspace_of
from app.ledger import merkle

HEIGHT = 8
WIDTH = 1 << HEIGHT

Node = Callable[[int, int], bytes]
"""Gives the hash of the perfect subtree of that height and index."""

_READ = (
    "SELECT t.level, t.idx, t.hashes FROM unnest(%(levels)s::int[], %(indices)s::bigint[]) k (level, idx) "
    "JOIN tile t ON t.workspace_id = %(ws)s AND t.level = k.level AND t.idx = k.idx"
)
_WRITE = (
    "INSERT INTO tile (workspace_id, level, idx, hashes) SELECT %(ws)s, %(level)s, n.idx, n.hashes "
    "FROM unnest(%(indices)s::bigint[], %(hashes)s::bytea[]) n (idx, hashes) "
    "ON CONFLICT (workspace_id, level, idx) DO UPDATE SET hashes = excluded.hashes"
)


def extend(tx: Tx, old_size: int, leaves: Sequence[bytes]) -> None:
    """Add *leaves* to the tiles of a tree of *old_size* leaves. To be called by one at a time.

    The partial tiles at the right edge are read and written again; whatever was behind *old_size* in them is dropped.
    """
    level, first, new = 0, old_size, leaves
    while new:
        partial = first % WIDTH
        tile = first // WIDTH
        before = _hashes(tx, level, tile)[:partial] if partial else []
        if len(before) < partial:
            raise LookupError(f"tile {level}/{tile} has {len(before)} hashes, where {partial} are needed")
        joined = [*before, *new]
        chunks = [joined[start : start + WIDTH] for start in range(0, len(joined), WIDTH)]
        values = {
            "ws": workspace_of(tx),
            "level": level,
            "indices": list(range(tile, tile + len(chunks))),
            "hashes": [b"".join(chunk) for chunk in chunks],
        }
        db.run(tx, _WRITE, values)
        level, first, new = level + 1, tile, [merkle.root(chunk) for chunk in chunks if len(chunk) == WIDTH]


def root(read: Read, size: int) -> bytes:
    """Return the root of the first *size* leaves, as the tiles have it."""
    return roots(read, [(0, size)])[0] if size else merkle.root([])


def inclusion_path(read: Read, index: int, size: int) -> list[bytes]:
    """Return what `merkle.inclusion_path` would for the first *size* leaves."""
    return inclusion_paths(read, [index], size)[index]


def inclusion_paths(read: Read, indices: Sequence[int], size: int) -> dict[int, list[bytes]]:
    """Return the inclusion path of each of *indices*; together they read each tile once."""
    ranges = {index: merkle.inclusion_ranges(index, size) for index in indices}
    distinct = sorted({one for path in ranges.values() for one in path})
    found = dict(zip(distinct, roots(read, distinct), strict=True))
    return {index: [found[one] for one in path] for index, path in ranges.items()}


def consistency_path(read: Read, old_size: int, new_size: int) -> list[bytes]:
    """Return what `merkle.consistency_path` would."""
    return roots(read, merkle.consistency_ranges(old_size, new_size))


def roots(read: Read, ranges: Sequence[tuple[int, int]]) -> list[bytes]:
    """Return the roots over these ranges of leaves, each of which a path or a root names."""
    nodes = {node for start, end in ranges for node in merkle.perfect_nodes(start, end)}
    node = _reader(read, nodes)
    return [range_root(start, end, node) for start, end in ranges]


def range_root(start: int, end: int, node: Node) -> bytes:
    """Return the root over the leaves from *start* to *end*, made of perfect subtrees that *node* gives."""
    return merkle.frontier_root([node(height, index) for height, index in merkle.perfect_nodes(start, end)])


def _reader(read: Read, nodes: Iterable[tuple[int, int]]) -> Node:
    """Return a reader of *nodes*, which reads their tiles at once and hashes no subtree twice."""
    places = {_place(height, index) for height, index in nodes}
    rows = _tiles(read, places)
    known: dict[tuple[int, int], bytes] = {}

    def node(height: int, index: int) -> bytes:
        found = known.get((height, index))
        if found is None:
            if height % HEIGHT == 0:
                level, tile = _place(height, index)
                start = index % WIDTH * merkle.HASH_SIZE
                found = rows.get((level, tile), b"")[start : start + merkle.HASH_SIZE]
                if len(found) < merkle.HASH_SIZE:
                    raise LookupError(f"tile {level}/{tile} does not reach as far as the tree")
            else:
                found = merkle.node_hash(node(height - 1, 2 * index), node(height - 1, 2 * index + 1))
            known[height, index] = found
        return found

    return node


def _place(height: int, index: int) -> tuple[int, int]:
    """Return level and index of the tile from which a node can be made."""
    level, above = divmod(height, HEIGHT)
    return level, (index << above) // WIDTH


def _tiles(read: Read, places: Iterable[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
    wanted = sorted(places)
    values: dict[str, Any] = {
        "ws": workspace_of(read),
        "levels": [level for level, _ in wanted],
        "indices": [index for _, index in wanted],
    }
    return {(row.level, row.idx): row.hashes for row in db.run(read, _READ, values)}


def _hashes(read: Read, level: int, index: int) -> list[bytes]:
    text = _tiles(read, [(level, index)]).get((level, index), b"")
    return [text[start : start + merkle.HASH_SIZE] for start in range(0, len(text), merkle.HASH_SIZE)]
