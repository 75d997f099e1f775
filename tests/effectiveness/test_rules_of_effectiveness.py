"""When it can be judged whether a plan worked, by whom, and how it is doing meanwhile: the rules alone."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.effectiveness import rules
from app.effectiveness.rules import Effect, Health, NotCarriedOut, ProblemCameBack, StillObserved

DONE = datetime(2026, 3, 2, 9, tzinfo=UTC)
END = DONE + timedelta(days=180)
SECOND = timedelta(seconds=1)
ADA, BO = UUID(int=1), UUID(int=2)


def check(effect: Effect, **more: Any) -> tuple[datetime, datetime]:
    known: dict[str, Any] = {"carried_out_at": DONE, "window_ends_at": END, "recurrences": 0, "seen": None, "at": END}
    return rules.check(effect, **known | more)


@pytest.mark.parametrize("effect", Effect)
def test_after_the_window_any_effect_can_be_said(effect: Effect) -> None:
    assert check(effect) == (DONE, END)


@pytest.mark.parametrize("effect", Effect)
def test_of_what_is_not_carried_out_none_can(effect: Effect) -> None:
    with pytest.raises(NotCarriedOut):
        check(effect, carried_out_at=None, window_ends_at=None)


def test_effective_needs_the_whole_window() -> None:
    for effect in (Effect.INEFFECTIVE, Effect.INCONCLUSIVE):
        check(effect, at=DONE)

    with pytest.raises(StillObserved, match="It is observed until 2026-08-29T09:00:00Z"):
        check(Effect.EFFECTIVE, at=END - SECOND)


@pytest.mark.parametrize("seen", [None, 0, 1, 3])
def test_effective_names_how_often_the_problem_came_back(seen: int | None) -> None:
    check(Effect.EFFECTIVE, recurrences=2, seen=2)
    check(Effect.INEFFECTIVE, recurrences=2, seen=seen)

    with pytest.raises(ProblemCameBack, match="2 came in since"):
        check(Effect.EFFECTIVE, recurrences=2, seen=seen)


@pytest.mark.parametrize(
    ("known", "health"),
    [
        ({}, Health.ON_TRACK),
        ({"next_due_at": END + timedelta(days=7, seconds=1)}, Health.ON_TRACK),
        ({"next_due_at": END + timedelta(days=7)}, Health.DUE_SOON),
        ({"next_due_at": END + SECOND, "overdue": True}, Health.OVERDUE),
        ({"carried_out": True}, Health.FULFILLED),
        ({"carried_out": True, "last": Effect.INCONCLUSIVE}, Health.FULFILLED),
        ({"carried_out": True, "last": Effect.EFFECTIVE}, Health.VERIFIED_EFFECTIVE),
        ({"carried_out": True, "last": Effect.EFFECTIVE, "overdue": True}, Health.OVERDUE),
        ({"carried_out": True, "last": Effect.EFFECTIVE, "next_due_at": END + SECOND}, Health.DUE_SOON),
        ({"carried_out": True, "last": Effect.EFFECTIVE, "unjudged": 1}, Health.RECURRED),
        ({"carried_out": True, "last": Effect.INEFFECTIVE}, Health.RECURRED),
        ({"carried_out": True, "unjudged": 1, "overdue": True}, Health.RECURRED),
        ({"last": Effect.EFFECTIVE}, Health.ON_TRACK),
    ],
)
def test_its_health_is_the_worst_that_holds(known: dict[str, Any], health: Health) -> None:
    nothing: dict[str, Any] = {"carried_out": False, "overdue": False, "next_due_at": None, "unjudged": 0, "last": None}

    assert rules.health(**nothing | known, at=END) is health
