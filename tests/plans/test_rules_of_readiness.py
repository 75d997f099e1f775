"""What a reviewer would ask about, by itself: each hint where it lies, with what to do, in one line."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.notices.rules import NoticeState
from app.plans import readiness
from app.plans.case_schemas import Gap
from tests.plans.reviewing import AT, asked, case, detail, promise, shown, told


def test_of_a_plan_that_lacks_nothing_nothing_is_said() -> None:
    assert told(case()) == []


def test_without_a_root_cause_nobody_knows_why_it_happened() -> None:
    written = case()
    bare = replace(written, content={**written.content, "root_causes": [], "commitments": []})

    assert told(bare) == [("/root_causes", "no_root_cause")]
    assert detail(bare) == "No root cause is named: say why it happened."


def test_each_root_cause_wants_both_kinds() -> None:
    assert told(case(promises=(promise(), promise(kind="preventive", causes=())))) == [
        ("/root_causes/0", "no_preventive")
    ]
    one_sided = case(promises=(promise(kind="preventive"), promise(causes=("b",))))
    assert told(one_sided) == [("/root_causes/0", "no_corrective")]
    assert detail(one_sided) == "No corrective commitment addresses `a`: add one that lists it in its `root_causes`."


def test_an_item_is_covered_by_a_commitment_that_lists_it_or_lists_none() -> None:
    named = (promise("asin:B0"), promise("sku:1", kind="preventive"))

    assert told(case(asked("asin:B0"), items=("asin:B0",))) == []
    assert told(case(asked("asin:B0", "sku:1"), items=("asin:B0", "sku:1", "sku:2"), promises=named)) == []
    assert told(case(asked("sku:2"), items=("asin:B0", "sku:1", "sku:2"), promises=named)) == [
        ("/notices/0", "item_not_covered")
    ]


def test_an_item_is_covered_by_evidence_that_names_it() -> None:
    assert told(case(asked("asin:B0"), evidence=(shown(None, "sku:1", "asin:B0"),))) == []


@pytest.mark.parametrize(
    ("text", "covered"),
    [
        ("Remove A-12 today.", True),
        ("A-12", True),
        ("Remove (A-12), all of it.", True),
        ("Remove A-123.", False),
        ("Remove A-12-B.", False),
        ("Remove BA-12.", False),
        ("Remove Q-A-12.", False),
        ("Remove A-123 and A-12.", True),
        ("Remove A.12.", False),
    ],
)
def test_an_item_is_covered_by_words_that_name_it_itself(text: str, covered: bool) -> None:  # noqa: FBT001
    both = (promise(text="?"), promise(text=text, kind="preventive"))

    assert (told(case(asked("sku:A-12"), promises=both)) == []) is covered


def test_a_reference_is_no_pattern() -> None:
    both = (promise(text="AxB"), promise(text="A.B?", kind="preventive"))

    assert told(case(asked("sku:A.B", "sku:A.B?", "sku:A+B"), promises=both)) == [("/notices/0", "item_not_covered")]


def test_what_nothing_covers_is_named_where_it_was_asked_first_and_in_order() -> None:
    one = case(asked("sku:3", "sku:1"), asked("sku:3", "sku:2"))

    assert [(fault.pointer, fault.detail.split("`")[1]) for fault in readiness.hints(one, at=AT)] == [
        ("/notices/0", "sku:1"),
        ("/notices/0", "sku:3"),
        ("/notices/1", "sku:2"),
    ]
    first = readiness.hints(one, at=AT)[0].detail
    assert first == "`sku:1` of the notice is covered by no commitment and no evidence: add one that names it."


def test_a_notice_that_the_plan_does_not_name_has_no_place_in_it() -> None:
    one = case(asked("sku:1"), asked("sku:2"))
    one = replace(one, content={**one.content, "notices": ["0"]})

    assert [pointer for pointer, _ in told(one)] == ["/notices/0", "/notices"]


def test_no_more_items_are_named_than_a_plan_can_list() -> None:
    one = case(asked(*(f"sku:{n}" for n in range(501))))

    assert len(told(one)) == 500


def test_evidence_that_was_asked_for_is_missed() -> None:
    one = case(asked(evidence_window_days=365), asked(evidence_window_days=180), asked())

    assert told(one) == [("/evidence", "no_evidence")]
    assert detail(one) == (
        "The notice asks for evidence of the last 180 days: add it with POST /v1/plans/{plan}/evidence."
    )


def test_evidence_that_nobody_asked_for_may_be_of_any_age() -> None:
    assert told(case(asked(), evidence=(shown("1999-01-01"), shown(None)))) == []


def test_evidence_is_of_the_window_in_the_zone_of_the_plan() -> None:
    # Still the evening of 1 March in Los Angeles.
    early = datetime(2026, 3, 2, 7, 59, tzinfo=UTC)
    pieces = (shown("2026-02-19"), shown("2026-02-18"), shown("2026-03-09"), shown(None))
    one = case(asked(evidence_window_days=10, received_at=early), evidence=pieces)

    assert told(one) == [("/evidence/1", "evidence_too_old"), ("/evidence/3", "evidence_undated")]
    too_old, undated = (fault.detail for fault in readiness.hints(one, at=AT))
    assert too_old == "Invoice 7 is of 2026-02-18: the notice asks for 2026-02-19 or later, so add newer."
    assert undated == "Invoice 7 bears no day: add it once more, with `document_on`."


def test_the_narrowest_window_counts() -> None:
    notices = asked(evidence_window_days=10), asked(evidence_window_days=30), asked()
    later = asked(evidence_window_days=10, received_at=AT + timedelta(days=5))

    assert told(case(*notices, evidence=(shown("2026-02-20"),))) == []
    assert told(case(*notices, evidence=(shown("2026-02-19"),))) == [("/evidence/0", "evidence_too_old")]
    assert told(case(*notices, later, evidence=(shown("2026-02-20"),))) == [("/evidence/0", "evidence_too_old")]


@pytest.mark.parametrize(
    ("is_signed_off", "four_eyes", "said"), [(False, True, True), (True, True, False), (False, False, False)]
)
def test_somebody_else_reads_it_first(*, is_signed_off: bool, four_eyes: bool, said: bool) -> None:
    one = case(is_signed_off=is_signed_off, four_eyes=four_eyes)

    assert told(one) == ([("/", "not_signed_off")] if said else [])
    assert not said or detail(one) == (
        "Somebody else than the authors signs it off first: POST /v1/plans/{plan}/sign-off."
    )


def test_all_is_said_in_the_order_of_the_plan_and_then_of_time() -> None:
    notices = (
        asked("sku:1", evidence_window_days=10, respond_by=AT, attempts_allowed=1),
        asked(state=NoticeState.DISMISSED),
    )
    one = case(*notices, evidence=(shown(None),), promises=(promise(),), is_signed_off=False)

    assert [code for _, code in told(one)] == [
        *("no_preventive", "item_not_covered", "evidence_undated", "notice_ended"),
        *("deadline_passed", "last_attempt", "not_signed_off"),
    ]


names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300) | st.just("x\ty\n" * 99)
refs = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=200)


@given(title=names, name=names, ref=refs, key=st.from_regex(r"[a-z]{1,64}", fullmatch=True))
def test_whatever_it_is_called_a_hint_is_one_line(title: str, name: str, ref: str, key: str) -> None:
    def printable(text: str) -> str:
        return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", "?", text)

    notices = (
        asked(f"{'t' * 32}:{ref}", evidence_window_days=1),
        asked(title=printable(title), state=NoticeState.DISMISSED),
    )
    pieces = shown(None, name=printable(name)), shown("1970-01-01", name=printable(name))
    one = case(*notices, evidence=pieces, promises=(), is_signed_off=False)
    one = replace(one, content={**one.content, "root_causes": [{"key": key}]})

    hints = [Gap.of(fault) for fault in readiness.hints(one, at=AT)]

    assert [hint.code for hint in hints] == [
        *("no_corrective", "no_preventive", "item_not_covered", "evidence_undated", "evidence_too_old"),
        *("notice_ended", "not_signed_off"),
    ]


@pytest.mark.parametrize(
    ("long", "short"), [("x" * 80, "x" * 80), ("x" * 81, "x" * 79 + "\u2026"), (" a \n\n b\t", "a b")]
)
def test_a_long_name_is_cut_and_what_to_do_is_not(long: str, short: str) -> None:
    one = case(asked(evidence_window_days=1), evidence=(shown(None, name=long),))

    assert detail(one) == f"{short} bears no day: add it once more, with `document_on`."
