"""Days in words. It is Monday, 2 March 2026."""

from datetime import date

import pytest

from app.letters.days import Calendar, Mention, mentions, order

ON = date(2026, 3, 2)


def only(text: str, *, past: bool = False, day_first: bool | None = None) -> Mention:
    (found,) = mentions(text, Calendar(ON, day_first), past=past)
    return found


@pytest.mark.parametrize(
    ("words", "day"),
    [
        *(("2026-03-05", "2026-03-05"), ("March 5, 2026", "2026-03-05"), ("5th of March 2026", "2026-03-05")),
        *(("the 5th day of March", "2026-03-05"), ("Mar. 5", "2026-03-05"), ("5-Mar-26", "2026-03-05")),
        *(("5 MAY 2026", "2026-05-05"), ("Sept 5", "2026-09-05"), ("25/03/2026", "2026-03-25")),
        *(("03/25/26", "2026-03-25"), ("3.4.2026", "2026-04-03"), ("05/05/2026", "2026-05-05")),
        *(("1 March", "2027-03-01"), ("29 February", "2028-02-29"), ("end of March", "2026-03-31")),
        *(("end of February", "2027-02-28"), ("end of June 2027", "2027-06-30"), ("end of the month", "2026-03-31")),
        *(
            ("end of next month", "2026-04-30"),
            ("end of this quarter", "2026-03-31"),
            ("end of the week", "2026-03-08"),
        ),
        *(("end of next week", "2026-03-15"), ("end of the year", "2026-12-31"), ("tomorrow", "2026-03-03")),
        *(("next Friday", "2026-03-06"), ("by Monday", "2026-03-09"), ("April 2026", "2026-04-30")),
    ],
)
def test_a_day_is_read(words: str, day: str) -> None:
    found = only(f"We will do it {words}.")

    assert (found.on and found.on.isoformat()) == day
    assert words.endswith(found.words.removesuffix(".")) or found.words.removesuffix(".") in words


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("1 March", "2026-03-01"),
        ("5 March", "2025-03-05"),
        ("29 February", "2024-02-29"),
        ("last Friday", "2026-02-27"),
    ],
)
def test_what_was_done_was_done_before(words: str, day: str) -> None:
    found = only(words, past=True)

    assert found.on == date.fromisoformat(day)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "212 units",
            "section 3",
            "we may ask 5 suppliers",
            "3.4 times",
            "1,204 units",
            "3 of 4",
            "a 0.5 A fuse",
            "5 pm",
        ),
        *("version 1.2.3.4", "10/12", "march on", "the second", "in 2025", "90-334412", "12-13-14-15", "decided 5"),
    ],
)
def test_other_numbers_and_words_are_no_day(text: str) -> None:
    assert list(mentions(text, Calendar(ON), past=False)) == []


def test_a_date_of_two_readings_is_left_open() -> None:
    found = only("by 03/04/2026")

    assert found.on is None
    assert found.doubt == "\u201c03/04/2026\u201d is 4 March 2026 or 3 April 2026: say which."


@pytest.mark.parametrize(
    ("words", "past", "day"), [("04/02/2026", False, "2026-04-02"), ("12/02/2026", True, "2026-02-12")]
)
def test_of_two_readings_one_may_be_on_the_wrong_side_of_today(words: str, day: str, *, past: bool) -> None:
    found = only(words, past=past)

    assert found.on == date.fromisoformat(day)
    assert "the other reading" in found.doubt


@pytest.mark.parametrize(("other", "day"), [("25/03/2026", "2026-04-03"), ("03/25/2026", "2026-03-04")])
def test_the_other_dates_of_the_letter_tell_its_order(other: str, day: str) -> None:
    found = only("by 03/04/2026", day_first=order(f"Yesterday, {other}, and 01/01/2026."))

    assert found.on == date.fromisoformat(day)
    assert found.doubt == "\u201c03/04/2026\u201d is read in the order of the letter's other dates."


def test_a_letter_that_contradicts_itself_tells_nothing() -> None:
    assert order("25/03/2026 and 03/25/2026") is None


@pytest.mark.parametrize(
    "words", ["31 February 2026", "2026-13-01", "31/02/2026", "13/13/2026", "00/00/2026", "0 March"]
)
def test_a_day_that_does_not_exist_is_left_open(words: str) -> None:
    found = only(words)

    assert (found.on, found.doubt) == (None, f"\u201c{words}\u201d is no day of the calendar.")


def test_a_year_that_no_plan_has_is_left_open() -> None:
    assert only("5 March 1066").on is None
    assert only("5 March 2300").doubt == "\u201c5 March 2300\u201d is not a year for a plan."


def test_a_month_names_no_day_of_what_was_done() -> None:
    assert only("in February 2026", past=True).on is None
