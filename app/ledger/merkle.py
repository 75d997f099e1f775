"""The Merkle tree of RFC 6962, and what it can prove.

A tree is never an object here, only a list of leaf hashes in order. Proving
needs all of them; checking needs none of them.

- *Inclusion*: this leaf stands at this index of the tree with this root.
- *Consistency*: the tree with this root starts with that older tree, so
  nothing was changed or taken away in between.

A tree that grows is kept as its *frontier*: the roots of the perfect subtrees
it is made of, largest first. There is one per 1-bit of the size, and appending
a leaf carries through them as adding 1 carries through the bits.

Section numbers are those of RFC 9162, which draws the same tree as RFC 6962
and says how to check its proofs. A hash is 32 bytes, a path runs from the
leaf's neighbour up to the root's child.
"""

from collections.abc import Sequence
from hashlib import sha256

HASH_SIZE = 32


class ProofInvalid(Exception):
    """The proof does not prove what it claims."""


def leaf_hash(data: bytes) -> bytes:
    """Return SHA-256(0x00 || data), section 2.1.1. The prefix keeps an entry from passing for a node."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return SHA-256(0x01 || left || right), section 2.1.1. Lengths are the caller's to check."""
    return sha256(b"\x01" + left + right).digest()


def push(frontier: Sequence[bytes], size: int, leaf: bytes) -> tuple[bytes, ...]:
    """Return the frontier after appending *leaf* to the tree of *size* leaves, section 2.1.2.

    Two subtrees of one size become one of twice the size: a single hash on
    average, log2(size) at worst. A frontier that is not one of *size* leaves is
    a ValueError, as every root signed from it would be wrong.
    """
    if size < 0 or len(frontier) != size.bit_count():
        raise ValueError(f"{len(frontier)} subtrees are not the frontier of {size} leaves")
    if not _are_hashes(leaf, *frontier):
        raise ValueError("a hash is 32 bytes")
    *subtrees, node = *frontier, leaf
    while size & 1:
        node = node_hash(subtrees.pop(), node)
        size >>= 1
    return *subtrees, node


def frontier_root(frontier: Sequence[bytes]) -> bytes:
    """Return the root over a frontier, section 2.1.2; SHA-256 of nothing if it is empty."""
    if not frontier:
        return sha256(b"").digest()
    *larger, node = frontier
    for subtree in reversed(larger):
        node = node_hash(subtree, node)
    return node


def root(leaves: Sequence[bytes]) -> bytes:
    """Return the Merkle tree hash of *leaves*, section 2.1.1."""
    frontier: tuple[bytes, ...] = ()
    for size, leaf in enumerate(leaves):
        frontier = push(frontier, size, leaf)
    return frontier_root(frontier)


def inclusion_path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return the proof that *leaves* has its leaf at *index*, PATH(m, D_n) of section 2.1.3.1.

    Every subtree beside the way down is hashed once, so this costs one root.
    An index without a leaf is a ValueError.
    """
    if not 0 <= index < len(leaves):
        raise ValueError(f"there is no leaf {index} among {len(leaves)}")
    path = []
    start, end = 0, len(leaves)
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(root(leaves[middle:end]))
            end = middle
        else:
            path.append(root(leaves[start:middle]))
            start = middle
    return path[::-1]


def check_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Refuse unless *path* leads from *leaf* at *index* to the *root* of *size* leaves, section 2.1.3.2."""
    if not 0 <= index < size:
        raise ProofInvalid("a tree of that size has no such leaf")
    if not _are_hashes(leaf, root, *path):
        raise ProofInvalid("a hash is 32 bytes")
    node = leaf
    for sibling, is_left in _with_sides(path, index, size - 1):
        node = node_hash(sibling, node) if is_left else node_hash(node, sibling)
    if node != root:
        raise ProofInvalid("the path does not lead to the root")


def consistency_path(leaves: Sequence[bytes], old_size: int, new_size: int) -> list[bytes]:
    """Return the proof that the first *new_size* leaves extend the first *old_size*.

    PROOF(m, D_n) of section 2.1.4.1; empty if the sizes are equal. Sizes out of
    order or beyond the leaves are a ValueError. So is the empty tree as the
    older one: every tree extends it, and the RFC has no proof for that.
    """
    if not 0 <= old_size <= new_size <= len(leaves):
        raise ValueError(f"no tree of {old_size} becomes one of {new_size} among {len(leaves)} leaves")
    if old_size == 0 < new_size:
        raise ValueError("a proof from the empty tree proves nothing")
    path = []
    start, end = 0, new_size
    while old_size < end:
        middle = start + _split(end - start)
        if old_size <= middle:
            path.append(root(leaves[middle:end]))
            end = middle
        else:
            path.append(root(leaves[start:middle]))
            start = middle
    if start > 0:
        # The checker has the root of the old tree, but not that of this part of it.
        path.append(root(leaves[start:end]))
    return path[::-1]


def check_consistency(old_size: int, new_size: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> None:
    """Refuse unless *path* shows that the new tree starts with the old one, section 2.1.4.2.

    Between trees of one size only equal roots and an empty path will do. The
    empty tree is refused as the older one, as the RFC has no proof for it.
    """
    if not _are_hashes(old_root, new_root, *path):
        raise ProofInvalid("a hash is 32 bytes")
    if old_size == new_size >= 0:
        if path or old_root != new_root:
            raise ProofInvalid("two trees of one size are not the same tree")
        return
    if not 0 < old_size < new_size:
        raise ProofInvalid("no tree of the old size becomes one of the new size")
    # The path starts at the largest perfect subtree that ends where the old tree ends.
    level = (old_size & -old_size).bit_length() - 1
    if old_size == 1 << level:
        # That subtree is all of the old tree, whose root is not sent again.
        path = [old_root, *path]
    if not path:
        raise ProofInvalid("the path is empty")
    old_node = new_node = path[0]
    for sibling, is_left in _with_sides(path[1:], (old_size - 1) >> level, (new_size - 1) >> level):
        if is_left:
            old_node, new_node = node_hash(sibling, old_node), node_hash(sibling, new_node)
        else:
            new_node = node_hash(new_node, sibling)
    if (old_node, new_node) != (old_root, new_root):
        raise ProofInvalid("the path does not lead to both roots")


def _split(size: int) -> int:
    """Return the largest power of two below *size*, k of section 2.1.1. There is none below 2."""
    return 1 << (size - 1).bit_length() - 1


def _with_sides(path: Sequence[bytes], index: int, last: int) -> list[tuple[bytes, bool]]:
    """Pair each hash of the way up from node *index* with whether it stands on the left.

    *last* is the rightmost node of the same level. Up to where its way up joins
    ours, each level has a sibling, on the side that our bit says. From there we
    walk the tree's right edge, which has a sibling only where our bit is 1, and
    always on the left. That fixes the length of the path before any hashing.
    """
    joined = (index ^ last).bit_length()
    length = joined + (index >> joined).bit_count()
    if len(path) != length:
        raise ProofInvalid(f"a path of {len(path)} hashes, where {length} are needed")
    return [(sibling, step >= joined or bool(index >> step & 1)) for step, sibling in enumerate(path)]


def _are_hashes(*values: bytes) -> bool:
    return all(len(value) == HASH_SIZE for value in values)
