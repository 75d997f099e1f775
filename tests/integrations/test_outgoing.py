"""Requests to others end soon, stay small, and go where they were sent."""

import socket
import threading
import time
from collections.abc import Sequence
from contextlib import suppress

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


def pieces(listening: socket.socket, sent: Sequence[bytes], pause: float) -> None:
    connection, _ = listening.accept()
    with connection, suppress(OSError):
        connection.recv(65536)
        for piece in sent:
            connection.sendall(piece)
            time.sleep(pause)


def ask(sent: Sequence[bytes], pause: float = 0.0) -> outgoing.Answer:
    """Ask a server that sends these pieces, with a pause after each, and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=pieces, args=(listening, sent, pause))
        thread.start()
        try:
            return outgoing.post(f"http://127.0.0.1:{listening.getsockname()[1]}", b"", kind="a/b", timeout=0.4)
        finally:
            thread.join()


@pytest.mark.parametrize("head", ["", "Content-Length: 100\r\n\r\n", "\r\n"])
def test_who_sends_a_byte_now_and_then_is_cut_off(head: str) -> None:
    started = time.monotonic()

    with pytest.raises(Unreachable, match="cannot be reached"):
        ask([f"HTTP/1.1 200 OK\r\n{head}".encode(), *[b"x"] * 60], pause=0.1)

    assert time.monotonic() - started < 3


@pytest.mark.parametrize(
    "said",
    [
        "",
        "hello\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc",
        "HTTP/1.1 200 OK\r\n" + "A: b\r\n" * 200 + "\r\n",
    ],
)
def test_half_an_answer_is_none(said: str) -> None:
    with pytest.raises(Unreachable):
        ask([said.encode()])


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://[", "http://a b/", "http://nowhere.invalid"])
def test_who_is_not_there_is_said_to_be_unreachable(url: str) -> None:
    with pytest.raises(Unreachable, match="cannot be reached"):
        outgoing.post(url, b"", kind="text/plain")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.com", "", "/add-checkpoint"])
def test_only_http_is_spoken(url: str) -> None:
    with pytest.raises(Unreachable, match="not an address"):
        outgoing.post(url, b"", kind="text/plain")
