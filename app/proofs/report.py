"""The report of a proof: one page of HTML for people, without scripts, to be read or printed on A4.

It retells the bundle. Everything that anybody wrote is escaped; the page may load nothing.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from app.proofs.report_style import STYLE
from app.proofs.story import Attempt, Evidence, Notice, Promise, Story

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NO_EVIDENCE = '<p class="quiet none">No evidence was recorded.</p>'
_GONE = '<span class="quiet">(erased or left out; the ledger keeps its fingerprint)</span>'
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"

People = Mapping[str, str]


_COMPLETE = (
    "These are all events of the plan as of the checkpoint, in this order: none is missing, none was added or changed "
    "since (P2)."
)
_WORDS_KEPT = (
    "The words of the plan are those whose hash was approved, and each piece of evidence is what was recorded: where a "
    "text is shown, it fits the fingerprint in its event."
)
_STAMPED = "The checkpoint existed when its time stamp from outside says, if the checker accepts the stamp (P3)."
_WITNESSED = "Witnesses who saw the log only grow: {}. They count if the checker trusts them (P4)."
_HAPPENED = (
    "That anything happened in the world as it was recorded. What the evidence is worth is for the reader to judge."
)
_NAMES = "Who the people are: the proof knows them by ids. Their names here are from the server's records."
_CLOCK = "When it was, other than by the server's own clock: no time stamp from outside is in this proof."
_UNSEEN = "That nobody was shown another history: no witness has signed this checkpoint."
_ALONE = "That two people agreed: who recorded the approval also sent the plan."
_WITHHELD = "What was erased or left out ({} texts): only fingerprints of it are here."


def render(told: Story, *, people: People, enclosed: Collection[str] = ()) -> str:
    """Return the page. *people* are names by id, which are not from the proof; without them ids are shown.

    *enclosed* are the names of the files beside it, in `evidence/`.
    """
    # What nobody did, such as the announcement of an overdue commitment, is recorded under the workspace's own id.
    people = {told.events[0]["ws"]: "the server"} | dict(people)
    title = told.reference if told.title is None else f"{told.reference}: {told.title}"
    parts = (
        _head(told, people),
        _case(told, people, enclosed),
        _promises(told, people, enclosed),
        _limits(told),
        _checking(told),
        _events(told, people),
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"{''.join(parts)}</main>\n</body>\n</html>\n"
    )


def _head(told: Story, people: People) -> str:
    zone = told.facts["timezone"]
    lines = [f"The plan is <b>{escape(told.facts['state'].replace('_', ' '))}</b>."]
    if told.facts["approved_at"]:
        by = f" by {escape(told.decision['authority'])}" if "authority" in told.decision else ""
        case = f" ({escape(told.decision['reference'])})" if "reference" in told.decision else ""
        recorded = f", recorded by {_who(told.approved_by, people)}" if told.approved_by else ""
        lines = [f"Approved{by}{case} on {_moment(told.facts['approved_at'], zone)}{recorded}."]
    words = told.decision.get("text")
    quoted = f'<div class="evidence"><p>{_words(words)}</p><p class="quiet">What the approval says</p></div>'
    return (
        f'<p class="eyebrow">Record of follow-through &middot; {escape(told.reference)}</p>\n'
        f"<h1>{escape(told.title) if told.title else escape(told.reference)}</h1>\n<p>{' '.join(lines)}</p>\n"
        f"{quoted if words else ''}{_sum(told)}"
        f'<p class="quiet">As of {_moment(told.as_of.isoformat(), zone)}, when the log was signed with '
        f"{told.checkpoint.size:,} events. Days are those of {escape(zone)}.</p>\n"
    )


def _sum(told: Story) -> str:
    count = Counter(_verdict(one, told.as_of)[0] for one in told.promises)
    cells = [(len(told.promises), "", "promised"), (count["on time"], "good", "done on time")]
    cells += [(count["late"], "bad", "done late"), (count["overdue"], "bad", "overdue")]
    cells += [(count["open"], "wait", "not due yet")]
    boxes = "".join(
        f'<div><b class="{shade if number else ""}">{number}</b><span>{label}</span></div>'
        for number, shade, label in cells
    )
    return f'<div class="sum">{boxes}</div>\n'


def _verdict(promise: Promise, as_of: datetime) -> tuple[str, str, str]:
    """Return how it ended in a word, the shade of that, and what to say."""
    late = promise.days_late(as_of)
    days = f"{late} day{'' if late == 1 else 's'}"
    if promise.facts["done_at"]:
        return ("late", "bad", f"Done {days} late") if late else ("on time", "good", "Done on time")
    if promise.is_open:
        return ("overdue", "bad", f"Overdue by {days}") if late else ("open", "wait", "Open, not due yet")
    return "waived", "wait", escape(promise.facts["state"]).capitalize()


def _promises(told: Story, people: People, enclosed: Collection[str]) -> str:
    blocks = "".join(_promise(one, told.as_of, people, enclosed) for one in told.promises)
    return f"<h2>What was promised, and what became of it</h2>\n{blocks or '<p>Nothing is promised yet.</p>'}\n"


def _promise(promise: Promise, as_of: datetime, people: People, enclosed: Collection[str]) -> str:
    facts, zone = promise.facts, promise.facts["timezone"]
    _, shade, verdict = _verdict(promise, as_of)
    rows = [("Owner", _who(facts["owner"], people)), ("Due", _due(promise))]
    if facts["done_at"]:
        rows += [("Done", f"{_moment(facts['done_at'], zone)} by {_who(facts['done_by'], people)}")]
    if facts["performed_on"] and facts["performed_on"] != _local(facts["done_at"], zone).date().isoformat():
        rows += [("Performed", f"{_day(facts['performed_on'])}, as they say; what counts is when it was recorded")]
    rows += [("Events", ", ".join(f"{one:,}" for one in promise.events))]
    table = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in rows)
    pieces = "".join(_evidence(one, zone, people, enclosed) for one in promise.evidence)
    return (
        f'<section class="promise"><header><span>{promise.reference} &middot; {escape(facts["kind"])}</span>'
        f'<span class="verdict {shade}">{verdict}</span></header>\n'
        f"<h3>{_words(promise.text)}</h3>\n<dl>{table}</dl>\n"
        f"{pieces or _NO_EVIDENCE}</section>\n"
    )


def _case(told: Story, people: People, enclosed: Collection[str]) -> str:
    """Return how it came to the plan: the notices, and each attempt; nothing if it was recorded as approved at once."""
    zone = told.facts["timezone"]
    notices = "".join(_notice(one, zone) for one in told.notices)
    attempts = "".join(_attempt(one, zone, people) for one in told.attempts)
    pieces = "".join(_evidence(one, zone, people, enclosed) for one in told.evidence)
    parts = [f"<h2>What it answers</h2>\n{notices}"] * bool(notices)
    if len(told.attempts) > 1 or notices or pieces:
        along = '<p class="quiet">Evidence that went along with it:</p>' if pieces else ""
        parts.append(f"<h2>Attempts</h2>\n<ol>{attempts}</ol>\n{along}{pieces}")
    return "".join(parts)


def _notice(one: Notice, zone: str) -> str:
    facts = one.facts
    rows = [("Received", _moment(facts["received_at"], zone))]
    if facts["respond_by"]:
        rows.append(("Answer by", _moment(facts["respond_by"], zone)))
    if facts["responded_at"]:
        rows.append(("Answered", f"{_moment(facts['responded_at'], zone)}, by attempt {facts['submission']}"))
    if one.items:
        rows.append(("About", escape(", ".join(one.items))))
    rows.append(("Recorded as", f"event {one.seq:,}"))
    table = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in rows)
    came = f"{escape(one.source)} &middot; " if one.source else ""
    return (
        f'<section class="promise"><header><span>{came}{escape(facts["category"].replace("_", " "))}</span>'
        f'<span class="verdict">{escape(facts["state"])}</span></header>\n<h3>{_words(one.title)}</h3>\n'
        f'<dl>{table}</dl>\n<div class="evidence"><p>{_words(one.text)}</p>'
        f'<p class="quiet">SHA-256 <span class="mono">{facts["text_sha256"]}</span></p></div></section>\n'
    )


def _attempt(one: Attempt, zone: str, people: People) -> str:
    signed = f", signed off by {_who(one.signed_off_by, people)}" if one.signed_off_by else ""
    sent = f"Sent {_moment(one.facts['submitted_at'], zone)} by {_who(one.sent_by, people)}{signed}."
    if not one.facts["outcome"]:
        return f"<li>{sent} Not decided yet.</li>"
    said = f'<div class="evidence"><p>{_words(one.words["text"])}</p></div>' if "text" in one.words else ""
    ended = f"{one.facts['outcome'].replace('_', ' ').capitalize()} on {_moment(one.facts['received_at'], zone)}."
    return f"<li>{sent} {ended}{said}</li>"


def _due(promise: Promise) -> str:
    facts = promise.facts
    moved = facts["due_at"] != facts["original_due_at"]
    was = f" (first promised for {_day(facts['original_due_on'])})" if moved else ""
    midnight = _local(facts["due_at"], facts["timezone"]).strftime("%H%M%S") == "000000"
    due = _day(facts["due_on"]) if midnight else _moment(facts["due_at"], facts["timezone"])
    return f"{due}{was}"


def _evidence(piece: Evidence, zone: str, people: People, enclosed: Collection[str]) -> str:
    # A link is shown, not linked: the page is trusted more than what it leads to.
    title = f"<p><b>{escape(piece.title)}</b></p>" if piece.title else ""
    dated = f", dated {_day(piece.document_on)}" if piece.document_on else ""
    shown = _words(piece.body) if piece.size is None else _file(piece, enclosed)
    if piece.superseded:
        seq, reason = piece.superseded
        title = f"<p><b>Superseded</b> (event {seq:,}): {_words(reason)}</p>{title}"
    return (
        f'<div class="evidence">{title}<p>{shown}</p>'
        f'<p class="quiet">{escape(piece.kind).capitalize()}{dated}, recorded {_moment(piece.added_at, zone)} by '
        f"{_who(piece.added_by, people)} as event {piece.seq:,}<br>"
        f'SHA-256 <span class="mono">{piece.sha256}</span></p></div>\n'
    )


def _file(piece: Evidence, enclosed: Collection[str]) -> str:
    """Return where a file is, and what; the names of *enclosed* begin with the SHA-256."""
    what = f"{escape(piece.media_type or '')}, {piece.size:,} bytes"
    name = next((one for one in enclosed if one.startswith(piece.sha256)), None)
    return f"<code>evidence/{escape(name)}</code> ({what})" if name else f"{what}: not in this archive"


def _limits(told: Story) -> str:
    stamped, seen, withheld = told.stamps > 0, told.cosignatures > 0, told.withheld > 0
    proved = [_COMPLETE, _WORDS_KEPT, *[_STAMPED] * stamped, *[_WITNESSED.format(told.cosignatures)] * seen]
    unproved = [
        *(_HAPPENED, _NAMES),
        *[_CLOCK] * (not stamped),
        *[_UNSEEN] * (not seen),
        *[_ALONE] * _decided_alone(told),
        *[_WITHHELD.format(told.withheld)] * withheld,
    ]
    return (
        "<h2>What this proves</h2>\n<p>If the checker accepts the proof, with a key that you trust:</p>\n"
        f"<ul>{_items(proved)}</ul>\n"
        f"<h2>What it does not prove</h2>\n<ul>{_items(unproved)}</ul>\n"
    )


def _items(said: Sequence[str]) -> str:
    return "".join(f"<li>{escape(one)}</li>" for one in said)


def _decided_alone(told: Story) -> bool:
    """Say whether one and the same sent the plan and recorded its approval."""
    senders = [one["actor"] for one in told.events if one["type"] == "plan.submitted"]
    return bool(senders) and senders[-1] == told.approved_by


def _checking(told: Story) -> str:
    return (
        '<h2>How to check it</h2>\n<div class="note"><p>This page is not signed and proves nothing by itself. '
        f"The proof is <code>{told.reference}.proof.json</code> beside it; <code>README.txt</code> has the commands. "
        "You need the public key of the log named below, which you must get by another way than this archive.</p>\n"
        f'<p class="mono">{escape(told.checkpoint.origin)}<br>{told.checkpoint.size} events<br>'
        f"root {told.checkpoint.root.hex()}</p></div>\n"
    )


def _events(told: Story, people: People) -> str:
    rows = "".join(_row(told, people))
    return (
        f"<h2>Every event of the plan</h2>\n<table><thead><tr><th>Event</th><th>Recorded (UTC)</th><th>What</th>"
        f"<th>By</th></tr></thead>\n<tbody>{rows}</tbody></table>\n"
    )


def _row(told: Story, people: People) -> Iterator[str]:
    for one in told.events:
        at = one["at"][:19].replace("T", " ")
        yield (
            f'<tr><td class="n">{one["seq"]:,}</td><td class="n">{at}</td>'
            f"<td>{escape(one['type'])}</td><td>{_who(one['actor'], people)}</td></tr>\n"
        )


def _who(person: str | None, people: People) -> str:
    """Return a name, or else the end of an id: ids made in one moment begin alike."""
    if person is None:
        return "nobody named"
    name = people.get(person)
    return escape(name) if name else f'<span class="mono id" title="{escape(person)}">…{escape(person[-12:])}</span>'


def _words(text: str | None) -> str:
    return _GONE if text is None else escape(text)


def _day(day: str) -> str:
    year, month, number = day.split("-")
    return f"{int(number)} {_MONTHS[int(month) - 1]} {year}"


def _moment(at: str, zone: str) -> str:
    local = _local(at, zone)
    return f"{_day(local.date().isoformat())}, {local:%H:%M}"


def _local(at: str, zone: str) -> datetime:
    return datetime.fromisoformat(at).astimezone(ZoneInfo(zone))
