"""All checks go on side by side, and are reported as if each had seen everything before the next one began."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from app.ledger.verify import verify_bundle
from tests.ledger.proving import POLICY, approved, complete, to_bytes

Document = dict[str, Any]


def late() -> Document:
    """Return a bundle that says of what was done late that it was in time: the replay refuses it."""
    maker = approved()
    complete(maker, days=10, late=0)
    return maker.bundle()


def with_a_key_too_many(document: Document) -> None:
    document["events"][-1]["note"] = "hello"


def unsigned(document: Document) -> None:
    document["checkpoint"] = ""


def misplaced(document: Document) -> None:
    document["events"][-1]["index"] += 1


def altered(document: Document) -> None:
    one = document["events"][-1]
    one["event"] = one["event"].replace('"days_late":0', '"days_late":1')


def with_a_gap(document: Document) -> None:
    del document["events"][1]


def incomplete(document: Document) -> None:
    document["heads"]["entry"] = document["heads"]["entry"].replace('"n":6', '"n":7')


def with_other_words(document: Document) -> None:
    digest = next(iter(document["disclosures"]))
    document["disclosures"][digest] += "AA"


FAULTS: dict[str, Callable[[Document], None]] = {
    "format": with_a_key_too_many,
    "signature": unsigned,
    "events": misplaced,
    "inclusion": altered,
    "chain": with_a_gap,
    "complete": incomplete,
    "disclosures": with_other_words,
}
"""By the check that refuses them, in the order of the report."""


def test_what_only_the_replay_refuses_is_refused_by_it() -> None:
    assert verify_bundle(to_bytes(late()), POLICY).checks[-1].name == "replay"


@pytest.mark.parametrize("pair", list(itertools.combinations_with_replacement(FAULTS, 2)))
def test_of_several_faults_the_one_whose_check_comes_first_is_reported(pair: tuple[str, str]) -> None:
    document = late()
    for name in reversed(pair):
        FAULTS[name](document)

    report = verify_bundle(to_bytes(document), POLICY)

    assert report.checks[-1].name == pair[0]
    assert [one.ok for one in report.checks] == [True] * list(FAULTS).index(pair[0]) + [False]
