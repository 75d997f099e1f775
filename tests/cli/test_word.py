"""Word documents as text. They are made here of the parts that Word itself writes."""

import io
import zipfile

import pytest

from app.cli import word

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_PARTS = {
    "[Content_Types].xml": f"""<Types xmlns="{_PACKAGE}/content-types">
        <Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
        <Override PartName="/word/document.xml" ContentType="{_TYPE}.document.main+xml"/></Types>""",
    "_rels/.rels": f"""<Relationships xmlns="{_PACKAGE}/relationships">
        <Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>""",
    "word/_rels/document.xml.rels": f"""<Relationships xmlns="{_PACKAGE}/relationships">
        <Relationship Id="r1" Type="{_OFFICE}/styles" Target="styles.xml"/>
        <Relationship Id="r2" Type="{_OFFICE}/numbering" Target="numbering.xml"/></Relationships>""",
    # The id of a style is in the language of whoever made it; its name is not.
    "word/styles.xml": f"""<w:styles {_W}>
        <w:style w:type="paragraph" w:styleId="Titel"><w:name w:val="Title"/></w:style>
        <w:style w:type="paragraph" w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style></w:styles>""",
    "word/numbering.xml": f"""<w:numbering {_W}>
        <w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/></w:lvl>
          <w:lvl w:ilvl="1"><w:numFmt w:val="decimal"/></w:lvl></w:abstractNum>
        <w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>""",
}


def document(body: str, **parts: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        whole = f"<w:document {_W}><w:body>{body}</w:body></w:document>"
        for name, text in (_PARTS | {"word/document.xml": whole} | parts).items():
            file.writestr(name, text)
    return made.getvalue()


def p(text: str, style: str = "", level: int | None = None) -> str:
    about = f'<w:pStyle w:val="{style}"/>' if style else ""
    if level is not None:
        about += f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="1"/></w:numPr>'
    return f"<w:p><w:pPr>{about}</w:pPr>{run(text)}</w:p>"


def run(text: str, about: str = "") -> str:
    return f"<w:r><w:rPr>{about}</w:rPr><w:t xml:space='preserve'>{text}</w:t></w:r>"


def row(*cells: str) -> str:
    return f"<w:tr>{''.join(f'<w:tc>{p(one)}</w:tc>' for one in cells)}</w:tr>"


def lines(body: str) -> list[str]:
    return [line for line in word.to_text(document(body)).split("\n") if line]


def test_headings_are_known_by_the_name_of_their_style() -> None:
    assert lines(p("Plan of action", "Titel") + p("Root cause", "berschrift1") + p("The carrier &amp; we.")) == [
        "# Plan of action",
        "# Root cause",
        "The carrier & we.",
    ]


def test_lists_keep_their_marks_and_levels() -> None:
    body = p("Removed.", level=0) + p("First.", level=1) + p("Second.", level=1) + p("Refunded.", level=0)

    assert lines(body) == ["- Removed.", "  1. First.", "  2. Second.", "- Refunded."]


def test_a_table_has_a_line_for_each_row() -> None:
    body = f"<w:tbl>{row('Action', 'Owner')}{row('Train | them', 'Ada')}</w:tbl>{p('After.')}"

    assert lines(body) == ["| Action | Owner |", "| Train / them | Ada |", "After."]


def test_bold_words_may_be_a_heading() -> None:
    body = f"<w:p>{run('Root ', '<w:b/>')}{run('cause:', '<w:b/>')}{run(' it was late.')}</w:p>"

    assert lines(body) == ["**Root cause:** it was late."]


def test_tracked_changes_are_accepted() -> None:
    changed = f"<w:ins>{run('will ')}</w:ins><w:del><w:r><w:delText>may </w:delText></w:r></w:del>"
    body = f"<w:p>{run('We ')}{changed}{run('go.')}</w:p>"

    assert lines(body) == ["We will go."]


def test_words_in_fields_of_a_form_are_read() -> None:
    assert lines(f"<w:sdt><w:sdtContent>{p('In a form.')}</w:sdtContent></w:sdt>") == ["In a form."]


def test_a_break_is_a_new_line() -> None:
    assert lines(f"<w:p>{run('One.')}<w:r><w:br/></w:r>{run('Two.')}</w:p>") == ["One.", "Two."]


def broken() -> dict[str, bytes]:
    whole = document(p("A letter."))
    bomb = "<a>" + "b" * 9_000_000 + "</a>"
    entities = (
        '<!DOCTYPE a [<!ENTITY b "'
        + "b" * 1000
        + '">'
        + "".join(f'<!ENTITY {one} "{f"&{before};" * 100}">' for before, one in zip("bcde", "cdef", strict=True))
    )
    return {
        "cut short": whole[: len(whole) // 2],
        "empty": b"",
        "another zip": document("").replace(b"word/document.xml", b"word/somewhere.xml"),
        "not xml": document("", **{"word/document.xml": "<w:document"}),
        "a wrong sum": whole.replace(b"PK\x03\x04", b"PK\x03\x05", 1),
        "deeply nested": document("<w:sdt><w:sdtContent>" * 5000 + "</w:sdtContent></w:sdt>" * 5000),
        "a bomb": document("", **{"word/document.xml": bomb}),
        "entities": document("", **{"word/document.xml": f"{entities}]><a>&f;</a>"}),
    }


@pytest.mark.parametrize("what", broken())
def test_a_broken_document_is_refused(what: str) -> None:
    with pytest.raises(word.Unreadable):
        word.to_text(broken()[what])
