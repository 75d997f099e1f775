"""The tree over the ends of the plans' chains, as of every checkpoint there was."""

from uuid import UUID

import pytest
import rfc8785
import sqlalchemy as sa
from hypothesis import given as hypothesis
from hypothesis import settings
from hypothesis import strategies as st

from app.core import db
from app.core.ids import new_id
from app.ledger import heads, merkle
from app.ledger.stored import LedgerDamaged

ROUNDS = st.lists(st.tuples(st.integers(0, 9), st.sets(st.integers(1, 60), max_size=6)), min_size=1, max_size=6)
"""Of each checkpoint: how many plans are new, and which others changed, if they are there."""


def test_an_entry_is_canonical() -> None:
    plan, last = UUID(int=7), bytes(range(32))

    said = heads.entry(plan, 3, last)

    expected = {"plan": str(plan), "n": 3, "last": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}
    assert said == rfc8785.dumps(expected)


@settings(max_examples=40)
@hypothesis(ROUNDS)
def test_the_tree_of_every_checkpoint_can_be_read_later(engine: sa.Engine, rounds: list[tuple[int, set[int]]]) -> None:
    workspace, entries, kept = new_id(), list[bytes](), []
    for size, (new, others) in enumerate(rounds, 1):
        changed = {number: b"%d at %d" % (number, size) for number in others if number <= len(entries)}
        changed |= {len(entries) + more: b"new at %d" % size for more in range(1, new + 1)}
        entries = [changed.get(number, old) for number, old in enumerate([*entries, *[b""] * new], 1)]
        with db.writing(engine, workspace) as tx:
            count, root = heads.update(tx, changed, size=size)
        assert (count, root) == (len(entries), merkle.root([merkle.leaf_hash(one) for one in entries]))
        kept.append([merkle.leaf_hash(one) for one in entries])

    with db.reading(engine, workspace) as read:
        for size, leaves in enumerate(kept, 1):
            for index in range(len(leaves)):
                proof = heads.path(read, number=index + 1, count=len(leaves), size=size)
                assert proof == (merkle.inclusion_path(leaves, index), merkle.root(leaves))


def test_a_plan_that_would_be_hidden_is_noticed(engine: sa.Engine) -> None:
    with (
        db.writing(engine, new_id()) as tx,
        pytest.raises(LedgerDamaged, match="plan number 2 has no event"),
    ):
        heads.update(tx, {1: b"one", 3: b"three"}, size=1)


def test_a_node_that_is_gone_is_noticed(engine: sa.Engine) -> None:
    with db.reading(engine, new_id()) as read, pytest.raises(LedgerDamaged, match="has no node 0 of level 0 at 9"):
        heads.path(read, number=1, count=1, size=9)
