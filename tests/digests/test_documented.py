"""What docs/digests.md shows is true: its settings, its command, and the request, sent as it stands there."""

import re
import shlex
from collections.abc import Callable
from typing import Any

import pytest

from app.core.config import Settings
from app.digests.schemas import DigestChange
from tests.cli.conftest import Run, database, run, workspace, write
from tests.cli.test_import import APPROVED, MEMBERS, PROMISE
from tests.client import Client
from tests.digests.conftest import Worker
from tests.digests.offices import Office
from tests.documented import page, requests
from tests.given import Given

__all__ = ["database", "run", "workspace", "write"]

PAGE = page("digests.md")
SETTINGS, COMMAND = re.findall(r"^```sh\n(.+?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.usefixtures("workspace")
def test_with_its_settings_its_command_shows_what_somebody_would_get(
    run: Run,
    write: Callable[[str, Any], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run("import", write("members.json", MEMBERS), write("plan.json", APPROVED | {"commitments": [PROMISE]}))
    for name, value in (one.split("=", 1) for one in shlex.split(SETTINGS)):
        assert name.removeprefix("FOLLOWTHROUGH_").lower() in Settings.model_fields
        monkeypatch.setenv(name, value)

    shown = run(*shlex.split(COMMAND)[1:])

    assert (shown.code, shown.err) == (0, "")
    assert "https://followthrough.example.com/v1/commitments/POA-1.1" in shown.out


def test_it_comes_when_the_member_chose(given: Given, worker: Worker, office: Office) -> None:
    given.commitment(due_on="2026-03-01")
    (choose,) = requests(PAGE)

    chosen = choose.by(given.client_of("ada"), {"01a2...": given.member("ada")["id"]})

    assert (chosen["hour"], chosen["timezone"], chosen["days"]) == (7, "Europe/Berlin", "weekdays")
    worker.at("2026-03-03T05:59:59Z")
    assert office.mail == []
    worker.at("2026-03-03T06:00:00Z")
    assert office.to == ["Ada Okafor <ada@example.com>"]


def test_each_field_is_explained() -> None:
    assert set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)) == {*DigestChange.model_fields}


def test_who_chose_nothing_gets_mail_at_the_hour_that_it_says(
    given: Given, api: Client, worker: Worker, office: Office
) -> None:
    given.commitment(due_on="2026-03-01")
    (hour,) = re.findall(r"gets mail at (\d+):00 in the workspace's time zone", PAGE)

    worker.at(f"2026-03-03T{int(hour):02}:00:00Z")

    assert api.get("/v1/workspace").json()["timezone"] == "UTC"
    assert len(office.mail) == 1
