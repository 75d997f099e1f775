"""Where uploads wait is chosen before the server serves."""

import tempfile

import pytest

from app.cli import serving
from app.cli.database import CannotStart


def test_without_a_folder_for_temporary_files_it_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> str:
        raise FileNotFoundError

    monkeypatch.setattr(tempfile, "gettempdir", none)

    with pytest.raises(CannotStart, match="TMPDIR"):
        serving._spool_somewhere()
