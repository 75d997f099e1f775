"""The report of a proof: one page of HTML for people, without scripts, to be read or printed on A4.

It retells the bundle. Everything that anybody wrote is escaped; the page may load nothing.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from html import escape
from itertools import groupby

from app.proofs import report_changes
from app.proofs.report_style import STYLE
from app.proofs.report_words import People, day, local, moment, who, words
from app.proofs.story import Attempt, Evidence, Notice, Promise, Story

_NO_EVIDENCE = '<p class="quiet none">No evidence was recorded.</p>'
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"

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
_ALSO_ALONE = "That two people agreed on this: who had asked for it, or had done it, decided it alone ({})."
_COUNTED = "How often the problem came back: the number of notices in an effectiveness check is the server's count."
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
        report_changes.amendments(told, people),
        report_changes.checks(told, people),
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
        recorded = f", recorded by {who(told.approved_by, people)}" if told.approved_by else ""
        lines = [f"Approved{by}{case} on {moment(told.facts['approved_at'], zone)}{recorded}."]
    text = told.decision.get("text")
    quoted = f'<div class="evidence"><p>{words(text)}</p><p class="quiet">What the approval says</p></div>'
    return (
        f'<p class="eyebrow">Record of follow-through &middot; {escape(told.reference)}</p>\n'
        f"<h1>{escape(told.title) if told.title else escape(told.reference)}</h1>\n<p>{' '.join(lines)}</p>\n"
        f"{quoted if text else ''}{_sum(told)}"
        f'<p class="quiet">As of {moment(told.as_of.isoformat(), zone)}, when the log was signed with '
        f"{told.checkpoint.size:,} events. Days are those of {escape(zone)}.</p>\n"
    )


def _sum(told: Story) -> str:
    count = Counter(_verdict(one, told.as_of)[0] for one in told.promises)
    cells = [(len(told.promises), "", "promised"), (count["on time"], "good", "done on time")]
    cells += [(count["late"], "bad", "done late"), (count["overdue"], "bad", "overdue")]
    cells += [(count["open"], "wait", "not due yet")]
    cells += [(count["waived"], "quiet", "waived")] * bool(count["waived"])
    boxes = "".join(
        f'<div><b class="{shade if number else ""}">{number}</b><span>{label}</span></div>'
        for number, shade, label in cells
    )
    return f'<div class="sum">{boxes}</div>\n'


def _verdict(promise: Promise, as_of: datetime) -> tuple[str, str, str]:
    """Return how it ended in a word, the shade of that, and what to say."""
    late = promise.days_late(as_of)
    days = f"{late} day{'' if late == 1 else 's'}"
    seen = ", verified" if promise.facts["state"] == "verified" else ""
    if promise.is_waived:
        return "waived", "quiet", "Waived, not done"
    if promise.is_open:
        return ("overdue", "bad", f"Overdue by {days}") if late else ("open", "wait", "Open, not due yet")
    return ("late", "bad", f"Done {days} late{seen}") if late else ("on time", "good", f"Done on time{seen}")


def _promises(told: Story, people: People, enclosed: Collection[str]) -> str:
    times = (list(group) for _, group in groupby(told.promises, key=lambda one: _alike(one, told)))
    blocks = "".join(_promise(several, told, people, enclosed) for several in times)
    return f"<h2>What was promised, and what became of it</h2>\n{blocks or '<p>Nothing is promised yet.</p>'}\n"


def _alike(promise: Promise, told: Story) -> tuple[object, ...]:
    """Return what times of one recurring commitment have in common that are told as one."""
    facts, outcome = promise.facts, _verdict(promise, told.as_of)[0]
    if promise.is_plain and facts["series"] and outcome in {"open", "waived"}:
        return facts["series"], facts["owner"], outcome, promise.text
    return (promise.reference,)


def _promise(times: Sequence[Promise], told: Story, people: People, enclosed: Collection[str]) -> str:
    """Return the section of a commitment, or of several times of a recurring one that are told as one."""
    promise, last = times[0], times[-1] if len(times) > 1 else None
    facts, zone = promise.facts, promise.facts["timezone"]
    _, shade, verdict = _verdict(promise, told.as_of)
    reference = f"{promise.reference} to {last.reference.rpartition('.')[2]}" if last else promise.reference
    due = f"{_due(promise)} to {_due(last)}, {len(times)} times" if last else _due(promise)
    rows = [("Owner", who(facts["owner"], people)), ("Due", due)]
    if facts["done_at"]:
        done = f"{moment(facts['done_at'], zone)} by {who(facts['done_by'], people)}"
        rows += [("Done", f"{done}{_first_due(promise, told.as_of)}")]
    if facts["performed_on"] and facts["performed_on"] != local(facts["done_at"], zone).date().isoformat():
        rows += [("Performed", f"{day(facts['performed_on'])}, as they say; what counts is when it was recorded")]
    if by := report_changes.added_by(told, facts["number"]):
        rows += [("Added", f"by amendment {by}")]
    if promise.is_waived and not promise.requests and (by := report_changes.ended_by(told, promise)):
        rows += [("Waived", f"by amendment {by}, which ended it")]
    events = (
        f"{promise.events[0]:,} to {last.events[-1]:,}" if last else ", ".join(f"{one:,}" for one in promise.events)
    )
    rows += [("Events", events)]
    table = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in rows)
    asked = report_changes.timeline(promise, people)
    pieces = "".join(_evidence(one, zone, people, enclosed) for one in promise.evidence)
    return (
        f'<section class="promise"><header><span>{reference} &middot; {escape(facts["kind"])}</span>'
        f'<span class="verdict {shade}">{verdict}</span></header>\n'
        f"<h3>{words(promise.text)}</h3>\n<dl>{table}</dl>\n"
        f"{asked}{pieces or ('' if promise.is_waived or last else _NO_EVIDENCE)}</section>\n"
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
    rows = [("Received", moment(facts["received_at"], zone))]
    if facts["respond_by"]:
        rows.append(("Answer by", moment(facts["respond_by"], zone)))
    if facts["responded_at"]:
        rows.append(("Answered", f"{moment(facts['responded_at'], zone)}, by attempt {facts['submission']}"))
    if one.items:
        rows.append(("About", escape(", ".join(one.items))))
    rows.append(("Recorded as", f"event {one.seq:,}"))
    table = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in rows)
    came = f"{escape(one.source)} &middot; " if one.source else ""
    return (
        f'<section class="promise"><header><span>{came}{escape(facts["category"].replace("_", " "))}</span>'
        f'<span class="verdict">{escape(facts["state"])}</span></header>\n<h3>{words(one.title)}</h3>\n'
        f'<dl>{table}</dl>\n<div class="evidence"><p>{words(one.text)}</p>'
        f'<p class="quiet">SHA-256 <span class="mono">{facts["text_sha256"]}</span></p></div></section>\n'
    )


def _attempt(one: Attempt, zone: str, people: People) -> str:
    signed = f", signed off by {who(one.signed_off_by, people)}" if one.signed_off_by else ""
    sent = f"Sent {moment(one.facts['submitted_at'], zone)} by {who(one.sent_by, people)}{signed}."
    if not one.facts["outcome"]:
        return f"<li>{sent} Not decided yet.</li>"
    said = f'<div class="evidence"><p>{words(one.words["text"])}</p></div>' if "text" in one.words else ""
    ended = f"{one.facts['outcome'].replace('_', ' ').capitalize()} on {moment(one.facts['received_at'], zone)}."
    return f"<li>{sent} {ended}{said}</li>"


def _first_due(promise: Promise, as_of: datetime) -> str:
    """Return how late it was by the due that was promised first, if that was another and it was late."""
    if promise.facts["due_at"] == promise.facts["original_due_at"]:
        return ""
    late = promise.days_late(as_of, first=True)
    return f"; by the due that was promised first, {late} day{'' if late == 1 else 's'} late" if late else ""


def _due(promise: Promise) -> str:
    facts = promise.facts
    moved = facts["due_at"] != facts["original_due_at"]
    was = f" (first promised for {day(facts['original_due_on'])})" if moved else ""
    midnight = local(facts["due_at"], facts["timezone"]).strftime("%H%M%S") == "000000"
    due = day(facts["due_on"]) if midnight else moment(facts["due_at"], facts["timezone"])
    return f"{due}{was}"


def _evidence(piece: Evidence, zone: str, people: People, enclosed: Collection[str]) -> str:
    # A link is shown, not linked: the page is trusted more than what it leads to.
    title = f"<p><b>{escape(piece.title)}</b></p>" if piece.title else ""
    dated = f", dated {day(piece.document_on)}" if piece.document_on else ""
    shown = words(piece.body) if piece.size is None else _file(piece, enclosed)
    if piece.superseded:
        seq, reason = piece.superseded
        title = f"<p><b>Superseded</b> (event {seq:,}): {words(reason)}</p>{title}"
    return (
        f'<div class="evidence">{title}<p>{shown}</p>'
        f'<p class="quiet">{escape(piece.kind).capitalize()}{dated}, recorded {moment(piece.added_at, zone)} by '
        f"{who(piece.added_by, people)} as event {piece.seq:,}<br>"
        f'SHA-256 <span class="mono">{piece.sha256}</span></p></div>\n'
    )


def _file(piece: Evidence, enclosed: Collection[str]) -> str:
    """Return where a file is, and what; the names of *enclosed* begin with the SHA-256."""
    what = f"{escape(piece.media_type or '')}, {piece.size:,} bytes"
    name = next((one for one in enclosed if one.startswith(piece.sha256)), None)
    return f"<code>evidence/{escape(name)}</code> ({what})" if name else f"{what}: not in this archive"


def _limits(told: Story) -> str:
    stamped, seen, withheld = told.stamps > 0, told.cosignatures > 0, told.withheld > 0
    alone = ", ".join(dict.fromkeys(told.after.alone))
    proved = [_COMPLETE, _WORDS_KEPT, *[_STAMPED] * stamped, *[_WITNESSED.format(told.cosignatures)] * seen]
    unproved = [
        *(_HAPPENED, _NAMES),
        *[_CLOCK] * (not stamped),
        *[_UNSEEN] * (not seen),
        *[_ALONE] * _decided_alone(told),
        *[_ALSO_ALONE.format(alone)] * bool(alone),
        *[_COUNTED] * bool(told.after.checks),
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
            f"<td>{escape(one['type'])}</td><td>{who(one['actor'], people)}</td></tr>\n"
        )
