"""Files of every kind that is taken, and of many that are not. Each is as small as its kind allows."""

import io
import zipfile


def archive(*names: str, **contents: bytes) -> bytes:
    """Return a ZIP archive with these members; *contents* are by name, first of all."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as into:
        for name, content in (contents | dict.fromkeys(names, b"<x/>")).items():
            into.writestr(name, content)
    return made.getvalue()


_MAIL = (
    b"From: supplier@example.com\r\nDate: Mon, 2 Mar 2026 09:00:00 +0000\r\nSubject: Invoice\r\n\r\n<p>Yours.</p>\r\n"
)
_OFFICE = "[Content_Types].xml"
_ODF = "application/vnd.oasis.opendocument"
_OOXML = "application/vnd.openxmlformats-officedocument"

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"
TAKEN: dict[str, tuple[bytes, str]] = {
    "pdf": (PDF, "application/pdf"),
    "png": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "image/png"),
    "jpeg": (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", "image/jpeg"),
    "gif": (b"GIF89a\x01\x00\x01\x00", "image/gif"),
    "webp": (b"RIFF\x1a\x00\x00\x00WEBPVP8 ", "image/webp"),
    "heic": (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00", "image/heic"),
    "tiff": (b"II*\x00\x08\x00\x00\x00", "image/tiff"),
    "docx": (archive(_OFFICE, "word/document.xml"), f"{_OOXML}.wordprocessingml.document"),
    "xlsx": (archive(_OFFICE, "xl/workbook.xml"), f"{_OOXML}.spreadsheetml.sheet"),
    "odt": (archive("content.xml", mimetype=f"{_ODF}.text".encode()), f"{_ODF}.text"),
    "ods": (archive("content.xml", mimetype=f"{_ODF}.spreadsheet".encode()), f"{_ODF}.spreadsheet"),
    "e-mail": (_MAIL, "message/rfc822"),
    "text": ("Unverändert: 212 Stück.\n".encode(), "text/plain"),
    "csv": (b"\xef\xbb\xbforder,units\r\n90-3344,212\r\n", "text/plain"),
    "address in text": (b"Ask Ada <ada@example.com>, 3 < 4.\n", "text/plain"),
}
REFUSED: dict[str, bytes] = {
    "html": b"<!DOCTYPE html><html><body>Hello</body></html>",
    "html after blanks": b"\n \t<HTML><script>alert(1)</script>",
    "html behind a mark": b"\xef\xbb\xbf<html></html>",
    "html after words": b"Invoice\n<script>alert(1)</script>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>',
    "xml": b'<?xml version="1.0"?><a/>',
    "php": b"hello <?php system('id');",
    "shell script": b"#!/bin/sh\necho hello\n",
    "program of Linux": b"\x7fELF\x02\x01\x01" + bytes(9),
    "program of Windows": b"MZ\x90\x00\x03",
    "program of macOS": b"\xcf\xfa\xed\xfe\x07",
    "old Word": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    "archive": archive("a.txt"),
    "empty archive": archive(),
    "Java": archive("META-INF/MANIFEST.MF", "Main.class"),
    "macros": archive(_OFFICE, "word/document.xml", "word/vbaProject.bin"),
    "macros of OpenDocument": archive("content.xml", "Basic/script-lc.xml", mimetype=f"{_ODF}.text".encode()),
    "damaged archive": archive(_OFFICE, "word/document.xml")[:60],
    "drawing": archive("content.xml", mimetype=f"{_ODF}.graphics".encode()),
    "gzip": b"\x1f\x8b\x08\x00",
    "not UTF-8": "Menge: 212 Stück, geprüft".encode("latin-1"),
    "cut UTF-8": "Stück".encode()[:3],
    "UTF-16": "order".encode("utf-16"),
    "unknown": bytes(range(256)),
    "PDF further down": b"\x00\x00%PDF-1.7",
    "RIFF": b"RIFF\x1a\x00\x00\x00AVI LIST",
}
