"""Which notices are ignored, and whose answer is overdue, is defined once: PostgreSQL's answers are the rules' own."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core import db
from app.core.fields import format_instant
from app.core.ids import new_id
from app.notices import rules
from app.notices.models import Notice, NoticeSpan
from app.notices.rules import AWAITING, NoticeState
from tests.client import Client
from tests.conftest import Clock, new_tenant

pytestmark = pytest.mark.both_versions

NOW = datetime(2026, 3, 8, tzinfo=UTC)
SECOND = timedelta(seconds=1)
REACH = timedelta(hours=36)
WHOLE = st.integers(-3 * 86400, 3 * 86400).map(lambda seconds: timedelta(seconds=seconds))


@dataclass(frozen=True)
class Stood:
    """How a notice stood from an instant on."""

    since: datetime
    state: NoticeState
    respond_by: datetime | None


@dataclass(frozen=True)
class Case:
    """The instant that is now, the instant that is asked about, and how each notice stood over time."""

    now: datetime
    as_of: datetime
    made: list[tuple[Stood, ...]]

    def standing(self) -> Iterator[tuple[str, Stood]]:
        for number, spans in enumerate(self.made, 1):
            stood = next((one for one in reversed(spans) if one.since <= min(self.as_of, self.now)), None)
            if stood:
                yield str(number), stood

    def expected(self) -> dict[str, set[str]]:
        as_of = self.as_of
        standing = list(self.standing())
        return {
            "all": {name for name, _ in standing},
            "ignored": {name for name, one in standing if rules.is_ignored(one.state)},
            "response_overdue": {
                name for name, one in standing if rules.is_response_overdue(one.state, one.respond_by, as_of)
            },
            "response_due_soon": {
                name for name, one in standing if rules.is_response_due_soon(one.state, one.respond_by, as_of, REACH)
            },
        }

    def next_change(self) -> str | None:
        ahead = [one.respond_by for _, one in self.standing() if one.state in AWAITING and one.respond_by]
        return min((format_instant(one) for one in ahead if one > self.as_of), default=None)


@st.composite
def notices(draw: st.DrawFn, now: datetime) -> tuple[Stood, ...]:
    since = sorted(draw(st.lists(WHOLE, min_size=1, max_size=3)))
    latest = max(since[-1], timedelta())
    deadline = st.none() | WHOLE.map(lambda delta: now + delta)
    return tuple(Stood(now + one - latest, draw(st.sampled_from(NoticeState)), draw(deadline)) for one in since)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    now = NOW + draw(WHOLE)
    made = draw(st.lists(notices(now), min_size=1, max_size=6))
    deadlines = [span.respond_by for one in made for span in one if span.respond_by]
    edges = [now, *deadlines, *(span.since for one in made for span in one)]
    as_of = draw(st.sampled_from(edges)) + draw(st.sampled_from([timedelta(), -SECOND, SECOND, timedelta(days=31)]))
    return Case(now, as_of, made)


def store(app: FastAPI, workspace: UUID, case: Case) -> None:
    """Write the rows that these notices would have left."""
    with db.writing(app.state.engine, workspace) as tx:
        rows = [_row(workspace, number, spans) for number, spans in enumerate(case.made, 1)]
        tx.add_all(rows)
        tx.flush()
        tx.add_all(span for row, spans in zip(rows, case.made, strict=True) for span in _spans(row, spans))
        tx.flush()


def _row(workspace: UUID, number: int, spans: tuple[Stood, ...]) -> Notice:
    return Notice(
        workspace_id=workspace,
        id=new_id(),
        kind="notification",
        source="amazon",
        category="safety",
        severity="serious",
        title=str(number),
        text="?",
        text_sha256="0" * 64,
        received_at=spans[0].since,
        respond_by=spans[-1].respond_by,
        state=spans[-1].state.value,
        version=len(spans),
        created_at=spans[0].since,
        created_by=workspace,
    )


def _spans(row: Notice, spans: tuple[Stood, ...]) -> Iterator[NoticeSpan]:
    ends = [*(later.since for later in spans[1:]), None]
    for version, (span, until) in enumerate(zip(spans, ends, strict=True), 1):
        yield NoticeSpan(
            workspace_id=row.workspace_id,
            notice_id=row.id,
            version=version,
            since=span.since,
            until=until,
            state=span.state.value,
            respond_by=span.respond_by,
        )


def listed(api: Client, case: Case, which: str) -> Any:
    answer = api.get(
        "/v1/notices", params={"which": which, "within": "PT36H", "as_of": format_instant(case.as_of), "limit": 200}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(case=cases())
def test_every_list_is_that_of_the_rules(running: Client, app: FastAPI, clock: Clock, case: Case) -> None:
    clock.set(case.now)
    tenant = new_tenant(app, "Ada's shop")
    store(app, UUID(tenant.workspace_id), case)
    api = running.with_key(tenant.key, clock)

    for which, expected in case.expected().items():
        page = listed(api, case, which)
        assert {one["title"] for one in page["data"]} == expected, which
        flagged = {one["title"] for one in page["data"] if one["response_overdue"]}
        assert flagged == expected & case.expected()["response_overdue"]
        if which != "response_due_soon":
            assert page["next_change_at"] == case.next_change()


@settings(max_examples=200)
@given(
    state=st.sampled_from(NoticeState),
    respond_by=st.none() | WHOLE.map(lambda delta: NOW + delta),
    within=st.integers(0, 200_000).map(lambda seconds: timedelta(seconds=seconds)),
)
def test_what_awaits_an_answer_is_overdue_soon_later_or_has_no_deadline(
    state: NoticeState, respond_by: datetime | None, within: timedelta
) -> None:
    overdue = rules.is_response_overdue(state, respond_by, NOW)
    soon = rules.is_response_due_soon(state, respond_by, NOW, within)
    later = state in AWAITING and respond_by is not None and respond_by > NOW + within
    open_ended = state in AWAITING and respond_by is None

    assert [overdue, soon, later, open_ended].count(True) == (1 if state in AWAITING else 0)
