"""The tree below the checkpoints, in tiles: what a proof needs is read from a few rows (c2sp.org/tlog-tiles).

The tile `(level, idx)` holds up to 256 hashes: each is the root over 256^level leaves, and the first of them is number
`idx * 256` of its level. A row only ever grows, so its beginning is the partial tile of any smaller tree. Only the
newest row of a level is partial.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

from app.core import db
from app.core.db import Read, Tx, workspace_of
from app.ledger import stored, subtrees
from app.ledger.merkle import HASH_SIZE
from app.ledger.stored import LedgerDamaged
from app.ledger.subtrees import Node, Range

WIDTH = 256
_BITS = 8
_FULL = WIDTH * HASH_SIZE

_READ = (
    "SELECT t.level, t.idx, t.hashes "
    "FROM unnest(CAST(%(levels)s AS int[]), CAST(%(indices)s AS bigint[])) w(level, idx) "
    "JOIN tile t ON t.workspace_id = %(ws)s AND t.level = w.level AND t.idx = w.idx"
)
_LENGTH = (
    "SELECT idx * 256 + octet_length(hashes) / 32 AS length FROM tile "
    "WHERE workspace_id = %(ws)s AND level = 0 ORDER BY idx DESC LIMIT 1"
)
_WRITE = (
    "INSERT INTO tile (workspace_id, level, idx, hashes) SELECT %(ws)s, t.* FROM "
    "unnest(CAST(%(levels)s AS int[]), CAST(%(indices)s AS bigint[]), CAST(%(hashes)s AS bytea[])) t "
    "ON CONFLICT (workspace_id, level, idx) DO UPDATE SET hashes = EXCLUDED.hashes"
)

Place = tuple[int, int]
"""Level and index of a tile."""


def root(read: Read, size: int) -> bytes:
    """Return the root of the first *size* leaves, as `merkle.root`. ValueError: there are no tiles up to there."""
    return subtrees.root((0, size), nodes(read, [(0, size)]))


def inclusion_path(read: Read, index: int, size: int) -> list[bytes]:
    """Return the proof that the tree of *size* leaves has its leaf at *index*, as `merkle.inclusion_path`."""
    return inclusion_paths(read, [index], size)[index]


def inclusion_paths(read: Read, indices: Iterable[int], size: int) -> dict[int, list[bytes]]:
    """Return the proof of each of *indices*, all from one question to the database."""
    ranges = {index: subtrees.inclusion(index, size) for index in indices}
    known = nodes(read, {one for path in ranges.values() for one in path})
    return {index: [subtrees.root(one, known) for one in path] for index, path in ranges.items()}


def consistency_path(read: Read, old: int, new: int) -> list[bytes]:
    """Return the proof that the tree of *new* leaves begins with that of *old*, as `merkle.consistency_path`."""
    ranges = subtrees.consistency(old, new) if old < new else []
    known = nodes(read, ranges)
    return [subtrees.root(one, known) for one in ranges]


def hashes(read: Read, level: int, idx: int) -> bytes:
    """Return what is in a tile, as much of it as there is; nothing if there is none."""
    return _tiles(read, {(level, idx)}).get((level, idx), b"")


def length(read: Read) -> int:
    """Return how many leaves the tiles hold."""
    rows = db.run(read, _LENGTH, {"ws": workspace_of(read)})
    return int(rows[0].length) if rows else 0


def nodes(read: Read, ranges: Iterable[Range]) -> dict[Node, bytes]:
    """Return the roots of the perfect subtrees that *ranges* are made of."""
    wanted = {node for one in ranges for node in subtrees.peaks(*one)}
    places = {node: _place(node) for node in wanted}
    found = _tiles(read, set(places.values()))
    layers = {place: _layers(one) for place, one in found.items()}
    known = {}
    for (level, index), place in places.items():
        layer = layers.get(place, _NO_LAYERS)[level % _BITS]
        # How many nodes of this level come before the tile's first.
        start = (index - (place[1] << _BITS >> level % _BITS)) * HASH_SIZE
        known[level, index] = layer[start : start + HASH_SIZE]
        if len(known[level, index]) != HASH_SIZE:
            raise ValueError(f"there is no tile for node {index} of level {level}: nothing is sealed up to there")
    return known


def extend(tx: Tx, size: int) -> None:
    """Write the tiles of the first *size* events, from their stored bytes.

    Only what the tiles do not hold yet is read. The caller keeps others from doing so at the same time.
    """
    done = length(tx)
    add(tx, done, ([event.leaf for event in batch] for batch in stored.events(tx, done, size)))


def add(tx: Tx, done: int, batches: Iterable[Sequence[bytes]]) -> None:
    """Write the tiles of further leaves, of which *done* are there."""
    growing = {level: bytearray(one) for level, one in _unfinished(tx, done).items()}
    for batch in batches:
        finished: dict[Place, bytes] = {}
        for seq, leaf in enumerate(batch, done):
            finished |= _grow(growing, seq, leaf)
        _write(tx, finished)
        done += len(batch)
    _write(tx, {(level, done >> _BITS * (level + 1)): bytes(one) for level, one in growing.items() if one})


def _grow(growing: dict[int, bytearray], seq: int, leaf: bytes) -> dict[Place, bytes]:
    """Add leaf number *seq*, and return the tiles that are full by it. The root of a full tile goes one level up."""
    finished: dict[Place, bytes] = {}
    level, node = 0, leaf
    while True:
        tile = growing.setdefault(level, bytearray())
        tile += node
        if len(tile) < _FULL:
            return finished
        finished[level, seq >> _BITS * (level + 1)] = full = bytes(tile)
        tile.clear()
        node = _above(_layers(full)[-1])
        level += 1


def _unfinished(read: Read, size: int) -> dict[int, bytes]:
    """Return the partial tiles of a tree of *size* leaves, by level."""
    widths = {}
    level = 0
    while size >> _BITS * level:
        widths[level] = (size >> _BITS * level) % WIDTH
        level += 1
    places = {level: (level, size >> _BITS * (level + 1)) for level, width in widths.items() if width}
    found = _tiles(read, set(places.values()))
    for level, place in places.items():
        if len(found.get(place, b"")) != widths[level] * HASH_SIZE:
            raise LedgerDamaged(f"tile {place[1]} of level {level} does not have {widths[level]} hashes")
    return {level: found[place] for level, place in places.items()}


def _tiles(read: Read, places: set[Place]) -> dict[Place, bytes]:
    if not places:
        return {}
    levels, indices = zip(*sorted(places), strict=True)
    rows = db.run(read, _READ, {"ws": workspace_of(read), "levels": list(levels), "indices": list(indices)})
    return {(row.level, row.idx): row.hashes for row in rows}


def _write(tx: Tx, tiles: Mapping[Place, bytes]) -> None:
    if tiles:
        levels, indices = zip(*tiles, strict=True)
        values = {"levels": list(levels), "indices": list(indices), "hashes": list(tiles.values())}
        db.run(tx, _WRITE, {"ws": workspace_of(tx)} | values)


def _place(node: Node) -> Place:
    level, index = node
    return level // _BITS, (index << level % _BITS) >> _BITS


def _layers(tile: bytes) -> Sequence[bytes]:
    """Return the nodes of the 8 levels inside a tile, lowest first, each level as one string."""
    layers = [tile]
    for _ in range(1, _BITS):
        layers.append(_above(layers[-1]))
    return layers


_NO_LAYERS = (b"",) * _BITS


def _above(layer: bytes) -> bytes:
    """Return the nodes above those of *layer*; a last one without a partner has none."""
    # `merkle.node_hash`, without cutting each pair in two first: a proof of a thousand events hashes a million pairs.
    pairs = range(0, len(layer) - HASH_SIZE, 2 * HASH_SIZE)
    return b"".join([sha256(b"\x01" + layer[at : at + 2 * HASH_SIZE]).digest() for at in pairs])
