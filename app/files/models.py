"""The table of files: what was uploaded, in which workspace. Their bytes lie in the store."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from app.core.table import Row, instant, words
from app.files.rules import MediaType


class File(Row, table=True):
    """A file by its content: the same bytes are there once in a workspace, however often they were uploaded."""

    __table_args__ = (
        words("media_type", *MediaType),
        sa.CheckConstraint("size > 0 AND uses >= 0", name="counts"),
        # Those that the housekeeping looks for.
        sa.Index("ix_file_unused", "workspace_id", "kept_until", postgresql_where=sa.text("uses = 0")),
    )

    sha256: str = Field(primary_key=True)
    size: int = Field(sa_type=sa.BigInteger)
    media_type: str
    uploaded_by: UUID
    uploaded_at: datetime = instant()
    """The first time, as who did it."""
    uses: int = 0
    """How many pieces of evidence have it as their content."""
    kept_until: datetime = instant()
    """Until then it is there although nothing uses it."""

    @property
    def key(self) -> str:
        """Where its bytes are in the store."""
        return f"{self.workspace_id}/{self.sha256}"
