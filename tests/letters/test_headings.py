"""Headings as sellers write them, and sentences that only look like one."""

import pytest

from app.letters import headings
from app.letters.headings import ASIDE, CAUSES, PREVENTED, TAKEN, TO_PREVENT, TO_TAKE, Section

KNOWN: dict[str, tuple[Section, list[str]]] = {
    "causes": (
        CAUSES,
        [
            *("Root Cause", "Root cause(s)", "ROOT CAUSES:", "1. Root cause:", "**Root Cause Analysis**", "Causes:"),
            *("## Root cause of the complaints", "A. What caused the issue?", "Cause of the issue", "What went wrong"),
            *("Reasons for the suspension", "1. Please provide the root causes that led to the issue:"),
        ],
    ),
    "taken": (
        TAKEN,
        [
            *("Actions we have taken", "Corrective actions", "Corrective Action(s) Taken", "Immediate steps"),
            *("Steps taken to resolve", "2. Please provide the actions you have taken to resolve the issue"),
            *("The actions we took to resolve the issue \u2013", "How we resolved the issue", "Resolution"),
            *(
                "Section 2 \u2013 Corrective actions",
                "What we have done to fix it",
                "Actions Taken To Resolve The Issue:",
            ),
        ],
    ),
    "to take": (TO_TAKE, ["Next steps", "Actions we will take", "Corrective actions we will take", "Actions:"]),
    "prevented": (PREVENTED, ["3. The steps you have taken to prevent the issue going forward"]),
    "to prevent": (
        TO_PREVENT,
        [
            *("Preventive measures", "Preventative Measures:", "Going forward, we will:", "Steps to prevent"),
            *("Steps we will take to prevent this from happening again", "Measures to avoid recurrence"),
            *(
                "How we will prevent this from happening again",
                "What we will do to prevent this",
                "III. Preventive plan",
            ),
            *("Long-term measures", "Step 3: Preventive measures", "Plan of action: preventive measures", "Prevention"),
        ],
    ),
    "aside": (ASIDE, ["Conclusion", "Supporting documents:", "Background", "# Summary of our company"]),
}
CASES = [pytest.param(line, section, id=line) for section, lines in KNOWN.values() for line in lines]


@pytest.mark.parametrize(("line", "section"), CASES)
def test_a_heading_says_what_stands_below(line: str, section: Section) -> None:
    found = headings.find(line, apart=True, alone=True)

    assert found
    assert (found.section, found.rest) == (section, "")


@pytest.mark.parametrize(
    ("line", "section", "rest"),
    [
        ("1. Root Cause: Our supplier failed.", CAUSES, "Our supplier failed."),
        ("Root cause - our supplier sent old stock", CAUSES, "our supplier sent old stock"),
        ("**Corrective action:** We removed the units.", TAKEN, "We removed the units."),
        ("Preventive measures: we will check (twice: in and out)", TO_PREVENT, "we will check (twice: in and out)"),
    ],
)
def test_a_heading_may_be_followed_by_text_on_its_line(line: str, section: Section, rest: str) -> None:
    found = headings.find(line, apart=True, alone=False)

    assert found
    assert (found.section, found.rest) == (section, rest)


@pytest.mark.parametrize(
    "line",
    [
        *(
            "We have identified the root cause",
            "the root cause was our supplier.",
            "In the future we will check each lot.",
        ),
        *("Root cause", "root cause: as we said"),
        "Steps that we take every day in order to keep the warehouse clean and prevent all kinds of late shipment",
    ],
)
def test_a_line_in_the_middle_of_a_paragraph_is_none(line: str) -> None:
    assert headings.find(line, apart=False, alone=False) is None


@pytest.mark.parametrize("line", ["# Our company", "**Dear team**", "PLAN OF ACTION"])
def test_words_that_say_nothing_can_be_a_heading_too(line: str) -> None:
    found = headings.find(line, apart=True, alone=True)

    assert found
    assert found.section is None
