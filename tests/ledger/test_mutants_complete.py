"""Each condition on a bundle's events refuses by itself, whatever the conditions around it say."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.ledger import complete, merkle, note
from app.ledger.bundle import Bundle, Entry, Proved, parse_bundle
from app.ledger.merkle import ProofInvalid
from app.ledger.note import Checkpoint, NoteInvalid, Signer
from app.ledger.policy import parse_policy
from app.ledger.promises import Illegal
from app.ledger.strict import Malformed
from tests.ledger.proving import ORIGIN, POLICY, SIGNER, WS, kept_and_late, to_bytes

BUNDLE = parse_bundle(to_bytes(kept_and_late().bundle()))
CHECKPOINT = complete.open_checkpoint(BUNDLE, POLICY)[1]
OTHER = str(UUID(int=0xF))


def with_event(place: int, **changed: Any) -> Bundle:
    """Return the bundle with other fields in one event, as if its bytes had said so."""
    events = list(BUNDLE.events)
    events[place] = replace(events[place], event={**events[place].event, **changed})
    return replace(BUNDLE, events=tuple(events))


def with_heads(**changed: Any) -> Bundle:
    return replace(BUNDLE, heads=replace(BUNDLE.heads, event={**BUNDLE.heads.event, **changed}))


def with_entry(**changed: Any) -> Bundle:
    return replace(BUNDLE, entry=replace(BUNDLE.entry, **changed))


def of_origin(origin: str) -> Checkpoint:
    return replace(CHECKPOINT, origin=origin)


def test_the_bundle_that_these_tests_change_passes() -> None:
    complete.check_events(BUNDLE, CHECKPOINT)
    complete.check_chain(BUNDLE)
    complete.check_complete(BUNDLE, CHECKPOINT)


@pytest.mark.parametrize("epoch", ["", "/e2", "/e9", "/e10", "/e11", "/e99", "/e100"])
def test_an_origin_ends_in_the_workspace_and_from_the_second_key_on_its_number(epoch: str) -> None:
    complete.check_events(BUNDLE, of_origin(ORIGIN + epoch))


@pytest.mark.parametrize("epoch", ["/e", "/e0", "/e1", "/e02", "/e2x", "/e2/e3", "/2", "e2", "/", "/e\u0662", "x"])
def test_no_other_ending_of_an_origin_will_do(epoch: str) -> None:
    with pytest.raises(Malformed, match="is not the one of"):
        complete.check_events(BUNDLE, of_origin(ORIGIN + epoch))


@pytest.mark.parametrize("origin", [f"/w/{WS}", f"w/{WS}", str(WS), f"log.example/{WS}", f"log.example/w/{OTHER}"])
def test_an_origin_names_a_log_and_the_workspace(origin: str) -> None:
    with pytest.raises(Malformed, match="is not the one of"):
        complete.check_events(BUNDLE, of_origin(origin))


FIELDS: list[tuple[dict[str, Any], str]] = [
    ({"ws": OTHER}, "of another workspace"),
    ({"seq": 3}, "is shown as"),
    ({"seq": 1}, "is shown as"),
    ({"at": "2026-03-02T08:59:59.999999Z"}, "earlier"),
    ({"at": "2026-03-02T09:00:00.000001Z"}, "earlier"),
    ({"at": "2026-02-30T09:00:00.000000Z"}, "earlier"),
    ({"sd": ["B" * 43, "A" * 43]}, "digests are sorted"),
    ({"sd": ["A" * 43, "A" * 43]}, "digests are sorted"),
]


@pytest.mark.parametrize(("changed", "reason"), FIELDS)
def test_a_field_that_does_not_fit_the_place_of_its_event_is_refused(changed: dict[str, Any], reason: str) -> None:
    with pytest.raises(Malformed, match=reason):
        complete.check_events(with_event(1, **changed), CHECKPOINT)


def test_the_event_of_the_heads_is_held_to_the_same() -> None:
    last = BUNDLE.events[-1].event["at"]
    for changed, reason in (
        ({"seq": BUNDLE.heads.index - 1}, "is shown as"),
        ({"at": last.replace("2026", "2025")}, "earlier"),
        ({"sd": ["B" * 43, "A" * 43]}, "digests are sorted"),
        ({"ws": OTHER}, "is not the one of"),
    ):
        with pytest.raises(Malformed, match=reason):
            complete.check_events(with_heads(**changed), CHECKPOINT)


def test_a_day_that_no_calendar_has_is_refused() -> None:
    with pytest.raises(Malformed, match="no such day"):
        complete.check_events(with_heads(at="2026-04-31T09:00:00.000000Z"), CHECKPOINT)


CHAIN: list[tuple[int, dict[str, Any], str]] = [
    (0, {"plan": OTHER}, "of another plan"),
    (4, {"plan": None}, "of another plan"),
    (0, {"plan_seq": 2}, "where 1 is missing"),
    (4, {"plan_seq": 4}, "where 5 is missing"),
    (4, {"plan_seq": None}, "where 5 is missing"),
    (0, {"prev": BUNDLE.events[4].event["prev"]}, "does not follow"),
    (1, {"prev": None}, "does not follow"),
    (4, {"prev": BUNDLE.events[3].event["prev"]}, "does not follow"),
]


@pytest.mark.parametrize(("place", "changed", "reason"), CHAIN)
def test_an_event_that_does_not_follow_the_one_before_is_refused(
    place: int, changed: dict[str, Any], reason: str
) -> None:
    with pytest.raises(Illegal, match=reason):
        complete.check_chain(with_event(place, **changed))


def test_a_chain_that_runs_backwards_or_in_place_through_the_tree_is_refused() -> None:
    for index in (BUNDLE.events[3].index, BUNDLE.events[3].index - 1):
        events = list(BUNDLE.events)
        events[4] = replace(events[4], index=index)
        with pytest.raises(Illegal, match="stands before"):
            complete.check_chain(replace(BUNDLE, events=tuple(events)))


def test_the_first_event_of_a_log_may_be_of_the_plan() -> None:
    first = replace(BUNDLE.events[0], index=0)

    complete.check_chain(replace(BUNDLE, events=(first, *BUNDLE.events[1:])))


@pytest.mark.parametrize("changed", [{"type": "evidence.added"}, {"plan": BUNDLE.plan}])
def test_heads_are_an_event_of_their_type_and_of_no_plan(changed: dict[str, Any]) -> None:
    with pytest.raises(Illegal, match="should say where plans end does not"):
        complete.check_complete(with_heads(**changed), CHECKPOINT)


@pytest.mark.parametrize("size", [CHECKPOINT.size - 1, CHECKPOINT.size + 1])
def test_heads_are_the_last_event_of_the_checkpoint(size: int) -> None:
    with pytest.raises(Illegal, match="not the checkpoint's last"):
        complete.check_complete(BUNDLE, replace(CHECKPOINT, size=size))


@pytest.mark.parametrize(
    "changed",
    [{"plan": OTHER}, {"events": len(BUNDLE.events) - 1}, {"events": len(BUNDLE.events) + 1}, {"last": b"l" * 32}],
)
def test_the_entry_is_of_this_plan_with_these_events(changed: dict[str, Any]) -> None:
    with pytest.raises(Illegal, match="these are not all, or others"):
        complete.check_complete(with_entry(**changed), CHECKPOINT)


def test_an_entry_that_is_not_among_the_heads_is_refused() -> None:
    stranger = replace(BUNDLE.entry, leaf=b"l" * 32)

    for entry in (stranger, replace(BUNDLE.entry, index=1), replace(BUNDLE.entry, path=[b"p" * 32])):
        with pytest.raises(ProofInvalid, match="the plan's end"):
            complete.check_complete(replace(BUNDLE, entry=entry), CHECKPOINT)


def two_plans(index: int, number: int) -> Bundle:
    """Return the bundle as if the log had two plans, with this one's entry at *index* and the plan called *number*."""
    leaves = [b"o" * 32, b"o" * 32]
    leaves[index] = BUNDLE.entry.leaf
    entry: Entry = replace(BUNDLE.entry, index=index, path=merkle.inclusion_path(leaves, index))
    heads: Proved = replace(
        BUNDLE.heads, event={**BUNDLE.heads.event, "data": {"count": 2, "root": merkle.root(leaves).hex()}}
    )
    data = {**BUNDLE.events[0].event["data"], "number": number}
    return replace(with_event(0, data=data), entry=entry, heads=heads)


def test_the_entry_of_a_plan_stands_at_its_number() -> None:
    complete.check_complete(two_plans(0, 1), CHECKPOINT)
    complete.check_complete(two_plans(1, 2), CHECKPOINT)

    for index, number in ((0, 2), (1, 1), (0, 0), (1, 0), (1, 3)):
        with pytest.raises(Illegal, match="of a plan of another number"):
            complete.check_complete(two_plans(index, number), CHECKPOINT)


def test_a_refused_inclusion_names_the_event() -> None:
    one = replace(BUNDLE.events[2], leaf=b"l" * 32)

    complete.check_included(BUNDLE.events[2], CHECKPOINT)
    with pytest.raises(ProofInvalid, match=f"event {one.index}: the path does not lead"):
        complete.check_included(one, CHECKPOINT)


def test_the_signature_of_another_log_that_is_trusted_does_not_vouch_for_this_one() -> None:
    other = Signer(f"other.example/w/{WS}", Ed25519PrivateKey.from_private_bytes(b"o" * 32))
    policy = parse_policy("".join(f"log {note.format_vkey(one.key)}\n" for one in (other, SIGNER)) + "quorum none\n")
    foreign = note.sign_note(note.format_checkpoint(CHECKPOINT), other)

    assert complete.open_checkpoint(BUNDLE, policy)[1] == CHECKPOINT
    with pytest.raises(NoteInvalid, match=f"no key of {ORIGIN} that is in your policy"):
        complete.open_checkpoint(replace(BUNDLE, checkpoint=foreign), policy)


def test_a_log_with_two_keys_of_its_name_may_sign_with_either() -> None:
    second = Signer(ORIGIN, Ed25519PrivateKey.from_private_bytes(b"2" * 32))
    policy = parse_policy("".join(f"log {note.format_vkey(one.key)}\n" for one in (second, SIGNER)) + "quorum none\n")
    text = note.format_checkpoint(CHECKPOINT)

    for signer in (SIGNER, second):
        signed = note.sign_note(text, signer)
        assert complete.open_checkpoint(replace(BUNDLE, checkpoint=signed), policy)[1] == CHECKPOINT
