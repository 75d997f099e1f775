"""What mutants of the tree survived: sizes just below nothing."""

import pytest

from app.ledger import merkle
from app.ledger.merkle import ProofInvalid

ROOT = merkle.leaf_hash(b"entry")


@pytest.mark.parametrize("size", [-1, -2, -(2**64)])
def test_a_tree_of_less_than_nothing_is_not_even_consistent_with_itself(size: int) -> None:
    with pytest.raises(ProofInvalid, match="no tree of the old size"):
        merkle.check_consistency(size, size, ROOT, ROOT, [])


def test_the_smallest_trees_are_consistent_with_themselves() -> None:
    for size in (0, 1):
        merkle.check_consistency(size, size, ROOT, ROOT, [])
        with pytest.raises(ProofInvalid, match="not the same tree"):
            merkle.check_consistency(size, size, ROOT, ROOT, [ROOT])
