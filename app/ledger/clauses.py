"""The approved text and its amendments, clause by clause, held against the commitments that came of them."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from app.ledger import lateness, strict
from app.ledger.history import History
from app.ledger.strict import Malformed
from app.ledger.words import NotTheirs, Words

_OBSERVED = 180
"""Days of the window, where the plan says nothing of it."""

Clause = tuple[Mapping[str, Any] | None, str]
"""What a clause says, and when its approval was received; None: its words are not shown."""
_UNSEEN: Clause = (None, "")


def check_approved(history: History, words: Words) -> bool:
    """Refuse an approved text that is not the one that was hashed; say whether there is one to read."""
    approval = history.approval
    if approval is None or history.written is None:
        return False
    content = words.of.get(history.written, {}).get("content")
    if content is not None and sha256(content.encode()).hexdigest() != approval["data"]["content_sha256"]:
        raise NotTheirs("the approved text is not the one whose hash was approved")
    try:
        plan = None if content is None else _plan(content)
        if plan is not None:
            if words.of[history.written].get("title", plan["title"]) != plan["title"]:
                raise NotTheirs("the title is not that of the approved text")
            if not history.notices.keys() >= set(plan["notices"]):
                raise NotTheirs("the approved text names a notice that no attempt has answered")
            _check_effects(plan, history)
        _check_clauses(_clauses(plan, history, words), history, words)
    except (ValueError, OverflowError, KeyError, TypeError) as error:
        raise NotTheirs("the approved text is not a plan with its commitments") from error
    return plan is not None


def _parse(content: str) -> Mapping[str, Any]:
    try:
        said: Mapping[str, Any] = strict.parse(content.encode())
    except Malformed as error:
        raise ValueError("not canonical") from error
    return said


def _plan(content: str) -> Mapping[str, Any]:
    said = _parse(content)
    named = {"title": said["title"], "commitments": list(said["commitments"])}
    # What was approved before there were such fields says nothing of them.
    more = {"notices": list(said.get("notices", ())), "observation_days": said.get("observation_days", _OBSERVED)}
    return named | more


def _clauses(plan: Mapping[str, Any] | None, history: History, words: Words) -> Iterator[Clause]:
    """Yield the clauses of the approved text, then those of each amendment, in the order of their numbers.

    What is not shown is not checked, but that it is so many clauses.
    """
    assert history.approval is not None
    added = sum(len(one.clauses) for one in history.changes.granted)
    if plan is None:
        yield from [_UNSEEN] * (history.clauses - added)
    else:
        yield from ((one, history.approval["data"]["approved_at"]) for one in plan["commitments"])
    for amendment in history.changes.granted:
        content = words.of.get(amendment.written, {}).get("content")
        if content is None:
            yield from [_UNSEEN] * len(amendment.clauses)
            continue
        said = _parse(content)
        if amendment.ended != {one["number"]: one["from_on"] for one in said["ends"]}:
            raise NotTheirs(f"amendment {amendment.facts['number']} has not ended what it says")
        if len(said["commitments"]) != len(amendment.clauses):
            raise NotTheirs(f"amendment {amendment.facts['number']} has not added what it says")
        yield from ((one, amendment.facts["received_at"]) for one in said["commitments"])


def _check_effects(plan: Mapping[str, Any], history: History) -> None:
    """Refuse a check that was made for another window than the plan has."""
    for one in history.changes.checks:
        window = lateness.instant(one["window_ends_at"]) - lateness.instant(one["carried_out_at"])
        if window != timedelta(days=plan["observation_days"]):
            raise NotTheirs(f"effectiveness check {one['number']} has another window than the plan")


def _check_clauses(clauses: Iterable[Clause], history: History, words: Words) -> None:
    """Refuse unless each clause became its commitment, or series, and nothing else did."""
    single = {one.facts["number"]: one for one in history.promises.values() if one.facts["series"] is None}
    series = {one.facts["number"]: one for one in history.series.values()}
    numbered = dict(enumerate(clauses, 1))
    if single.keys() | series.keys() != numbered.keys():
        raise NotTheirs("the commitments are not those of the approved text")
    for number, (clause, received_at) in numbered.items():
        if clause is None:
            continue
        if number in single:
            first: Mapping[str, Any] = single[number].opened["data"]
            agrees = clause["recurrence"] is None
            due_on, due_at = first["due_on"], first["due_at"]
        else:
            first = series[number].facts
            agrees = clause["recurrence"] == first["rule"] and _is_kept_free(clause, history, number)
            due_on, due_at = first["starts_on"], first["starts_at"]
        owner = _first_owner(history, number)
        if not agrees or clause["kind"] != first["kind"] or owner not in {None, clause["owner"]}:
            raise NotTheirs(f"commitment {number} is not what was approved")
        if _texts(history, number, words) - {clause["text"]}:
            raise NotTheirs(f"commitment {number} is not what was approved")
        where = lateness.zone(history.facts["timezone"])
        if not _is_due(clause, date.fromisoformat(due_on), due_at, lateness.instant(received_at), where):
            raise NotTheirs(f"commitment {number} is due on another day than was approved")


def _is_kept_free(clause: Mapping[str, Any], history: History, number: int) -> bool:
    """Say whether nothing was due on the days that a recurring clause excepts; most have none."""
    # What was approved before there were exceptions names none.
    excepted = set(clause.get("except_on", ()))
    if not excepted:
        return True
    dues = {one.facts["original_due_on"] for one in history.promises.values() if one.facts["number"] == number}
    return dues.isdisjoint(excepted)


def _texts(history: History, number: int, words: Words) -> set[str]:
    """Return what the events that opened a clause, its series and every occurrence, say that it is."""
    opened = [one.opened["seq"] for one in history.promises.values() if one.facts["number"] == number]
    opened += [seq for one in history.series.values() if one.facts["number"] == number for seq in one.events]
    return {of["text"] for seq in opened if "text" in (of := words.of.get(seq, {}))}


def _first_owner(history: History, number: int) -> str | None:
    owners = [one.opened["data"]["owner"] for one in history.promises.values() if one.facts["number"] == number]
    return owners[0] if owners else None


def _is_due(clause: Mapping[str, Any], due_on: date, due_at: str | None, received: datetime, where: ZoneInfo) -> bool:
    if clause["due_on"]:
        return due_on == date.fromisoformat(clause["due_on"]) and _is_whole_day(due_at, due_on, where)
    if clause["due_at"]:
        return due_at is not None and lateness.instant(due_at) == lateness.instant(clause["due_at"])
    due = lateness.due_after(clause["due_after_approval"], received, where)
    if isinstance(due, datetime):
        # To the second.
        return due_at is not None and lateness.instant(due_at) == due.replace(microsecond=0)
    return due_on == due and _is_whole_day(due_at, due_on, where)


def _is_whole_day(due_at: str | None, due_on: date, where: ZoneInfo) -> bool:
    return due_at is None or lateness.instant(due_at) == lateness.end_of(due_on, where)
