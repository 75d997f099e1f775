"""What became of a plan: its events are played through the rules once more (PROOF.md, "Verifier").

A second reading of the rules, which shares nothing with `app.plans.rules` and `app.commitments.rules`. Each event holds
its subject's state after it: this works out which states there can be, and refuses any other.
"""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from app.ledger import attempts, changes, promises
from app.ledger.history import History
from app.ledger.lateness import instant
from app.ledger.promises import Illegal, Promise

Event = Mapping[str, Any]

_MOVES: dict[str, tuple[frozenset[str | None], str]] = {
    "plan.drafted": (frozenset({None}), "draft"),
    "plan.redrafted": (frozenset({"draft", "denied"}), "draft"),
    "plan.signed_off": (frozenset({"draft"}), "draft"),
    "plan.submitted": (frozenset({"draft"}), "submitted"),
    "plan.answered": (frozenset({"more_info_requested"}), "submitted"),
    "plan.more_info_requested": (frozenset({"submitted"}), "more_info_requested"),
    "plan.denied": (frozenset({"submitted", "more_info_requested"}), "denied"),
    "plan.approved": (frozenset({"submitted", "more_info_requested"}), "approved"),
    "plan.withdrawn": (frozenset({"draft", "denied"}), "withdrawn"),
}
_WRITES = frozenset({"plan.drafted", "plan.redrafted"})
_BINDS = frozenset({"commitment.opened", "series.opened"})
_ENDS = frozenset({"series.ended", "commitment.waived"})
_VERDICTS = {"commitment.verified": "verification", "commitment.rejected": "rejection"}
_DECIDES = frozenset({"plan.approved", "plan.denied", "plan.more_info_requested"})


def play(history: History, event: Event) -> None:
    """Play one more event; Illegal says why it cannot have followed those before it."""
    try:
        _step(history, event)
    except Illegal as error:
        raise Illegal(f"event {event['seq']} ({event['type']}): {error}") from error
    except OverflowError as error:
        raise Illegal(f"event {event['seq']} ({event['type']}): a time is beyond the calendar") from error
    except ValueError as error:
        raise Illegal(f"event {event['seq']} ({event['type']}): {error}") from error


def end(history: History) -> None:
    """Refuse a history that cannot end like this."""
    promises.check_settled(history.series)
    if history.changes.owed:
        raise Illegal("what was granted last was not done")
    if history.owed:
        raise Illegal("what was answered last is not owed again, or not closed")
    if history.is_ending:
        changes.check_ended(history.changes, history.promises.values())


def _step(history: History, event: Event) -> None:
    family = event["type"].partition(".")[0]
    if family != "plan" and not history.facts:
        raise Illegal("the plan is not drafted yet")
    if event["type"] not in _BINDS:
        history.is_binding = False
    if history.is_ending and event["type"] not in _BINDS | _ENDS:
        changes.check_ended(history.changes, history.promises.values())
        history.is_ending = False
    if history.owed not in {None, (event["type"], event["subj"])}:
        raise Illegal("what was answered before is not owed again, or not closed")
    history.owed = None
    if history.changes.owed and event["type"] not in {"commitment.extended", "commitment.waived"}:
        raise Illegal("what was granted before was not done")
    if event["type"] != "commitment.opened":
        promises.check_settled(history.series)
    instant(event["at"])
    if family not in _FAMILIES:
        raise Illegal("it is no event of a plan")
    _FAMILIES[family](history, event)


def _plan(history: History, event: Event) -> None:
    kind, data, before = event["type"], event["data"], history.facts
    allowed, becomes = _MOVES[kind]
    if before.get("state") not in allowed or data["state"] != becomes:
        raise Illegal(f"a plan that is {before.get('state', 'not there')} does not become {data['state']} by this")
    if event["subj"] != event["plan"]:
        raise Illegal("it is about another plan")
    kept = {"number"} if kind in _WRITES else {"number", "timezone", "account", "content_sha256"}
    if before and any(data[name] != before[name] for name in kept):
        raise Illegal("it changes what only a draft may change")
    attempts.check_submission(kind, before.get("submission"), event)
    received = data["submission"]["received_at"] if kind == "plan.approved" else None
    if data["approved_at"] != received:
        raise Illegal("the plan is not approved when the approval was received")
    _note_who(history, event)
    attempts.note_attempt(history.attempts, event, signed_off=history.signed_off)
    history.facts = data


def _note_who(history: History, event: Event) -> None:
    kind = event["type"]
    if kind in _WRITES:
        history.written = event["seq"]
        history.drafts[event["seq"]] = bytes.fromhex(event["data"]["content_sha256"])
        history.writers.add(event["actor"])
        history.signed_off = None
    elif kind == "plan.signed_off":
        history.signed_off = "author" if event["actor"] in history.writers else "others"
    elif kind == "plan.submitted":
        history.submitters = {event["actor"]}
    elif kind == "plan.answered":
        history.submitters.add(event["actor"])
    elif kind in _DECIDES and event["actor"] in history.submitters:
        history.self_decided.append(kind.removeprefix("plan."))
    if kind == "plan.approved":
        history.approval = event
        history.is_binding = True


def _series(history: History, event: Event) -> None:
    number = event["data"]["number"]
    promises.step_series(history.series, event, may_open=_is_next(history, number), may_end=history.is_ending)
    if event["type"] == "series.opened":
        _note_clause(history, number)
    elif event["type"] == "series.ended":
        changes.note_end(history.changes, event, timezone=history.facts["timezone"])


def _commitment(history: History, event: Event) -> None:
    if event["type"] != "commitment.opened":
        promise = _promise(history, event["subj"])
        done_by = promise.facts["done_by"]
        promises.step(promise, event)
        if event["type"] in {"commitment.extended", "commitment.waived"}:
            changes.settle(history.changes, event, promise, is_ending=history.is_ending)
        if event["type"] in _VERDICTS and event["actor"] == done_by:
            history.self_decided.append(f"{_VERDICTS[event['type']]} of commitment {promise.number}")
        return
    if event["subj"] in history.promises:
        raise Illegal("it is open already")
    opened = promises.opened(event, history.series, timezone=history.facts["timezone"])
    if opened.facts["series"] is None:
        if not _is_next(history, opened.facts["number"]):
            raise Illegal("only an approval binds, and each clause once")
        _note_clause(history, opened.facts["number"])
    history.promises[event["subj"]] = opened


def _is_next(history: History, number: int) -> bool:
    """Say whether a clause of that number may be bound now."""
    return history.is_binding and number == history.clauses + 1


def _note_clause(history: History, number: int) -> None:
    """Take note of a clause that was bound, by the amendment that adds it if one was granted last."""
    history.clauses = number
    if history.is_ending:
        history.changes.granted[-1].clauses.add(number)


def _request(history: History, event: Event) -> None:
    promise = _promise(history, event["data"]["commitment"])
    _check_state(event)
    _note_decided(history, changes.step_request(history.changes, event, promise))


def _amendment(history: History, event: Event) -> None:
    if history.approval is None:
        raise Illegal("only an approved plan is amended")
    _check_state(event)
    _note_decided(history, changes.step_amendment(history.changes, event))
    if event["type"] == "amendment.requested":
        history.drafts[event["seq"]] = bytes.fromhex(event["data"]["content_sha256"])
    history.is_binding = history.is_ending = event["type"] == "amendment.granted"


def _effect(history: History, event: Event) -> None:
    judged = changes.step_check(history.changes, event, history.promises.values(), history.series)
    _note_decided(history, judged)


def _check_state(event: Event) -> None:
    if event["data"]["state"] != event["type"].partition(".")[2]:
        raise Illegal("its state is not what happened")


def _note_decided(history: History, what: str | None) -> None:
    """Take note of what was decided by who had asked for it."""
    if what:
        history.self_decided.append(what)


def _evidence(history: History, event: Event) -> None:
    data = event["data"]
    if event["type"] == "evidence.superseded":
        _supersede(history, event)
        return
    if data["added_by"] != event["actor"]:
        raise Illegal("it was added by somebody else")
    piece = UUID(event["subj"]).int
    if piece in history.pieces:
        raise Illegal("it is there already")
    history.pieces.add(piece)
    if data["commitment"] is not None:
        _promise(history, data["commitment"])
    recorded = history.evidence[event["seq"]] = bytes.fromhex(data["sha256"])
    if event["type"] == "evidence.filed" and history.sizes.setdefault(recorded, data["size"]) != data["size"]:
        raise Illegal("the same file was recorded with another size")
    history.newest = piece


def _supersede(history: History, event: Event) -> None:
    """Take note that a piece is superseded, by the one that the event before it added."""
    old, new = UUID(event["subj"]).int, UUID(event["data"]["superseded_by"]).int
    if old not in history.pieces or old in history.superseded:
        raise Illegal("there is no such piece, or another took its place before")
    if new != history.newest or new == old:
        raise Illegal("what takes its place was not added with it")
    if instant(event["data"]["superseded_at"]) > instant(event["at"]):
        raise Illegal("it was superseded later than it was recorded")
    history.superseded.add(old)
    history.newest = None


def _notice(history: History, event: Event) -> None:
    attempts.step(history.notices, event, plan=history.facts)
    if event["type"] == "notice.answered":
        history.letters[event["seq"]] = bytes.fromhex(event["data"]["text_sha256"])
        becomes = attempts.FOLLOWS.get(history.facts["state"])
        history.owed = (becomes, event["subj"]) if becomes else None


def _erasure(history: History, event: Event) -> None:
    digests = event["data"]["digests"]
    if not digests or any(history.disclosed.get(one, event["seq"]) >= event["seq"] for one in digests):
        raise Illegal("it erases what was never there")
    history.erased.update(digests)


def _promise(history: History, subject: str) -> Promise:
    if subject not in history.promises:
        raise Illegal("there is no such commitment")
    return history.promises[subject]


_FAMILIES: dict[str, Callable[[History, Event], None]] = {
    "plan": _plan,
    "series": _series,
    "commitment": _commitment,
    "evidence": _evidence,
    "notice": _notice,
    "extension": _request,
    "waiver": _request,
    "amendment": _amendment,
    "effectiveness": _effect,
    "disclosure": _erasure,
}
