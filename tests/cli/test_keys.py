"""`followthrough keys` and `followthrough workspace`."""

import re

import psycopg
import pytest

from app.workspaces import keys
from tests.cli.conftest import Run

pytestmark = pytest.mark.slow

KEY = re.compile(r"ft_[A-Za-z0-9_-]{64}\n")


@pytest.mark.usefixtures("workspace")
def test_a_new_key_alone_goes_to_standard_output(run: Run) -> None:
    made = run("keys", "create", "--name", "Bot", "--scope", "read", "--expires-in", "P90D")

    assert made.code == 0
    assert KEY.fullmatch(made.out)
    assert "shown this once" in made.err


@pytest.mark.usefixtures("workspace")
def test_a_key_is_listed_without_its_secret_until_it_is_revoked_and_after(run: Run) -> None:
    made = run("keys", "create", "--name", "Bot", "--scope", "read", "--scope", "write")
    key_id = made.err.split()[1].rstrip(",")

    before = run("keys", "list").out
    revoked = run("keys", "revoke", key_id)
    after = run("keys", "list").out

    assert revoked.out == "Revoked: Bot\n"
    assert re.search(rf"{key_id} +Bot +read write +service key +never +works", before)
    assert re.search(rf"{key_id} +Bot .* revoked", after)
    assert "ft_" not in before + after


@pytest.mark.usefixtures("workspace")
def test_the_last_key_that_administers_stays(run: Run) -> None:
    first = run("keys", "list").out.splitlines()[1].split()[0]

    refused = run("keys", "revoke", first)

    assert refused.code == 1
    assert refused.err == "followthrough: Someone must remain who can administer the workspace\n"


@pytest.mark.usefixtures("workspace")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--member", "nobody@example.com"), "No active member is called nobody@example.com."),
        (("--expires-in", "soon"), "--expires-in soon: a duration is text such as P14D or PT72H (ISO 8601)."),
        (("--expires-in", "P30Y"), "--expires-in P30Y: at most 20 years, or a year in hours."),
    ],
)
def test_a_wrong_word_is_named(run: Run, words: tuple[str, ...], said: str) -> None:
    refused = run("keys", "create", "--name", "Bot", "--scope", "read", *words)

    assert (refused.code, refused.out, refused.err) == (1, "", f"followthrough: {said}\n")


def test_without_a_workspace_it_says_how_to_make_one(run: Run) -> None:
    refused = run("keys", "list")

    assert refused.code == 1
    assert "followthrough workspace create" in refused.err


@pytest.mark.usefixtures("workspace")
def test_of_several_workspaces_one_has_to_be_named(run: Run) -> None:
    other = run("workspace", "create", "--name", "Bo's shop").out
    credential = keys.parse(other.strip())
    assert credential is not None

    unclear = run("keys", "list")
    clear = run("keys", "list", "--workspace", str(credential.workspace_id))
    wrong = run("keys", "list", "--workspace", "00000000-0000-7000-8000-000000000000")

    assert unclear.code == wrong.code == 1
    assert "Ada's shop" in unclear.err
    assert f"{credential.workspace_id}  Bo's shop" in unclear.err
    assert clear.code == 0


@pytest.mark.usefixtures("workspace")
def test_what_the_command_line_does_is_in_the_ledger(run: Run, database: str) -> None:
    run("keys", "create", "--name", "Bot", "--scope", "read")

    with psycopg.connect(database) as connection:
        rows = connection.execute("SELECT convert_from(body, 'UTF8')::json ->> 'type' FROM ledger_event ORDER BY seq")
        types = [type_ for (type_,) in rows]

    assert types == ["workspace.created", "key.created", "key.created"]


def test_a_zone_that_is_none_makes_no_workspace(run: Run) -> None:
    refused = run("workspace", "create", "--name", "Ada's shop", "--timezone", "Mars")

    assert refused.code == 1
    assert refused.err == "followthrough: timezone: not an IANA time zone; one is America/Los_Angeles\n"
