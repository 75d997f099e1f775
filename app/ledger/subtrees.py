"""Where the subtrees of a Merkle tree lie, for trees too large to hold (RFC 9162, section 2.1).

A *range* is the leaves from `start` up to, not including, `end`. A *node* is `(level, index)`: the root over the
2^level leaves from `index * 2^level` on. What a proof needs are roots of ranges, and every range it needs is made of a
few nodes, which a table can keep.
"""

from collections.abc import Mapping

from app.ledger import merkle

Range = tuple[int, int]
Node = tuple[int, int]


def peaks(start: int, end: int) -> list[Node]:
    """Return the perfect subtrees that a range is made of, largest first, section 2.1.2."""
    found = []
    while start < end:
        level = (end - start).bit_length() - 1
        found.append((level, start >> level))
        start += 1 << level
    return found


def inclusion(index: int, size: int) -> list[Range]:
    """Return the ranges whose roots `merkle.inclusion_path` returns, in its order, section 2.1.3.1."""
    if not 0 <= index < size:
        raise ValueError(f"there is no leaf {index} among {size}")
    found = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        found.append((middle, end) if index < middle else (start, middle))
        start, end = (start, middle) if index < middle else (middle, end)
    return found[::-1]


def consistency(old_size: int, new_size: int) -> list[Range]:
    """Return the ranges whose roots `merkle.consistency_path` returns, in its order, section 2.1.4.1."""
    if not 0 < old_size <= new_size:
        raise ValueError(f"no tree of {old_size} is proved to become one of {new_size}")
    found = []
    start, end = 0, new_size
    while old_size < end:
        middle = start + _split(end - start)
        left = old_size <= middle
        found.append((middle, end) if left else (start, middle))
        start, end = (start, middle) if left else (middle, end)
    return [*([(start, end)] if start else []), *found[::-1]]


def root(of: Range, known: Mapping[Node, bytes]) -> bytes:
    """Return the root of a range from the roots of the perfect subtrees in it, section 2.1.2."""
    return merkle.frontier_root([known[node] for node in peaks(*of)])


def _split(size: int) -> int:
    return 1 << (size - 1).bit_length() - 1
