"""What is still open, who withdraws, and from when on a due is later: the rules alone."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from app.changes import rules
from app.changes.rules import NotLater, NotTheirRequest, RequestIsClosed, RequestState

ADA, BO = UUID(int=1), UUID(int=2)
DUE = datetime(2026, 4, 2, 7, tzinfo=UTC)
DAY = date(2026, 4, 10)
SECOND = timedelta(seconds=1)


def test_only_what_is_requested_is_open() -> None:
    rules.check_open(RequestState.REQUESTED)

    for state in (RequestState.GRANTED, RequestState.REFUSED, RequestState.WITHDRAWN):
        with pytest.raises(RequestIsClosed, match=f"It is `{state}`"):
            rules.check_open(state)


def test_only_who_asked_withdraws() -> None:
    rules.check_withdrawal(ADA, ADA)

    with pytest.raises(NotTheirRequest):
        rules.check_withdrawal(BO, ADA)


@pytest.mark.parametrize(
    ("due_at", "at", "sentence"),
    [
        (DUE + SECOND, DUE, None),
        (DUE + SECOND, DUE - 9 * SECOND, None),
        (DUE, DUE - SECOND, "2026-04-10 is not later than the due it has."),
        (DUE - SECOND, DUE - 9 * SECOND, "2026-04-10 is not later than the due it has."),
        (DUE + SECOND, DUE + SECOND, "2026-04-10 is over already."),
    ],
)
def test_an_extension_is_later_than_the_due_and_than_now(due_at: datetime, at: datetime, sentence: str | None) -> None:
    if sentence is None:
        rules.check_later(due_at, due_on=DAY, current=DUE, at=at)
        return

    with pytest.raises(NotLater, match=sentence):
        rules.check_later(due_at, due_on=DAY, current=DUE, at=at)
