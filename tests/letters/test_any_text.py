"""Whatever the text: it is read to the end, every line is somewhere, and the draft is one that can be recorded."""

import time
from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.letters.draft import Piece, Proposal, propose
from app.letters.owners import Known
from app.letters.passages import BREAK, take_apart
from app.letters.schemas import PieceOut, ProposedPlan, Unread
from app.plans import rules
from app.plans.schemas import PlanIn
from tests.given import CAST

pytestmark = pytest.mark.slow

MEMBERS = [Known(one["name"], one["email"]) for one in CAST.values()]
ON = date(2026, 3, 2)
LINES = st.sampled_from(
    [
        *("Root cause", "2. Actions we have taken:", "## Preventive measures", "GOING FORWARD WE WILL", "Conclusion"),
        *(
            "Subject: Late shipments",
            "Dear team,",
            "Sincerely,",
            "**Owner:** Ada",
            "- Due: 3 May",
            "",
            "  ",
            "\t",
            "---",
        ),
        *(
            "- [x] Removed 212 units on 20 February.",
            "* We will check every lot weekly until 30 June",
            "1) Bo will do so",
        ),
        *(
            "within 14 days of approval",
            "by 29 February",
            "in 99999 weeks",
            "every 0 days",
            "on 31/02/26, 1.2.3000",
            "(Ada)",
        ),
        *(
            "ASIN B0C7XK2M4P, SKU: A-1 and B-2, 112-4403391-8873041",
            "We did not check. We have stopped! We will start?",
        ),
    ]
)
LETTERS = st.lists(LINES | st.text(max_size=40), max_size=30).map("\n".join) | st.text(max_size=400)


def read(text: str) -> Proposal:
    return propose(text, timezone="America/Los_Angeles", on=ON, members=MEMBERS)


def check(found: Proposal) -> PlanIn:
    """Hold a draft against what `POST /v1/plans` takes, and its pieces against the contract."""
    for piece in found.pieces:
        PieceOut.of(piece)
    for passage in found.unread:
        Unread.of(passage)
    proposed = ProposedPlan.model_validate(found.plan).model_dump(mode="json")
    plan = PlanIn.model_validate(proposed)
    assert rules.contradictions(plan.model_dump(mode="json")) == []
    return plan


@settings(max_examples=300)
@given(LETTERS)
@example("Root cause:\n\x1e")
@example("Steps to prevent\n- by 31 December 2199 to 1 January 2200 every 1001 days")
def test_the_draft_can_be_recorded_as_it_is(text: str) -> None:
    check(read(text))


@settings(max_examples=300)
@given(LETTERS)
def test_no_line_disappears(text: str) -> None:
    found = read(text)

    lines = [number for number, line in enumerate(BREAK.split(text), 1) if any(one.isalnum() for one in line)]
    read_ = {line for piece in found.pieces for line in range(piece.line, piece.last_line + 1)}
    unread = {line for passage in found.unread for line in range(passage.line, passage.last_line + 1)}
    headings = {one.line for one in take_apart(text).headings}
    assert set(lines) <= read_ | unread | headings


@settings(max_examples=200)
@given(LETTERS)
def test_every_piece_is_where_it_says(text: str) -> None:
    lines = BREAK.split(text)

    for piece in read(text).pieces:
        there = " ".join(" ".join(lines[piece.line - 1 : piece.last_line]).replace("*", "").replace("_", "").split())
        first = piece.source.replace("*", "").replace("_", "").split()
        assert not first or first[0] in there, piece


def test_a_letter_has_more_than_a_plan_holds() -> None:
    causes = "\n".join(f"- The carrier lost parcel {number}." for number in range(60))
    promises = "\n".join(f"- We will repack parcel {number}, order 112-4403391-{number:07}." for number in range(520))

    found = read(f"Root causes\n{causes}\n\nSteps to prevent\n{promises}\n")

    plan = check(found)
    assert (len(plan.root_causes), len(plan.commitments), len(plan.items)) == (50, 200, 500)
    assert len(found.unread) == 10 + 320
    assert said(found, "/root_causes/49") == ["A plan has at most 50 root causes: the rest is unread."]
    assert said(found, "/commitments/199") == ["A plan has at most 200 commitments: the rest is unread."]
    assert said(found, "/items/499") == ["It names more than 500 items: the rest is left out."]


def test_what_is_too_long_is_cut_and_that_is_said() -> None:
    found = read(f"Subject: {'late ' * 50}\n\nPreventive measures\n- We will {'check ' * 3000}\n")

    plan = check(found)
    assert (len(plan.title), len(plan.commitments[0].text)) == (200, 10_000)
    assert "It is cut after 200 characters." in said(found, "/title")
    assert "It is cut after 10,000 characters." in said(found, "/commitments/0")


def test_the_longest_text_is_read_in_a_moment() -> None:
    for line in (
        "a" * 99_999,
        "- we will " * 9_999,
        "1 " * 49_999,
        "A" + " B" * 49_000,
        "x:" * 49_000,
        "\n- a" * 25_000,
    ):
        began = time.process_time()
        check(read(f"Root cause\n{line}"[:100_000]))
        check(read(f"Steps to prevent\n{line}"[:100_000]))
        assert time.process_time() - began < 5, line[:20]


def said(found: Proposal, pointer: str) -> list[str]:
    piece: Piece = next(one for one in found.pieces if one.pointer == pointer)
    return piece.doubts
