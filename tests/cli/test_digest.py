"""`followthrough digest preview`, and what the settings of mail must be."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.cli.test_import import APPROVED, MEMBERS, PROMISE


@pytest.fixture
def recorded(run: Run, workspace: str, write: Callable[[str, Any], str]) -> None:  # noqa: ARG001 - it has to be there
    run("import", write("members.json", MEMBERS), write("plan.json", APPROVED | {"commitments": [PROMISE]}))


@pytest.mark.usefixtures("recorded")
def test_a_preview_says_what_would_be_sent_now(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOLLOWTHROUGH_PUBLIC_URL", "https://follow.example/")

    shown = run("digest", "preview", "--member", "ada@example.com")

    assert shown.out.startswith("Subject: Ada's shop: 1 overdue\n")
    assert "* POA-1.1  Remove 212 units." in shown.out
    assert "https://follow.example/v1/commitments/POA-1.1" in shown.out


@pytest.mark.usefixtures("workspace")
def test_a_preview_for_nobody_says_so(run: Run) -> None:
    assert run("digest", "preview", "--member", "eve@example.com").err.endswith(
        "No active member is called eve@example.com.\n"
    )


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SMTP_URL", "mail.example:s3cret", "FOLLOWTHROUGH_SMTP_URL: it has to look like smtp://user:password@host"),
        ("MAIL_FROM", "nobody", "FOLLOWTHROUGH_MAIL_FROM has to say who sends"),
        ("PUBLIC_URL", "follow.example", "FOLLOWTHROUGH_PUBLIC_URL is wrong"),
    ],
)
def test_a_setting_that_cannot_be_is_named(
    run: Run, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    good = {"SMTP_URL": "smtp://u:s3cret@mail.example", "MAIL_FROM": "us@follow.example"}
    for one, text in (good | {name: value}).items():
        monkeypatch.setenv(f"FOLLOWTHROUGH_{one}", text)

    refused = run("digest", "preview", "--member", "ada@example.com")

    assert refused.code == 1
    assert said in refused.err
    assert "s3cret" not in refused.err
