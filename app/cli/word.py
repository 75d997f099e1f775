"""A Word document as text: headings, lists and tables as Markdown writes them, which is how letters are read."""

import importlib
import io
import zipfile
import zlib
from html.parser import HTMLParser
from typing import Any
from xml.parsers.expat import ExpatError

_MOST = 8 * 2**20
"""Bytes of XML. A letter has some hundred thousand; what unpacks to more is not one."""

# What zipfile, zlib, expat and mammoth raise at a file that is cut short, encrypted or made to break them.
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, ExpatError, OSError, EOFError, NotImplementedError, RuntimeError),
    *(ValueError, LookupError, AttributeError, TypeError),
)


class Unreadable(Exception):
    """The file cannot be read; the text says why."""


def to_text(data: bytes) -> str:
    """Return what a `.docx` file says, tracked changes accepted; no picture is unpacked and no other file is read."""
    # 50 ms, which the start of a server need not take.
    mammoth: Any = importlib.import_module("mammoth")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            # A part is never unpacked beyond the size that is declared for it.
            size = sum(part.file_size for part in parts.infolist() if part.filename.endswith((".xml", ".rels")))
        if size > _MOST:
            raise Unreadable(f"it unpacks to {size:,} bytes, too many for a letter.")
        no_pictures = mammoth.images.img_element(lambda _: {})
        page = mammoth.convert_to_html(
            io.BytesIO(data),
            style_map="p[style-name='Title'] => h1:fresh\np[style-name='Subtitle'] => p:fresh",
            convert_image=no_pictures,
            include_embedded_style_map=False,
        )
    except _BROKEN:
        raise Unreadable("it is no Word document, or it is damaged.") from None
    lines = _Lines()
    lines.feed(page.value)
    lines.close()
    return lines.text()


class _Lines(HTMLParser):
    """Writes the few elements that mammoth makes as lines."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[str] = []
        self._words: list[str] = []
        self._lists: list[int | None] = []
        self._cells: list[str] | None = None

    def text(self) -> str:
        self._end_line()
        return "\n".join(self._lines)

    def handle_data(self, data: str) -> None:
        self._words.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag in ("ul", "ol"):
            self._end_line()
            self._lists.append(0 if tag == "ol" else None)
        elif tag == "li":
            self._end_line()
            self._words.append(self._mark())
        elif tag in ("h1", "h2", "h3", "h4", "h5", "h6"):
            self._end_line()
            self._words.append("#" * int(tag[1]) + " ")
        elif tag == "tr":
            self._end_line()
            self._cells = []
        elif tag == "strong":
            self._words.append("**")
        elif tag == "br":
            self._words.append(" " if self._cells is not None else "\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("ul", "ol"):
            self._end_line()
            self._lists = self._lists[:-1]
        elif tag in ("td", "th") and self._cells is not None:
            self._cells.append(" ".join("".join(self._words).replace("|", "/").split()))
            self._words = []
        elif tag == "tr" and self._cells is not None:
            self._lines.append(f"| {' | '.join(self._cells)} |")
            self._cells = None
        elif tag == "strong":
            self._words.append("**")
        elif tag == "p" and self._cells is not None:
            self._words.append(" ")
        elif tag in ("li", "p", "table", "h1", "h2", "h3", "h4", "h5", "h6"):
            self._end_line()
            self._lines += [""] if tag != "li" else []

    def _mark(self) -> str:
        count = self._lists[-1] if self._lists else None
        if count is None:
            return "  " * (len(self._lists) - 1) + "- "
        self._lists[-1] = count + 1
        return "  " * (len(self._lists) - 1) + f"{count + 1}. "

    def _end_line(self) -> None:
        if self._cells is None:
            words = "".join(self._words).replace("****", "")
            self._lines += words.split("\n") if words.strip() else []
            self._words = []
