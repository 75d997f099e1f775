"""Letters as sellers write them, and what is read in them on Monday, 2 March 2026. Chidi and Bo are members, too."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from app.letters.draft import Part, Proposal, propose
from app.letters.owners import Known
from tests.given import CAST

LETTERS = Path(__file__).parents[1] / "data" / "letters"
MEMBERS = [Known(one["name"], one["email"]) for one in CAST.values()]


def read(name: str) -> Proposal:
    text = (LETTERS / name).read_bytes().decode()
    return propose(text, timezone="America/Los_Angeles", on=date(2026, 3, 2), members=MEMBERS)


def story(found: Proposal) -> Iterator[str]:
    """Yield a line for each cause and commitment: its lines, what it is, how it begins, and what was found out."""
    for piece in found.pieces:
        _, name, *place = piece.pointer.split("/")
        if piece.part in (Part.ROOT_CAUSE, Part.DONE, Part.PROMISE):
            thing = found.plan[name][int(place[0])]
            words = " ".join(piece.source.split()[:3])
            said = [thing.get(one) for one in ("kind", "key", "owner", "due_on", "due_after_approval", "recurrence")]
            day = piece.performed_on and f"done {piece.performed_on}"
            facts = [
                *said,
                day,
                *(f"> {key}" for key in thing.get("root_causes", ())),
                *(f"{one}?" for one in piece.names),
            ]
            yield " | ".join([f"{piece.line}-{piece.last_line} {piece.part}: {words}", *(one for one in facts if one)])


@pytest.mark.parametrize("name", [one.name for one in sorted(LETTERS.iterdir()) if one.suffix != ".story"])
def test_a_letter_tells_its_story(name: str) -> None:
    told = (LETTERS / name).with_suffix(".story")

    assert list(story(read(name))) == told.read_text().splitlines()


def test_items_are_found_wherever_the_letter_names_them() -> None:
    found = read("inauthentic.txt")

    assert [(one["type"], one["ref"]) for one in found.plan["items"]] == [
        ("asin", "B0C7XK2M4P"),
        ("sku", "TMB-40-SAGE"),
        ("order", "112-4403391-8873041"),
        ("order", "113-0098217-5521466"),
    ]
    assert [one.line for one in found.pieces if one.part == Part.ITEM] == [5, 10, 10, 11]


@pytest.mark.parametrize(
    ("name", "title", "line"),
    [
        ("inauthentic.txt", "Plan of action for inauthentic complaints on ASIN B0C7XK2M4P", 5),
        ("late-shipments.txt", "PLAN OF ACTION - LATE SHIPMENT RATE", 1),
        ("product-safety.md", "Plan of action: overheating complaints on the travel charger", 1),
        ("word-bullets.txt", "Appeal \u2013 used sold as new", 1),
    ],
)
def test_the_title_is_the_subject_or_the_first_heading(name: str, title: str, line: int) -> None:
    found = read(name)

    assert found.plan["title"] == title
    assert [one.line for one in found.pieces if one.part == Part.TITLE] == [line]


def test_without_a_title_the_items_make_one() -> None:
    assert read("no-headings.txt").plan["title"] == "Plan of action for B07ZPKN6YR"
    assert read("not-a-letter.txt").plan["title"] == "Plan of action"


def test_what_stands_around_the_plan_is_left_unread() -> None:
    found = read("inauthentic.txt")

    assert [(one.line, one.text.split("\n")[0]) for one in found.unread] == [
        (1, "Ada's Outdoor Goods LLC"),
        (7, "Dear Seller Performance Team,"),
        (9, "We received your notification of 24 February 2026 about complaints on"),
        (37, "Invoices of the last 365 days and the letter of authorization are attached."),
        (39, "We hope that this resolves your concerns."),
        (41, "Sincerely,"),
    ]


def test_each_due_owner_and_recurrence_has_its_own_line() -> None:
    found = read("inauthentic.txt")

    there = [one for one in found.pieces if one.pointer.startswith("/commitments/4")]

    assert [(one.pointer, one.line, one.source) for one in there[1:]] == [
        ("/commitments/4/recurrence", 34, "every Friday"),
        ("/commitments/4/due_on", 34, "13 March 2026"),
        ("/commitments/4/owner", 33, "Chidi Park"),
    ]
    assert there[0].source.startswith(
        "Chidi Park will check invoices and lot numbers of every inbound shipment\nagainst"
    )


def test_days_without_a_year_are_near_the_day_of_the_letter() -> None:
    letter = (
        "Date: 20 December 2025\n\nActions taken\n- Removed on 18 December.\n\nNext steps\n- Count by 15 January.\n"
    )

    found = propose(letter, timezone="UTC", on=date(2026, 3, 2), members=())

    assert found.pieces[0].performed_on == date(2025, 12, 18)
    assert found.plan["commitments"][1]["due_on"] == "2026-01-15"


def test_a_table_is_a_list_whose_columns_have_names() -> None:
    letter = (
        "Preventive measures\n\n| # | Action | Owner | Due date | Status |\n|---|---|---|---|---|\n"
        "| 1 | Train the team | Bo | 5 May 2026 | |\n| 2 | New scale bought | Ada | 1 March 2026 | Done |\n"
    )

    found = propose(letter, timezone="UTC", on=date(2026, 3, 2), members=MEMBERS)

    assert list(story(found)) == [
        "5-5 promise: Train the team; | preventive | bo@example.com | 2026-05-05",
        "6-6 done: New scale bought; | preventive | ada@example.com | done 2026-03-01",
    ]
    assert found.plan["commitments"][0]["text"] == "Train the team; Owner: Bo; Due date: 5 May 2026"


def test_what_was_done_and_what_will_be_done_are_told_apart_by_the_words() -> None:
    letter = (
        "Corrective actions\n- We have hired an inspector and will train her.\n- Refund the buyers\n- We must refund.\n"
    )

    found = propose(letter, timezone="UTC", on=date(2026, 3, 2), members=())

    assert [one.part for one in found.pieces] == [Part.DONE, Part.DONE, Part.PROMISE]
    assert found.pieces[0].doubts == ["It tells of something done and of something promised: are these two?"]


def test_a_cause_may_be_told_in_several_paragraphs() -> None:
    letter = (
        "Root cause\nWe moved.\n\nThis was not announced.\n\nThe new label was wrong.\n\nNext steps\n- We will ask.\n"
    )

    found = propose(letter, timezone="UTC", on=date(2026, 3, 2), members=())

    assert [one["statement"] for one in found.plan["root_causes"]] == [
        "We moved. This was not announced.",
        "The new label was wrong.",
    ]
    assert [(one.line, one.last_line) for one in found.pieces if one.part == Part.ROOT_CAUSE] == [(2, 4), (6, 6)]


def test_a_sentence_that_tells_of_no_deed_belongs_to_the_one_before() -> None:
    letter = (
        "Actions taken\nWe refunded the buyers. Completed on 26 February. Our lead, Bo Lindqvist, sent the mails. "
        "We take this seriously. Dr. Gray checked it.\n"
    )

    found = propose(letter, timezone="UTC", on=date(2026, 3, 2), members=())

    assert [one["text"] for one in found.plan["commitments"]] == [
        "We refunded the buyers. Completed on 26 February.",
        "Our lead, Bo Lindqvist, sent the mails.",
        "Dr. Gray checked it.",
    ]
    assert [one.text for one in found.unread] == ["We take this seriously."]
    assert found.pieces[0].performed_on == date(2026, 2, 26)


def test_a_ticked_cause_is_still_a_cause() -> None:
    letter = (
        "Root causes\n- [x] The carrier was late.\n\nNext steps\n- [ ] Book another carrier.\n- [x] Told the buyers.\n"
    )

    found = propose(letter, timezone="UTC", on=date(2026, 3, 2), members=())

    assert [one.part for one in found.pieces] == [Part.ROOT_CAUSE, Part.PROMISE, Part.DONE]
