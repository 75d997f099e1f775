"""docs/cli.md says what `--help` says; the contract needs no database."""

import json
from pathlib import Path

from app.cli import __main__ as cli
from app.cli import handbook
from app.main import VERSION
from tests.cli.conftest import Run

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == handbook.cli_page(cli.app), "run: followthrough docs docs"


def test_the_version_is_said(run: Run) -> None:
    assert run("--version").out == f"followthrough {VERSION}\n"


def test_the_contract_is_printed_without_a_database(run: Run) -> None:
    printed = json.loads(run("openapi").out)

    assert printed["openapi"] == "3.1.0"
    assert "/v1/overdue" in printed["paths"]
