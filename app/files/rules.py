"""Which files may be evidence, told from their bytes, and how one is called. Pure."""

import re
from collections.abc import Collection
from enum import StrEnum
from errno import EDQUOT, ENOSPC
from typing import NamedTuple

from app.core.problems import Conflict, Invalid, NotFound, Problem, TooLarge, Unavailable


class MediaType(StrEnum):
    """What a file may be. Nothing that a browser would run is among it."""

    PDF = "application/pdf"
    PNG = "image/png"
    JPEG = "image/jpeg"
    GIF = "image/gif"
    WEBP = "image/webp"
    HEIC = "image/heic"
    TIFF = "image/tiff"
    DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    ODT = "application/vnd.oasis.opendocument.text"
    ODS = "application/vnd.oasis.opendocument.spreadsheet"
    MAIL = "message/rfc822"
    TEXT = "text/plain"


ENDINGS: dict[MediaType, tuple[str, ...]] = {
    MediaType.PDF: (".pdf",),
    MediaType.PNG: (".png",),
    MediaType.JPEG: (".jpg", ".jpeg"),
    MediaType.GIF: (".gif",),
    MediaType.WEBP: (".webp",),
    MediaType.HEIC: (".heic", ".heif"),
    MediaType.TIFF: (".tif", ".tiff"),
    MediaType.DOCX: (".docx",),
    MediaType.XLSX: (".xlsx",),
    MediaType.ODT: (".odt",),
    MediaType.ODS: (".ods",),
    MediaType.MAIL: (".eml",),
    MediaType.TEXT: (".txt", ".csv", ".tsv", ".md", ".log"),
}
"""How a file of each type may be called; the first is used where its name has none of them."""


class FileTypeRefused(Problem):
    """Files of this type are not taken.

    Evidence may be PDF, PNG, JPEG, GIF, WebP, HEIC, TIFF, DOCX, XLSX, ODT, ODS, an e-mail (EML), or plain text or CSV
    in UTF-8, whatever the `Content-Type` says: the type is told from the bytes. Web pages, SVG, programs, scripts,
    documents with macros and archives are not. Make a PDF or a picture of what is none of these.
    """

    status = 415


class FileTooLarge(TooLarge):
    """The file is too large.

    `FOLLOWTHROUGH_FILE_LIMIT` says how large one may be: 100 MiB unless set otherwise. Nothing of it was kept.
    """


class EmptyFile(Invalid):
    """The file is empty.

    Send its bytes as the body of the request.
    """


class FileNotFound(NotFound):
    """There is no such file here.

    It was never uploaded to this workspace, it was erased, or it was uploaded more than a day ago and no evidence
    names it. `POST /v1/files` uploads it, again if need be.
    """


class StoreUnavailable(Unavailable):
    """Files cannot be kept or fetched now.

    The store of files does not answer, or the server cannot write to its temporary folder (`TMPDIR`). Nothing was
    recorded: send the same request again.
    """


class NoSpaceLeft(Problem):
    """The server has no space left for files.

    The disk of the store is full, or that of the temporary folder (`TMPDIR`), or a quota is used up. Nothing of the
    file was kept. Send it again once whoever runs the server has made space; all else works meanwhile.
    """

    status = 507


class TooMuchUnused(Conflict):
    """There is too much in files that no evidence names.

    Name those that are there as evidence, or wait: each goes about a day after its upload, and counts until then, as
    4 KiB at least. `FOLLOWTHROUGH_UNUSED_FILES_LIMIT` says how much they may have together in a workspace: 2048 MiB
    unless set otherwise. Nothing of this file was kept.
    """


class TooManyUploads(Unavailable):
    """Too many files are being uploaded at once.

    To this process, or of your workspace to it. Send it again after as many seconds as `Retry-After` says. Nothing of
    it was kept.
    """


class UploadTooSlow(Problem):
    """The file comes too slowly.

    Each 256 KiB of it have to come within 30 seconds. Nothing of it was kept: send it again, over a better connection.
    """

    status = 408


class RangeNotSatisfiable(Problem):
    """The file has no such bytes.

    `Content-Range` says how many it has.
    """

    status = 416


def is_full(error: Exception) -> bool:
    """Say whether something failed because there is no space left, or no quota: obstore says so in its text only."""
    full = (ENOSPC, EDQUOT)
    return getattr(error, "errno", None) in full or any(f"(os error {number})" in f"{error}" for number in full)


class Look(NamedTuple):
    """What is looked at of a file."""

    head: bytes
    """Its first bytes: `HEAD` of them, or all."""
    is_text: bool
    """All of it is UTF-8 without control characters."""
    members: Collection[str] | None
    """The names in it, if it is a ZIP archive that can be read."""
    mimetype: bytes
    """What its first member holds if that is called `mimetype`, as OpenDocument has it."""


HEAD = 4096

_MAGIC = (
    (rb"%PDF-[12]\.", MediaType.PDF),
    (rb"\x89PNG\r\n\x1a\n", MediaType.PNG),
    (rb"\xff\xd8\xff", MediaType.JPEG),
    (rb"GIF8[79]a", MediaType.GIF),
    (rb"RIFF....WEBPVP8", MediaType.WEBP),
    (rb"....ftyp(?:heic|heix|mif1|msf1)", MediaType.HEIC),
    (rb"II\*\x00|MM\x00\*", MediaType.TIFF),
)
_MARKUP = re.compile(rb"\A<[!?a-z]|<(?:!doctype|\?xml|\?php|html|head|body|script|style|svg|iframe)\b", re.IGNORECASE)
_MAIL = re.compile(rb"(?:[!-9;-~]+:[^\n]*\r?\n(?:[ \t][^\n]*\r?\n)*)+\r?\n")
_MAIL_FIELD = re.compile(rb"^(?:from|received|return-path|date|message-id|mime-version):", re.IGNORECASE | re.MULTILINE)
_MACROS = ("vbaproject.bin", "vbadata.xml", "/activex", "basic/", "scripts/")
_OPEN_DOCUMENT = {one.value.encode(): one for one in (MediaType.ODT, MediaType.ODS)}
_BOM = b"\xef\xbb\xbf"


def media_type(look: Look) -> MediaType:
    """Return what a file is, or refuse it."""
    for magic, found in _MAGIC:
        if re.match(magic, look.head, re.DOTALL):
            return found
    if look.members is not None:
        return _document(look.members, look.mimetype)
    if look.is_text:
        return _text(look.head.removeprefix(_BOM).lstrip())
    raise FileTypeRefused("Its bytes are of no type that is taken.")


def _document(members: Collection[str], mimetype: bytes) -> MediaType:
    """Return what a ZIP archive is. Names are compared without case: so does who opens it."""
    names = {name.lower() for name in members}
    if any(macro in name for name in names for macro in _MACROS):
        raise FileTypeRefused("A document with macros, scripts or controls is not taken: save it without, or as PDF.")
    if mimetype in _OPEN_DOCUMENT and "content.xml" in names:
        return _OPEN_DOCUMENT[mimetype]
    if "[content_types].xml" in names and "word/document.xml" in names:
        return MediaType.DOCX
    if "[content_types].xml" in names and "xl/workbook.xml" in names:
        return MediaType.XLSX
    raise FileTypeRefused("An archive is not taken: upload what is in it, one by one.")


def _text(head: bytes) -> MediaType:
    if _MAIL.match(head) and len(_MAIL_FIELD.findall(head)) >= 2:
        return MediaType.MAIL
    if head.startswith(b"#!"):
        raise FileTypeRefused("A script is not taken.")
    if _MARKUP.search(head):
        raise FileTypeRefused("A web page, SVG or other markup is not taken: make a PDF or a picture of it.")
    return MediaType.TEXT


def file_name(name: str | None, sha256: str, kind: MediaType) -> str:
    """Return how the file is called when it is saved: *name*, with an ending that tells what it is."""
    endings = ENDINGS[kind]
    if name is None:
        return f"{sha256[:16]}{endings[0]}"
    return name if name.lower().endswith(endings) else f"{name}{endings[0]}"
