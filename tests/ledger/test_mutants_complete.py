"""Each condition on a bundle's events refuses by itself, whatever the conditions around it say."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.ledger import complete, merkle, note
from app.ledger.bundle import Ending, Entry, Proved
from app.ledger.complete import Chain, Order
from app.ledger.merkle import ProofInvalid
from app.ledger.note import NoteInvalid, Signer
from app.ledger.policy import parse_policy
from app.ledger.promises import Illegal
from app.ledger.strict import Malformed
from tests.ledger.proving import ORIGIN, POLICY, SIGNER, WS, kept_and_late, parts, to_bytes

BUNDLE = parts(to_bytes(kept_and_late().bundle()))
EVENTS, ENDING = BUNDLE.events, BUNDLE.ending
HEADS = ENDING.heads
CHECKPOINT = complete.open_checkpoint(BUNDLE.checkpoint, POLICY)[1]
OTHER = str(UUID(int=0xF))


def saying(one: Proved, **changed: Any) -> Proved:
    """Return the event with other fields, as if its bytes had said so."""
    return replace(one, event={**one.event, **changed})


def with_event(place: int, **changed: Any) -> tuple[Proved, ...]:
    return *EVENTS[:place], saying(EVENTS[place], **changed), *EVENTS[place + 1 :]


def with_entry(**changed: Any) -> Ending:
    return replace(ENDING, entry=replace(ENDING.entry, **changed))


def check_order(events: tuple[Proved, ...] = EVENTS, heads: Proved = HEADS, origin: str = ORIGIN) -> None:
    order = Order(replace(CHECKPOINT, origin=origin))
    for one in (*events, heads):
        order.check(one)


def chained(events: tuple[Proved, ...] = EVENTS) -> Chain:
    chain = Chain()
    for one in events:
        chain.follow(one)
    chain.check_plan(ENDING.plan)
    return chain


def test_the_bundle_that_these_tests_change_passes() -> None:
    check_order()
    complete.check_complete(chained(), ENDING, CHECKPOINT)


@pytest.mark.parametrize("epoch", ["", "/e2", "/e9", "/e10", "/e11", "/e99", "/e100"])
def test_an_origin_ends_in_the_workspace_and_from_the_second_key_on_its_number(epoch: str) -> None:
    check_order(origin=ORIGIN + epoch)


@pytest.mark.parametrize("epoch", ["/e", "/e0", "/e1", "/e02", "/e2x", "/e2/e3", "/2", "e2", "/", "/e\u0662", "x"])
def test_no_other_ending_of_an_origin_will_do(epoch: str) -> None:
    with pytest.raises(Malformed, match="is not the one of"):
        check_order(origin=ORIGIN + epoch)


@pytest.mark.parametrize("origin", [f"/w/{WS}", f"w/{WS}", str(WS), f"log.example/{WS}", f"log.example/w/{OTHER}"])
def test_an_origin_names_a_log_and_the_workspace(origin: str) -> None:
    with pytest.raises(Malformed, match="is not the one of"):
        check_order(origin=origin)


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
        check_order(with_event(1, **changed))


def test_the_event_of_the_heads_is_held_to_the_same() -> None:
    last = EVENTS[-1].event["at"]
    for changed, reason in (
        ({"seq": HEADS.index - 1}, "is shown as"),
        ({"at": last.replace("2026", "2025")}, "earlier"),
        ({"sd": ["B" * 43, "A" * 43]}, "digests are sorted"),
        ({"ws": OTHER}, "is not the one of"),
    ):
        with pytest.raises(Malformed, match=reason):
            check_order(heads=saying(HEADS, **changed))


def test_a_day_that_no_calendar_has_is_refused() -> None:
    with pytest.raises(Malformed, match="no such day"):
        check_order(heads=saying(HEADS, at="2026-04-31T09:00:00.000000Z"))


CHAIN: list[tuple[int, dict[str, Any], str]] = [
    (0, {"plan": OTHER}, "of another plan"),
    (4, {"plan": None}, "of another plan"),
    (0, {"plan_seq": 2}, "where 1 is missing"),
    (4, {"plan_seq": 4}, "where 5 is missing"),
    (4, {"plan_seq": None}, "where 5 is missing"),
    (0, {"prev": EVENTS[4].event["prev"]}, "does not follow"),
    (1, {"prev": None}, "does not follow"),
    (4, {"prev": EVENTS[3].event["prev"]}, "does not follow"),
]


@pytest.mark.parametrize(("place", "changed", "reason"), CHAIN)
def test_an_event_that_does_not_follow_the_one_before_is_refused(
    place: int, changed: dict[str, Any], reason: str
) -> None:
    with pytest.raises(Illegal, match=reason):
        chained(with_event(place, **changed))


def test_a_chain_that_runs_backwards_or_in_place_through_the_tree_is_refused() -> None:
    for index in (EVENTS[3].index, EVENTS[3].index - 1):
        with pytest.raises(Illegal, match="stands before"):
            chained((*EVENTS[:4], replace(EVENTS[4], index=index), *EVENTS[5:]))


def test_the_first_event_of_a_log_may_be_of_the_plan() -> None:
    first = replace(EVENTS[0], index=0)

    chained((first, *EVENTS[1:]))


@pytest.mark.parametrize("changed", [{"type": "evidence.added"}, {"plan": ENDING.plan}])
def test_heads_are_an_event_of_their_type_and_of_no_plan(changed: dict[str, Any]) -> None:
    with pytest.raises(Illegal, match="should say where plans end does not"):
        complete.check_complete(chained(), replace(ENDING, heads=saying(HEADS, **changed)), CHECKPOINT)


@pytest.mark.parametrize("size", [CHECKPOINT.size - 1, CHECKPOINT.size + 1])
def test_heads_are_the_last_event_of_the_checkpoint(size: int) -> None:
    with pytest.raises(Illegal, match="not the checkpoint's last"):
        complete.check_complete(chained(), ENDING, replace(CHECKPOINT, size=size))


@pytest.mark.parametrize(
    "changed",
    [{"plan": OTHER}, {"events": len(EVENTS) - 1}, {"events": len(EVENTS) + 1}, {"last": b"l" * 32}],
)
def test_the_entry_is_of_this_plan_with_these_events(changed: dict[str, Any]) -> None:
    with pytest.raises(Illegal, match="these are not all, or others"):
        complete.check_complete(chained(), with_entry(**changed), CHECKPOINT)


def test_an_entry_that_is_not_among_the_heads_is_refused() -> None:
    for changed in ({"leaf": b"l" * 32}, {"index": 1}, {"path": [b"p" * 32]}):
        with pytest.raises(ProofInvalid, match="the plan's end"):
            complete.check_complete(chained(), with_entry(**changed), CHECKPOINT)


def check_two_plans(index: int, number: int) -> None:
    """Check as if the log had two plans, with this one's entry at *index* and the plan called *number*."""
    leaves = [b"o" * 32, b"o" * 32]
    leaves[index] = ENDING.entry.leaf
    entry: Entry = replace(ENDING.entry, index=index, path=merkle.inclusion_path(leaves, index))
    heads = saying(HEADS, data={"count": 2, "root": merkle.root(leaves).hex()})
    chain = chained(with_event(0, data={**EVENTS[0].event["data"], "number": number}))
    complete.check_complete(chain, replace(ENDING, entry=entry, heads=heads), CHECKPOINT)


def test_the_entry_of_a_plan_stands_at_its_number() -> None:
    check_two_plans(0, 1)
    check_two_plans(1, 2)

    for index, number in ((0, 2), (1, 1), (0, 0), (1, 0), (1, 3)):
        with pytest.raises(Illegal, match="of a plan of another number"):
            check_two_plans(index, number)


def test_a_refused_inclusion_names_the_event() -> None:
    one = replace(EVENTS[2], leaf=b"l" * 32)

    complete.check_included(EVENTS[2], CHECKPOINT)
    with pytest.raises(ProofInvalid, match=f"event {one.index}: the path does not lead"):
        complete.check_included(one, CHECKPOINT)


def test_the_signature_of_another_log_that_is_trusted_does_not_vouch_for_this_one() -> None:
    other = Signer(f"other.example/w/{WS}", Ed25519PrivateKey.from_private_bytes(b"o" * 32))
    policy = parse_policy("".join(f"log {note.format_vkey(one.key)}\n" for one in (other, SIGNER)) + "quorum none\n")
    foreign = note.sign_note(note.format_checkpoint(CHECKPOINT), other)

    assert complete.open_checkpoint(BUNDLE.checkpoint, policy)[1] == CHECKPOINT
    with pytest.raises(NoteInvalid, match=f"no key of {ORIGIN} that is in your policy"):
        complete.open_checkpoint(foreign, policy)


def test_a_log_with_two_keys_of_its_name_may_sign_with_either() -> None:
    second = Signer(ORIGIN, Ed25519PrivateKey.from_private_bytes(b"2" * 32))
    policy = parse_policy("".join(f"log {note.format_vkey(one.key)}\n" for one in (second, SIGNER)) + "quorum none\n")
    text = note.format_checkpoint(CHECKPOINT)

    for signer in (SIGNER, second):
        signed = note.sign_note(text, signer)
        assert complete.open_checkpoint(signed, policy)[1] == CHECKPOINT
