"""The rules of plans by themselves: every move there is and is not, every fault where it lies."""

from datetime import UTC, datetime
from typing import Any

import pytest

from app.plans import readiness, rules
from app.plans.readiness import Case
from app.plans.rules import Area, Outcome, PlanCannotMove, PlanState, SignOffMissing

MAY = {
    ("draft", "draft"),
    ("draft", "submitted"),
    ("draft", "withdrawn"),
    ("submitted", "approved"),
    ("submitted", "denied"),
    ("submitted", "more_info_requested"),
    ("more_info_requested", "submitted"),
    ("more_info_requested", "approved"),
    ("more_info_requested", "denied"),
    ("denied", "draft"),
    ("denied", "withdrawn"),
}
NOW = datetime(2026, 3, 2, tzinfo=UTC)
OWNER = "11111111-1111-1111-1111-111111111111"


def promise(**changed: Any) -> dict[str, Any]:
    dues = dict.fromkeys(("due_on", "due_at", "due_after_approval"))
    return {
        "kind": "corrective",
        "text": "?",
        "owner": OWNER,
        "root_causes": [],
        **dues,
        "due_on": "2026-04-01",
    } | changed


def content(*promises: dict[str, Any], causes: tuple[str, ...] = (), items: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "commitments": list(promises),
        "root_causes": [{"key": key} for key in causes],
        "items": [dict(zip(("type", "ref"), item.split(":"), strict=True)) for item in items],
    }


def places(faults: list[Any]) -> list[tuple[str, str]]:
    return [(one.pointer, one.code) for one in faults]


@pytest.mark.parametrize("now", PlanState)
@pytest.mark.parametrize("to", PlanState)
def test_a_plan_moves_as_written_here_and_in_no_other_way(now: PlanState, to: PlanState) -> None:
    if (now.value, to.value) in MAY:
        assert rules.move(now, to) is to
    else:
        with pytest.raises(PlanCannotMove) as refused:
            rules.move(now, to)
        assert str(refused.value) == f"It is `{now.value}` and cannot become `{to.value}`."


def test_the_words_that_clients_send_and_get_are_these() -> None:
    assert [one.value for one in PlanState] == [
        *("draft", "submitted", "more_info_requested", "denied", "approved", "withdrawn"),
    ]
    assert [one.value for one in Outcome] == ["approved", "denied", "more_info_requested"]
    assert [one.value for one in Area] == [
        *("supplier", "inventory", "listing", "product", "shipping", "customer_service", "documentation"),
        *("account", "other"),
    ]
    assert all(PlanState(one.value) for one in Outcome)


def test_a_plan_without_a_fault_has_none() -> None:
    written = content(promise(root_causes=["a"]), promise(), causes=("a", "b"), items=("asin:B0", "asin:B1", "sku:B0"))

    assert rules.contradictions(written) == []


def test_every_key_that_is_taken_and_every_item_that_is_there_already_is_named() -> None:
    written = content(causes=("a", "b", "a", "a"), items=("asin:B0", "sku:B0", "asin:B0", "sku:B0"))

    faults = rules.contradictions(written)

    assert places(faults) == [
        ("/root_causes/2/key", "key_taken"),
        ("/root_causes/3/key", "key_taken"),
        ("/items/2", "item_twice"),
        ("/items/3", "item_twice"),
    ]
    assert "`a`" in faults[0].detail


def test_a_commitment_with_two_dues_names_the_second_and_how_many() -> None:
    two = promise(due_at="2026-04-01T09:00:00Z")
    three = promise(due_at="2026-04-01T09:00:00Z", due_after_approval="P1D")
    others = promise(due_on=None, due_at="2026-04-01T09:00:00Z", due_after_approval="P1D")

    faults = rules.contradictions(content(promise(), two, three, others, promise(due_on=None)))

    assert places(faults) == [
        ("/commitments/1/due_at", "due_twice"),
        ("/commitments/2/due_at", "due_twice"),
        ("/commitments/3/due_after_approval", "due_twice"),
    ]
    assert [one.detail.rpartition(" ")[2] for one in faults] == ["2.", "3.", "2."]


def test_a_due_that_is_empty_is_given_all_the_same() -> None:
    assert places(rules.contradictions(content(promise(due_at="")))) == [("/commitments/0/due_at", "due_twice")]


def test_a_commitment_names_only_root_causes_that_are_there() -> None:
    faults = rules.contradictions(content(promise(root_causes=["a", "x", "y"]), causes=("a",)))

    assert places(faults) == [
        ("/commitments/0/root_causes/1", "unknown_root_cause"),
        ("/commitments/0/root_causes/2", "unknown_root_cause"),
    ]
    assert "`x`" in faults[0].detail


def test_each_gap_is_named_once() -> None:
    written = content(
        promise(owner=None),
        promise(owner="somebody"),
        promise(due_on=None),
        promise(owner=None, due_on=None),
        promise(owner="somebody", due_on=None),
    )

    assert places(rules.gaps(written, active={OWNER})) == [
        ("/commitments/0/owner", "owner_missing"),
        ("/commitments/1/owner", "owner_left"),
        ("/commitments/2/due_on", "due_missing"),
        ("/commitments/3/owner", "owner_missing"),
        ("/commitments/3/due_on", "due_missing"),
        ("/commitments/4/owner", "owner_left"),
        ("/commitments/4/due_on", "due_missing"),
    ]


@pytest.mark.parametrize("due", rules.DUES)
def test_any_one_due_is_enough(due: str) -> None:
    written = content(promise(**dict.fromkeys(rules.DUES) | {due: "given"}))

    assert rules.DUES == ("due_on", "due_at", "due_after_approval")
    assert rules.gaps(written, active={OWNER}) == []
    assert rules.contradictions(written) == []


def test_a_plan_without_commitments_has_that_one_gap() -> None:
    assert places(rules.gaps(content(), active=set())) == [("/commitments", "no_commitment")]


def test_a_root_cause_wants_something_that_undoes_it_and_something_that_prevents_it() -> None:
    written = content(
        promise(root_causes=["a", "b"]),
        promise(kind="preventive", root_causes=["a", "c"]),
        causes=("a", "b", "c", "d"),
    )

    case = Case(content=written, state=PlanState.APPROVED, notices=(), evidence=(), is_signed_off=False, four_eyes=True)
    hints = readiness.hints(case, at=NOW)

    assert places(hints) == [
        ("/root_causes/1", "no_preventive"),
        ("/root_causes/2", "no_corrective"),
        ("/root_causes/3", "no_corrective"),
        ("/root_causes/3", "no_preventive"),
    ]
    assert hints[0].detail == "No preventive commitment addresses `b`: add one that lists it in its `root_causes`."


def test_a_notice_is_listed_once_and_an_item_of_a_commitment_is_one_of_the_plans() -> None:
    promises = promise(items=["asin:B0", "asin:B1"]), promise(items=["sku:B0", "asin:B0"])
    written = content(*promises, items=("asin:B0",)) | {"notices": ["n1", "n2", "n1", "n2"]}

    faults = rules.contradictions(written)

    assert places(faults) == [
        ("/notices/2", "notice_twice"),
        ("/notices/3", "notice_twice"),
        ("/commitments/0/items/1", "unknown_item"),
        ("/commitments/1/items/0", "unknown_item"),
    ]
    assert faults[2].detail == "`asin:B1` is none of the plan's items."


def test_each_fault_says_what_to_do() -> None:
    promises = promise(root_causes=["x"]), promise(due_at="2026-04-01T09:00:00Z")
    written = content(*promises, causes=("a", "a"), items=("asin:B0", "asin:B0")) | {"notices": ["n", "n"]}

    assert [one.detail for one in rules.contradictions(written)] == [
        "`a` is taken: keys are unique.",
        "This item is listed already.",
        "This notice is listed already.",
        "No root cause has the key `x`.",
        "Give one of due_on, due_at, due_after_approval, not 2.",
    ]
    missing = content(promise(owner=None, due_on=None), promise(owner="somebody"))
    assert [one.detail for one in rules.gaps(missing, active={OWNER})] == [
        "Name the one member who is accountable.",
        "Say when it is due: one of due_on, due_at, due_after_approval.",
        "This member has left: name another.",
    ]
    assert rules.gaps(content(), active=set())[0].detail == "Promise something: a plan has at least one commitment."


def test_only_what_somebody_else_has_read_is_sent() -> None:
    rules.check_submittable(is_read=True, four_eyes=True)
    rules.check_submittable(is_read=False, four_eyes=False)

    with pytest.raises(SignOffMissing, match=r"^POST /v1/plans/\{plan\}/sign-off comes first, .* write it\.$"):
        rules.check_submittable(is_read=False, four_eyes=True)
