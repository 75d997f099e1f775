"""When and how often, in words. It is Monday, 2 March 2026."""

from datetime import date
from typing import Any

import pytest

from app.commitments import schedule
from app.letters import timing
from app.letters.days import Calendar
from app.letters.timing import Timing

CALENDAR = Calendar(date(2026, 3, 2))


def promise(text: str) -> Timing:
    return timing.of_promise(text, CALENDAR)


@pytest.mark.parametrize(
    ("words", "due"),
    [
        *(("within 14 days", "P14D"), ("within the next 30 days of approval", "P30D"), ("in two weeks", "P2W")),
        *(
            ("within 48 hours", "PT48H"),
            ("no later than one month after reinstatement", "P1M"),
            ("within a week", "P1W"),
        ),
        *(
            ("within fourteen (14) days", "P14D"),
            ("within 10 business days", "P14D"),
            ("30 days after approval", "P30D"),
        ),
        *(("within 90 calendar days", "P90D"), ("within 1 year of acceptance of this plan", "P1Y")),
    ],
)
def test_a_length_counts_from_the_approval(words: str, due: str) -> None:
    found = promise(f"We will replace the scale {words}.")

    assert (found.due_after_approval, found.due_on, found.recurrence) == (due, None, None)
    schedule.parse_duration(due)


@pytest.mark.parametrize(
    ("words", "due"),
    [
        *(
            ("by 5 March 2026", "2026-03-05"),
            ("two weeks from today", "2026-03-16"),
            ("within 36 hours of now", "2026-03-04"),
        ),
        *(("within 3 days of the date of this letter", "2026-03-05"), ("next Friday", "2026-03-06")),
    ],
)
def test_a_day_is_a_day(words: str, due: str) -> None:
    found = promise(f"We will replace the scale {words}.")

    assert (found.due_on, found.due_after_approval) == (date.fromisoformat(due), None)


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        *(("every day", "FREQ=DAILY"), ("weekly", "FREQ=WEEKLY"), ("once a week", "FREQ=WEEKLY")),
        *(("each Monday", "FREQ=WEEKLY;BYDAY=MO"), ("every Tuesday and Friday", "FREQ=WEEKLY;BYDAY=TU,FR")),
        *(("every two weeks", "FREQ=WEEKLY;INTERVAL=2"), ("every other week", "FREQ=WEEKLY;INTERVAL=2")),
        *(("every 3 months", "FREQ=MONTHLY;INTERVAL=3"), ("quarterly", "FREQ=MONTHLY;INTERVAL=3")),
        *(
            ("monthly", "FREQ=MONTHLY"),
            ("every year", "FREQ=YEARLY"),
            ("every business day", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
        ),
        *(
            ("weekly for 12 weeks", "FREQ=WEEKLY;COUNT=12"),
            ("every Friday, for 26 weeks", "FREQ=WEEKLY;BYDAY=FR;COUNT=26"),
        ),
        *(("monthly until 31 December 2026", "FREQ=MONTHLY;UNTIL=20261231"), ("bi-weekly", "FREQ=WEEKLY;INTERVAL=2")),
    ],
)
def test_a_recurrence_is_a_rule_that_can_be_kept(words: str, rule: str) -> None:
    found = promise(f"We will count the shelf {words}.")

    assert (found.recurrence, found.due_on) == (rule, None)
    schedule.check_rule(rule)


def test_a_recurrence_begins_on_a_day() -> None:
    found = promise("We will count the shelf every Friday, starting 13 March 2026, until 30 June 2026.")

    assert (found.due_on, found.recurrence) == (date(2026, 3, 13), "FREQ=WEEKLY;BYDAY=FR;UNTIL=20260630")


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        (
            "We will answer every message within 24 hours.",
            "\u201cwithin 24 hours\u201d reads like a standard to keep each time, not like a due.",
        ),
        (
            "We will book it within 2 days of purchase.",
            "\u201cwithin 2 days of\u201d reads like a standard to keep each time, not like a due.",
        ),
        (
            "We will return all units received before 5 January 2026.",
            "\u201c5 January 2026\u201d has passed: not taken for the due.",
        ),
        (
            "We will check twice a week.",
            "\u201ctwice a week\u201d is more than a recurrence says: make it one commitment each.",
        ),
        (
            "We will end within 99999 weeks.",
            "\u201cwithin 99999 weeks\u201d cannot be a due: a duration is text such as P14D or PT72H (ISO 8601).",
        ),
        ("We will check every 0 days.", "\u201cevery 0 days\u201d: INTERVAL is a number from 1 to 1000."),
    ],
)
def test_what_is_no_due_is_left_open(text: str, doubt: str) -> None:
    found = promise(text)

    assert (found.due_on, found.due_after_approval, found.recurrence) == (None, None, None)
    assert found.doubts == [doubt]


def test_one_due_of_several_is_taken_and_the_others_are_named() -> None:
    found = promise("We will start on 10 March and finish by 20 March, within 20 days.")

    assert (found.due_on, found.due_after_approval) == (date(2026, 3, 20), None)
    assert found.doubts == ["It also names 10 March 2026.", "It also says \u201cwithin 20 days\u201d."]


def test_the_daily_cutoff_is_no_recurrence() -> None:
    assert promise("We will move the daily cut-off to noon.").recurrence is None


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("We removed them on 20 February.", {"performed_on": date(2026, 2, 20), "doubts": []}),
        ("Removed on 20 February, checked on 1 March.", {"performed_on": date(2026, 2, 20), "doubts": []}),
        (
            "We removed them on 20 April 2026.",
            {"performed_on": None, "doubts": ["\u201c20 April 2026\u201d is still to come."]},
        ),
        (
            "We now count weekly.",
            {"performed_on": None, "doubts": ["It goes on \u201cweekly\u201d: is that another commitment?"]},
        ),
    ],
)
def test_what_was_done_has_the_day_it_was_done(text: str, fields: dict[str, Any]) -> None:
    found = timing.of_done(text, CALENDAR)

    assert {name: getattr(found, name) for name in fields} == fields


def test_a_standard_in_the_next_sentence_is_not_about_this_one() -> None:
    found = promise("We will hire two agents within 30 days. They will answer all messages within 12 hours.")

    assert found.due_after_approval == "P30D"
    assert found.doubts == ["\u201cwithin 12 hours\u201d reads like a standard to keep each time, not like a due."]
