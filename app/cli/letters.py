"""Letters on disk: a plan of action as people write it, read as a draft for review. Nothing is recorded."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa

from app.cli import word
from app.cli.database import CannotStart
from app.core import db
from app.letters import queries
from app.letters.schemas import LetterIn, LetterOut

_TEXT = frozenset({".txt", ".text", ".md", ".docx"})
_OTHERS = frozenset({".doc", ".odt", ".pages", ".pdf", ".rtf"})
_MOST_BYTES, _MOST = 16 * 2**20, 100_000


def only(files: Sequence[Path]) -> Path | None:
    """Return the letter, if that is what was given; None if there is none; refuse several, or one among others."""
    letters = [one for one in files if one.suffix.lower() in _TEXT | _OTHERS]
    if letters and len(files) > 1:
        raise CannotStart(f"{letters[0].name} is a letter: give it alone, since each becomes a plan to review.")
    return letters[0] if letters else None


def read(engine: sa.Engine, workspace_id: UUID, path: Path, *, at: datetime) -> LetterOut:
    """Return the draft that a letter describes, as `POST /v1/plans/parse` does."""
    text = text_of(path)
    with db.reading(engine, workspace_id) as session:
        return queries.draft_of(session, LetterIn(text=text), at=at)


def text_of(path: Path) -> str:
    """Return what a letter says, without the characters that no text has; CannotStart says why it cannot be read."""
    if path.suffix.lower() in _OTHERS:
        raise CannotStart(f"{path.name}: save it as .docx or as .txt first.")
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise CannotStart(f"{path.name}: too large for a letter.")
        data = path.read_bytes()
        text = word.to_text(data) if path.suffix.lower() == ".docx" else _decoded(data)
    except OSError as error:
        raise CannotStart(f"{path.name} cannot be read: {error.strerror}.") from None
    except word.Unreadable as error:
        raise CannotStart(f"{path.name}: {error}") from None
    plain = "".join(one if (one >= " " and one != "\x7f") or one in "\t\n\r" else " " for one in text)
    if not plain.strip():
        raise CannotStart(f"{path.name}: there is no text in it.")
    if len(plain) > _MOST:
        raise CannotStart(f"{path.name}: {len(plain):,} characters; a letter has at most {_MOST:,}.")
    return plain


def _decoded(data: bytes) -> str:
    """Return a text file's text: UTF-8, or what Windows writes, with or without a byte order mark."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")
