"""What stands escalated is defined once: PostgreSQL's answer is the one that the rules in Python give."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.commitments import rules as commitments
from app.core.fields import format_instant
from app.escalations.rules import stands_since
from tests.client import Client
from tests.conftest import Clock, new_tenant
from tests.escalations.ruling import standing
from tests.followthrough.test_one_predicate import OWNERS, Promised, situations, store


@dataclass(frozen=True)
class Rule:
    """A rule, as it is asked for."""

    level: int
    older_than_days: int
    count: int | None
    kind: str | None
    owner: int | None

    def applied(self, made: list[Promised], as_of: datetime, now: datetime) -> dict[str, datetime]:
        """Return the commitments that it applies to, and since when it does."""
        found = {}
        for number, one in enumerate(made, 1):
            stood = one.at(as_of, now)
            if (
                stood
                and commitments.is_overdue(stood.state, one.due_at, as_of)
                and commitments.days_overdue(one.due_on, as_of, one.zone) > self.older_than_days
                and self.kind in (None, one.kind)
                and self.owner in (None, stood.owner)
            ):
                since = stands_since(one.due_on, one.due_at, one.zone, older_than_days=self.older_than_days)
                assert since <= as_of
                found[str(number)] = since
        return found


RULES = st.lists(
    st.builds(
        Rule,
        st.integers(1, 5),
        st.integers(0, 3),
        st.none() | st.integers(1, 3),
        st.sampled_from([None, None, "corrective"]),
        st.sampled_from([None, None, *range(OWNERS)]),
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(situation=situations(), ruled=RULES)
def test_what_stands_is_what_the_rules_say(
    running: Client,
    app: FastAPI,
    clock: Clock,
    situation: tuple[datetime, datetime, list[Promised]],
    ruled: list[Rule],
) -> None:
    now, as_of, made = situation
    clock.set(now)
    tenant = new_tenant(app, "?")
    store(app, UUID(tenant.workspace_id), made, now)
    api = running.with_key(tenant.key, clock)
    ids = [_add(api, one) for one in ruled]

    entries = standing(api, as_of=format_instant(as_of), limit=200)

    for id_, one in zip(ids, ruled, strict=True):
        applied = one.applied(made, as_of, now)
        mine = [entry for entry in entries if entry["rule"]["id"] == id_]
        if one.count is None:
            assert {entry["commitments"][0]["text"]: entry["since"] for entry in mine} == {
                text: format_instant(since) for text, since in applied.items()
            }
        elif len(applied) < one.count:
            assert mine == []
        else:
            (entry,) = mine
            since = sorted(applied.values())[one.count - 1]
            assert (entry["count"], entry["since"]) == (len(applied), format_instant(since))
            listed = api.get(entry["overdue"]).json()["data"]
            assert {shown["text"] for shown in listed} == applied.keys()
            assert [shown["id"] for shown in entry["commitments"]] == [shown["id"] for shown in listed[:5]]
    assert [entry["level"] for entry in entries] == sorted((entry["level"] for entry in entries), reverse=True)


def _add(api: Client, one: Rule) -> str:
    asked = {"level": one.level, "older_than_days": one.older_than_days, "count": one.count, "kind": one.kind}
    owner = None if one.owner is None else f"{one.owner}@example.com"
    answer = api.post("/v1/escalation-rules", json=asked | {"name": "?", "owner": owner, "tell": ["0@example.com"]})
    assert answer.status_code == 201, answer.text
    id_: str = answer.json()["id"]
    return id_
