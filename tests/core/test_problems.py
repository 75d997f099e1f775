"""Every error is a problem (RFC 9457) that says what to do and where to read more."""

from collections.abc import Callable

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from httpx2 import Response
from starlette.routing import Mount

from app.core.problems import Problem
from tests.client import Client
from tests.given import Given

FOUND: dict[str, Callable[[Client], Response]] = {
    "bad-request": lambda api: api.get("/v1/plans?cursor=AAAA"),
    "unauthorized": lambda api: api.get("/v1/plans", headers={"Authorization": "Bearer x"}),
    "not-found": lambda api: api.get("/v1/nowhere"),
    "member-not-found": lambda api: api.get(f"/v1/members/{'0' * 8}-0000-0000-0000-{'0' * 12}"),
    "plan-not-found": lambda api: api.get("/v1/plans/POA-99"),
    "method-not-allowed": lambda api: api.put("/v1/plans"),
    "not-acceptable": lambda api: api.get("/v1/overdue", headers={"Accept": "image/png"}),
    "unsupported-media-type": lambda api: api.post("/v1/plans", content="{}", headers={"Content-Type": "text/plain"}),
    "too-large": lambda api: api.post("/v1/plans", content=b"x" * 1_048_577),
    "invalid": lambda api: api.post("/v1/plans", json={}),
    "last-admin": lambda api: api.delete(f"/v1/api-keys/{api.get('/v1/api-keys').json()['data'][0]['id']}"),
    "stale": lambda api: api.patch("/v1/workspace", json={}, headers={"If-Match": '"old"'}),
}


@pytest.mark.parametrize("slug", FOUND)
def test_an_error_is_a_problem_with_a_page(api: Client, slug: str) -> None:
    answer = FOUND[slug](api)

    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert (problem["status"], problem["title"]) == (answer.status_code, Problem.registry[problem["type"][10:]].title())
    page = api.get(problem["type"])
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert problem["title"] in page.text.replace("&#x27;", "'")


@pytest.mark.parametrize("slug", sorted(FOUND.keys() - {"bad-request"}))
def test_the_type_says_what_is_wrong(api: Client, slug: str) -> None:
    assert FOUND[slug](api).json()["type"] == f"/problems/{slug}"


def test_every_problem_has_a_page_and_the_list_has_them_all(running: Client) -> None:
    listed = running.get("/problems").text

    for slug, kind in Problem.registry.items():
        assert f'href="/problems/{slug}"' in listed
        assert running.get(f"/problems/{slug}").status_code == 200
        assert kind.title()
        assert 400 <= kind.status <= 507


def test_every_address_names_all_its_methods(app: FastAPI, running: Client) -> None:
    known: dict[str, set[str]] = {}
    for route in iter_route_contexts(app.routes):
        if not isinstance(route.original_route, Mount):
            path = (route.path or "").replace("{plan}", "POA-1").replace("{commitment}", "POA-1.1")
            known.setdefault(path, set()).update(route.methods or ())

    for path, methods in known.items():
        answer = running.request("TRACE", path)

        expected = methods | ({"HEAD"} if "GET" in methods else set())
        assert (answer.status_code, answer.headers["allow"]) == (405, ", ".join(sorted(expected))), path
        assert answer.json()["detail"] == f"{path} takes {answer.headers['allow']}."


@pytest.mark.parametrize("path", ["/static/swagger-ui/VERSION", "/static/nothing"])
def test_static_files_can_only_be_read(running: Client, path: str) -> None:
    assert running.post(path).headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/body/title"),
        ({"title": "x", "titel": "y"}, "/body/titel"),
        ({"title": 7}, "/body/title"),
        ({"title": ""}, "/body/title"),
        ({"title": "two\nlines"}, "/body/title"),
        ({"title": "x" * 201}, "/body/title"),
        ({"title": "x", "timezone": "Moon/Sea"}, "/body/timezone"),
        (
            {"title": "x", "commitments": [{"kind": "corrective", "text": "y", "due_on": 5}]},
            "/body/commitments/0/due_on",
        ),
        ({"title": "x", "commitments": [{"kind": "c", "text": "y"}]}, "/body/commitments/0/kind"),
        ({"title": "x", "items": [{"type": "asin", "ref": "1"}, {"type": "asin"}]}, "/body/items/1/ref"),
        ({"title": "x", "a/b~c": 1}, "/body/a~1b~0c"),
        ([], "/body"),
        ("text", "/body"),
        (None, "/body"),
    ],
    ids=str,
)
def test_what_is_wrong_is_pointed_at(api: Client, body: object, pointer: str) -> None:
    answer = api.post("/v1/plans", json=body)

    assert answer.status_code == 422
    assert pointer in [one["pointer"] for one in answer.json()["errors"]]
    assert all(one["detail"] and one["code"] for one in answer.json()["errors"])
    assert api.get("/v1/events").json()["size"] == 2


def test_a_message_says_what_to_do(api: Client) -> None:
    body = {"title": "x", "commitments": [{"kind": "corrective", "text": "y", "due_on": "tomorrow"}]}

    fault = api.post("/v1/plans", json=body).json()["errors"][0]

    assert fault["detail"] == "a day is text such as 2026-12-01 (RFC 3339)"


@pytest.mark.parametrize("value", [0, 1.5, True, "0.5", "20260301", "2026-3-1", "2026-02-30", "2026-03-01T00:00:00Z"])
def test_a_day_is_a_day_and_nothing_like_it(api: Client, given: Given, value: object) -> None:
    answer = api.post("/v1/plans", json={"title": "x", "commitments": [given.promise(due_on=value)]})

    assert answer.json()["errors"][0]["pointer"] == "/body/commitments/0/due_on"


@pytest.mark.parametrize(
    "value", [1772409600, "1772409600", "2026-03-01", "2026-03-01T00:00:00", "2026-03-01T25:00:00Z"]
)
def test_an_instant_has_its_offset_and_is_no_number(api: Client, value: object) -> None:
    body = {"name": "x", "scopes": ["read"], "expires_at": value}

    assert api.post("/v1/api-keys", json=body).json()["errors"][0]["pointer"] == "/body/expires_at"
    assert api.get("/v1/overdue", params={"as_of": str(value)}).json()["errors"][0]["pointer"] == "/query/as_of"


@pytest.mark.parametrize("value", ["yes", 1, "true", 0.0])
def test_a_flag_is_true_or_false(api: Client, value: object) -> None:
    answer = api.patch("/v1/workspace", json={"four_eyes": value})

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/body/four_eyes")
