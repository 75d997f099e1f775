"""The tree against an independent reading of RFC 9162: every small tree, every leaf, every pair of sizes."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from app.ledger import merkle
from app.ledger.merkle import ProofInvalid

OWN = json.loads((Path(__file__).parent / "vectors" / "merkle.json").read_text(encoding="utf-8"))
LEAVES = [merkle.leaf_hash(b"entry %d" % i) for i in range(64)]
OTHER = merkle.leaf_hash(b"something else")
EMPTY = sha256(b"").digest()


def _root(leaves: list[bytes]) -> bytes:
    """MTH(D_n), RFC 9162 section 2.1.1, over leaf hashes."""
    if not leaves:
        return EMPTY
    if len(leaves) == 1:
        return leaves[0]
    k = max(2**e for e in range(64) if 2**e < len(leaves))
    return sha256(b"\x01" + _root(leaves[:k]) + _root(leaves[k:])).digest()


def _includes(leaf: bytes, index: int, size: int, path: list[bytes], root: bytes) -> bool:
    """RFC 9162 section 2.1.3.2, step by step."""
    if index >= size:
        return False
    fn, sn, r = index, size - 1, leaf
    for p in path:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            r = sha256(b"\x01" + p + r).digest()
            while not fn & 1 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = sha256(b"\x01" + r + p).digest()
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and r == root


def _extends(first: int, second: int, first_hash: bytes, second_hash: bytes, path: list[bytes]) -> bool:
    """RFC 9162 section 2.1.4.2, step by step, for 0 < first < second."""
    if not path:
        return False
    if first & (first - 1) == 0:
        path = [first_hash, *path]
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = sha256(b"\x01" + c + fr).digest(), sha256(b"\x01" + c + sr).digest()
            while not fn & 1 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = sha256(b"\x01" + sr + c).digest()
        fn, sn = fn >> 1, sn >> 1
    return (fr, sr, sn) == (first_hash, second_hash, 0)


def _corrupted(path: list[bytes]) -> list[list[bytes]]:
    """Every path one flip, drop, addition or swap away from *path*."""
    flipped = [[*path[:i], bytes([h[0] ^ 1]) + h[1:], *path[i + 1 :]] for i, h in enumerate(path)]
    dropped = [path[:i] + path[i + 1 :] for i in range(len(path))]
    added = [[*path[:i], OTHER, *path[i:]] for i in range(len(path) + 1)]
    doubled = [[*path[:i], path[i], *path[i:]] for i in range(len(path))]
    swapped = [[*path[:i], path[i + 1], path[i], *path[i + 2 :]] for i in range(len(path) - 1)]
    cut = [[*path[:i], h[:-1], *path[i + 1 :]] for i, h in enumerate(path)]
    return flipped + dropped + added + doubled + swapped + cut


@pytest.mark.parametrize("size", range(65))
def test_every_small_tree_has_the_root_of_the_rfc(size: int) -> None:
    assert merkle.root(LEAVES[:size]) == _root(LEAVES[:size])


def test_a_frontier_pushed_leaf_by_leaf_holds_the_perfect_subtrees_largest_first() -> None:
    frontier: tuple[bytes, ...] = ()

    for size, leaf in enumerate(LEAVES):
        frontier = merkle.push(frontier, size, leaf)

        start, subtrees = 0, []
        for bit in (64, 32, 16, 8, 4, 2, 1):
            if (size + 1) & bit:
                subtrees.append(_root(LEAVES[start : start + bit]))
                start += bit
        assert frontier == tuple(subtrees)
        assert merkle.frontier_root(frontier) == _root(LEAVES[: size + 1])


def test_the_frontier_of_a_large_tree_takes_one_more_leaf() -> None:
    size = (1 << 62) - 1
    frontier = LEAVES[:62]

    grown = merkle.push(frontier, size, OTHER)

    assert len(grown) == 1
    assert merkle.push(grown, size + 1, OTHER) == (*grown, OTHER)


@pytest.mark.parametrize("size", range(1, 61))
def test_every_leaf_of_every_small_tree_proves_its_root(size: int) -> None:
    leaves = LEAVES[:size]
    root = _root(leaves)

    for index, leaf in enumerate(leaves):
        path = merkle.inclusion_path(leaves, index)

        assert _includes(leaf, index, size, path, root)
        merkle.check_inclusion(leaf, index, size, path, root)


@pytest.mark.parametrize("new_size", range(1, 41))
def test_every_small_tree_extends_every_smaller_one(new_size: int) -> None:
    new_root = _root(LEAVES[:new_size])

    for old_size in range(1, new_size + 1):
        old_root = _root(LEAVES[:old_size])
        path = merkle.consistency_path(LEAVES, old_size, new_size)

        assert old_size == new_size or _extends(old_size, new_size, old_root, new_root, path)
        merkle.check_consistency(old_size, new_size, old_root, new_root, path)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 13, 21, 32, 33])
def test_a_corrupted_inclusion_proof_is_refused(size: int) -> None:
    leaves, root = LEAVES[:size], _root(LEAVES[:size])

    for index, leaf in enumerate(leaves):
        path = merkle.inclusion_path(leaves, index)
        wrong: list[tuple[Any, ...]] = [(leaf, index, size, bad, root) for bad in _corrupted(path)]
        wrong += [(leaf, other, size, path, root) for other in range(-1, size + 2) if other != index]
        wrong += [(OTHER, index, size, path, root), (leaf, index, size, path, OTHER)]
        wrong += [(leaf[1:], index, size, path, root), (leaf, index, size, path, root + b"0")]

        for claim in wrong:
            with pytest.raises(ProofInvalid):
                merkle.check_inclusion(*claim)


@pytest.mark.parametrize("new_size", [2, 3, 5, 8, 13, 16, 21])
def test_a_corrupted_consistency_proof_is_refused(new_size: int) -> None:
    new = _root(LEAVES[:new_size])

    for old_size in range(1, new_size):
        old = _root(LEAVES[:old_size])
        path = merkle.consistency_path(LEAVES, old_size, new_size)
        wrong: list[tuple[Any, ...]] = [(old_size, new_size, old, new, bad) for bad in _corrupted(path)]
        wrong += [(size, new_size, old, new, path) for size in range(-1, new_size + 2) if size != old_size]
        wrong += [(old_size, new_size, new, old, path), (new_size, old_size, new, old, path)]
        wrong += [(old_size, new_size, OTHER, new, path), (old_size, new_size, old, OTHER, path)]
        wrong += [(old_size, new_size, old, new, []), (old_size, new_size, old[1:], new, path)]

        for claim in wrong:
            with pytest.raises(ProofInvalid):
                merkle.check_consistency(*claim)


def test_a_proof_of_another_size_passes_only_where_the_rfc_lets_it() -> None:
    for size in range(1, 20):
        root = _root(LEAVES[:size])
        for index in range(size):
            path = merkle.inclusion_path(LEAVES[:size], index)
            for claimed in range(70):
                claim = (LEAVES[index], index, claimed, path, root)
                assert _passes_inclusion(*claim) == _includes(*claim)


def test_a_byte_moved_from_one_hash_to_the_next_is_refused() -> None:
    left, right = LEAVES[:2]
    root = merkle.node_hash(left, right)
    cut, grown = left[:-1], left[-1:] + right

    assert merkle.node_hash(cut, grown) == root
    for leaf, path in [(cut, [grown]), (cut, [right]), (left, [grown])]:
        with pytest.raises(ProofInvalid, match="32 bytes"):
            merkle.check_inclusion(leaf, 0, 2, path, root)
    with pytest.raises(ProofInvalid, match="32 bytes"):
        merkle.check_consistency(1, 2, cut, root, [grown])


def test_two_trees_of_one_size_are_consistent_only_if_they_are_the_same() -> None:
    merkle.check_consistency(5, 5, OTHER, OTHER, [])
    merkle.check_consistency(0, 0, EMPTY, EMPTY, [])

    with pytest.raises(ProofInvalid):
        merkle.check_consistency(5, 5, OTHER, EMPTY, [])
    with pytest.raises(ProofInvalid):
        merkle.check_consistency(5, 5, OTHER, OTHER, [OTHER])
    with pytest.raises(ProofInvalid):
        merkle.check_consistency(-5, -5, OTHER, OTHER, [])


def test_nothing_is_proved_from_the_empty_tree() -> None:
    assert merkle.consistency_path([], 0, 0) == []

    with pytest.raises(ValueError, match="proves nothing"):
        merkle.consistency_path(LEAVES, 0, 3)
    with pytest.raises(ProofInvalid):
        merkle.check_consistency(0, 3, EMPTY, _root(LEAVES[:3]), [])


@pytest.mark.parametrize("size", [0, 1, 2**63, 2**64 - 1, 2**64, 10**5000], ids=int.bit_length)
def test_impossible_indexes_and_sizes_are_refused_at_once(size: int) -> None:
    for index in (-1, size, size + 1, 2**64 - 1, -(2**70)):
        if not 0 <= index < size:
            with pytest.raises(ProofInvalid, match="no such leaf"):
                merkle.check_inclusion(OTHER, index, size, [], OTHER)
    with pytest.raises(ProofInvalid):
        merkle.check_consistency(size + 1, size, OTHER, OTHER, [])
    with pytest.raises(ProofInvalid):
        merkle.check_consistency(3, size + 4, OTHER, OTHER, [OTHER] * 3)


def test_a_proof_in_a_tree_of_2_to_the_63_leaves_can_be_checked() -> None:
    path = LEAVES[:63]
    root = OTHER
    for sibling in path:
        root = merkle.node_hash(root, sibling)

    merkle.check_inclusion(OTHER, 0, 1 << 63, path, root)

    with pytest.raises(ProofInvalid):
        merkle.check_inclusion(OTHER, 0, 1 << 62, path, root)


@pytest.mark.parametrize(("leaves", "index"), [([], 0), (LEAVES, -1), (LEAVES, 64), (LEAVES, 2**64)])
def test_a_path_to_a_leaf_that_is_not_there_is_a_mistake(leaves: list[bytes], index: int) -> None:
    with pytest.raises(ValueError, match="no leaf"):
        merkle.inclusion_path(leaves, index)


@pytest.mark.parametrize(("old_size", "new_size"), [(-1, 3), (4, 3), (3, 65), (65, 65)])
def test_a_path_between_trees_that_are_not_there_is_a_mistake(old_size: int, new_size: int) -> None:
    with pytest.raises(ValueError, match="no tree"):
        merkle.consistency_path(LEAVES, old_size, new_size)


@pytest.mark.parametrize(
    ("frontier", "size", "leaf"),
    [((), 1, OTHER), ((OTHER,), 0, OTHER), ((OTHER,), 3, OTHER), ((OTHER,), -1, OTHER)],
)
def test_a_frontier_of_another_size_is_a_mistake(frontier: tuple[bytes], size: int, leaf: bytes) -> None:
    with pytest.raises(ValueError, match="not the frontier"):
        merkle.push(frontier, size, leaf)


@pytest.mark.parametrize(("frontier", "leaf"), [((OTHER,), b""), ((OTHER[1:],), OTHER), ((OTHER,), OTHER * 2)])
def test_only_hashes_are_pushed(frontier: tuple[bytes], leaf: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        merkle.push(frontier, 1, leaf)


def test_a_tree_of_anything_but_hashes_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        merkle.root([OTHER, b"an entry, not its hash"])


def test_our_own_vectors_hold() -> None:
    leaves = [merkle.leaf_hash(entry.encode()) for entry in OWN["entries"]]

    assert [merkle.root(leaves[:size]).hex() for size in range(len(leaves) + 1)] == OWN["roots"]
    for case in OWN["inclusion"]:
        path = merkle.inclusion_path(leaves[: case["size"]], case["index"])
        assert [node.hex() for node in path] == case["path"]
    for case in OWN["consistency"]:
        path = merkle.consistency_path(leaves, case["old_size"], case["new_size"])
        assert [node.hex() for node in path] == case["path"]


def _passes_inclusion(leaf: bytes, index: int, size: int, path: list[bytes], root: bytes) -> bool:
    try:
        merkle.check_inclusion(leaf, index, size, path, root)
    except ProofInvalid:
        return False
    return True
