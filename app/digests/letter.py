"""What a digest says, as plain text and as HTML. Everything that people wrote is escaped."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from html import escape
from zoneinfo import ZoneInfo

SHOWN = 20
"""Lines of a section; of more, the number is said."""
_POLICY = policy.SMTP.clone(max_line_length=998)
"""No header is folded: one that holds an address would be encoded, which mail programs do not read there."""
_LONG = 160
"""Characters of a promise, of which only the beginning is needed to know it again."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing: its reference, what it is about, and what is to be known of it now."""

    reference: str
    text: str
    note: str
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """Things of one kind, the most pressing first."""

    title: str
    counted: str
    """How the first sentence counts them: `{} overdue`."""
    colour: str
    total: int
    lines: Sequence[Line]
    """At most SHOWN of them."""

    @property
    def more(self) -> int:
        return self.total - len(self.lines)


@dataclass(frozen=True, slots=True)
class Letter:
    """A digest for one person."""

    name: str
    address: str
    workspace: str
    sections: Sequence[Section]
    """Those that have something to say; at least one."""
    message_id: str
    """The same for every attempt of a day, so that whoever got it twice could tell."""
    at: datetime
    unsubscribe: str | None = None
    """The address that ends it, if people can reach this server."""

    @property
    def summary(self) -> str:
        return ", ".join(section.counted.format(section.total) for section in self.sections)

    @property
    def subject(self) -> str:
        return f"{self.workspace}: {self.summary}"

    @property
    def text(self) -> str:
        """The plain text."""
        return "\n".join(_text(self))

    @property
    def html(self) -> str:
        return _html(self)

    def message(self, sender: str) -> EmailMessage:
        """Return it as mail from *sender*. Raises ValueError for an address that mail cannot have."""
        made = EmailMessage(_POLICY)
        made["From"] = sender
        made["To"] = Address(shortened(self.name), addr_spec=self.address)
        made["Subject"] = shortened(self.subject)
        made["Date"] = format_datetime(self.at)
        made["Message-ID"] = self.message_id
        # Nobody's holiday answers to it (RFC 3834).
        made["Auto-Submitted"] = "auto-generated"
        if self.unsubscribe:
            made["List-Unsubscribe"] = f"<{self.unsubscribe}>"
            # RFC 8058: mail programs offer a button of their own.
            made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        made.set_content(self.text)
        made.add_alternative(self.html, subtype="html")
        return made


def due(due_on: date, due_at: datetime, zone: str) -> str:
    """Say when something is due, in the plan's zone: the day, and the time if it is due at an instant."""
    local = due_at.astimezone(ZoneInfo(zone))
    # What is due on a day is due when the next one begins.
    time = f", {local:%H:%M}" if local.date() == due_on else ""
    return f"{day(due_on)}{time} ({zone})"


def day(on: date) -> str:
    return f"{on:%a} {on.day} {on:%b %Y}"


def shortened(text: str) -> str:
    """Return a text of people as one line, its beginning if it is long."""
    line = " ".join(text.split())
    return line if len(line) <= _LONG else line[: _LONG - 1].rstrip() + "…"


def days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


_END = "You get this because you have a part in plans of {}."
_STOP = "Stop these messages"


def _text(letter: Letter) -> Iterator[str]:
    yield f"{letter.summary}."
    for section in letter.sections:
        yield f"\n{section.title.upper()}\n"
        for line in section.lines:
            yield f"* {line.reference}  {line.text}"
            yield f"  {line.note}"
            if line.link:
                yield f"  {line.link}"
        if section.more:
            yield f"  and {section.more} more"
    yield f"\n-- \n{_END.format(letter.workspace)}"
    if letter.unsubscribe:
        yield f"{_STOP}: {letter.unsubscribe}"


# Styles stand at the elements: many mail programs drop the rest.
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{title}</title></head>
<body style="margin:0; padding:16px; font:16px/1.45 system-ui, -apple-system, 'Segoe UI', sans-serif">
<div style="max-width:600px; margin:0 auto">
<p style="font-size:19px; font-weight:600; margin:0 0 4px">{summary}.</p>
{sections}
<p style="font-size:13px; opacity:.7; margin:28px 0 0; border-top:1px solid #8884; padding-top:10px">{end}</p>
</div></body></html>
"""
_SECTION = """<h2 style="font-size:14px; margin:24px 0 8px; color:{colour}">{title} ({total})</h2>
{lines}{more}"""
_LINE = """<div style="border-left:3px solid {colour}; padding:2px 0 2px 10px; margin:0 0 12px; overflow-wrap:anywhere">
<div><b>{reference}</b>&ensp;{text}</div><div style="font-size:14px; opacity:.75">{note}</div></div>
"""
_MORE = '<p style="font-size:14px; margin:0 0 12px; padding-left:13px">and {} more</p>'


def _html(letter: Letter) -> str:
    end = escape(_END.format(letter.workspace))
    if letter.unsubscribe:
        end += f' <a href="{escape(letter.unsubscribe)}" style="color:inherit">{_STOP}</a>'
    return _PAGE.format(
        title=escape(letter.subject),
        summary=escape(letter.summary),
        sections="\n".join(_section(section) for section in letter.sections),
        end=end,
    )


def _section(section: Section) -> str:
    lines = "".join(
        _LINE.format(colour=section.colour, reference=_reference(line), text=escape(line.text), note=escape(line.note))
        for line in section.lines
    )
    more = _MORE.format(section.more) if section.more else ""
    return _SECTION.format(
        colour=section.colour, title=escape(section.title), total=section.total, lines=lines, more=more
    )


def _reference(line: Line) -> str:
    if not line.link:
        return escape(line.reference)
    return f'<a href="{escape(line.link)}" style="color:inherit">{escape(line.reference)}</a>'
