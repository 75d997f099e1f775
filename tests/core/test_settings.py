"""Settings: where they come from, and that docs/settings.md has each."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from app.cli import handbook
from app.core.config import Settings

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == handbook.settings_page(), "run: followthrough docs docs"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_described_with_its_variable_and_its_file(name: str) -> None:
    variable = f"FOLLOWTHROUGH_{name.upper()}"

    page = PAGE.read_text()

    assert Settings.model_fields[name].description
    assert f"## `{variable}`" in page
    assert f"`{variable}_FILE`" in page


def test_a_secret_comes_from_a_file_without_its_line_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "url").write_text("postgresql://u:s3cret@db/followthrough\n")
    monkeypatch.setenv("FOLLOWTHROUGH_DATABASE_URL_FILE", str(tmp_path / "url"))

    assert Settings().database_url == "postgresql://u:s3cret@db/followthrough"


def test_any_setting_can_come_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "size").write_text("3")
    monkeypatch.setenv("FOLLOWTHROUGH_POOL_SIZE_FILE", str(tmp_path / "size"))

    assert Settings().pool_size == 3


def test_the_variable_wins_over_the_file_and_the_file_over_dotenv(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text(
        "FOLLOWTHROUGH_POOL_SIZE=2\nFOLLOWTHROUGH_RATE_LIMIT=2\nFOLLOWTHROUGH_LOG_LEVEL=error\n"
    )
    (tmp_path / "file").write_text("3")
    monkeypatch.setenv("FOLLOWTHROUGH_POOL_SIZE_FILE", str(tmp_path / "file"))
    monkeypatch.setenv("FOLLOWTHROUGH_RATE_LIMIT_FILE", str(tmp_path / "file"))
    monkeypatch.setenv("FOLLOWTHROUGH_POOL_SIZE", "4")

    found = Settings()

    assert (found.pool_size, found.rate_limit, found.log_level) == (4, 3, "error")


def test_a_file_that_is_not_there_is_an_error_and_not_a_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOLLOWTHROUGH_DATABASE_URL_FILE", "/nowhere/url")

    with pytest.raises(FileNotFoundError):
        Settings()


def test_a_wrong_value_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOLLOWTHROUGH_POOL_SIZE", "0")

    with pytest.raises(ValidationError):
        Settings()
