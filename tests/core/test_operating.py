"""What those who keep the server running, and those who read about it, are shown without a key."""

import re

from tests.client import Client


def test_a_live_server_says_so(running: Client) -> None:
    assert (running.get("/healthz").status_code, running.get("/healthz").text) == (200, "ok\n")


def test_a_server_with_a_current_database_is_ready(running: Client) -> None:
    assert (running.get("/readyz").status_code, running.get("/readyz").text) == (200, "ready\n")


def test_the_documentation_needs_no_internet(running: Client) -> None:
    page = running.get("/docs").text

    assert re.findall(r"(?:src|href|url)\s*[=:]\s*['\"](\w+:)?//", page) == []
    for local in re.findall(r"['\"](/(?:static|openapi)[^'\"]+)", page):
        assert running.get(local).status_code == 200, local
    assert "/openapi.json" in page


def test_the_first_page_leads_to_the_documentation(running: Client) -> None:
    answer = running.get("/", follow_redirects=False)

    assert (answer.status_code, answer.headers["location"]) == (307, "/docs")


def test_answers_are_not_to_be_guessed_at(running: Client) -> None:
    for path in ("/healthz", "/docs", "/v1/overdue", "/nowhere"):
        headers = running.get(path).headers

        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
