"""A body is JSON that means one thing, and not too much of it."""

from collections.abc import Iterator

import pytest
from httpx2 import Response

from app.core.edge import MAX_BODY
from tests.client import Client

MEMBER = b'{"name": "Dee", "email": "dee@example.com"}'


def send(api: Client, body: bytes | Iterator[bytes], kind: str | None = "application/json") -> Response:
    return api.post("/v1/members", content=body, headers={"Content-Type": kind} if kind else {})


def chunks(body: bytes) -> Iterator[bytes]:
    """Yield a body in parts, so that nobody can say beforehand how large it is."""
    for start in range(0, len(body), 65_536):
        yield body[start : start + 65_536]


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"{", "Expecting property name enclosed in double quotes (character 1)"),
        (b"[1,]", "Expecting value (character 3)"),
        (b"{} {}", "Extra data (character 3)"),
        (b"\x00", "Expecting value (character 0)"),
        (b"'single'", "Expecting value (character 0)"),
    ],
)
def test_what_is_not_json_is_pointed_at(api: Client, body: bytes, detail: str) -> None:
    answer = send(api, body)

    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/bad-request")
    assert answer.json()["errors"] == [{"pointer": "/body", "detail": detail, "code": "json_invalid"}]


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b'{"name": "Dee", "name": "Eve", "email": "dee@example.com"}', "`name` is said twice in one object"),
        (b'{"name": "Dee", "email": {"a": 1, "a": 1}}', "`a` is said twice"),
        (b'{"name": NaN}', "NaN is no JSON number"),
        (b'{"name": -Infinity}', "-Infinity is no JSON number"),
        (b'{"name": %s}' % (b"9" * 5000), "too many digits"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"name": "\xff"}', "not UTF-8"),
    ],
    ids=["twice", "twice inside", "NaN", "-Infinity", "digits", "depth", "bytes"],
)
def test_json_that_could_mean_two_things_is_refused(api: Client, body: bytes, detail: str) -> None:
    answer = send(api, body)

    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/bad-request")
    assert detail in answer.json()["detail"]


@pytest.mark.parametrize("text", [rb"\u0000", rb"\ud800", rb"\udc00\ud800", rb"\u001b[31m", b"\xe2\x80\xa8\\n"])
@pytest.mark.parametrize("field", [b"name", b"email"])
def test_characters_that_no_text_has_are_refused(api: Client, text: bytes, field: bytes) -> None:
    answer = send(api, MEMBER.replace(b'"%s": "' % field, b'"%s": "%s' % (field, text)))

    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json()["errors"]] == [f"/body/{field.decode()}"]


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_body_that_is_not_declared_as_json_is_refused(api: Client, kind: str | None) -> None:
    answer = send(api, MEMBER, kind)

    assert (answer.status_code, answer.json()["type"]) == (415, "/problems/unsupported-media-type")
    assert "application/json" in answer.json()["detail"]


@pytest.mark.parametrize(
    "kind", ["application/json; charset=utf-8", "APPLICATION/JSON", "application/merge-patch+json"]
)
def test_json_has_several_names(api: Client, kind: str) -> None:
    assert send(api, MEMBER, kind).status_code == 201


def test_a_body_of_one_mebibyte_is_read(api: Client) -> None:
    body = MEMBER.ljust(MAX_BODY)

    assert send(api, body).status_code == 201
    assert send(api, chunks(body)).status_code == 409  # read as well: the member exists


@pytest.mark.parametrize("announced", [True, False])
def test_a_larger_body_is_refused(api: Client, announced: bool) -> None:  # noqa: FBT001 - one of two ways to send it
    body = MEMBER.ljust(MAX_BODY + 1)

    answer = send(api, body if announced else chunks(body))

    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/too-large")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"] == answer.json()["request_id"]
    assert api.get("/v1/members").json()["data"] == []
