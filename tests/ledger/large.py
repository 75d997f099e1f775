"""Proofs of a plan with very many events: evidence that was added to one commitment, again and again."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any
from uuid import UUID

from app.ledger import merkle
from tests.ledger.proving import ADA, FIRST, Maker, approved, b64, to_bytes

Levels = list[list[bytes]]


class Large(Maker):
    """A log whose paths come from a tree that is hashed once, not once for each event."""

    def _entry(self, leaves: Sequence[bytes], index: int) -> dict[str, Any]:
        if not hasattr(self, "levels"):
            self.levels = _levels(leaves)
        path = []
        for depth, level in enumerate(self.levels):
            # A node without a sibling goes up as it is (RFC 6962: split at the largest power of two).
            if (beside := index >> depth ^ 1) < len(level):
                path.append(b64(level[beside]))
        return {"index": index, "event": self.bodies[index].decode(), "proof": path}


def large(events: int) -> bytes:
    """Return the bundle of a plan with so many events, of which all but the first five disclose a note."""
    maker = Large(**vars(approved()))
    for number in range(events - len(maker.own)):
        body = f"Invoice {number} was checked against the supplier's list: complete."
        facts = {"commitment": FIRST, "kind": "note", "document_on": None, "added_by": ADA}
        hashed = facts | {"sha256": sha256(body.encode()).hexdigest()}
        maker.append("evidence.added", UUID(int=2**64 + number), hashed, body=body)
    return to_bytes(maker.bundle())


def _levels(leaves: Sequence[bytes]) -> Levels:
    levels = [list(leaves)]
    while len(below := levels[-1]) > 1:
        pairs = zip(below[::2], below[1::2], strict=False)
        levels.append([merkle.node_hash(left, right) for left, right in pairs] + below[len(below) // 2 * 2 :])
    return levels
