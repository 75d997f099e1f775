"""Who may do what: every operation of the API, asked by everyone."""

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from app.workspaces.rules import SCOPES_OF, Role, Scope
from tests.client import Client
from tests.given import APPROVAL, Given
from tests.routes import operations

NEEDS = {
    Scope.READ: """
        GET /v1/overdue, GET /v1/overdue.csv, GET /v1/overdue/summary, GET /v1/due-soon, GET /v1/due-soon.csv,
        GET /v1/follow-through, GET /v1/follow-through.csv, GET /v1/follow-through.xlsx, GET /v1/follow-through.pdf,
        GET /v1/commitments, GET /v1/commitments.csv, GET /v1/commitments/{commitment},
        GET /v1/commitments/{commitment}/history, GET /v1/commitments/{commitment}/evidence,
        GET /v1/plans, GET /v1/plans/{plan}, GET /v1/plans/{plan}/readiness, GET /v1/events,
        GET /v1/plans/{plan}/changes, GET /v1/plans/{plan}/evidence, GET /v1/notices/{notice},
        GET /v1/notices/{notice}/history, GET /v1/notices,
        GET /v1/attention, GET /v1/attention/summary, GET /v1/items/{type}/{ref}, GET /v1/workspace,
        GET /v1/plans/{plan}/proof, GET /v1/plans/{plan}/proof.zip, GET /v1/events/{event}/proof,
        GET /v1/ledger/checkpoint, GET /v1/ledger/consistency, GET /v1/ledger/tile/{level}/{tile},
        GET /v1/ledger/tile/entries/{tile},
        GET /v1/ingest/unresolved, GET /v1/ingest/messages, GET /v1/ingest/messages/{message},
        GET /v1/ingest/messages/{message}/raw, GET /v1/ingest/subscriptions,
        GET /v1/members, GET /v1/members/{member}, GET /v1/digests/{member}, GET /v1/accounts,
        GET /v1/accounts/{account},
        GET /v1/commitments/{commitment}/verifications, GET /v1/commitments/{commitment}/extensions,
        GET /v1/commitments/{commitment}/waivers, GET /v1/extensions/{extension}, GET /v1/waivers/{waiver},
        GET /v1/plans/{plan}/amendments, GET /v1/amendments/{amendment}, GET /v1/plans/{plan}/effectiveness,
        GET /v1/plans/{plan}/effectiveness/checks,
        GET /v1/escalations, GET /v1/escalation-rules, GET /v1/escalation-rules/{rule}, GET /v1/likely-overdue,
        GET /v1/waiting, GET /v1/workload, GET /v1/files/{sha256}, POST /v1/plans/parse""",
    Scope.WRITE: """
        PATCH /v1/digests/{member},
        POST /v1/files, POST /v1/commitments/{commitment}/evidence/{piece}/supersession,
        POST /v1/plans/{plan}/evidence/{piece}/supersession,
        POST /v1/ingest/amazon, POST /v1/ingest/unresolved/resolution, POST /v1/ingest/subscriptions,
        POST /v1/ingest/unresolved/{message}/resolution,
        POST /v1/notices, PATCH /v1/notices/{notice}, POST /v1/notices/{notice}/acknowledgement,
        POST /v1/notices/{notice}/dismissal, POST /v1/notices/{notice}/response, POST /v1/notices/{notice}/closure,
        POST /v1/notices/{notice}/plan, POST /v1/plans/{plan}/evidence,
        POST /v1/plans, PATCH /v1/plans/{plan}, POST /v1/plans/{plan}/submissions, POST /v1/plans/{plan}/withdrawal,
        POST /v1/commitments/{commitment}/start, POST /v1/commitments/{commitment}/pause,
        POST /v1/commitments/{commitment}/evidence,
        POST /v1/commitments/{commitment}/completion, POST /v1/commitments/{commitment}/reassignment,
        POST /v1/commitments/{commitment}/extensions, POST /v1/extensions/{extension}/withdrawal,
        POST /v1/commitments/{commitment}/waivers, POST /v1/waivers/{waiver}/withdrawal,
        POST /v1/plans/{plan}/amendments, POST /v1/amendments/{amendment}/withdrawal""",
    Scope.APPROVE: """
        POST /v1/plans/{plan}/decision, POST /v1/plans/{plan}/sign-off, POST /v1/plans/{plan}/effectiveness,
        POST /v1/commitments/{commitment}/verification, POST /v1/extensions/{extension}/decision,
        POST /v1/waivers/{waiver}/decision, POST /v1/amendments/{amendment}/decision""",
    Scope.ADMIN: """
        PATCH /v1/workspace, POST /v1/members, PATCH /v1/members/{member}, POST /v1/accounts, POST /v1/api-keys,
        GET /v1/api-keys, GET /v1/api-keys/{key}, POST /v1/api-keys/{key}/rotation, DELETE /v1/api-keys/{key},
        POST /v1/erasures, POST /v1/escalation-rules, PATCH /v1/escalation-rules/{rule}""",
}
RULES = {operation.strip(): scope for scope, listed in NEEDS.items() for operation in listed.split(",")}
OPEN = {
    "/",
    "/docs",
    "/healthz",
    "/openapi.json",
    "/problems",
    "/problems/{slug}",
    "/readyz",
    "/static",
    "/unsubscribe",
}
WHO = {"vera": Role.VIEWER, "chidi": Role.CONTRIBUTOR, "bo": Role.APPROVER, "ada": Role.ADMIN}


def test_every_operation_has_a_rule() -> None:
    assert {str(one) for one in operations()} == RULES.keys()


def test_every_address_is_in_the_contract_or_meant_for_everyone(app: FastAPI) -> None:
    found = {route.path.replace(":path}", "}") for route in iter_route_contexts(app.routes)}

    assert found == {one.template for one in operations()} | OPEN


def test_nobody_gets_in_without_a_key(running: Client) -> None:
    answers = {str(one): one.ask(running) for one in operations()}

    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(RULES, 401)
    assert {answer.headers["www-authenticate"] for answer in answers.values()} == {"Bearer"}


@pytest.mark.parametrize("who", WHO)
def test_a_role_opens_what_it_should_and_nothing_else(given: Given, who: str) -> None:
    client = given.client_of(who)

    statuses = {str(one): one.ask(client).status_code for one in operations()}

    refused = {name for name, status in statuses.items() if status == 403}
    assert refused == {name for name, scope in RULES.items() if scope not in SCOPES_OF[WHO[who]]}
    assert {status for status in statuses.values() if status >= 500 or status == 401} == set()


@pytest.mark.parametrize("scope", Scope)
def test_a_scope_opens_what_it_should_and_nothing_else(api: Client, given: Given, scope: Scope) -> None:
    client = api.with_key(given.post("/v1/api-keys", {"name": "Bot", "scopes": [scope]})["secret"])

    answers = {str(one): one.ask(client) for one in operations()}

    assert {name for name, answer in answers.items() if answer.status_code != 403} == {
        name for name, needed in RULES.items() if needed is scope
    }
    assert all(
        f"`{RULES[name]}`" in answer.json()["detail"] for name, answer in answers.items() if answer.status_code == 403
    )


def test_a_contributor_cannot_record_an_approval_with_the_plan(given: Given) -> None:
    body = {"title": "Late shipments", "commitments": [given.promise()], "approval": APPROVAL}
    chidi, bo = given.client_of("chidi"), given.client_of("bo")

    assert chidi.post("/v1/plans", json=body).status_code == 403
    assert bo.post("/v1/plans", json=body).status_code == 201


def test_who_may_not_is_refused_before_the_body_is_looked_at(given: Given) -> None:
    vera = given.client_of("vera")

    assert vera.post("/v1/members", json={"no": "member"}).status_code == 403
