"""What is another workspace's is as if it did not exist."""

import re

from httpx2 import Response

from tests.client import Client
from tests.given import Given
from tests.routes import MISSING, one_of_each, operations

_NAMES = re.compile(
    r"[0-9a-f]{64}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|POA-[0-9.]+|B0[0-9A-Z]{8}|req_[0-9a-f]+|cy@example\.com|no@example\.com"
)


def without_names(answer: Response) -> tuple[int, str, list[str]]:
    """Return what an answer says apart from the names that were asked for and its own."""
    return answer.status_code, _NAMES.sub("...", answer.text), sorted(answer.headers)


def test_the_ids_of_another_workspace_answer_like_ids_that_nobody_has(api: Client, cy: Client, given: Given) -> None:
    given.member("ada")
    theirs = one_of_each(Given(cy))

    for operation in operations():
        # Events and tiles have numbers, which every workspace has.
        if operation.names_one and not {"{event}", "{tile}"} & set(operation.template.split("/")):
            foreign = operation.ask(api, theirs)
            missing = operation.ask(api, dict.fromkeys(theirs, MISSING) | {"type": "asin", "sha256": "0" * 64})

            assert foreign.status_code == 404, operation
            assert without_names(foreign) == without_names(missing), operation
            assert operation.ask(cy, theirs).status_code != 404, operation


def test_the_references_of_another_workspace_answer_like_references_that_nobody_has(api: Client, cy: Client) -> None:
    Given(cy).plan()

    for operation in operations():
        if {"{plan}", "{commitment}"} & set(operation.template.split("/")):
            foreign = operation.ask(api, {"plan": "POA-1", "commitment": "POA-1.1"})

            assert foreign.status_code == 404, operation
            assert without_names(foreign) == without_names(operation.ask(api)), operation


def test_names_in_queries_reach_no_further(api: Client, cy: Client, given: Given) -> None:
    given.plan()
    theirs = one_of_each(Given(cy))

    for path in ("/v1/overdue", "/v1/overdue/summary", "/v1/due-soon", "/v1/commitments"):
        for name, parameter in (("plan", "plan"), ("account", "account"), ("member", "owner")):
            foreign = api.get(path, params={parameter: theirs[name]})

            assert without_names(foreign) == without_names(api.get(path, params={parameter: MISSING})), (path, name)


def test_names_in_bodies_reach_no_further(api: Client, cy: Client, given: Given) -> None:
    theirs = one_of_each(Given(cy)) | {"email": "cy@example.com"}
    Given(cy).post("/v1/members", {"name": "Cy", "email": "cy@example.com"})
    nobody = dict.fromkeys(theirs, MISSING) | {"email": "no@example.com"}
    mine = given.plan()["reference"]

    for path, body in (
        ("/v1/plans", lambda ids: {"title": "x", "account": ids["account"]}),
        ("/v1/plans", lambda ids: {"title": "x", "commitments": [given.promise(owner=ids["member"])]}),
        ("/v1/plans", lambda ids: {"title": "x", "commitments": [given.promise(owner=ids["email"])]}),
        ("/v1/api-keys", lambda ids: {"name": "x", "scopes": ["read"], "member": ids["member"]}),
        ("/v1/api-keys", lambda ids: {"name": "x", "scopes": ["read"], "member": ids["email"]}),
        (f"/v1/commitments/{mine}.1/reassignment", lambda ids: {"owner": ids["member"]}),
    ):
        foreign = api.post(path, json=body(theirs))

        assert foreign.status_code == 422, path
        assert without_names(foreign) == without_names(api.post(path, json=body(nobody))), path


def test_a_cursor_of_another_workspace_shows_nothing_of_it(api: Client, cy: Client, given: Given) -> None:
    for who in ("ada", "bo", "chidi"):
        Given(cy).member(who)
    mine = given.member("ada")["id"]
    cursor = cy.get("/v1/members?limit=1").json()["next_cursor"]

    page = api.get("/v1/members", params={"cursor": cursor}).json()

    assert {one["id"] for one in page["data"]} <= {mine}


def test_lists_hold_what_is_ours_alone(api: Client, cy: Client) -> None:
    one_of_each(Given(cy))

    for path in ("/v1/plans", "/v1/members", "/v1/accounts", "/v1/commitments", "/v1/overdue"):
        assert api.at("2026-06-01T00:00:00Z").get(path).json()["data"] == [], path
    assert api.get("/v1/events").json()["size"] == 2
    assert len(api.get("/v1/api-keys").json()["data"]) == 1
