"""What every read has in common: validators, HEAD, strict parameters, exact addresses."""

import pytest

from tests.client import Client
from tests.given import Given
from tests.routes import Operation, one_of_each, operations, reads, seal

SAME = {"content-type", "etag", "cache-control", "content-length", "link"}


def test_head_is_get_without_the_body(api: Client, given: Given) -> None:
    names = one_of_each(given)
    seal(given)

    for read in reads():
        get, head = api.get(read.path(names)), api.head(read.path(names))

        assert (head.status_code, head.content) == (200, b""), read
        for name in SAME & get.headers.keys():
            assert head.headers[name] == get.headers[name], (read, name)


def test_a_read_has_a_strong_validator_and_answers_304_to_it(api: Client, given: Given) -> None:
    names = one_of_each(given)
    seal(given)

    for read in reads():
        if not read.template.endswith(".csv"):
            path = read.path(names)
            tag = api.get(path).headers["etag"]
            assert tag.startswith('"'), read
            for header in (tag, f'"other", {tag}', f"W/{tag}", f'"a",{tag},"b"', "*"):
                answer = api.get(path, headers={"If-None-Match": header})
                assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag), (read, header)
                assert api.head(path, headers={"If-None-Match": header}).status_code == 304, read
            for header in ('"other"', tag.strip('"'), ""):
                assert api.get(path, headers={"If-None-Match": header}).status_code == 200, (read, header)


def test_a_misspelt_parameter_is_refused_by_every_read(api: Client, given: Given) -> None:
    names = one_of_each(given)

    for read in reads():
        answer = api.get(read.path(names), params={"ownr": "ada@example.com"})

        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/query/ownr"), read


def test_no_address_redirects_to_another(api: Client) -> None:
    for operation in operations():
        answer = api.request(operation.method, f"{operation.path()}/", follow_redirects=False)

        assert answer.status_code == 404, operation


@pytest.mark.parametrize("read", [one for one in reads() if "limit" in one.parameters], ids=str)
def test_a_list_has_bounds(api: Client, given: Given, read: Operation) -> None:
    path = read.path(one_of_each(given))
    for limit in ("0", "201", "-1", "1.5", "x", "", "9" * 30):
        answer = api.get(path, params={"limit": limit})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/query/limit"), limit
    assert api.get(path, params={"limit": "200"}).status_code == 200


@pytest.mark.parametrize("read", [one for one in reads() if "cursor" in one.parameters], ids=str)
@pytest.mark.parametrize("cursor", ["AAAA", "WyJ4Il0", "W10", "bnVsbA", "Ww", "W1tbW1tbW1tb"])
def test_a_cursor_that_nobody_gave_is_refused(api: Client, read: Operation, cursor: str) -> None:
    answer = api.get(read.path(), params={"cursor": cursor})

    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/cursor-unreadable")


def test_a_list_is_paged_to_its_end(api: Client, given: Given) -> None:
    for who in ("ada", "bo", "chidi", "vera"):
        given.member(who)
    found: list[str] = []
    path = "/v1/members?limit=3"

    while path:
        answer = api.get(path)
        found += [one["name"] for one in answer.json()["data"]]
        path = answer.links["next"]["url"] if answer.json()["has_more"] else ""

    assert found == ["Ada Okafor", "Bo Lindqvist", "Chidi Park", "Vera Sol"]
