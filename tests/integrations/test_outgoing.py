"""Requests to others end soon, stay small, and go where they were sent."""

import pytest

from app.integrations import outgoing
from app.integrations.outgoing import Unreachable
from tests.integrations.conftest import Answers


def test_whatever_the_status_the_answer_comes_back(answers: Answers) -> None:
    answers.say = lambda body: (409, "text/plain; charset=utf-8", body[::-1])

    assert outgoing.post(f"{answers.url}/a", b"abc", kind="text/plain") == (409, "text/plain", b"cba")
    assert answers.asked == [("/a", b"abc")]


def test_a_redirect_is_not_followed(answers: Answers) -> None:
    answers.say = lambda _: (307, f"{answers.url}/elsewhere", b"")

    assert outgoing.post(answers.url, b"", kind="text/plain").status == 307
    assert len(answers.asked) == 1


def test_a_long_answer_is_not_read_to_its_end(answers: Answers) -> None:
    answers.say = lambda _: (200, "text/plain", bytes(outgoing.MAX_BYTES + 1))

    with pytest.raises(Unreachable, match="too long"):
        outgoing.post(answers.url, b"", kind="text/plain")


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://[", "http://a b/", "http://nowhere.invalid"])
def test_who_is_not_there_is_said_to_be_unreachable(url: str) -> None:
    with pytest.raises(Unreachable, match="cannot be reached"):
        outgoing.post(url, b"", kind="text/plain")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.com", "", "/add-checkpoint"])
def test_only_http_is_spoken(url: str) -> None:
    with pytest.raises(Unreachable, match="not an address"):
        outgoing.post(url, b"", kind="text/plain")
