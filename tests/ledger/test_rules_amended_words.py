"""What an amendment adds and ends is what its words say, and its words are those that were asked for."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from app.ledger.events import opened
from app.ledger.verify import verify_bundle
from tests.ledger.following import ADDED, AMENDED, FOURTH, MORE, THIRD, After, added, amended, granted, two, weekly
from tests.ledger.forging import clause, content, refused
from tests.ledger.proving import BO, POLICY, START, to_bytes


def test_what_is_due_after_the_approval_counts_from_when_that_of_the_amendment_was_received() -> None:
    after = two().amends(amended(MORE | {"due_on": None, "due_after_approval": "P15D"})).at(days=1)

    assert added(after.decides("granted", AMENDED, received_at=START + timedelta(days=1))).report.valid
    late = two().amends(amended(MORE | {"due_on": None, "due_after_approval": "P15D"})).at(days=1)
    refused(added(late.decides("granted", AMENDED)).maker, "approved text", "commitment 3 is due on another day")


def without(after: After, *contents: str) -> dict[str, Any]:
    """Return the bundle without these contents."""
    document = after.maker.bundle()
    shown = document["disclosures"].items()
    document["disclosures"] = {key: one for key, one in shown if opened(one)[1] not in contents}
    return document


def test_the_words_of_an_amendment_may_be_missing() -> None:
    document = without(added(), ADDED)

    report = verify_bundle(to_bytes(document), POLICY)

    assert report.valid, report.checks[-1]
    amendments = next(one.sentence for one in report.checks if one.name == "amendments")
    assert amendments == "1 were asked for; the words of 0 can be read here."


def test_an_amendment_is_held_to_its_words_though_the_approved_text_is_missing() -> None:
    plan = content(clause(), clause("Train the team", "2026-03-12"))

    assert verify_bundle(to_bytes(without(added(), plan)), POLICY).valid
    refused(without(added(text="Ask nobody"), plan), "approved text", "commitment 3 is not what was approved")


WORDS: dict[str, tuple[Callable[[], After], str, str]] = {
    "other words than were hashed": (
        lambda: added(granted(ADDED, said=amended(clause("Ask nobody", "2026-03-18")))),
        "amendments",
        "amendment 1 is not in the words that were asked for",
    ),
    "other words of what was refused": (
        lambda: two().amends(ADDED, said="{}").decides("refused", AMENDED),
        "amendments",
        "amendment 1 is not in the words that were asked for",
    ),
    "another promise": (lambda: added(text="Ask nobody"), "approved text", "commitment 3 is not what was approved"),
    "another owner": (lambda: added(owner=BO), "approved text", "commitment 3 is not what was approved"),
    "another kind": (lambda: added(kind="preventive"), "approved text", "commitment 3 is not what was approved"),
    "another day": (
        lambda: granted().opens(3, "2026-03-19", THIRD, "Ask the supplier"),
        "approved text",
        "commitment 3 is due on another day than was approved",
    ),
    "more than it says": (
        lambda: added().opens(4, "2026-03-18", FOURTH),
        "approved text",
        "amendment 1 has not added what it says",
    ),
    "less than it says": (granted, "approved text", "amendment 1 has not added what it says"),
    "an end that it does not say": (
        lambda: granted(amended(), weekly()).series("ended", ended_on="2026-03-24").waived(THIRD),
        "approved text",
        "amendment 1 has not ended what it says",
    ),
    "an end that does not come": (
        lambda: granted(amended(ends={1: "2026-03-17"}), weekly()),
        "approved text",
        "amendment 1 has not ended what it says",
    ),
    "an end on another day": (
        lambda: granted(amended(ends={1: "2026-03-17"}), weekly()).series("ended", ended_on="2026-03-24").waived(THIRD),
        "approved text",
        "amendment 1 has not ended what it says",
    ),
    "not a text": (lambda: granted("Hello."), "approved text", "not a plan with its commitments"),
    "a text that says nothing": (lambda: granted("{}"), "approved text", "not a plan with its commitments"),
}


@pytest.mark.parametrize(("story", "check", "reason"), WORDS.values(), ids=WORDS)
def test_what_is_not_in_the_words_of_the_amendment_is_refused(
    story: Callable[[], After], check: str, reason: str
) -> None:
    refused(story().maker, check, reason)
