"""That a bundle's events are signed, in the tree, in order, and all there are (PROOF.md, "Completeness").

Events come one at a time and are not kept: what is held of those before is in `Order` and `Chain`.
"""

import re
from dataclasses import dataclass

from app.ledger import lateness, merkle, note, strict
from app.ledger.bundle import Ending, Proved
from app.ledger.merkle import ProofInvalid
from app.ledger.note import Checkpoint, Note, NoteInvalid
from app.ledger.policy import Policy
from app.ledger.promises import Illegal
from app.ledger.strict import Malformed

_ORIGIN = re.compile(r".+/w/([0-9a-f-]{36})(/e([2-9]|[1-9][0-9]+))?", re.ASCII)


def open_checkpoint(text: str, policy: Policy) -> tuple[Note, Checkpoint]:
    signed = note.open_note(text, policy.keys)
    checkpoint = note.parse_checkpoint(signed.text)
    logs = [one.key for one in policy.logs if one.key.name == checkpoint.origin]
    if not any(key.claims(one) for key in logs for one in signed.signatures):
        raise NoteInvalid(f"no key of {checkpoint.origin} that is in your policy has signed the checkpoint")
    return signed, checkpoint


class Order:
    """Which workspace a log is of, and the time that its events have come to."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        found = _ORIGIN.fullmatch(checkpoint.origin)
        self._origin, self._workspace = checkpoint.origin, found and found[1]
        self._before = ""

    def check(self, one: Proved) -> None:
        """Refuse an event that is not of this log, not at its number, or before the one that came before it."""
        event = one.event
        if event["ws"] != self._workspace:
            raise Malformed(
                f"event {one.index} is of another workspace: workspace {event['ws']} is not the one of {self._origin}"
            )
        if event["seq"] != one.index:
            raise Malformed(f"event {event['seq']} is shown as event {one.index}")
        if event["at"] < self._before:
            raise Malformed(f"event {one.index} is earlier than the one before it")
        if event["sd"] != sorted(set(event["sd"])):
            raise Malformed(f"event {one.index}: digests are sorted, and each is there once")
        try:
            lateness.instant(event["at"])
        except ValueError as error:
            raise Malformed(f"event {one.index}: there is no such day") from error
        self._before = event["at"]


def check_included(one: Proved, checkpoint: Checkpoint) -> None:
    try:
        merkle.check_inclusion(one.leaf, one.index, checkpoint.size, one.path, checkpoint.root)
    except ProofInvalid as error:
        raise ProofInvalid(f"event {one.index}: {error}") from error


@dataclass(slots=True)
class Chain:
    """The events of a plan, as far as they followed each other."""

    plan: str | None = None
    number: int | None = None
    """The plan's, as its first event says."""
    first: int = -1
    events: int = 0
    index: int = -1
    last: bytes | None = None

    def follow(self, one: Proved) -> None:
        """Refuse an event that is not the plan's next."""
        event, number = one.event, self.events + 1
        if number == 1:
            self.plan, self.number, self.first = event["plan"], event["data"].get("number"), one.index
        if event["plan"] != self.plan:
            raise Illegal(f"event {one.index} is of another plan")
        if event["plan_seq"] != number:
            raise Illegal(f"event {one.index} is number {event['plan_seq']} of the plan, where {number} is missing")
        if (event["prev"] and strict.unbase64(event["prev"])) != self.last:
            raise Illegal(f"event {one.index} does not follow the one before it")
        if one.index <= self.index:
            raise Illegal(f"event {one.index} stands before the one that it follows")
        self.events, self.index, self.last = number, one.index, one.leaf

    def check_plan(self, plan: str) -> None:
        """Refuse unless these are events of *plan*, which a bundle says after them."""
        if not self.events:
            raise Illegal("a plan has at least one event")
        if self.plan != plan:
            raise Illegal(f"event {self.first} is of another plan")


def check_complete(chain: Chain, ending: Ending, checkpoint: Checkpoint) -> None:
    heads, entry = ending.heads, ending.entry
    if heads.event["type"] != "ledger.heads" or heads.event["plan"] is not None:
        raise Illegal("the event that should say where plans end does not")
    if heads.index != checkpoint.size - 1:
        raise Illegal("the event that says where plans end is not the checkpoint's last")
    if (entry.plan, entry.events, entry.last) != (ending.plan, chain.events, chain.last):
        raise Illegal(f"the plan has {entry.events} events as of the checkpoint; these are not all, or others")
    root = bytes.fromhex(heads.event["data"]["root"])
    try:
        merkle.check_inclusion(entry.leaf, entry.index, heads.event["data"]["count"], entry.path, root)
    except ProofInvalid as error:
        raise ProofInvalid(f"the plan's end: {error}") from error
    if entry.index + 1 != chain.number:
        raise Illegal("the plan's end is that of a plan of another number")
