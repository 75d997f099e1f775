"""Archives that are made to cost: looked at no further than what tells which document they are."""

import io
import struct
import zipfile
from uuid import UUID

import pytest

from app.files.spool import Spool
from tests.client import Client


def archive(*members: tuple[str, bytes, int]) -> bytes:
    """Return an archive of these members: name, content, how it is compressed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as written:
        for name, content, how in members:
            written.writestr(zipfile.ZipInfo(name), content, how)
    return buffer.getvalue()


def looked_at(content: bytes) -> bytes:
    spool = Spool(UUID(int=1))
    spool.add(content)
    try:
        return spool.look().mimetype
    finally:
        spool.close()


def test_the_first_member_is_read_and_not_a_longer_one_of_its_name() -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        content = archive(("mimetype", b"x", zipfile.ZIP_STORED), ("mimetype", bytes(10_000_000), zipfile.ZIP_DEFLATED))

    assert looked_at(content) == b"x"


def test_a_member_that_is_compressed_tells_nothing() -> None:
    assert looked_at(archive(("mimetype", b"x", zipfile.ZIP_DEFLATED))) == b""


def test_a_broken_stream_is_refused_and_no_error_of_ours(api: Client) -> None:
    content = bytearray(archive(("mimetype", b"application/vnd.oasis.opendocument.text" * 3, zipfile.ZIP_DEFLATED)))
    content[40:44] = b"\xff\xff\xff\xff"

    assert api.post("/v1/files", content=bytes(content)).status_code == 415


def test_an_archive_that_says_it_needs_zip64_is_no_document(api: Client) -> None:
    content = archive(("[Content_Types].xml", b"<Types/>", zipfile.ZIP_STORED), ("word/document.xml", b"<w/>", 0))
    assert api.post("/v1/files", content=content).is_success
    at = content.rfind(b"PK\x05\x06")
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, at, 1)

    answer = api.post("/v1/files", content=content[:at] + locator + content[at:])

    assert answer.status_code == 415


def test_an_archive_that_names_a_member_before_its_beginning_is_refused_and_no_error_of_ours(api: Client) -> None:
    content = bytearray(archive(("mimetype", b"x", zipfile.ZIP_STORED)))
    at = content.rfind(b"PK\x05\x06") + 16
    (listed,) = struct.unpack_from("<I", content, at)
    struct.pack_into("<I", content, at, listed + 10)

    assert api.post("/v1/files", content=bytes(content)).status_code == 415
