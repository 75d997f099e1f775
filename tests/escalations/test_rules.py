"""Escalation rules: who may make them, and which are refused."""

from typing import Any

import orjson
import pytest

from app.escalations import rules
from tests.client import Client
from tests.escalations.ruling import rule
from tests.given import Given
from tests.routes import MISSING


def test_a_rule_is_what_was_asked_for(api: Client, given: Given) -> None:
    account = given.post("/v1/accounts", {"marketplace": "amazon.com", "external_id": "A1", "timezone": "UTC"})["id"]
    ada, bo = given.member("ada")["id"], given.member("bo")["id"]
    narrow = {"count": 3, "older_than_days": 7, "kind": "preventive", "account": account, "level": 5}

    made = rule(given, **narrow, owner="ADA@example.com", tell=[bo, "bo@example.com", ada])

    expected = narrow | {"name": "Late", "owner": ada, "tell": [bo, ada], "active": True}
    assert {name: made[name] for name in expected} == expected
    assert api.get(f"/v1/escalation-rules/{made['id']}").json() == made
    assert api.get("/v1/escalation-rules").json()["data"] == [made]


def test_without_more_it_is_about_each_commitment_that_is_overdue(given: Given) -> None:
    made = rule(given)

    assert [made[name] for name in ("count", "older_than_days", "kind", "owner", "account")] == [
        None,
        0,
        None,
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("wrong", "pointer", "code"),
    [
        ({"tell": []}, "/body/tell", "too_short"),
        ({"tell": ["bo@example.com"] * 51}, "/body/tell", "too_long"),
        ({"tell": ["bo@example.com", "eve@example.com"]}, "/body/tell/1", "unknown_member"),
        ({"tell": [MISSING]}, "/body/tell/0", "unknown_member"),
        ({"owner": "eve@example.com"}, "/body/owner", "unknown_member"),
        ({"owner": MISSING}, "/body/owner", "unknown_member"),
        ({"account": MISSING}, "/body/account", "unknown_account"),
        ({"level": 0}, "/body/level", "greater_than_equal"),
        ({"level": 6}, "/body/level", "less_than_equal"),
        ({"level": "2"}, "/body/level", "number"),
        ({"older_than_days": -1}, "/body/older_than_days", "greater_than_equal"),
        ({"older_than_days": 3651}, "/body/older_than_days", "less_than_equal"),
        ({"count": 0}, "/body/count", "greater_than_equal"),
        ({"count": 100_001}, "/body/count", "less_than_equal"),
        ({"kind": "detective"}, "/body/kind", "enum"),
        ({"name": ""}, "/body/name", "string_too_short"),
        ({"active": "yes"}, "/body/active", "bool_type"),
        ({"state": "open"}, "/body/state", "extra_forbidden"),
    ],
)
def test_a_rule_that_cannot_work_is_refused_where_it_is_wrong(
    api: Client, given: Given, wrong: dict[str, Any], pointer: str, code: str
) -> None:
    made = rule(given)
    size = api.get("/v1/events").json()["size"]
    whole = {"name": "Later", "level": 1, "tell": ["bo@example.com"]}

    answers = [
        api.post("/v1/escalation-rules", json=whole | wrong),
        api.patch(f"/v1/escalation-rules/{made['id']}", json=wrong),
    ]

    for answer in answers:
        assert answer.status_code == 422, answer.text
        assert {(one["pointer"], one["code"]) for one in answer.json()["errors"]} == {(pointer, code)}
    assert api.get("/v1/events").json()["size"] == size


def test_who_has_left_cannot_be_told(api: Client, given: Given) -> None:
    gone = given.member("chidi")
    api.patch(f"/v1/members/{gone['id']}", json={"active": False})

    answer = api.post("/v1/escalation-rules", json={"name": "Late", "level": 1, "tell": [gone["email"]]})

    assert [one["code"] for one in answer.json()["errors"]] == ["unknown_member"]


def test_a_rule_of_which_all_have_left_can_be_changed_and_switched_on(api: Client, given: Given) -> None:
    gone = given.member("chidi")
    made = rule(given, tell=[gone["id"]])
    api.patch(f"/v1/members/{gone['id']}", json={"active": False})
    path = f"/v1/escalation-rules/{made['id']}"

    changes: list[Any] = [{"level": 2, "name": "Later"}, {"active": False}, {"active": True}, {"tell": [gone["id"]]}]
    answers = [api.patch(path, json=change) for change in changes]

    assert [one.status_code for one in answers] == [200, 200, 200, 422]
    assert (answers[2].json()["level"], answers[2].json()["all_left"]) == (2, True)


def test_there_are_only_so_many_rules_at_work(api: Client, given: Given, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.escalations.operations.MAX_ACTIVE", 2)
    first, _ = rule(given), rule(given)
    body = {"name": "Late", "level": 1, "tell": ["bo@example.com"]}

    refused = api.post("/v1/escalation-rules", json=body)
    api.patch(f"/v1/escalation-rules/{first['id']}", json={"active": False})
    made = api.post("/v1/escalation-rules", json=body)
    again = api.patch(f"/v1/escalation-rules/{first['id']}", json={"active": True})

    assert [one.status_code for one in (refused, made, again)] == [409, 201, 409]
    assert refused.json()["type"] == "/problems/too-many-rules"
    assert rules.MAX_ACTIVE == 100


def test_what_is_absent_stays_and_what_is_null_is_taken_away(api: Client, given: Given) -> None:
    made = rule(given, count=3, kind="corrective", owner="ada@example.com")
    path = f"/v1/escalation-rules/{made['id']}"

    changed = api.patch(path, json={"count": None, "kind": None, "owner": None, "older_than_days": 2}).json()

    assert changed == made | {"count": None, "kind": None, "owner": None, "older_than_days": 2}
    for name in ("name", "level", "older_than_days", "tell", "active"):
        assert api.patch(path, json={name: None}).status_code == 422
    assert api.get(path).json() == changed


def test_a_rule_is_never_deleted(api: Client, given: Given) -> None:
    made = rule(given)

    assert api.delete(f"/v1/escalation-rules/{made['id']}").status_code == 405


def test_rules_come_in_pages(api: Client, given: Given) -> None:
    made = [rule(given)["id"] for _ in range(3)]

    first = api.get("/v1/escalation-rules?limit=2")
    second = api.get("/v1/escalation-rules", params={"limit": 2, "cursor": first.json()["next_cursor"]}).json()

    assert [one["id"] for one in first.json()["data"] + second["data"]] == made
    assert (first.json()["has_more"], second["has_more"]) == (True, False)
    assert 'rel="next"' in first.headers["link"]
    assert api.get("/v1/escalation-rules?cursor=WyJub3QiXQ").status_code == 400


def test_the_rules_of_others_are_not_there(given: Given, cy: Client) -> None:
    made = rule(given)
    there = given.post("/v1/accounts", {"marketplace": "amazon.com", "external_id": "A1", "timezone": "UTC"})["id"]
    Given(cy).member("ada")
    theirs = {"name": "Late", "level": 1, "tell": ["ada@example.com"]}

    assert cy.get("/v1/escalation-rules").json()["data"] == []
    assert cy.get(f"/v1/escalation-rules/{made['id']}").status_code == 404
    assert cy.patch(f"/v1/escalation-rules/{made['id']}", json={"level": 2}).status_code == 404
    assert cy.get(f"/v1/escalations?rule={made['id']}").status_code == 422
    assert cy.post("/v1/escalation-rules", json=theirs | {"account": there}).status_code == 422
    assert cy.post("/v1/escalation-rules", json=theirs | {"tell": made["tell"]}).status_code == 422


def test_each_change_is_an_event_without_words(api: Client, given: Given) -> None:
    made = rule(given)
    api.patch(f"/v1/escalation-rules/{made['id']}", json={"name": "Very late", "level": 2})

    events = [one for one in api.get("/v1/events?limit=200").json()["data"] if one["subject"] == made["id"]]

    assert [one["type"] for one in events] == ["escalation_rule.added", "escalation_rule.changed"]
    assert [one["plan"] for one in events] == [None, None]
    assert orjson.loads(events[1]["text"])["data"] == {
        "count": None, "older_than_days": 0, "kind": None, "owner": None, "account": None, "level": 2,
        "tell": made["tell"], "active": True,
    }  # fmt: skip
    assert [(one["name"], one["value"]) for one in events[1]["disclosures"]] == [("name", "Very late")]
