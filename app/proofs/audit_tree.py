"""The trees, grown again from the events: tiles, and the tree over the ends of the plans' chains."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from app.core.db import Read
from app.ledger import heads, merkle, subtrees
from app.ledger.merkle import HASH_SIZE
from app.ledger.subtrees import Node
from app.proofs.audit_events import Chain
from app.proofs.audit_rows import rows, stream

_WIDTH = 256
_TILES = (
    "SELECT t.level, t.idx, t.hashes "
    "FROM unnest(CAST(%(levels)s AS int[]), CAST(%(indices)s AS bigint[])) w(level, idx) "
    "JOIN tile t ON t.workspace_id = %(ws)s AND t.level = w.level AND t.idx = w.idx"
)
_COUNT = "SELECT count(*) AS count FROM tile WHERE workspace_id = %(ws)s"
_NODES = "SELECT size, level, idx, hash FROM heads_node WHERE workspace_id = %(ws)s ORDER BY size, level, idx"


class Tiles:
    """Tiles of the leaves so far, compared with the stored ones as they get full."""

    def __init__(self, sealed: int) -> None:
        self.sealed = sealed
        """The size of the newest checkpoint: so far there are tiles."""
        self._growing: list[bytearray] = [bytearray()]
        self._indices = [0]
        self._full: dict[tuple[int, int], bytes] = {}
        self._expected = 0

    def add(self, leaf: bytes) -> None:
        """Add the next leaf."""
        level, node = 0, leaf
        while True:
            if level == len(self._growing):
                self._growing.append(bytearray())
                self._indices.append(0)
            tile = self._growing[level]
            tile += node
            if len(tile) < _WIDTH * HASH_SIZE:
                return
            full = bytes(tile)
            self._full[level, self._indices[level]] = full
            self._indices[level] += 1
            tile.clear()
            node = merkle.root([full[at : at + HASH_SIZE] for at in range(0, len(full), HASH_SIZE)])
            level += 1

    def faults(self, read: Read) -> Iterator[str]:
        """Compare what got full since the last call."""
        full, self._full = self._full, {}
        yield from self._compare(read, full)

    def last_faults(self, read: Read) -> Iterator[str]:
        """Compare what is left, when all leaves are there."""
        partial = {(level, self._indices[level]): bytes(tile) for level, tile in enumerate(self._growing) if tile}
        yield from self._compare(read, partial)
        count = rows(read, _COUNT)[0].count
        if count != self._expected:
            yield f"tiles: {count} are stored, {self._expected} should be"

    def _compare(self, read: Read, computed: Mapping[tuple[int, int], bytes]) -> Iterator[str]:
        expected = {}
        for (level, index), tile in computed.items():
            there = min(_WIDTH, (self.sealed >> 8 * level) - index * _WIDTH)
            if there > 0:
                expected[level, index] = tile[: there * HASH_SIZE]
        if not expected:
            return
        self._expected += len(expected)
        levels, indices = zip(*expected, strict=True)
        found = {
            (row.level, row.idx): row.hashes
            for row in rows(read, _TILES, {"levels": list(levels), "indices": list(indices)})
        }
        for (level, index), tile in expected.items():
            if found.get((level, index)) != tile:
                yield f"tile {index} of level {level}: it does not hold the hashes of the events"


class Heads:
    """The tree over the ends of the plans' chains, and the stored nodes of it, checkpoint by checkpoint."""

    def __init__(self, read: Read) -> None:
        self._levels: list[list[bytes]] = [[]]
        self._stored = stream(read, "heads_nodes", _NODES)
        self._next: Any = next(self._stored, None)

    def faults(self, size: int, data: dict[str, Any], moved: dict[str, Chain]) -> Iterator[str]:
        """Check the heads leaf that makes a tree of *size*, before which the *moved* plans went on."""
        changed = self._update(moved)
        count = len(self._levels[0])
        known = {(level, index): self._levels[level][index] for level, index in subtrees.peaks(0, count)}
        root = subtrees.root((0, count), known).hex()
        if (data["count"], data["root"]) != (count, root):
            yield f"event {size - 1}: it says that {data['count']} plans have the root {data['root']}, it is {root}"
        yield from self._compare(size, changed)

    def last_faults(self) -> Iterator[str]:
        """Name the stored nodes that belong to no checkpoint."""
        yield from self._compare(2**62, {})

    def _update(self, moved: dict[str, Chain]) -> dict[Node, bytes]:
        """Put in the new ends, and return the nodes that changed."""
        changed: dict[Node, bytes] = {}
        for plan, chain in sorted(moved.items(), key=lambda one: one[1].number):
            leaf = merkle.leaf_hash(heads.entry(UUID(plan), chain.events, chain.last))
            self._put(0, chain.number - 1, leaf, changed)
        count, level, indices = len(self._levels[0]), 0, {index for _, index in changed}
        while indices:
            level += 1
            indices = {index >> 1 for index in indices if (index >> 1) + 1 << level <= count}
            for index in sorted(indices):
                below = self._levels[level - 1]
                self._put(level, index, merkle.node_hash(below[2 * index], below[2 * index + 1]), changed)
        return changed

    def _put(self, level: int, index: int, value: bytes, changed: dict[Node, bytes]) -> None:
        if level == len(self._levels):
            self._levels.append([])
        line = self._levels[level]
        if index == len(line):
            line.append(value)
        line[index] = changed[level, index] = value

    def _compare(self, size: int, changed: dict[Node, bytes]) -> Iterator[str]:
        while self._next is not None and self._next.size <= size:
            row, self._next = self._next, next(self._stored, None)
            if row.size != size or changed.pop((row.level, row.idx), None) != row.hash:
                yield f"heads_node {row.idx} of level {row.level} at {row.size}: it is not what the plans' chains make"
        for level, index in changed:
            yield f"heads_node {index} of level {level} at {size}: it is not there"
