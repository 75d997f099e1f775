"""That a bundle's events are signed, in the tree, in order, and all there are (PROOF.md, "Completeness")."""

import re

from app.ledger import lateness, merkle, note, strict
from app.ledger.bundle import Bundle, Proved
from app.ledger.merkle import ProofInvalid
from app.ledger.note import Checkpoint, Note, NoteInvalid
from app.ledger.policy import Policy
from app.ledger.promises import Illegal
from app.ledger.strict import Malformed


def open_checkpoint(bundle: Bundle, policy: Policy) -> tuple[Note, Checkpoint]:
    signed = note.open_note(bundle.checkpoint, policy.keys)
    checkpoint = note.parse_checkpoint(signed.text)
    logs = [one.key for one in policy.logs if one.key.name == checkpoint.origin]
    if not any(key.claims(one) for key in logs for one in signed.signatures):
        raise NoteInvalid(f"no key of {checkpoint.origin} that is in your policy has signed the checkpoint")
    return signed, checkpoint


def check_events(bundle: Bundle, checkpoint: Checkpoint) -> None:
    workspace = bundle.heads.event["ws"]
    if not re.fullmatch(rf".+/w/{workspace}(/e([2-9]|[1-9][0-9]+))?", checkpoint.origin, re.ASCII):
        raise Malformed(f"workspace {workspace} is not the one of {checkpoint.origin}")
    before = ""
    for one in (*bundle.events, bundle.heads):
        event = one.event
        if event["ws"] != workspace:
            raise Malformed(f"event {one.index} is of another workspace")
        if event["seq"] != one.index:
            raise Malformed(f"event {event['seq']} is shown as event {one.index}")
        if event["at"] < before:
            raise Malformed(f"event {one.index} is earlier than the one before it")
        if event["sd"] != sorted(set(event["sd"])):
            raise Malformed(f"event {one.index}: digests are sorted, and each is there once")
        try:
            lateness.instant(event["at"])
        except ValueError as error:
            raise Malformed(f"event {one.index}: there is no such day") from error
        before = event["at"]


def check_included(one: Proved, checkpoint: Checkpoint) -> None:
    try:
        merkle.check_inclusion(one.leaf, one.index, checkpoint.size, one.path, checkpoint.root)
    except ProofInvalid as error:
        raise ProofInvalid(f"event {one.index}: {error}") from error


def check_chain(bundle: Bundle) -> None:
    if not bundle.events:
        raise Illegal("a plan has at least one event")
    last: bytes | None = None
    index = -1
    for number, one in enumerate(bundle.events, 1):
        event = one.event
        if event["plan"] != bundle.plan:
            raise Illegal(f"event {one.index} is of another plan")
        if event["plan_seq"] != number:
            raise Illegal(f"event {one.index} is number {event['plan_seq']} of the plan, where {number} is missing")
        if (event["prev"] and strict.unbase64(event["prev"])) != last:
            raise Illegal(f"event {one.index} does not follow the one before it")
        if one.index <= index:
            raise Illegal(f"event {one.index} stands before the one that it follows")
        last, index = one.leaf, one.index


def check_complete(bundle: Bundle, checkpoint: Checkpoint) -> None:
    heads, entry = bundle.heads, bundle.entry
    if heads.event["type"] != "ledger.heads" or heads.event["plan"] is not None:
        raise Illegal("the event that should say where plans end does not")
    if heads.index != checkpoint.size - 1:
        raise Illegal("the event that says where plans end is not the checkpoint's last")
    said = (entry.plan, entry.events, entry.last)
    if said != (bundle.plan, len(bundle.events), bundle.events[-1].leaf):
        raise Illegal(f"the plan has {entry.events} events as of the checkpoint; these are not all, or others")
    root = bytes.fromhex(heads.event["data"]["root"])
    try:
        merkle.check_inclusion(entry.leaf, entry.index, heads.event["data"]["count"], entry.path, root)
    except ProofInvalid as error:
        raise ProofInvalid(f"the plan's end: {error}") from error
    if entry.index + 1 != bundle.events[0].event["data"].get("number"):
        raise Illegal("the plan's end is that of a plan of another number")
