"""`followthrough import`."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.cli.conftest import Run

pytestmark = pytest.mark.slow

MEMBERS = [{"name": "Ada Okafor", "email": "ada@example.com", "role": "admin"}]
PROMISE = {"kind": "corrective", "text": "Remove 212 units.", "owner": "ada@example.com", "due_on": "2026-02-01"}
PLAN = {
    "title": "Inauthentic complaints",
    "timezone": "America/Los_Angeles",
    "commitments": [PROMISE],
}
APPROVED = PLAN | {"title": "Approved", "approval": {"authority": "Amazon", "received_at": "2026-01-20T17:04:00Z"}}

Write = Callable[[str, Any], str]


@pytest.mark.usefixtures("workspace")
def test_members_come_first_and_plans_follow(run: Run, write: Write) -> None:
    files = write("a.json", PLAN), write("b.json", APPROVED), write("members.json", MEMBERS)

    done = run("import", *files)

    assert done.code == 0
    assert done.out.splitlines() == [
        "✓ members.json  1 members added",
        "✓ a.json  POA-1 draft: Inauthentic complaints",
        "✓ b.json  POA-2 approved: Approved",
    ]


@pytest.mark.usefixtures("workspace")
def test_a_bad_file_is_reported_by_json_pointer_and_the_others_go_in(run: Run, write: Write) -> None:
    wrong = PLAN | {"commitments": [PROMISE | {"due_on": "soon"}], "colour": "red"}
    files = write("members.json", MEMBERS), write("a.json", wrong), write("b.json", "{"), write("c.json", APPROVED)

    done = run("import", *files)

    assert done.code == 1
    assert "✗ a.json  nothing recorded\n    /commitments/0/due_on  a day is text such as 2026-12-01" in done.out
    assert "    /colour  Extra inputs are not permitted" in done.out
    assert "✗ b.json  nothing recorded\n    /  It is not JSON" in done.out
    assert "✓ c.json  POA-1 approved" in done.out


@pytest.mark.usefixtures("workspace")
def test_an_owner_who_is_nobody_is_named(run: Run, write: Write) -> None:
    done = run("import", write("a.json", APPROVED))

    assert done.code == 1
    assert "    /commitments/0/owner  No active member is called ada@example.com." in done.out


@pytest.mark.usefixtures("workspace")
def test_a_folder_can_be_imported_again_without_harm(run: Run, write: Write) -> None:
    folder = write("members.json", MEMBERS).rpartition("/")[0]
    write("plan.json", APPROVED)

    run("import", folder)
    again = run("import", folder)

    assert again.code == 0
    assert again.out.splitlines() == [
        "✓ members.json  0 members added, 1 there already",
        "= plan.json  POA-1 says the same already",
    ]
