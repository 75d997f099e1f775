"""Whatever is changed of a bundle, a byte or a field, it is refused, and nothing is raised.

PROOF_MUTATIONS sets how many are tried.
"""

import copy
import os
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.ledger.note import NoteInvalid
from app.ledger.policy import PolicyInvalid, parse_policy
from app.ledger.strict import Malformed
from app.ledger.verify import verify_bundle
from tests.ledger.proving import POLICY, kept_and_late, parts, to_bytes

TRIES = int(os.environ.get("PROOF_MUTATIONS", "3000"))


@pytest.mark.slow
def test_no_changed_byte_is_accepted() -> None:
    data = to_bytes(kept_and_late().bundle())
    chance = random.Random(6962)

    for _ in range(TRIES):
        place = chance.randrange(len(data))
        other = bytes([chance.choice([one for one in range(256) if one != data[place]])])
        kind = chance.choice(["left out", "replaced", "put in"])
        put, rest = {"left out": (b"", 1), "replaced": (other, 1), "put in": (other, 0)}[kind]
        changed = data[:place] + put + data[place + rest :]
        assert not verify_bundle(changed, POLICY).valid, (place, other, kind)


@pytest.mark.slow
def test_no_changed_field_is_accepted() -> None:
    document = kept_and_late().bundle()
    chance = random.Random(9162)

    for _ in range(TRIES):
        changed = copy.deepcopy(document)
        where = _mutate(changed, chance)
        if where is not None:
            assert not verify_bundle(to_bytes(changed), POLICY).valid, where


def _mutate(document: dict[str, Any], chance: random.Random) -> list[object] | None:
    """Change one field anywhere, and say where; leaving out a whole disclosure is not a lie, so it is not tried."""
    at: Any = document
    where: list[object] = []
    while True:
        key = chance.choice(list(at) if isinstance(at, dict) else range(len(at)))
        where.append(key)
        if isinstance(at[key], dict | list) and at[key]:
            at = at[key]
            continue
        break
    old = at[key]
    new = chance.choice([None, 0, 1, -1, True, "", "A", [], {}, 2**60, "\u00e9", f"{old}x", chance.random()])
    if new == old and type(new) is type(old):
        return None
    at[key] = new
    return where


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    assert not verify_bundle(data, POLICY).valid
    for parse, refusals in ((parts, (Malformed,)), (parse_policy, (PolicyInvalid, NoteInvalid))):
        try:
            parse(data)
        except refusals:
            continue


NAMES = st.sampled_from(["format", "plan", "events", "heads", "checkpoint", "disclosures", "timestamps", "proof"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner),
)


@settings(max_examples=300, deadline=None)
@given(VALUES)
def test_no_json_raises_anything_else(value: Any) -> None:
    document = {**kept_and_late().bundle(), "events": value}

    assert not verify_bundle(to_bytes(document), POLICY).valid


def test_nesting_without_end_is_refused() -> None:
    assert not verify_bundle(b"[" * 1_000_000, POLICY).valid
