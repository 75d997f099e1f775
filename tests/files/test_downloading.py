"""Bytes out: something to save, whole or in part, and nothing that a browser would show."""

import pytest

from tests.client import Client
from tests.files.filing import invoice, uploaded
from tests.files.samples import PDF
from tests.given import Given


@pytest.fixture
def path(api: Client) -> str:
    return f"/v1/files/{uploaded(api)}"


def test_it_is_sent_as_something_to_save_and_to_ask_about_each_time(api: Client, path: str) -> None:
    answer = api.get(path)

    sha256 = path.rpartition("/")[2]
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith(f'attachment; filename="{sha256[:16]}.pdf"')
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["etag"] == f'"{sha256}"'
    assert answer.headers["content-length"] == str(len(PDF))


@pytest.mark.parametrize(
    ("name", "plain", "exact"),
    [
        ("invoice.pdf", "invoice.pdf", "invoice.pdf"),
        ("Invoice.PDF", "Invoice.PDF", "Invoice.PDF"),
        ("run.exe", "run.exe.pdf", "run.exe.pdf"),
        ('Über "5 %".pdf', "_ber _5 __.pdf", "%C3%9Cber%20%225%20%25%22.pdf"),
    ],
)
def test_it_is_saved_under_a_name_that_tells_what_it_is(
    api: Client, path: str, name: str, plain: str, exact: str
) -> None:
    answer = api.get(path, params={"name": name})

    assert answer.headers["content-disposition"] == f"attachment; filename=\"{plain}\"; filename*=UTF-8''{exact}"


@pytest.mark.parametrize("name", ["../a.pdf", "a\r\nX: y.pdf", ""])
def test_a_name_with_a_path_or_a_line_end_is_refused(api: Client, path: str, name: str) -> None:
    assert api.get(path, params={"name": name}).status_code == 422


@pytest.mark.parametrize(
    ("wanted", "part"),
    [
        ("bytes=0-3", (0, 4)),
        ("bytes=5-", (5, len(PDF))),
        ("bytes=-5", (len(PDF) - 5, len(PDF))),
        ("bytes=-9999", (0, len(PDF))),
        ("bytes=2-9999", (2, len(PDF))),
    ],
)
def test_a_part_is_sent_to_who_asks_for_one(api: Client, path: str, wanted: str, part: tuple[int, int]) -> None:
    start, end = part

    answer = api.get(path, headers={"Range": wanted})

    assert answer.status_code == 206
    assert answer.content == PDF[start:end]
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{len(PDF)}"


@pytest.mark.parametrize("wanted", ["bytes=0-1,4-5", "lines=1-2", "bytes=-", "bytes=5-2"])
def test_what_is_no_single_range_gets_the_whole(api: Client, path: str, wanted: str) -> None:
    answer = api.get(path, headers={"Range": wanted})

    assert (answer.status_code, answer.content) == (200, PDF)


@pytest.mark.parametrize("wanted", ["bytes=5000-", "bytes=-0"])
def test_a_part_that_is_not_there_is_refused(api: Client, path: str, wanted: str) -> None:
    answer = api.get(path, headers={"Range": wanted})

    assert (answer.status_code, answer.json()["type"]) == (416, "/problems/range-not-satisfiable")
    assert answer.headers["content-range"] == f"bytes */{len(PDF)}"


def test_a_part_of_another_file_is_the_whole_of_this_one(api: Client, path: str) -> None:
    answer = api.get(path, headers={"Range": "bytes=0-3", "If-Range": '"another"'})

    assert (answer.status_code, answer.content) == (200, PDF)


def test_who_has_it_is_not_sent_it_again(api: Client, path: str) -> None:
    answer = api.get(path, headers={"If-None-Match": api.get(path).headers["etag"]})

    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["cache-control"] == "private, no-cache"


def test_who_has_what_was_erased_is_told_that_it_is_gone(api: Client, given: Given) -> None:
    filed = invoice(api)
    piece = given.post(f"/v1/commitments/{given.commitment()['reference']}/evidence", filed, 201)
    tag = api.get(piece["body"]).headers["etag"]
    given.post("/v1/erasures", {"subject": piece["id"]})

    answer = api.get(f"/v1/files/{filed['sha256']}", headers={"If-None-Match": tag})

    assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store")


def test_its_head_says_all_of_it_and_sends_nothing(api: Client, path: str) -> None:
    head, whole = api.head(path), api.get(path)

    names = ("content-length", "content-type", "content-disposition", "etag")
    assert (head.status_code, head.content) == (200, b"")
    assert [head.headers[name] for name in names] == [whole.headers[name] for name in names]


def test_there_is_no_file_that_was_never_uploaded(api: Client) -> None:
    answer = api.get(f"/v1/files/{'0' * 64}")

    assert answer.status_code == 404
    assert answer.json()["type"] == "/problems/file-not-found"
