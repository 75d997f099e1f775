"""What docs/escalations.md shows is true: each request is sent as it stands there, each field and reason is there."""

import re

from app.escalations.schemas import EscalationRuleIn
from app.followthrough.rules import Reason
from tests.client import Client
from tests.documented import page, requests
from tests.given import Given

PAGE = page("escalations.md")


def test_a_rule_is_added_and_changed_and_what_stands_by_it_is_listed(api: Client, given: Given) -> None:
    for _ in range(3):
        given.commitment(kind="preventive", due_on="2026-03-02")
    given.member("bo")
    add, change, standing, _ = requests(PAGE)

    rule = add.by(given.client_of("ada"))
    alone = standing.by(given.client_of("vera").at("2026-03-11T09:00:00Z"))["data"]
    change.by(given.client_of("ada"), {"01a2...": rule["id"]})
    (together,) = standing.by(given.client_of("vera"))["data"]

    assert [(one["rule"]["id"], one["level"], one["count"]) for one in alone] == [(rule["id"], 2, 1)] * 3
    assert [one["name"] for one in alone[0]["told"]] == ["Bo Lindqvist"]
    assert (together["at_least"], together["count"], len(together["commitments"])) == (3, 3, 3)
    assert len(api.get(together["overdue"]).json()["data"]) == 3


def test_what_is_likely_to_become_overdue_is_listed_with_its_reason(given: Given) -> None:
    given.commitment(due_on="2026-03-04")
    *_, likely = requests(PAGE)

    (found,) = likely.by(given.client_of("vera"))["data"]

    assert (found["reference"], found["reasons"]) == ("POA-1.1", ["not_started"])


def test_each_field_and_each_reason_is_explained() -> None:
    explained = {
        name for row in re.findall(r"^\| (`.+?) \|", PAGE, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)
    }

    assert explained == {*EscalationRuleIn.model_fields} - {"name"} | {*Reason}
