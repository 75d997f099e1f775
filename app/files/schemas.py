"""Wire shapes of files."""

from typing import Annotated

from pydantic import Field, StringConstraints

from app.core.fields import Id, Instant, Out, Sha256
from app.files.models import File
from app.files.rules import MediaType

# Neither a path nor what turns the reading direction round, so that an ending is where it seems to be.
_IN_NAMES = "\\x00-\\x1f\\x7f/\\\\\u200e\u200f\u202a-\u202e\u2066-\u2069"

FileName = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=f"^[^.{_IN_NAMES}][^{_IN_NAMES}]*$")]
"""What a file is called where people see it: no folder, no control character, no dot in front."""

Size = Annotated[int, Field(ge=1, le=2**53 - 1, json_schema_extra={"format": "int64"})]


class FileOut(Out):
    """A file that was uploaded. Its bytes are at `GET /v1/files/{sha256}`."""

    sha256: Sha256
    size: Size = Field(description="Bytes.")
    media_type: MediaType = Field(description="Told from the bytes.")
    uploaded_at: Instant = Field(description="The first time.")
    uploaded_by: Id

    @classmethod
    def of(cls, row: File) -> "FileOut":
        return cls.model_validate(row.model_dump())
