"""Proofs from tiles are the proofs of the tree, whatever its size."""

import random
from hashlib import sha256

import pytest
import sqlalchemy as sa
from hypothesis import given as hypothesis
from hypothesis import settings
from hypothesis import strategies as st

from app.core import db
from app.core.ids import new_id
from app.ledger import merkle, subtrees, tiles
from app.ledger.stored import LedgerDamaged

LEAVES = [sha256(b"%d" % number).digest() for number in range(70_000)]
SIZES = st.integers(1, 1300)


@hypothesis(st.data())
def test_a_range_is_what_a_path_hashes(data: st.DataObject) -> None:
    size = data.draw(SIZES)
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    leaves = LEAVES[:size]

    inclusion = [merkle.root(leaves[start:end]) for start, end in subtrees.inclusion(index, size)]
    consistency = [merkle.root(leaves[start:end]) for start, end in subtrees.consistency(old, size)]

    assert inclusion == merkle.inclusion_path(leaves, index)
    assert consistency == merkle.consistency_path(leaves, old, size)


@hypothesis(SIZES)
def test_peaks_are_the_frontier(size: int) -> None:
    frontier: tuple[bytes, ...] = ()
    for seq, leaf in enumerate(LEAVES[:size]):
        frontier = merkle.push(frontier, seq, leaf)

    peaks = [merkle.root(LEAVES[index << level : index + 1 << level]) for level, index in subtrees.peaks(0, size)]

    assert tuple(peaks) == frontier


@pytest.mark.parametrize(("index", "size"), [(-1, 1), (1, 1), (0, 0)])
def test_a_leaf_that_is_not_there_has_no_path(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="there is no leaf"):
        subtrees.inclusion(index, size)


@pytest.mark.parametrize(("old", "new"), [(0, 1), (2, 1), (-1, 1)])
def test_sizes_that_prove_nothing_have_no_path(old: int, new: int) -> None:
    with pytest.raises(ValueError, match="no tree of"):
        subtrees.consistency(old, new)


@settings(max_examples=25)
@hypothesis(st.data())
def test_proofs_from_tiles_are_those_of_the_tree(engine: sa.Engine, data: st.DataObject) -> None:
    """However the tiles grew, and for older sizes, too."""
    steps = sorted(data.draw(st.sets(SIZES, min_size=1, max_size=5)))
    workspace, done = new_id(), 0
    for size in steps:
        with db.writing(engine, workspace) as tx:
            tiles.add(tx, done, [LEAVES[done:size]])
        done = size
    size = data.draw(st.integers(1, done))
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    leaves = LEAVES[:size]

    with db.reading(engine, workspace) as read:
        assert tiles.length(read) == done
        assert tiles.root(read, size) == merkle.root(leaves)
        assert tiles.inclusion_path(read, index, size) == merkle.inclusion_path(leaves, index)
        assert tiles.consistency_path(read, old, size) == merkle.consistency_path(leaves, old, size)


def test_a_tree_of_70000_leaves_has_the_tiles_that_c2sp_counts(engine: sa.Engine) -> None:
    """The example of c2sp.org/tlog-tiles, section "Partial Tiles"."""
    workspace, chosen = new_id(), random.Random(1).sample(range(70_000), 5)

    with db.writing(engine, workspace) as tx:
        tiles.add(tx, 0, [LEAVES[:60_000], LEAVES[60_000:]])

    with db.reading(engine, workspace) as read:
        rows = read.execute(
            sa.text(
                "SELECT level, octet_length(hashes) / 32 width, count(*) FROM tile GROUP BY 1, 2 ORDER BY 1, 2 DESC"
            )
        )
        assert [tuple(row) for row in rows] == [(0, 256, 273), (0, 112, 1), (1, 256, 1), (1, 17, 1), (2, 1, 1)]
        assert tiles.root(read, 70_000) == merkle.root(LEAVES)
        paths = tiles.inclusion_paths(read, chosen, 70_000)
        assert paths == {index: merkle.inclusion_path(LEAVES, index) for index in chosen}
        assert tiles.consistency_path(read, 65_537, 70_000) == merkle.consistency_path(LEAVES, 65_537, 70_000)


def test_the_empty_tree_has_its_root_and_no_tiles(engine: sa.Engine) -> None:
    with db.reading(engine, new_id()) as read:
        assert (tiles.root(read, 0), tiles.length(read), tiles.hashes(read, 0, 0)) == (merkle.root([]), 0, b"")
        assert tiles.inclusion_paths(read, [], 0) == {}


def test_beyond_the_tiles_there_is_no_proof(engine: sa.Engine) -> None:
    workspace = new_id()
    with db.writing(engine, workspace) as tx:
        tiles.add(tx, 0, [LEAVES[:5]])

    with db.reading(engine, workspace) as read, pytest.raises(ValueError, match="nothing is sealed up to there"):
        tiles.root(read, 6)


def test_tiles_that_do_not_fit_each_other_are_not_grown(engine: sa.Engine) -> None:
    workspace = new_id()
    with db.writing(engine, workspace) as tx:
        tiles.add(tx, 0, [LEAVES[:300]])

    with db.writing(engine, workspace) as tx, pytest.raises(LedgerDamaged, match="tile 1 of level 0"):
        tiles.add(tx, 299, [LEAVES[299:310]])
