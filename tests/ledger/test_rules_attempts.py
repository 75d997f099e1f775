"""What a plan's events may say of notices and attempts: each refusal with its reason."""

import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest

from app.ledger.events import plain
from app.ledger.verify import verify_bundle
from tests.ledger.forging import refused
from tests.ledger.proving import ADA, BO, CONTENT, PLAN, POLICY, START, Maker, plan_facts, to_bytes

NOTICE = UUID(int=0x21)
LETTER = "We removed your listing."
RECORDED = {"seq": 0, "leaf": "0" * 64}


def facts(state: str = "responded", **changed: Any) -> dict[str, Any]:
    """A notice as this plan's first attempt answered it."""
    return {
        "kind": "notification",
        "category": "safety",
        "severity": "serious",
        "state": state,
        "account": None,
        "text_sha256": sha256(LETTER.encode()).hexdigest(),
        "received_at": START,
        "respond_by": START,
        "attempts_allowed": 2,
        "attempts": 1,
        "evidence_window_days": None,
        "plan_requested": True,
        "acknowledged_at": START,
        "responded_at": START,
        "ended_at": START if state == "closed" else None,
        "plan": PLAN,
        "submission": 1,
    } | changed


def answered(**changed: Any) -> dict[str, Any]:
    return facts(**changed) | {"recorded": changed.get("recorded", RECORDED)}


def drafted() -> Maker:
    maker = Maker()
    maker.stranger()
    maker.append("plan.drafted", PLAN, plan_facts("draft"))
    return maker


def sent() -> Maker:
    maker = drafted()
    maker.append("plan.submitted", PLAN, plan_facts("submitted"))
    return maker


def told() -> Maker:
    maker = sent()
    maker.append("notice.answered", NOTICE, answered(), text=LETTER)
    return maker


def denied() -> Maker:
    maker = told()
    maker.append("plan.denied", PLAN, plan_facts("denied", "denied"))
    return maker


def verified(maker: Maker) -> Any:
    return verify_bundle(to_bytes(maker.bundle()), POLICY)


def test_an_answer_a_denial_and_another_answer_are_what_they_are() -> None:
    maker = denied()
    maker.append("notice.reopened", NOTICE, facts("acknowledged"))
    maker.append(
        "plan.redrafted", PLAN, plan_facts("draft") | {"submission": plan_facts("denied", "denied")["submission"]}
    )
    maker.append(
        "plan.signed_off",
        PLAN,
        plan_facts("draft") | {"submission": plan_facts("denied", "denied")["submission"]},
        actor=BO,
    )
    maker.append("plan.submitted", PLAN, plan_facts("submitted", attempt=2))
    maker.append("notice.answered", NOTICE, answered(attempts=2, submission=2), text=LETTER)

    report = verified(maker)

    assert report.valid, report.checks[-1]
    assert [one.attempts for one in report.notices] == [[1, 2]]
    assert [(one.number, one.outcome, one.signed_off) for one in report.attempts] == [
        (1, "denied", None),
        (2, None, "others"),
    ]
    assert report.attempts[0].sentence == "Attempt 1, sent 2026-03-02: denied on 2026-03-02."


def test_a_notice_without_a_deadline_says_none() -> None:
    maker = sent()
    maker.append("notice.answered", NOTICE, answered(respond_by=None), text=LETTER)

    (one,) = verified(maker).notices

    assert one.sentence == "It answers a notice of 2026-03-02, recorded as event 0: by attempt 1."


def test_evidence_of_the_plan_itself_needs_no_commitment() -> None:
    maker = drafted()
    piece = {"commitment": None, "kind": "note", "sha256": sha256(b"Invoice").hexdigest(), "document_on": None}
    maker.append("evidence.added", UUID(int=0x31), piece | {"added_by": ADA}, body="Invoice")

    report = verified(maker)

    assert report.valid
    assert next(one.sentence for one in report.checks if one.name == "evidence").startswith("1 pieces were recorded; 1")


ANSWERS: dict[str, tuple[Callable[[], Maker], dict[str, Any], str]] = {
    "nothing sent": (drafted, answered(), "only an attempt that was sent"),
    "a later attempt": (sent, answered(submission=2), "only an attempt that was sent"),
    "no attempt": (sent, answered(submission=None), "only an attempt that was sent"),
    "another state": (sent, answered(state="acknowledged"), "only an attempt that was sent"),
    "another plan": (sent, answered(plan=ADA), "another plan answers the notice"),
    "no plan": (sent, answered(plan=None), "another plan answers the notice"),
    "no time": (sent, answered(responded_at=None), "answered at no time"),
    "a time to come": (sent, answered(responded_at=START.replace(year=2027)), "answered at no time"),
    "recorded later": (sent, answered(recorded=RECORDED | {"seq": 3}), "recorded by another event"),
    "recorded elsewhere": (
        told,
        answered(attempts=2, recorded=RECORDED | {"leaf": "1" * 64}),
        "recorded by another event",
    ),
    "not counted": (told, answered(), "does not count the answer"),
    "never counted": (sent, answered(attempts=0), "does not count the answer"),
    "another text": (told, answered(attempts=2, text_sha256="1" * 64), "changes what a notice is"),
    "another kind": (told, answered(attempts=2, kind="complaint"), "changes what a notice is"),
    "another day": (told, answered(attempts=2, received_at=START.replace(year=2025)), "changes what a notice is"),
}


@pytest.mark.parametrize(("before", "said", "reason"), ANSWERS.values(), ids=ANSWERS)
def test_what_cannot_be_an_answer_is_refused(before: Callable[[], Maker], said: dict[str, Any], reason: str) -> None:
    maker = before()
    maker.append("notice.answered", NOTICE, plain(said))

    refused(maker, "replay", reason)


def test_a_notice_that_is_closed_is_not_answered_again() -> None:
    maker = told()
    maker.append("plan.approved", PLAN, plan_facts("approved", "approved"))
    maker.append("notice.closed", NOTICE, facts("closed"))
    maker.append("notice.answered", NOTICE, answered(attempts=2))

    refused(maker, "replay", "closed is not answered again")


ENDS: dict[str, tuple[Callable[[], Maker], str, dict[str, Any], str]] = {
    "never answered": (sent, "notice.reopened", facts("acknowledged"), "has not answered this notice"),
    "not denied": (told, "notice.reopened", facts("acknowledged"), "while the plan is submitted"),
    "reopened as closed": (denied, "notice.reopened", facts("closed"), "does not become closed"),
    "closed by a denial": (denied, "notice.closed", facts("closed"), "while the plan is denied"),
    "closed as reopened": (denied, "notice.closed", facts("acknowledged"), "does not become acknowledged"),
    "of another plan": (denied, "notice.reopened", facts("acknowledged", plan=ADA), "another plan answers"),
}


@pytest.mark.parametrize(("before", "kind", "said", "reason"), ENDS.values(), ids=ENDS)
def test_what_cannot_become_of_a_notice_is_refused(
    before: Callable[[], Maker], kind: str, said: dict[str, Any], reason: str
) -> None:
    maker = before()
    maker.append(kind, NOTICE, plain(said))

    refused(maker, "replay", reason)


def test_a_notice_is_reopened_once() -> None:
    maker = denied()
    maker.append("notice.reopened", NOTICE, facts("acknowledged"))
    maker.append("notice.reopened", NOTICE, facts("acknowledged"))

    refused(maker, "replay", "has not answered this notice")


def test_the_words_of_a_notice_are_those_that_were_hashed() -> None:
    maker = sent()
    maker.append("notice.answered", NOTICE, answered(), text="We adore your listing.")

    refused(maker, "attempts", "the text of the notice is not what was recorded")


def test_the_words_of_a_draft_are_those_that_were_hashed() -> None:
    maker = Maker()
    maker.append("plan.drafted", PLAN, plan_facts("draft"), content="{}")
    maker.append("plan.redrafted", PLAN, plan_facts("draft"))

    refused(maker, "attempts", "the text of the draft is not what was recorded")


def test_an_approved_text_that_names_a_notice_which_nothing_answered_is_refused() -> None:
    content = json.dumps(CONTENT | {"notices": [str(NOTICE)]}, sort_keys=True, separators=(",", ":"))
    hashed = {"content_sha256": sha256(content.encode()).hexdigest()}
    maker = Maker()
    for kind, state, outcome in (
        ("plan.drafted", "draft", None),
        ("plan.submitted", "submitted", None),
        ("plan.approved", "approved", "approved"),
    ):
        said = plan_facts(state, outcome) | hashed
        said["submission"] = said["submission"] and said["submission"] | hashed
        maker.append(kind, PLAN, said, **({"content": content} if state == "draft" else {}))

    refused(maker, "approved text", "names a notice that no attempt has answered")


def test_a_draft_is_signed_off_and_nothing_else() -> None:
    maker = sent()
    maker.append("plan.signed_off", PLAN, plan_facts("draft"))

    refused(maker, "replay", "does not become draft by this")


def late_answer(state: str, *follows: tuple[str, dict[str, Any]], of: UUID = NOTICE) -> Maker:
    """Return a log in which an attempt that was decided on is said to have answered a notice, and what follows."""
    maker = sent()
    maker.append(f"plan.{state}", PLAN, plan_facts(state, state))
    maker.append("notice.answered", NOTICE, answered(), text=LETTER)
    for kind, said in follows:
        maker.append(kind, of, plain(said))
    return maker


OWED: dict[str, tuple[str, str, dict[str, Any]]] = {
    "denied": ("denied", "notice.reopened", facts("acknowledged")),
    "approved": ("approved", "notice.closed", facts("closed")),
}


@pytest.mark.parametrize(("state", "kind", "said"), OWED.values(), ids=OWED)
def test_what_was_decided_on_is_said_of_the_notice_at_once(state: str, kind: str, said: dict[str, Any]) -> None:
    assert verified(late_answer(state, (kind, said))).valid

    refused(late_answer(state), "replay", "what was answered last is not owed again, or not closed")
    more = ("evidence.added", {"commitment": None, "kind": "note", "sha256": "0" * 64, "document_on": None})
    refused(
        late_answer(state, (more[0], more[1] | {"added_by": ADA}), (kind, said)),
        "replay",
        "what was answered before is not owed again, or not closed",
    )
    refused(late_answer(state, (kind, said), of=ADA), "replay", "what was answered before is not owed again")
