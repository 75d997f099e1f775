"""`followthrough overdue` and `followthrough audit`."""

import json
import re
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.core.config import Settings
from app.main import create_app
from tests.cli.conftest import Run
from tests.cli.test_import import APPROVED, MEMBERS, PROMISE

pytestmark = pytest.mark.slow


@pytest.fixture
def recorded(run: Run, workspace: str, write: Callable[[str, Any], str]) -> None:  # noqa: ARG001 - it has to be there
    plan = APPROVED | {"commitments": [PROMISE, PROMISE | {"recurrence": "FREQ=DAILY;COUNT=250"}]}
    run("import", write("members.json", MEMBERS), write("plan.json", plan))


@pytest.fixture
def server(database: str) -> FastAPI:
    return create_app(Settings.model_construct(), database)


@pytest.mark.usefixtures("recorded")
def test_each_is_a_line_with_its_days(run: Run) -> None:
    shown = run("overdue", "--as-of", "2030-02-03T09:00:00Z")

    assert re.search(r"^POA-1\.1 +1463 +2026-02-01 +Ada Okafor +Remove 212 units\.", shown.out, re.MULTILINE)
    assert "251 commitments of 1 owner in 1 plan overdue on 2030-02-03 at 09:00 UTC." in shown.out


@pytest.mark.usefixtures("workspace")
def test_nothing_overdue_is_good_news(run: Run) -> None:
    shown = run("overdue", "--as-of", "2026-02-03T09:00:00Z")

    assert shown.out == "Nothing is overdue on 2026-02-03 at 09:00 UTC.\n"


@pytest.mark.usefixtures("recorded")
def test_the_json_is_what_the_api_answers_all_pages_in_one(run: Run, workspace: str, server: FastAPI) -> None:
    as_of = "2030-02-03T09:00:00Z"

    printed = json.loads(run("overdue", "--json", "--as-of", as_of, "--owner", "ada@example.com").out)

    with TestClient(server, headers={"Authorization": f"Bearer {workspace}"}) as api:
        first = api.get("/v1/overdue", params={"as_of": as_of, "limit": 200}).json()
        second = api.get("/v1/overdue", params={"limit": 200, "cursor": first["next_cursor"]}).json()
    assert printed == second | {"data": first["data"] + second["data"]}


@pytest.mark.usefixtures("recorded")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--owner", "nobody@example.com"), "There is no owner nobody@example.com here."),
        (
            ("--as-of", "yesterday"),
            "as_of: an instant is text with its offset, such as 2026-12-01T09:00:00Z (RFC 3339)",
        ),
    ],
)
def test_what_cannot_be_asked_is_said(run: Run, words: tuple[str, str], said: str) -> None:
    refused = run("overdue", *words)

    assert (refused.code, refused.err) == (1, f"followthrough: {said}\n")


@pytest.mark.usefixtures("recorded")
def test_a_whole_ledger_is_clean(run: Run) -> None:
    audited = run("audit")

    assert audited.code == 0
    assert re.fullmatch(r"✓ Ada's shop  \d+ events, root [0-9a-f]{64}\n", audited.out)


@pytest.mark.usefixtures("recorded")
def test_a_row_that_was_changed_behind_the_ledger_is_found(run: Run, database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("UPDATE commitment SET due_on = due_on + 30 WHERE number = 1")

    audited = run("audit")

    assert audited.code == 1
    assert audited.out.startswith("✗ Ada's shop  1 fault\n    ")
