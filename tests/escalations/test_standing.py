"""What stands escalated, at any instant: worked out from rows, whether a worker has run or not."""

from typing import Any

import pytest

from tests.client import Client
from tests.escalations.ruling import rule, standing
from tests.given import Given


def test_without_rules_nothing_is_escalated(api: Client, given: Given) -> None:
    given.commitment(due_on="2026-02-01")

    answer = api.get("/v1/escalations").json()

    assert (answer["data"], answer["has_more"], answer["next_cursor"]) == ([], False, None)


def test_a_commitment_is_escalated_with_its_rule_its_level_and_who_is_told(api: Client, given: Given) -> None:
    made = given.commitment(due_on="2026-02-20")
    ruled = rule(given, older_than_days=3, level=4, tell=["bo@example.com", "ada@example.com"])

    (entry,) = standing(api)

    assert entry["rule"] == {"id": ruled["id"], "name": "Late"}
    assert (entry["level"], entry["older_than_days"], entry["at_least"], entry["count"]) == (4, 3, None, 1)
    assert [one["name"] for one in entry["told"]] == ["Bo Lindqvist", "Ada Okafor"]
    assert entry["since"] == "2026-02-24T08:00:00Z"
    assert entry["commitments"] == api.get("/v1/overdue").json()["data"]
    assert entry["commitments"][0]["id"] == made["id"]
    assert entry["overdue"] is None
