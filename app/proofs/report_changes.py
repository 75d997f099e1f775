"""What the report says of the time after the approval: asked for, decided, looked at, amended, judged."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from app.proofs.aftermath import Amendment, Check, Request, Word
from app.proofs.report_words import People, day, moment, who, words
from app.proofs.story import Promise, Story

_SHADES = {
    **dict.fromkeys(("granted", "verified", "effective"), "good"),
    **dict.fromkeys(("refused", "rejected", "ineffective"), "bad"),
    **dict.fromkeys(("withdrawn", "completed"), "quiet"),
    **dict.fromkeys(("requested", "inconclusive"), "wait"),
}
_LOOKS = {"completed": "Said to be done", "verified": "Looked at, and verified", "rejected": "Looked at, and rejected"}


def timeline(promise: Promise, people: People) -> str:
    """Return what was asked for of a commitment and what others found of it, in the order in which it happened."""
    zone = promise.facts["timezone"]
    told = [(one.asked.seq, _request(one, zone, people)) for one in promise.requests]
    told += [(one.seq, _look(one, zone, people)) for one in promise.looks]
    return "".join(html for _, html in sorted(told))


def amendments(told: Story, people: People) -> str:
    """Return the part about amendments; nothing if there are none."""
    blocks = "".join(_amendment(one, told, people) for one in told.after.amendments)
    return f"<h2>What was amended after the approval</h2>\n{blocks}" if blocks else ""


def checks(told: Story, people: People) -> str:
    """Return the part about effectiveness; nothing if nobody has judged it."""
    blocks = "".join(_check(one, told.facts["timezone"], people) for one in told.after.checks)
    return f"<h2>Did the problem come back?</h2>\n{blocks}" if blocks else ""


def added_by(told: Story, number: int) -> int | None:
    """Return the number of the amendment that added a commitment, if one did."""
    return next((one.facts["number"] for one in told.after.amendments if number in one.numbers), None)


def ended_by(told: Story, promise: Promise) -> int | None:
    """Return the number of the amendment that ended what a commitment is a time of, if one did."""
    number, first_due = promise.facts["number"], promise.facts["original_due_on"]
    found = (one for one in told.after.amendments if one.ended.get(number, "~") <= first_due)
    return next((one.facts["number"] for one in found), None)


def _request(one: Request, zone: str, people: People) -> str:
    late = ' <b class="bad">after the due had passed</b>' if one.is_late else ""
    if one.kind == "extension":
        what = f"Extension from {day(one.facts['from_due_on'])} to {day(one.facts['due_on'])}"
    else:
        what = f"Waiver, when it was due {day(one.facts['from_due_on'])}"
    return (
        f'<div class="turn {_SHADES[one.facts["state"]]}"><p class="what">{what}: {_state(one.facts["state"])}</p>'
        f"<p>Asked for on {_by(one.asked, zone, people)}{late}{_why(one.asked)}</p>{_closed(one, zone, people)}</div>\n"
    )


def _look(one: Word, zone: str, people: People) -> str:
    why = "" if one.what == "completed" else _why(one)
    return (
        f'<div class="turn {_SHADES[one.what]}"><p class="what">{_LOOKS[one.what]}</p>'
        f"<p>{_by(one, zone, people)}{why}</p></div>\n"
    )


def _closed(one: Request | Amendment, zone: str, people: People) -> str:
    if one.closed is None:
        return ""
    return f"<p>{one.closed.what.capitalize()} on {_by(one.closed, zone, people)}{_why(one.closed)}</p>"


def _amendment(one: Amendment, told: Story, people: People) -> str:
    zone, state = told.facts["timezone"], one.facts["state"]
    agreed = " ".join(escape(one.words[name]) for name in ("authority", "reference") if name in one.words)
    rows = [("Asked for", _by(one.asked, zone, people))]
    if one.closed:
        rows.append((one.closed.what.capitalize(), f"{_by(one.closed, zone, people)}{_why(one.closed)}"))
    if one.facts["received_at"]:
        rows.append(("Received", f"{moment(one.facts['received_at'], zone)}{f' from {agreed}' if agreed else ''}"))
    rows.append(("Words", f'SHA-256 <span class="mono">{one.facts["content_sha256"]}</span>'))
    table = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in rows)
    said = "".join(_changes(one, told.reference, zone)) or f"<li>{words(None)}</li>"
    return (
        f'<section class="promise"><header><span>Amendment {one.facts["number"]}</span>'
        f'<span class="verdict {_SHADES[state]}">{_state(state).capitalize()}</span></header>\n'
        f"<ul>{said}</ul>\n<dl>{table}</dl></section>\n"
    )


def _changes(one: Amendment, plan: str, zone: str) -> Iterator[str]:
    """Yield what the amendment says, or if its words are missing, what is known of it all the same."""
    if one.content is None:
        yield from (f"<li>Adds {plan}.{number}: {words(None)}</li>" for number in one.numbers)
        yield from (f"<li>Ends {plan}.{number} from {day(ends)} on.</li>" for number, ends in one.ended.items())
        return
    added = one.content["commitments"]
    for index, clause in enumerate(added):
        # What was not granted has no number.
        name = f"{plan}.{one.numbers[index]}" if len(one.numbers) == len(added) else "a commitment"
        yield f"<li>Adds {name}, {_due(clause, zone)}: <b>{words(clause['text'])}</b>{_reason(clause['why'])}</li>"
    for end in one.content.get("ends", ()):
        yield f"<li>Ends {plan}.{end['number']} from {day(end['from_on'])} on.{_reason(end['why'])}</li>"


def _due(clause: Mapping[str, Any], zone: str) -> str:
    again = f" and again ({escape(clause['recurrence'])})" if clause["recurrence"] else ""
    if clause["due_on"]:
        return f"due {day(clause['due_on'])}{again}"
    if clause["due_at"]:
        return f"due {moment(clause['due_at'], zone)}{again}"
    return f"due {escape(clause['due_after_approval'])} after it is granted{again}"


def _check(one: Check, zone: str, people: People) -> str:
    facts = one.facts
    came_back = f"{facts['recurrences']} on the same items and of the same category since, by the server's count"
    if facts["recurrences"] is None:
        came_back = "not counted: the plan's words had been erased"
    rows = [
        ("Judged", f"{_by(one.judged, zone, people)}{_why(one.judged)}"),
        ("Carried out", moment(facts["carried_out_at"], zone)),
        ("Observed", f"until {moment(facts['window_ends_at'], zone)}"),
        ("Notices", came_back),
    ]
    table = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in rows)
    return (
        f'<section class="promise"><header><span>Effectiveness check {facts["number"]}</span>'
        f'<span class="verdict {_SHADES[facts["outcome"]]}">{facts["outcome"].capitalize()}</span></header>\n'
        f"<dl>{table}</dl></section>\n"
    )


def _state(state: str) -> str:
    return "not decided" if state == "requested" else state


def _by(one: Word, zone: str, people: People) -> str:
    return f"{moment(one.at, zone)} by {who(one.by, people)}"


def _why(one: Word) -> str:
    return "" if one.reason == "" else _reason(one.reason)


def _reason(reason: str | None) -> str:
    return f'<span class="reason">{words(reason)}</span>'
